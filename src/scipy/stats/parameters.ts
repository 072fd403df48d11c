/**
 * @file Distributions as tables of functions. Parameters stand after the first argument, in SciPy's order or by name in a
 * trailing plain object (`norm.logpdf(x, 0, 2)`, `norm.logpdf(x, { scale: 2 })`); all are promoted to one float dtype and
 * broadcast.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, type Param, needed, param } from "../../arguments/parameters.ts";
import * as lax from "../../lax/index.ts";
import { asDType, promote, resultType } from "../../lax/operands/convert.ts";
import { inexactType, promoteInexact } from "../../numpy/operands/promote.ts";

/** A function of promoted arrays: the first argument and the parameters, in order. */
export type F = (...args: readonly NDArray[]) => NDArray;

type Parameters = readonly Param<string, [ArrayLike]>[];

/** A public function of a distribution. */
export type Member<Ps extends Parameters> = (
  x: ArrayLike,
  ...rest: readonly (ArrayLike | OptionsOf<Ps> | undefined)[]
) => NDArray;

/** A parameter that must be given. */
export const shape = needed<[ArrayLike]>();
export const loc = param<[ArrayLike]>()("loc", 0);
/** Location and scale: 0 and 1 if not given. */
export const locScale = [loc, param<[ArrayLike]>()("scale", 1)] as const;

const member = <Ps extends Parameters>(name: string, parameters: Ps, f: F): Member<Ps> =>
  define(name, parameters, [], (values: Readonly<Record<string, ArrayLike>>, x: ArrayLike) =>
    f(...promoteInexact(name, x, ...parameters.map((p) => values[p.name]))),
  ) as Member<Ps>;

/**
 * A distribution.
 * @param derived functions that are the exponential of a given one (`pdf` of `logpdf`) or its logarithm (`logcdf` of `cdf`)
 * @param given the others
 */
export function distribution<const Ps extends Parameters, D extends string, K extends string>(
  name: string,
  parameters: Ps,
  derived: readonly D[],
  given: Readonly<Record<K, F>>,
): Readonly<Record<K | D, Member<Ps>>> {
  const own: Readonly<Record<string, F>> = given;
  const derive = (key: string): F =>
    key.startsWith("log")
      ? (...args) => lax.log(own[key.slice(3)](...args))
      : (...args) => lax.exp(own[`log${key}`](...args));
  const all: [string, F][] = [
    ...Object.entries(own),
    ...derived.map((key): [string, F] => [key, derive(key)]),
  ];
  return Object.fromEntries(
    all.map(([key, f]) => [key, member(`${name}.${key}`, parameters, f)]),
  ) as Readonly<Record<K | D, Member<Ps>>>;
}

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
export const notProbability = (q: NDArray): NDArray =>
  lax.bitwiseOr(lax.ne(q, q), lax.bitwiseOr(lax.lt(q, 0), lax.gt(q, 1)));
