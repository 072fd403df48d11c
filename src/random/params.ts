/** @file What the samplers share: reading dtypes, shapes and parameters; constants of floating-point dtypes. */
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type DType, defaultFloat, defaultInt, isFloat, isInteger, toDType } from "../dtypes/dtype.ts";
import { broadcastShapes, checkShape, shapeString } from "../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import { asArray, asDType } from "../lax/operands/convert.ts";
import { indexInDim } from "../lax/index.ts";
import { broadcastToShape } from "../lax/shapes/movement.ts";
import { randomSplit } from "../lax/random-bits/threefry.ts";
import { resolveArgs } from "../numpy/operands/args.ts";
import { arraysEqual } from "../base/util.ts";
import { type KeyLike, singleKey } from "./key.ts";

/** The shape of what is drawn. */
export type Shape = readonly number[];

/** Options of most samplers. */
export interface DrawOptions {
  /** Shape of the result. Samplers with parameters take the shape these broadcast to by default; the others draw a scalar. */
  readonly shape?: Shape | null | undefined;
  /** Dtype of the result: the default float (samplers of counts: int32) if not given. */
  readonly dtype?: DType | null | undefined;
}

interface FloatInfo {
  readonly eps: number;
  readonly epsneg: number;
  /** Smallest normal number. */
  readonly tiny: number;
  /** Bits of the mantissa. */
  readonly nmant: number;
}

const floatInfos: { readonly [D in "float16" | "bfloat16" | "float32" | "float64"]: FloatInfo } = {
  float16: { eps: 2 ** -10, epsneg: 2 ** -11, tiny: 2 ** -14, nmant: 10 },
  bfloat16: { eps: 2 ** -7, epsneg: 2 ** -8, tiny: 2 ** -126, nmant: 7 },
  float32: { eps: 2 ** -23, epsneg: 2 ** -24, tiny: 2 ** -126, nmant: 23 },
  float64: { eps: 2 ** -52, epsneg: 2 ** -53, tiny: 2 ** -1022, nmant: 52 },
};

/** Constants of a floating-point dtype. */
export const floatInfo = (dtype: DType): FloatInfo => floatInfos[dtype as keyof typeof floatInfos];

/** The dtype asked for, which must be floating-point. */
export function floatDtype(where: string, dtype: DType | null | undefined): DType {
  const d = dtype === null || dtype === undefined ? defaultFloat() : toDType(dtype, where);
  if (!isFloat(d)) throw new DTypeError(`${where}: dtype must be floating-point; got ${d}.`);
  return d;
}

/** The dtype asked for, which must be an integer one. */
export function intDtype(where: string, dtype: DType | null | undefined): DType {
  const d = dtype === null || dtype === undefined ? defaultInt : toDType(dtype, where);
  if (!isInteger(d)) throw new DTypeError(`${where}: dtype must be an integer dtype; got ${d}.`);
  return d;
}

function checkedShape(where: string, shape: Shape): Shape {
  const given: unknown = shape;
  if (!Array.isArray(given)) {
    throw new ArgumentError(
      `${where}: shape must be a list of sizes, such as [3] or [2, 3]; got ${String(shape)}.`,
    );
  }
  checkShape(shape, where);
  return shape;
}

/** The shape of a draw without parameters. */
export function plainShape(where: string, shape: Shape | null | undefined): Shape {
  return shape === null || shape === undefined ? [] : checkedShape(where, shape);
}

/** The shape of a draw whose parameters have the given shapes: theirs, or the one asked for, which they must broadcast to. */
export function drawShape(
  where: string,
  shape: Shape | null | undefined,
  ...params: readonly Shape[]
): Shape {
  if (shape === null || shape === undefined) return broadcastShapes(params, where);
  checkedShape(where, shape);
  const joint = broadcastShapes([shape, ...params], where);
  if (!arraysEqual(joint, shape)) {
    throw new ShapeError(
      `${where}: parameters of shapes ${params.map((p) => shapeString(p)).join(", ")} do not broadcast to the shape ${shapeString(shape)}.`,
    );
  }
  return shape;
}

/** A required parameter. */
export function required<T>(where: string, name: string, value: T | null | undefined): T {
  if (value === undefined || value === null)
    throw new ArgumentError(`${where}: the parameter '${name}' is missing.`);
  return value;
}

/** A parameter in the dtype of the draw. */
export function inDtype(where: string, x: ArrayLike, dtype: DType): NDArray {
  return asDType(
    typeof x === "number" || typeof x === "boolean" ? x : asArray(x, where),
    dtype,
    false,
    where,
  );
}

/** Shape of a parameter. */
export const shapeOf = (x: ArrayLike, where: string): Shape =>
  typeof x === "number" || typeof x === "boolean" ? [] : asArray(x, where).shape;

/** A parameter over the shape of the draw. */
export const spread = (x: NDArray, shape: Shape): NDArray =>
  arraysEqual(x.shape, shape) ? x : broadcastToShape(x, shape);

/** Options of a sampler with the parameters `N`. */
export type Named<N extends string> = DrawOptions & { readonly [K in N]?: ArrayLike | undefined };

/** The arguments of a sampler, read: parameters are in the dtype, over the shape or 0-d. */
export interface Arguments {
  readonly words: NDArray;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly params: readonly NDArray[];
}

/** Reads the arguments of a sampler of floats with parameters; `fallback` is the value of those left out. */
export function readArguments(
  where: string,
  key: KeyLike,
  rest: readonly unknown[],
  names: readonly string[],
  fallback?: number,
): Arguments {
  const o = resolveArgs<Named<string>>(where, rest, [...names, "shape", "dtype"]);
  const dtype = floatDtype(where, o.dtype);
  const given = names.map((name) =>
    inDtype(where, required<ArrayLike>(where, name, o[name] ?? fallback), dtype),
  );
  const shape = drawShape(where, o.shape, ...given.map((p) => p.shape));
  const params = given.map((p) => (p.ndim === 0 ? p : spread(p, shape)));
  return { words: singleKey(key, where), shape, dtype, params };
}

/** The two parts of an array [2, ...]. */
export const halves = (x: NDArray): [NDArray, NDArray] => [
  indexInDim(x, 0, 0, false),
  indexInDim(x, 1, 0, false),
];

/** `n` keys from the words of one. */
export function splitWords(words: NDArray, n: number): NDArray[] {
  const all = randomSplit(words, [n]);
  return Array.from({ length: n }, (_, i) => indexInDim(all, i, 0, false));
}
