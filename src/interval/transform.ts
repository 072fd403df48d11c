/** @file `interval`: a function's enclosure, from its program and, where they are better, from its derivatives. */
import { checkFunction, checkOneOf, checkWhole, refuseMore } from "../base/checks.ts";
import { ArgumentError, DTypeError, checkOptions } from "../base/errors.ts";
import { ShapeDtypeStruct, traceAbstract } from "../api/staging.ts";
import { jvp } from "../api/jvp.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { treeFlatten, treeUnflatten } from "../core/tree.ts";
import { isFloat } from "../dtypes/dtype.ts";
import { asArray } from "../lax/operands/convert.ts";
import * as np from "../numpy/index.ts";
import * as a from "./arithmetic.ts";
import type { Pair } from "./arithmetic.ts";
import { anyOf, collecting } from "./decisions.ts";
import { EnclosureError } from "./errors.ts";
import { Interval, between } from "./interval.ts";
import { range } from "../base/util.ts";
import { indexInDim } from "../lax/shapes/slicing.ts";
import { encloseJaxpr, inlined } from "./rules.ts";

export { between };

/** How a function is enclosed. */
export type Form = "best" | "natural" | "meanValue" | "taylor";

/** Options of `interval`. */
export interface IntervalOptions {
  /**
   * "natural": operation by operation. "meanValue": f(m) + f′(X)·(X − m), which is narrower where X is small. "taylor": likewise to a
   * higher order. "best": what lies in the natural and, if its derivative has an enclosure, in the mean value form; the default.
   */
  readonly form?: Form | undefined;
  /** The order of the remainder of "taylor": 2 by default. */
  readonly order?: number | undefined;
}

type Fn = (...xs: NDArray[]) => unknown;
type Flat = (...xs: NDArray[]) => NDArray[];

interface Enclosure {
  readonly outs: Pair[];
  /** Where a jump or a kink may lie in the arguments, for each element of a result or for all of them. */
  readonly rough: (out: Pair) => NDArray;
  /** Whether each element of the results depends on the arguments' elements at its place alone. */
  readonly apart: boolean;
  readonly rebuild: (leaves: readonly unknown[]) => unknown;
}

/** A program of which each element depends on the elements at its place alone. */
const isElementwise = (jaxpr: ClosedJaxpr): boolean =>
  jaxpr.jaxpr.eqns.every(
    ({ primitive, inputs }) =>
      primitive.kind === "elementwise" ||
      (primitive.name === "broadcast_in_dim" && inputs.every((x) => x.aval.ndim === 0)),
  );

/** A program's enclosure on intervals. */
function enclose(f: Fn, args: readonly Pair[]): Enclosure {
  const types = args.map(({ lo }) => new ShapeDtypeStruct(lo.shape, lo.dtype));
  const { jaxpr, fun } = traceAbstract("interval", f, types);
  const { result, open } = collecting(() => encloseJaxpr(jaxpr, args));
  const apart =
    isElementwise(inlined(jaxpr)) &&
    jaxpr.outAvals.every((out) => args.every(({ lo }) => lo.shape.join() === out.shape.join()));
  return {
    outs: result,
    apart,
    rough: ({ lo }) =>
      apart && open.every((x) => x.ndim === 0 || x.shape.join() === lo.shape.join())
        ? open.reduce<NDArray>((all, x) => np.logicalOr(all, x), np.zeros(lo.shape, "bool"))
        : anyOf(open),
    rebuild: (leaves) => treeUnflatten(fun.outDef, leaves),
  };
}

/** The natural enclosure of a function of one number, and whether a jump or a kink may lie in the argument. */
export function encloseScalar(
  f: (x: NDArray) => NDArray,
  x: Pair,
): { readonly out: Pair; readonly rough: NDArray } {
  const { outs, rough } = enclose(f, [x]);
  const out = outs.at(0);
  if (outs.length !== 1 || out?.lo.ndim !== 0)
    throw new ArgumentError("interval: expected a function from one number to one number.");
  return { out, rough: rough(out) };
}

