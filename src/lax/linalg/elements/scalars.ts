/**
 * @file Real numbers of factorisations in loop programs: all arithmetic is done in float64, whatever the dtype of the data,
 * and results are rounded once.
 */
import type { DType } from "../../../dtypes/dtype.ts";
import {
  type Block,
  type Operand,
  add,
  apply,
  constant,
  div,
  gt,
  lt,
  mul,
  ne,
  neg,
  select,
} from "../../../loops/ir/build.ts";
import { intConst, isub } from "../../../loops/ir/affine.ts";
import type { Expr, Local } from "../../../loops/ir/ir.ts";

/** The dtype of all computations. */
export const wide: DType = "float64";

/** The indices lo … hi − 1. */
export type Span = readonly [lo: Operand, hi: Operand];

/** A real number of the computation. */
export const real = (x: number): Expr => constant(x, wide);

export const yes = constant(1, "bool");
export const no = constant(0, "bool");

export const abs = (x: Expr): Expr => apply("abs", x);
export const sqrt = (x: Expr): Expr => apply("sqrt", x);
export const max = (x: Operand, y: Operand): Expr => apply("max", x, y);

/** −x where the test holds, otherwise x. */
export const negatedIf = (test: Expr, x: Expr): Expr => select(test, neg(x), x);

/** Runs over the indices of a span. */
export function each(b: Block, name: string, [lo, hi]: Span, body: (b: Block, i: Local) => void): void {
  b.for(lo, hi, body, name);
}

/** n − 1 − i. */
export const mirrored = (n: number, i: Expr): Expr => isub(intConst(n - 1), i);

/** Runs over 0 … n − 1, the last one first. */
export function eachFromEnd(b: Block, n: number, body: (b: Block, i: Expr) => void): void {
  each(b, "step", [0, n], (y, step) => body(y, mirrored(n, step)));
}

/** A local that is known to be an index below `size`. */
export function indexLocal(b: Block, value: Expr, size: number, name = "at"): Local {
  return { ...b.snapshot(value, name), lo: 0, hi: size - 1 };
}

/** √(Σ value(i)²) over a span, without overflow or underflow. */
export function normOver(b: Block, span: Span, value: (i: Local) => Expr): Local {
  const largest = b.variable(real(0), "largest");
  each(b, "k", span, (x, i) => x.accumulate(largest, "max", abs(value(i))));
  const norm = b.variable(largest, "norm");
  // Zero stays zero, and what is not finite stays so.
  b.if(gt(mul(largest, 0), -1), (x) =>
    x.if(gt(largest, 0), (y) => {
      const sum = y.variable(real(0), "sum");
      each(y, "k", span, (z, i) => {
        const t = div(value(i), largest);
        z.accumulate(sum, "add", mul(t, t));
      });
      y.set(norm, mul(largest, sqrt(sum)));
    }),
  );
  return norm;
}

/** √(x² + y²) without overflow or underflow. */
export function hypot(b: Block, x: Expr, y: Expr): Local {
  const [p, q] = [b.let(abs(x)), b.let(abs(y))];
  const big = b.let(max(p, q), "big");
  const out = b.variable(big, "hypot");
  b.if(gt(big, 0), (z) => {
    const ratio = z.let(div(apply("min", p, q), big), "ratio");
    z.set(out, mul(big, sqrt(add(1, mul(ratio, ratio)))));
  });
  return out;
}

/** Cosine and sine that turn (f, g) into (r, 0). */
export function rotation(b: Block, f: Expr, g: Expr): readonly [c: Local, s: Local, r: Local] {
  const r = hypot(b, f, g);
  const c = b.variable(real(1), "c");
  const s = b.variable(real(0), "s");
  b.if(ne(r, 0), (y) => {
    y.set(c, div(f, r));
    y.set(s, div(g, r));
  });
  return [c, s, r];
}

/** Exact scaling that brings the largest of some numbers near 1 if squares of it could overflow or vanish. */
export function safeScale(b: Block, largest: Expr): Expr {
  const down = select(gt(largest, 1e140), real(2 ** -600), real(1));
  return b.let(select(lt(largest, 1e-140), real(2 ** 600), down), "scale");
}

/** Is the largest of some magnitudes finite, so that all of them are? NaN is not. */
export const allFinite = (b: Block, largest: Expr): Expr => b.let(gt(mul(largest, 0), -1), "finite");
