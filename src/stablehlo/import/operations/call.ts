/** @file An operation that is carried out: its operands as arrays, its attributes by name, its regions as functions. */
import type { NDArray } from "../../../core/array.ts";
import { ConcreteArray, NDArray as AnyArray } from "../../../core/array.ts";
import type { ShapedArray } from "../../../core/aval.ts";
import { type DType, dtypes } from "../../../dtypes/dtype.ts";
import { type Attribute, type Attributes, type Struct, isList } from "../text/attributes.ts";
import { type Dense, denseIntegers } from "../text/dense.ts";
import type { StablehloError } from "../text/errors.ts";
import type { Block, Func, Op, Value } from "../text/ir.ts";
import type { Type } from "../text/types.ts";

/** What a value of the module is here: an array, a tuple, or a token, which is nothing. */
export type Datum = NDArray | readonly Datum[] | null;

/** What an operation can ask of the program around it. */
export interface Surroundings {
  error(at: number, detail: string): StablehloError;
  /** Runs a block of the operation on arrays. Results that are known are not computed. */
  run(block: Block, args: readonly Datum[], known?: ReadonlyMap<Value, Datum>): Datum[];
  /** A function of the module. */
  functionOf(name: string): Func | undefined;
  /** What a value is that the operation could use, if it is known. */
  valueOf(value: Value): Datum;
  /** Runs a function of the module. */
  call(name: string, args: readonly Datum[], at: number): Datum[];
}

/** The array that a type stands for. @throws StablehloError where the library has no such dtype */
export function avalOf(type: Type, fail: (detail: string) => StablehloError): ShapedArray {
  if (type.kind !== "tensor") throw fail(`expected an array; got ${type.text}.`);
  if (type.aval === null) throw fail(`${type.text} has no counterpart; the dtypes are ${dtypes.join(", ")}.`);
  return type.aval;
}

export class Call {
  readonly op: Op;
  readonly data: readonly Datum[];
  readonly #around: Surroundings;

  constructor(op: Op, data: readonly Datum[], around: Surroundings) {
    this.op = op;
    this.data = data;
    this.#around = around;
  }

  error(detail: string): StablehloError {
    return this.#around.error(this.op.at, `${this.op.name}: ${detail}`);
  }

  /** The operands, of which there must be as many as `count` says, if it is given. */
  arrays(count?: number): NDArray[] {
    if (count !== undefined && this.data.length !== count)
      throw this.error(`expected ${count} operands; got ${this.data.length}.`);
    return this.data.map((x) => {
      if (x instanceof AnyArray) return x;
      throw this.error(`expected arrays; got a ${x === null ? "token" : "tuple"}.`);
    });
  }
  get x(): NDArray {
    const [first] = this.arrays();
    if (first === undefined) throw this.error("expected an operand; got none.");
    return first;
  }

  /** What result `i` is, as the module says. */
  out(i = 0): ShapedArray {
    const result = this.op.results[i];
    if (result === undefined) throw this.error(`expected a result; got ${this.op.results.length}.`);
    return avalOf(result.type, (detail) => this.error(detail));
  }
  get dtype(): DType {
    return this.out().dtype;
  }

