/** @file Enclosures of functions: of monotone ones by their ends, of even ones by their sizes, of periodic ones by their peaks. */
import type { NDArray } from "../core/array.ts";
import type { Eqn } from "../core/jaxpr/ir.ts";
import { evalEqn } from "../core/jaxpr/eval.ts";
import { type Params, primitives } from "../core/primitive.ts";
import * as np from "../numpy/index.ts";
import * as a from "./arithmetic.ts";
import type { Pair } from "./arithmetic.ts";

/** The enclosure of an equation's results. */
export type Rule = (inputs: readonly Pair[], eqn: Eqn) => Pair;

/** The primitive of an equation, of other operands. */
const valueOf =
  (eqn: Eqn) =>
  (...xs: readonly NDArray[]): NDArray =>
    evalEqn(eqn, xs)[0];

interface Bounds {
  /** By how many units in the last place the function's values may be off. */
  readonly steps: number;
  /** What all values lie between. */
  readonly least?: number;
  readonly most?: number;
  /** Where the function is defined: arguments beyond are left out. */
  readonly from?: number;
  readonly to?: number;
  /** An absolute error beside the relative one, where the function has zeros that it does not resolve. */
  readonly off?: number;
}

function spread({ lo, hi }: Pair, { steps, off = 0, least = -Infinity, most = Infinity }: Bounds): Pair {
  const [low, high] = off === 0 ? [lo, hi] : [lo.sub(off), hi.add(off)];
  return a.within({ lo: a.down(low, steps), hi: a.up(high, steps) }, least, most);
}

/** Where there is no value at all, NaN. */
function inDomain(x: Pair, { from = -Infinity, to = Infinity }: Bounds): Pair {
  if (from === -Infinity && to === Infinity) return x;
  const outside = np.less(x.hi, from).logicalOr(np.greater(x.lo, to));
  return {
    lo: np.where(outside, NaN, np.clip(x.lo, from, to)),
    hi: np.where(outside, NaN, np.clip(x.hi, from, to)),
  };
}

const increasing =
  (bounds: Bounds): Rule =>
  ([x], eqn) => {
    const [f, on] = [valueOf(eqn), inDomain(x, bounds)];
    return spread({ lo: f(on.lo), hi: f(on.hi) }, bounds);
  };

const decreasing =
  (bounds: Bounds): Rule =>
  ([x], eqn) => {
    const [f, on] = [valueOf(eqn), inDomain(x, bounds)];
    return spread({ lo: f(on.hi), hi: f(on.lo) }, bounds);
  };

/** Of |x| alone, where it does not grow with it. */
const bell =
  (bounds: Bounds): Rule =>
  ([x], eqn) => {
    const [f, size] = [valueOf(eqn), inDomain(a.magnitude(x), bounds)];
    return spread({ lo: f(size.hi), hi: f(size.lo) }, bounds);
  };

/** Of |x| alone, where it does not fall with it. */
const bowl =
  (bounds: Bounds): Rule =>
  ([x], eqn) => {
    const [f, size] = [valueOf(eqn), inDomain(a.magnitude(x), bounds)];
    return spread({ lo: f(size.lo), hi: f(size.hi) }, bounds);
  };

/** On x > 0, falling until `at` and growing from there; elsewhere anything. */
const valley =
  (at: number, least: number, bounds: Bounds): Rule =>
  ([x], eqn) => {
    const [f, on] = [valueOf(eqn), { lo: np.maximum(x.lo, 0), hi: x.hi }];
    const [p, q] = [f(on.lo), f(on.hi)];
    const ends = spread({ lo: np.minimum(p, q), hi: np.maximum(p, q) }, bounds);
    const inside = np.lessEqual(x.lo, at).logicalAnd(np.greaterEqual(x.hi, at));
    const known = np.greater(x.lo, 0);
    return {
      lo: np.where(known, np.where(inside, least, ends.lo), -Infinity),
      hi: np.where(known, ends.hi, Infinity),
    };
  };

/** Rounds quotients outwards by what their computation may be off. */
const slack = 2 ** -48;

/** Whether there may be a whole number k with (k·period + phase) between the bounds. */
function mayReach({ lo, hi }: Pair, phase: number, period: number): NDArray {
  const eps = lo.dtype === "float64" ? slack : 2 ** -19;
  const turn = (x: NDArray, sign: number): NDArray => {
    const t = x.sub(phase).div(period);
    return t.add(
      np
        .abs(t)
        .add(1)
        .mul(sign * eps),
    );
  };
  return np.greaterEqual(np.floor(turn(hi, 1)), np.ceil(turn(lo, -1)));
}

