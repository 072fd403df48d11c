/**
 * @file Collectives: operations across the lanes of the enclosing `vmap` that names an axis.
 *
 * Each primitive says what it becomes when the batch trace of its axis meets it; elsewhere it is element-wise or passes
 * through. With no such axis they are errors when called.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import {
  type BatchAxis,
  type BatchDim,
  type Primitive,
  definePrimitive,
  isUndef,
  notLinear,
  zeroTangent,
} from "../../core/primitive.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { treeFlatten, treeUnflatten } from "../../core/tree.ts";
import { Zero, isZero } from "../../core/zero.ts";
import { ArgumentError, UnboundAxisError, checkOptions } from "../../base/errors.ts";
import { axisSizeOf } from "../../interpreters/axis-env.ts";
import { materialise } from "../../interpreters/batching.ts";
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

type Reduce = (x: NDArray, axes: readonly number[]) => NDArray;

/** A reduction over lanes: the result is the same in all of them. */
function laneReduction(name: string, reduce: Reduce, linear: boolean): Primitive<AxisParams> {
  const self: Primitive<AxisParams> = definePrimitive<AxisParams>({
    name,
    kind: "opaque",
    axisNames: ({ axisName }) => [axisName],
    abstractEval: ([x]) => [x.strong],
    lower: (_context, _args, { axisName }) => unbound(name, axisName),
    jvp: linear
      ? ([x], [t], params) => {
          const out = bind1(self, [x], params);
          return [[out], [isZero(t) ? new Zero(out.aval) : bind1(self, [t], params)]];
        }
      : ([x], [t], params) => {
          // The mean of the tangents of the lanes that attain the extremum.
          const out = bind1(self, [x], params);
          if (isZero(t)) return [[out], [new Zero(out.aval)]];
          const at = convertElementType(eq(x, out), x.dtype);
          return [[out], [div(bind1(psumP, [mul(t, at)], params), bind1(psumP, [at], params))]];
        },
    transpose: linear
      ? ([ct], [x], params) => [
          isUndef(x) ? (isZero(ct) ? new Zero(x.aval) : bind1(self, [ct], params)) : null,
        ]
      : notLinear,
    batch: (axis, [x], [dim], params) => {
      if (axis.name !== params.axisName) return [bind(self, [x], params), [dim!]];
      return [[reduce(materialise(axis, x, dim), [0])], [null]];
    },
  });
  return self;
}

const psumP: Primitive<AxisParams> = laneReduction("psum", reduceSum, true);
const pmaxP = laneReduction("pmax", reduceMax, false);
const pminP = laneReduction("pmin", reduceMin, false);

type Names = string | readonly string[];

/** Applies a collective over one or several axes to every array of a tree. */
function overTree<T>(name: string, p: Primitive<AxisParams>, x: T, axisName: Names): T {
  const names = typeof axisName === "string" ? [axisName] : axisName;
  for (const n of names) axisSizeOf(n, name);
  const [leaves, def] = treeFlatten(x);
  const outs = leaves.map((leaf) =>
    names.reduce((a: NDArray, n) => bind1(p, [a], { axisName: n }), asArray(leaf as ArrayLike, name)),
  );
  return treeUnflatten(def, outs) as T;
}

/** The sum over the lanes of a named axis, of an array or a tree. @see jax.lax.psum */
export const psum = <T>(x: T, axisName: Names): T => overTree("psum", psumP, x, axisName);
/** The maximum over the lanes of a named axis. @see jax.lax.pmax */
export const pmax = <T>(x: T, axisName: Names): T => overTree("pmax", pmaxP, x, axisName);
/** The minimum over the lanes of a named axis. @see jax.lax.pmin */
export const pmin = <T>(x: T, axisName: Names): T => overTree("pmin", pminP, x, axisName);

