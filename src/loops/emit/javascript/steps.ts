/**
 * @file Programs whose lines are known, as JavaScript that can be stepped through: a statement for each operation of the
 * user's, variables that are called as the user called them, the user's line behind each in a comment, and a source map.
 *
 * What is computed does not change by a bit: to name an operand rounds nothing, and operands of `select` are computed
 * whether or not they are chosen. Conditions of `while` and bounds of `for` stay whole, as they are evaluated many times.
 */
import { type UserPlace, UserTexts, placeOfCall, textOf } from "../../../base/user-text.ts";
import { isReserved } from "../../../base/words.ts";
import { CallSite } from "../../../base/source.ts";
import type { Buffer, Expr, Local, Origin, Program, Stmt } from "../../ir/ir.ts";
import { newLocal } from "../../ir/ir.ts";
import { mapBodies, mapOperands, mapStmtExprs, stmtWrites, visitStmts } from "../../ir/traverse.ts";
import { type PlaceOf, type Trail, emitPrepared, prepareJs } from "./codegen.ts";
import { type Segment, inlineMap, mappingsOf } from "./source-map.ts";

/** A variable of the user's. */
interface Named {
  /** As it is called in the text, but for a number behind it. */
  readonly name: string;
  /** As the user calls it. */
  readonly user: string;
}

/** Names that generated text uses. */
const isUsed = (name: string): boolean => /^(?:Math|Number|BigInt|Object|\w*Array)$/.test(name);

/** A name in generated text. Those with a dollar sign are its own. */
function safeName(name: string): string {
  const plain = name.replace(/[^\p{ID_Continue}]/gu, "_");
  return isReserved(plain) || isUsed(plain) || !/^[\p{ID_Start}_]/u.test(plain) ? `_${plain}` : plain;
}

class Naming {
  readonly #texts: UserTexts;
  readonly #known = new Map<Origin["source"], Named | null>();

  constructor(texts: UserTexts) {
    this.#texts = texts;
  }

  /** What the user calls the result of an operation; null for what has no name of the user's. */
  ofResult({ source }: Origin): Named | null {
    let named = this.#known.get(source);
    if (named === undefined) this.#known.set(source, (named = this.#find(source)));
    return named;
  }

  #find({ site, backward, result, cotangentOf: of }: Origin["source"]): Named | null {
    const call = of ?? (result === true && !backward ? site : null);
    const name = call instanceof CallSite ? (this.#texts.variableOf(call)?.name ?? null) : call;
    return name === null ? null : called(of === undefined ? name : `${name}_bar`);
  }
}

const called = (user: string): Named => ({ name: safeName(user), user });

/** The statements with each operand that is the result of an operation of the user's named by a statement of its own. */
class Steps {
  readonly named = new Map<number, Named>();
  readonly wanted = new Map<number, string>();
  readonly #naming: Naming;
  readonly #program: Program;

  constructor(program: Program, texts: UserTexts) {
    this.#program = program;
    this.#naming = new Naming(texts);
    for (const [id, what] of program.meanings ?? [])
      if (typeof what === "string") this.#name(id, called(what));
    this.#nameBuffers();
    this.#nameSums();
  }

  #name(id: number, named: Named): void {
    if (this.named.has(id)) return;
    this.named.set(id, named);
    this.wanted.set(id, named.name);
  }

  /** Names a variable after the operation whose result it is. */
  #call(local: Local, origin: Origin): void {
    const named = this.#naming.ofResult(origin);
    if (named !== null) this.#name(local.id, named);
    else if (!this.wanted.has(local.id)) this.wanted.set(local.id, `${safeName(origin.operation)}$`);
  }

  /** Buffers that hold one result and nothing else: those that share a place keep its name. */
  #nameBuffers(): void {
    const written = new Map<Buffer, Set<Origin["source"] | undefined>>();
    visitStmts(this.#program.body, (s) => {
      for (const b of stmtWrites(s)) {
        const sources = written.get(b);
        if (sources === undefined) written.set(b, new Set([s.origin?.source]));
        else sources.add(s.origin?.source);
      }
    });
    for (const [{ id }, sources] of written) {
      const what = this.#program.meanings?.get(id);
      const named = typeof what === "object" && sources.size === 1 && sources.has(what.source);
      const result = named ? this.#naming.ofResult(what) : null;
      if (result !== null) this.#name(id, { ...result, name: `${result.name}_array` });
    }
  }

  /** The variable in which a sum is added up, if its operation has no other. */
  #nameSums(): void {
    const sums = new Map<Origin["source"], Local | null>();
    visitStmts(this.#program.body, ({ kind, origin, ...s }) => {
      if (kind !== "var" || origin === undefined || origin.routine === true || !("local" in s)) return;
      sums.set(origin.source, sums.has(origin.source) ? null : s.local);
    });
    for (const [source, local] of sums)
      if (local !== null) this.#call(local, { operation: local.name, source });
  }

  block(stmts: readonly Stmt[]): Stmt[] {
    const out: Stmt[] = [];
    for (const s of stmts) this.#stmt(s, out);
    return out;
  }

  #stmt(s: Stmt, out: Stmt[]): void {
    const inner = mapBodies(s, (body) => this.block(body));
    if (inner.kind === "for" || inner.kind === "while") {
      out.push(inner);
      return;
    }
    const split = this.splitter(out);
    if (inner.kind === "let") {
      const { value, local } = inner;
      const origin = "origin" in value ? value.origin : undefined;
      const what = value.kind === "load" ? this.named.get(value.buffer.id) : undefined;
      if (origin !== undefined) this.#call(local, origin);
      else if (what !== undefined) this.#name(local.id, called(what.user));
      out.push({ ...inner, value: mapOperands(value, split), ...(origin === undefined ? {} : { origin }) });
      return;
    }
    out.push(mapStmtExprs(inner, split));
  }

  /** Names what an expression is made of, each once, in statements that are put at the end. */
  splitter(out: Stmt[]): (e: Expr) => Expr {
    const done = new Map<Expr, Expr>();
    const split = (e: Expr): Expr => {
      let named = done.get(e);
      if (named === undefined) done.set(e, (named = name(e)));
      return named;
    };
    const name = (e: Expr): Expr => {
      const value = mapOperands(e, split);
      const origin = "origin" in value ? value.origin : undefined;
      if (origin === undefined) return value;
      const local = newLocal(origin.operation, e.dtype);
      this.#call(local, origin);
      out.push({ kind: "let", local, value, origin });
      return local;
    };
    return split;
  }
}

