/**
 * @file The Schur form A = Q·T·Qᴴ of complex matrices: Hessenberg form by reflectors, then QR steps with Wilkinson's shift
 * and deflation (LAPACK's zgehrd and zlahqr). Qᵀ is held, so that what is done to columns of Q runs along rows.
 *
 * A real matrix with real shifts stays real.
 */
import { type Block, apply, constant } from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { hypot, mirrored, real } from "../matrix.ts";
import { leadingOne, reflectRows, reflectVector, reflector } from "./householder.ts";
import * as z from "./matrix.ts";

/** Steps that the search for one eigenvalue may take. */
const stepLimit = 90;
const yes = constant(1, "bool");
const no = constant(0, "bool");

/** The buffers of a reduction. */
export interface HessenbergState {
  readonly h: z.ZMatrix;
  readonly taus: z.ZVector;
  readonly v: z.ZVector;
  readonly work: z.ZVector;
}

export const hessenbergState = (b: Block, n: number): HessenbergState => ({
  h: z.newZMatrix(b, n, n, "h"),
  taus: z.newZVector(b, n, "taus"),
  v: z.newZVector(b, n, "v"),
  work: z.newZVector(b, n, "work"),
});

/** H ← the Hessenberg form, with the reflectors below its subdiagonal. */
export function reduceToHessenberg(b: Block, { h, taus, v, work }: HessenbergState): void {
  const n = h.rows;
  b.for(
    0,
    n - 1,
    (y, k) => {
      const head = iadd(k, 1);
      const rest = [iadd(k, 2), n] as const;
      const tau = reflector(y, h.column(k), head, rest);
      taus.put(y, k, tau);
      y.if(apply("ne", z.size1(tau), 0), (t) => {
        v.put(t, head, z.one);
        t.for(...rest, (x, i) => v.put(x, i, h.at(i, k)), "i");
        const back = z.kept(t, z.conj(tau), "back");
        reflectRows(t, h, (i) => v.at(i), back, head, rest, [head, n], work);
        // From the right: rows minus multiples of vᴴ.
        t.for(
          0,
          n,
          (row, i) => {
            const dot = z.sumOver(row, head, n, (x, j) => z.mul(z.named(x, h.at(i, j)), z.named(x, v.at(j))));
            const f = z.kept(row, z.mul(tau, dot), "f");
            row.for(
              head,
              n,
              (x, j) => h.put(x, i, j, z.sub(h.at(i, j), z.dotTerm(z.named(x, v.at(j)), f))),
              "j",
            );
          },
          "i",
        );
      });
    },
    "k",
  );
}

/** Rows of `q` ← columns of the product of the reflectors. */
export function accumulateReflectors(b: Block, q: z.ZMatrix, { h, taus }: HessenbergState): void {
  const n = h.rows;
  z.zfill(b, q, (i, j) => z.select(apply("eq", i, j), z.one, z.zero));
  b.for(
    0,
    n - 1,
    (y, step) => {
      const k = mirrored(n - 1, step);
      const tau = z.named(y, taus.at(k), "tau");
      const v = leadingOne((i) => h.at(i, k), iadd(k, 1));
      y.if(apply("ne", z.size1(tau), 0), (t) =>
        t.for(iadd(k, 1), n, (row, r) => reflectVector(row, q, r, v, tau, [iadd(k, 1), n]), "r"),
      );
    },
    "step",
  );
}

/** √z, of non-negative real part. */
function root(b: Block, x: z.Z): z.Z {
  const size = hypot(b, x.re, x.im);
  const t = b.let(apply("sqrt", apply("mul", apply("add", apply("abs", x.re), size), 0.5)), "t");
  const divisor = apply("select", apply("eq", t, 0), real(1), apply("mul", t, 2));
  const s = b.let(apply("div", x.im, divisor), "s");
  const right = b.let(apply("ge", x.re, 0), "right");
  const signed = apply("select", apply("lt", x.im, 0), apply("neg", t), t);
  return {
    re: b.let(apply("select", right, t, apply("abs", s)), "rootRe"),
    im: b.let(apply("select", right, s, signed), "rootIm"),
  };
}

/** The eigenvalue of the trailing 2 × 2 block that is closer to its last element; now and then something else. */
function shiftOf(b: Block, h: z.ZMatrix, hi: Expr, before: Expr, count: Expr): z.ZLocal {
  const [p, q] = [z.named(b, h.at(before, before), "p"), z.named(b, h.at(before, hi), "q")];
  const [r, s] = [z.named(b, h.at(hi, before), "r"), z.named(b, h.at(hi, hi), "s")];
  const half = z.named(b, z.scale(z.sub(p, s), real(0.5)), "half");
  const product = z.named(b, z.mul(q, r), "product");
  const found = root(b, z.named(b, z.add(z.mul(half, half), product)));
  const opposite = apply("lt", z.dotTerm(half, found).re, 0);
  const d = z.named(b, z.add(half, z.select(opposite, z.neg(found), found)), "d");
  const shift = z.variable(b, s, "shift");
  b.if(apply("ne", z.size1(d), 0), (y) => z.assign(y, shift, z.sub(s, z.quotient(y, product, d))));
  // Steps that lead nowhere: another shift.
  const stuck = apply("eq", apply("rem", count, 10), 9);
  b.if(stuck, (y) =>
    z.assign(y, shift, { re: apply("add", s.re, apply("mul", z.size1(r), 0.75)), im: s.im }),
  );
  return shift;
}

