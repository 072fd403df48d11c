/** @file Enclosures of equations: functions, comparisons and choices, movements, sums and products, loops and branches. */
import type { NDArray } from "../core/array.ts";
import { evalEqn, interpretJaxpr } from "../core/jaxpr/eval.ts";
import { ClosedJaxpr, type Eqn } from "../core/jaxpr/ir.ts";
import { inlineCalls } from "../interpreters/inline.ts";
import { dce } from "../core/jaxpr/eval.ts";
import { derived } from "../core/jaxpr/derived.ts";
import { isComplex, isFloat, isInteger } from "../dtypes/dtype.ts";
import { scan as laxScan } from "../control-flow/loops/api.ts";
import * as np from "../numpy/index.ts";
import * as a from "./arithmetic.ts";
import type { Pair } from "./arithmetic.ts";
import { EnclosureError } from "./errors.ts";
import { anyOf, collecting, differ, note, overlap } from "./decisions.ts";
import { functionRules } from "./functions.ts";

type Rule = (inputs: readonly Pair[], eqn: Eqn) => readonly Pair[];

const one = (lo: NDArray, hi: NDArray): Pair[] => [{ lo, hi }];
const evaluate = (eqn: Eqn, inputs: readonly NDArray[]): NDArray => evalEqn(eqn, inputs)[0];

/** What a comparison gives: certain (`lo`) and possible (`hi`). */
const comparisons: Readonly<Record<string, Rule>> = {
  lt: ([x, y]) => one(np.less(x.hi, y.lo), np.less(x.lo, y.hi)),
  le: ([x, y]) => one(np.lessEqual(x.hi, y.lo), np.lessEqual(x.lo, y.hi)),
  gt: ([x, y]) => one(np.greater(x.lo, y.hi), np.greater(x.hi, y.lo)),
  ge: ([x, y]) => one(np.greaterEqual(x.lo, y.hi), np.greaterEqual(x.hi, y.lo)),
  eq: ([x, y]) => {
    const same = np.equal(x.lo, x.hi).logicalAnd(np.equal(y.lo, y.hi)).logicalAnd(np.equal(x.lo, y.lo));
    return one(same, np.lessEqual(x.lo, y.hi).logicalAnd(np.lessEqual(y.lo, x.hi)));
  },
  ne: (inputs, eqn) => negated(comparisons.eq(inputs, eqn)[0]),
  not: ([x], eqn) => one(evaluate(eqn, [x.hi]), evaluate(eqn, [x.lo])),
  is_finite: ([x], eqn) => {
    const both = evaluate(eqn, [x.lo]).logicalAnd(evaluate(eqn, [x.hi]));
    return one(both, np.onesLike(both));
  },
};

const negated = ({ lo, hi }: Pair): Pair[] => one(np.logicalNot(hi), np.logicalNot(lo));

/** One of several, of which it may be open which one. */
const select: Rule = ([which, ...cases]) => {
  if (which.lo.dtype === "bool") {
    const [no, yes] = cases;
    const open = a.hull([no, yes]);
    const pick = (n: NDArray, y: NDArray, o: NDArray): NDArray =>
      np.where(which.lo, y, np.where(which.hi, o, n));
    return one(pick(no.lo, yes.lo, open.lo), pick(no.hi, yes.hi, open.hi));
  }
  return [a.hull(cases)];
};

/** The same of both bounds: operations that keep the order. */
const ordered: Rule = (inputs, eqn) => moved(inputs, eqn);

/** Of one list: what is sorted along with another moves as no bounds tell. */
const sorted: Rule = (inputs, eqn) => {
  if (inputs.length === 1) return moved(inputs, eqn);
  throw new EnclosureError("interval: the order of a sort depends on an interval, which does not decide it.");
};

/** By how much a sum of n terms may be off, as a part of the sum of their sizes. */
const gamma = (n: number, x: NDArray): number => 2 * (n + 2) * (x.dtype === "float64" ? 2 ** -53 : 2 ** -24);

