/**
 * @file Loop programs as JavaScript text. Emitting and evaluating are separate: js/compile.ts evaluates.
 *
 * Every name in the text is made here from letters, digits and a number; nothing of the user's reaches it, but the names of
 * variables where their lines are recorded (steps.ts).
 */
import { type DType, arrayClassName, isBool, isWide } from "../../../dtypes/dtype.ts";
import type { Affine, Buffer, Expr, Local, Op, Origin, Program, ScalarFunction, Stmt } from "../../ir/ir.ts";
import { contractTiles, expandContracts } from "../../ir/contract.ts";
import { planAllMemory } from "../../passes/memory.ts";
import { invariant } from "../../../base/util.ts";
import { Uses, partition } from "./partition.ts";
import { type ScalarOp, opText, scalarOp } from "../../ir/scalar.ts";
import { bitsText, castText, halfFunctions, isHalf, scalarText, wrapText } from "../../ir/values.ts";
import { calledFunctions } from "../../ir/traverse.ts";

/** The result of an operation as its dtype holds it: 0 and 1 are what operations of truth values give. */
const wrapped = (def: ScalarOp, text: string, dtype: DType): string =>
  def.exact === true || isBool(dtype) ? text : wrapText(text, dtype);

/** Characters of indentation at most. */
const deepest = 40;

/** How variables should be called, by their ids; and, once the text is written, where it comes from. */
export interface Trail {
  /** Without words that are no names in JavaScript, or mean something in the text. */
  readonly wanted: ReadonlyMap<number, string>;
  /** Those of the variables that are called as wanted, or nearly so. */
  readonly given: Map<string, number>;
  /** For each line of the compiled function, the first of which follows so many others; and for those, by their numbers. */
  readonly origins: (Origin | undefined)[];
  first: number;
  readonly above: Map<number, Origin | undefined>;
}

class Emitter {
  readonly lines: string[] = [];
  readonly #trail: Trail | null;
  /** What is being written. */
  #origin: Origin | undefined;
  #indent = "  ";
  /** Locals declared ahead of their definition. */
  readonly #declared = new Set<number>();
  #parts = 0;
  /** Calls of the host so far: they are written in the order of the program. */
  #hosts = 0;
  readonly #names = new Map<number, string>();
  readonly #taken = new Map<string, number>();
  readonly #functions: Map<ScalarFunction, string>;
  readonly #uses: Uses;

  constructor(
    functions: Map<ScalarFunction, string>,
    stmts: readonly Stmt[],
    after: readonly Expr[],
    trail: Trail | null = null,
  ) {
    this.#trail = trail;
    this.#functions = functions;
    this.#uses = new Uses(stmts, after);
  }

  name(x: Buffer | Local): string {
    let name = this.#names.get(x.id);
    if (name === undefined) {
      const wanted = this.#trail?.wanted.get(x.id);
      // Where some names are the user's, those with a dollar sign are not.
      const own = this.#trail === null ? "" : "$";
      const base = wanted ?? x.name.replace(/\W/g, "_") + own;
      const n = this.#taken.get(base) ?? 0;
      this.#taken.set(base, n + 1);
      name = n === 0 ? base : `${base}$${n}`;
      this.#names.set(x.id, name);
      if (wanted !== undefined) this.#trail?.given.set(name, x.id);
    }
    return name;
  }

  line(text: string): void {
    this.lines.push(this.#indent + text);
    this.#trail?.origins.push(this.#origin);
  }

  #operand(e: Expr): string {
    const text = this.expr(e);
    return /^[\w$.]+$/.test(text) || /^[\w$.]+[[(][^()[\]]*[\])]$/.test(text) ? text : `(${text})`;
  }