/** (u, v) ← (f·u + g·v, −ḡ·u + f̄·v) for two rows or two columns, elements lo … hi − 1. */
export function turn(b: Block, u: z.ZEntries, v: z.ZEntries, f: z.Z, g: z.Z, lo: Expr, hi: Expr): void {
  b.for(
    lo,
    hi,
    (y, j) => {
      const [p, q] = [z.kept(y, u.at(j), "p"), z.kept(y, v.at(j), "q")];
      u.put(y, j, z.add(z.mul(f, p), z.mul(g, q)));
      v.put(y, j, z.sub(z.dotTerm(f, q), z.dotTerm(g, p)));
    },
    "j",
  );
}

/** One implicit QR step on rows lo … hi, of at least two. Without `q` only the block itself is kept up to date. */
function qrStep(b: Block, h: z.ZMatrix, q: z.ZMatrix | null, lo: Expr, hi: Expr, count: Expr): void {
  const n = h.rows;
  const shift = shiftOf(b, h, hi, b.let(apply("sub", hi, 1), "before"), count);
  const x = z.variable(b, z.sub(h.at(lo, lo), shift), "x");
  const y = z.variable(b, h.at(iadd(lo, 1), lo), "y");
  const [left, end] = [q === null ? lo : intConst(0), q === null ? iadd(hi, 1) : intConst(n)];
  b.for(
    lo,
    hi,
    (t, k) => {
      const next = iadd(k, 1);
      const inside = t.let(apply("gt", k, lo), "inside");
      const from = t.variable(k, "from");
      t.if(inside, (s) => {
        s.set(from, apply("sub", k, 1));
        z.assign(s, x, h.at(k, from));
        z.assign(s, y, h.at(next, from));
      });
      const size = hypot(t, hypot(t, x.re, x.im), hypot(t, y.re, y.im));
      t.if(apply("ne", size, 0), (s) => {
        const [f, g] = [z.kept(s, z.over(x, size), "f"), z.kept(s, z.over(y, size), "g")];
        turn(s, h.row(k), h.row(next), z.conj(f), z.conj(g), from, end);
        s.if(inside, (r) => h.put(r, next, from, z.zero));
        const last = s.variable(iadd(k, 3), "last");
        s.if(apply("gt", last, hi), (r) => r.set(last, apply("add", hi, 1)));
        turn(s, h.column(k), h.column(next), f, g, left, last);
        if (q !== null) turn(s, q.row(k), q.row(next), f, g, intConst(0), intConst(n));
      });
    },
    "k",
  );
}

/** Lowers `lo` to the first row of the block that ends there: its coupling to the row before is negligible, and made 0. */
function findStart(b: Block, h: z.ZMatrix, lo: Local, norm: Expr): void {
  const stop = b.variable(no, "stop");
  b.while(apply("and", apply("not", stop), apply("gt", lo, 0)), (y) => {
    const before = y.let(apply("sub", lo, 1), "before");
    const around = y.let(apply("add", z.size1(h.at(before, before)), z.size1(h.at(lo, lo))), "around");
    const size = apply("select", apply("eq", around, 0), norm, around);
    y.if(
      apply("le", z.size1(h.at(lo, before)), apply("mul", size, 2 ** -53)),
      (t) => {
        h.put(t, lo, before, z.zero);
        t.set(stop, yes);
      },
      (t) => t.set(lo, before),
    );
  });
}

/** The size of the largest element. */
export function largestOf(b: Block, h: z.ZMatrix): Local {
  const norm = b.variable(real(0), "norm");
  b.nest([h.rows, h.cols], (y, [i, j]) => y.accumulate(norm, "max", z.size1(h.at(i, j))));
  return norm;
}

/** What is done with the last block of a Hessenberg matrix that splits from the others: rows lo … hi. */
type OnBlock = (b: Block, lo: Expr, hi: Expr) => void;

/**
 * Steps on the last block of a Hessenberg matrix until it is smaller than `small`, and so on with the block before it, up to
 * the first row. Returns whether it converged.
 * @param settle is given each block once it is small.
 * @param step is given the number of steps that the block has taken, too.
 */
export function deflate(
  b: Block,
  h: z.ZMatrix,
  small: number,
  settle: OnBlock,
  step: (b: Block, lo: Expr, hi: Expr, count: Expr) => void,
): Local {
  z.zfill(b, h, (i, j) => z.select(apply("gt", i, iadd(j, 1)), z.zero, h.at(i, j)));
  const norm = largestOf(b, h);
  const converged = b.variable(yes, "converged");
  const hi = b.variable(intConst(h.rows - 1), "hi");
  const count = b.variable(intConst(0), "count");
  b.while(apply("gt", hi, 0), (y) => {
    const start = y.variable(hi, "start");
    findStart(y, h, start, norm);
    y.set(count, apply("add", count, 1));
    const [lo, end] = [y.snapshot(start, "lo"), y.snapshot(hi, "end")];
    y.if(
      apply("lt", apply("sub", end, lo), small),
      (t) => {
        settle(t, lo, end);
        t.set(hi, apply("sub", lo, 1));
        t.set(count, intConst(0));
      },
      (t) =>
        t.if(
          apply("gt", count, stepLimit),
          (s) => {
            s.set(converged, no);
            s.set(hi, intConst(0));
          },
          (s) => step(s, lo, end, count),
        ),
    );
  });
  return converged;
}

/** Makes a Hessenberg matrix triangular, turning the rows of `q` along. Returns whether it converged. */
export function triangularise(b: Block, h: z.ZMatrix, q: z.ZMatrix | null): Local {
  const settled: OnBlock = () => undefined;
  return deflate(b, h, 1, settled, (s, lo, hi, count) => qrStep(s, h, q, lo, hi, count));
}
