/**
 * @file Initialisers of weights: functions of (key, shape, dtype), and functions that make such. The numbers are JAX's for
 * the same key.
 */
import { refuseMore } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { DType } from "../dtypes/dtype.ts";
import { canonicalAxes, canonicalAxis, removeAt, shapeString } from "../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../base/errors.ts";
import { asDType } from "../lax/operands/convert.ts";
import { div, full, mul, pad, reshape, sqrt } from "../lax/index.ts";
import { moveAxis } from "../lax/shapes/movement.ts";
import { type RestOf, define } from "../arguments/declare.ts";
import { type OptionsOf, type Values, maybe, param } from "../arguments/parameters.ts";
import { isPlainObject } from "../arguments/rest.ts";
import { type KeyLike, singleKey } from "../random/key.ts";
import { orthogonal as orthogonalSample } from "../random/matrices.ts";
import { floatDtype, plainShape } from "../random/params.ts";
import { normalFrom, truncatedNormal as truncatedNormalSample, uniformFrom } from "../random/uniform.ts";
import { prod } from "../base/util.ts";

/** Makes weights of a shape. The dtype is the initialiser's own, or the default float, if not given. */
export type Initializer = (key: KeyLike, shape: readonly number[], dtype?: DType | null) => NDArray;

type Draw = (key: KeyLike, shape: readonly number[], dtype: DType) => NDArray;

/** The dtype that an initialiser makes by default: the default float unless given. */
const dtype = maybe<[dtype: DType]>()("dtype");

/** An initialiser whose dtype may be fixed when it is made. */
function initializer(where: string, fixed: DType | null, draw: Draw): Initializer {
  return (key, shape, dtype, ...more: readonly unknown[]) => {
    refuseMore(where, 3, more);
    return draw(key, plainShape(where, shape), floatDtype(where, dtype ?? fixed));
  };
}

const inDtype = (x: ArrayLike, dtype: DType): NDArray => asDType(x, dtype, false, "initializers");

const filled =
  (where: string, value: number): Initializer =>
  (_key, shape, dtype, ...more: readonly unknown[]) => {
    refuseMore(where, 3, more);
    return full(plainShape(where, shape), value, dtype ?? floatDtype(where, null));
  };

/**
 * All 0.
 * @see jax.nn.initializers.zeros
 * @example
 * nn.initializers.zeros(random.key(0), [2]).js(); // [0, 0]
 */
export const zeros: Initializer = filled("zeros", 0);

/**
 * All 1.
 * @see jax.nn.initializers.ones
 * @example
 * nn.initializers.ones(random.key(0), [2]).js(); // [1, 1]
 */
export const ones: Initializer = filled("ones", 1);

/** Options with the dtype that an initialiser makes by default. */
export type DTypeOption = OptionsOf<[typeof dtype]>;

/**
 * All one value.
 * @see jax.nn.initializers.constant
 * @example
 * nn.initializers.constant(3)(random.key(0), [2]).js(); // [3, 3]
 */
export const constant = define(
  "constant",
  [dtype],
  [],
  ({ dtype: fixed }, value: ArrayLike): Initializer =>
    (_key, shape, dtype) => {
      const d = dtype ?? fixed ?? floatDtype("constant", null);
      return full(plainShape("constant", shape), inDtype(value, d));
    },
);

const uniformParams = [param<[scale: ArrayLike]>()("scale", 0.01), dtype] as const;
/** Options of `uniform`. */
export type UniformInitializerOptions = OptionsOf<typeof uniformParams>;

/**
 * Uniform on [0, scale).
 * @param scale 0.01 unless given
 * @see jax.nn.initializers.uniform
 * @example
 * nn.initializers.uniform(2)(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const uniform = define("uniform", uniformParams, [], ({ scale, dtype }) =>
  initializer("uniform", dtype, (key, shape, d) =>
    mul(uniformFrom(singleKey(key, "uniform"), shape, d), inDtype(scale, d)),
  ),
);

const normalParams = [param<[stddev: ArrayLike]>()("stddev", 0.01), dtype] as const;
/** Options of `normal`. */
export type NormalInitializerOptions = OptionsOf<typeof normalParams>;