const middle = ({ lo, hi }: Pair): NDArray => np.clip(lo.mul(0.5).add(hi.mul(0.5)), lo, hi);

/** The k-th derivative of f along h, as a function of x and h. */
function along(f: Flat, n: number, k: number): Flat {
  if (k === 0) return (...xs) => f(...xs.slice(0, n));
  const lower = along(f, n, k - 1);
  return (...xs) => {
    const h = xs.slice(n);
    return jvp((...ys: NDArray[]) => lower(...ys, ...h), xs.slice(0, n), h)[1];
  };
}

/** Directions of single elements are taken one by one up to so many. */
const mostDirections = 64;

/** The directions in which the derivative is taken, each with the step in it: one product for each knows its factors apart. */
function directionsOf(
  args: readonly Pair[],
  steps: readonly Pair[],
  apart: boolean,
): { to: NDArray[]; step: Pair }[] | null {
  const zeros = args.map((x) => np.zerosLike(x.lo));
  const along = (i: number, e: NDArray): NDArray[] => zeros.map((z, k) => (k === i ? e : z));
  const moving = args.flatMap((x, i) => (a.isPoint(x) ? [] : [i]));
  if (apart) return moving.map((i) => ({ to: along(i, np.onesLike(args[i].lo)), step: steps[i] }));
  if (moving.reduce((n, i) => n + args[i].lo.size, 0) > mostDirections) return null;
  return moving.flatMap((i) =>
    range(args[i].lo.size).map((k) => {
      const { shape, size } = args[i].lo;
      const element = (x: NDArray): NDArray => indexInDim(x.reshape([size]), k, 0, false);
      const unit = np.equal(np.arange(size), k).astype(args[i].lo.dtype).reshape(shape);
      return { to: along(i, unit), step: { lo: element(steps[i].lo), hi: element(steps[i].hi) } };
    }),
  );
}

/** Dᵏf·hᵏ on some arguments. */
function term(
  f: Flat,
  at: readonly Pair[],
  args: readonly Pair[],
  steps: readonly Pair[],
  k: number,
  apart: boolean,
): Pair[] {
  const n = args.length;
  const directions = k === 1 || (n === 1 && apart) ? directionsOf(args, steps, apart) : null;
  if (directions === null) return enclose(along(f, n, k), [...at, ...steps]).outs;
  let sum: Pair[] | null = null;
  for (const { to, step } of directions) {
    const power = a.wholePower(step, k, (v) => np.power(v, k));
    const slopes = enclose(along(f, n, k), [...at, ...to.map(a.point)]).outs;
    const terms = slopes.map((slope) => a.mul(slope, power));
    sum = sum === null ? terms : sum.map((x, i) => a.add(x, terms[i]));
  }
  return sum ?? enclose(f, at).outs.map(({ lo }) => a.point(np.zerosLike(lo)));
}

/** Σ Dᵏf(m)·hᵏ/k! for k below the order, and the remainder on X. */
function taylor(f: Flat, args: readonly Pair[], order: number, apart: boolean): Pair[] {
  const centres = args.map((x) => (a.isPoint(x) ? x : a.point(middle(x))));
  const steps = args.map((x, i) => (a.isPoint(x) ? a.point(np.zerosLike(x.lo)) : a.sub(x, centres[i])));
  let sum = enclose(f, centres).outs;
  let factorial = 1;
  for (let k = 1; k <= order; k++) {
    factorial *= k;
    const terms = term(f, k === order ? args : centres, args, steps, k, apart).map((t): Pair =>
      k === 1 ? t : a.div(t, a.point(np.fullLike(t.lo, factorial))),
    );
    sum = sum.map((s, i) => a.add(s, terms[i]));
  }
  return sum;
}

