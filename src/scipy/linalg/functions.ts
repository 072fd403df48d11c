/**
 * @file Functions of matrices in `scipy.linalg`: exponential and its Fréchet derivative, square root, Sylvester's equation.
 *
 * The exponential is a Padé approximant of degree 13 of the scaled matrix, squared as often as it was halved (Higham 2005).
 * Source of the conventions: jax/_src/scipy/linalg.py.
 */
import { show } from "../../base/checks.ts";
import { define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, given, param } from "../../arguments/parameters.ts";
import { jvp } from "../../api/jvp.ts";
import * as flow from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, defaultComplex, isComplex, toDType } from "../../dtypes/dtype.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { log2 } from "../../lax/elementwise/log-base.ts";
import { adjoint, asRows, eyeOf, transposed } from "../../lax/linalg/algebra.ts";
import { linearSolve } from "../../lax/linalg/lu.ts";
import { solveTriangle } from "../../lax/linalg/triangular-solve.ts";
import { withTangents } from "../../numpy/ufuncs/custom.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { solveWith, squareMatrices } from "../../numpy/linalg/operands.ts";
import { kron, matmul } from "../../numpy/products/linear.ts";
import { inexact } from "../../numpy/operands/promote.ts";
import { scaleByPower } from "../../numpy/ufuncs/powers-of-two.ts";
import { exponentOf } from "../sparse/vectors.ts";

/** Over 2^56: with the coefficients as they are, derivatives in float32 would leave the range early. */
const pade = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
].map((c) => c / 2 ** 56);
/** Up to this norm the approximant is exact to rounding (Higham 2005, table 2.3). */
const padeNorm = 5.371920351148152;

/** Numerator and denominator are V + U and V − U. */
function padeParts(a: NDArray): [u: NDArray, v: NDArray] {
  const one = eyeOf(a.shape, a.dtype);
  const a2 = matmul(a, a);
  const a4 = matmul(a2, a2);
  const a6 = matmul(a4, a2);
  const sum = (...parts: readonly (readonly [number, NDArray])[]): NDArray =>
    parts.map(([k, x]) => lax.mul(x, pade[k])).reduce((x, y) => lax.add(x, y));
  const odd = lax.add(matmul(a6, sum([13, a6], [11, a4], [9, a2])), sum([7, a6], [5, a4], [3, a2], [1, one]));
  const even = lax.add(
    matmul(a6, sum([12, a6], [10, a4], [8, a2])),
    sum([6, a6], [4, a4], [2, a2], [0, one]),
  );
  return [matmul(a, odd), even];
}

/** For one matrix. The number of halvings is a constant to derivatives. */
function expmOf(a: NDArray, upperTriangular: boolean, maxSquarings: number): NDArray {
  const size = lax.stopGradient(lax.reduceMax(lax.reduceSum(lax.abs(a), [0]), [0]));
  const wide = lax.convertElementType(lax.div(size, padeNorm), "float64");
  const halvings = lax.max(lax.ceil(log2(wide)), 0);
  const tooMany = lax.bitwiseNot(lax.le(halvings, maxSquarings));
  const count = lax.convertElementType(lax.min(halvings, maxSquarings), "int32");
  const factor = lax.exp2(lax.neg(lax.convertElementType(count, a.dtype)));
  const [u, v] = padeParts(lax.mul(a, factor));
  const [p, q] = [lax.add(v, u), lax.sub(v, u)];
  const start = upperTriangular
    ? solveTriangle(q, p, { leftSide: true, lower: false, transposeA: false })
    : linearSolve(q, p);
  const squared = flow.foriLoop(0, count, (_: NDArray, r: NDArray) => matmul(r, r), start);
  // A factor, so that derivatives are NaN, too.
  const sound = lax.select(tooMany, lax.full([], NaN, a.dtype), lax.full([], 1, a.dtype));
  return lax.mul(squared, sound);
}

/** Applies a function of one matrix to all. */
function eachMatrix(f: (x: NDArray) => NDArray, x: NDArray): NDArray {
  if (x.ndim === 2) return f(x);
  return flow.map((y: NDArray) => eachMatrix(f, y), x);
}

/**
 * The exponentials of square matrices.
 *
 * Parameters, by name: upperTriangular = false (true is quicker), maxSquarings = 16 (matrices of norm above
 * 5.4·2^maxSquarings give NaN).
 * @see jax.scipy.linalg.expm
 * @example
 * scipy.linalg.expm(np.array([[0, 1], [0, 0]])).js(); // [[1, 1], [0, 1]]
 */