/**
 * Normal with mean 0.
 * @param stddev 0.01 unless given
 * @see jax.nn.initializers.normal
 * @example
 * nn.initializers.normal(1)(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const normal = define("normal", normalParams, [], ({ stddev, dtype }) =>
  initializer("normal", dtype, (key, shape, d) =>
    mul(normalFrom(singleKey(key, "normal"), shape, d), inDtype(stddev, d)),
  ),
);

const truncatedNormalParams = [
  ...normalParams,
  param<[lower: ArrayLike]>()("lower", -2),
  param<[upper: ArrayLike]>()("upper", 2),
] as const;
/** Options of `truncatedNormal`. */
export type TruncatedNormalInitializerOptions = OptionsOf<typeof truncatedNormalParams>;

/**
 * Normal numbers truncated to [lower, upper] standard deviations, times `stddev`.
 * @param stddev 0.01 unless given, before truncation
 * @param lower −2 unless given; `upper` 2
 * @see jax.nn.initializers.truncated_normal
 * @example
 * nn.initializers.truncatedNormal(1)(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const truncatedNormal = define(
  "truncatedNormal",
  truncatedNormalParams,
  [],
  ({ stddev, dtype, lower, upper }) =>
    initializer("truncatedNormal", dtype, (key, shape, d) =>
      mul(truncatedNormalSample(key, lower, upper, shape, d), inDtype(stddev, d)),
    ),
);

type Axes = number | readonly number[];

const fanParams = [
  param<[inAxis: Axes]>()("inAxis", -2),
  param<[outAxis: Axes]>()("outAxis", -1),
  param<[batchAxis: Axes]>()("batchAxis", []),
  dtype,
] as const;
/** Which axes of a weight array are what; those not named are the receptive field of a convolution. */
export type FanOptions = OptionsOf<typeof fanParams>;

