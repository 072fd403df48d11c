/** @file What the samplers share: reading dtypes, shapes and parameters; constants of floating-point dtypes. */
import { show } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import {
  type DType,
  defaultFloat,
  defaultInt,
  isFloat,
  isInexact,
  isInteger,
  toDType,
} from "../dtypes/dtype.ts";
import { broadcastShapes, checkShape, shapeString } from "../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import { asArray, asDType } from "../lax/operands/convert.ts";
import { indexInDim } from "../lax/index.ts";
import { broadcastToShape } from "../lax/shapes/movement.ts";
import { randomSplit } from "../lax/random-bits/threefry.ts";
import { type Declared, define } from "../arguments/declare.ts";
import { type Param, type Values, maybe } from "../arguments/parameters.ts";
import { arraysEqual } from "../base/util.ts";
import { type KeyLike, singleKey } from "./key.ts";

/** The shape of what is drawn. */
export type Shape = readonly number[];

/** Shape of what is drawn. Samplers with parameters take the shape these broadcast to by default; the others draw a scalar. */
export const shapeParam = maybe<[shape: Shape]>()("shape");
/** Dtype of what is drawn: the default float (samplers of counts: int32) if not given. */
export const dtypeParam = maybe<[dtype: DType]>()("dtype");

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
export function floatDtype(where: string, dtype?: DType | null): DType {
  const d = toDType(dtype ?? defaultFloat(), where);
  if (!isFloat(d)) throw new DTypeError(`${where}: dtype must be floating-point; got ${d}.`);
  return d;
}

/** The dtype asked for, which must be floating-point or complex. */
export function inexactDtype(where: string, dtype?: DType | null): DType {
  const d = toDType(dtype ?? defaultFloat(), where);
  if (!isInexact(d)) throw new DTypeError(`${where}: dtype must be floating-point or complex; got ${d}.`);
  return d;
}

/** The dtype asked for, which must be an integer one. */
export function intDtype(where: string, dtype: DType | null): DType {
  const d = toDType(dtype ?? defaultInt, where);
  if (!isInteger(d)) throw new DTypeError(`${where}: dtype must be an integer dtype; got ${d}.`);
  return d;
}

function checkedShape(where: string, shape: Shape): Shape {
  const given: unknown = shape;
  if (!Array.isArray(given)) {
    throw new ArgumentError(
      `${where}: shape must be a list of sizes, such as [3] or [2, 3]; got ${show(shape)}.`,
    );
  }
  checkShape(shape, where);
  return shape;
}

/** The shape of a draw without parameters. */
export function plainShape(where: string, shape: Shape | null): Shape {
  return shape === null ? [] : checkedShape(where, shape);
}

/** The shape of a draw whose parameters have the given shapes: theirs, or the one asked for, which they must broadcast to. */
export function drawShape(where: string, shape: Shape | null, ...params: readonly Shape[]): Shape {
  if (shape === null) return broadcastShapes(params, where);
  checkedShape(where, shape);
  const joint = broadcastShapes([shape, ...params], where);
  if (!arraysEqual(joint, shape)) {
    throw new ShapeError(
      `${where}: parameters of shapes ${params.map((p) => shapeString(p)).join(", ")} do not broadcast to the shape ${shapeString(shape)}.`,
    );
  }
  return shape;
}

/** A parameter in the dtype of the draw. */
export function inDtype(where: string, x: ArrayLike, dtype: DType): NDArray {
  return asDType(typeof x === "object" ? asArray(x, where) : x, dtype, false, where);
}

/** Shape of a parameter. */
export const shapeOf = (x: ArrayLike, where: string): Shape =>
  typeof x === "object" ? asArray(x, where).shape : [];

/** A parameter over the shape of the draw. */
export const spread = (x: NDArray, shape: Shape): NDArray =>
  arraysEqual(x.shape, shape) ? x : broadcastToShape(x, shape);

/** A parameter over the shape of the draw, or 0-d. */
export const fit = (x: NDArray, shape: Shape): NDArray => (x.ndim === 0 ? x : spread(x, shape));

/** What a sampler draws, and from which words. */
export interface Draw {
  readonly words: NDArray;
  readonly shape: Shape;
  readonly dtype: DType;
}

type Parameter = Param<string, [ArrayLike], boolean>;
type DrawOptions = Values<[typeof shapeParam, typeof dtypeParam]>;

/**
 * Declares samplers of floats: their parameters, then shape and dtype. What draws gets the parameters in the dtype of the
 * draw.
 * @param prepare brings a parameter to the shape
 */
const samplerBy =
  (prepare: (x: NDArray, shape: Shape) => NDArray) =>
  <const Ps extends readonly Parameter[]>(
    name: string,
    parameters: Ps,
    from: (draw: Draw, ...parameters: { readonly [K in keyof Ps]: NDArray }) => NDArray,
  ): Declared<[key: KeyLike], [...Ps, typeof shapeParam, typeof dtypeParam], [], NDArray> => {
    const all: [...Ps, typeof shapeParam, typeof dtypeParam] = [...parameters, shapeParam, dtypeParam];
    return define(name, all, [], (values, key: KeyLike) => {
      const o = values as unknown as DrawOptions & Readonly<Record<string, ArrayLike>>;
      const dtype = floatDtype(name, o.dtype);
      const given = parameters.map((p) => inDtype(name, o[p.name], dtype));
      const shape = drawShape(name, o.shape, ...given.map((p) => p.shape));
      const prepared = given.map((p) => prepare(p, shape)) as { readonly [K in keyof Ps]: NDArray };
      return from({ words: singleKey(key, name), shape, dtype }, ...prepared);
    });
  };

/** A sampler whose parameters are 0-d or over the shape of the draw. */
export const sampler = samplerBy(fit);
/** A sampler whose parameters are over the shape of the draw: each element has its own. */
export const wideSampler = samplerBy(spread);
/** A sampler that broadcasts its parameters itself. */
export const rawSampler = samplerBy((x) => x);

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