export const expm = define(
  "expm",
  [],
  [
    param<[upperTriangular: boolean]>()("upperTriangular", false),
    param<[maxSquarings: number]>()("maxSquarings", 16),
  ],
  ({ upperTriangular, maxSquarings }, A: ArrayLike) =>
    eachMatrix((x) => expmOf(x, upperTriangular, maxSquarings), squareMatrices("expm", A)),
);

/**
 * The exponential of a matrix and its derivative in the direction E: `[expm(A), L]`, or with `computeExpm: false` L alone.
 *
 * Parameters: E; by name: method = "SPS" (the only one), computeExpm = true.
 * @throws ArgumentError for another method; ShapeError if the matrices differ in shape
 * @see jax.scipy.linalg.expm_frechet
 * @example
 * scipy.linalg.expmFrechet(np.zeros([2, 2]), np.eye(2), { computeExpm: false }); // Array([[1, 0], [0, 1]])
 */
export const expmFrechet = define(
  "expmFrechet",
  [given<[E: ArrayLike]>()("E")],
  [param<[method: "SPS" | null]>()("method", "SPS"), param<[computeExpm: boolean]>()("computeExpm", true)],
  ({ E, method, computeExpm }, A: ArrayLike): NDArray | [exponential: NDArray, derivative: NDArray] => {
    const where = "expmFrechet";
    if ((method ?? "SPS") !== "SPS")
      throw new ArgumentError(`${where}: unknown method ${show(method)}; only "SPS" is supported.`);
    const both = promote(where, A, E);
    const [a, e] = both.map((x) => inexact(where, x)) as [NDArray, NDArray];
    squareMatrices(where, a);
    if (a.shape.join() !== e.shape.join())
      throw new ShapeError(
        `${where}: A and E must have one shape; got ${shapeString(a.shape)} and ${shapeString(e.shape)}.`,
      );
    const [value, derivative] = jvp((x: NDArray) => expm(x), [a], [e]);
    return computeExpm ? [value, derivative] : derivative;
  },
);

/**
 * The solution X of A·X + X·B = C, for A [m, m], B [n, n], C [m, n]: one system of m·n equations, so of cost O(m³n³).
 *
 * Parameters: B, C; by name: method and tol (ignored).
 * @throws ShapeError if the shapes do not fit
 * @see jax.scipy.linalg.solve_sylvester
 * @example
 * scipy.linalg.solveSylvester(np.eye(1), np.eye(1), np.array([[4]])).js(); // [[2]]
 */
export const solveSylvester = define(
  "solveSylvester",
  [given<[B: ArrayLike]>()("B"), given<[C: ArrayLike]>()("C")],
  [param<[method: string]>()("method", "schur"), param<[tol: number]>()("tol", 1e-8)],
  ({ B, C }, A: ArrayLike) => {
    const where = "solveSylvester";
    const all = promote(where, A, B, C);
    const [a, b, c] = all.map((x) => inexact(where, x)) as [NDArray, NDArray, NDArray];
    const [m, n] = c.shape;
    const fits = c.ndim === 2 && a.shape.join() === `${m},${m}` && b.shape.join() === `${n},${n}`;
    if (!fits)
      throw new ShapeError(
        `${where}: expected shapes [m,m], [n,n] and [m,n]; got ${all.map((x) => shapeString(x.shape)).join(", ")}.`,
      );
    return sylvester(where, a, b, c);
  },
);

/** Row by row, X is a vector: A·X is (A ⊗ 1)·x, and X·B is (1 ⊗ Bᵀ)·x. */
function sylvester(where: string, a: NDArray, b: NDArray, c: NDArray): NDArray {
  const [m, n] = c.shape;
  const system = lax.add(kron(a, eyeOf([n, n], b.dtype)), kron(eyeOf([m, m], a.dtype), transposed(b)));
  return lax.reshape(solveWith(where, system, lax.reshape(c, [m * n])), [m, n]);
}

/** The root of a symmetric or Hermitian matrix by its eigenvalues; what rounding makes of a zero counts as zero. */
function symmetricRoot(a: NDArray): NDArray {
  const n = a.shape[0];
  const [v, w] = lax.linalg.eigh(a, { symmetrizeInput: false });
  const limit = lax.mul(lax.reduceMax(lax.abs(w), [0]), -n * finfo(a.dtype).eps);
  const negative = isComplex(a.dtype) ? lax.convertElementType(w, a.dtype) : NaN;
  const clipped = lax.convertElementType(lax.max(w, 0), a.dtype);
  const kept = lax.select(lax.ge(w, lax.broadcastInDim(limit, w.shape, [])), clipped, negative);
  return matmul(lax.mul(v, asRows(lax.sqrt(kept), n)), adjoint(v));
}

