/**
 * @file Initialisers of weights: functions of (key, shape, dtype), and functions that make such. The numbers are JAX's for
 * the same key.
 */
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { DType } from "../dtypes/dtype.ts";
import { canonicalAxes, canonicalAxis, removeAt, shapeString } from "../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { asDType } from "../lax/operands/convert.ts";
import { div, full, mul, pad, reshape, sqrt } from "../lax/index.ts";
import { moveAxis } from "../lax/shapes/movement.ts";
import { type Rest, isPlainObject, resolveArgs } from "../numpy/operands/args.ts";
import { type KeyLike, singleKey } from "../random/key.ts";
import { orthogonal as orthogonalSample } from "../random/matrices.ts";
import { floatDtype, plainShape } from "../random/params.ts";
import { normalFrom, truncatedNormal as truncatedNormalSample, uniformFrom } from "../random/uniform.ts";
import { prod } from "../base/util.ts";

/** Makes weights of a shape. The dtype is the initialiser's own, or the default float, if not given. */
export type Initializer = (key: KeyLike, shape: readonly number[], dtype?: DType | null) => NDArray;

type Draw = (key: KeyLike, shape: readonly number[], dtype: DType) => NDArray;

/** An initialiser whose dtype may be fixed when it is made. */
function initializer(where: string, fixed: DType | null | undefined, draw: Draw): Initializer {
  return (key, shape, dtype) => draw(key, plainShape(where, shape), floatDtype(where, dtype ?? fixed));
}

const inDtype = (x: ArrayLike, dtype: DType): NDArray => asDType(x, dtype, false, "initializers");

function filled(where: string, value: number): Initializer {
  return (_key, shape, dtype) => {
    const d: DType = dtype ?? floatDtype(where, undefined);
    return full(plainShape(where, shape), value, d);
  };
}

/** All 0. Source: jax.nn.initializers.zeros. */
export const zeros: Initializer = filled("zeros", 0);

/** All 1. Source: jax.nn.initializers.ones. */
export const ones: Initializer = filled("ones", 1);

/** Options with the dtype that an initialiser makes by default. */
export interface DTypeOption {
  readonly dtype?: DType | null | undefined;
}

/**
 * All one value.
 * @param rest dtype
 * @see jax.nn.initializers.constant
 */
export function constant(value: ArrayLike, ...rest: Rest<[dtype: DType], DTypeOption>): Initializer {
  const { dtype: fixed } = resolveArgs<DTypeOption>("constant", rest, ["dtype"]);
  return (_key, shape, dtype) => {
    const d = dtype ?? fixed ?? floatDtype("constant", undefined);
    return full(plainShape("constant", shape), inDtype(value, d));
  };
}

/** Options of `uniform`. */
export interface UniformInitializerOptions extends DTypeOption {
  readonly scale?: ArrayLike | undefined;
}

/**
 * Uniform on [0, scale).
 * @param rest scale (default 0.01), dtype
 * @see jax.nn.initializers.uniform
 */
export function uniform(
  ...rest: Rest<[scale: ArrayLike, dtype: DType], UniformInitializerOptions>
): Initializer {
  const { scale = 0.01, dtype } = resolveArgs<UniformInitializerOptions>("uniform", rest, ["scale", "dtype"]);
  return initializer("uniform", dtype, (key, shape, d) =>
    mul(uniformFrom(singleKey(key, "uniform"), shape, d), inDtype(scale, d)),
  );
}

/** Options of `normal`. */
export interface NormalInitializerOptions extends DTypeOption {
  readonly stddev?: ArrayLike | undefined;
}

/**
 * Normal with mean 0.
 * @param rest stddev (default 0.01), dtype
 * @see jax.nn.initializers.normal
 */
export function normal(
  ...rest: Rest<[stddev: ArrayLike, dtype: DType], NormalInitializerOptions>
): Initializer {
  const { stddev = 0.01, dtype } = resolveArgs<NormalInitializerOptions>("normal", rest, ["stddev", "dtype"]);
  return initializer("normal", dtype, (key, shape, d) =>
    mul(normalFrom(singleKey(key, "normal"), shape, d), inDtype(stddev, d)),
  );
}

/** Options of `truncatedNormal`. */
export interface TruncatedNormalInitializerOptions extends NormalInitializerOptions {
  readonly lower?: ArrayLike | undefined;
  readonly upper?: ArrayLike | undefined;
}

/**
 * Normal numbers truncated to [lower, upper] standard deviations, times `stddev`.
 * @param rest stddev (default 0.01, before truncation), dtype, lower (−2), upper (2)
 * @see jax.nn.initializers.truncated_normal
 */