/** Sums, in whatever order they are added. */
const summed: Rule = ([x], eqn) => {
  const [lo, hi] = [evaluate(eqn, [x.lo]), evaluate(eqn, [x.hi])];
  const n = x.lo.size / Math.max(1, eqn.primitive.kind === "reduction" ? lo.size : 1);
  const off = (y: NDArray): NDArray => evaluate(eqn, [np.abs(y)]).mul(gamma(n, y));
  return one(a.down(lo.sub(off(x.lo)), 2), a.up(hi.add(off(x.hi)), 2));
};

/** A contraction, by middles and radii. */
const contracted: Rule = ([x, y], eqn) => {
  const middle = (p: Pair): [NDArray, NDArray] => {
    const m = p.lo.mul(0.5).add(p.hi.mul(0.5));
    return [m, a.isPoint(p) ? np.zerosLike(m) : a.up(np.maximum(a.up(p.hi.sub(m)), a.up(m.sub(p.lo))))];
  };
  const [[mx, rx], [my, ry]] = [middle(x), middle(y)];
  const f = (p: NDArray, q: NDArray): NDArray => evaluate(eqn, [p, q]);
  const [sx, sy] = [np.abs(mx), np.abs(my)];
  const centre = f(mx, my);
  const n = Math.max(x.lo.size, y.lo.size);
  const radius = f(a.up(sx.add(rx)), ry).add(f(rx, sy));
  const off = f(a.up(sx.add(rx)), a.up(sy.add(ry))).mul(4 * gamma(n, centre));
  const total = a.up(radius.add(off), 4);
  return one(a.down(centre.sub(total), 2), a.up(centre.add(total), 2));
};

const clamp: Rule = ([min, x, max]) => {
  note(() => np.logicalOr(overlap(x, min), overlap(x, max)));
  return one(np.minimum(np.maximum(x.lo, min.lo), max.lo), np.minimum(np.maximum(x.hi, min.hi), max.hi));
};

/** Conversions keep the order; those that round do so to nearest. */
const convert: Rule = ([x], eqn) => {
  const [lo, hi] = [evaluate(eqn, [x.lo]), evaluate(eqn, [x.hi])];
  if (!isFloat(lo.dtype) || x.lo.dtype === lo.dtype || x.lo.dtype === "bool") return one(lo, hi);
  const exact = x.lo.dtype === "float32" && lo.dtype === "float64";
  return exact ? one(lo, hi) : one(a.down(lo), a.up(hi));
};