  /** The text of a number. */
  expr(e: Expr): string {
    switch (e.kind) {
      case "const":
        return scalarText(e.value);
      case "local":
        return this.name(e);
      case "affine":
        return this.#affine(e);
      case "load": {
        const at = `${this.name(e.buffer)}[${this.expr(e.index)}]`;
        return isHalf(e.dtype) ? `$.${halfFunctions[e.dtype].decode}(${at})` : at;
      }
      case "op":
        return this.#op(e);
      case "cast":
        if (e.dtype === "bool") return `${this.test(e)} ? 1 : 0`;
        return castText(this.#operand(e.arg), e.arg.dtype, e.dtype);
      case "bits":
        return bitsText(this.#operand(e.arg), e.arg.dtype, e.dtype);
      case "call":
        return `${this.#functions.get(e.fn)!}(${e.args.map((a) => this.expr(a)).join(", ")})`;
    }
  }

  #affine(e: Affine): string {
    let out = "";
    for (const { atom, factor } of e.terms) {
      const size = Math.abs(factor);
      const term = size === 1 ? this.#operand(atom) : `${this.#operand(atom)} * ${size}`;
      out += out === "" ? (factor < 0 ? `-${term}` : term) : `${factor < 0 ? " - " : " + "}${term}`;
    }
    if (e.offset !== 0) out += `${e.offset < 0 ? " - " : " + "}${Math.abs(e.offset)}`;
    return out;
  }

  #op(e: Op): string {
    const def = scalarOp(e.op);
    if (def.result === "bool") return `${this.test(e)} ? 1 : 0`;
    const first = e.op === "select" ? `(${this.test(e.args[0])})` : this.#operand(e.args[0]);
    const operands = [first, ...e.args.slice(1).map((a) => this.#operand(a))];
    return wrapped(def, opText(e.op, operands, e.args[e.args.length - 1].dtype), e.dtype);
  }

  /** The text of a condition: a JavaScript truth value. */
  test(e: Expr): string {
    if (e.kind === "op" && scalarOp(e.op).result === "bool") {
      const type = e.args[e.args.length - 1].dtype;
      const simple = e.op === "isFinite" || e.op === "isNan";
      const operands = e.args.map((a) => this.#operand(a));
      return simple && !/^[\w$]+$/.test(operands[0])
        ? `${e.op === "isNan" ? "" : "!"}$.${e.op === "isNan" ? "isNan" : "notFinite"}(${operands[0]})`
        : opText(e.op, operands, type);
    }
    if (e.kind === "op" && isBool(e.dtype) && (e.op === "and" || e.op === "or")) {
      return e.args.map((a) => `(${this.test(a)})`).join(e.op === "and" ? " && " : " || ");
    }
    if (e.kind === "op" && isBool(e.dtype) && e.op === "not") return `!(${this.test(e.args[0])})`;
    if (e.kind === "cast" && e.dtype === "bool")
      return `${this.#operand(e.arg)} !== ${isWide(e.arg.dtype) ? "0n" : "0"}`;
    return `${this.#operand(e)} !== 0`;
  }

  /** Blocks, each between the line that opens it and that which opens the next. */
  #blocks(...blocks: readonly (readonly [head: string, stmts: readonly Stmt[]])[]): void {
    const before = this.#indent;
    for (const [head, stmts] of blocks) {
      this.line(head);
      // Deep nests would be indentation mostly.
      if (before.length < deepest) this.#indent += "  ";
      this.stmts(stmts);
      this.#indent = before;
      this.#origin = undefined;
    }
    this.line("}");
  }

  allocation(b: Buffer): string {
    return `const ${this.name(b)} = new ${arrayClassName(b.dtype)}(${b.size});`;
  }

  placed(b: Buffer, place: PlaceOf): string {
    return `const ${this.name(b)} = ${place(b)};`;
  }

  /**
   * A list of statements; a long one as functions that are called one after another, for V8 does not optimise very long
   * ones (partition.ts).
   */
  stmts(stmts: readonly Stmt[]): void {
    const parts = partition(stmts, this.#uses);
    if (parts === null) {
      for (const s of stmts) this.stmt(s);
      this.#origin = undefined;
      return;
    }
    this.#origin = undefined;
    const shared = parts.shared.map((local) => this.name(local));
    for (const local of parts.shared) this.#declared.add(local.id);
    if (shared.length > 0) this.line(`let ${shared.join(", ")};`);
    // Later parts use what earlier ones allocate.
    for (const s of stmts) if (s.kind === "alloc") this.stmt(s);
    parts.lists.forEach((list) => {
      const name = `part${this.#parts++}$`;
      this.#blocks([`function ${name}() {`, list.filter((s) => s.kind !== "alloc")]);
      this.line(`${name}();`);
    });
  }

  stmt(s: Stmt): void {
    this.#origin = s.origin;
    switch (s.kind) {
      case "let":
      case "var": {
        const keyword = this.#declared.has(s.local.id) ? "" : s.kind === "let" ? "const " : "let ";
        this.line(`${keyword}${this.name(s.local)} = ${this.expr(s.value)};`);
        return;
      }
      case "set":
        this.line(`${this.name(s.local)} = ${this.expr(s.value)};`);
        return;
      case "accumulate":
        this.#accumulate(s);
        return;
      case "store": {
        const value = this.expr(s.value);
        const { dtype } = s.buffer;
        const stored = isHalf(dtype) ? `$.${halfFunctions[dtype].encode}(${value})` : value;
        this.line(`${this.name(s.buffer)}[${this.expr(s.index)}] = ${stored};`);
        return;
      }
      case "alloc":
        this.line(this.allocation(s.buffer));
        return;
      case "for": {
        const i = this.name(s.local);
        const bump = s.step === 1 ? `${i}++` : `${i} += ${s.step}`;
        const from = this.expr(s.lo);
        this.#blocks([`for (let ${i} = ${from}; ${i} < ${this.#operand(s.hi)}; ${bump}) {`, s.body]);
        return;
      }
      case "while":
        this.#blocks([`while (${this.test(s.test)}) {`, s.body]);
        return;
      case "host": {
        const list = (buffers: readonly Buffer[]): string => buffers.map((b) => this.name(b)).join(", ");
        this.line(`$.host(${this.#hosts++}, [${list(s.inputs)}], [${list(s.outputs)}]); // ${s.call.name}`);
        return;
      }
      case "contract":
      case "tile":
        invariant(false, s.kind);
        return;
      case "if":
        this.#blocks(
          [`if (${this.test(s.test)}) {`, s.then],
          ...(s.else.length === 0 ? [] : [["} else {", s.else] as const]),
        );
    }
  }

  #accumulate(s: Extract<Stmt, { kind: "accumulate" }>): void {
    const x = this.name(s.local);
    const { dtype } = s.local;
    if ((s.op === "add" || s.op === "mul") && dtype === "float64") {
      this.line(`${x} ${s.op === "add" ? "+" : "*"}= ${this.expr(s.value)};`);
      return;
    }
    const def = scalarOp(s.op);
    this.line(`${x} = ${wrapped(def, opText(s.op, [x, this.#operand(s.value)], dtype), dtype)};`);
  }
}

function emitFunction(fn: ScalarFunction, name: string, functions: Map<ScalarFunction, string>): string[] {
  const e = new Emitter(functions, fn.body, [fn.result]);
  const params = fn.params.map((p) => e.name(p)).join(", ");
  e.stmts(fn.body);
  e.line(`return ${e.expr(fn.result)};`);
  return [`function ${name}(${params}) {`, ...e.lines, "}"];
}

/** The text of the data of a temporary buffer that is made once. */
export type PlaceOf = (buffer: Buffer) => string;

/** A program as its statements are written: contractions are loops, and temporaries share places. */
export const prepareJs = (program: Program): Program =>
  planAllMemory({ ...program, body: expandContracts(program.body, contractTiles) });

/**
 * The text of a function body that returns the compiled function, given the runtime as `$`.
 * @param allocateOuts true: the function allocates and returns its outputs (the only one itself, several as a list);
 * false: array outputs are further parameters, and 0-d outputs are returned.
 * @param keepTemporaries allocate temporary buffers once, beside the function, instead of in each call; or where they are.
 */
export const emitJs = (
  source: Program,
  allocateOuts: boolean,
  keepTemporaries: boolean | PlaceOf = false,
): string => emitPrepared(prepareJs(source), allocateOuts, keepTemporaries);

/** The text of a prepared program, and whence its lines come if that is asked. */
export function emitPrepared(
  program: Program,
  allocateOuts: boolean,
  keepTemporaries: boolean | PlaceOf,
  trail: Trail | null = null,
): string {
  const functions = new Map<ScalarFunction, string>();
  const lines: string[] = ['"use strict";'];
  for (const fn of calledFunctions(program)) {
    const name = `${fn.name.replace(/\W/g, "_")}$f${functions.size}`;
    functions.set(fn, name);
    lines.push(...emitFunction(fn, name, functions));
  }
  const e = new Emitter(functions, program.body, program.results, trail);
  const params = program.params.map((p) => e.name(p));
  const outs = program.outs.map((b) => e.name(b));
  if (allocateOuts) for (const b of program.outs) e.line(e.allocation(b));
  else params.push(...outs);
  const body = program.body.filter((s) => {
    if (s.kind !== "alloc" || keepTemporaries === false) return true;
    trail?.above.set(lines.length, s.origin);
    lines.push(keepTemporaries === true ? e.allocation(s.buffer) : e.placed(s.buffer, keepTemporaries));
    return false;
  });
  e.stmts(body);
  const results = program.results.map((r) => e.expr(r));
  const returned = allocateOuts ? [...outs, ...results] : results;
  if (returned.length > 0)
    e.line(`return ${returned.length === 1 ? returned[0] : `[${returned.join(", ")}]`};`);
  if (trail !== null) trail.first = lines.length + 1;
  const head = `return function ${program.name.replace(/\W/g, "_")}$(${params.join(", ")}) {`;
  // Not pushed: a call takes no more arguments than the stack has room for.
  return [...lines, head, ...e.lines, "};"].join("\n");
}