export function truncatedNormal(
  ...rest: Rest<
    [stddev: ArrayLike, dtype: DType, lower: ArrayLike, upper: ArrayLike],
    TruncatedNormalInitializerOptions
  >
): Initializer {
  const where = "truncatedNormal";
  const o = resolveArgs<TruncatedNormalInitializerOptions>(where, rest, [
    "stddev",
    "dtype",
    "lower",
    "upper",
  ]);
  return initializer(where, o.dtype, (key, shape, d) =>
    mul(truncatedNormalSample(key, o.lower ?? -2, o.upper ?? 2, shape, d), inDtype(o.stddev ?? 0.01, d)),
  );
}

type Axes = number | readonly number[];

/** Which axes of a weight array are what; those not named are the receptive field of a convolution. */
export interface FanOptions extends DTypeOption {
  readonly inAxis?: Axes | undefined;
  readonly outAxis?: Axes | undefined;
  readonly batchAxis?: Axes | undefined;
}

/** Sizes of the input and output of a linear map or convolution with weights of the given shape. */
function fansOf(shape: readonly number[], o: FanOptions): [fanIn: number, fanOut: number] {
  if (shape.length <= 1) {
    throw new ShapeError(
      `initializers: weights of shape ${shapeString(shape)} have no input and output size; they need at least two axes.`,
    );
  }
  const sizeOf = (axes: Axes): number =>
    prod(
      canonicalAxes(typeof axes === "number" ? [axes] : axes, shape.length, "initializers").map(
        (a) => shape[a],
      ),
    );
  const inSize = sizeOf(o.inAxis ?? -2);
  const outSize = sizeOf(o.outAxis ?? -1);
  const field = prod(shape) / inSize / outSize / sizeOf(o.batchAxis ?? []);
  return [inSize * field, outSize * field];
}

/** What the variance is divided by. */
export type FanMode = "fan_in" | "fan_out" | "fan_avg";
/** Shape of the distribution. */
export type FanDistribution = "truncated_normal" | "normal" | "uniform";

/** Standard deviation of a normal number truncated to [−2, 2]. */
const truncatedDeviation = 0.87962566103423978;

/**
 * Weights of variance scale / n, where n is the size of the input ("fan_in"), of the output ("fan_out"), or their mean
 * ("fan_avg").
 * @param distribution "truncated_normal" (at two standard deviations), "normal" or "uniform"
 * @param rest inAxis (default −2), outAxis (−1), batchAxis ([]), dtype
 * @see jax.nn.initializers.variance_scaling
 */
export function varianceScaling(
  scale: number,
  mode: FanMode,
  distribution: FanDistribution,
  ...rest: FanRest
): Initializer {
  const where = "varianceScaling";
  const o = resolveArgs<FanOptions>(where, rest, fanNames);
  if (!["fan_in", "fan_out", "fan_avg"].includes(mode))
    throw new ArgumentError(`${where}: mode must be "fan_in", "fan_out" or "fan_avg"; got ${show(mode)}.`);
  if (!["truncated_normal", "normal", "uniform"].includes(distribution)) {
    throw new ArgumentError(
      `${where}: distribution must be "truncated_normal", "normal" or "uniform"; got ${show(distribution)}.`,
    );
  }
  return initializer(where, o.dtype, (key, shape, dtype) => {
    const [fanIn, fanOut] = fansOf(shape, o);
    const n = mode === "fan_in" ? fanIn : mode === "fan_out" ? fanOut : (fanIn + fanOut) / 2;
    const variance = inDtype(scale / n, dtype);
    switch (distribution) {
      case "truncated_normal":
        return mul(truncatedNormalSample(key, -2, 2, shape, dtype), div(sqrt(variance), truncatedDeviation));
      case "normal":
        return mul(normalFrom(singleKey(key, where), shape, dtype), sqrt(variance));
      case "uniform":
        return mul(uniformFrom(singleKey(key, where), shape, dtype, -1, 1), sqrt(mul(variance, 3)));
    }
  });
}

const show = (x: unknown): string => (isPlainObject(x) ? "an object" : JSON.stringify(x));

const fanNames = ["inAxis", "outAxis", "batchAxis", "dtype"] as const;
type FanRest = Rest<[inAxis: Axes, outAxis: Axes, batchAxis: Axes, dtype: DType], FanOptions>;

