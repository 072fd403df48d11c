/**
 * @file The Cholesky factorisation A = L·Lᴴ, and its update by a rank-one matrix. A matrix that is not positive definite
 * has a factor of NaNs.
 *
 * Derivatives: L̇ = L·Φ(L⁻¹ Ȧ L⁻ᴴ), where Φ takes the lower triangle and half of the diagonal (Murray, arXiv:1602.07527).
 * Source of the conventions: jax/_src/lax/linalg.py.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type NoParams, type Primitive, definePrimitive, notLinear } from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ShapeError, checkOptions } from "../../base/errors.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { type Block, apply, div, gt, le, ne, select } from "../../loops/ir/build.ts";
import { iadd, intConst } from "../../loops/ir/affine.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { add, mul } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { checkDtypes, none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";
import {
  asColumns,
  asRows,
  batchLeading,
  conjugated,
  eyeOf,
  matmul,
  requireSquare,
  symmetrize,
  transposed,
  tril,
  triu,
} from "./algebra.ts";
import { type Input, type Output, batchOf } from "./elements/arrays.ts";
import { realField } from "./elements/field.ts";
import {
  type Part,
  blockedSize,
  eachBelow,
  eachBlock,
  fillAcross,
  heldAs,
  subtractProduct,
} from "./elements/blocks.ts";
import { type Matrix, fill, newMatrix, newVector, rotateRows } from "./elements/matrix.ts";
import { each, hypot, real, sqrt, wide, yes } from "./elements/scalars.ts";
import { checkSquares, factorisation, lowerReal } from "./families/factorisation.ts";
import { solveTriangle } from "./triangular-solve.ts";

/** U ← the factor of the matrix that it holds, row by row: U = Lᴴ, with L·U. Returns whether the matrix is positive definite. */
function factoriseRows<E>(b: Block, u: Matrix<E>): Local {
  const f = u.field;
  const n = u.rows;
  const definite = b.variable(yes, "definite");
  each(b, "k", [0, n], (step, k) => {
    finishRow(step, u, k, definite);
    each(step, "i", [iadd(k, 1), n], (row, i) =>
      u.subtractRow(row, i, f.conj(f.let(row, u.at(k, i), "f")), u, k, [i, n]),
    );
  });
  return definite;
}

/** Divides a row, from which the rows above it are subtracted, by the root of its pivot. */
function finishRow<E>(b: Block, u: Matrix<E>, k: Expr, definite: Local): void {
  const f = u.field;
  const pivot = b.let(f.re(u.at(k, k)), "pivot");
  b.accumulate(definite, "and", gt(pivot, 0));
  const root = b.let(sqrt(pivot), "root");
  each(b, "j", [k, u.cols], (z, j) => u.put(z, k, j, f.over(u.at(k, j), root)));
  u.put(b, k, k, f.fromReal(root));
}

/** The same in blocks of rows, whose product is then subtracted from the rows after them, on and above the diagonal. */
function factoriseBlocks<E>(b: Block, u: Matrix<E>): Local {
  const f = u.field;
  const n = u.rows;
  const definite = b.variable(yes, "definite");
  const x = (i: Expr, k: Expr): E => f.conj(u.at(k, i));
  const y = (k: Expr, j: Expr): E => u.at(k, j);
  eachBlock(b, n, (block, lo, hi) => {
    eachBelow(block, n, [lo, hi], (row, i) => {
      const spans = { rows: [i, iadd(i, 1)], cols: [i, n], terms: [lo, i] } as const;
      subtractProduct(row, u, { ...spans, x, y, size: n });
      finishRow(row, u, i, definite);
    });
    const step = n < 1024 ? 64 : 256;
    eachBelow(
      block,
      n,
      [hi, n],
      (rows, i) => {
        const end = apply("min", iadd(i, step), intConst(n));
        subtractProduct(rows, u, { rows: [i, end], cols: [i, n], terms: [lo, hi], x, y, size: n });
      },
      "i",
      step,
    );
  });
  return definite;
}

/**
 * Works on U = Lᴴ, from whose rows multiples of those above are subtracted: along rows throughout. Reads the lower triangle
 * only, and of the diagonal the real parts.
 */
function emitCholesky<E>(b: Block, [x]: readonly Input<E>[], [out]: readonly Output<E>[]): void {
  const f = x.field;
  const n = x.shape[x.shape.length - 1];
  const u = newMatrix(f, b, n, n, "u", n < blockedSize ? wide : heldAs(x.dtype));
  b.nest(batchOf(x.shape), (y, batch) => {
    const isLarge = n >= blockedSize;
    const put = (to: Matrix<E>, part: Part, value: (i: Expr, j: Expr) => E): void =>
      isLarge ? fillAcross(y, to, part, value) : fill(y, to, value);
    put(u, "upper", (i, j) => f.conj(x.at([...batch, j, i])));
    const definite = isLarge ? factoriseBlocks(y, u) : factoriseRows(y, u);
    const to = out.matrix(batch);
    if (isLarge) fill(y, to, () => f.zero);
    put(to, "lower", (i, j) => f.select(le(j, i), f.select(definite, f.conj(u.at(j, i)), f.nan), f.zero));
  });
}

