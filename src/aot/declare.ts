/**
 * @file `aot`: a function declared to be compiled ahead of time. The command and the plugin put a module in its place; where
 * neither has run it is compiled when it is first called, and does the same.
 */
import { checkFunction, refuseMore, show } from "../base/checks.ts";
import { ArgumentError } from "../base/errors.ts";
import { ComplexArray, ConcreteArray, type NDArray, encodeData, partAval, scalarOf } from "../core/array.ts";
import {
  type Scalar,
  type TypedArray,
  copyElements,
  isBool,
  isComplex,
  isInteger,
  isWide,
} from "../dtypes/dtype.ts";
import { executableOf } from "../jit/executable.ts";
import { integerLimits, wrapValue } from "../loops/ir/values.ts";
import {
  type AnyFunction,
  type ExportOptions,
  type Exported,
  type ExportedModule,
  exportModule,
} from "./module.ts";
import { stepText } from "./names.ts";
import { type PlainLeaf, type PlainTree, type Signature, signatureOf } from "./signature.ts";
import { outName, typeText } from "./wrapper.ts";

/** Plain data where a function has an array: a number (of 64-bit integers a BigInt) for a 0-d one, else a flat typed array. */
export type PlainData = Scalar | TypedArray;

/** A tree of plain data in place of a tree of arrays. */
export type PlainTreeOf<T> = unknown extends T
  ? unknown
  : T extends NDArray
    ? PlainData
    : T extends Scalar | boolean | TypedArray | null | undefined
      ? T
      : T extends { readonly data: NDArray; readonly dtype: "key<fry>" }
        ? Uint32Array
        : { readonly [K in keyof T]: PlainTreeOf<T[K]> };

/** A function of plain data in place of one of arrays. */
export type PlainFunction<A extends readonly unknown[], R> = (
  ...args: [...{ [K in keyof A]: PlainTreeOf<A[K]> }, out?: unknown]
) => PlainTreeOf<R>;

/** What tells a function that `aot` made, in whichever copy of the library. */
const declaredKey = Symbol.for("adjoint.aot");

/** What the command and the plugin know of such a function. */
export interface Declared {
  readonly exported: Exported;
  /** What the copy of the library that made it compiles it with. */
  exportAll(functions: Readonly<Record<string, Exported>>, options: ExportOptions): ExportedModule;
}

const got = (x: unknown): string =>
  ArrayBuffer.isView(x)
    ? `a ${Object.prototype.toString.call(x).slice(8, -1)} of ${(x as TypedArray).length} elements`
    : Array.isArray(x)
      ? `a list of ${x.length}`
      : typeof x === "object" && x !== null
        ? "an object"
        : typeof x === "bigint"
          ? `${x}n`
          : String(x);

/** Takes plain data apart as the function of a module does (wrapper.ts), with the same errors. */
class Reader {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  wrong(kind: new (message: string) => Error, shown: string, expected: string, x: unknown): Error {
    return new kind(`${this.#name}: ${shown}: expected ${expected}; got ${got(x)}.`);
  }

  /** The leaves of a tree, each with the path that leads to it. */
  leaves(tree: PlainTree, x: unknown, shown: string): (readonly [x: unknown, shown: string])[] {
    switch (tree.kind) {
      case "leaf":
        return [[x, shown]];
      case "null":
        if (x !== null && x !== undefined) throw this.wrong(TypeError, shown, "null", x);
        return [];
      case "list": {
        const expected = `a list of ${tree.items.length}`;
        if (!Array.isArray(x)) throw this.wrong(TypeError, shown, expected, x);
        if (x.length !== tree.items.length) throw this.wrong(RangeError, shown, expected, x);
        return tree.items.flatMap((item, i) => this.leaves(item, x[i], `${shown}[${i}]`));
      }
      case "record":
        return tree.entries.flatMap(([key, value]) =>
          this.leaves(value, (x as Record<string, unknown> | null | undefined)?.[key], shown + stepText(key)),
        );
    }
  }

