/**
 * @file Symmetric eigenvalue problems in loop programs: reduction to tridiagonal form by reflectors, then the implicit QL
 * iteration (EISPACK's tred2 and tql2), with the eigenvectors in rows so that all inner loops are contiguous.
 *
 * Cost O(n³). Eigenvalues are accurate to rounding of the largest. The iteration has a bound: if it is reached (it is
 * not, for finite numbers), or if an element is not finite, all results are NaN.
 */
import { type Block, apply, constant } from "../../loops/ir/build.ts";
import { iadd, intConst, isub } from "../../loops/ir/affine.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { reflector, rowOf } from "./householder.ts";
import { type Matrix, type Vector, hypot, mirrored, real, sumOver } from "./matrix.ts";

/** Iterations that the search for one eigenvalue may take. */
const limit = 50;

/** What the reduction and the iteration work on: the matrix (lower triangle), then its diagonals; eigenvectors. */
export interface EighState {
  readonly a: Matrix;
  /** Row i becomes the i-th eigenvector. */
  readonly vectors: Matrix;
  readonly diagonal: Vector;
  /** offDiagonal[i] couples i − 1 and i. */
  readonly offDiagonal: Vector;
  readonly taus: Vector;
  readonly work: Vector;
}

/**
 * Row i, the last one first, is brought to tridiagonal form by a reflector on its first i elements (v lies in their
 * place, its leading 1 at i − 1): A ← H·A·H = A − v·wᵀ − w·vᵀ with w = τ·(A·v) − (τ²/2)(vᵀ·A·v)·v, on the lower triangle.
 */
export function reduce(b: Block, { a, diagonal, offDiagonal, taus, work }: EighState): void {
  const n = a.rows;
  b.for(
    0,
    n - 1,
    (y, step) => {
      const i = mirrored(n, step);
      const last = isub(i, 1);
      const tau = reflector(y, rowOf(a, i), last, [0, last]);
      taus.put(y, i, tau);
      offDiagonal.put(y, i, a.at(i, last));
      y.if(apply("ne", tau, 0), (z) => {
        a.put(z, i, last, real(1));
        z.for(0, i, (x, k) => work.put(x, k, real(0)), "k");
        multiplyLower(z, a, i, work);
        const dot = sumOver(z, 0, i, (k) => apply("mul", work.at(k), a.at(i, k)));
        const half = z.let(apply("mul", apply("mul", apply("mul", tau, tau), dot), -0.5), "half");
        z.for(
          0,
          i,
          (x, k) =>
            work.put(x, k, apply("add", apply("mul", tau, work.at(k)), apply("mul", half, a.at(i, k)))),
          "k",
        );
        z.for(
          0,
          i,
          (row, j) => {
            const [f, g] = [row.let(a.at(i, j), "f"), row.let(work.at(j), "g")];
            row.for(
              0,
              iadd(j, 1),
              (x, k) => {
                const due = apply("add", apply("mul", f, work.at(k)), apply("mul", g, a.at(i, k)));
                a.put(x, j, k, apply("sub", a.at(j, k), due));
              },
              "k",
            );
          },
          "j",
        );
      });
    },
    "step",
  );
  b.for(0, n, (y, i) => diagonal.put(y, i, a.at(i, i)));
  offDiagonal.put(b, 0, real(0));
}

/** out += S·v for the symmetric S whose lower triangle is the leading i × i block of `a`; v is row i. */
function multiplyLower(b: Block, a: Matrix, i: Expr, out: Vector): void {
  b.for(
    0,
    i,
    (row, j) => {
      const f = row.let(a.at(i, j), "f");
      const sum = row.variable(apply("mul", a.at(j, j), f), "sum");
      row.for(
        0,
        j,
        (x, k) => {
          x.accumulate(sum, "add", apply("mul", a.at(j, k), a.at(i, k)));
          out.put(x, k, apply("add", out.at(k), apply("mul", a.at(j, k), f)));
        },
        "k",
      );
      out.put(row, j, apply("add", out.at(j), sum));
    },
    "j",
  );
}

/** Rows of `vectors` ← the transpose of the product of the reflectors, grown from its corner. */
export function accumulateVectors(b: Block, { a, vectors, taus }: EighState): void {
  const n = a.rows;
  b.nest([n, n], (y, [i, j]) => vectors.put(y, i, j, apply("select", apply("eq", i, j), real(1), real(0))));
  b.for(
    1,
    n,
    (y, i) => {
      const tau = y.let(taus.at(i), "tau");
      y.if(apply("ne", tau, 0), (z) =>
        z.for(
          0,
          i,
          (row, r) => {
            const dot = sumOver(row, 0, i, (k) => apply("mul", vectors.at(r, k), a.at(i, k)));
            const f = row.let(apply("mul", tau, dot), "f");
            vectors.subtractRow(row, r, f, a, i, 0, i);
          },
          "r",
        ),
      );
    },
    "i",
  );
}

/**
 * Diagonalises the tridiagonal matrix by implicit QL steps with Wilkinson's shift, rotating rows of `vectors` along.
 * Returns whether it converged.
 */