/** Φ(x): the lower triangle, its diagonal halved. */
function lowerHalf(x: NDArray): NDArray {
  return mul(tril(x), add(mul(eyeOf(x.shape, x.dtype), -0.5), 1));
}

/** The tangent of the factor L of a matrix with the tangent `t`. */
function factorTangent(l: NDArray, t: NDArray): NDArray {
  const right = solveTriangle(conjugated(l), t, { leftSide: false, lower: true, transposeA: true });
  const both = solveTriangle(l, right, { leftSide: true, lower: true, transposeA: false });
  return matmul(l, lowerHalf(both));
}

export const choleskyP: Primitive<NoParams> = factorisation<NoParams>({
  name: "cholesky",
  check: checkSquares("cholesky"),
  results: ([x]) => [x.strong],
  real: emitCholesky,
  complex: emitCholesky,
  jvp: ([x], [t]) => {
    const l = bind1(choleskyP, [x], none);
    return [[l], [factorTangent(l, instantiate(t))]];
  },
});

/** Options of `cholesky`. */
export interface CholeskyOptions {
  /** True (the default): the matrix is (x + xᴴ)/2. False: only the lower triangle of x is read. */
  readonly symmetrizeInput?: boolean | undefined;
}

/**
 * The lower triangular factor L of positive definite matrices x = L·Lᴴ in the last two axes; NaN for others. Without
 * `symmetrizeInput` derivatives take perturbations of x to be symmetric (Hermitian). @see jax.lax.linalg.cholesky
 * @example
 * lax.linalg.cholesky(np.array([[4, 2], [2, 10]])).js(); // [[2, 0], [1, 3]]
 */
export function cholesky(x: ArrayLike, options?: CholeskyOptions, ...more: []): NDArray {
  refuseMore("cholesky", 2, more);
  checkOptions("cholesky", options, ["symmetrizeInput"]);
  const a = asArray(x, "cholesky");
  requireSquare("cholesky", a.aval);
  return bind1(choleskyP, [options?.symmetrizeInput === false ? a : symmetrize(a)], none);
}

/** One rotation of each row with the vector brings the sum of the two squares back to a triangle. */
function emitUpdate(b: Block, [r, w]: readonly Input<Expr>[], [out]: readonly Output<Expr>[]): void {
  const n = r.shape[r.shape.length - 1];
  const u = newMatrix(realField, b, n, n, "u");
  const v = newVector(realField, b, n, "v");
  b.nest(batchOf(r.shape), (y, batch) => {
    fill(y, u, (i, j) => select(le(i, j), r.at([...batch, i, j]), real(0)));
    y.nest([n], (z, [i]) => v.put(z, i, w.at([...batch, i])));
    each(y, "k", [0, n], (row, k) => {
      const norm = hypot(row, u.at(k, k), v.at(k));
      row.if(ne(norm, 0), (z) => {
        const c = z.let(div(u.at(k, k), norm), "c");
        const s = z.let(div(v.at(k), norm), "s");
        rotateRows(z, u.row(k), v, c, s, [k, n]);
      });
    });
    out.copyFrom(y, batch, u);
  });
}

export const choleskyUpdateP: Primitive<NoParams> = definePrimitive<NoParams>({
  name: "cholesky_update",
  kind: "opaque",
  abstractEval: ([r, w]) => {
    checkDtypes("choleskyUpdate", [r, w], "float");
    requireSquare("choleskyUpdate", r);
    if (w.shape.join() !== r.shape.slice(0, -1).join()) {
      throw new ShapeError(
        `choleskyUpdate: for factors of shape ${shapeString(r.shape)} the vectors must have shape ` +
          `${shapeString(r.shape.slice(0, -1))}; got ${shapeString(w.shape)}.`,
      );
    }
    return [r.strong];
  },
  lower: lowerReal(emitUpdate),
  jvp: ([r, w], [tr, tw]) => {
    // SᵀS = RᵀR + wwᵀ, so Sᵀ is the Cholesky factor of the right side.
    const s = bind1(choleskyUpdateP, [r, w], none);
    const n = w.shape[w.ndim - 1];
    const dr = matmul(triu(instantiate(tr)), triu(r), true);
    const dw = mul(asColumns(instantiate(tw), n), asRows(w, n));
    const half = add(dr, dw);
    const t = transposed(factorTangent(transposed(s), add(half, transposed(half))));
    return [[s], [t]];
  },
  transpose: notLinear,
  batch: batchLeading(() => choleskyUpdateP),
});

/**
 * The upper triangular factor S with SᵀS = RᵀR + w·wᵀ, for upper triangular R [..., n, n] and vectors w [..., n] of one real
 * dtype: one row rotation per column instead of a new factorisation. What R has below its diagonal is not read.
 * @throws ShapeError, DTypeError where the operands do not fit
 * @see jax.lax.linalg.cholesky_update
 * @example
 * lax.linalg.choleskyUpdate(np.array([[3, 0], [0, 2]]), np.array([4, 0])).js(); // [[5, 0], [0, 2]]
 */
export function choleskyUpdate(rMatrix: ArrayLike, wVector: ArrayLike, ...more: []): NDArray {
  refuseMore("choleskyUpdate", 2, more);
  return bind1(choleskyUpdateP, promoteStrict("choleskyUpdate", rMatrix, wVector), none);
}