/** Newton's iteration in product form (Cheng, Higham, Kenney and Laub 2001): M → 1, X → √A. */
function newtonRoot(a: NDArray): NDArray {
  const one = eyeOf(a.shape, a.dtype);
  const far = (m: NDArray): NDArray =>
    lax.gt(lax.reduceMax(lax.abs(lax.sub(m, one)), [0, 1]), a.shape[0] * finfo(a.dtype).eps);
  type State = [x: NDArray, m: NDArray, k: NDArray];
  const start: State = [a, a, lax.full([], 0, "int32")];
  const [x, m] = flow.whileLoop<State>(
    ([, p, k]) => lax.bitwiseAnd(far(p), lax.lt(k, 60)),
    ([q, p, k]) => {
      const inverse = linearSolve(p, one);
      const mean = lax.mul(lax.add(p, inverse), 0.25);
      return [
        lax.mul(matmul(q, lax.add(one, inverse)), 0.5),
        lax.add(lax.mul(one, 0.5), mean),
        lax.add(k, 1),
      ];
    },
    start,
  );
  const found = lax.lt(lax.reduceMax(lax.abs(lax.sub(m, one)), [0, 1]), 1e-3);
  return lax.select(lax.broadcastInDim(found, a.shape, []), x, NaN);
}

function sqrtmOf(a: NDArray): NDArray {
  const value = (y: NDArray): NDArray[] => {
    const symmetric = lax.reduceAnd(lax.eq(y, adjoint(y)), [0, 1]);
    // Newton's iteration starts from the identity: the matrix comes to its size by an even power of two.
    const half = lax.shiftRightArithmetic(exponentOf([y]), 1);
    const unit = scaleByPower(y, lax.mul(half, -2));
    return [scaleByPower(flow.cond(symmetric, symmetricRoot, newtonRoot, unit), half)];
  };
  // X·X = A: X·Ẋ + Ẋ·X = Ȧ.
  return withTangents("sqrtm", value, (_, t, [x]) => [sylvester("sqrtm", x, x, t)], a)[0];
}

const sqrtmParams = [param<[blocksize: number]>()("blocksize", 1)] as const;
const sqrtmSignature = signature("sqrtm", 1, sqrtmParams, []);

/**
 * The principal square root X of a square matrix, X·X = A. That of a real matrix is NaN where it is not real (JAX returns
 * complex numbers): convert the matrix to a complex dtype first. A singular matrix must be symmetric or Hermitian.
 * Derivatives solve a system of n² equations.
 *
 * Parameters: blocksize (ignored).
 * @see jax.scipy.linalg.sqrtm
 * @example
 * scipy.linalg.sqrtm(np.array([[4, 0], [0, 9]])).js(); // [[2, 0], [0, 3]]
 */
export function sqrtm(
  A: ArrayLike,
  ...rest: [] | [blocksize: number] | [options: OptionsOf<typeof sqrtmParams> | undefined]
): NDArray {
  settle(sqrtmSignature, rest);
  return eachMatrix(sqrtmOf, squareMatrices("sqrtm", A));
}

type DftScale = "sqrtn" | "n" | null;

/**
 * The matrix of the discrete Fourier transform of n numbers, e^(−2πijk/n).
 *
 * Parameters: scale = null ("sqrtn" or "n" divides by √n, which makes it unitary, or by n); by name: dtype = null (a complex
 * one: the default one).
 * @throws ArgumentError for a size that is not a whole number, for another scale
 * @see jax.scipy.linalg.dft
 * @example
 * np.real(scipy.linalg.dft(2)).js(); // [[1, 1], [1, -1]]
 */
export const dft = define(
  "dft",
  [param<[scale: DftScale]>()("scale", null)],
  [param<[dtype: DType | null]>()("dtype", null)],
  ({ scale, dtype }, n: number): NDArray => {
    if (!Number.isInteger(n) || n < 0)
      throw new ArgumentError(`dft: the size must be a whole number, 0 or more; got ${show(n)}.`);
    if (scale !== null && scale !== "sqrtn" && scale !== "n")
      throw new ArgumentError(`dft: unknown scale ${show(scale)}; expected null, "sqrtn" or "n".`);
    const size = scale === null ? 1 : scale === "n" ? n : Math.sqrt(n);
    // Angles within half a turn of 0: exact where the product of the indices is a multiple of n.
    const part = (f: (angle: number) => number): NDArray =>
      lax.reshape(
        asArray(
          Float64Array.from({ length: n * n }, (_, at) => {
            const turns = (Math.floor(at / n) * (at % n)) % n;
            return f((-2 * Math.PI * turns) / n) / size;
          }),
          "dft",
        ),
        [n, n],
      );
    const out = lax.complex(part(Math.cos), part(Math.sin));
    return lax.convertElementType(out, dtype === null ? defaultComplex() : toDType(dtype, "dft"));
  },
);
