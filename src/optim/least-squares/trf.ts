/**
 * @file Trust region reflective: the model is scaled by the distances to the bounds that the gradient points to, so that steps
 * stay off them; a step that would leave the box is reflected, shortened, or gives way to the gradient.
 *
 * Source: SciPy, optimize/_lsq/trf.py; Branch, Coleman and Li, SIAM J. Sci. Comput. 21 (1999), 1–23.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { nextafter } from "../../numpy/ufuncs/round.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import type { Box } from "../../scipy/optimize/problem.ts";
import { and, eye, largest, norm, or } from "../../scipy/optimize/traced.ts";
import { type Matrix, times, timesTransposed } from "./matrices.ts";
import { type LeastSquares, type Standing, factorsOf } from "./problem.ts";
import { type Quadratic, along, isInside, lowest, toBall, toBox, valueOf } from "./quadratics.ts";
import { dampedSolution, dampingOf, exactStep, planeOf, planeStep } from "./region.ts";
import type { Memory, Proposal, Strategy } from "./search.ts";

/** A bound that is nearer than this part of its size holds. */
export function activeBounds(x: NDArray, { lower, upper }: Box, rtol: number): NDArray {
  const [down, up] = [x.sub(lower), upper.sub(x)];
  const threshold = (bound: NDArray): NDArray => lax.max(lax.abs(bound), 1).mul(rtol);
  const [zero, one] = [lax.full([x.size], 0, "int32"), lax.full([x.size], 1, "int32")];
  const atLower = and(lax.isFinite(lower), down.lessEqual(lax.min(up, threshold(lower))));
  const atUpper = and(lax.isFinite(upper), up.lessEqual(lax.min(down, threshold(upper))));
  return where(atUpper, one, where(atLower, one.neg(), zero));
}

/** x, moved off the bounds: by a part of their size, or (0) by the least that there is. */
export function strictlyInside(x: NDArray, box: Box, part: number): NDArray {
  const { lower, upper } = box;
  const active = activeBounds(x, box, part);
  const off = (bound: NDArray, towards: NDArray, side: number): NDArray =>
    part === 0 ? nextafter(bound, towards) : bound.add(lax.max(lax.abs(bound), 1).mul(side * part));
  const moved = where(
    active.equal(-1),
    off(lower, upper, 1),
    where(active.equal(1), off(upper, lower, -1), x),
  );
  const tight = or(moved.less(lower), moved.greater(upper));
  return where(tight, lower.mul(0.5).add(upper.mul(0.5)), moved);
}

/** Coleman and Li's v, the distances to the bounds that count, and its derivative: 1 and 0 where there are none. */
function distances(x: NDArray, g: NDArray, { lower, upper }: Box): [v: NDArray, dv: NDArray] {
  const up = and(g.less(0), lax.isFinite(upper));
  const down = and(g.greater(0), lax.isFinite(lower));
  const [zero, one] = [lax.fullLike(x, 0), lax.fullLike(x, 1)];
  return [
    where(up, upper.sub(x), where(down, x.sub(lower), one)),
    where(up, one.neg(), where(down, one, zero)),
  ];
}

/** The model in scaled unknowns: products with J d, the curvature that the scaling adds, d g. */
interface Scaled extends Quadratic {
  readonly d: NDArray;
  readonly jac: Matrix;
}

function scaledAt({ x, jac, gradient, inverseScale }: Standing, box: Box | null): Scaled {
  const scale = lax.div(1, inverseScale);
  if (box === null) {
    const d = scale;
    return { d, jac, apply: (s) => times(jac, s.mul(d)), diagonal: null, gradient: gradient.mul(d) };
  }
  const [v, dv] = distances(x, gradient, box);
  const inUnits = where(dv.notEqual(0), v.mul(inverseScale), v);
  const d = lax.sqrt(inUnits).mul(scale);
  return {
    d,
    jac,
    apply: (s) => times(jac, s.mul(d)),
    diagonal: gradient.mul(dv).mul(scale),
    gradient: gradient.mul(d),
  };
}

/** A step in scaled unknowns and in x, and the fall that the model says. */
interface Choice {
  readonly step: NDArray;
  readonly scaled: NDArray;
  readonly predicted: NDArray;
}

