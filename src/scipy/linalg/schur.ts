/**
 * @file Schur forms in `scipy.linalg`, and functions of matrices by them.
 *
 * Sources: jax/_src/scipy/linalg.py; Golub and Van Loan, Matrix Computations, algorithm 11.1.1 (Parlett's recurrence).
 */
import { show } from "../../base/checks.ts";
import { define } from "../../arguments/declare.ts";
import { given, param } from "../../arguments/parameters.ts";
import { jvp } from "../../api/jvp.ts";
import * as flow from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { adjoint, diagonalOf, eyeOf, transposed, triu } from "../../lax/linalg/algebra.ts";
import { complexOf } from "../../lax/linalg/families/factorisation.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { squareMatrices } from "../../numpy/linalg/operands.ts";
import { norm } from "../../numpy/linalg/linalg.ts";
import { matmul } from "../../numpy/products/linear.ts";
import { cast } from "../../numpy/operands/promote.ts";
import { vectorize } from "../../numpy/ufuncs/vectorize.ts";

/** The two forms of `schur`. */
export type SchurOutput = "real" | "complex";

/**
 * The Schur form `[T, Z]` of square matrices [..., n, n], A = Z·T·Zᴴ with unitary Z. T is upper triangular for complex matrices
 * and for the output "complex"; else real, with blocks of two rows and equal diagonal elements for pairs of complex eigenvalues.
 * NaN for matrices with NaN or infinities. Derivatives are those of `lax.linalg.schur`: eigenvalues must be distinct.
 *
 * Parameters: output = "real" (or "complex").
 * @throws ArgumentError for another output; ShapeError unless the matrices are square
 * @see jax.scipy.linalg.schur
 * @example
 * const [t, z] = scipy.linalg.schur(np.array([[1, 2], [0, 3]]));
 * t.js(); // [[1, 2], [0, 3]]
 */
export const schur = define(
  "schur",
  [param<[output: SchurOutput]>()("output", "real")],
  [],
  ({ output }, a: ArrayLike): [T: NDArray, Z: NDArray] => {
    if (output !== "real" && output !== "complex")
      throw new ArgumentError(`schur: output must be "real" or "complex"; got ${show(output)}.`);
    return schurOf("schur", a, output);
  },
);

function schurOf(where: string, a: ArrayLike, output: SchurOutput): [NDArray, NDArray] {
  const x = squareMatrices(where, a);
  const wide = output === "complex" ? cast(x, complexOf(x.dtype)) : x;
  return flow.linalg.schur(wide) as [NDArray, NDArray];
}

const entry = (x: NDArray, i: NDArray, j: NDArray): NDArray =>
  flow.dynamicIndexInDim(flow.dynamicIndexInDim(x, i, 0, false), j, 0, false);

/** Rows k − 1 and k of x ← g times them. */
function turnRows(x: NDArray, g: NDArray, k: NDArray): NDArray {
  const first = flow.sub(k, 1);
  const pair = flow.dynamicSliceInDim(x, first, 2, 0);
  return flow.dynamicUpdateSliceInDim(x, matmul(g, pair), first, 0);
}

/** Makes row k of T triangular, by a rotation that is the eigenvector of the block. */
function turnPair(k: NDArray, [t, z]: readonly [NDArray, NDArray]): [NDArray, NDArray] {
  const before = flow.sub(k, 1);
  const [p, q] = [entry(t, before, before), entry(t, before, k)];
  const [r, s] = [entry(t, k, before), entry(t, k, k)];
  // An eigenvalue of the block less its last element, the first of a pair: of positive imaginary part.
  const half = flow.mul(flow.sub(p, s), 0.5);
  const root = flow.sqrt(flow.add(flow.mul(half, half), flow.mul(q, r)));
  const mu = flow.add(half, root);
  const size = flow.convertElementType(
    flow.sqrt(flow.add(flow.square(flow.abs(mu)), flow.square(flow.abs(r)))),
    t.dtype,
  );
  const none = flow.eq(r, 0);
  const safe = flow.select(none, flow.fullLike(size, 1), size);
  const c = flow.select(none, flow.fullLike(r, 1), flow.div(mu, safe));
  const d = flow.div(r, safe);
  const g = flow.stack([flow.stack([flow.conj(c), d]), flow.stack([flow.neg(d), c])]);
  const columns = (x: NDArray): NDArray => transposed(turnRows(transposed(x), flow.conj(g), k));
  const turned = columns(turnRows(t, g, k));
  const below = flow.full([1, 1], 0, t.dtype);
  return [flow.dynamicUpdateSlice(turned, below, [k, before]), columns(z)];
}