/** A file as debuggers know it: by its URL. */
function urlOf(file: string): string {
  if (/^[\w-]{2,}:/.test(file)) return file;
  return `file://${file.startsWith("/") ? "" : "/"}${encodeURI(file.replaceAll("\\", "/"))}`;
}

/** The place of an item in a list of its own kind, to which it is added. */
function numberOf(list: Map<string, number>, item: string): number {
  let k = list.get(item);
  if (k === undefined) list.set(item, (k = list.size));
  return k;
}

/** Collects the map of a text. */
class Mapping {
  readonly #texts: UserTexts;
  readonly #sources = new Map<string, number>();
  readonly #names = new Map<string, number>();
  readonly lines: (readonly Segment[])[] = [];

  constructor(texts: UserTexts) {
    this.#texts = texts;
  }

  /**
   * The column of the user's line that a statement belongs to: its first, or for the way back its end. So debuggers that
   * stop at one of the places behind a line stop on the way forward, and can be told to stop on the way back as well.
   */
  #columnFor(place: UserPlace, backward: boolean): number {
    const text = this.#texts.line(place);
    if (text === null) return backward ? place.column : place.column - 1;
    return backward ? text.trimEnd().length : text.length - text.trimStart().length;
  }

  /** A line of the text, and the variable of the user's that it gives a value. */
  line(text: string, origin: Origin | undefined, variable: Named | undefined): void {
    const place = origin && placeOfCall(origin.source.site);
    if (place === undefined || place === null) {
      this.lines.push([]);
      return;
    }
    const begin = text.length - text.trimStart().length;
    const source = numberOf(this.#sources, place.file);
    const sourceColumn = this.#columnFor(place, origin!.source.backward);
    const segment = { column: begin, source, sourceLine: place.line - 1, sourceColumn };
    const segments: Segment[] = [segment];
    if (variable !== undefined) {
      const column = /^\s*(?:const |let )?/.exec(text)![0].length;
      if (column === begin) segments.pop();
      segments.push({ ...segment, column, name: numberOf(this.#names, variable.user) });
    }
    this.lines.push(segments);
  }

  comment(): string {
    return inlineMap({
      version: 3,
      sources: [...this.#sources.keys()].map(urlOf),
      sourcesContent: [...this.#sources.keys()].map(textOf),
      names: [...this.#names.keys()],
      mappings: mappingsOf(this.lines),
    });
  }
}

/** `model.ts:12`, and whether it is the way back. */
function told({ source }: Origin): string {
  const place = placeOfCall(source.site);
  if (place === null) return "";
  return ` // ${place.file.replace(/^.*[\\/]/, "")}:${place.line}${source.backward ? " backward" : ""}`;
}

/** Lines that an engine puts before the body of a function that is made of its text. */
export const linesBefore = 2;

/** A program that can be stepped through. */
export interface StepsText {
  readonly text: string;
  /** A comment for the end of the text, which carries the map of it. */
  readonly map: string;
  /** Where each line comes from. */
  readonly origins: readonly (Origin | undefined)[];
}

/** The text of a program as `emitJs` gives it, for debuggers. */
export function emitSteps(
  source: Program,
  allocateOuts: boolean,
  keepTemporaries: boolean | PlaceOf,
): StepsText {
  const prepared = prepareJs(source);
  const texts = new UserTexts();
  const steps = new Steps(prepared, texts);
  const body = steps.block(prepared.body);
  const split = steps.splitter(body);
  const program: Program = { ...prepared, body, results: prepared.results.map(split) };
  const trail: Trail = { wanted: steps.wanted, given: new Map(), origins: [], first: 0, above: new Map() };
  const lines = emitPrepared(program, allocateOuts, keepTemporaries, trail).split("\n");
  const mapping = new Mapping(texts);
  for (let k = 0; k < linesBefore; k++) mapping.lines.push([]);
  const origins = lines.map((_, k) => trail.above.get(k) ?? trail.origins[k - trail.first]);
  const written = lines.map((line, k) => {
    const origin = origins[k];
    const name = /^\s*(?:const |let )?([\p{ID_Continue}$]+) =/u.exec(line)?.[1];
    const id = name === undefined ? undefined : trail.given.get(name);
    mapping.line(line, origin, id === undefined ? undefined : steps.named.get(id));
    return origin === undefined ? line : `${line}${told(origin)}`;
  });
  return { text: written.join("\n"), map: mapping.comment(), origins };
}
