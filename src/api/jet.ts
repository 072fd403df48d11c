/** @file Taylor mode: `jet`, derivatives of any order along a curve in one pass. */
import { refuseMore } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { flattenUpTo, leafDef, treeUnflatten } from "../core/tree.ts";
import type { LikeArgs } from "../core/tree-types.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { jetFlat } from "../interpreters/jet.ts";
import { instantiate, scaleTangent } from "../interpreters/tangents.ts";
import { range } from "../base/util.ts";
import { type AnyFunction, type FlatCall, describeCall, flattenCall } from "./flatten.ts";
import { checkList, listForPrimals, matchTangents } from "./primals.ts";

/** The terms of a tree of arrays: at each leaf their list. */
export type SeriesTree<T> = unknown extends T
  ? unknown
  : [T] extends [ArrayLike]
    ? NDArray[]
    : T extends NDArray
      ? NDArray[]
      : T extends string | bigint | symbol | null | undefined
        ? T
        : { [K in keyof T]: SeriesTree<T[K]> };

/** What may be passed as the terms of a tree: lists of arrays, or of numbers. */
export type LikeSeries<T> = unknown extends T
  ? unknown
  : [T] extends [ArrayLike]
    ? readonly ArrayLike[]
    : T extends NDArray
      ? readonly ArrayLike[]
      : { readonly [K in keyof T]: LikeSeries<T[K]> };

/** Options of `jet`. */
export interface JetOptions {
  /**
   * Terms are derivatives (true, the default), or Taylor coefficients: derivatives divided by the factorial of their
   * order.
   */
  readonly factorialScaled?: boolean | undefined;
}

const factorial = (n: number): number => range(n, 1).reduce((product, k) => product * k, 1);

/** The terms of one leaf, as many as `order` says; an empty list is a value that does not move. */
function termsOf(terms: unknown, x: NDArray, order: number, place: string): Tangent[] {
  if (!Array.isArray(terms)) {
    throw new ArgumentError(`${place}: expected the list of an array's terms; got ${typeof terms}.`);
  }
  if (terms.length === 0) return range(order).map(() => new Zero(x.aval));
  if (terms.length !== order) {
    throw new ArgumentError(
      `${place}: all series must have as many terms; got ${terms.length} and ${order} (an empty list stands for a constant).`,
    );
  }
  return terms.map((t: unknown, k) =>
    t === 0 ? new Zero(x.aval) : matchTangents(t, leafDef, [x.aval], `${place}, term ${k}`)[0],
  );
}

/** The lists of terms at the leaves of the primals, and their length. */
function seriesOf(series: unknown, { defs, arrays }: FlatCall): { terms: Tangent[][]; order: number } {
  const list = listForPrimals(series, "jet", "series", defs);
  const found = defs.flatMap((def, i) =>
    flattenUpTo(def, list[i], `jet: series ${i}`).map((terms) => [terms, `jet: series ${i}`] as const),
  );
  const order = found.reduce((n, [t]) => Math.max(n, Array.isArray(t) ? t.length : 0), 0);
  return { terms: found.map(([t, place], i) => termsOf(t, arrays[i], order, place)), order };
}

/**
 * Taylor mode: the value of a function at `primals`, and the derivatives of its result along a curve whose own
 * derivatives are given. For f of one argument and `series` `[[x1, x2, …]]` the terms are the first, second, … derivative
 * of `f(x(t))` at t = 0, where x(t) has the value and derivatives `x, x1, x2, …`. All orders together cost O(K²) times the
 * function; nested `jvp` costs 2ᴷ.
 *
 * @param series for each primal the list of its terms, all of one length (for trees: a list at each leaf). The number 0
 * stands for a term of zeros, an empty list for a primal that does not move.
 * @returns `[out, terms]`, with a list of terms at each leaf of the result
 * @throws ArgumentError, ShapeError, DTypeError if the series do not fit the primals
 * @see jax.experimental.jet.jet; Griewank & Walther, Evaluating Derivatives, ch. 13
 * @example
 * const [y, [d1, d2, d3]] = jet((x) => np.sin(x), [0], [[1, 0, 0]]);
 * [y, d1, d2, d3].map(Number); // [0, 1, 0, -1]
 */
export function jet<A extends NDArray[], R>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  series: { readonly [K in keyof A]: LikeSeries<A[K]> },
  options?: JetOptions,
): [R, SeriesTree<R>];
export function jet<A extends unknown[], R>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  series: { readonly [K in keyof A]: LikeSeries<A[K]> },
  options?: JetOptions,
): [R, SeriesTree<R>];
export function jet(
  f: AnyFunction,
  primals: readonly unknown[],
  series: readonly unknown[],
  options?: JetOptions,
  ...more: readonly unknown[]
): [unknown, unknown] {
  refuseMore("jet", 4, more);
  checkOptions("jet", options, ["factorialScaled"]);
  const what = describeCall("jet", f);
  checkList(primals, "jet", "primals");
  const call = flattenCall(f, primals, what);
  const { terms, order } = seriesOf(series, call);
  const factor = (k: number): number => (options?.factorialScaled === false ? 1 : factorial(k));
  const coefficients = terms.map((list) => list.map((t, i) => scaleTangent(t, 1 / factor(i + 1))));
  const { fun, arrays } = call;
  const outs = jetFlat(fun.call, arrays, coefficients, order, what);
  const values = outs.map((s) => s.coefficient(0) as NDArray);
  const outTerms = outs.map((s) =>
    range(order, 1).map((k) => instantiate(scaleTangent(s.coefficient(k), factor(k)))),
  );
  return [fun.result(values), treeUnflatten(fun.outDef, outTerms)];
}

/**
 * As `jet`, but terms are Taylor coefficients unless `factorialScaled` says otherwise.
 * @throws ArgumentError, ShapeError, DTypeError if the series do not fit the primals
 * @see jax.experimental.jet.jet2
 * @example
 * const [, [c1, c2]] = jet2((x) => np.exp(x), [0], [[1, 0]]);
 * [c1, c2].map(Number); // [1, 0.5]
 */
export function jet2<A extends NDArray[], R>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  series: { readonly [K in keyof A]: LikeSeries<A[K]> },
  options?: JetOptions,
): [R, SeriesTree<R>];
export function jet2<A extends unknown[], R>(
  f: (...args: A) => R,
  primals: Readonly<LikeArgs<A>>,
  series: { readonly [K in keyof A]: LikeSeries<A[K]> },
  options?: JetOptions,
): [R, SeriesTree<R>];
export function jet2(
  f: AnyFunction,
  primals: readonly unknown[],
  series: readonly unknown[],
  options?: JetOptions,
  ...more: readonly unknown[]
): [unknown, unknown] {
  refuseMore("jet2", 4, more);
  checkOptions("jet2", options, ["factorialScaled"]);
  return jet(f, primals as never, series as never, { factorialScaled: false, ...options });
}