/** The mean over the lanes of a named axis. @see jax.lax.pmean */
export function pmean<T>(x: T, axisName: Names): T {
  const names = typeof axisName === "string" ? [axisName] : axisName;
  const n = names.reduce((k, name) => k * axisSizeOf(name, "pmean"), 1);
  const [leaves, def] = treeFlatten(psum(x, axisName));
  return treeUnflatten(
    def,
    leaves.map((leaf) => div(leaf as NDArray, n)),
  ) as T;
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

/** The number of the lane along a named axis: 0 … size − 1. @see jax.lax.axis_index */
export function axisIndex(axisName: string): NDArray {
  axisSizeOf(axisName, "axisIndex");
  return bind1(axisIndexP, [], { axisName });
}

/** The number of lanes of a named axis. @see jax.lax.axis_size */
export const axisSize = (axisName: string): number => axisSizeOf(axisName, "axisSize");

type GatherParams = { axisName: string; size: number };

/** All lanes' values along a new first axis, in every lane. Its transpose sums what the lanes got of each. */
const allGatherP: Primitive<GatherParams> = definePrimitive<GatherParams>({
  name: "all_gather",
  kind: "opaque",
  axisNames: ({ axisName }) => [axisName],
  abstractEval: ([x], { size }) => [shaped([size, ...x.shape], x.dtype)],
  lower: (_context, _args, { axisName }) => unbound("allGather", axisName),
  jvp: ([x], [t], params) => {
    const out = bind1(allGatherP, [x], params);
    return [[out], [isZero(t) ? new Zero(out.aval) : bind1(allGatherP, [t], params)]];
  },
  transpose: ([ct], [x], params) => [
    isUndef(x) ? (isZero(ct) ? new Zero(x.aval) : bind1(scatterLanesP, [ct], params)) : null,
  ],
  batch: (axis, [x], [dim], params) => {
    if (axis.name === params.axisName) return [[materialise(axis, x, dim)], [null]];
    return [bind(allGatherP, [x], params), [dim! + 1]];
  },
});

/** The sum over lanes of their arrays, of which each lane keeps its own row: reduce-scatter. */
export const scatterLanesP: Primitive<GatherParams> = definePrimitive<GatherParams>({
  name: "reduce_scatter",
  kind: "opaque",
  axisNames: ({ axisName }) => [axisName],
  abstractEval: ([x]) => [shaped(x.shape.slice(1), x.dtype)],
  lower: (_context, _args, { axisName }) => unbound("reduceScatter", axisName),
  jvp: ([x], [t], params) => {
    const out = bind1(scatterLanesP, [x], params);
    return [[out], [isZero(t) ? new Zero(out.aval) : bind1(scatterLanesP, [t], params)]];
  },
  transpose: ([ct], [x], params) => [
    isUndef(x) ? (isZero(ct) ? new Zero(x.aval) : bind1(allGatherP, [ct], params)) : null,
  ],
  batch: (axis, [x], [dim], params) => {
    if (axis.name === params.axisName) return [[reduceSum(materialise(axis, x, dim), [0])], [0]];
    return [bind(scatterLanesP, [moveAxis(x, dim!, x.ndim - 1)], params), [x.ndim - 2]];
  },
});

/** Options of `allGather`. */
export interface AllGatherOptions {
  /** Where the lanes' axis goes; 0 by default. */
  readonly axis?: number | undefined;
  /** Join the lanes along `axis` instead of adding one. */
  readonly tiled?: boolean | undefined;
}

/** The values of all lanes, in every lane. @see jax.lax.all_gather */
export function allGather(x: ArrayLike, axisName: string, options?: AllGatherOptions): NDArray {
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

const ppermuteP: Primitive<PermuteParams> = definePrimitive<PermuteParams>({
  name: "ppermute",
  kind: "opaque",
  axisNames: ({ axisName }) => [axisName],
  abstractEval: ([x]) => [x.strong],
  lower: (_context, _args, { axisName }) => unbound("ppermute", axisName),
  jvp: ([x], [t], params) => {
    const out = bind1(ppermuteP, [x], params);
    return [[out], [isZero(t) ? new Zero(out.aval) : bind1(ppermuteP, [t], params)]];
  },
  transpose: ([ct], [x], { axisName, perm }) => {
    if (!isUndef(x)) return [null];
    return [
      isZero(ct)
        ? new Zero(x.aval)
        : bind1(ppermuteP, [ct], { axisName, perm: perm.map(([from, to]) => [to, from] as const) }),
    ];
  },
  batch: (axis: BatchAxis, [x], [dim], params): [NDArray[], BatchDim[]] => {
    if (axis.name !== params.axisName) return [bind(ppermuteP, [x], params), [dim!]];
    const lanes = materialise(axis, x, dim);
    const rows = Array.from({ length: axis.size }, (_, to) => {
      const source = params.perm.find((p) => p[1] === to);
      if (source === undefined) return zerosOf(shaped([1, ...lanes.shape.slice(1)], lanes.dtype));
      return sliceInDim(lanes, source[0], source[0] + 1, 1, 0);
    });
    return [[concatenate(rows, 0)], [0]];
  },
});

/** Sends lane `from`'s value to lane `to` for each pair; lanes that receive nothing get zeros. @see jax.lax.ppermute */
export function ppermute(
  x: ArrayLike,
  axisName: string,
  perm: readonly (readonly [number, number])[],
): NDArray {
  const size = axisSizeOf(axisName, "ppermute");
  const bad = perm.find((p) => p.some((k) => !Number.isInteger(k) || k < 0 || k >= size));
  const repeated = [0, 1].some((side) => new Set(perm.map((p) => p[side])).size !== perm.length);
  if (bad !== undefined || repeated) {
    throw new ArgumentError(
      `ppermute: perm must pair distinct sources with distinct targets in 0 … ${size - 1}; got ${JSON.stringify(perm)}.`,
    );
  }
  return bind1(ppermuteP, [asArray(x, "ppermute")], { axisName, perm });
}
