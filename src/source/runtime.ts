/**
 * @file What written modules use beside the library's other names: operations that have no public function of their own, the
 * bodies among their parameters, and the data of arrays.
 */
import {
  checkFlag,
  checkFunction,
  checkListOf,
  checkOneOf,
  checkWhole,
  refuseMore,
  show,
} from "../base/checks.ts";
import { isPlainObject } from "../base/util.ts";
import { ArgumentError } from "../base/errors.ts";
import { type ArrayLike, ComplexArray, ConcreteArray, type NDArray } from "../core/array.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { primitives } from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { treeFlatten } from "../core/tree.ts";
import type { Repeat } from "../core/tree-types.ts";
import { traceFlat } from "../control-flow/bodies.ts";
import { scanKind } from "../control-flow/loops/scan.ts";
import { whileKind } from "../control-flow/loops/while.ts";
import { type DType, allocate, dtypes, isComplex, realPart, shortName } from "../dtypes/dtype.ts";
import { readElement } from "../dtypes/float16.ts";
import { asArray } from "../lax/operands/convert.ts";

/** What an operation gives: an array, or so many. */
export type Outputs<N extends number> = N extends 1 ? NDArray : Repeat<NDArray, N>;

/**
 * An operation of the library by its name in programs (as `makeJaxpr` prints them), with its parameters: a function of arrays.
 * For the operations of written modules that have no function of their own, most of them factors of derivatives.
 * @param outputs how many arrays it gives: one, or a list of so many
 * @throws ArgumentError if there is no operation of this name
 * @example
 * const sech2 = primitive("sech2");
 * sech2(0).item(); // 1
 */
export function primitive<const N extends number = 1>(
  name: string,
  params: Readonly<Record<string, unknown>> = {},
  outputs?: N,
  ...more: []
): (...args: readonly ArrayLike[]) => Outputs<N> {
  refuseMore("primitive", 3, more);
  const found = primitives.get(name);
  if (found === undefined)
    throw new ArgumentError(`primitive: there is no operation ${show(name)} among those that are loaded.`);
  return (...args) => {
    const outs = bind(
      found,
      args.map((x) => asArray(x, name)),
      params,
    );
    return ((outputs ?? 1) === 1 ? outs[0] : outs) as Outputs<N>;
  };
}

const byShortName = (): Map<string, DType> => new Map(dtypes.map((d) => [shortName(d), d]));

/** The type that a text such as `f64[2,3]` (or `~f64[]`, weak) stands for. */
function avalOf(text: string): ShapedArray {
  const match = /^(~?)(\w+)\[([\d,]*)\]$/.exec(text);
  const dtype = match === null ? undefined : byShortName().get(match[2]);
  if (match === null || dtype === undefined)
    throw new ArgumentError(`program: expected types such as "f64[2,3]"; got ${show(text)}.`);
  return shaped(match[3] === "" ? [] : match[3].split(",").map(Number), dtype, match[1] !== "");
}

/**
 * The program of a function on arrays of the given types, as operations that hold programs (`primitive`) take them.
 * @throws ArgumentError for texts that are no types
 * @see jax.make_jaxpr
 * @example
 * String(program((x) => [np.sin(x)], ["f64[3]"])); // { lambda ; a:f64[3]. let b:f64[3] = sin a in (b,) }
 */
export function program(
  f: (...args: NDArray[]) => readonly NDArray[],
  types: readonly string[],
  ...more: []
): ClosedJaxpr {
  refuseMore("program", 2, more);
  checkFunction("program", "the first argument", f);
  checkListOf("program", 'types, such as "f64[2,3]",', types);
  return traceFlat((args) => f(...args), types.map(avalOf), "program");
}

/** A loop as the parameters of its derivatives hold it. */
export interface LoopParams {
  readonly body: ClosedJaxpr;
  readonly numConsts: number;
  readonly numCarry: number;
  /** Null where the number of steps is an operand. */
  readonly length: number | null;
  readonly reverse: boolean;
  readonly slots: number;
}

/**
 * A loop among the parameters of an operation that is the derivative of one, with what runs it.
 * @example
 * const body = program((x) => [x.mul(2)], ["f64[]"]);
 * loop({ body, numConsts: 0, numCarry: 1, length: 3, reverse: false, slots: 3 }).length; // 3
 */
export function loop(params: LoopParams, ...more: []): LoopParams {
  refuseMore("loop", 1, more);
  if (!isPlainObject(params))
    throw new ArgumentError(`loop: expected the parameters of a loop; got ${show(params)}.`);
  return { ...params, kind: params.length === null ? whileKind : scanKind } as LoopParams;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function decode(text: string): Uint8Array {
  const length = text.replace(/=+$/, "").length;
  const out = new Uint8Array(Math.floor((length * 3) / 4));
  let [bits, held, at] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    bits = ((bits << 6) | digits.indexOf(text[i])) & 0xffff;
    held += 6;
    if (held >= 8) out[at++] = (bits >> (held -= 8)) & 255;
  }
  return out;
}

/**
 * An array from the bytes of its elements in memory (little-endian, row by row), of complex ones first of all real parts and then
 * of all imaginary ones.
 * @throws ArgumentError if there are not as many bytes as the shape needs
 * @example
 * fromBase64("float32", [2], "AACAPwAAAEA="); // Array([1., 2.], dtype=float32)
 */
export function fromBase64(
  dtype: DType,
  shape: readonly number[],
  text: string,
  weakType = false,
  ...more: []
): NDArray {
  refuseMore("fromBase64", 4, more);
  checkOneOf("fromBase64", "dtype", dtype, dtypes);
  checkListOf("fromBase64", "shape", shape);
  shape.forEach((n, i) => {
    checkWhole("fromBase64", `shape[${i}]`, n);
  });
  if (typeof text !== "string") throw new ArgumentError(`fromBase64: expected a text; got ${show(text)}.`);
  checkFlag("fromBase64", "weakType", weakType);
  return fromBytes(shaped(shape, dtype, weakType), decode(text));
}

function fromBytes(aval: ShapedArray, bytes: Uint8Array): ConcreteArray {
  const { dtype, size, shape, weakType } = aval;
  if (isComplex(dtype)) {
    const part = shaped(shape, realPart(dtype), weakType);
    const half = bytes.length / 2;
    return new ComplexArray(aval, fromBytes(part, bytes.slice(0, half)), fromBytes(part, bytes.slice(half)));
  }
  const data = allocate(dtype, size);
  if (data.byteLength !== bytes.length)
    throw new ArgumentError(
      `fromBase64: ${String(aval)} has ${data.byteLength} bytes; the text has ${bytes.length}.`,
    );
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(bytes);
  if (shape.length > 0) return new ConcreteArray(aval, data);
  return new ConcreteArray(aval, readElement(data, dtype, 0));
}

/**
 * The arrays of a tree in order, `count` of them: how written modules take arguments that are instances of classes.
 * @throws ArgumentError if there are not as many
 * @example
 * leaves({ a: np.array(1), b: np.array(2) }, 2).length; // 2
 */
export function leaves<const N extends number>(tree: unknown, count: N, ...more: []): Repeat<NDArray, N> {
  refuseMore("leaves", 2, more);
  checkWhole("leaves", "the count", count);
  const [found] = treeFlatten(tree);
  if (found.length !== count)
    throw new ArgumentError(`leaves: expected a tree of ${count} arrays; got ${found.length}.`);
  return found.map((x) => asArray(x as ArrayLike, "leaves")) as Repeat<NDArray, N>;
}