export function iterate(b: Block, { diagonal: d, offDiagonal: e, vectors }: EighState, n: number): Local {
  const converged = b.variable(constant(1, "bool"), "converged");
  // From here on e[i] couples i and i + 1.
  b.for(1, n, (y, i) => e.put(y, isub(i, 1), e.at(i)));
  e.put(b, n - 1, real(0));
  // What is left when the others are found is the last one.
  b.for(
    0,
    n - 1,
    (y, l) => {
      const count = y.variable(constant(0, "int32"), "count");
      const end = y.variable(l, "end");
      const more = y.variable(constant(1, "bool"), "more");
      y.while(more, (z) => {
        findEnd(z, d, e, l, end, n);
        z.set(more, apply("ne", end, l));
        z.if(apply("ge", count, limit), (x) => {
          x.set(converged, constant(0, "bool"));
          x.set(more, constant(0, "bool"));
        });
        z.set(count, apply("add", count, 1));
        z.if(more, (x) => qlStep(x, d, e, vectors, l, end));
      });
    },
    "l",
  );
  return converged;
}

/** `end` ← the first position from l on after which the coupling is negligible. */
function findEnd(b: Block, d: Vector, e: Vector, l: Expr, end: Local, n: number): void {
  b.set(end, l);
  const coupled = b.variable(constant(1, "bool"), "coupled");
  b.while(apply("and", coupled, apply("lt", end, n - 1)), (y) => {
    const size = y.let(apply("add", apply("abs", d.at(end)), apply("abs", d.at(iadd(end, 1)))), "size");
    const negligible = apply("le", apply("abs", e.at(end)), apply("mul", size, 2 ** -53));
    y.if(
      negligible,
      (z) => z.set(coupled, constant(0, "bool")),
      (z) => z.set(end, apply("add", end, 1)),
    );
  });
}

/** One implicit QL step on l … end. */
function qlStep(b: Block, d: Vector, e: Vector, vectors: Matrix, l: Expr, end: Expr): void {
  const half = b.let(apply("div", apply("sub", d.at(iadd(l, 1)), d.at(l)), apply("mul", e.at(l), 2)), "half");
  const root = hypot(b, half, real(1));
  const signed = apply("select", apply("lt", half, 0), apply("neg", root), root);
  const shift = b.let(apply("sub", d.at(l), apply("div", e.at(l), apply("add", half, signed))), "shift");
  const g = b.variable(apply("sub", d.at(end), shift), "g");
  const s = b.variable(real(1), "s");
  const c = b.variable(real(1), "c");
  const p = b.variable(real(0), "p");
  const i = b.variable(apply("sub", end, 1), "i");
  // A rotation by nothing splits the matrix: the step ends there.
  const split = b.variable(constant(0, "bool"), "split");
  b.while(apply("and", apply("not", split), apply("ge", i, l)), (y) => {
    const f = y.let(apply("mul", s, e.at(i)), "f");
    const h = y.let(apply("mul", c, e.at(i)), "h");
    const r = hypot(y, f, g);
    e.put(y, iadd(i, 1), r);
    y.if(
      apply("eq", r, 0),
      (z) => {
        d.put(z, iadd(i, 1), apply("sub", d.at(iadd(i, 1)), p));
        e.put(z, end, real(0));
        z.set(split, constant(1, "bool"));
      },
      (z) => {
        z.set(s, apply("div", f, r));
        z.set(c, apply("div", g, r));
        const rest = z.let(apply("sub", d.at(iadd(i, 1)), p), "rest");
        const slope = apply(
          "add",
          apply("mul", apply("sub", d.at(i), rest), s),
          apply("mul", apply("mul", c, h), 2),
        );
        const t = z.let(slope, "t");
        z.set(p, apply("mul", s, t));
        d.put(z, iadd(i, 1), apply("add", rest, p));
        z.set(g, apply("sub", apply("mul", c, t), h));
        vectors.rotateRows(z, iadd(i, 1), i, z.snapshot(c, "cos"), z.snapshot(s, "sin"));
        z.set(i, apply("sub", i, 1));
      },
    );
  });
  b.if(apply("not", split), (y) => {
    d.put(y, l, apply("sub", d.at(l), p));
    e.put(y, l, g);
    e.put(y, end, real(0));
  });
}

/** The order of the eigenvalues: `order[k]` is the place of the k-th smallest. Insertion: n is moderate, and O(n³) is spent. */
export function ascending(
  b: Block,
  d: Vector,
  n: number,
  order: (b: Block, k: Expr, at: Expr) => void,
): void {
  b.for(
    0,
    n,
    (y, i) => {
      // How many come before: smaller ones, and equal ones at earlier places.
      const value = y.let(d.at(i), "value");
      const rank = y.variable(intConst(0), "rank");
      y.for(
        0,
        n,
        (z, k) => {
          const before = apply(
            "or",
            apply("lt", d.at(k), value),
            apply("and", apply("eq", d.at(k), value), apply("lt", k, i)),
          );
          z.accumulate(rank, "add", apply("select", before, intConst(1), intConst(0)));
        },
        "k",
      );
      order(y, { ...rank, lo: 0, hi: n - 1 }, i);
    },
    "i",
  );
}