  number({ passed: { aval } }: PlainLeaf, x: unknown, shown: string): Scalar {
    const { dtype } = aval;
    if (isBool(dtype)) {
      if (typeof x === "boolean" || x === 0 || x === 1) return Number(x);
      throw this.wrong(typeof x === "number" ? RangeError : TypeError, shown, "a boolean, 0 or 1", x);
    }
    if (isWide(dtype)) {
      const [lo, hi] = integerLimits(dtype);
      if (typeof x !== "bigint") throw this.wrong(TypeError, shown, `a BigInt (${dtype})`, x);
      if (x < lo || x > hi) throw this.wrong(RangeError, shown, `a BigInt from ${lo} to ${hi} (${dtype})`, x);
      return x;
    }
    if (typeof x !== "number") throw this.wrong(TypeError, shown, `a number (${dtype})`, x);
    if (isInteger(dtype)) {
      const [lo, hi] = integerLimits(dtype);
      if (!Number.isInteger(x) || x < lo || x > hi)
        throw this.wrong(RangeError, shown, `a whole number from ${lo} to ${hi} (${dtype})`, x);
    }
    return wrapValue(x, dtype);
  }

  data(leaf: PlainLeaf, x: unknown, shown: string): TypedArray {
    const tag = ArrayBuffer.isView(x) ? Object.prototype.toString.call(x).slice(8, -1) : "";
    const expected = `a ${leaf.classes[0]} of ${leaf.length} elements (${typeText(leaf)})`;
    if (!leaf.classes.includes(tag)) throw this.wrong(TypeError, shown, expected, x);
    const data = x as TypedArray;
    if (data.length !== leaf.length) throw this.wrong(RangeError, shown, expected, x);
    return data;
  }

  array(leaf: PlainLeaf, x: unknown, shown: string): ConcreteArray {
    const { aval } = leaf.passed;
    const { dtype } = aval;
    if (leaf.number) return new ConcreteArray(aval, this.number(leaf, x, shown));
    const data = this.data(leaf, x, shown);
    if (isComplex(dtype)) {
      const part = partAval(aval);
      const parts = [0, 1].map((k) => {
        const values = data.filter((_, i) => i % 2 === k);
        return new ConcreteArray(part, aval.ndim === 0 ? values[0] : values);
      });
      return new ComplexArray(aval, parts[0], parts[1]);
    }
    const stored = isBool(dtype)
      ? Uint8Array.from(data as Uint8Array, (v) => (v === 0 ? 0 : 1))
      : encodeData(dtype, data);
    return new ConcreteArray(aval, stored);
  }
}

/** A result as plain data, in the caller's array if there is one. */
function plainResult(leaf: PlainLeaf, x: ConcreteArray, into: TypedArray | undefined): PlainData {
  if (leaf.number) return scalarOf(x);
  const data: TypedArray = x.dataSync();
  if (into !== undefined) copyElements(into, data);
  return into ?? data;
}

function rebuild(tree: PlainTree, leaves: readonly PlainData[]): unknown {
  switch (tree.kind) {
    case "leaf":
      return leaves[tree.index];
    case "null":
      return null;
    case "list":
      return tree.items.map((item) => rebuild(item, leaves));
    case "record":
      return Object.fromEntries(tree.entries.map(([key, value]) => [key, rebuild(value, leaves)]));
  }
}

/** The arrays of a caller for the results. */
function outArrays(signature: Signature, reader: Reader, out: unknown): (TypedArray | undefined)[] {
  const { outputs, result } = signature;
  const shown = outName(signature);
  if (shown === null || out === undefined || out === null) return outputs.map(() => undefined);
  const found: (TypedArray | undefined)[] = outputs.map(() => undefined);
  const go = (tree: PlainTree, x: unknown, path: string): void => {
    if (tree.kind === "leaf") {
      const leaf = outputs[tree.index];
      if (!leaf.number)
        found[tree.index] = reader.data({ ...leaf, classes: leaf.classes.slice(0, 1) }, x, path);
    } else if (tree.kind === "list")
      tree.items.forEach((item, i) => go(item, (x as readonly unknown[] | null)?.[i], `${path}[${i}]`));
    else if (tree.kind === "record")
      for (const [key, value] of tree.entries)
        go(value, (x as Record<string, unknown> | null)?.[key], path + stepText(key));
  };
  go(result, out, shown);
  return found;
}

