/**
 * @file The singular value decomposition of complex matrices: unitary reflectors from both sides bring them to a real
 * bidiagonal form (LAPACK's zgebrd), which is diagonalised as in ../svd-iteration.ts. All matrices are held transposed, and
 * those of vectors are rows of real parts beside imaginary ones.
 */
import { shaped } from "../../../core/aval.ts";
import { type Block, apply } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../../loops/ir/ir.ts";
import type { Pull } from "../../../loops/pull.ts";
import type { SvdState } from "../bidiagonalise.ts";
import {
  type Matrix,
  type Vector,
  batchOf,
  mirrored,
  newVector,
  outputMatrix,
  outputVector,
  real,
  safeScale,
  fill,
} from "../matrix.ts";
import { diagonalise } from "../svd-iteration.ts";
import { leadingOne, reflectVector, reflector } from "./householder.ts";
import * as z from "./matrix.ts";
import { partsRoutine } from "./parts.ts";

/** What the reduction of B (p × q, p ≥ q) works on. */
interface State {
  /** Bᵀ, q × p; then the reflectors. */
  readonly b: z.ZMatrix;
  readonly s: Vector;
  readonly e: Vector;
  readonly work: z.ZVector;
  /** Factors of the reflectors of columns, and of rows. */
  readonly left: z.ZVector;
  readonly right: z.ZVector;
}

/** Columns of B below the diagonal to zero: step k, for the columns after it. */
function eliminateColumn(b: Block, { b: w, s, left }: State, k: Expr): void {
  const tau = reflector(b, w.row(k), k, [iadd(k, 1), w.cols]);
  left.put(b, k, tau);
  s.put(b, k, w.re.at(k, k));
  const back = z.kept(b, z.conj(tau), "back");
  const v = leadingOne((i) => w.at(k, i), k);
  b.if(apply("ne", z.size1(tau), 0), (y) =>
    y.for(iadd(k, 1), w.rows, (t, j) => reflectVector(t, w, j, v, back, [k, w.cols]), "j"),
  );
}

/** Rows of B right of the upper diagonal to zero: step k, for the rows after it. B ← B·G, where Gᴴ·(row)ᴴ is real. */
function eliminateRow(b: Block, { b: w, e, work, right }: State, k: Expr): void {
  const next = iadd(k, 1);
  b.for(next, w.rows, (y, j) => w.put(y, j, k, z.conj(w.at(j, k))), "j");
  const tau = reflector(b, w.column(k), next, [iadd(k, 2), w.rows]);
  right.put(b, k, tau);
  e.put(b, k, w.re.at(next, k));
  const v = leadingOne((j) => w.at(j, k), next);
  b.if(apply("ne", z.size1(tau), 0), (y) => {
    y.for(next, w.cols, (t, i) => work.put(t, i, z.zero), "i");
    y.for(
      next,
      w.rows,
      (row, j) => {
        const f = v(row, j);
        row.for(
          next,
          w.cols,
          (t, i) => work.put(t, i, z.add(work.at(i), z.mul(f, z.named(t, w.at(j, i))))),
          "i",
        );
      },
      "j",
    );
    y.for(
      next,
      w.rows,
      (row, j) => {
        const f = z.named(row, z.mul(tau, z.conj(v(row, j))), "f");
        row.for(
          next,
          w.cols,
          (t, i) => w.put(t, j, i, z.sub(w.at(j, i), z.mul(f, z.named(t, work.at(i))))),
          "i",
        );
      },
      "j",
    );
  });
}

/** Rows of `x` ← columns of a product of `count` reflectors, the last one first; the k-th begins at `head(k)`. */
function factor(
  b: Block,
  x: z.ZMatrix,
  size: number,
  count: number,
  taus: z.ZVector,
  head: (k: Expr) => Expr,
  v: (k: Expr) => (b: Block, i: Expr) => z.Z,
): void {
  z.zfill(b, x, (i, j) => z.select(apply("eq", i, j), z.one, z.zero), size);
  b.for(
    0,
    count,
    (y, step) => {
      const k = mirrored(count, step);
      const tau = z.named(y, taus.at(k), "tau");
      y.if(apply("ne", z.size1(tau), 0), (t) =>
        t.for(head(k), x.rows, (row, r) => reflectVector(row, x, r, v(k), tau, [head(k), size]), "r"),
      );
    },
    "step",
  );
}

/** B = U·(bidiagonal)·Vᴴ. */
function bidiagonalise(b: Block, state: State, u: z.ZMatrix | null, v: z.ZMatrix | null): void {
  const { b: w, e, left, right } = state;
  const [q, p] = [w.rows, w.cols];
  b.for(
    0,
    q - 1,
    (y, k) => {
      eliminateColumn(y, state, k);
      eliminateRow(y, state, k);
    },
    "k",
  );
  b.for(q - 1, q, (y, k) => eliminateColumn(y, state, k), "k");
  e.put(b, q - 1, real(0));
  if (u !== null)
    factor(
      b,
      u,
      p,
      q,
      left,
      (k) => k,
      (k) => leadingOne((i) => w.at(k, i), k),
    );
  if (v !== null)
    factor(
      b,
      v,
      q,
      q - 1,
      right,
      (k) => iadd(k, 1),
      (k) => leadingOne((j) => w.at(j, k), iadd(k, 1)),
    );
}