/** What lies in both enclosures; a bound that is no number says nothing. */
const meet = (x: Pair, y: Pair): Pair => ({
  lo: np.where(np.isnan(y.lo), x.lo, np.maximum(x.lo, y.lo)),
  hi: np.where(np.isnan(y.hi), x.hi, np.minimum(x.hi, y.hi)),
});

function refined(
  f: Flat,
  args: readonly Pair[],
  { outs, rough, apart }: Enclosure,
  form: Form,
  order: number,
): readonly Pair[] {
  const floats = args.every(({ lo }) => isFloat(lo.dtype)) && outs.every(({ lo }) => isFloat(lo.dtype));
  if (form === "natural" || !floats) return outs;
  try {
    return taylor(f, args, form === "taylor" ? order : 1, apart).map((t, i) => {
      const [out, both, no] = [outs[i], meet(outs[i], t), rough(outs[i])];
      return { lo: np.where(no, out.lo, both.lo), hi: np.where(no, out.hi, both.hi) };
    });
  } catch (e) {
    if (form === "best" && e instanceof EnclosureError) return outs;
    throw e;
  }
}

const pairOf = (x: unknown, where: string): Pair => {
  if (x instanceof Interval) return { lo: x.lo, hi: x.hi };
  const array = asArray(x as ArrayLike, where);
  return a.point(array);
};

/**
 * The enclosure of a function: given intervals (or arrays, for what is known exactly), an interval that surely contains the value of
 * the function at every point of them, rounding included. Results of a tree are intervals in its place.
 *
 * Every operation's bounds are rounded outwards. Where an operand occurs several times, intervals do not know that it is the same:
 * x·(1 − x) on [0, 1] is [0, 1], not [0, ¼]; the forms that use the derivative see it. Comparisons that intervals leave open give
 * what both branches may. Values outside of a function's domain are left out; where there are none, the bounds are NaN.
 *
 * Special functions are widened by 64 units in the last place, elementary ones by 1 to 12. The result can be compiled, mapped and
 * differentiated.
 *
 * @throws EnclosureError for operations without an enclosure, and where an index or the length of a loop is not decided
 * @throws DTypeError for arguments that are complex
 * @see mpmath.iv
 * @example
 * const f = (x: Array) => x.mul(np.subtract(1, x));
 * interval(f)(between(0.4, 0.6)).hi.item() < 0.28; // true
 */
export function interval<R>(
  f: (...xs: NDArray[]) => R,
  options: IntervalOptions = {},
  ...more: readonly unknown[]
): (...args: readonly (Interval | ArrayLike)[]) => Enclosed<R> {
  refuseMore("interval", 2, more);
  checkFunction("interval", "the first argument", f);
  checkOptions("interval", options, ["form", "order"]);
  const { form = "best", order = 2 } = options;
  checkOneOf<Form>("interval", "form", form, ["best", "natural", "meanValue", "taylor"]);
  checkWhole("interval", "order", order, 1, 16);
  return (...given) => {
    if (given.length === 0) throw new ArgumentError("interval: the function needs an argument.");
    const args = given.map((x, i) => pairOf(x, `interval: argument ${i}`));
    for (const { lo } of args)
      if (lo.dtype.startsWith("complex"))
        throw new DTypeError("interval: arguments must be real; got complex.");
    const enclosure = enclose(f, args);
    const flat: Flat = (...xs) => treeFlatten(f(...xs))[0].map((x) => asArray(x as ArrayLike, "interval"));
    const best = refined(flat, args, enclosure, form, order);
    return enclosure.rebuild(best.map(({ lo, hi }) => new Interval(lo, hi))) as Enclosed<R>;
  };
}

/** The tree of a result with intervals in place of its arrays. */
export type Enclosed<T> = unknown extends T
  ? Interval
  : [T] extends [ArrayLike]
    ? Interval
    : T extends readonly unknown[] | { readonly [key: string]: unknown }
      ? { -readonly [K in keyof T]: Enclosed<T[K]> }
      : T;
