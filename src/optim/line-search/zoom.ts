/**
 * @file Zoom line search: a step that fulfils the strong Wolfe conditions, by growing an interval that must hold one and
 * then narrowing it by interpolation. Source: optax/_src/linesearch.py, after Nocedal and Wright, algorithms 3.5 and 3.6.
 */
import { whileLoop } from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as np from "../../numpy/index.ts";
import {
  type GradientTransformation,
  type OfParams,
  choose,
  requireParams,
  transformation,
} from "../gradients/base.ts";
import { define } from "../../arguments/declare.ts";
import { number, value } from "../../arguments/parameters.ts";
import { type Objective, along, checkSteps, nanToInf, objective, slopeAlong, valueDType } from "./common.ts";
import { cast, counter, minus, times } from "../parameters/scalars.ts";
import { mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** A place on the line: the step, the objective there, and its slope. */
type Point = { readonly step: NDArray; readonly value: NDArray; readonly slope: NDArray };

/** The state of a search. */
type Search = {
  readonly count: NDArray;
  /** The last point, and the gradient there. */
  readonly now: Point;
  readonly grad: unknown;
  readonly decreaseError: NDArray;
  readonly curvatureError: NDArray;
  readonly intervalFound: NDArray;
  readonly done: NDArray;
  readonly failed: NDArray;
  /** The ends of the interval; the objective at `low` is the lower one. */
  readonly low: Point;
  readonly high: Point;
  /** A third point, for cubic interpolation. */
  readonly cubic: { readonly step: NDArray; readonly value: NDArray };
  /** The best step so far that decreases enough, whatever the slope. */
  readonly safe: { readonly step: NDArray; readonly value: NDArray; readonly grad: unknown };
};

/** How steps are judged. */
interface Rules {
  readonly maxSteps: ArrayLike;
  readonly maxStep: ArrayLike | null;
  readonly tol: ArrayLike;
  readonly increaseFactor: ArrayLike;
  readonly slopeRtol: ArrayLike;
  readonly curvRtol: ArrayLike;
  readonly approxDecRtol: ArrayLike | null;
  readonly threshold: ArrayLike;
}

/** The line: the objective from the parameters in a direction, and its start. */
interface Line {
  readonly f: Objective;
  readonly params: unknown;
  readonly direction: unknown;
  readonly start: Point;
  readonly rules: Rules;
}

/** A point on the line that was tried. */
interface Trial {
  readonly at: Point;
  readonly grad: unknown;
  readonly decreaseError: NDArray;
  readonly curvatureError: NDArray;
  readonly error: NDArray;
}

const and = np.logicalAnd;
const or = np.logicalOr;
const not = np.logicalNot;
const positive = (x: NDArray): NDArray => np.maximum(x, 0);

/** By how much the objective does not decrease enough (Armijo's rule, or Hager and Zhang's approximate one). */
function decreaseErrorOf({ rules, start }: Line, p: Point): NDArray {
  const change = np.subtract(p.value, start.value);
  const exact = np.subtract(change, np.multiply(np.multiply(rules.slopeRtol, p.step), start.slope));
  if (rules.approxDecRtol === null) return nanToInf(positive(exact));
  const slopes = np.subtract(p.slope, np.multiply(minus(times(2, rules.slopeRtol), 1), start.slope));
  const values = np.subtract(change, np.multiply(rules.approxDecRtol, np.abs(start.value)));
  return nanToInf(positive(np.minimum(np.maximum(slopes, values), exact)));
}

/** By how much the slope is too steep. */
const curvatureErrorOf = ({ rules, start }: Line, p: Point): NDArray =>
  nanToInf(positive(np.subtract(np.abs(p.slope), np.multiply(rules.curvRtol, np.abs(start.slope)))));

function tryStep(line: Line, step: NDArray): Trial {
  const [value, grad] = line.f.withGrad(along(line.params, step, line.direction));
  const slope = slopeAlong(line.direction, grad).astype(line.f.dtype);
  const at = { step, value, slope };
  const decreaseError = decreaseErrorOf(line, at);
  const curvatureError = curvatureErrorOf(line, at);
  return { at, grad, decreaseError, curvatureError, error: np.maximum(decreaseError, curvatureError) };
}

/** The parts of a search that every trial sets. */
const tried = (
  s: Search,
  t: Trial,
): Pick<Search, "count" | "now" | "grad" | "decreaseError" | "curvatureError"> => ({
  count: np.add(s.count, 1),
  now: t.at,
  grad: t.grad,
  decreaseError: t.decreaseError,
  curvatureError: t.curvatureError,
});

/** The first phase: longer and longer steps until an interval must hold a good one. */
function searchInterval(line: Line, s: Search, guess: NDArray): Search {
  const { rules } = line;
  const first = np.equal(s.count, 0);
  const wanted = np.where(first, guess, np.multiply(rules.increaseFactor, s.now.step)).astype(line.f.dtype);
  const atLimit = rules.maxStep === null ? np.array(false) : np.greaterEqual(wanted, rules.maxStep);
  const t = tryStep(
    line,
    rules.maxStep === null ? wanted : cast(np.minimum(wanted, rules.maxStep), line.f.dtype),
  );
  const rises = and(np.greaterEqual(t.at.value, s.now.value), not(first));
  const newIsHigh = or(np.greater(t.decreaseError, 0), rises);
  const newIsLow = and(np.greaterEqual(t.at.slope, 0), not(newIsHigh));
  const low = trees.where(newIsLow, t.at, s.now);
  const good = np.lessEqual(t.error, rules.tol);
  const intervalFound = or(or(newIsHigh, newIsLow), good);
  const done = or(good, and(atLimit, not(intervalFound)));
  const fresh = { step: t.at.step, value: t.at.value, grad: t.grad };
  return {
    ...tried(s, t),
    intervalFound,
    done,
    failed: and(np.greaterEqual(np.add(s.count, 1), rules.maxSteps), not(done)),
    low,
    high: trees.where(newIsLow, s.now, t.at),
    cubic: { step: low.step, value: low.value },
    safe: trees.where(np.lessEqual(t.decreaseError, rules.tol), fresh, s.safe),
  };
}

/** The minimum of the cubic through two points and one more value, with the slope at the first. */
function cubicMinimum(low: Point, high: Point, third: { step: NDArray; value: NDArray }): NDArray {
  const b = np.subtract(high.step, low.step);
  const c = np.subtract(third.step, low.step);
  const atB = np.subtract(np.subtract(high.value, low.value), np.multiply(low.slope, b));
  const atC = np.subtract(np.subtract(third.value, low.value), np.multiply(low.slope, c));
  const below = np.multiply(np.square(np.multiply(b, c)), np.subtract(b, c));
  const cube = (x: NDArray): NDArray => np.multiply(x, np.square(x));
  const a3 = np.divide(np.subtract(np.multiply(np.square(c), atB), np.multiply(np.square(b), atC)), below);
  const a2 = np.divide(np.subtract(np.multiply(cube(b), atC), np.multiply(cube(c), atB)), below);
  const root = np.sqrt(np.subtract(np.square(a2), np.multiply(np.multiply(3, a3), low.slope)));
  return np.add(low.step, np.divide(np.subtract(root, a2), np.multiply(3, a3)));
}

/** The minimum of the parabola through two points with the slope at the first. */
function quadraticMinimum(low: Point, high: Point): NDArray {
  const b = np.subtract(high.step, low.step);
  const rest = np.subtract(np.subtract(high.value, low.value), np.multiply(low.slope, b));
  const a2 = np.divide(rest, np.square(b));
  return np.subtract(low.step, np.divide(low.slope, np.multiply(2, a2)));
}

/** A step within the interval, well inside: of the cubic, else the parabola, else the middle. */
function interpolate({ low, high, cubic }: Search): NDArray {
  const width = np.abs(np.subtract(high.step, low.step));
  const left = np.minimum(high.step, low.step);
  const right = np.maximum(high.step, low.step);
  const inside = (x: NDArray, margin: number): NDArray => {
    const edge = np.multiply(margin, width);
    return and(np.greater(x, np.add(left, edge)), np.less(x, np.subtract(right, edge)));
  };
  const ofCubic = cubicMinimum(low, high, cubic);
  const ofParabola = quadraticMinimum(low, high);
  const middle = np.divide(np.add(low.step, high.step), 2);
  return np.where(inside(ofCubic, 0.2), ofCubic, np.where(inside(ofParabola, 0.1), ofParabola, middle));
}

/** The second phase: narrows the interval about a good step. */
function zoom(line: Line, s: Search): Search {
  const { rules } = line;
  const { low, high } = s;
  const t = tryStep(line, interpolate(s));
  const decreases = np.lessEqual(t.decreaseError, rules.tol);
  const fresh = { step: t.at.step, value: t.at.value, grad: t.grad };
  const safe = trees.where(and(decreases, np.less(t.at.value, s.safe.value)), fresh, s.safe);
  const done = np.lessEqual(t.error, rules.tol);
  const newIsHigh = or(np.greater(t.decreaseError, 0), np.greaterEqual(t.at.value, low.value));
  const towardsHigh = np.multiply(t.at.slope, np.subtract(high.step, low.step));
  const lowIsHigh = and(np.greaterEqual(towardsHigh, 0), not(newIsHigh));
  const narrow = np.lessEqual(np.abs(np.subtract(high.step, low.step)), rules.threshold);
  const last = np.greaterEqual(np.add(s.count, 1), rules.maxSteps);
  const givesUp = or(last, and(narrow, np.greater(safe.step, 0)));
  const value = ({ step, value: v }: Point): { step: NDArray; value: NDArray } => ({ step, value: v });
  return {
    ...tried(s, t),
    intervalFound: s.intervalFound,
    done,
    failed: and(givesUp, not(done)),
    low: trees.where(newIsHigh, low, t.at),
    high: trees.where(lowIsHigh, low, trees.where(newIsHigh, t.at, high)),
    cubic: trees.where(or(newIsHigh, lowIsHigh), value(high), value(low)),
    safe,
  };
}

/** After a failure: the safe step, if there is one, or if the last left the domain (then zero). */
function settleFor(s: Search): Search {
  const useSafe = and(s.failed, or(np.greater(s.safe.step, 0), np.isinf(s.decreaseError)));
  const last = { step: s.now.step, value: s.now.value, grad: s.grad };
  const { step, value: v, grad } = trees.where(useSafe, s.safe, last);
  return { ...s, now: { ...s.now, step, value: v }, grad };
}

function startOf({ start, f }: Line): Search {
  const infinite = np.array(Infinity, { dtype: f.dtype });
  const no = np.array(false);
  return {
    count: counter(),
    now: start,
    grad: f.grad,
    decreaseError: infinite,
    curvatureError: infinite,
    intervalFound: no,
    done: no,
    failed: no,
    low: start,
    high: start,
    cubic: { step: start.step, value: start.value },
    safe: { step: start.step, value: start.value, grad: f.grad },
  };
}

function search(line: Line, guess: NDArray): Search {
  const found = whileLoop<Search>(
    ({ done, failed }) => not(or(done, failed)),
    (s) => {
      const next = choose(
        s.intervalFound,
        () => trees.castLike(zoom(line, s), s),
        () => trees.castLike(searchInterval(line, s, guess), s),
      );
      return next as Search;
    },
    mapArrays((x) => x, startOf(line)) as Search,
  );
  return settleFor(found);
}

/** The last step; the objective and its gradient after it; how the search went. */
export type ZoomLinesearchState<P = unknown> = {
  readonly learningRate: NDArray;
  readonly value: NDArray;
  readonly grad: P;
  readonly info: {
    readonly numLinesearchSteps: NDArray;
    readonly decreaseError: NDArray;
    readonly curvatureError: NDArray;
  };
};

function checkStrategy(strategy: string): void {
  if (strategy !== "keep" && strategy !== "one")
    throw new ArgumentError(
      `scaleByZoomLinesearch: initialGuessStrategy must be "keep" or "one"; got "${strategy}".`,
    );
}

const initialState = (params: unknown): ZoomLinesearchState => {
  const dtype: DType = valueDType("scaleByZoomLinesearch", params);
  const infinite = np.array(Infinity, { dtype });
  return {
    learningRate: np.array(1, { dtype }),
    value: infinite,
    grad: trees.zerosLike(params),
    info: { numLinesearchSteps: counter(), decreaseError: infinite, curvatureError: infinite },
  };
};

/**
 * Scales updates by a step that decreases the objective enough (slopeRtol) and leaves a slope that is small enough
 * (curvRtol): the strong Wolfe conditions. `update` needs the parameters and the extra arguments `{ value, grad,
 * valueFn }`; the updates are to point downhill. The state has the value and the gradient after the step, for
 * `valueAndGradFromState`.
 *
 * Parameters: maxLinesearchSteps, maxLearningRate = null, tol = 0, increaseFactor = 2, slopeRtol = 1e-4, curvRtol =
 * 0.9, approxDecRtol = 1e-6, stepsizePrecision = 1e-5, initialGuessStrategy = "keep" (the last step; or "one").
 * @throws ArgumentError for another strategy; from `update` without parameters or extra arguments, and for a
 * `valueFn` that gives no scalar
 * @see optax.scale_by_zoom_linesearch; Nocedal, Wright (2006), algorithms 3.5 and 3.6
 * @example
 * const valueFn = (x: Array) => x.pow(2).sum();
 * const x = np.array([1, 2]);
 * const [value, gradient] = valueAndGrad(valueFn)(x);
 * const tx = optim.scaleByZoomLinesearch(20);
 * tx.update(gradient.neg(), tx.init(x), x, { value, grad: gradient, valueFn })[0].js(); // [-1, -2]
 */
export const scaleByZoomLinesearch = define(
  "scaleByZoomLinesearch",
  [
    number("maxLinesearchSteps"),
    value<ArrayLike | null>()("maxLearningRate", null),
    number("tol", 0),
    number("increaseFactor", 2),
    number("slopeRtol", 1e-4),
    number("curvRtol", 0.9),
    value<ArrayLike | null>()("approxDecRtol", 1e-6),
    number("stepsizePrecision", 1e-5),
    value<"keep" | "one">()("initialGuessStrategy", "keep"),
  ],
  [],
  (o): GradientTransformation<ZoomLinesearchState<OfParams>> => {
    checkStrategy(o.initialGuessStrategy);
    checkSteps("scaleByZoomLinesearch", "maxLinesearchSteps", o.maxLinesearchSteps);
    const rules: Rules = {
      ...o,
      maxSteps: o.maxLinesearchSteps,
      maxStep: o.maxLearningRate,
      threshold: o.stepsizePrecision,
    };
    return transformation(initialState, (updates, state, given, extra) => {
      const params = requireParams("scaleByZoomLinesearch", given);
      const f = objective("scaleByZoomLinesearch", params, extra);
      const slope = slopeAlong(updates, f.grad).astype(f.dtype);
      const start = { step: np.array(0, { dtype: f.dtype }), value: f.value, slope };
      const guess = o.initialGuessStrategy === "one" ? np.array(1, { dtype: f.dtype }) : state.learningRate;
      const found = search({ f, params, direction: updates, start, rules }, guess);
      const { step, value: reached } = found.now;
      return [
        trees.castLike(trees.scale(step, updates), updates),
        {
          learningRate: step,
          value: reached,
          grad: trees.castLike(found.grad, params),
          info: {
            numLinesearchSteps: found.count,
            decreaseError: found.decreaseError,
            curvatureError: found.curvatureError,
          },
        },
      ];
    });
  },
);
