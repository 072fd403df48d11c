/** @file What enclosures prove in one dimension: all roots, the minimum, the integral. Boxes are split until they are narrow. */
import { checkFunction, checkWhole, refuseMore, show } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { jit } from "../api/compile/jit.ts";
import { grad } from "../api/grad.ts";
import { type NDArray, scalarArray } from "../core/array.ts";
import * as np from "../numpy/index.ts";
import * as a from "./arithmetic.ts";
import type { Pair } from "./arithmetic.ts";
import { EnclosureError } from "./errors.ts";
import { Interval, between } from "./interval.ts";
import { encloseScalar } from "./transform.ts";

export { between };

/** A function of one number. */
type Fn = (x: NDArray) => NDArray;

/** How far solutions are taken. */
export interface SolveOptions {
  /** How narrow boxes are to be, relative to max(1, |x|) (roots, minimum), or the sum of the widths (integrate). */
  readonly tol?: number | undefined;
  /** How many boxes may be looked at: 10 000 by default. What is left then is told as it is. */
  readonly maxBoxes?: number | undefined;
}

/** An interval of numbers. */
interface Box {
  readonly lo: number;
  readonly hi: number;
}

function checkDomain(where: string, x: unknown): Box {
  if (!(x instanceof Interval) || x.lo.ndim !== 0)
    throw new ArgumentError(
      `${where}: the domain must be an interval of one number, between(lo, hi); got ${show(x)}.`,
    );
  const [lo, hi] = [Number(x.lo.item()), Number(x.hi.item())];
  if (!(Number.isFinite(lo) && Number.isFinite(hi) && lo <= hi))
    throw new ArgumentError(`${where}: the domain must be finite; got ${lo} … ${hi}.`);
  return { lo, hi };
}

function checkSettings(
  where: string,
  f: unknown,
  options: SolveOptions,
  tol: number,
): { readonly tol: number; readonly maxBoxes: number } {
  checkFunction(where, "the first argument", f);
  checkOptions(where, options, ["tol", "maxBoxes"]);
  const { tol: given = tol, maxBoxes = 10_000 } = options;
  if (typeof given !== "number" || !(given > 0))
    throw new ArgumentError(`${where}: tol must be a positive number; got ${show(given)}.`);
  checkWhole(where, "maxBoxes", maxBoxes, 1);
  return { tol: given, maxBoxes };
}

const number = (x: number): NDArray => scalarArray(x, "float64");
const flat = (pairs: readonly Pair[]): NDArray => np.stack(pairs.flatMap(({ lo, hi }) => [lo, hi]));
const boxesOf = (x: NDArray): Box[] => {
  const data = x.dataSync();
  return Array.from({ length: data.length / 2 }, (_, i) => ({ lo: data[2 * i], hi: data[2 * i + 1] }));
};

const middle = ({ lo, hi }: Box): number => Math.min(hi, Math.max(lo, lo / 2 + hi / 2));
const isNarrow = (x: Box, tol: number): boolean =>
  x.hi - x.lo <= tol * Math.max(1, Math.abs(x.lo), Math.abs(x.hi)) ||
  middle(x) === x.lo ||
  middle(x) === x.hi;
const halves = (x: Box): [Box, Box] => [
  { lo: x.lo, hi: middle(x) },
  { lo: middle(x), hi: x.hi },
];
const intervalOf = ({ lo, hi }: Box): Interval => new Interval(number(lo), number(hi));
const everything: Pair = { lo: number(-Infinity), hi: number(Infinity) };

/** An enclosure; everything where there is none, or where the function may not be smooth. */
function slopeOf(f: Fn, x: Pair, rough: NDArray): Pair {
  try {
    const { lo, hi } = encloseScalar(f, x).out;
    const unknown = np.logicalOr(rough, np.logicalOr(np.isnan(lo), np.isnan(hi)));
    return { lo: np.where(unknown, -Infinity, lo), hi: np.where(unknown, Infinity, hi) };
  } catch (e) {
    if (e instanceof EnclosureError) return everything;
    throw e;
  }
}

