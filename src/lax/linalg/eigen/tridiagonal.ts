/**
 * @file The eigenvalues of a symmetric tridiagonal matrix by the implicit QL iteration (EISPACK's tql2).
 *
 * Cost O(n³) with vectors. Eigenvalues are accurate to rounding of the largest. The iteration has a bound: if it is reached (it
 * is not, for finite numbers), all results are to be NaN.
 */
import {
  type Block,
  add,
  and,
  div,
  eq,
  ge,
  le,
  lt,
  mul,
  ne,
  not,
  select,
  sub,
} from "../../../loops/ir/build.ts";
import { iadd, intConst, isub } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";
import type { Matrix, Vector } from "../elements/matrix.ts";
import { Sweeps } from "./sweep.ts";
import { abs, each, hypot, max, negatedIf, no, real, yes } from "../elements/scalars.ts";

/** Iterations that the search for one eigenvalue may take. */
const limit = 50;

/** Iterations after which couplings count as negligible beside the largest element, not only beside their neighbours. */
const patience = 20;

/** What the iteration works on. */
export interface TridiagonalMatrix {
  readonly diagonal: Vector<Expr>;
  readonly offDiagonal: Vector<Expr>;
  /** Row i becomes the i-th eigenvector, if they are wanted. */
  readonly vectors: Matrix<Expr> | null;
}

/**
 * Diagonalises the tridiagonal matrix by implicit QL steps with Wilkinson's shift, rotating rows of `vectors` along.
 * Returns whether it converged.
 */
export function iterate(
  b: Block,
  { diagonal: d, offDiagonal: e, vectors }: TridiagonalMatrix,
  n: number,
): Local {
  const converged = b.variable(yes, "converged");
  const sweeps = vectors === null ? null : new Sweeps(b, vectors);
  sweeps?.begin(b);
  // From here on e[i] couples i and i + 1.
  b.for(1, n, (y, i) => e.put(y, isub(i, 1), e.at(i)));
  e.put(b, n - 1, real(0));
  const largest = b.variable(real(0), "largest");
  each(b, "i", [0, n], (y, i) => y.accumulate(largest, "max", add(abs(d.at(i)), abs(e.at(i)))));
  // What is left when the others are found is the last one.
  each(b, "l", [0, n - 1], (y, l) => {
    const count = y.variable(intConst(0), "count");
    const end = y.variable(l, "end");
    const more = y.variable(yes, "more");
    y.while(more, (z) => {
      // Where convergence is slow, rounding of the largest is all that can be had.
      findEnd(z, d, e, l, end, n, z.let(select(ge(count, patience), largest, real(0)), "least"));
      z.set(more, ne(end, l));
      z.if(ge(count, limit), (x) => {
        x.set(converged, no);
        x.set(more, no);
      });
      z.set(count, add(count, 1));
      z.if(more, (x) => qlStep(x, d, e, sweeps, l, end));
    });
  });
  sweeps?.finish(b);
  return converged;
}

/** `end` ← the first position from l on after which the coupling is negligible. */
function findEnd(
  b: Block,
  d: Vector<Expr>,
  e: Vector<Expr>,
  l: Expr,
  end: Local,
  n: number,
  least: Expr,
): void {
  b.set(end, l);
  const coupled = b.variable(yes, "coupled");
  b.while(and(coupled, lt(end, n - 1)), (y) => {
    const size = y.let(add(abs(d.at(end)), abs(d.at(iadd(end, 1)))), "size");
    const negligible = le(abs(e.at(end)), mul(max(size, least), 2 ** -53));
    y.if(
      negligible,
      (z) => z.set(coupled, no),
      (z) => z.set(end, add(end, 1)),
    );
  });
}

/** One implicit QL step on l … end. */
function qlStep(b: Block, d: Vector<Expr>, e: Vector<Expr>, sweeps: Sweeps | null, l: Expr, end: Expr): void {
  const half = b.let(div(sub(d.at(iadd(l, 1)), d.at(l)), mul(e.at(l), 2)), "half");
  const root = hypot(b, half, real(1));
  const signed = negatedIf(lt(half, 0), root);
  const shift = b.let(sub(d.at(l), div(e.at(l), add(half, signed))), "shift");
  const g = b.variable(sub(d.at(end), shift), "g");
  const s = b.variable(real(1), "s");
  const c = b.variable(real(1), "c");
  const p = b.variable(real(0), "p");
  const i = b.variable(sub(end, 1), "i");
  // A rotation by nothing splits the matrix: the step ends there.
  const split = b.variable(no, "split");
  b.while(and(not(split), ge(i, l)), (y) => {
    const f = y.let(mul(s, e.at(i)), "f");
    const h = y.let(mul(c, e.at(i)), "h");
    const r = hypot(y, f, g);
    e.put(y, iadd(i, 1), r);
    y.if(
      eq(r, 0),
      (z) => {
        d.put(z, iadd(i, 1), sub(d.at(iadd(i, 1)), p));
        e.put(z, end, real(0));
        z.set(split, yes);
      },
      (z) => {
        z.set(s, div(f, r));
        z.set(c, div(g, r));
        const rest = z.let(sub(d.at(iadd(i, 1)), p), "rest");
        const slope = add(mul(sub(d.at(i), rest), s), mul(mul(c, h), 2));
        const t = z.let(slope, "t");
        z.set(p, mul(s, t));
        d.put(z, iadd(i, 1), add(rest, p));
        z.set(g, sub(mul(c, t), h));
        sweeps?.put(z, sub(sub(end, 1), i), [iadd(i, 1), i], c, s);
        z.set(i, sub(i, 1));
      },
    );
  });
  sweeps?.keep(b, end, intConst(-1), b.let(sub(sub(end, 1), i), "count"));
  sweeps?.next(b);
  b.if(not(split), (y) => {
    d.put(y, l, sub(d.at(l), p));
    e.put(y, l, g);
    e.put(y, end, real(0));
  });
}
