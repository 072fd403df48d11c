/**
 * @file The Schur form of real matrices: Francis's double steps in real arithmetic (EISPACK's hqr2) down to blocks of one
 * and two rows, and then the triangular form of the blocks that have complex eigenvalues. So eigenvalues are real, or exact
 * conjugates of one another.
 */
import { type Block, apply } from "../../../loops/ir/build.ts";
import { iadd, intConst } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import { type Matrix, hypot, indexLocal, real } from "../matrix.ts";
import * as z from "./matrix.ts";
import { deflate, turn } from "./schur.ts";

const add = (x: Expr, y: Expr): Expr => apply("add", x, y);
const sub = (x: Expr, y: Expr): Expr => apply("sub", x, y);
const mul = (x: Expr, y: Expr): Expr => apply("mul", x, y);
const abs = (x: Expr): Expr => apply("abs", x);

/** The trace and the determinant of the shifts of a step: those of the trailing 2 × 2 block, now and then others. */
function shiftsOf(b: Block, h: Matrix, lo: Expr, hi: Expr, count: Expr): [x: Local, y: Local, w: Local] {
  const before = b.let(apply("sub", hi, 1), "before");
  const x = b.variable(h.at(hi, hi), "x");
  const y = b.variable(h.at(before, before), "y");
  const w = b.variable(mul(h.at(hi, before), h.at(before, hi)), "w");
  b.if(apply("eq", apply("rem", count, 10), 9), (t) => {
    const s = t.let(add(abs(h.at(hi, before)), abs(h.at(iadd(lo, 1), lo))), "s");
    t.set(x, add(h.at(hi, hi), mul(s, real(0.75))));
    t.set(y, x);
    t.set(w, mul(mul(s, s), real(-0.4375)));
  });
  return [x, y, w];
}

/** A reflector 1 − (x, y, z)ᵀ·(1, q, r) of three neighbouring rows or columns. */
interface Reflector {
  readonly x: Expr;
  readonly y: Expr;
  readonly z: Expr;
  readonly q: Expr;
  readonly r: Expr;
}

/** It on three rows of a matrix (of which the last two may be one, with z = r = 0), columns lo … hi − 1. */
function reflectRows(
  b: Block,
  a: Matrix,
  [i, j, k]: readonly Expr[],
  f: Reflector,
  lo: Expr,
  hi: Expr,
): void {
  b.for(
    lo,
    hi,
    (t, c) => {
      const [u, v, w] = [i, j, k].map((row) => t.snapshot(a.at(row, c), "row"));
      const p = t.let(add(u, add(mul(f.q, v), mul(f.r, w))), "p");
      a.put(t, k, c, sub(w, mul(p, f.z)));
      a.put(t, i, c, sub(u, mul(p, f.x)));
      a.put(t, j, c, sub(v, mul(p, f.y)));
    },
    "c",
  );
}

/** Its transpose on columns, rows lo … hi − 1. */
function reflectColumns(
  b: Block,
  a: Matrix,
  [i, j, k]: readonly Expr[],
  f: Reflector,
  lo: Expr,
  hi: Expr,
): void {
  b.for(
    lo,
    hi,
    (t, c) => {
      const [u, v, w] = [i, j, k].map((column) => t.snapshot(a.at(c, column), "column"));
      const p = t.let(add(mul(f.x, u), add(mul(f.y, v), mul(f.z, w))), "p");
      a.put(t, c, k, sub(w, mul(p, f.r)));
      a.put(t, c, i, sub(u, p));
      a.put(t, c, j, sub(v, mul(p, f.q)));
    },
    "c",
  );
}

/** One double step on rows lo … hi, of at least three. Without `q` only the block itself is kept up to date. */
function doubleStep(b: Block, h: Matrix, q: Matrix | null, lo: Expr, hi: Expr, count: Expr): void {
  const n = h.rows;
  const [x, y, w] = shiftsOf(b, h, lo, hi, count);
  const first = b.let(h.at(lo, lo), "first");
  const [one, two] = [iadd(lo, 1), iadd(lo, 2)];
  const [dx, dy] = [b.let(sub(x, first), "dx"), b.let(sub(y, first), "dy")];
  // The first column of the product of H less each of the shifts.
  const below = b.let(h.at(one, lo), "below");
  const p = b.variable(add(sub(mul(dx, dy), w), mul(h.at(lo, one), below)), "p");
  const s = b.variable(mul(sub(sub(sub(h.at(one, one), first), dx), dy), below), "s");
  const r = b.variable(mul(h.at(two, one), below), "r");
  const [left, end] = [q === null ? lo : intConst(0), q === null ? iadd(hi, 1) : intConst(n)];
  b.for(
    lo,
    hi,
    (t, k) => {
      const inside = t.let(apply("gt", k, lo), "inside");
      const last = t.let(apply("eq", iadd(k, 1), hi), "last");
      const next = iadd(k, 1);
      const third = indexLocal(t, apply("select", last, hi, iadd(k, 2)), n, "third");
      const before = t.variable(k, "before");
      t.if(inside, (u) => {
        u.set(before, apply("sub", k, 1));
        u.set(p, h.at(k, before));
        u.set(s, h.at(next, before));
        u.set(r, h.at(third, before));
      });
      t.if(last, (u) => u.set(r, real(0)));
      const size = hypot(t, hypot(t, p, s), r);
      t.if(apply("ne", size, 0), (u) => {
        const norm = u.let(apply("select", apply("lt", p, 0), apply("neg", size), size), "norm");
        const head = u.let(add(p, norm), "head");
        const f: Reflector = {
          x: u.let(apply("div", head, norm), "fx"),
          y: u.let(apply("div", s, norm), "fy"),
          z: u.let(apply("div", r, norm), "fz"),
          q: u.let(apply("div", s, head), "fq"),
          r: u.let(apply("div", r, head), "fr"),
        };
        const rows = [k, next, third];
        reflectRows(u, h, rows, f, k, end);
        u.if(inside, (v) => {
          h.put(v, third, before, real(0));
          h.put(v, next, before, real(0));
          h.put(v, k, before, apply("neg", norm));
        });
        const stop = u.variable(iadd(k, 4), "stop");
        u.if(apply("gt", stop, hi), (v) => v.set(stop, apply("add", hi, 1)));
        reflectColumns(u, h, rows, f, left, stop);
        if (q !== null) reflectFactor(u, q, rows, f);
      });
    },
    "k",
  );
}