type SvdParams = { fullMatrices: boolean; computeUv: boolean };

/** Factors of matrices without elements. */
function emitEmpty(b: Block, outs: readonly Buffer[], shapes: readonly (readonly number[])[]): void {
  outs.slice(1).forEach((out, i) => {
    const shape = shapes[i + 1];
    const isReal = i % 2 === 0;
    b.nest(batchOf(shape), (y, batch) =>
      fill(y, outputMatrix(out, shape, batch), (r, c) =>
        isReal ? apply("select", apply("eq", r, c), real(1), real(0)) : real(0),
      ),
    );
  });
}

function emit(
  b: Block,
  [re, im]: readonly Pull[],
  outs: readonly Buffer[],
  { fullMatrices, computeUv }: SvdParams,
  shapes: readonly (readonly number[])[],
): void {
  const { shape } = re.aval;
  const [m, n] = shape.slice(-2);
  if (m * n === 0) {
    emitEmpty(b, outs, shapes);
    return;
  }
  // Of a wide matrix the transpose is decomposed, and the factors exchanged.
  const wideMatrix = m < n;
  const [p, q] = wideMatrix ? [n, m] : [m, n];
  const state: State = {
    b: z.newZMatrix(b, q, p, "b"),
    s: newVector(b, q, "s"),
    e: newVector(b, q + 1, "e"),
    work: z.newZVector(b, p, "work"),
    left: z.newZVector(b, q, "left"),
    right: z.newZVector(b, q, "right"),
  };
  const [u, v] = computeUv
    ? [z.sideBySide(b, fullMatrices ? p : q, p, "u"), z.sideBySide(b, q, q, "v")]
    : [null, null];
  const pick = (x: [Matrix, z.ZMatrix] | null): [Matrix | null, z.ZMatrix | null] => x ?? [null, null];
  const [[uRows, uz], [vRows, vz]] = [pick(u), pick(v)];
  const bidiagonal: SvdState = {
    b: state.b.re,
    s: state.s,
    e: state.e,
    work: state.work.re,
    u: uRows,
    v: vRows,
  };
  b.nest(batchOf(shape), (y, batch) => {
    const { b: w } = state;
    const largest = y.variable(real(0), "largest");
    y.nest([q, p], (t, [i, j]) => {
      const at = [...batch, ...(wideMatrix ? [i, j] : [j, i])];
      const value = z.named(t, z.zelement([re, im], at));
      t.accumulate(largest, "max", apply("max", apply("abs", value.re), apply("abs", value.im)));
      w.put(t, i, j, value);
    });
    const scale = safeScale(y, largest);
    // What is not finite becomes NaN, and is not iterated over.
    const finite = y.let(apply("gt", apply("mul", largest, 0), -1), "finite");
    z.zfill(y, w, (i, j) => z.select(finite, z.scale(w.at(i, j), scale), z.zero));
    bidiagonalise(y, state, uz, vz);
    const fine = y.let(apply("and", diagonalise(y, bidiagonal), finite), "fine");
    const values = outputVector(outs[0], shapes[0], batch);
    y.for(0, q, (t, i) =>
      values.put(t, i, apply("select", fine, apply("div", state.s.at(i), scale), real(NaN))),
    );
    if (uz === null || vz === null) return;
    // A = U·S·Vᴴ, or of the transpose A = V̄·S·Uᵀ.
    const [left, right] = wideMatrix ? [vz, uz] : [uz, vz];
    const turned = (x: z.Z, conjugate: boolean): z.Z => z.select(fine, conjugate ? z.conj(x) : x, z.nan);
    z.zfill(y, z.zoutputMatrix([outs[1], outs[2]], shapes[1], batch), (i, j) =>
      turned(left.at(j, i), wideMatrix),
    );
    z.zfill(y, z.zoutputMatrix([outs[3], outs[4]], shapes[3], batch), (i, j) =>
      turned(right.at(i, j), !wideMatrix),
    );
  });
}

export const svdPartsP = partsRoutine<SvdParams>({
  name: "svd_parts",
  avals: ([x], { fullMatrices, computeUv }) => {
    const [m, n] = x.shape.slice(-2);
    const k = Math.min(m, n);
    const make = (...dims: number[]): typeof x => shaped([...batchOf(x.shape), ...dims], x.dtype);
    if (!computeUv) return [make(k)];
    const [u, vh] = fullMatrices ? [make(m, m), make(n, n)] : [make(m, k), make(k, n)];
    return [make(k), u, u, vh, vh];
  },
  emit: (b, args, outs, params, avals) =>
    emit(
      b,
      args,
      outs,
      params,
      avals.map((a) => a.shape),
    ),
});