function toComplexForm(t: NDArray, z: NDArray): [NDArray, NDArray] {
  const n = t.shape[0];
  const start = [t, z].map((x) => cast(x, complexOf(x.dtype))) as [NDArray, NDArray];
  if (n < 2) return start;
  const [turned, vectors] = flow.foriLoop(
    0,
    n - 1,
    (i: NDArray, s: readonly [NDArray, NDArray]) => turnPair(flow.sub(n - 1, i), s),
    start,
  );
  return [triu(turned, 0), vectors];
}

const eachPair = vectorize(toComplexForm as (...args: NDArray[]) => NDArray[], {
  signature: "(n,n),(n,n)->(n,n),(n,n)",
}) as unknown as (t: NDArray, z: NDArray) => [NDArray, NDArray];

/**
 * The complex Schur form `[T, Z]` from the real one, T and Z [..., n, n].
 *
 * Parameters: Z; checkFinite (ignored).
 * @throws ShapeError unless T and Z are square and of one size
 * @see jax.scipy.linalg.rsf2csf
 * @example
 * const [t, z] = scipy.linalg.schur(np.array([[0, 2], [-2, 0]]));
 * scipy.linalg.rsf2csf(t, z)[0]; // Array([[0.+2.j, 0.+0.j], [0.+0.j, 0.-2.j]], dtype=complex128)
 */
export const rsf2csf = define(
  "rsf2csf",
  [given<[Z: ArrayLike]>()("Z"), param<[checkFinite: boolean]>()("checkFinite", true)],
  [],
  ({ Z }, T: ArrayLike): [T: NDArray, Z: NDArray] => {
    const [t, z] = [T, Z].map((x) => squareMatrices("rsf2csf", x));
    const [n, m] = [t.shape[t.ndim - 1], z.shape[z.ndim - 1]];
    if (n !== m)
      throw new ShapeError(
        `rsf2csf: T and Z must be of one size; got shapes ${shapeString(t.shape)} and ${shapeString(z.shape)}.`,
      );
    return eachPair(t, z);
  },
);

const axes = (n: number): [row: NDArray, column: NDArray] => [
  flow.broadcastedIota("int32", [n, n], 0),
  flow.broadcastedIota("int32", [n, n], 1),
];

/** Where the strictly triangular S leads from i to j in more than one step: the sum of its powers from the second. */
function indirect(s: NDArray): NDArray {
  const one = eyeOf(s.shape, s.dtype);
  let [sum, power] = [flow.add(one, s), s];
  for (let reach = 2; reach < s.shape[0]; reach *= 2) {
    power = matmul(power, power);
    sum = matmul(sum, flow.add(one, power));
  }
  return flow.gt(flow.sub(flow.sub(sum, one), s), 0);
}

/**
 * F = f(T) above the diagonal by F·T = T·F, one diagonal after the other. Where two eigenvalues are equal the element is
 * T[i, j]·f′(λ), unless further elements of T lead from i to j: then it takes higher derivatives, and is NaN.
 */
