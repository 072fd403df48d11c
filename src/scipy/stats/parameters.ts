/**
 * @file Parameters of distributions: those after the first argument, in SciPy's order or by name in a trailing plain
 * object (`norm.logpdf(x, 0, 2)`, `norm.logpdf(x, { scale: 2 })`), promoted to one float dtype and broadcast.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as lax from "../../lax/index.ts";
import { isPlainObject, resolveArgs } from "../../numpy/operands/args.ts";
import { promoteInexact } from "../../numpy/operands/promote.ts";

/** Location and scale, 0 and 1 by default. */
export interface LocScale {
  readonly loc?: ArrayLike | undefined;
  readonly scale?: ArrayLike | undefined;
}
export interface Loc {
  readonly loc?: ArrayLike | undefined;
}
/** Each parameter by position or by name. */
export type Shape<N extends string> = { readonly [K in N]?: ArrayLike | undefined };

export type Given<O> = readonly (ArrayLike | O | undefined)[];

/** A function of a distribution without shape parameters: `f(x, loc?, scale?)`. */
export type Member = (x: ArrayLike, ...rest: Given<LocScale>) => NDArray;
/** With one shape parameter: `f(x, a, loc?, scale?)`. */
export type Member1<A extends string, O = LocScale> = (x: ArrayLike, ...rest: Given<Shape<A> & O>) => NDArray;

/** Default values; null for a parameter that must be given. */
export type Defaults = Readonly<Record<string, number | null>>;

/** `{ a: null, loc: 0, scale: 1 }` and the like. */
export const locScale = { loc: 0, scale: 1 } as const;

/**
 * A public function of a distribution from one of promoted arrays.
 * @param name for messages, such as "beta.logpdf"
 * @param defaults the parameters after the first, in order
 */
export function member<O extends object = LocScale>(
  name: string,
  defaults: Defaults,
  f: (...args: readonly NDArray[]) => NDArray,
): (x: ArrayLike, ...rest: Given<O>) => NDArray {
  const names = Object.keys(defaults);
  return (x, ...rest) => {
    const last = rest[rest.length - 1];
    if (rest.length > names.length && !isPlainObject(last)) {
      throw new ArgumentError(
        `${name}: ${rest.length + 1} arguments given; it takes x and ${names.join(", ")} (the last ones also by name).`,
      );
    }
    const given = resolveArgs<Record<string, ArrayLike>>(name, rest, names);
    const values = names.map((key): ArrayLike => {
      const value = given[key] ?? defaults[key];
      if (value === null || value === undefined) {
        throw new ArgumentError(
          `${name}: the parameter '${key}' is missing; its parameters are ${names.join(", ")}.`,
        );
      }
      return value;
    });
    return f(...promoteInexact(name, x, ...values));
  };
}

/** (x − loc) / scale. */
export const standardise = (x: NDArray, loc: NDArray, scale: NDArray): NDArray =>
  lax.div(lax.sub(x, loc), scale);

/** f, exponentiated. */
export const exponential =
  (f: (...args: readonly NDArray[]) => NDArray) =>
  (...args: readonly NDArray[]): NDArray =>
    lax.exp(f(...args));

/** f's logarithm. */
export const logarithm =
  (f: (...args: readonly NDArray[]) => NDArray) =>
  (...args: readonly NDArray[]): NDArray =>
    lax.log(f(...args));

/** True where a probability is not in [0, 1]. */
export const notProbability = (q: NDArray): NDArray =>
  lax.bitwiseOr(lax.ne(q, q), lax.bitwiseOr(lax.lt(q, 0), lax.gt(q, 1)));
