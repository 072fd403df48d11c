/**
 * @file Programs whose lines are known, as JavaScript that can be stepped through: a statement for each operation of the
 * user's, variables that are called as the user called them, the user's line behind each in a comment, and a source map.
 *
 * What is computed does not change by a bit: to name an operand rounds nothing, and operands of `select` are computed
 * whether or not they are chosen. Conditions of `while` and bounds of `for` stay whole, as they are evaluated many times.
 */
import { type Assignment, UserNames, placeOfCall, textOf } from "../../../base/user-text.ts";
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
  /** Where it gets its value; null for arguments, which have no line. */
  readonly at: (Pick<Assignment, "line" | "column"> & { readonly file: string }) | null;
}

/** Words that are no names, or that generated text uses. */
const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends false " +
    "finally for function if implements import in instanceof interface let new null package private protected public return " +
    "static super switch this throw true try typeof var void while with yield undefined NaN Infinity Math Number BigInt " +
    "Object Array Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array " +
    "Float32Array Float64Array Uint8ClampedArray"
  ).split(" "),
);

/** A name in generated text. Those with a dollar sign are its own. */
function safeName(name: string): string {
  const plain = name.replace(/[^\p{ID_Continue}]/gu, "_");
  return reserved.has(plain) || !/^[\p{ID_Start}_]/u.test(plain) ? `${plain}_` : plain;
}

class Naming {
  readonly #user = new UserNames();
  readonly #known = new Map<Origin["source"], Named | null>();

  /** What the user calls the result of an operation; null for what has no name of the user's. */
  ofResult({ source }: Origin): Named | null {
    let named = this.#known.get(source);
    if (named === undefined) this.#known.set(source, (named = this.#find(source)));
    return named;
  }

  #find({ site, backward, result, cotangentOf: of }: Origin["source"]): Named | null {
    if (typeof of === "string") return argument(`${of}_bar`);
    const call = of ?? (result === true && !backward ? site : null);
    const found = call && this.#user.of(call);
    const file = found && placeOfCall(call)?.file;
    if (found === null || file === null || file === undefined) return null;
    const user = of === undefined ? found.name : `${found.name}_bar`;
    return { name: safeName(user), user, at: { file, line: found.line, column: found.column } };
  }
}

const argument = (user: string): Named => ({ name: safeName(user), user, at: null });

/** The statements with each operand that is the result of an operation of the user's named by a statement of its own. */
class Steps {
  readonly named = new Map<number, Named>();
  readonly wanted = new Map<number, string>();
  readonly #naming = new Naming();
  readonly #program: Program;

  constructor(program: Program) {
    this.#program = program;
    for (const [id, what] of program.meanings ?? []) if (typeof what === "string") this.#name(id, argument(what));
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
    else if (!this.wanted.has(local.id)) this.wanted.set(local.id, safeName(origin.operation));
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
    for (const [source, local] of sums) if (local !== null) this.#call(local, { operation: local.name, source });
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
      else if (what !== undefined) this.#name(local.id, { ...what, name: safeName(what.user) });
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

/** Collects the map of a text. */
class Mapping {
  readonly #sources = new Map<string, number>();
  readonly #contents: (string | null)[] = [];
  readonly #names = new Map<string, number>();
  readonly lines: (readonly Segment[])[] = [];

  #source(file: string): number {
    let k = this.#sources.get(file);
    if (k === undefined) {
      this.#sources.set(file, (k = this.#sources.size));
      this.#contents.push(textOf(file));
    }
    return k;
  }

  #nameOf(name: string): number {
    let k = this.#names.get(name);
    if (k === undefined) this.#names.set(name, (k = this.#names.size));
    return k;
  }

  /** The segments of a line: its beginning comes from the call, the variable that it defines from where that is written. */
  line(text: string, origin: Origin | undefined, variable: Named | undefined): void {
    const place = origin && placeOfCall(origin.source.site);
    if (place === undefined || place === null) {
      this.lines.push([]);
      return;
    }
    const at = (column: number, file: string, line: number, from: number, name?: number): Segment => ({
      column,
      source: this.#source(file),
      sourceLine: line - 1,
      sourceColumn: from - 1,
      name,
    });
    const begin = text.length - text.trimStart().length;
    const segments = [at(begin, place.file, place.line, place.column)];
    const defined = /^\s*(?:const |let )/.exec(text)?.[0].length ?? begin;
    if (variable !== undefined) {
      const { file, line, column } = variable.at ?? place;
      const named = at(defined, file, line, column, this.#nameOf(variable.user));
      if (defined === begin) segments.pop();
      segments.push(named);
    }
    this.lines.push(segments);
  }

  comment(): string {
    return inlineMap({
      version: 3,
      sources: [...this.#sources.keys()].map(urlOf),
      sourcesContent: this.#contents,
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
const linesBefore = 2;

/** A program that can be stepped through: its text, and a comment for its end that carries the map of it. */
export interface StepsText {
  readonly text: string;
  readonly map: string;
}

/** The text of a program as `emitJs` gives it, for debuggers. */
export function emitSteps(
  source: Program,
  allocateOuts: boolean,
  keepTemporaries: boolean | PlaceOf,
): StepsText {
  const prepared = prepareJs(source);
  const steps = new Steps(prepared);
  const body = steps.block(prepared.body);
  const split = steps.splitter(body);
  const program: Program = { ...prepared, body, results: prepared.results.map(split) };
  const trail: Trail = { wanted: steps.wanted, given: new Map(), origins: [], first: 0 };
  const lines = emitPrepared(program, allocateOuts, keepTemporaries, trail).split("\n");
  const mapping = new Mapping();
  for (let k = 0; k < linesBefore; k++) mapping.lines.push([]);
  const written = lines.map((line, k) => {
    const origin = trail.origins[k - trail.first];
    const name = /^\s*(?:const |let )?([\p{ID_Continue}$]+) =/u.exec(line)?.[1];
    const id = name === undefined ? undefined : trail.given.get(name);
    mapping.line(line, origin, id === undefined ? undefined : steps.named.get(id));
    return origin === undefined ? line : `${line}${told(origin)}`;
  });
  return { text: written.join("\n"), map: mapping.comment() };
}
