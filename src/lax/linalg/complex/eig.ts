/**
 * @file Eigenvalues and eigenvectors of general matrices: balancing by powers of 2 (LAPACK's gebal), the Schur form, and
 * substitution (ztrevc). Vectors have norm 1, and a largest element that is real and positive. What is not finite, and an
 * iteration that does not converge, gives NaN.
 */
import { shaped } from "../../../core/aval.ts";
import { type Block, type Operand, apply, constant } from "../../../jit/loop/build.ts";
import { iadd, intConst } from "../../../jit/loop/affine.ts";
import type { Buffer, Expr } from "../../../jit/loop/ir.ts";
import type { Pull } from "../../../jit/lowering.ts";
import { type Vector, batchOf, indexLocal, newVector, real, safeScale } from "../matrix.ts";
import * as z from "./matrix.ts";
import { partsRoutine } from "./parts.ts";
import {
  type HessenbergState,
  accumulateReflectors,
  hessenbergState,
  reduceToHessenberg,
  triangularise,
} from "./schur.ts";

const yes = constant(1, "bool");
const no = constant(0, "bool");

/** The power of 2 by which a column of norm c is to be multiplied and a row of norm r divided, so that they are alike. */
function balancingFactor(b: Block, column: Expr, row: Expr): Expr {
  const f = b.variable(real(1), "f");
  const c = b.variable(column, "c");
  const r = b.variable(row, "r");
  b.while(apply("lt", c, apply("mul", r, 0.5)), (y) => {
    y.set(f, apply("mul", f, 2));
    y.set(c, apply("mul", c, 2));
    y.set(r, apply("mul", r, 0.5));
  });
  b.while(apply("ge", apply("mul", c, 0.5), r), (y) => {
    y.set(f, apply("mul", f, 0.5));
    y.set(c, apply("mul", c, 0.5));
    y.set(r, apply("mul", r, 2));
  });
  const better = apply("lt", apply("add", c, r), apply("mul", apply("add", column, row), 0.95));
  return b.let(apply("select", better, f, real(1)), "factor");
}

/** A ← D⁻¹·A·D for a diagonal D that makes rows and columns alike in norm. */
function balance(b: Block, a: z.ZMatrix, d: Vector): void {
  const n = a.rows;
  b.for(0, n, (y, i) => d.put(y, i, real(1)));
  const more = b.variable(yes, "more");
  const round = b.variable(intConst(0), "round");
  b.while(apply("and", more, apply("lt", round, 40)), (y) => {
    y.set(more, no);
    y.set(round, apply("add", round, 1));
    y.for(
      0,
      n,
      (t, i) => {
        const column = t.let(
          z.norm(t, 0, n, (k) => a.at(k, i)),
          "column",
        );
        const row = t.let(
          z.norm(t, 0, n, (k) => a.at(i, k)),
          "row",
        );
        t.if(apply("gt", apply("min", column, row), 0), (s) => {
          const f = balancingFactor(s, column, row);
          s.if(apply("ne", f, 1), (x) => {
            x.set(more, yes);
            d.put(x, i, apply("mul", d.at(i), f));
            x.for(0, n, (w, k) => a.put(w, i, k, z.over(a.at(i, k), f)), "k");
            x.for(0, n, (w, k) => a.put(w, k, i, z.scale(a.at(k, i), f)), "k");
          });
        });
      },
      "i",
    );
  });
}

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
  readonly d: Vector;
  readonly x: z.ZVector;
  readonly v: z.ZVector;
  readonly norm: Expr;
}

/** Column k of `to` ← the eigenvector of A: D·Q·x, or of its adjoint: D⁻¹·Q·x̄. */
function vectorOf(b: Block, w: Vectors, left: boolean, k: Expr, to: z.ZMatrix, fine: Expr): void {
  const { t, q, d, x, v } = w;
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
  b.for(0, n, (y, i) => v.put(y, i, left ? z.over(v.at(i), d.at(i)) : z.scale(v.at(i), d.at(i))), "i");
  normalise(b, v, n);
  b.for(0, n, (y, i) => to.put(y, i, k, z.select(fine, v.at(i), z.nan)), "i");
}

type EigParams = { left: boolean; right: boolean };

/** Eigenvalues and vectors of the matrix in `h`; `finite` says whether it is one of numbers. */
function decompose(b: Block, state: HessenbergState, d: Vector, q: z.ZMatrix | null): Expr {
  balance(b, state.h, d);
  reduceToHessenberg(b, state);
  if (q !== null) accumulateReflectors(b, q, state);
  return triangularise(b, state.h, q);
}

function emit(
  b: Block,
  [re, im]: readonly Pull[],
  outs: readonly Buffer[],
  { left, right }: EigParams,
): void {
  const { shape } = re.aval;
  if (shape.includes(0)) return;
  const n = shape[shape.length - 1];
  const state = hessenbergState(b, n);
  const { h } = state;
  const d = newVector(b, n, "d");
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
    const converged = decompose(y, state, d, q);
    const fine = y.let(apply("and", converged, finite), "fine");
    const values = z.zoutputVector([outs[0], outs[1]], shape.slice(0, -1), batch);
    y.for(0, n, (t, k) => values.put(t, k, z.select(fine, z.over(h.at(k, k), scale), z.nan)), "k");
    if (q === null) return;
    const norm = y.variable(real(0), "norm");
    y.nest([n, n], (t, [i, j]) => t.accumulate(norm, "max", z.size1(h.at(i, j))));
    const w: Vectors = { t: h, q, d, x, v, norm };
    [...(left ? [true] : []), ...(right ? [false] : [])].forEach((isLeft, place) => {
      const to = z.zoutputMatrix([outs[2 + 2 * place], outs[3 + 2 * place]], shape, batch);
      y.for(0, n, (t, k) => vectorOf(t, w, isLeft, k, to, fine), "k");
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