function parlett(values: NDArray, slopes: NDArray, t: NDArray): NDArray {
  const n = t.shape[0];
  const [row, column] = axes(n);
  const across = (x: NDArray, axis: number): NDArray => flow.broadcastInDim(x, [n, n], [axis]);
  const diagonal = diagonalOf(t);
  const gaps = flow.sub(across(diagonal, 1), across(diagonal, 0));
  const equal = flow.eq(gaps, 0);
  const strict = flow.abs(triu(t, 1));
  const present = flow.convertElementType(flow.gt(strict, 0), strict.dtype);
  const reached = indirect(present);
  const direct = flow.mul(t, across(slopes, 0));
  const ofEqual = flow.select(reached, flow.fullLike(direct, NaN), direct);
  const step = (p: NDArray, f: NDArray): NDArray => {
    const rest = flow.sub(matmul(t, f), matmul(f, t));
    const quotient = flow.div(rest, flow.select(equal, flow.fullLike(gaps, 1), gaps));
    const here = flow.eq(flow.sub(column, row), flow.add(p, 1));
    return flow.select(here, flow.select(equal, ofEqual, quotient), f);
  };
  const start = flow.mul(eyeOf([n, n], t.dtype), across(values, 0));
  return n < 2 ? start : flow.foriLoop(0, n - 1, step, start);
}

/** SciPy's estimate of the relative error. */
function errorOf(f: NDArray, t: NDArray): NDArray {
  const n = t.shape[0];
  const tol = finfo(t.dtype).eps;
  const diagonal = diagonalOf(t);
  const across = (axis: number): NDArray => flow.broadcastInDim(diagonal, [n, n], [axis]);
  const gaps = flow.abs(flow.sub(across(1), across(0)));
  const [row, column] = axes(n);
  const first = flow.abs(flow.indexInDim(diagonal, 0, 0, false));
  const least = flow.select(flow.gt(column, row), gaps, flow.broadcastInDim(first, [n, n], []));
  const gap = flow.reduceMin(least, [0, 1]);
  const divisor = flow.select(flow.eq(gap, 0), flow.fullLike(gap, tol), gap);
  const size = norm(triu(t, 1), 1);
  const estimate = flow.min(flow.max(flow.mul(flow.div(tol, divisor), size), tol), 1);
  const finite = flow.reduceAnd(flow.isFinite(flow.abs(f)), [0, 1]);
  return flow.select(finite, estimate, flow.fullLike(estimate, Infinity));
}

/**
 * f(A) for a square matrix [n, n] and an analytic function of complex numbers, by the Schur form of A; always complex. With
 * `disp: false` `[f(A), error]`, where the error is SciPy's estimate. Close eigenvalues make the result inaccurate. Where
 * eigenvalues are equal, f is differentiated; where that would take higher derivatives, elements are NaN. The derivative, with
 * respect to A and to what `func` refers to, is defined where eigenvalues are distinct, else NaN.
 *
 * Parameters: func, on arrays, element by element; disp = true.
 * @throws ShapeError unless A is one square matrix
 * @see jax.scipy.linalg.funm
 * @example
 * const a = np.array([[1, 2], [3, 4]]);
 * const f = (x: Array) => np.sin(x).add(np.cos(x).mul(2));
 * np.real(scipy.linalg.funm(a, f) as Array).js(); // [[1.2452…, -0.3701…], [-0.5552…, 0.6899…]]
 */
export const funm = define(
  "funm",
  [given<[func: (x: NDArray) => NDArray]>()("func"), param<[disp: boolean]>()("disp", true)],
  [],
  ({ func, disp }, A: ArrayLike): NDArray | [value: NDArray, error: NDArray] => {
    const a = asArray(A, "funm");
    if (a.ndim !== 2 || a.shape[0] !== a.shape[1])
      throw new ShapeError(`funm: expected a square matrix; got shape ${shapeString(a.shape)}.`);
    const [t, z] = schurOf("funm", a, "complex");
    const diagonal = diagonalOf(t);
    const apply = (x: NDArray): NDArray => cast(asArray(func(x), "funm: the function's result"), t.dtype);
    const [values, slopes] = jvp(apply, [diagonal], [flow.fullLike(diagonal, 1)]);
    const f = matmul(matmul(z, parlett(values, slopes, t)), adjoint(z));
    return disp ? f : [f, errorOf(f, t)];
  },
);