/** Arrays of pairs in one list: two of each, of those that are known exactly one. */
class Slots {
  readonly #exact: readonly boolean[];
  constructor(pairs: readonly Pair[], isExact: (pair: Pair, i: number) => boolean) {
    this.#exact = pairs.map(isExact);
  }
  flat(pairs: readonly Pair[]): NDArray[] {
    return pairs.flatMap(({ lo, hi }, i) => (this.#exact[i] ? [lo] : [lo, hi]));
  }
  pairs(arrays: readonly NDArray[]): Pair[] {
    let at = 0;
    return this.#exact.map((exact) =>
      exact ? a.point(arrays[at++]) : { lo: arrays[at++], hi: arrays[at++] },
    );
  }
  check(pairs: readonly Pair[]): void {
    if (pairs.some((p, i) => this.#exact[i] && !a.isPoint(p)))
      throw new EnclosureError(
        "interval: a counter of a scan depends on an interval, which does not decide it.",
      );
  }
}

const exactInteger = (p: Pair): boolean => a.isPoint(p) && !isFloat(p.lo.dtype);

/** A scan over bounds. Counters stay exact. */
const scan: Rule = (inputs, eqn) => {
  const { jaxpr, numConsts, numCarry, length, reverse } = eqn.params as {
    readonly jaxpr: ClosedJaxpr;
    readonly numConsts: number;
    readonly numCarry: number;
    readonly length: number;
    readonly reverse: boolean;
  };
  const consts = inputs.slice(0, numConsts);
  const [first, rest] = [inputs.slice(numConsts, numConsts + numCarry), inputs.slice(numConsts + numCarry)];
  const [carrySlots, xSlots] = [new Slots(first, exactInteger), new Slots(rest, a.isPoint)];
  let ySlots = new Slots([], a.isPoint);
  const strong = (xs: readonly NDArray[]): NDArray[] => xs.map((x) => x.astype(x.dtype));
  const step = (carry: readonly NDArray[], xs: readonly NDArray[]): [NDArray[], NDArray[]] => {
    const { result: outs, open } = collecting(() =>
      encloseJaxpr(jaxpr, [...consts, ...carrySlots.pairs(carry), ...xSlots.pairs(xs)]),
    );
    const [next, ys] = [outs.slice(0, numCarry), outs.slice(numCarry)];
    carrySlots.check(next);
    ySlots = new Slots(ys, a.isPoint);
    return [strong(carrySlots.flat(next)), [anyOf(open), ...ySlots.flat(ys)]];
  };
  const [carry, [open, ...ys]] = laxScan(step, strong(carrySlots.flat(first)), xSlots.flat(rest), {
    length,
    reverse,
  });
  note(() => open);
  return [...carrySlots.pairs(carry), ...ySlots.pairs(ys)];
};

/** Branches: of which it is open, all that may be. */
const branches: Rule = ([index, ...args], eqn) => {
  const { branches: all } = eqn.params as { readonly branches: readonly ClosedJaxpr[] };
  const outs = all.map((body) => encloseJaxpr(body, args));
  const may = (k: number): NDArray => {
    const [lo, hi] = [np.clip(index.lo, 0, all.length - 1), np.clip(index.hi, 0, all.length - 1)];
    return np.lessEqual(lo, k).logicalAnd(np.greaterEqual(hi, k));
  };
  return outs[0].map((_, i) => {
    let [lo, hi]: [NDArray | null, NDArray | null] = [null, null];
    outs.forEach((out, k) => {
      const { lo: low, hi: high } = out[i];
      if (low.dtype === "bool" || !isFloat(low.dtype)) {
        lo = lo === null ? low : np.where(may(k), np.minimum(lo, low), lo);
        hi = hi === null ? high : np.where(may(k), np.maximum(hi, high), hi);
        return;
      }
      const [from, to] = [np.where(may(k), low, Infinity), np.where(may(k), high, -Infinity)];
      lo = lo === null ? from : np.minimum(lo, from);
      hi = hi === null ? to : np.maximum(hi, to);
    });
    return { lo: lo!, hi: hi! };
  });
};

const rules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    Object.entries(functionRules).map(([name, rule]): [string, Rule] => [name, (xs, eqn) => [rule(xs, eqn)]]),
  ),
  ...comparisons,
  and: ordered,
  or: ordered,
  select_n: select,
  clamp,
  convert_element_type: convert,
  reduce_sum: summed,
  cumsum: summed,
  reduce_max: ordered,
  reduce_min: ordered,
  reduce_and: ordered,
  reduce_or: ordered,
  cummax: ordered,
  cummin: ordered,
  sort: sorted,
  dot_general: contracted,
  stop_gradient: ordered,
  optimization_barrier: ordered,
  scan,
  cond: branches,
};

/** Both bounds go the same way. */
function moved(inputs: readonly Pair[], eqn: Eqn): Pair[] {
  const [lo, hi] = [
    evalEqn(
      eqn,
      inputs.map((x) => x.lo),
    ),
    evalEqn(
      eqn,
      inputs.map((x) => x.hi),
    ),
  ];
  return lo.map((x, i) => ({ lo: x, hi: hi[i] }));
}

/** What may be done to integers between bounds: nothing wraps. */
const keepOrder: ReadonlySet<string> = new Set(
  "select_n clamp convert_element_type max min sign reduce_max reduce_min cummax cummin sort stop_gradient cond scan".split(
    " ",
  ),
);

const copies: ReadonlySet<string> = new Set(["scatter", "dynamic_update_slice"]);

function encloseEqn(eqn: Eqn, inputs: readonly Pair[]): readonly Pair[] {
  const { primitive, outputs } = eqn;
  if (outputs.some((v) => isComplex(v.aval.dtype)))
    throw new EnclosureError("interval: complex numbers have no enclosure.");
  const exact = inputs.every(a.isPoint);
  // What is computed of integers and truth values is exact.
  const isMove = primitive.kind === "movement" || copies.has(primitive.name);
  if (
    exact &&
    (isMove || [...outputs, ...eqn.inputs].every((v) => !isFloat(v.aval.dtype)) || inputs.length === 0)
  )
    return evalEqn(
      eqn,
      inputs.map((x) => x.lo),
    ).map(a.point);
  if (exact && outputs.every((v) => !isFloat(v.aval.dtype)) && primitive.kind === "elementwise")
    return evalEqn(
      eqn,
      inputs.map((x) => x.lo),
    ).map(a.point);
  if (isMove) {
    if (
      inputs.some(
        (x, i) => !isFloat(eqn.inputs[i].aval.dtype) && eqn.inputs[i].aval.dtype !== "bool" && !a.isPoint(x),
      )
    )
      throw new EnclosureError(
        `interval: an index of ${primitive.name} depends on an interval, which does not decide it.`,
      );
    return moved(inputs, eqn);
  }
  if (!Object.hasOwn(rules, primitive.name))
    throw new EnclosureError(
      `interval: there is no enclosure of ${primitive.name}${primitive.name === "while" ? " (a loop whose length depends on values); use scan or foriLoop with a fixed number of steps" : ""}.`,
    );
  if (outputs.some((v) => isInteger(v.aval.dtype)) && !keepOrder.has(primitive.name))
    throw new EnclosureError(
      `interval: an integer (of ${primitive.name}) depends on an interval, which does not decide it.`,
    );
  const outs = rules[primitive.name](inputs, eqn);
  if (!exact) noteDecisions(eqn, inputs, outs);
  return outs;
}

/** Operations across whose decisions derivatives say nothing: those that choose, and those that are said to have none. */
function noteDecisions({ primitive }: Eqn, inputs: readonly Pair[], outs: readonly Pair[]): void {
  const { name } = primitive;
  if (name === "max" || name === "min") note(() => overlap(inputs[0], inputs[1]));
  else if (name === "abs" || name === "log_cosh")
    note(() => overlap(inputs[0], a.point(np.zerosLike(inputs[0].lo))));
  else if (name === "atan2") note(() => overlap(inputs[0], a.point(np.zerosLike(inputs[0].lo))));
  else if (orders.has(name)) note(() => anyOf(inputs.map(differ)));
  else if (!primitive.hasJvp || !outs.every(({ lo }) => isFloat(lo.dtype)))
    outs.forEach((out) => note(() => differ(out)));
  else if (name === "cond") note(() => differ(inputs[0]));
}

/** What compares many elements at once. */
const orders: ReadonlySet<string> = new Set("reduce_max reduce_min cummax cummin sort".split(" "));

/** A program with calls replaced by what they call. */
export const inlined = derived((closed): ClosedJaxpr =>
  dce(new ClosedJaxpr(inlineCalls(closed.jaxpr), closed.consts)),
);

/** Enclosures of a program's results, from those of its inputs. */
export function encloseJaxpr(closed: ClosedJaxpr, inputs: readonly Pair[]): Pair[] {
  const { jaxpr, consts } = inlined(closed);
  return interpretJaxpr<Pair>(jaxpr, consts.map(a.point), inputs, {
    constant: a.point,
    equation: encloseEqn,
  });
}
