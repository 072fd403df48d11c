/**
 * @file What the files of this folder share: polynomials and branches of the scalar language, and primitives whose scalar
 * function is computed in float64 and rounded to the operands' dtype.
 *
 * A scalar function here is one definition for every code generator. Every loop is bounded; NaN operands reach the last
 * branch, which propagates them.
 */
import { refuseMore } from "../../base/checks.ts";
import { camelCase } from "../../base/util.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { type NoParams, type Primitive, zeroTangent } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { DifferentiationError } from "../../base/errors.ts";
import { type Block, constant, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import * as lax from "../elementwise/index.ts";
import { type OperandJvp, elementwise, none } from "../families/elementwise.ts";
import type { Unary } from "../families/functions.ts";
import { asArray } from "../operands/convert.ts";
import { promoteStrict } from "../operands/strict.ts";

/** The polynomial with the given coefficients, lowest power first, at `x` (a name, since the text repeats it), in its dtype. */
export function horner(x: Expr, coefficients: readonly number[]): Expr {
  let out: Expr = constant(coefficients[coefficients.length - 1], x.dtype);
  for (let k = coefficients.length - 2; k >= 0; k--) out = e.add(e.mul(out, x), coefficients[k]);
  return out;
}

/** What a branch gives: an expression, or one that it takes statements to make. */
type Branch = e.Operand | ((b: Block) => Expr);
type Case = readonly [test: Expr, value: Branch];

function cases(b: Block, out: Local, list: readonly Case[], otherwise: Branch): void {
  const put = (block: Block, value: Branch): void =>
    block.set(out, typeof value === "function" ? value(block) : value);
  const [first, ...rest] = list;
  if (first === undefined) put(b, otherwise);
  else
    b.if(
      first[0],
      (then) => put(then, first[1]),
      (other) => cases(other, out, rest, otherwise),
    );
}

/** The value of the first case whose test holds, else of the last argument. */
export function choose(b: Block, ...branches: readonly [...Case[], Branch]): Expr {
  const out = b.variable(e.f64(NaN), "y");
  cases(b, out, branches.slice(0, -1) as readonly Case[], branches[branches.length - 1] as Branch);
  return out;
}

/**
 * The logarithm of a probability: above ½ from its complement, and where it all but underflows and `known` holds from `tail`,
 * which knows the logarithm.
 */
export function logOf(
  b: Block,
  probability: Expr,
  complement: () => Expr,
  known: Expr,
  tail: (b: Block) => Expr,
): Expr {
  const p = b.let(probability, "p");
  return choose(
    b,
    [e.gt(p, 0.5), () => e.log1p(e.neg(complement()))],
    [e.and(e.lt(p, 1e-290), known), tail],
    e.log(p),
  );
}

/** Runs `body` until it sets `more` to 0, at most `limit` times. The count starts at 1. */
export function iterate(
  b: Block,
  limit: number,
  body: (b: Block, n: Local, stop: (b: Block, when: Expr) => void) => void,
): void {
  const n = b.variable(e.f64(0), "n");
  const last = b.variable(e.f64(limit), "last");
  b.while(e.lt(n, last), (loop) => {
    loop.set(n, e.add(n, 1));
    body(loop, n, (inner, when) => inner.if(when, (then) => then.set(last, 0)));
  });
}

/** One value for each key, made when it is first asked for: scalar functions that differ by a dtype or an order. */
export function perKey<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = make(key)));
    return value;
  };
}

/** exp(−factor·x²) for x ≥ 0, without the rounding of x²; `factor` is a power of 2. */
export function expMinusSquare(b: Block, x: Expr, factor = 1): Expr {
  const z = b.let(e.cast(e.cast(x, "float32"), "float64"), "z");
  return e.mul(e.exp(e.mul(e.mul(z, z), -factor)), e.exp(e.mul(e.mul(e.sub(z, x), e.add(z, x)), factor)));
}

