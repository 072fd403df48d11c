/** @file Iterations of linear algebra: the dominant eigenvalue, inverse roots of matrices, nonnegative least squares. */
import { refuseMore } from "../../base/checks.ts";
import { foriLoop, switch_, whileLoop } from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import { scaleByPower } from "../../numpy/ufuncs/powers-of-two.ts";
import * as random from "../../random/index.ts";
import { exponentOf, farExponentOf } from "../../scipy/sparse/vectors.ts";
import { balanced, normOf } from "../trees/norms.ts";
import * as trees from "../trees/short.ts";

/**
 * The norm of all elements of a tree together: √(Σ |x|²), a real scalar. Its derivative where all are zero is NaN (0
 * · ∞); `safeNorm` has one there.
 * @see optax.global_norm
 * @example
 * optim.globalNorm({ w: np.array([3, 0]), b: np.array(-4) }).item(); // 5
 */
export const globalNorm = (updates: unknown, ...more: []): NDArray => {
  refuseMore("globalNorm", 1, more);
  return trees.norm(updates);
};

/** Options of `powerIteration`. */
export interface PowerIterationOptions {
  /** The start; needed where the matrix is a function. Random by default. */
  readonly v0?: unknown;
  readonly numIters?: number | undefined;
  readonly errorTolerance?: number | undefined;
  readonly key?: random.KeyLike | null | undefined;
}

const unit = (tree: unknown): unknown => {
  const [near] = balanced(tree);
  return trees.castLike(trees.scale(np.divide(1, trees.norm(near)), near), tree);
};

/**
 * The eigenvalue of largest size of a symmetric matrix (or function of a tree), and its eigenvector.
 * @see optax.power_iteration
 * @example
 * optim.powerIteration(np.array([[2, 0], [0, 1]]))[0].item(); // ≈ 2
 */
export function powerIteration(
  matrix: NDArray | ((v: never) => unknown),
  options: PowerIterationOptions = {},
  ...more: []
): [NDArray, unknown] {
  refuseMore("powerIteration", 2, more);
  checkOptions("powerIteration", options, ["v0", "numIters", "errorTolerance", "key", "precision"]);
  const { numIters = 100, errorTolerance = 1e-6, key } = options;
  const apply = typeof matrix === "function" ? (matrix as (v: unknown) => unknown) : productWith(matrix);
  const start = options.v0 ?? randomStart(matrix, key ?? null);
  const v0 = unit(start);
  type Carry = { v: unknown; z: unknown; eig: NDArray; i: NDArray };
  const found = whileLoop<Carry>(
    ({ v, z, eig, i }) => {
      const residual = normOf(trees.sub(z, trees.scale(eig, v)));
      const converged = np.less(np.abs(np.divide(residual, eig)), errorTolerance);
      return np.logicalAnd(np.logicalNot(converged), np.less(i, numIters));
    },
    ({ z, i }) => {
      const v = unit(z);
      const next = trees.castLike(apply(v), v);
      return { v, z: next, eig: np.real(trees.vdot(v, next)), i: np.add(i, 1) };
    },
    {
      v: v0,
      z: trees.castLike(apply(v0), v0),
      eig: np.zeros([], trees.norm(v0).dtype),
      i: np.array(0, { dtype: "int32" }),
    },
  );
  return [found.eig, unit(found.z)];
}

const productWith =
  (matrix: NDArray) =>
  (v: unknown): NDArray =>
    np.matmul(matrix, v as NDArray);

function randomStart(matrix: unknown, key: random.KeyLike | null): NDArray {
  if (typeof matrix === "function")
    throw new ArgumentError("powerIteration: a function as matrix needs the option v0, the start.");
  const a = asArray(matrix as ArrayLike, "powerIteration");
  const shape = a.shape.slice(-1);
  return random.uniform(key ?? random.PRNGKey(0), shape, a.dtype, -1, 1);
}

/** Options of `matrixInversePthRoot`. */
export interface InverseRootOptions {
  readonly numIters?: number | undefined;
  /** Added to the diagonal, relative to the largest eigenvalue. */
  readonly ridgeEpsilon?: number | undefined;
  readonly errorTolerance?: number | undefined;
}

const square = (m: NDArray): NDArray => np.matmul(m, m);

/** m¹, m², m⁴ or m⁸, by the power nearest to p. */
function smallPower(m: NDArray, p: ArrayLike): NDArray {
  const exponent = np.round(np.log2(p)).astype("int32");
  const powers = [0, 1, 2, 3].map((n) => (x: NDArray): NDArray => {
    let out = x;
    for (let i = 0; i < n; i++) out = square(out);
    return out;
  });
  return switch_<[NDArray], NDArray>(exponent, powers, m);
}

/**
 * A^(−1/p) of a positive semidefinite matrix, p a power of two up to 8, and the error of the last step: [n, n] and a
 * scalar, in the dtype of the matrix. By the coupled Newton iteration, for A plus ridgeEpsilon times its largest
 * eigenvalue.
 * @throws ShapeError unless the matrix is square
 * @see optax.matrix_inverse_pth_root; Guo, Higham (2006); Gupta, Koren, Singer (2018)
 * @example
 * const [root] = optim.matrixInversePthRoot(np.array([[4, 0], [0, 16]]), 2, { ridgeEpsilon: 0 });
 * root.js(); // [[0.5000, 0], [0, 0.2500]]
 */