const wave =
  (peak: number): Rule =>
  ([x], eqn) => {
    const [f, turn] = [valueOf(eqn), 2 * Math.PI];
    const ends = spread(
      { lo: np.minimum(f(x.lo), f(x.hi)), hi: np.maximum(f(x.lo), f(x.hi)) },
      { steps: 4, least: -1, most: 1 },
    );
    const wild = np.isinf(x.lo).logicalOr(np.isinf(x.hi));
    return {
      lo: np.where(mayReach(x, peak + Math.PI, turn).logicalOr(wild), -1, ends.lo),
      hi: np.where(mayReach(x, peak, turn).logicalOr(wild), 1, ends.hi),
    };
  };

/** Growing between poles. */
const tangent: Rule = ([x], eqn) => {
  const f = valueOf(eqn);
  const pole = mayReach(x, Math.PI / 2, Math.PI)
    .logicalOr(np.isinf(x.lo))
    .logicalOr(np.isinf(x.hi));
  return {
    lo: np.where(pole, -Infinity, a.down(f(x.lo), 4)),
    hi: np.where(pole, Infinity, a.up(f(x.hi), 4)),
  };
};

/** xʸ of x ≥ 0 is monotone in each; of other x it is known for whole exponents. */
const power: Rule = ([x, y], eqn) => {
  const f = valueOf(eqn);
  const base = { lo: np.maximum(x.lo, 0), hi: np.maximum(x.hi, 0) };
  const positive = a.around([f(base.lo, y.lo), f(base.lo, y.hi), f(base.hi, y.lo), f(base.hi, y.hi)], 4);
  const known = np.greaterEqual(x.lo, 0);
  const whole = np.equal(y.lo, y.hi).logicalAnd(np.equal(np.floor(y.lo), y.lo));
  const odd = np.notEqual(np.remainder(y.lo, 2), 0);
  const size = a.magnitude(x);
  const sizes = a.around([f(size.lo, y.lo), f(size.hi, y.lo)], 4);
  const crosses = np.less(x.lo, 0).logicalAnd(np.greaterEqual(x.hi, 0));
  const [p, q] = [f(x.lo, y.lo), f(x.hi, y.lo)];
  const ends = a.around([p, q], 4);
  const pole = crosses.logicalAnd(np.less(y.lo, 0));
  const settled = whole.logicalAnd(pole.logicalNot());
  return {
    lo: np.where(
      known,
      np.maximum(positive.lo, 0),
      np.where(settled, np.where(odd, ends.lo, np.maximum(sizes.lo, 0)), -Infinity),
    ),
    hi: np.where(known, positive.hi, np.where(settled, np.where(odd, ends.hi, sizes.hi), Infinity)),
  };
};

/** The angle of (x, y): by the corners, unless the cut may be reached. */
const angle: Rule = ([y, x], eqn) => {
  const f = valueOf(eqn);
  const corners = a.around([f(y.lo, x.lo), f(y.lo, x.hi), f(y.hi, x.lo), f(y.hi, x.hi)], 4);
  const cut = np.lessEqual(x.lo, 0).logicalAnd(np.lessEqual(y.lo, 0)).logicalAnd(np.greaterEqual(y.hi, 0));
  const pi = Math.PI + 1e-15;
  return { lo: np.where(cut, -pi, corners.lo), hi: np.where(cut, pi, corners.hi) };
};

const growingInBoth =
  (steps: number): Rule =>
  ([x, y], eqn) => {
    const f = valueOf(eqn);
    return { lo: a.down(f(x.lo, y.lo), steps), hi: a.up(f(x.hi, y.hi), steps) };
  };

const length: Rule = ([x, y], eqn) => {
  const [f, p, q] = [valueOf(eqn), a.magnitude(x), a.magnitude(y)];
  return { lo: np.maximum(a.down(f(p.lo, q.lo), 4), 0), hi: a.up(f(p.hi, q.hi), 4) };
};

type Root = Params & { readonly q: string; readonly n: number };

/** q^(−n/2): q falls with |x| only where it is 1 − x². */
const inverseRoot: Rule = (inputs, eqn) => {
  const { q } = eqn.params as Root;
  const bounds = { steps: 12, least: 0 };
  if (q === "1+x²") return bell(bounds)(inputs, eqn);
  if (q === "x²-1") return bell({ ...bounds, from: 1 })(inputs, eqn);
  return bowl({ ...bounds, to: 1 })(inputs, eqn);
};

