/**
 * @file Eigenvalues and eigenvectors of general matrices: balancing, the Schur form, and
 * substitution (ztrevc). Vectors have norm 1, and a largest element that is real and positive. What is not finite, and an
 * iteration that does not converge, gives NaN.
 */
import { shaped } from "../../../core/aval.ts";
import { type Block, type Operand, apply } from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../../loops/ir/ir.ts";
import type { Pull } from "../../../loops/pull.ts";
import { batchOf, indexLocal, real, safeScale } from "../matrix.ts";
import * as z from "./matrix.ts";
import { type Balance, balance, newBalance, unbalance } from "./balance.ts";
import { partsRoutine } from "./parts.ts";
import { triangulariseReal } from "./real-schur.ts";
import {
  type HessenbergState,
  accumulateReflectors,
  hessenbergState,
  largestOf,
  reduceToHessenberg,
  triangularise,
} from "./schur.ts";

/** x[at] ← −sum / (T[at, at] − λ), and all of x is made smaller if that is large. */
function settle(
  b: Block,
  t: z.ZMatrix,
  x: z.ZVector,
  at: Expr,
  lambda: z.Z,
  smallest: Expr,
  sum: z.Z,
  [lo, hi]: readonly [Operand, Operand],
): void {
  const gap = z.named(b, z.sub(t.at(at, at), lambda), "gap");
  const tiny = apply("lt", z.size1(gap), smallest);
  const d = z.named(b, z.select(tiny, z.zreal(smallest), gap), "d");
  const value = z.quotient(b, z.named(b, z.neg(sum)), d);
  x.put(b, at, value);
  const size = b.let(z.size1(value), "size");
  b.if(apply("gt", size, 1e100), (y) => y.for(lo, hi, (s, j) => x.put(s, j, z.over(x.at(j), size)), "j"));
}

/** The eigenvector of the triangular T that belongs to T[k, k]: its elements 0 … k. */
function rightVector(b: Block, t: z.ZMatrix, x: z.ZVector, k: Expr, smallest: Expr): void {
  const lambda = z.named(b, t.at(k, k), "lambda");
  x.put(b, k, z.one);
  b.for(
    0,
    k,
    (y, step) => {
      const i = indexLocal(y, apply("sub", apply("sub", k, 1), step), t.rows, "i");
      const sum = z.sumOver(y, iadd(i, 1), iadd(k, 1), (s, j) =>
        z.mul(z.named(s, t.at(i, j)), z.named(s, x.at(j))),
      );
      settle(y, t, x, i, lambda, smallest, sum, [i, iadd(k, 1)]);
    },
    "step",
  );
}

/** The conjugate of the left eigenvector of T that belongs to T[k, k]: its elements k … n − 1. */
function leftVector(b: Block, t: z.ZMatrix, x: z.ZVector, k: Expr, smallest: Expr): void {
  const lambda = z.named(b, t.at(k, k), "lambda");
  x.put(b, k, z.one);
  b.for(
    iadd(k, 1),
    t.rows,
    (y, j) => {
      const sum = z.sumOver(y, k, j, (s, i) => z.mul(z.named(s, x.at(i)), z.named(s, t.at(i, j))));
      settle(y, t, x, j, lambda, smallest, sum, [k, iadd(j, 1)]);
    },
    "j",
  );
}

/** Norm 1, and the largest element real and positive. */
function normalise(b: Block, v: z.ZVector, n: number): void {
  const norm = z.norm(b, 0, n, (i) => v.at(i));
  b.for(0, n, (y, i) => v.put(y, i, z.over(v.at(i), norm)), "i");
  const best = b.variable(real(-1), "best");
  const place = b.variable(intConst(0), "place");
  b.for(
    0,
    n,
    (y, i) => {
      const x = z.named(y, v.at(i));
      const size = y.let(z.dotTerm(x, x).re, "size");
      y.if(apply("gt", size, best), (t) => {
        t.set(best, size);
        t.set(place, i);
      });
    },
    "i",
  );
  const at = indexLocal(b, place, n, "largest");
  const top = z.kept(b, v.at(at), "top");
  const size = z.modulus(b, top);
  const phase = z.kept(b, z.over(top, size), "phase");
  b.for(0, n, (y, i) => v.put(y, i, z.dotTerm(phase, z.named(y, v.at(i)))), "i");
  v.put(b, at, z.zreal(size));
}

interface Vectors {
  readonly t: z.ZMatrix;
  readonly q: z.ZMatrix;
  readonly balance: Balance;
  readonly x: z.ZVector;
  readonly v: z.ZVector;
  readonly norm: Expr;
  readonly isReal: boolean;
}