export function matrixInversePthRoot(
  matrix: ArrayLike,
  p: ArrayLike,
  options: InverseRootOptions = {},
  ...more: []
): [NDArray, NDArray] {
  refuseMore("matrixInversePthRoot", 3, more);
  checkOptions("matrixInversePthRoot", options, ["numIters", "ridgeEpsilon", "errorTolerance", "precision"]);
  const { numIters = 100, ridgeEpsilon = 1e-6, errorTolerance = 1e-6 } = options;
  const given = inexact("matrixInversePthRoot", asArray(matrix, "matrixInversePthRoot"));
  if (given.ndim !== 2 || given.shape[0] !== given.shape[1])
    throw new ShapeError(
      `matrixInversePthRoot: expected a square matrix; got shape [${given.shape.join(",")}].`,
    );
  // A matrix far from 1 in size comes there by a power of two with a whole root.
  const eights = np.floorDivide(farExponentOf([given]), 8);
  const a = scaleByPower(given, np.multiply(eights, -8));
  const rescale = (root: NDArray): NDArray =>
    np.multiply(root, np.exp2(np.multiply(eights, np.divide(-8, p))).astype(root.dtype));
  const alpha = np.divide(-1, p).astype(a.dtype);
  const identity = np.eye(a.shape[0], { dtype: a.dtype });
  const ridge = np.multiply(ridgeEpsilon, np.maximum(powerIteration(a)[0], 1e-16));
  if (a.shape[0] === 1) return [rescale(np.power(np.add(a, ridge), alpha)), np.zeros([], a.dtype)];
  const damped = np.add(a, np.multiply(ridge, identity));
  const z = np.divide(np.add(1, p), np.multiply(2, np.linalg.norm(damped))).astype(a.dtype);
  const distance = (m: NDArray): NDArray => np.max(np.abs(np.subtract(m, identity)));
  const m0 = np.multiply(damped, z);
  const h0 = np.multiply(identity, np.power(z, np.negative(alpha)));
  type Carry = { i: NDArray; m: NDArray; h: NDArray; old: NDArray; error: NDArray; runs: NDArray };
  const found = whileLoop<Carry>(
    ({ i, error, runs }) =>
      np.logicalAnd(np.less(i, numIters), np.logicalAnd(np.greater(error, errorTolerance), runs)),
    ({ i, m, h, error }) => {
      const step = np.add(np.multiply(np.subtract(1, alpha), identity), np.multiply(alpha, m));
      const next = np.matmul(smallPower(step, p), m);
      const now = distance(next);
      const runs = np.less(now, np.multiply(error, 1.2));
      return { i: np.add(i, 1), m: next, h: np.matmul(h, step), old: h, error: now, runs };
    },
    {
      i: np.array(0, { dtype: "int32" }),
      m: m0,
      h: h0,
      old: h0,
      error: distance(m0),
      runs: np.array(true),
    },
  );
  return [rescale(np.where(found.runs, found.h, found.old)), distance(found.m)];
}

/** Options of `nnls`. */
export interface NnlsOptions {
  /** Accepted for compatibility: loops are not unrolled. */
  readonly unroll?: number | boolean | undefined;
  /** An upper bound of the largest eigenvalue of AᵀA. */
  readonly L?: ArrayLike | null | undefined;
}

/**
 * Least squares with x ≥ 0, by accelerated projected gradients: min |A x − b|.
 * @param A shape [m, n]
 * @param b shape [m] or [m, k]
 * @see optax.nnls
 * @example
 * optim.nnls(np.array([[1, 0], [0, 1]]), np.array([2, -3]), 50).js(); // ≈ [2, 0]
 */
export function nnls(
  A: ArrayLike,
  b: ArrayLike,
  iters: number,
  options: NnlsOptions = {},
  ...more: []
): NDArray {
  refuseMore("nnls", 4, more);
  checkOptions("nnls", options, ["unroll", "L"]);
  const a = inexact("nnls", asArray(A, "nnls"));
  const rhs = inexact("nnls", asArray(b, "nnls"));
  if (a.ndim !== 2 || rhs.ndim < 1 || rhs.ndim > 2 || rhs.shape[0] !== a.shape[0])
    throw new ShapeError(
      `nnls: expected A [m, n] and b [m] or [m, k]; got shapes [${a.shape.join(",")}] and [${rhs.shape.join(",")}].`,
    );
  // AᵀA and Aᵀb of matrices and right hand sides of size 1, by powers of two: their products stay in range.
  const [sizeA, sizeB] = [exponentOf([a]), exponentOf([rhs])];
  const unitA = scaleByPower(a, np.negative(sizeA));
  const Q = np.matmul(unitA.T, unitA);
  const q = np.matmul(unitA.T, scaleByPower(rhs, np.negative(sizeB)));
  const given = options.L ?? null;
  const ofUnit = (l: ArrayLike): NDArray =>
    scaleByPower(inexact("nnls: L", asArray(l, "nnls: L")), np.multiply(sizeA, -2));
  const bound = given !== null ? ofUnit(given) : np.minimum(np.linalg.norm(Q), np.linalg.norm(Q, 1));
  const L = np.where(np.equal(bound, 0), 1, bound).astype(q.dtype);
  type Carry = readonly [x: NDArray, p: NDArray, c: NDArray];
  const step = (_: NDArray, [x, p, c]: Carry): Carry => {
    const next = np.divide(np.add(1, np.sqrt(np.add(1, np.multiply(4, np.square(c))))), 2);
    const gradient = np.divide(np.subtract(np.matmul(Q, p), q), L);
    const xn = np.maximum(np.subtract(p, gradient), 0);
    const extrapolated = np.multiply(np.divide(np.subtract(c, 1), next), np.subtract(xn, x));
    return [xn, np.add(xn, extrapolated), next];
  };
  const zero = np.zeros(q.shape, q.dtype);
  const [x] = foriLoop<Carry>(0, iters, step, [zero, zero, np.zeros([], q.dtype)]);
  return scaleByPower(x, np.subtract(sizeB, sizeA));
}