const gaussianScalar = perKey((factor: number) =>
  scalarFunction(`gaussian_${factor === 1 ? "1" : "half"}`, 1, (b, [x]) => {
    const a = b.let(e.abs(x));
    return choose(b, [e.gt(a, 40), 0], (t) => expMinusSquare(t, a, factor));
  }),
);
const gaussianP: Primitive<{ factor: 1 | 0.5 }> = elementwise<{ factor: 1 | 0.5 }>({
  name: "gaussian",
  accepts: "float",
  scalar: ([x], { factor }) => e.cast(gaussianScalar(factor)(e.cast(x, "float64")), x.dtype),
  jvp: [(g, ans, [x], { factor }) => lax.mul(g, lax.mul(lax.mul(-2 * factor, x), ans))],
});
/** exp(−factor·x²), without the rounding of x². */
export const gaussian = (x: NDArray, factor: 1 | 0.5): NDArray => bind1(gaussianP, [x], { factor });

/** −1 where x < 0, else 1. */
export const signOf = (x: Expr): Expr => e.select(e.lt(x, 0), e.f64(-1), e.f64(1));
/** sin(πx) for x ≥ 0, exact zeros and full precision beside them. */
export function sinPi(b: Block, x: Expr): Expr {
  const f = b.let(e.sub(x, e.floor(x)), "f");
  const r = e.select(e.gt(f, 0.5), e.sub(1, f), f);
  return e.sin(e.mul(r, Math.PI));
}
export const isWhole = (x: Expr): Expr => e.eq(e.floor(x), x);

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

export type Scalar = (...args: readonly Expr[]) => Expr;
export type Special = (...xs: readonly ArrayLike[]) => NDArray;
type Rule = OperandJvp<NoParams>;

/**
 * An element-wise function of float dtypes from one of float64 scalars, under the name of its primitive, with the rule of
 * its operand or those of several. Errors call it by that name in camel case, or as `where` says.
 */
export function special(name: string, fn: Scalar, jvp: Rule | typeof zeroTangent, where?: string): Unary;
export function special(name: string, fn: Scalar, jvp: readonly Rule[], where?: string): Special;
export function special(
  name: string,
  fn: Scalar,
  jvp: Rule | readonly Rule[] | typeof zeroTangent,
  where = camelCase(name),
): Special {
  const p = elementwise({
    name,
    title: where,
    accepts: "float",
    scalar: (args) => e.cast(fn(...args.map((x) => e.cast(x, "float64"))), args[0].dtype),
    jvp: typeof jvp === "function" ? [jvp] : jvp,
  });
  return typeof jvp === "function" || jvp === zeroTangent
    ? (x, ...more) => {
        if (more.length > 0) refuseMore(where, 1, more);
        return bind1(p, [asArray(x, where)], none);
      }
    : (...xs) => {
        const n = jvp.length;
        if (xs.length > n) refuseMore(where, n, xs.slice(n));
        for (let i = 0; i < n; i++) asArray(xs[i], where);
        return bind1(p, promoteStrict(where, ...xs.slice(0, n)), none);
      };
}

/**
 * A sequence of element-wise functions of float dtypes, one for each order n ≥ 0: the primitive has n as its parameter, so
 * that a derivative can be the function of the next order.
 */
export function sequence(
  name: string,
  scalar: (n: number) => Scalar,
  jvp: readonly OperandJvp<{ n: number }>[],
  where = camelCase(name),
): (n: number, ...xs: readonly ArrayLike[]) => NDArray {
  const ofOrder = perKey(scalar);
  const p = elementwise<{ n: number }>({
    name,
    accepts: "float",
    scalar: (args, { n }) => e.cast(ofOrder(n)(...args.map((x) => e.cast(x, "float64"))), args[0].dtype),
    jvp,
  });
  return (n, ...xs) => bind1(p, promoteStrict(where, ...xs), { n });
}

/** The rules of operands in which JAX defines no derivative: asking for it is an error, not a zero. */
export const noDerivative = (what: string, ...operands: readonly string[]): Rule[] =>
  operands.map((operand) => (): NDArray => {
    throw new DifferentiationError(
      `${what}: there is no derivative with respect to ${operand} (JAX defines none either). ` +
        `Differentiate with respect to the other operands only, or hold it with stopGradient(${operand}).`,
    );
  });