/** Of a box and its middle: the values, the value in the middle, the slope, and a Newton step. */
function looking(f: Fn): (x: Box) => Box[] {
  const look = jit((lo: NDArray, hi: NDArray, m: NDArray) => {
    const x = { lo, hi };
    const { out, rough } = encloseScalar(f, x);
    const centre = encloseScalar(f, a.point(m)).out;
    const slope = slopeOf(grad(f), x, rough);
    const step = a.sub(a.point(m), a.div(centre, slope));
    const mean = a.add(centre, a.mul(slope, a.sub(x, a.point(m))));
    const best = {
      lo: np.where(np.isnan(mean.lo), out.lo, np.maximum(out.lo, mean.lo)),
      hi: np.where(np.isnan(mean.hi), out.hi, np.minimum(out.hi, mean.hi)),
    };
    return flat([best, centre, slope, step]);
  });
  return (x) => boxesOf(look(number(x.lo), number(x.hi), number(middle(x))));
}

const holdsZero = ({ lo, hi }: Box): boolean => !(lo > 0 || hi < 0);

/** Boxes side by side become one. */
function merged<T extends Box>(boxes: readonly T[], join: (x: T, y: T) => T): T[] {
  const out: T[] = [];
  for (const box of [...boxes].sort((x, y) => x.lo - y.lo)) {
    const last = out.at(-1);
    if (last !== undefined && box.lo <= last.hi) out[out.length - 1] = join(last, box);
    else out.push(box);
  }
  return out;
}

/** Where roots are, and whether there is exactly one. */
export interface Root {
  readonly at: Interval;
  /** True: it is proven that there is exactly one root here. False: there may be any number, or none. */
  readonly unique: boolean;
}

/** A root where boxes met: a box around both may prove what neither did. */
function provenAround(look: (x: Box) => Box[], x: Box, whole: Box, tol: number): Box | null {
  const margin = 2 * Math.max(x.hi - x.lo, tol * Math.max(1, Math.abs(x.lo), Math.abs(x.hi)));
  const wide = { lo: Math.max(whole.lo, x.lo - margin), hi: Math.min(whole.hi, x.hi + margin) };
  const [, , slope, step] = look(wide);
  return !holdsZero(slope) && step.lo > wide.lo && step.hi < wide.hi ? step : null;
}

/**
 * All roots of a function of one number: every root in the domain lies in one of the intervals returned. `unique` tells of which
 * it is proven that there is one root in it, and only one (the interval Newton step leads into the box). Multiple roots, and roots at
 * kinks, cannot be proven and are told as possible ones; so are roots at the very ends of the domain.
 * @throws ArgumentError unless the domain is a finite interval
 * @throws EnclosureError for functions that have no enclosure
 * @see mpmath.findroot
 * @example
 * const found = roots((x: Array) => x.mul(x).sub(2), between(0, 3));
 * found.length; // 1
 * found.every((r) => r.unique && r.at.contains(Math.SQRT2).item()); // true
 */
export function roots(
  f: Fn,
  domain: Interval,
  options: SolveOptions = {},
  ...more: readonly unknown[]
): Root[] {
  refuseMore("roots", 3, more);
  const { tol, maxBoxes } = checkSettings("roots", f, options, 1e-13);
  const look = looking(f);
  const found: (Box & { readonly unique: boolean })[] = [];
  const open: (Box & { readonly unique: boolean })[] = [{ ...checkDomain("roots", domain), unique: false }];
  for (let count = 0; open.length > 0; count++) {
    const x = open.pop()!;
    if (count >= maxBoxes) {
      found.push(x);
      continue;
    }
    const [value, , slope, step] = look(x);
    if (!holdsZero(value)) continue;
    if (holdsZero(slope) || !(step.lo <= Infinity)) {
      if (isNarrow(x, tol)) found.push(x);
      else open.push(...halves(x).map((half) => ({ ...half, unique: false })));
      continue;
    }
    const unique = x.unique || (step.lo > x.lo && step.hi < x.hi);
    const next = { lo: Math.max(x.lo, step.lo), hi: Math.min(x.hi, step.hi), unique };
    if (next.lo > next.hi) continue;
    if (isNarrow(next, tol) || next.hi - next.lo > 0.9 * (x.hi - x.lo)) {
      if (isNarrow(next, tol) || unique) found.push(next);
      else open.push(...halves(next).map((half) => ({ ...half, unique: false })));
    } else open.push(next);
  }
  const whole = checkDomain("roots", domain);
  const all = merged(found, (x, y) => ({ lo: x.lo, hi: Math.max(x.hi, y.hi), unique: false }));
  return all.map((x) => {
    const proven = x.unique ? x : provenAround(look, x, whole, tol);
    return { at: intervalOf(proven ?? x), unique: proven !== null };
  });
}