const scaled =
  (scale: number, mode: FanMode, distribution: FanDistribution) =>
  (...rest: FanRest): Initializer =>
    varianceScaling(scale, mode, distribution, ...rest);

/** Variance 1 / mean of input and output size, truncated normal. Source: jax.nn.initializers.glorot_normal. */
export const glorotNormal = scaled(1, "fan_avg", "truncated_normal");
/** Variance 1 / mean of input and output size, uniform. Source: jax.nn.initializers.glorot_uniform. */
export const glorotUniform = scaled(1, "fan_avg", "uniform");
/** Variance 1 / input size, truncated normal. Source: jax.nn.initializers.lecun_normal. */
export const lecunNormal = scaled(1, "fan_in", "truncated_normal");
/** Variance 1 / input size, uniform. Source: jax.nn.initializers.lecun_uniform. */
export const lecunUniform = scaled(1, "fan_in", "uniform");
/** Variance 2 / input size, truncated normal. Source: jax.nn.initializers.he_normal. */
export const heNormal = scaled(2, "fan_in", "truncated_normal");
/** Variance 2 / input size, uniform. Source: jax.nn.initializers.he_uniform. */
export const heUniform = scaled(2, "fan_in", "uniform");
/** Alias of `glorotNormal`. */
export const xavierNormal = glorotNormal;
/** Alias of `glorotUniform`. */
export const xavierUniform = glorotUniform;
/** Alias of `heNormal`. */
export const kaimingNormal = heNormal;
/** Alias of `heUniform`. */
export const kaimingUniform = heUniform;

/** Options of `orthogonal` and `deltaOrthogonal`. */
export interface OrthogonalOptions extends DTypeOption {
  readonly scale?: number | undefined;
  /** The axis of the columns: the last by default. */
  readonly columnAxis?: number | undefined;
}

type OrthogonalRest = Rest<[scale: number, columnAxis: number, dtype: DType], OrthogonalOptions>;
const orthogonalNames = ["scale", "columnAxis", "dtype"] as const;

function orthogonalWeights(
  where: string,
  key: KeyLike,
  shape: readonly number[],
  dtype: DType,
  { scale = 1, columnAxis = -1 }: OrthogonalOptions,
): NDArray {
  if (shape.length < 2)
    throw new ShapeError(`${where}: the shape must have at least two axes; got ${shapeString(shape)}.`);
  const axis = canonicalAxis(columnAxis, shape.length, where);
  const columns = shape[axis];
  const rest = removeAt(shape, axis);
  const q = orthogonalSample(key, prod(rest), { dtype, m: columns });
  return mul(moveAxis(reshape(q, [...rest, columns]), rest.length, axis), inDtype(scale, dtype));
}

/**
 * Matrices with orthonormal rows or columns, times `scale`: the column axis is one side, all other axes the other.
 * @param rest scale (1), columnAxis (-1), dtype
 * @see jax.nn.initializers.orthogonal
 */
export function orthogonal(...rest: OrthogonalRest): Initializer {
  const o = resolveArgs<OrthogonalOptions>("orthogonal", rest, orthogonalNames);
  return initializer("orthogonal", o.dtype, (key, shape, dtype) =>
    orthogonalWeights("orthogonal", key, shape, dtype, o),
  );
}

/**
 * Kernels of convolutions [...spatial, in, out] (one to three spatial axes, in <= out) that are an orthogonal matrix at the
 * centre and 0 elsewhere.
 * @param rest scale (1), columnAxis (-1), dtype
 * @see jax.nn.initializers.delta_orthogonal
 */
export function deltaOrthogonal(...rest: OrthogonalRest): Initializer {
  const where = "deltaOrthogonal";
  const o = resolveArgs<OrthogonalOptions>(where, rest, orthogonalNames);
  return initializer(where, o.dtype, (key, shape, dtype) => {
    const [fanIn, fanOut] = shape.slice(-2);
    if (shape.length < 3 || shape.length > 5 || fanIn > fanOut)
      throw new ShapeError(
        `${where}: the shape must be [...spatial, in, out] with one to three spatial axes and in <= out; got ${shapeString(shape)}.`,
      );
    const matrix = orthogonalWeights(where, key, [fanIn, fanOut], dtype, o);
    const spatial = shape.slice(0, -2);
    const config = spatial.map((k) => [Math.floor((k - 1) / 2), Math.ceil((k - 1) / 2), 0] as const);
    const centre = reshape(matrix, [...spatial.map(() => 1), fanIn, fanOut]);
    return pad(centre, 0, [...config, [0, 0, 0], [0, 0, 0]]);
  });
}