function callDeclared(signature: Signature, args: readonly unknown[]): unknown {
  const { name, params, inputs, outputs, result, jaxpr, consts } = signature;
  const reader = new Reader(name);
  const leaves = signature.args.flatMap((tree, i) => reader.leaves(tree, args[i], params[i]));
  const arrays = leaves.map(([x, shown], i) => reader.array(inputs[i], x, shown));
  const into = outArrays(signature, reader, args[params.length]);
  const values = executableOf(jaxpr, name).call([...consts, ...arrays]);
  return rebuild(
    result,
    values.map((x, i) => plainResult(outputs[i], x, into[i])),
  );
}

/**
 * Declares a function to be compiled ahead of time: of plain data, as `exportModule` makes it from `[f, ...examples]`. Where
 * the command (`npx adjoint compile`) or the plugin has run, a module without the library is in its place; else the library
 * compiles it at its first call, for arguments like the examples, whatever the others are.
 * @param f a pure function of arrays
 * @param examples arguments like those that it will get: structures, shapes and dtypes count, values do not
 * @throws ArgumentError if `f` is no function; the declared function throws TypeError and RangeError for other data
 * @example
 * const norm = aot((x: Array) => np.sqrt(np.sum(np.square(x))), np.zeros([2]));
 * norm(Float64Array.of(3, 4)); // 5
 */
export function aot<A extends NDArray[], R>(
  f: (...args: A) => R,
  ...examples: readonly unknown[]
): PlainFunction<A, R>;
export function aot<A extends unknown[], R>(
  f: (...args: A) => R,
  ...examples: readonly unknown[]
): PlainFunction<A, R>;
export function aot<F extends (...args: never[]) => unknown>(
  f: AnyFunction,
  ...examples: readonly unknown[]
): F;
export function aot(
  f: AnyFunction,
  ...examples: readonly unknown[]
): (...args: readonly unknown[]) => unknown {
  checkFunction("aot", "the first argument", f);
  const name = f.name === "" ? "f" : f.name;
  let signature: Signature | null = null;
  const declared: Declared = {
    exported: [f, ...examples],
    exportAll: exportModule,
  };
  const call = (...args: readonly unknown[]): unknown =>
    callDeclared((signature ??= signatureOf(name, f, examples, "aot")), args);
  Object.defineProperty(call, declaredKey, { value: declared });
  return call;
}

/** What is known of a function that `aot` made; null of anything else. */
export function declarationOf(x: unknown): Declared | null {
  if (typeof x !== "function") return null;
  return (x as { readonly [declaredKey]?: Declared })[declaredKey] ?? null;
}

/**
 * The functions among some values (the exports of a file, say) that `aot` made, compiled as one module; null if there are none.
 * @param values by name; what `aot` did not make does not count
 * @throws ArgumentError as `exportModule` does
 * @example
 * const area = aot((r) => np.square(r).mul(Math.PI), 1);
 * compileDeclared({ area, version: "1" })?.js.includes("export { area$ as area };"); // true
 */
export function compileDeclared(
  values: Readonly<Record<string, unknown>>,
  options?: ExportOptions,
  ...more: []
): ExportedModule | null {
  refuseMore("compileDeclared", 2, more);
  if (typeof values !== "object" || (values as unknown) === null)
    throw new ArgumentError(`compileDeclared: expected an object of values by name; got ${show(values)}.`);
  const functions: Record<string, Exported> = {};
  for (const [name, value] of Object.entries(values)) {
    const declared = declarationOf(value);
    if (declared !== null) functions[name] = declared.exported;
  }
  return Object.keys(functions).length === 0 ? null : exportModule(functions, options);
}