/** A minimum, and where it is. */
export interface Minimum {
  /** The least value that the function takes lies here. */
  readonly value: Interval;
  /** Where it is taken: every such place lies in one of these. */
  readonly at: readonly Interval[];
}

/**
 * The global minimum of a function of one number: an enclosure of the least value, and of all places where it is taken.
 * @throws ArgumentError unless the domain is a finite interval
 * @throws EnclosureError for functions that have no enclosure
 * @see scipy.optimize.minimize_scalar
 * @example
 * const { value, at } = minimum((x: Array) => np.cos(x).add(x.mul(0.1)), between(0, 20));
 * at.length; // 1
 * value.width.item() < 1e-9; // true
 */
export function minimum(
  f: Fn,
  domain: Interval,
  options: SolveOptions = {},
  ...more: readonly unknown[]
): Minimum {
  refuseMore("minimum", 3, more);
  const { tol, maxBoxes } = checkSettings("minimum", f, options, 1e-7);
  const whole = checkDomain("minimum", domain);
  const look = looking(f);
  let most = Infinity;
  type Open = Box & { readonly least: number };
  const kept: Open[] = [];
  const open: Open[] = [{ ...whole, least: -Infinity }];
  for (let count = 0; open.length > 0; count++) {
    open.sort((x, y) => y.least - x.least);
    const x = open.pop()!;
    if (x.least > most) continue;
    const [value, centre, slope] = look(x);
    // A value that is taken is none below the least.
    most = Math.min(most, Number.isNaN(centre.hi) ? Infinity : centre.hi);
    if (value.lo > most) continue;
    if (slope.lo > 0 && x.lo > whole.lo) continue;
    if (slope.hi < 0 && x.hi < whole.hi) continue;
    const least = Number.isNaN(value.lo) ? -Infinity : value.lo;
    const end = slope.lo > 0 ? { lo: x.lo, hi: x.lo } : slope.hi < 0 ? { lo: x.hi, hi: x.hi } : x;
    if (count >= maxBoxes || isNarrow(end, tol)) {
      const [own] = end === x ? [value] : look(end);
      most = Math.min(most, own.hi);
      kept.push({ ...end, least: Number.isNaN(own.lo) ? least : own.lo });
    } else open.push(...halves(x).map((half) => ({ ...half, least })));
  }
  const left = kept.filter((x) => x.least <= most);
  const lowest = Math.min(...left.map((x) => x.least));
  const places = merged<Box>(left, (x, y) => ({ lo: x.lo, hi: Math.max(x.hi, y.hi) }));
  return { value: intervalOf({ lo: lowest, hi: most }), at: places.map(intervalOf) };
}

