/**
 * @file `reduce` with a computation of the user's.
 *
 * The computation is traced on scalars. If it is a monoid that has a primitive, that runs; any other becomes a scan over
 * the reduced elements, which combines all kept ones at once: one compiled loop with the derivatives of a scan.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { otherAxes, canonicalAxes, shapeString } from "../../dtypes/shape.ts";
import { type TreeDef, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { callWith, flattenArrays, type AnyFunction } from "../../api/flatten.ts";
import { vmap } from "../../api/vmap.ts";
import { isPlainObject } from "../../arguments/rest.ts";
import { asDType } from "../../lax/operands/convert.ts";
import { findMonoid, reduceMonoid } from "../../lax/reductions/monoid.ts";
import { broadcast, reshape, transpose } from "../../lax/shapes/movement.ts";
import { arraysEqual, prod } from "../../base/util.ts";
import { type Checkpointing } from "../loops/checkpointing.ts";
import { checkSameTypes, traceBody } from "../common.ts";
import { scan } from "../loops/api.ts";

/** Options of `reduce`. */
export interface ReduceOptions {
  readonly dimensions?: readonly number[] | undefined;
  /** What reverse mode keeps of the steps, where the computation is none of the known ones. */
  readonly checkpoint?: Checkpointing | undefined;
}

/** The elements of the reduced axes in front, as one axis; the kept ones behind, as one axis or none. */
function elementsFirst(x: NDArray, axes: readonly number[], kept: readonly number[]): NDArray {
  const moved = transpose(x, [...axes, ...kept]);
  const n = prod(axes.map((k) => x.shape[k]));
  return reshape(moved, kept.length === 0 ? [n] : [n, prod(kept.map((k) => x.shape[k]))]);
}

/** The arrays of operands and of initial values: as many, of one shape, and of none. */
function operandsOf(
  operands: unknown,
  initValues: unknown,
): { xs: NDArray[]; def: TreeDef; inits: NDArray[]; initDef: TreeDef } {
  const [xs, def] = flattenArrays(operands, "reduce: operands");
  const [starts, initDef] = flattenArrays(initValues, "reduce: initValues");
  if (xs.length === 0) throw new ArgumentError("reduce: expected at least one operand; got none.");
  if (starts.length !== xs.length)
    throw new ArgumentError(
      `reduce: ${xs.length} operands need as many initial values; got ${starts.length}.`,
    );
  for (const x of xs) {
    if (!arraysEqual(x.shape, xs[0].shape))
      throw new ShapeError(
        `reduce: operands must have one shape; got ${xs.map((y) => shapeString(y.shape)).join(", ")}.`,
      );
  }
  const inits = starts.map((x, i) => {
    if (x.ndim !== 0)
      throw new ShapeError(
        `reduce: the initial value must be 0-dimensional; got shape ${shapeString(x.shape)}.`,
      );
    return asDType(x, xs[i].dtype, xs[i].weakType, "reduce");
  });
  return { xs, def, inits, initDef };
}

/**
 * Combines the elements of arrays along axes: `computation(accumulated, element)` takes and gives scalars, starting from
 * `initValues`. Operands may be one array or a tree of arrays of one shape, which are then combined together. The order is
 * that of the elements for a computation of your own; for sums, products, extrema and the like it is not defined, and the
 * computation should be associative for other implementations' sake.
 *
 * @throws TreeError, DTypeError where the computation does not return what it is given
 * @see jax.lax.reduce
 * @example
 * lax.reduce(np.array([[1, 2], [3, 4]]), 0, (a, b) => a.mul(2).add(b), [1]); // Array([4., 10.])
 */
export function reduce<T>(
  operands: T,
  initValues: unknown,
  computation: (accumulated: ArrayTree<T>, element: ArrayTree<T>) => unknown,
  dimensions: readonly number[] | ReduceOptions,
  options?: ReduceOptions,
  ...more: []
): ArrayTree<T> {
  refuseMore("reduce", 5, more);
  const settings: ReduceOptions = isPlainObject(dimensions)
    ? dimensions
    : { ...options, dimensions: dimensions as readonly number[] };
  checkOptions("reduce", settings, ["dimensions", "checkpoint"]);
  if (settings.dimensions === undefined)
    throw new ArgumentError("reduce: the dimensions to reduce must be given.");
  const { xs, def, inits, initDef } = operandsOf(operands, initValues);
  const avals = xs.map((x) => shaped([], x.dtype));
  const body = traceBody(computation, [def, def], [...avals, ...avals], "reduce");
  checkSameTypes(
    "reduce",
    { def: initDef, avals, name: "the initial value" },
    { def: body.outDef, avals: body.jaxpr.outAvals, name: "the value returned" },
  );
  const axes = canonicalAxes(settings.dimensions, xs[0].ndim, "reduce");
  const monoid = body.consts.length === 0 ? findMonoid(body.jaxpr) : null;
  if (monoid !== null)
    return treeUnflatten(def, [reduceMonoid(xs[0], inits[0], monoid, axes)]) as ArrayTree<T>;
  const kept = otherAxes(xs[0].ndim, axes);
  const shape = kept.map((k) => xs[0].shape[k]);
  const all = kept.length === 0 ? computation : vmap(computation as AnyFunction);
  const [out] = scan(
    (acc: unknown, x: unknown) => [callWith(all, [acc, x]), null],
    treeUnflatten(
      def,
      inits.map((x) => (kept.length === 0 ? x : broadcast(x, [prod(shape)]))),
    ),
    treeUnflatten(
      def,
      xs.map((x) => elementsFirst(x, axes, kept)),
    ),
    { checkpoint: settings.checkpoint },
  );
  const [outs] = flattenArrays(out, "reduce");
  return treeUnflatten(
    def,
    outs.map((x: ArrayLike) => reshape(x, shape)),
  ) as ArrayTree<T>;
}
