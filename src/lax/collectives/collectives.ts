/**
 * @file Collectives: operations across the lanes of the enclosing `vmap` that names an axis.
 *
 * Each primitive says what it becomes when the batch trace of its axis meets it; elsewhere it is element-wise or passes
 * through. With no such axis they are errors when called.
 */
import { checkListOf, show, refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import {
  type BatchAxis,
  type BatchDim,
  type Primitive,
  type PrimitiveDef,
  definePrimitive,
  notLinear,
  zeroTangent,
} from "../../core/primitive.ts";
import { defaultFloat, isInexact } from "../../dtypes/dtype.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { treeMap } from "../../core/tree.ts";
import { ArgumentError, UnboundAxisError, checkOptions } from "../../base/errors.ts";
import { axisSizeOf } from "../../interpreters/axis-env.ts";
import { materialise } from "../../interpreters/batching.ts";
import { tangentBy } from "../../interpreters/rules.ts";
import { linear } from "../families/linear.ts";
import { asArray } from "../operands/convert.ts";
import { broadcastedIota, zerosOf } from "../shapes/creation.ts";
import { div, mul } from "../elementwise/arithmetic.ts";
import { eq } from "../elementwise/compare.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { moveAxis, reshape } from "../shapes/movement.ts";
import { reduceMax, reduceMin, reduceSum } from "../reductions/reduce.ts";
import { concatenate, sliceInDim } from "../shapes/slicing.ts";

type AxisParams = { axisName: string };

const unbound = (name: string, axisName: string): never => {
  throw new UnboundAxisError(
    `${name}: no enclosing vmap binds the axis name '${axisName}'. Use vmap(f, inAxes, { axisName: '${axisName}' }).`,
  );
};

/**
 * What collectives share. `meet` says what one becomes when the batch trace of its axis meets it, given the lanes in front;
 * other batch axes pass through where they are, or as `beside` says.
 */
const collective = <P extends AxisParams>(
  self: () => Primitive<P>,
  name: string,
  where: string,
  meet: (axis: BatchAxis, lanes: NDArray, params: P) => [NDArray, BatchDim],
  beside: (x: NDArray, dim: number) => [NDArray, BatchDim] = (x, dim) => [x, dim],
) =>
  ({
    name,
    kind: "opaque",
    axisNames: ({ axisName }) => [axisName],
    lower: (_context, _args, { axisName }) => unbound(where, axisName),
    batch: (axis, [x], [dim], params) => {
      if (axis.name === params.axisName) {
        const [out, outDim] = meet(axis, materialise(axis, x, dim), params);
        return [[out], [outDim]];
      }
      const [operand, outDim] = beside(x, dim!);
      return [bind(self(), [operand], params), [outDim]];
    },
  }) satisfies Partial<PrimitiveDef<P>>;

const psumP: Primitive<AxisParams> = linear<AxisParams>({
  ...collective(
    () => psumP,
    "psum",
    "psum",
    (_axis, lanes) => [reduceSum(lanes, [0]), null],
  ),
  abstractEval: ([x]) => [x.strong],
  transpose: (ct, _avals, params) => bind1(psumP, [ct], params),
});

/** An extremum of the lanes. Its tangent is the mean of those of the lanes that attain it. */
function laneExtremum(
  name: string,
  reduce: (x: NDArray, axes: readonly number[]) => NDArray,
): Primitive<AxisParams> {
  const self: Primitive<AxisParams> = definePrimitive<AxisParams>({
    ...collective(
      () => self,
      name,
      name,
      (_axis, lanes) => [reduce(lanes, [0]), null],
    ),
    abstractEval: ([x]) => [x.strong],
    jvp: tangentBy(
      () => self,
      (t, [x], out, params) => {
        const at = convertElementType(eq(x, out), x.dtype);
        return div(bind1(psumP, [mul(t, at)], params), bind1(psumP, [at], params));
      },
    ),
    transpose: notLinear,
  });
  return self;
}

const pmaxP = laneExtremum("pmax", (x, axes) => reduceMax(x, axes));
const pminP = laneExtremum("pmin", (x, axes) => reduceMin(x, axes));

type Names = string | readonly string[];

/** Applies a collective over one or several axes to every array of a tree. */
function overTree<T>(name: string, p: Primitive<AxisParams>, x: T, axisName: Names): T {
  const names = typeof axisName === "string" ? [axisName] : axisName;
  checkListOf(name, "the axis name, unless a string,", names);
  for (const n of names) axisSizeOf(n, name);
  const over = (leaf: ArrayLike): NDArray =>
    names.reduce((a, n) => bind1(p, [a], { axisName: n }), asArray(leaf, name));
  return treeMap(over, x, []) as T;
}

/**
 * The sum over the lanes of one or several named axes, of an array or of each array of a tree, in every lane. Linear: the
 * cotangents of all lanes add up.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis
 * @see jax.lax.psum
 * @example
 * const share = vmap((x) => x.div(lax.psum(x, "i")), 0, { axisName: "i" });
 * share(np.array([1, 3, 4])).js(); // [0.125, 0.375, 0.5]
 */
export const psum = <T>(x: T, axisName: Names, ...more: []): T => {
  refuseMore("psum", 2, more);
  return overTree("psum", psumP, x, axisName);
};
/**
 * The maximum over the lanes of one or several named axes, of an array or of each array of a tree, in every lane. Lanes that
 * attain it share the derivative equally.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis
 * @see jax.lax.pmax
 * @example
 * vmap((x) => lax.pmax(x, "i"), 0, { axisName: "i" })(np.array([1, 3, 2])).js(); // [3, 3, 3]
 */
export const pmax = <T>(x: T, axisName: Names, ...more: []): T => {
  refuseMore("pmax", 2, more);
  return overTree("pmax", pmaxP, x, axisName);
};
/**
 * The minimum over the lanes of one or several named axes, of an array or of each array of a tree, in every lane. Lanes that
 * attain it share the derivative equally.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis
 * @see jax.lax.pmin
 * @example
 * vmap((x) => x.sub(lax.pmin(x, "i")), 0, { axisName: "i" })(np.array([4, 3, 5])).js(); // [1, 0, 2]
 */
export const pmin = <T>(x: T, axisName: Names, ...more: []): T => {
  refuseMore("pmin", 2, more);
  return overTree("pmin", pminP, x, axisName);
};

/**
 * The mean over the lanes of one or several named axes, of an array or of each array of a tree, in every lane;
 * of integers in the default float. Linear.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis
 * @see jax.lax.pmean
 * @example
 * vmap((x) => x.sub(lax.pmean(x, "i")), 0, { axisName: "i" })(np.array([1, 2, 6])).js(); // [-2, -1, 3]
 */
export function pmean<T>(x: T, axisName: Names, ...more: []): T {
  refuseMore("pmean", 2, more);
  const names = typeof axisName === "string" ? [axisName] : axisName;
  checkListOf("pmean", "the axis name, unless a string,", names);
  const n = names.reduce((k, name) => k * axisSizeOf(name, "pmean"), 1);
  // Before they are added: the sum of small integers may not be one.
  const toFloat = (leaf: ArrayLike): NDArray => {
    const a = asArray(leaf, "pmean");
    return isInexact(a.dtype) ? a : convertElementType(a, defaultFloat());
  };
  const sums = psum(treeMap(toFloat, x, []), axisName);
  return treeMap((sum: NDArray) => div(sum, n), sums, []) as T;
}

const axisIndexP: Primitive<AxisParams> = definePrimitive<AxisParams>({
  name: "axis_index",
  kind: "opaque",
  axisNames: ({ axisName }) => [axisName],
  abstractEval: () => [shaped([], "int32")],
  lower: (_context, _args, { axisName }) => unbound("axisIndex", axisName),
  jvp: zeroTangent,
  transpose: notLinear,
  batch: (axis, _args, _dims) => [[broadcastedIota("int32", [axis.size], 0)], [0]],
});

/**
 * The number of the lane along a named axis: 0 … size − 1, an int32 scalar. It has no operands to differentiate.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis
 * @see jax.lax.axis_index
 * @example
 * vmap((x) => x.add(lax.axisIndex("i")), 0, { axisName: "i" })(np.array([10, 10, 10])).js(); // [10, 11, 12]
 */
export function axisIndex(axisName: string, ...more: []): NDArray {
  refuseMore("axisIndex", 1, more);
  axisSizeOf(axisName, "axisIndex");
  return bind1(axisIndexP, [], { axisName });
}

/**
 * The number of lanes of a named axis, a JavaScript number.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis
 * @see jax.lax.axis_size
 * @example
 * vmap((x) => x.mul(lax.axisSize("i")), 0, { axisName: "i" })(np.array([1, 2])).js(); // [2, 4]
 * lax.axisSize("i"); // throws UnboundAxisError: axisSize: no enclosing vmap binds the axis name 'i'
 */
export const axisSize = (axisName: string, ...more: []): number => {
  refuseMore("axisSize", 1, more);
  return axisSizeOf(axisName, "axisSize");
};

type GatherParams = { axisName: string; size: number };

/** All lanes' values along a new first axis, in every lane. Its transpose sums what the lanes got of each. */
const allGatherP: Primitive<GatherParams> = linear<GatherParams>({
  ...collective(
    () => allGatherP,
    "all_gather",
    "allGather",
    (_axis, lanes) => [lanes, null],
    (x, dim) => [x, dim + 1],
  ),
  abstractEval: ([x], { size }) => [shaped([size, ...x.shape], x.dtype)],
  transpose: (ct, _avals, params) => bind1(scatterLanesP, [ct], params),
});

/** The sum over lanes of their arrays, of which each lane keeps its own row: reduce-scatter. */
export const scatterLanesP: Primitive<GatherParams> = linear<GatherParams>({
  ...collective(
    () => scatterLanesP,
    "reduce_scatter",
    "reduceScatter",
    (_axis, lanes) => [reduceSum(lanes, [0]), 0],
    (x, dim) => [moveAxis(x, dim, x.ndim - 1), x.ndim - 2],
  ),
  abstractEval: ([x]) => [shaped(x.shape.slice(1), x.dtype)],
  transpose: (ct, _avals, params) => bind1(allGatherP, [ct], params),
});

/** Options of `allGather`. */
export interface AllGatherOptions {
  /** Where the lanes' axis goes; 0 by default. */
  readonly axis?: number | undefined;
  /** Join the lanes along `axis` instead of adding one. */
  readonly tiled?: boolean | undefined;
}

/**
 * The arrays of all lanes of a named axis, in every lane: along a new axis `axis` (the first), or with `tiled` one behind the
 * other along that axis. Linear: the cotangent of a lane's array is the sum of what the lanes got of it.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis; ArgumentError if `axis` is out of range
 * @see jax.lax.all_gather
 * @example
 * vmap((x) => lax.allGather(x, "i"), 0, { axisName: "i" })(np.array([1, 2])).js(); // [[1, 2], [1, 2]]
 */
export function allGather(x: ArrayLike, axisName: string, options?: AllGatherOptions, ...more: []): NDArray {
  refuseMore("allGather", 3, more);
  checkOptions("allGather", options, ["axis", "tiled"]);
  const size = axisSizeOf(axisName, "allGather");
  const a = asArray(x, "allGather");
  const gathered = bind1(allGatherP, [a], { axisName, size });
  if (options?.tiled !== true)
    return moveAxis(gathered, 0, canonicalAxis(options?.axis ?? 0, gathered.ndim, "allGather"));
  const axis = canonicalAxis(options.axis ?? 0, a.ndim, "allGather");
  const parts = Array.from({ length: size }, (_, k) => squeezeFirst(sliceInDim(gathered, k, k + 1, 1, 0)));
  return concatenate(parts, axis);
}

const squeezeFirst = (x: NDArray): NDArray => reshape(x, x.shape.slice(1));

type PermuteParams = { axisName: string; perm: readonly (readonly [number, number])[] };

const ppermuteP: Primitive<PermuteParams> = linear<PermuteParams>({
  ...collective(
    () => ppermuteP,
    "ppermute",
    "ppermute",
    (axis, lanes, { perm }) => {
      const rows = Array.from({ length: axis.size }, (_, to) => {
        const source = perm.find((p) => p[1] === to);
        if (source === undefined) return zerosOf(shaped([1, ...lanes.shape.slice(1)], lanes.dtype));
        return sliceInDim(lanes, source[0], source[0] + 1, 1, 0);
      });
      return [concatenate(rows, 0), 0];
    },
  ),
  abstractEval: ([x]) => [x.strong],
  transpose: (ct, _avals, { axisName, perm }) =>
    bind1(ppermuteP, [ct], { axisName, perm: perm.map(([from, to]) => [to, from] as const) }),
});

/**
 * Sends the array of lane `from` to lane `to` for each pair `[from, to]` of `perm`; lanes that receive nothing get zeros.
 * Linear: cotangents go the other way.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis; ArgumentError unless the pairs join distinct lanes with
 * distinct lanes
 * @see jax.lax.ppermute
 * @example
 * const shift = vmap((x) => lax.ppermute(x, "i", [[0, 1], [1, 2]]), 0, { axisName: "i" });
 * shift(np.array([5, 6, 7])).js(); // [0, 5, 6]
 */
export function ppermute(
  x: ArrayLike,
  axisName: string,
  perm: readonly (readonly [number, number])[],
  ...more: []
): NDArray {
  refuseMore("ppermute", 3, more);
  const size = axisSizeOf(axisName, "ppermute");
  const bad = perm.find((p) => p.some((k) => !Number.isInteger(k) || k < 0 || k >= size));
  const repeated = [0, 1].some((side) => new Set(perm.map((p) => p[side])).size !== perm.length);
  if (bad !== undefined || repeated) {
    throw new ArgumentError(
      `ppermute: perm must pair distinct sources with distinct targets in 0 … ${size - 1}; got ${show(perm)}.`,
    );
  }
  return bind1(ppermuteP, [asArray(x, "ppermute")], { axisName, perm });
}