/** The integral over one panel: by the middle, the second derivative there, and the fourth on the panel. */
function paneling(f: Fn): (x: Box) => Box {
  const second = grad(grad(f)) as Fn;
  const fourth = grad(grad(second)) as Fn;
  const panel = jit((lo: NDArray, hi: NDArray, m: NDArray) => {
    const x = { lo, hi };
    const { out, rough } = encloseScalar(f, x);
    const width = a.sub(a.point(hi), a.point(lo));
    const plain = a.mul(width, out);
    // ∫ f = w·f(m) + w³/24·f″(m) + …, with h = x − m: ∫ h⁴/4!·f⁗(ξ) lies in w·[0, (w/2 + …)⁴]/5!·f⁗(X); exactly, w⁵/1920·f⁗(ξ),
    // where m is the middle; m is rounded, so the moments are those of the panel itself.
    const [left, right] = [a.sub(a.point(lo), a.point(m)), a.sub(a.point(hi), a.point(m))];
    const moment = (k: number): Pair => {
      const power = (h: Pair): Pair => a.wholePower(h, k + 1, (v) => np.power(v, k + 1));
      return a.div(a.sub(power(right), power(left)), a.point(number(factorial(k + 1))));
    };
    const terms = [f, grad(f) as Fn, second, grad(second) as Fn].map((g, k) =>
      a.mul(slopeOf(g, a.point(m), rough), moment(k)),
    );
    const rest = a.mul(slopeOf(fourth, x, rough), moment(4));
    const fine = terms.reduce((sum, t) => a.add(sum, t), rest);
    const pick = (own: NDArray, other: NDArray, meet: NDArray): NDArray =>
      np.where(np.isnan(own), other, meet);
    return flat([
      {
        lo: pick(fine.lo, plain.lo, np.maximum(fine.lo, plain.lo)),
        hi: pick(fine.hi, plain.hi, np.minimum(fine.hi, plain.hi)),
      },
    ]);
  });
  return (x) => boxesOf(panel(number(x.lo), number(x.hi), number(middle(x))))[0];
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

/** A number below, one above, by more than the rounding of one addition. */
const below = (x: number): number => x - Math.abs(x) * 2 ** -51 - 2 ** -1074;
const above = (x: number): number => x + Math.abs(x) * 2 ** -51 + 2 ** -1074;

/**
 * An enclosure of the integral of a function of one number. Panels are split, the one with the widest enclosure first, until the sum
 * of the widths is `tol` (1e-10 by default) or `maxBoxes` panels were looked at: what is returned holds the integral in any case, and
 * its width tells how well it is known.
 * @throws ArgumentError unless the domain is a finite interval
 * @throws EnclosureError for functions that have no enclosure
 * @see scipy.integrate.quad
 * @example
 * const area = integrate((x: Array) => np.exp(x.mul(x).neg()), between(0, 1));
 * area.contains(0.746824132812427).item(); // true
 */
export function integrate(
  f: Fn,
  domain: Interval,
  options: SolveOptions = {},
  ...more: readonly unknown[]
): Interval {
  refuseMore("integrate", 3, more);
  const { tol, maxBoxes } = checkSettings("integrate", f, options, 1e-10);
  const panel = paneling(f);
  type Panel = { readonly x: Box; readonly area: Box };
  const measured = (x: Box): Panel => {
    const area = panel(x);
    return { x, area: Number.isNaN(area.lo + area.hi) ? { lo: -Infinity, hi: Infinity } : area };
  };
  const widthOf = ({ area }: Panel): number => area.hi - area.lo;
  const done: Panel[] = [];
  const panels: Panel[] = [measured(checkDomain("integrate", domain))];
  let total = widthOf(panels[0]);
  for (let count = 1; panels.length > 0 && !(total <= tol) && count < maxBoxes; count += 2) {
    let widest = 0;
    for (let i = 1; i < panels.length; i++) if (widthOf(panels[i]) > widthOf(panels[widest])) widest = i;
    const [old] = panels.splice(widest, 1);
    if (middle(old.x) === old.x.lo || middle(old.x) === old.x.hi) done.push(old);
    else panels.push(...halves(old.x).map(measured));
    total = [...panels, ...done].reduce((sum, p) => sum + widthOf(p), 0);
  }
  let [lo, hi] = [0, 0];
  for (const { area } of [...done, ...panels]) {
    lo = below(lo + area.lo);
    hi = above(hi + area.hi);
  }
  return intervalOf({ lo, hi });
}
