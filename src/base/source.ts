/**
 * @file The line of the user's code behind a call, read from a stack trace.
 *
 * Which frames are the library's: as source text, those of the files of `src`. In the distribution each chunk records
 * where its text begins and ends (scripts/build), wherever a bundler moves it; where source maps are read (tsx,
 * `--enable-source-maps`), its frames bear names in `src`.
 */

/** A place in a text. */
interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Frames of V8 (`at f (file:1:2)`) and of the other engines (`f@file:1:2`). Files are paths, URLs, or names of modules, as
 * runtimes at the edge have them; those of generated code begin with "adjoint/".
 */
const frame =
  /^(?:\s*at (?:.*\()?|[^@]*@)((?:file:\/\/|\/|https?:|blob:|evalmachine|[A-Za-z]:\\|[\w-]+:\/\/).*?|(?!adjoint\/)[\w.-][\w./-]*\.[cm]?[jt]s):(\d+):(\d+)\)?$/;

/** The place in a line of a stack; null if the line is no frame, or one of the engine. */
function placeOf(line: string): Place | null {
  const match = frame.exec(line);
  if (match === null || match[1].includes("node:internal")) return null;
  // As paths, whether the host writes paths or URLs.
  const file = match[1].startsWith("file:") ? decodeURI(match[1].replace(/^file:\/\//, "")) : match[1];
  return { file, line: Number(match[2]), column: Number(match[3]) };
}

function firstPlace(stack: string | undefined): Place | null {
  for (const line of (stack ?? "").split("\n")) {
    const place = placeOf(line);
    if (place !== null) return place;
  }
  return null;
}

/** The folders of the library's own files, if it runs from its sources. */
function foldersOf(here: Place | null): string[] {
  const match = /^(.*[\\/])src[\\/]base[\\/]source\.[jt]s/.exec(here?.file ?? "");
  return match === null ? [] : [`${match[1]}src/`, `${match[1]}dist/`];
}

let folders: readonly string[] | null = null;

/** Found when first asked for: who reads a stack makes the engine parse again the text of every function that is in it. */
const ownFolders = (): readonly string[] => (folders ??= foldersOf(firstPlace(new Error().stack)));

/**
 * What the chunks recorded: functions at the beginning of each and at its end, whose errors tell where they stand. Errors
 * made at the top of a chunk would make an engine that is watched (by developer tools) parse it twice.
 */
const marks = (): readonly (() => Error)[] =>
  (globalThis as unknown as Readonly<Record<symbol, readonly (() => Error)[] | undefined>>)[
    Symbol.for("adjoint.text")
  ] ?? [];

interface Range {
  readonly from: Place;
  readonly to: Place;
}

let ranges: readonly Range[] = [];
let read = 0;

/** The texts of the chunks that are loaded. */
function ownTexts(): readonly Range[] {
  const makers = marks();
  if (makers.length === read) return ranges;
  read = makers.length;
  const places = makers.map((f) => firstPlace(f().stack));
  ranges = places.flatMap((from, i) => {
    const to = i % 2 === 0 ? places[i + 1] : null;
    return from !== null && to?.file === from.file ? [{ from, to }] : [];
  });
  return ranges;
}

const isBefore = (a: Place, b: Place): boolean =>
  a.line < b.line || (a.line === b.line && a.column <= b.column);

const isOwn = (place: Place): boolean =>
  ownFolders().some((f) => place.file.startsWith(f)) ||
  /[\\/]node_modules[\\/]adjoint[\\/](?:src|dist)[\\/]/.test(place.file) ||
  ownTexts().some(({ from, to }) => place.file === from.file && isBefore(from, place) && isBefore(place, to));

/** `file:line:column` of the first frame outside the library, or null. */
export function userFrame(stack: string | undefined): string | null {
  if (stack === undefined) return null;
  for (const line of stack.split("\n")) {
    const place = placeOf(line);
    if (place !== null && !isOwn(place)) return `${place.file}:${place.line}:${place.column}`;
  }
  return null;
}

/** A stack without the library's frames at its top, so that it begins with the user's; whole if there are only such. */
export function userStack(stack: string): string {
  const lines = stack.split("\n");
  const first = lines.findIndex((line) => placeOf(line) !== null);
  const user = lines.findIndex((line, i) => {
    const place = i < first || first === -1 ? null : placeOf(line);
    return place !== null && !isOwn(place);
  });
  return user === -1 ? stack : [...lines.slice(0, first), ...lines.slice(user)].join("\n");
}

/** True if an error with this stack arose in the library, not in a function of its user. */
export function isFromLibrary(stack: string | undefined): boolean {
  const place = firstPlace(stack);
  return place !== null && isOwn(place);
}

/** The scopes that the user named, outermost first. */
let scopes: readonly string[] = [];

/** The scopes in force as a path, or null outside of all. */
export const scopePath = (): string | null => (scopes.length === 0 ? null : scopes.join("/"));

/** Runs `f` in a named scope. */
export function withScope<R>(name: string, f: () => R): R {
  const before = scopes;
  scopes = [...before, name];
  try {
    return f();
  } finally {
    scopes = before;
  }
}

/** A stack captured now and formatted only when it is asked for: cheap enough for every transformation. */
export class CallSite {
  readonly #error: Error | null;
  #place: string | null = null;
  /** The call that was recorded next while the same program was traced. */
  next: CallSite | null = null;
  /** `null`: nowhere in the user's code. */
  constructor(error: Error | null = new Error()) {
    this.#error = error;
  }
  toString(): string {
    return (this.#place ??= userFrame(this.#error?.stack) ?? "an unknown place");
  }
  /** True if all callers are the same: then it is the same call once more, in a loop say. */
  repeats(other: CallSite): boolean {
    return this.#error?.stack === other.#error?.stack;
  }
}

/** Where an equation comes from. */
export interface Source {
  /** The user's call. */
  readonly site: CallSite;
  /** The scopes that it stands in: `layer/activation`, or null. */
  readonly scope: string | null;
  /** True if it belongs to the backward part of a derivative: to the adjoint of what was called there. */
  readonly backward: boolean;
  /** Whether the program is to be stepped through by its lines. */
  readonly steps: boolean;
  /** The operation that was called there, while it is not written down: one of that name gives what the call gives. */
  readonly operation?: string | undefined;
  /** True if the equation's result is what the call gave: neither a step on the way nor what its derivative needs. */
  readonly result?: boolean | undefined;
  /** What the equation's result is the cotangent of: what that call gave, or the argument of that name. */
  readonly cotangentOf?: CallSite | string | undefined;
}

/** What is written down while an equation is interpreted comes from where that equation came from. */
let inherited: Source | undefined;

/** The call that was recorded last. */
let latest: CallSite | null = null;

/** Ends the list of calls: those of one program refer to each other, and to no others. */
export function endCalls(): void {
  latest = null;
}

/** True while what is called gives no value of the user's: a derivative rule runs. */
let inRule = false;

/**
 * The origin of an equation that is written down now: of the one it is made from, or of a call if these are captured.
 * @param lines the setting in force
 * @param operation what is called
 */
export function sourceHere(lines: boolean | "recorded", operation: string): Source | undefined {
  if (inherited !== undefined || lines === false) return inherited;
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 64;
  const site = new CallSite();
  Error.stackTraceLimit = before;
  if (latest !== null) latest.next = site;
  latest = site;
  const steps = lines === true;
  return { site, scope: scopePath(), backward: false, steps, operation: inRule ? undefined : operation };
}

/** Runs `f`, which does an operation by others: all come from the call of it, and one of them gives its result. */
export function withCall<R>(lines: true | "recorded", operation: string, f: () => R): R {
  const source = sourceHere(lines, operation)!;
  // What is differentiated again is what was called, if it gave that before.
  return withSource(source.result === true ? { ...source, operation, result: false } : source, f);
}

/** Runs a derivative rule of the user's: what is called there has no value that the user calls by a name. */
export function withRule<R>(f: () => R): R {
  const before = inRule;
  inRule = true;
  try {
    return f();
  } finally {
    inRule = before;
  }
}

/** Runs `f`, which interprets an equation that came from there. */
export function withSource<R>(source: Source | undefined, f: () => R): R {
  if (source === undefined) return f();
  const before = inherited;
  inherited = source;
  try {
    return f();
  } finally {
    inherited = before;
  }
}