  attribute(name: string): Attribute | undefined {
    return this.op.attributes.get(name);
  }
  has(name: string): boolean {
    return this.op.attributes.has(name);
  }
  #wrong(name: string, expected: string): StablehloError {
    return this.error(`expected ${expected} for '${name}'${this.has(name) ? "" : "; got none"}.`);
  }

  int(name: string, fallback?: number): number {
    const a = this.attribute(name) ?? fallback;
    const value = typeof a === "object" && isDense(a) ? denseIntegers(a)[0] : a;
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    throw this.#wrong(name, "a whole number");
  }
  ints(name: string, fallback?: readonly number[]): number[] {
    const a = this.attribute(name);
    if (a === undefined && fallback !== undefined) return [...fallback];
    const list = a === undefined ? null : integersOf(a);
    if (list === null) throw this.#wrong(name, "whole numbers");
    return list;
  }
  bools(name: string, fallback: readonly boolean[]): boolean[] {
    const a = this.attribute(name);
    if (a === undefined) return [...fallback];
    if (isList(a)) return a.map((v) => v === true || v === 1);
    return typeof a === "object" && isDense(a) ? denseIntegers(a).map((v) => v !== 0) : [a === true];
  }
  bool(name: string, fallback?: boolean): boolean {
    const a = this.attribute(name) ?? fallback;
    if (typeof a === "boolean") return a;
    throw this.#wrong(name, "true or false");
  }
  /** A word of those that there are. */
  word<W extends string>(name: string, known: readonly W[], fallback?: W): W {
    const a = this.attribute(name);
    const word =
      a === undefined
        ? fallback
        : typeof a === "object" && isWord(a)
          ? a.word
          : typeof a === "string"
            ? a
            : undefined;
    const found = known.find((w) => w === word);
    if (found === undefined) throw this.#wrong(name, known.join(", "));
    return found;
  }
  text(name: string): string {
    const a = this.attribute(name);
    if (typeof a === "string") return a;
    if (typeof a === "object" && "kind" in a && a.kind === "symbol") return a.name;
    throw this.#wrong(name, "a name");
  }
  /** A structure's lists of axes and its numbers; what it leaves out is empty. */
  struct(name: string): Numbers {
    const a = this.attribute(name);
    if (typeof a !== "object" || !("kind" in a) || a.kind !== "struct")
      throw this.#wrong(name, "#stablehlo.…<…>");
    return new Numbers(a, () => this.#wrong(name, "whole numbers"));
  }

  /** A number of a call's own settings. */
  config(name: string, fallback: number): number {
    const a = this.attribute("mhlo.backend_config") ?? this.attribute("backend_config");
    const value =
      typeof a === "object" && "kind" in a && a.kind === "struct" ? a.fields.get(name) : undefined;
    return typeof value === "number" ? value : fallback;
  }

  /** The block of a region, whose arguments are as many as `args` says. */
  block(i: number, args?: number): Block {
    const block = this.op.regions[i];
    if (block === undefined) throw this.error(`expected ${i + 1} regions; got ${this.op.regions.length}.`);
    if (args !== undefined && block.args.length !== args)
      throw this.error(`expected ${args} arguments of region ${i}; got ${block.args.length}.`);
    return block;
  }
  /** A region as a function of arrays. */
  region(i: number, args?: number): (xs: readonly NDArray[]) => NDArray[] {
    const block = this.block(i, args);
    return (xs) => this.run(block, xs);
  }
  run(block: Block, xs: readonly NDArray[], known?: ReadonlyMap<Value, Datum>): NDArray[] {
    return this.#around.run(block, xs, known).map((x) => {
      if (x instanceof AnyArray) return x;
      throw this.error("expected a region that returns arrays.");
    });
  }
  call(name: string): Datum[] {
    return this.#around.call(name, this.data, this.op.at);
  }

  functionOf(name: string): Func | undefined {
    return this.#around.functionOf(name);
  }
  valueOf(value: Value): Datum {
    return this.#around.valueOf(value);
  }
  /** The number that a value is by its definition, or because it is known; null if it is none. */
  constantScalar(value: Value): number | null {
    const literal = value.from?.op.attributes.get("value");
    if (value.from?.op.name === "stablehlo.constant" && typeof literal === "object" && isDense(literal))
      return literal.type.shape.length === 0 ? (denseIntegers(literal)[0] ?? null) : null;
    const known = this.valueOf(value);
    return known instanceof ConcreteArray && known.ndim === 0 ? Number(known.item<number | boolean>()) : null;
  }

  /** The same operation on other operands. */
  on(data: readonly Datum[]): Call {
    return new Call(this.op, data, this.#around);
  }

  /** Another operation on the same operands, with the same results. */
  as(name: string, attributes: Attributes): Call {
    return new Call({ ...this.op, name, attributes }, this.data, this.#around);
  }

  /** The numbers of an operand that is a constant; null of one that is not. */
  constant(i: number): number[] | null {
    const x = this.data[i];
    return x instanceof ConcreteArray ? Array.from(x.dataSync(), Number) : null;
  }
}

/** Carries out an operation: gives its result, or the list of its results. */
export type Handler = (c: Call) => NDArray | readonly Datum[];
export type Handlers = Readonly<Record<string, Handler>>;

const isDense = (a: object): a is Dense => "kind" in a && a.kind === "dense";
const isWord = (a: object): a is { readonly kind: "word"; readonly word: string } =>
  "kind" in a && a.kind === "word";

/** The whole numbers of a list, of lists, or of a constant. */
export function integersOf(a: Attribute): number[] | null {
  if (isList(a)) {
    const parts = a.map((v) => (typeof v === "number" ? [v] : isList(v) ? integersOf(v) : null));
    return parts.some((p) => p === null) ? null : parts.flatMap((p) => p ?? []);
  }
  return typeof a === "object" && isDense(a) ? denseIntegers(a) : null;
}

/** The fields of a structure. */
export class Numbers {
  readonly #struct: Struct;
  readonly #wrong: () => StablehloError;
  constructor(struct: Struct, wrong: () => StablehloError) {
    this.#struct = struct;
    this.#wrong = wrong;
  }
  axes(name: string): number[] {
    const a = this.#struct.fields.get(name);
    if (a === undefined) return [];
    const list = integersOf(a);
    if (list === null) throw this.#wrong();
    return list;
  }
  int(name: string, fallback: number): number {
    const a = this.#struct.fields.get(name) ?? fallback;
    if (typeof a !== "number") throw this.#wrong();
    return a;
  }
}