/** As `vectorOf`; of two conjugate eigenvalues of a real matrix the second has the conjugate vector. */
function columnOf(b: Block, w: Vectors, left: boolean, k: Expr, to: z.ZMatrix, fine: Expr): void {
  const compute = (y: Block): void => vectorOf(y, w, left, k, to, fine);
  if (!w.isReal) {
    compute(b);
    return;
  }
  b.if(
    apply("lt", w.t.im.at(k, k), 0),
    (y) => {
      const before = indexLocal(
        y,
        apply("select", apply("gt", k, 0), apply("sub", k, 1), k),
        to.cols,
        "before",
      );
      y.for(0, to.rows, (t, i) => to.put(t, i, k, z.conj(to.at(i, before))), "i");
    },
    compute,
  );
}

/** Column k of `to` ← the eigenvector of A, from D·Q·x, or of its adjoint, from D⁻¹·Q·x̄. */
function vectorOf(b: Block, w: Vectors, left: boolean, k: Expr, to: z.ZMatrix, fine: Expr): void {
  const { t, q, x, v } = w;
  const n = t.rows;
  const least = apply("mul", z.size1(t.at(k, k)), 2 ** -53);
  const floor = apply("select", apply("eq", w.norm, 0), real(1), apply("mul", w.norm, 2 ** -500));
  const smallest = b.let(apply("max", least, floor), "smallest");
  (left ? leftVector : rightVector)(b, t, x, k, smallest);
  b.for(0, n, (y, i) => v.put(y, i, z.zero), "i");
  const span: readonly [Operand, Operand] = left ? [k, n] : [0, iadd(k, 1)];
  b.for(
    ...span,
    (row, j) => {
      const f = z.named(row, left ? z.conj(x.at(j)) : x.at(j), "f");
      row.for(0, n, (y, i) => v.put(y, i, z.add(v.at(i), z.mul(f, z.named(y, q.at(j, i))))), "i");
    },
    "j",
  );
  unbalance(b, v, x, w.balance, n, left);
  if (w.isReal)
    b.if(apply("eq", t.im.at(k, k), 0), (y) => y.for(0, n, (s, i) => x.im.put(s, i, real(0)), "i"));
  normalise(b, x, n);
  b.for(0, n, (y, i) => to.put(y, i, k, z.select(fine, x.at(i), z.nan)), "i");
}

/** `isReal`: the imaginary parts are 0. */
type EigParams = { left: boolean; right: boolean; isReal: boolean };

/** The Schur form of the balanced matrix in `h`. Returns whether it was found. */
function decompose(
  b: Block,
  state: HessenbergState,
  undo: Balance,
  q: z.ZMatrix | null,
  isReal: boolean,
): Expr {
  balance(b, state.h, undo);
  reduceToHessenberg(b, state);
  if (q !== null) accumulateReflectors(b, q, state);
  return (isReal ? triangulariseReal : triangularise)(b, state.h, q);
}

function emit(
  b: Block,
  [re, im]: readonly Pull[],
  outs: readonly Buffer[],
  { left, right, isReal }: EigParams,
): void {
  const { shape } = re.aval;
  if (shape.includes(0)) return;
  const n = shape[shape.length - 1];
  const state = hessenbergState(b, n);
  const { h } = state;
  const undo = newBalance(b, n);
  const q = left || right ? z.newZMatrix(b, n, n, "q") : null;
  const [x, v] = [z.newZVector(b, n, "x"), z.newZVector(b, n, "vector")];
  b.nest(batchOf(shape), (y, batch) => {
    const largest = y.variable(real(0), "largest");
    y.nest([n, n], (t, [i, j]) => {
      const value = z.named(t, z.zelement([re, im], [...batch, i, j]));
      t.accumulate(largest, "max", apply("max", apply("abs", value.re), apply("abs", value.im)));
      h.put(t, i, j, value);
    });
    const scale = safeScale(y, largest);
    const finite = y.let(apply("gt", apply("mul", largest, 0), -1), "finite");
    z.zfill(y, h, (i, j) => z.select(finite, z.scale(h.at(i, j), scale), z.zero));
    const converged = decompose(y, state, undo, q, isReal);
    const fine = y.let(apply("and", converged, finite), "fine");
    const values = z.zoutputVector([outs[0], outs[1]], shape.slice(0, -1), batch);
    y.for(0, n, (t, k) => values.put(t, k, z.select(fine, z.over(h.at(k, k), scale), z.nan)), "k");
    if (q === null) return;
    const w: Vectors = { t: h, q, balance: undo, x, v, norm: largestOf(y, h), isReal };
    [...(left ? [true] : []), ...(right ? [false] : [])].forEach((isLeft, place) => {
      const to = z.zoutputMatrix([outs[2 + 2 * place], outs[3 + 2 * place]], shape, batch);
      y.for(0, n, (t, k) => columnOf(t, w, isLeft, k, to, fine), "k");
    });
  });
}

export const eigPartsP = partsRoutine<EigParams>({
  name: "eig_parts",
  avals: ([re], { left, right }) => {
    const w = shaped(re.shape.slice(0, -1), re.dtype);
    return [w, w, ...(left ? [re, re] : []), ...(right ? [re, re] : [])];
  },
  emit,
});
