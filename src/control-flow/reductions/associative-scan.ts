/** @file `associativeScan`: prefix combinations in a logarithmic number of vectorised steps. */
import type { NDArray } from "../../core/array.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { type TreeDef, treeFlatten, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, Returned } from "../../core/tree-types.ts";
import { checkFunction, refuseMore } from "../../base/checks.ts";
import { ShapeError, checkOptions } from "../../base/errors.ts";
import { type AnyFunction, callWith, flattenArrays } from "../../api/flatten.ts";
import { bitwiseAnd } from "../../lax/elementwise/bitwise.ts";
import { eq } from "../../lax/elementwise/compare.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { select } from "../../lax/elementwise/select.ts";
import { asDType } from "../../lax/operands/convert.ts";
import { broadcastedIota } from "../../lax/shapes/creation.ts";
import { rev } from "../../lax/shapes/movement.ts";
import { concatenate, pad, sliceInDim } from "../../lax/shapes/slicing.ts";
import { traceBody } from "../common.ts";

/** Options of `associativeScan`. */
export interface AssociativeScanOptions {
  readonly reverse?: boolean | undefined;
  readonly axis?: number | undefined;
}

type Combine = (a: readonly NDArray[], b: readonly NDArray[]) => NDArray[];

const every = (
  xs: readonly NDArray[],
  from: number,
  to: number | null,
  step: number,
  axis: number,
): NDArray[] => xs.map((x) => sliceInDim(x, from, to, step, axis));

/** Even places from one list, odd ones from another; of any dtype. */
function interleave(even: NDArray, odd: NDArray, axis: number): NDArray {
  const [n, m] = [even.shape[axis], odd.shape[axis]];
  const spread = (x: NDArray, lo: number, hi: number): NDArray =>
    pad(
      x,
      asDType(0, x.dtype, false, "associativeScan"),
      x.shape.map((_, i) => (i === axis ? ([lo, hi, 1] as const) : ([0, 0, 0] as const))),
    );
  if (m === 0) return even;
  const [evens, odds] = [spread(even, 0, n === m ? 1 : 0), spread(odd, 1, n === m ? 0 : 1)];
  const place = broadcastedIota("int32", evens.shape, axis);
  return select(eq(bitwiseAnd(place, 1), 0), evens, odds);
}

function scanPairs(combine: Combine, xs: readonly NDArray[], axis: number): NDArray[] {
  const n = xs[0].shape[axis];
  if (n < 2) return [...xs];
  // Combine neighbours, scan those, and fill in the places between.
  const reduced = combine(every(xs, 0, n - 1, 2, axis), every(xs, 1, null, 2, axis));
  const odd = scanPairs(combine, reduced, axis);
  const left = n % 2 === 0 ? every(odd, 0, -1, 1, axis) : odd;
  const rest = every(xs, 2, null, 2, axis);
  const even = rest[0].shape[axis] === 0 ? rest : combine(left, rest);
  const first = every(xs, 0, 1, 1, axis);
  return xs.map((_, i) => interleave(concatenate([first[i], even[i]], axis), odd[i], axis));
}

/** Weak elements adopt the dtype of what they are combined to. */
function adoptTypes(fn: AnyFunction, arrays: readonly NDArray[], def: TreeDef): readonly NDArray[] {
  if (!arrays.some((a) => a.weakType)) return arrays;
  const avals = arrays.map((a) => a.aval);
  const { outAvals } = traceBody(fn, [def, def], [...avals, ...avals], "associativeScan").jaxpr;
  if (outAvals.length !== arrays.length) return arrays;
  return arrays.map((a, i) => (a.weakType ? convertElementType(a, outAvals[i].dtype) : a));
}

/**
 * All prefixes combined with an associative function of trees, in O(log n) vectorised steps.
 * @see jax.lax.associative_scan
 * @example
 * lax.associativeScan((a: Array, b: Array) => a.add(b), np.array([1, 2, 3])); // Array([1., 3., 6.])
 */
export function associativeScan<const T>(
  fn: (a: NoInfer<ArrayTree<T>>, b: NoInfer<ArrayTree<T>>) => NoInfer<Returned<T>>,
  elems: T,
  options?: AssociativeScanOptions | boolean,
  ...more: []
): ArrayTree<T> {
  refuseMore("associativeScan", 3, more);
  const settings = typeof options === "boolean" ? { reverse: options } : options;
  checkFunction("associativeScan", "the first argument", fn);
  checkOptions("associativeScan", settings, ["reverse", "axis"]);
  const [arrays, def]: [NDArray[], TreeDef, unknown] = flattenArrays(elems, "associativeScan");
  if (arrays.length === 0) throw new ShapeError("associativeScan: expected at least one array; got none.");
  const axis = canonicalAxis(settings?.axis ?? 0, arrays[0].ndim, "associativeScan");
  if (arrays.some((a) => a.shape[axis] !== arrays[0].shape[axis])) {
    throw new ShapeError(`associativeScan: all arrays must have one size along axis ${axis}.`);
  }
  const elements = adoptTypes(fn, arrays, def);
  const flip = (xs: readonly NDArray[]): NDArray[] =>
    settings?.reverse === true ? xs.map((x) => rev(x, [axis])) : [...xs];
  const combine: Combine = (a, b) =>
    treeFlatten(callWith(fn, [treeUnflatten(def, a), treeUnflatten(def, b)]))[0] as NDArray[];
  return treeUnflatten(def, flip(scanPairs(combine, flip(elements), axis))) as ArrayTree<T>;
}