/** Of a step that leaves the box: its reflection, its part within, or a step along the gradient, whichever is lowest. */
function selectStep(
  model: Scaled,
  x: NDArray,
  whole: NDArray,
  radius: NDArray,
  box: Box,
  theta: NDArray,
): Choice {
  const { d, gradient } = model;
  const step = whole.mul(d);
  const [stride, hits] = toBox(x, step, box);
  const reflected = where(hits.notEqual(0), whole.neg(), whole);
  const atBound = whole.mul(stride);
  const [toBounds] = toBox(x.add(step.mul(stride)), reflected.mul(d), box);
  const toEnd = toBall(atBound, reflected, radius);
  const most = lax.min(toBounds, toEnd);
  const positive = most.greater(0);
  const low = lax
    .sub(1, theta)
    .mul(stride)
    .div(where(positive, most, lax.fullLike(most, 1)));
  const high = where(toBounds.lessEqual(toEnd), theta.mul(toBounds), toEnd);
  const [t, value] = lowest(along(model, reflected, atBound), low, high);
  const possible = and(positive, low.lessEqual(high));
  const endless = lax.fullLike(value, Infinity);
  const first = atBound.mul(theta);
  const downhill = gradient.neg();
  const [room] = toBox(x, downhill.mul(d), box);
  const far = radius.div(norm(downhill));
  const reach = where(room.less(far), theta.mul(room), far);
  const [u, lastValue] = lowest(along(model, downhill), lax.fullLike(reach, 0), reach);
  const values = [valueOf(model, first), where(possible, value, endless), lastValue] as const;
  const steps = [first, atBound.add(reflected.mul(t)), downhill.mul(u)] as const;
  const firstBest = and(values[0].less(values[1]), values[0].less(values[2]));
  const secondBest = and(values[1].less(values[0]), values[1].less(values[2]));
  const pickOf = (a: readonly [NDArray, NDArray, NDArray]): NDArray =>
    where(firstBest, a[0], where(secondBest, a[1], a[2]));
  const inside = isInside(x.add(step), box);
  const scaled = where(inside, whole, pickOf(steps));
  const predicted = where(inside, valueOf(model, whole), pickOf(values)).neg();
  return { step: scaled.mul(d), scaled, predicted };
}

/** Scaled steps of at most a radius: exact ones from singular values, or those of a plane. */
function stepsOf(
  problem: LeastSquares,
  { f }: Standing,
  model: Scaled,
  radius: NDArray,
): (r: NDArray, alpha: NDArray) => [NDArray, NDArray] {
  const { d, jac, diagonal } = model;
  if (problem.exact) {
    const dense = (jac as NDArray).mul(d);
    const extended = diagonal === null ? dense : lax.concatenate([dense, eye(d).mul(lax.sqrt(diagonal))], 0);
    const right = diagonal === null ? f : lax.concatenate([f, lax.fullLike(d, 0)], 0);
    const factors = factorsOf(extended, right);
    return (r, alpha) => exactStep(factors, diagonal === null ? problem.m : problem.m + d.size, r, alpha);
  }
  const damping = lax.sqrt((diagonal ?? lax.fullLike(d, 0)).add(dampingOf(model, radius)));
  const map = { apply: model.apply, transposed: (u: NDArray) => timesTransposed(jac, u).mul(d) };
  const plane = planeOf(model, dampedSolution(map, f, damping));
  return (r, alpha) => [planeStep(plane, r), alpha];
}

const noBounds = (problem: LeastSquares): Strategy => ({
  firstRadius: ({ x, inverseScale }) => norm(x.mul(inverseScale)),
  optimality: ({ gradient }) => largest(gradient),
  prepare: (s, _memory, radius) => {
    const model = scaledAt(s, null);
    const steps = stepsOf(problem, s, model, radius);
    return (r, memory): Proposal => {
      const [scaled, alpha] = steps(r, memory.alpha);
      const step = scaled.mul(model.d);
      const length = norm(scaled);
      return {
        x: s.x.add(step),
        step,
        length,
        predicted: valueOf(model, scaled).neg(),
        hits: length.greater(r.mul(0.95)),
        memory: { ...memory, alpha },
      };
    };
  },
});

const withBounds = (problem: LeastSquares, box: Box): Strategy => ({
  firstRadius: ({ x, gradient, inverseScale }) => {
    const [v, dv] = distances(x, gradient, box);
    const units = where(dv.notEqual(0), v.mul(inverseScale), v);
    return norm(x.mul(inverseScale).div(lax.sqrt(units)));
  },
  optimality: ({ x, gradient }) => largest(gradient.mul(distances(x, gradient, box)[0])),
  prepare: (s, _memory, radius, optimality) => {
    const model = scaledAt(s, box);
    const steps = stepsOf(problem, s, model, radius);
    const theta = lax.max(optimality.sub(1).neg(), 0.995);
    return (r, memory: Memory): Proposal => {
      const [whole, alpha] = steps(r, memory.alpha);
      const { step, scaled, predicted } = selectStep(model, s.x, whole, r, box, theta);
      const length = norm(scaled);
      return {
        x: strictlyInside(s.x.add(step), box, 0),
        step,
        length,
        predicted,
        hits: length.greater(r.mul(0.95)),
        memory: { ...memory, alpha },
      };
    };
  },
});

export const trf = (problem: LeastSquares): Strategy =>
  problem.box === null ? noBounds(problem) : withBounds(problem, problem.box);
