/**
 * @file What the files of this folder share: polynomials and branches of the scalar language, and primitives whose scalar
 * function is computed in float64 and rounded to the operands' dtype.
 *
 * A scalar function here is one definition for every code generator. Every loop is bounded; NaN operands reach the last
 * branch, which propagates them.
 */
import type { NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import type { Primitive } from "../../core/primitive.ts";
import { DifferentiationError } from "../../base/errors.ts";
import {
  type Block,
  add,
  apply,
  cast,
  constant,
  eq,
  gt,
  lt,
  mul,
  select,
  sub,
} from "../../loops/ir/build.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { type OperandJvp, elementwise, type none } from "../families/elementwise.ts";

export const f64 = (x: number): Expr => constant(x, "float64");
export const log = (x: Expr): Expr => apply("log", x);
export const log1p = (x: Expr): Expr => apply("log1p", x);
export const exp = (x: Expr): Expr => apply("exp", x);
export const sqrt = (x: Expr): Expr => apply("sqrt", x);
export const abs = (x: Expr): Expr => apply("abs", x);
export const floor = (x: Expr): Expr => apply("floor", x);
export const power = (x: Expr, y: Expr): Expr => apply("pow", x, y);
export const isNan = (x: Expr): Expr => apply("isNan", x);
export const both = (a: Expr, b: Expr): Expr => apply("and", a, b);
export const either = (a: Expr, b: Expr): Expr => apply("or", a, b);

/** The polynomial with the given coefficients, lowest power first, at `x` (a name, since the text repeats it). */
export function horner(x: Expr, coefficients: readonly number[]): Expr {
  let out: Expr = f64(coefficients[coefficients.length - 1]);
  for (let k = coefficients.length - 2; k >= 0; k--) out = add(mul(out, x), coefficients[k]);
  return out;
}

/** Sets `out` from the first case whose test holds, else from `otherwise`. */
export function cases(
  b: Block,
  out: Local,
  list: readonly (readonly [test: Expr, value: (b: Block) => Expr])[],
  otherwise: (b: Block) => Expr,
): void {
  const [first, ...rest] = list;
  if (first === undefined) {
    b.set(out, otherwise(b));
    return;
  }
  b.if(
    first[0],
    (then) => then.set(out, first[1](then)),
    (other) => cases(other, out, rest, otherwise),
  );
}

/** The value of the first case whose test holds, else of `otherwise`. */
export function choose(
  b: Block,
  list: readonly (readonly [test: Expr, value: (b: Block) => Expr])[],
  otherwise: (b: Block) => Expr,
): Expr {
  const out = b.variable(f64(NaN), "y");
  cases(b, out, list, otherwise);
  return out;
}

/** Runs `body` until it sets `more` to 0, at most `limit` times. The count starts at 1. */
export function iterate(
  b: Block,
  limit: number,
  body: (b: Block, n: Local, stop: (b: Block, when: Expr) => void) => void,
): void {
  const n = b.variable(f64(0), "n");
  const last = b.variable(f64(limit), "last");
  b.while(lt(n, last), (loop) => {
    loop.set(n, add(n, 1));
    body(loop, n, (inner, when) => inner.if(when, (then) => then.set(last, 0)));
  });
}

/** exp(−factor·x²) for x ≥ 0, without the rounding of x²; `factor` is a power of 2. */
export function expMinusSquare(b: Block, x: Expr, factor = 1): Expr {
  const z = b.let(cast(cast(x, "float32"), "float64"), "z");
  return mul(exp(mul(mul(z, z), -factor)), exp(mul(mul(sub(z, x), add(z, x)), factor)));
}

/** −1 where x < 0, else 1. */
export const signOf = (x: Expr): Expr => select(lt(x, 0), f64(-1), f64(1));
/** sin(πx) for x ≥ 0, exact zeros and full precision beside them. */
export function sinPi(b: Block, x: Expr): Expr {
  const f = b.let(sub(x, floor(x)), "f");
  const r = select(gt(f, 0.5), sub(f64(1), f), f);
  return apply("sin", mul(r, Math.PI));
}
export const isWhole = (x: Expr): Expr => eq(floor(x), x);

/** The distance from 1 to the next number of a float dtype. */
export function epsilonOf(dtype: DType): number {
  return dtype === "float64"
    ? 2 ** -52
    : dtype === "float32"
      ? 2 ** -23
      : dtype === "float16"
        ? 2 ** -10
        : 2 ** -7;
}

/** An element-wise primitive of float dtypes from a function of float64 scalars. */
export function special(
  name: string,
  fn: (...args: readonly Expr[]) => Expr,
  jvp: readonly OperandJvp<typeof none>[],
): Primitive<typeof none> {
  return elementwise({
    name,
    accepts: "float",
    scalar: (args) => cast(fn(...args.map((x) => cast(x, "float64"))), args[0].dtype),
    jvp,
  });
}

/** The rule of an operand in which JAX defines no derivative: asking for it is an error, not a zero. */
export function noDerivative(what: string, operand: string): OperandJvp<typeof none> {
  return (): NDArray => {
    throw new DifferentiationError(
      `${what}: there is no derivative with respect to ${operand} (JAX defines none either). ` +
        `Differentiate with respect to the other operands only, or hold it with stopGradient(${operand}).`,
    );
  };
}
