/**
 * @file The text that the user wrote: read where the host can read files at once (Node, Deno, Bun), to call the variables of
 * generated code as the user called them.
 *
 * A name is found only where it is certain whose it is: `const h = np.tanh(…)` names what the call that the statement ends
 * with gave, if that is the library's. Nothing here is needed to be right about numbers: without a text there are no names.
 */
import { nodeModuleNow } from "./host.ts";
import type { CallSite } from "./source.ts";

/** A place in a file of the user's; lines and columns count from 1, as stacks count them. */
export interface UserPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The place of a call; null if it is nowhere in the user's code. */
export function placeOfCall(site: CallSite): UserPlace | null {
  const match = /^(.*):(\d+):(\d+)$/.exec(String(site));
  return match === null ? null : { file: match[1], line: Number(match[2]), column: Number(match[3]) };
}

interface Files {
  readFileSync(path: string, encoding: "utf8"): string;
}

/** The text of a file; null where files cannot be read at once, or this one cannot. */
export function textOf(file: string): string | null {
  if (/^[\w-]{2,}:/.test(file)) return null;
  try {
    return (nodeModuleNow("fs") as Files | undefined)?.readFileSync(file, "utf8") ?? null;
  } catch {
    return null;
  }
}

/** `const name = …` or `name = …`: what is to the left, the name, and what stands between it and the value. */
const assignment =
  /^(\s*(?:export\s+)?(?:(?:const|let|var)\s+)?)([\p{ID_Start}$_][\p{ID_Continue}$]*)((?:\s*:[^=]*)?\s*=(?![=>])\s*)/u;

/** How many lines before the one of a call its statement may begin. */
const reach = 20;

/** A statement that gives a value to a variable. Lines and columns count from 1. */
export interface Assignment {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  /** Between which characters the call is named that gives the value, counted from 0 from the beginning of that line. */
  readonly call: readonly [from: number, to: number];
}

const endsStatement = (line: string): boolean =>
  /(?:^|[;{}])\s*(?:\/\/.*)?$/.test(line) || /^\s*(?:\/\/|\*|\/\*)/.test(line);

/** Whether a line goes on with an expression that could have ended before. */
const continues = (line: string): boolean => /^\s*[.?)\]}:,+\-*/%&|=<>]/.test(line);

/** Where the last call of the expression stands that begins at a character, outside of all brackets. */
function lastCall(text: string, start: number): readonly [from: number, to: number] | null {
  let depth = 0;
  let from = start;
  let found: readonly [number, number] | null = null;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (c === '"' || c === "'" || c === "`") {
      for (i++; i < text.length && text[i] !== c; i++) if (text[i] === "\\") i++;
    } else if (c === "/" && text[i + 1] === "/") {
      while (i + 1 < text.length && text[i + 1] !== "\n") i++;
    } else if (c === "(" || c === "[" || c === "{") {
      if (depth++ === 0 && c === "(") found = [from, i];
    } else if (c === ")" || c === "]" || c === "}") {
      if (--depth < 0) break;
      if (depth === 0) from = i + 1;
    } else if (depth === 0) {
      // The body of a function is elsewhere.
      if (c === "=" && text[i + 1] === ">") return null;
      if (c === ";" || c === ",") break;
      if (c === "\n" && i > start && !continues(text.slice(i + 1))) break;
    }
  }
  return found;
}

/** The statement around a place, if it gives a value to a variable. */
export function assignmentAt(lines: readonly string[], line: number): Assignment | null {
  for (let at = line; at > Math.max(0, line - reach); at--) {
    const match = assignment.exec(lines[at - 1] ?? "");
    if (match !== null) {
      const text = lines.slice(at - 1, line + reach).join("\n");
      const call = lastCall(text, match[0].length);
      return call && { name: match[2], line: at, column: match[1].length + 1, call };
    }
    if (at > 1 && endsStatement(lines[at - 2])) return null;
  }
  return null;
}

/** The user's texts, each read once, and what they call the values of calls. */
export class UserTexts {
  readonly #files = new Map<string, readonly string[] | null>();

  #lines(file: string): readonly string[] | null {
    let lines = this.#files.get(file);
    if (lines === undefined) this.#files.set(file, (lines = textOf(file)?.split(/\r?\n/) ?? null));
    return lines;
  }

  /** A line of the user's; null where it cannot be read. */
  line({ file, line }: UserPlace): string | null {
    return this.#lines(file)?.[line - 1] ?? null;
  }

  #assignment({ file, line }: UserPlace): Assignment | null {
    const lines = this.#lines(file);
    return lines === null ? null : assignmentAt(lines, line);
  }

  /** The variable that gets what a call gave; null if none does, or it is not known. */
  variableOf(site: CallSite): Assignment | null {
    const place = placeOfCall(site);
    const found = place && this.#assignment(place);
    if (place === null || found === null || !this.#isLast(place, found)) return null;
    // What the same call binds later is what it returns; the same call from the same callers is another time.
    const run = [site];
    for (let { next } = site; next !== null; { next } = next) {
      const other = placeOfCall(next);
      if (other?.file !== place.file || this.#assignment(other)?.line !== found.line) break;
      const later = next;
      if (run.some((s) => s.repeats(later))) break;
      if (this.#isLast(other, found)) return null;
      run.push(next);
    }
    return found;
  }

  /** True if a place lies in the call that gives the value of the statement. */
  #isLast({ file, line, column }: UserPlace, found: Assignment): boolean {
    const lines = this.#lines(file) ?? [];
    let at = column - 1;
    for (let k = found.line; k < line; k++) at += lines[k - 1].length + 1;
    return found.call[0] <= at && at <= found.call[1];
  }
}

/** A parameter's name; or the names that a pattern gives to the items of a list, or of an object, by their keys. */
export type Parameter = string | ReadonlyMap<string, string> | null;

/** The parts of a list in brackets that opens at a character, between its commas. */
export function partsOf(text: string, open: number): string[] {
  const parts: string[] = [];
  let depth = 0;
  let begin = open + 1;
  for (let i = open; i < text.length; i++) {
    const c = text[i];
    if (c === "(" || c === "[" || c === "{") depth++;
    else if (c === ")" || c === "]" || c === "}") depth--;
    if ((c !== "," || depth !== 1) && depth !== 0) continue;
    parts.push(text.slice(begin, i).trim());
    begin = i + 1;
    if (depth === 0) break;
  }
  return parts;
}

const leading = /^([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:=|$)/u;
const renamed =
  /^([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*:\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:=|$)/u;

function parameter(text: string): Parameter {
  const open = text[0];
  if (open !== "[" && open !== "{") return leading.exec(text)?.[1] ?? null;
  const names = new Map<string, string>();
  partsOf(text, 0).forEach((part, i) => {
    const name = leading.exec(part)?.[1];
    const [, key, other] = (open === "{" ? renamed.exec(part) : null) ?? [];
    if (name !== undefined) names.set(open === "[" ? String(i) : name, name);
    else if (key !== undefined) names.set(key, other);
  });
  return names;
}

/** The parameters of a function, from its text; a rest parameter ends the list. */
export function parametersOf(text: string): Parameter[] {
  const bare = /^(?:async\s+)?([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*=>/u.exec(text);
  if (bare !== null) return [bare[1]];
  const open = text.indexOf("(");
  const parts = open === -1 ? [] : partsOf(text, open);
  const rest = parts.findIndex((part) => part === "" || part.startsWith("..."));
  return (rest === -1 ? parts : parts.slice(0, rest)).map(parameter);
}