/** Sizes of the input and output of a linear map or convolution with weights of the given shape. */
function fansOf(shape: readonly number[], values: Values<typeof fanParams>): [fanIn: number, fanOut: number] {
  if (shape.length <= 1) {
    throw new ShapeError(
      `initializers: weights of shape ${shapeString(shape)} have no input and output size; they need at least two axes.`,
    );
  }
  const sizeOf = (axes: Axes): number =>
    prod(canonicalAxes(axes, shape.length, "initializers").map((a) => shape[a]));
  const inSize = sizeOf(values.inAxis);
  const outSize = sizeOf(values.outAxis);
  const field = prod(shape) / inSize / outSize / sizeOf(values.batchAxis);
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
 * @param inAxis axes of the input: the last but one unless given; `outAxis` the last, `batchAxis` none
 * @throws ArgumentError for another mode or distribution; ShapeError, when weights are made, for fewer than two axes
 * @see jax.nn.initializers.variance_scaling
 * @example
 * nn.initializers.varianceScaling(1, "fan_in", "uniform")(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const varianceScaling = define(
  "varianceScaling",
  fanParams,
  [],
  (values, scale: number, mode: FanMode, distribution: FanDistribution): Initializer => {
    const where = "varianceScaling";
    if (!["fan_in", "fan_out", "fan_avg"].includes(mode))
      throw new ArgumentError(`${where}: mode must be "fan_in", "fan_out" or "fan_avg"; got ${show(mode)}.`);
    if (!["truncated_normal", "normal", "uniform"].includes(distribution)) {
      throw new ArgumentError(
        `${where}: distribution must be "truncated_normal", "normal" or "uniform"; got ${show(distribution)}.`,
      );
    }
    return initializer(where, values.dtype, (key, shape, dtype) => {
      const [fanIn, fanOut] = fansOf(shape, values);
      const n = mode === "fan_in" ? fanIn : mode === "fan_out" ? fanOut : (fanIn + fanOut) / 2;
      const variance = inDtype(scale / n, dtype);
      switch (distribution) {
        case "truncated_normal":
          return mul(
            truncatedNormalSample(key, -2, 2, shape, dtype),
            div(sqrt(variance), truncatedDeviation),
          );
        case "normal":
          return mul(normalFrom(singleKey(key, where), shape, dtype), sqrt(variance));
        case "uniform":
          return mul(uniformFrom(singleKey(key, where), shape, dtype, -1, 1), sqrt(mul(variance, 3)));
      }
    });
  },
);

const show = (x: unknown): string => (isPlainObject(x) ? "an object" : JSON.stringify(x));

const scaled =
  (scale: number, mode: FanMode, distribution: FanDistribution) =>
  (...rest: RestOf<typeof fanParams>): Initializer =>
    varianceScaling(scale, mode, distribution, ...rest);

/**
 * Variance 1 / mean of input and output size, truncated normal.
 * @see jax.nn.initializers.glorot_normal
 * @example
 * nn.initializers.glorotNormal()(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const glorotNormal = scaled(1, "fan_avg", "truncated_normal");
/**
 * Variance 1 / mean of input and output size, uniform.
 * @see jax.nn.initializers.glorot_uniform
 * @example
 * nn.initializers.glorotUniform()(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const glorotUniform = scaled(1, "fan_avg", "uniform");
/**
 * Variance 1 / input size, truncated normal.
 * @see jax.nn.initializers.lecun_normal
 * @example
 * nn.initializers.lecunNormal()(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const lecunNormal = scaled(1, "fan_in", "truncated_normal");
/**
 * Variance 1 / input size, uniform.
 * @see jax.nn.initializers.lecun_uniform
 * @example
 * nn.initializers.lecunUniform()(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const lecunUniform = scaled(1, "fan_in", "uniform");
/**
 * Variance 2 / input size, truncated normal.
 * @see jax.nn.initializers.he_normal
 * @example
 * nn.initializers.heNormal()(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const heNormal = scaled(2, "fan_in", "truncated_normal");
/**
 * Variance 2 / input size, uniform.
 * @see jax.nn.initializers.he_uniform
 * @example
 * nn.initializers.heUniform()(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const heUniform = scaled(2, "fan_in", "uniform");
/** Alias of `glorotNormal`. */
export const xavierNormal = glorotNormal;
/** Alias of `glorotUniform`. */
export const xavierUniform = glorotUniform;
/** Alias of `heNormal`. */
export const kaimingNormal = heNormal;
/** Alias of `heUniform`. */
export const kaimingUniform = heUniform;

const orthogonalParams = [
  param<[scale: number]>()("scale", 1),
  /** The axis of the columns: the last by default. */
  param<[columnAxis: number]>()("columnAxis", -1),
  dtype,
] as const;
/** Options of `orthogonal` and `deltaOrthogonal`. */
export type OrthogonalOptions = OptionsOf<typeof orthogonalParams>;

function orthogonalWeights(
  where: string,
  key: KeyLike,
  shape: readonly number[],
  dtype: DType,
  { scale, columnAxis }: Values<typeof orthogonalParams>,
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
 * @param scale 1 unless given
 * @throws ShapeError, when weights are made, for fewer than two axes
 * @see jax.nn.initializers.orthogonal
 * @example
 * nn.initializers.orthogonal()(random.key(0), [3, 4]).shape; // [3, 4]
 */
export const orthogonal = define("orthogonal", orthogonalParams, [], (values) =>
  initializer("orthogonal", values.dtype, (key, shape, dtype) =>
    orthogonalWeights("orthogonal", key, shape, dtype, values),
  ),
);

/**
 * Kernels of convolutions [...spatial, in, out] (one to three spatial axes, in <= out) that are an orthogonal matrix at the
 * centre and 0 elsewhere.
 * @param scale 1 unless given
 * @throws ShapeError, when weights are made, for another shape
 * @see jax.nn.initializers.delta_orthogonal
 * @example
 * nn.initializers.deltaOrthogonal()(random.key(0), [3, 2, 4]).shape; // [3, 2, 4]
 */
export const deltaOrthogonal = define("deltaOrthogonal", orthogonalParams, [], (values) => {
  const where = "deltaOrthogonal";
  return initializer(where, values.dtype, (key, shape, dtype) => {
    const [fanIn, fanOut] = shape.slice(-2);
    if (shape.length < 3 || shape.length > 5 || fanIn > fanOut)
      throw new ShapeError(
        `${where}: the shape must be [...spatial, in, out] with one to three spatial axes and in <= out; got ${shapeString(shape)}.`,
      );
    const matrix = orthogonalWeights(where, key, [fanIn, fanOut], dtype, values);
    const spatial = shape.slice(0, -2);
    const config = spatial.map((k) => [Math.floor((k - 1) / 2), Math.ceil((k - 1) / 2), 0] as const);
    const centre = reshape(matrix, [...spatial.map(() => 1), fanIn, fanOut]);
    return pad(centre, 0, [...config, [0, 0, 0], [0, 0, 0]]);
  });
});
