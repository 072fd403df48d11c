/**
 * @file Distributions as tables of functions. Parameters stand after the first argument, in SciPy's order or by name in a
 * trailing plain object (`norm.logpdf(x, 0, 2)`, `norm.logpdf(x, { scale: 2 })`); all are promoted to one float dtype and
 * broadcast.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Param, given, param } from "../../arguments/parameters.ts";
import * as lax from "../../lax/index.ts";
import { asDType, promote, resultType } from "../../lax/operands/convert.ts";
import { inexactType, promoteInexact } from "../../numpy/operands/promote.ts";

/** A function of promoted arrays: the first argument and the parameters, in order. */
export type F = (...args: readonly NDArray[]) => NDArray;

type Parameters = readonly Param<string, [ArrayLike], boolean>[];

/** A public function of a distribution. */
export type Member<Ps extends Parameters> = (
  x: ArrayLike,
  ...rest: readonly (ArrayLike | OptionsOf<Ps> | undefined)[]
) => NDArray;

/** A parameter that must be given. */
export const shape = given<[ArrayLike]>();
export const loc = param<[ArrayLike]>()("loc", 0);
/** Location and scale: 0 and 1 if not given. */
export const locScale = [loc, param<[ArrayLike]>()("scale", 1)] as const;

const member = <Ps extends Parameters>(name: string, parameters: Ps, f: F): Member<Ps> =>
  define(name, parameters, [], (values: Readonly<Record<string, ArrayLike>>, x: ArrayLike) =>
    f(...promoteInexact(name, x, ...parameters.map((p) => values[p.name]))),
  ) as Member<Ps>;

/**
 * A distribution.
 * @param derived functions that follow from given ones: `pdf`, `cdf` … as the exponential of their logarithm, `logcdf` and
 * `logsf` as the logarithm of `cdf` and `sf`, of which each serves where it is small
 * @param given the others
 */
export function distribution<const Ps extends Parameters, D extends string, K extends string>(
  name: string,
  parameters: Ps,
  derived: readonly D[],
  given: Readonly<Record<K, F>>,
): Readonly<Record<K | D, Member<Ps>>> {
  const all: Record<string, F> = { ...(given as Readonly<Record<string, F>>) };
  for (const key of derived) {
    const other = key === "logcdf" ? "sf" : "cdf";
    all[key] = key.startsWith("log")
      ? (...args) => logOf(all[key.slice(3)](...args), all[other](...args))
      : (...args) => lax.exp(all[`log${key}`](...args));
  }
  return Object.fromEntries(
    Object.entries(all).map(([key, f]) => [key, member(`${name}.${key}`, parameters, f)]),
  ) as Readonly<Record<K | D, Member<Ps>>>;
}

/** The logarithm of a probability, from its complement where it is above ½; without slope where it vanishes. */
function logOf(p: NDArray, complement: NDArray): NDArray {
  const large = lax.gt(p, 0.5);
  const none = lax.eq(p, 0);
  const plain = lax.log(lax.select(lax.bitwiseOr(large, none), 0.5, p));
  const near = lax.log1p(lax.neg(lax.select(large, complement, 0.5)));
  return lax.select(none, -Infinity, lax.select(large, near, plain));
}

/** Where a function of a distribution is not given by its formula. */
export interface Cases {
  /** Outside the support, where the result is the constant `off`. */
  readonly outside?: NDArray | undefined;
  readonly off?: number | undefined;
  /** Parameters, or a probability, that are none: the result is NaN. */
  readonly invalid?: NDArray | undefined;
}

/**
 * `value`, but for the cases. Where an argument is NaN or impossible the result is NaN, and so are its derivatives with
 * respect to all arguments. The formula must be finite outside the support too, or its derivative there would be NaN.
 */
export function byCases(args: readonly NDArray[], value: NDArray, cases: Cases = {}): NDArray {
  const { outside, off = -Infinity, invalid } = cases;
  const nans = args.map((x) => lax.ne(x, x));
  const bad = (invalid === undefined ? nans : [...nans, invalid]).reduce((a, b) => lax.bitwiseOr(a, b));
  // 0 elsewhere, so that the derivative of what is not selected is 0.
  const nan = lax.mul(
    lax.select(bad, NaN, 0),
    args.reduce((a, b) => lax.add(a, b)),
  );
  return lax.select(bad, nan, outside === undefined ? value : lax.select(outside, off, value));
}

/** x where `inside`, else a number at which the formula is finite. */
export const orSafe = (outside: NDArray, x: NDArray, safe: number): NDArray => lax.select(outside, safe, x);

/** Operands in one float dtype, in their own shapes. */
export function floats(where: string, ...xs: readonly ArrayLike[]): NDArray[] {
  promote(where, ...xs);
  const { dtype, weakType } = inexactType(resultType(xs));
  return xs.map((x) => asDType(x, dtype, weakType, where));
}

/** (x − loc) / scale. */
export const standardise = (x: NDArray, loc: NDArray, scale: NDArray): NDArray =>
  lax.div(lax.sub(x, loc), scale);

/** True where a probability is not in [0, 1]. */
export const notProbability = (q: NDArray): NDArray => lax.bitwiseOr(lax.lt(q, 0), lax.gt(q, 1));

/** log(1 + z²), without overflow. */
export function log1pSquare(z: NDArray): NDArray {
  const far = lax.gt(lax.abs(z), 1);
  const [large, small] = [lax.select(far, z, 1), lax.select(far, 0, z)];
  const rest = lax.log1p(lax.square(lax.reciprocal(large)));
  return lax.select(far, lax.add(lax.mul(2, lax.log(lax.abs(large))), rest), lax.log1p(lax.square(small)));
}
