/**
 * @file Arithmetic on trees of arrays: sums, products, norms, dtypes. `optim.treeUtils` and, under short names,
 * `optim.tree`.
 *
 * The trees of one call have one structure, that of the first; parts that are null stay null.
 */
import { refuseMore, show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { checkShape } from "../../dtypes/shape.ts";
import { treeLeaves } from "../../core/tree.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import { rootOfSquares } from "../../lax/elementwise/hypot.ts";
import { absSquared, arraysOf, mapArrays } from "./leaves.ts";

/**
 * The sum of trees, array by array; shapes broadcast and dtypes promote.
 * @see optax.tree_utils.tree_add
 * @example
 * optim.treeUtils.treeAdd({ a: np.array([1, 2]) }, { a: np.array([3, 3]) }); // { a: [4, 5] }
 */
export function treeAdd<T>(treeX: T, treeY: unknown, ...otherTrees: readonly unknown[]): ArrayTree<T> {
  const sum = (...xs: NDArray[]): NDArray => xs.reduce((a, b) => np.add(a, b));
  return mapArrays(sum, treeX, treeY, ...otherTrees) as ArrayTree<T>;
}

/**
 * The difference of two trees, array by array.
 * @see optax.tree_utils.tree_sub
 * @example
 * optim.treeUtils.treeSub({ a: np.array([1, 2]) }, { a: np.array([3, 3]) }); // { a: [-2, -1] }
 */
export const treeSub = <T>(treeX: T, treeY: unknown, ...more: []): ArrayTree<T> => {
  refuseMore("treeSub", 2, more);
  return mapArrays((x, y) => np.subtract(x, y), treeX, treeY) as ArrayTree<T>;
};

/**
 * The product of two trees, element by element.
 * @see optax.tree_utils.tree_mul
 * @example
 * optim.treeUtils.treeMul({ a: np.array([1, 2]) }, { a: np.array([3, 3]) }); // { a: [3, 6] }
 */
export const treeMul = <T>(treeX: T, treeY: unknown, ...more: []): ArrayTree<T> => {
  refuseMore("treeMul", 2, more);
  return mapArrays((x, y) => np.multiply(x, y), treeX, treeY) as ArrayTree<T>;
};

/**
 * The quotient of two trees, element by element; integers divide to floats.
 * @see optax.tree_utils.tree_div
 * @example
 * optim.treeUtils.treeDiv({ a: np.array([1, 6]) }, { a: np.array([4, 3]) }); // { a: [0.25, 2] }
 */
export const treeDiv = <T>(treeX: T, treeY: unknown, ...more: []): ArrayTree<T> => {
  refuseMore("treeDiv", 2, more);
  return mapArrays((x, y) => np.divide(x, y), treeX, treeY) as ArrayTree<T>;
};

/**
 * A tree times a scalar.
 * @see optax.tree_utils.tree_scale
 * @example
 * optim.treeUtils.treeScale(2, { a: np.array([1, 2]), b: 3 }); // { a: [2, 4], b: 6 }
 */
export const treeScale = <T>(scalar: ArrayLike, tree: T, ...more: []): ArrayTree<T> => {
  refuseMore("treeScale", 2, more);
  return mapArrays((x) => np.multiply(scalar, x), tree) as ArrayTree<T>;
};

/**
 * treeX + scalar · treeY.
 * @see optax.tree_utils.tree_add_scale
 * @example
 * optim.treeUtils.treeAddScale({ a: np.array([1, 2]) }, 10, { a: np.array([3, 4]) }); // { a: [31, 42] }
 */
export const treeAddScale = <T>(treeX: T, scalar: ArrayLike, treeY: unknown, ...more: []): ArrayTree<T> => {
  refuseMore("treeAddScale", 3, more);
  return mapArrays((x, y) => np.add(x, np.multiply(scalar, y)), treeX, treeY) as ArrayTree<T>;
};

function dot(x: NDArray, y: NDArray): NDArray {
  if (x.shape.join() !== y.shape.join())
    throw new ShapeError(`treeVdot: shapes [${x.shape.join(",")}] and [${y.shape.join(",")}] differ.`);
  return np.vdot(x, y);
}

const total = (parts: readonly NDArray[]): NDArray =>
  parts.length === 0 ? np.array(0) : parts.reduce((a, b) => np.add(a, b));

/**
 * Σ x̄·y over all elements of two trees, a scalar.
 * @throws ShapeError for arrays of different shapes
 * @see optax.tree_utils.tree_vdot
 * @example
 * optim.treeUtils.treeVdot([np.array([1, 2]), 3], [np.array([4, 5]), 6]).item(); // 32
 */
export function treeVdot(treeX: unknown, treeY: unknown, ...more: []): NDArray {
  refuseMore("treeVdot", 2, more);
  return total(treeLeaves(mapArrays(dot, treeX, treeY)) as NDArray[]);
}

/**
 * The sum of all elements.
 * @see optax.tree_utils.tree_sum
 * @example
 * optim.treeUtils.treeSum({ a: np.array([1, 2]), b: 3 }).item(); // 6
 */
export const treeSum = (tree: unknown, ...more: []): NDArray => {
  refuseMore("treeSum", 1, more);
  return total(arraysOf(tree).map((x) => np.sum(x)));
};

const fold = (name: "max" | "min", tree: unknown): NDArray => {
  const parts = arraysOf(tree).filter((x) => x.size > 0);
  const join = name === "max" ? np.maximum : np.minimum;
  const start = name === "max" ? -Infinity : Infinity;
  return parts.map((x) => np[name](x)).reduce((a, b) => join(a, b), np.array(start));
};

/**
 * The largest element, a scalar; NaN if there is one, −∞ of a tree without elements.
 * @see optax.tree_utils.tree_max
 * @example
 * optim.treeUtils.treeMax({ a: np.array([1, 7]), b: 3 }).item(); // 7
 */
export const treeMax = (tree: unknown, ...more: []): NDArray => {
  refuseMore("treeMax", 1, more);
  return fold("max", tree);
};

/**
 * The smallest element, a scalar; NaN if there is one, ∞ of a tree without elements.
 * @see optax.tree_utils.tree_min
 * @example
 * optim.treeUtils.treeMin({ a: np.array([1, 7]), b: 3 }).item(); // 1
 */
export const treeMin = (tree: unknown, ...more: []): NDArray => {
  refuseMore("treeMin", 1, more);
  return fold("min", tree);
};

/**
 * The number of elements.
 * @see optax.tree_utils.tree_size
 * @example
 * optim.treeUtils.treeSize({ a: np.zeros([2, 3]), b: 3 }); // 7
 */
export const treeSize = (tree: unknown, ...more: []): number => {
  refuseMore("treeSize", 1, more);
  return arraysOf(tree).reduce((n, x) => n + x.size, 0);
};

/**
 * Complex conjugates; real arrays stay as they are.
 * @see optax.tree_utils.tree_conj
 * @example
 * const z = lax.complex(np.array([1]), np.array([2]));
 * np.imag(optim.treeUtils.treeConj({ z }).z).js(); // [-2]
 */
export const treeConj = <T>(tree: T, ...more: []): ArrayTree<T> => {
  refuseMore("treeConj", 1, more);
  return mapArrays((x) => np.conj(x), tree) as ArrayTree<T>;
};

/**
 * Real parts, in the dtype of the parts.
 * @see optax.tree_utils.tree_real
 * @example
 * const z = lax.complex(np.array([1]), np.array([2]));
 * optim.treeUtils.treeReal({ z }); // { z: [1] }
 */
export const treeReal = <T>(tree: T, ...more: []): ArrayTree<T> => {
  refuseMore("treeReal", 1, more);
  return mapArrays((x) => np.real(x), tree) as ArrayTree<T>;
};

/** The order of `treeNorm`. */
export type TreeNormOrder = number | "inf" | "infinity" | null;

/**
 * The norm of all elements together: of order 2 (default), 1 or Infinity; `squared` gives its square.
 * @see optax.tree_utils.tree_norm
 * @example
 * optim.treeUtils.treeNorm([np.array([3]), np.array([4])]).item(); // 5
 */
export function treeNorm(tree: unknown, ord: TreeNormOrder = null, squared = false, ...more: []): NDArray {
  refuseMore("treeNorm", 3, more);
  if (ord === null || ord === 2) {
    const square = total(arraysOf(tree).map((x) => np.sum(absSquared(x))));
    return squared ? square : rootOfSquares(square);
  }
  const sizes = mapArrays((x) => np.abs(x), tree);
  if (ord !== 1 && ord !== Infinity && ord !== "inf" && ord !== "infinity")
    throw new ArgumentError(`treeNorm: ord must be 1, 2 or Infinity; got ${show(ord)}.`);
  const norm = ord === 1 ? treeSum(sizes) : treeMax(sizes);
  return squared ? np.square(norm) : norm;
}

/**
 * Every array repeated along new leading axes: x of shape [...] becomes [...shape, ...].
 * @see optax.tree_utils.tree_batch_shape
 * @example
 * optim.treeUtils.treeBatchShape({ a: np.array([1, 2]) }, [2]); // { a: [[1, 2], [1, 2]] }
 */
export const treeBatchShape = <T>(tree: T, shape: readonly number[] = [], ...more: []): ArrayTree<T> => {
  refuseMore("treeBatchShape", 2, more);
  checkShape(shape, "treeBatchShape");
  return mapArrays((x) => np.broadcastTo(x, [...shape, ...x.shape]), tree) as ArrayTree<T>;
};

/**
 * Arrays of the same shapes, filled with a value; in the dtypes of the tree unless one is given.
 * @see optax.tree_utils.tree_full_like
 * @example
 * optim.treeUtils.treeFullLike({ a: np.array([1, 2]), b: 3 }, 7); // { a: [7, 7], b: 7 }
 */
export function treeFullLike<T>(
  tree: T,
  fillValue: ArrayLike,
  dtype: DType | null = null,
  ...more: []
): ArrayTree<T> {
  refuseMore("treeFullLike", 3, more);
  const fill = (x: NDArray): NDArray => np.full(x.shape, fillValue, dtype ?? x.dtype);
  return mapArrays(fill, tree) as ArrayTree<T>;
}

/**
 * Zeros of the same shapes; in the dtypes of the tree unless one is given.
 * @see optax.tree_utils.tree_zeros_like
 * @example
 * optim.treeUtils.treeZerosLike({ a: np.array([1, 2]), b: 3 }); // { a: [0, 0], b: 0 }
 */
export const treeZerosLike = <T>(tree: T, dtype: DType | null = null, ...more: []): ArrayTree<T> => {
  refuseMore("treeZerosLike", 2, more);
  return treeFullLike(tree, 0, dtype);
};

/**
 * Ones of the same shapes; in the dtypes of the tree unless one is given.
 * @see optax.tree_utils.tree_ones_like
 * @example
 * optim.treeUtils.treeOnesLike({ a: np.array([1, 2]) }, "float32").a.dtype; // "float32"
 */
export const treeOnesLike = <T>(tree: T, dtype: DType | null = null, ...more: []): ArrayTree<T> => {
  refuseMore("treeOnesLike", 2, more);
  return treeFullLike(tree, 1, dtype);
};

/**
 * Elements brought between bounds, of which null bounds nothing. The derivative is zero for elements beyond.
 * @see optax.tree_utils.tree_clip
 * @example
 * optim.treeUtils.treeClip({ a: np.array([-3, 0.5]), b: 3 }, -1, 1); // { a: [-1, 0.5], b: 1 }
 */
export const treeClip = <T>(
  tree: T,
  minValue: ArrayLike | null = null,
  maxValue: ArrayLike | null = null,
  ...more: []
): ArrayTree<T> => {
  refuseMore("treeClip", 3, more);
  return mapArrays((x) => np.clip(x, minValue, maxValue), tree) as ArrayTree<T>;
};

/**
 * Each element from the one tree where the condition holds, or the other; the condition broadcasts to every array.
 * @see optax.tree_utils.tree_where
 * @example
 * optim.treeUtils.treeWhere(false, { a: np.array([1, 2]) }, { a: np.array([3, 4]) }); // { a: [3, 4] }
 */
export const treeWhere = <T>(condition: ArrayLike, treeX: T, treeY: unknown, ...more: []): ArrayTree<T> => {
  refuseMore("treeWhere", 3, more);
  return mapArrays((x, y) => np.where(condition, x, y), treeX, treeY) as ArrayTree<T>;
};

/** Options of `treeAllclose`. */
export interface TreeAllcloseOptions {
  readonly rtol?: number | undefined;
  readonly atol?: number | undefined;
  readonly equalNan?: boolean | undefined;
}

/**
 * Whether all elements of two trees are close, |a − b| ≤ atol + rtol · |b|, as a boolean scalar: as `numpy.allclose`,
 * with its options.
 * @see optax.tree_utils.tree_allclose
 * @example
 * optim.treeUtils.treeAllclose({ a: np.array([1, 2]) }, { a: np.array([1, 2.001]) }).item(); // false
 * optim.treeUtils.treeAllclose({ a: 1 }, { a: 1.001 }, { rtol: 0.01 }).item(); // true
 */
export function treeAllclose(
  a: unknown,
  b: unknown,
  options: TreeAllcloseOptions = {},
  ...more: []
): NDArray {
  refuseMore("treeAllclose", 3, more);
  const close = treeLeaves(mapArrays((x, y) => np.allclose(x, y, options), a, b)) as NDArray[];
  return close.reduce((x, y) => np.logicalAnd(x, y), np.array(true));
}

/**
 * Arrays of another dtype; null leaves the tree as it is.
 * @see optax.tree_utils.tree_cast
 * @example
 * optim.treeUtils.treeCast({ a: np.array([1.5, 2]) }, "int32"); // { a: [1, 2] }
 */
export const treeCast = <T>(tree: T, dtype: DType | null, ...more: []): ArrayTree<T> => {
  refuseMore("treeCast", 2, more);
  return (dtype === null ? tree : mapArrays((x) => x.astype(dtype), tree)) as ArrayTree<T>;
};

/**
 * Arrays in the dtypes of another tree.
 * @see optax.tree_utils.tree_cast_like
 * @example
 * const like = { a: np.array([0, 0], { dtype: "int32" }) };
 * optim.treeUtils.treeCastLike({ a: np.array([1.5, 2]) }, like); // { a: [1, 2] }
 */
export const treeCastLike = <T>(tree: T, otherTree: unknown, ...more: []): ArrayTree<T> => {
  refuseMore("treeCastLike", 2, more);
  return mapArrays((x, y) => x.astype(y.dtype), tree, otherTree) as ArrayTree<T>;
};

/** How `treeDtype` settles several dtypes. */
export type MixedDTypeHandler = "promote" | "highest" | "lowest" | null;

/** Of two dtypes, the one that the other promotes to, or the other one. */
function ranked(a: DType, b: DType, highest: boolean): DType {
  const joined = np.promoteTypes(a, b);
  if (joined !== a && joined !== b)
    throw new DTypeError(`treeDtype: neither of ${a} and ${b} promotes to the other.`);
  return (joined === a) === highest ? a : b;
}

/**
 * The dtype of all arrays of a tree; the default float dtype for a tree without arrays.
 * @param mixedDtypeHandler what to make of several: their promotion, the highest, the lowest; null refuses them
 * @throws DTypeError for several dtypes without a handler, or of which neither promotes to the other
 * @see optax.tree_utils.tree_dtype
 * @example
 * const tree = [np.array([1], { dtype: "int32" }), np.array([1], { dtype: "float32" })];
 * optim.treeUtils.treeDtype(tree, "highest"); // "float32"
 * optim.treeUtils.treeDtype(tree); // throws DTypeError: the tree has arrays of dtypes int32 and float32
 */
export function treeDtype(tree: unknown, mixedDtypeHandler: MixedDTypeHandler = null, ...more: []): DType {
  refuseMore("treeDtype", 2, more);
  const dtypes = arraysOf(tree).map((x) => x.dtype);
  if (dtypes.length === 0) return np.array([]).dtype;
  if (mixedDtypeHandler === "promote") return dtypes.reduce((a, b) => np.promoteTypes(a, b));
  if (mixedDtypeHandler !== null)
    return dtypes.reduce((a, b) => ranked(a, b, mixedDtypeHandler === "highest"));
  const other = dtypes.find((d) => d !== dtypes[0]);
  if (other !== undefined)
    throw new DTypeError(`treeDtype: the tree has arrays of dtypes ${dtypes[0]} and ${other}.`);
  return dtypes[0];
}