/** Monotone on each side of 0, where there is a pole. */
const sided: Rule = ([x], eqn) => {
  const f = valueOf(eqn);
  const ends = a.around([f(x.lo), f(x.hi)], 12);
  const pole = np.lessEqual(x.lo, 0).logicalAnd(np.greaterEqual(x.hi, 0));
  return { lo: np.where(pole, -Infinity, ends.lo), hi: np.where(pole, Infinity, ends.hi) };
};

const wide = 64;

/** Functions of a real number, by the names of their primitives. */
export const functionRules: Readonly<Record<string, Rule>> = {
  add: ([x, y]) => a.add(x, y),
  sub: ([x, y]) => a.sub(x, y),
  mul: ([x, y]) => a.mul(x, y),
  div: ([x, y]) => a.div(x, y),
  neg: ([x]) => a.neg(x),
  abs: ([x]) => a.magnitude(x),
  square: ([x]) => a.square(x),
  integer_pow: ([x], eqn) => a.wholePower(x, (eqn.params as { readonly y: number }).y, valueOf(eqn)),
  pow: power,
  hypot: length,
  atan2: angle,
  sign: increasing({ steps: 0 }),
  floor: increasing({ steps: 0 }),
  ceil: increasing({ steps: 0 }),
  round: increasing({ steps: 0 }),
  max: ([x, y]) => ({ lo: np.maximum(x.lo, y.lo), hi: np.maximum(x.hi, y.hi) }),
  min: ([x, y]) => ({ lo: np.minimum(x.lo, y.lo), hi: np.minimum(x.hi, y.hi) }),
  logaddexp: growingInBoth(wide),
  logaddexp2: growingInBoth(wide),
  sqrt: increasing({ steps: 1, least: 0, from: 0 }),
  cbrt: increasing({ steps: 4 }),
  rsqrt: decreasing({ steps: 4, least: 0, from: 0 }),
  exp: increasing({ steps: 4, least: 0 }),
  exp2: increasing({ steps: 4, least: 0 }),
  exp2_derivative: increasing({ steps: 12, least: 0 }),
  expm1: increasing({ steps: 4, least: -1 }),
  log: increasing({ steps: 4, from: 0 }),
  log2: increasing({ steps: 4, from: 0 }),
  log10: increasing({ steps: 4, from: 0 }),
  log1p: increasing({ steps: 4, from: -1 }),
  logistic: increasing({ steps: 8, least: 0, most: 1 }),
  logit: increasing({ steps: wide, from: 0, to: 1, off: 2 ** -50 }),
  sin: wave(Math.PI / 2),
  cos: wave(0),
  tan: tangent,
  asin: increasing({ steps: 4, from: -1, to: 1 }),
  acos: decreasing({ steps: 4, from: -1, to: 1, least: 0 }),
  atan: increasing({ steps: 4 }),
  sinh: increasing({ steps: 6 }),
  cosh: bowl({ steps: 6, least: 1 }),
  tanh: increasing({ steps: 4, least: -1, most: 1 }),
  asinh: increasing({ steps: 6 }),
  acosh: increasing({ steps: 6, from: 1, least: 0 }),
  atanh: increasing({ steps: 6, from: -1, to: 1 }),
  sech2: bell({ steps: 12, least: 0, most: 1 }),
  inverse_root: inverseRoot,
  root_derivative: sided,
  log_cosh: bowl({ steps: wide, least: 0 }),
  gaussian: bell({ steps: wide, least: 0 }),
  erf: increasing({ steps: wide, least: -1, most: 1 }),
  erfc: decreasing({ steps: wide, least: 0, most: 2 }),
  erfcx: decreasing({ steps: wide, least: 0 }),
  erf_inv: increasing({ steps: wide, from: -1, to: 1 }),
  ndtr: increasing({ steps: wide, least: 0, most: 1 }),
  ndtri: increasing({ steps: wide, from: 0, to: 1, off: 2 ** -50 }),
  log_ndtr: increasing({ steps: wide, most: 0 }),
  exprel: increasing({ steps: wide, least: 0 }),
  gamma: valley(1.46163214496836, 0.8856031944108, { steps: wide }),
  lgamma: valley(1.46163214496836, -0.12148629053585, { steps: wide, off: 2 ** -49 }),
  exp1: decreasing({ steps: wide, from: 0, least: 0 }),
  bessel_i0e: bell({ steps: wide, least: 0, most: 1 }),
  // x·q^(−n/2), of the factors.
  inverse_root_slope: ([x], eqn) => a.mul(x, inverseRoot([x], { ...eqn, primitive: rootPrimitive() })),
};

const rootPrimitive = (): Eqn["primitive"] => primitives.get("inverse_root")!;