/** Its transpose on columns of Q, which are rows here. */
function reflectFactor(b: Block, a: Matrix, [i, j, k]: readonly Expr[], f: Reflector): void {
  b.for(
    0,
    a.cols,
    (t, c) => {
      const [u, v, w] = [i, j, k].map((row) => t.snapshot(a.at(row, c), "row"));
      const p = t.let(add(mul(f.x, u), add(mul(f.y, v), mul(f.z, w))), "p");
      a.put(t, k, c, sub(w, mul(p, f.r)));
      a.put(t, i, c, sub(u, p));
      a.put(t, j, c, sub(v, mul(p, f.q)));
    },
    "c",
  );
}

/** Makes a 2 × 2 block with real eigenvalues triangular. */
function settlePair(b: Block, h: z.ZMatrix, q: z.ZMatrix | null, lo: Expr, hi: Expr): void {
  const n = h.rows;
  const below = b.let(h.re.at(hi, lo), "below");
  const d = b.let(h.re.at(hi, hi), "d");
  const half = b.let(mul(sub(h.re.at(lo, lo), d), real(0.5)), "half");
  const w = b.let(mul(below, h.re.at(lo, hi)), "w");
  const square = b.let(add(mul(half, half), w), "square");
  b.if(apply("ge", square, 0), (t) => {
    const root = t.let(apply("sqrt", square), "root");
    // Both differences from d: one without cancellation, the other from their product. The larger eigenvalue comes first.
    const right = t.let(apply("ge", half, 0), "right");
    const far = t.let(add(half, apply("select", right, root, apply("neg", root))), "far");
    const near = t.variable(real(0), "near");
    t.if(apply("ne", far, 0), (u) => u.set(near, apply("neg", apply("div", w, far))));
    const gap = t.let(apply("select", right, far, near), "gap");
    const other = t.let(apply("select", right, near, far), "other");
    const size = hypot(t, below, gap);
    const [f, g] = [
      z.zreal(t.let(apply("div", gap, size), "f")),
      z.zreal(t.let(apply("div", below, size), "g")),
    ];
    const [left, end] = q === null ? [lo, iadd(hi, 1)] : [intConst(0), intConst(n)];
    turn(t, h.row(lo), h.row(hi), f, g, lo, end);
    turn(t, h.column(lo), h.column(hi), f, g, left, iadd(hi, 1));
    if (q !== null) turn(t, q.row(lo), q.row(hi), f, g, intConst(0), intConst(n));
    h.put(t, lo, lo, z.zreal(add(d, gap)));
    h.put(t, hi, hi, z.zreal(add(d, other)));
    h.put(t, hi, lo, z.zero);
  });
}

/** Makes the blocks that have complex eigenvalues triangular: the one with positive imaginary part comes first. */
function splitPairs(b: Block, h: z.ZMatrix, q: z.ZMatrix | null): void {
  const n = h.rows;
  b.for(
    0,
    n - 1,
    (y, k) => {
      const next = iadd(k, 1);
      y.if(apply("ne", h.re.at(next, k), 0), (t) => {
        const c = t.let(h.re.at(next, k), "c");
        const [a, d] = [t.let(h.re.at(k, k), "a"), t.let(h.re.at(next, next), "d")];
        const half = t.let(mul(sub(a, d), real(0.5)), "half");
        const square = apply("neg", add(mul(half, half), mul(c, h.re.at(k, next))));
        const im = t.let(apply("sqrt", apply("max", square, 0)), "im");
        const re = t.let(add(d, half), "re");
        if (q !== null) {
          // The eigenvector (λ − d, c) of the block.
          const size = hypot(t, hypot(t, half, im), c);
          const f = z.named(t, z.over({ re: half, im }, size), "f");
          const g = z.zreal(t.let(apply("div", c, size), "g"));
          turn(t, h.row(k), h.row(next), z.conj(f), g, k, intConst(n));
          turn(t, h.column(k), h.column(next), f, g, intConst(0), iadd(k, 2));
          turn(t, q.row(k), q.row(next), f, g, intConst(0), intConst(n));
        }
        h.put(t, next, k, z.zero);
        h.put(t, k, k, { re, im });
        h.put(t, next, next, { re, im: apply("neg", im) });
      });
    },
    "k",
  );
}

/** Makes a real Hessenberg matrix triangular, turning the rows of `q` along. Returns whether it converged. */
export function triangulariseReal(b: Block, h: z.ZMatrix, q: z.ZMatrix | null): Local {
  const converged = deflate(
    b,
    h,
    2,
    (t, lo, hi) => t.if(apply("gt", hi, lo), (s) => settlePair(s, h, q, lo, hi)),
    (t, lo, hi, count) => doubleStep(t, h.re, q === null ? null : q.re, lo, hi, count),
  );
  splitPairs(b, h, q);
  return converged;
}
