/**
 * @file Dogleg steps: in a box that is cut with the bounds (dogbox), and in a ball (dogleg); and Gauss–Newton's whole steps,
 * which are shortened only where they fail. Sources: SciPy, optimize/_lsq/dogbox.py; Voglis and Lagaris, WSEAS (2004);
 * Nocedal and Wright, chapters 4 and 10.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { clip, where } from "../../numpy/ufuncs/logic.ts";
import type { Box } from "../../scipy/optimize/problem.ts";
import { and, flag, largest, norm, not, or } from "../../scipy/optimize/traced.ts";
import { lsmr } from "./lsmr.ts";
import { times, timesTransposed } from "./matrices.ts";
import { type LeastSquares, type Standing, factorsOf } from "./problem.ts";
import { type Quadratic, along, isInside, lowest, toBall, toBox, valueOf } from "./quadratics.ts";
import type { Proposal, Strategy } from "./search.ts";

/** The Gauss–Newton step in scaled unknowns, the shortest if there are many; 0 where `free` is 0. */
function gaussNewtonStep(
  problem: LeastSquares,
  { jac, f }: Standing,
  scale: NDArray,
  free: NDArray,
): NDArray {
  const d = scale.mul(free);
  if (problem.exact) {
    const { s, v, uf } = factorsOf((jac as NDArray).mul(d), f);
    const limit = lax.reduceMax(s, [0]).mul(finfo(s.dtype).eps * Math.max(problem.m, d.size));
    const told = s.greater(limit);
    const parts = where(told, uf.div(where(told, s, lax.fullLike(s, 1))), lax.fullLike(s, 0));
    return lax.dot(v, parts).neg();
  }
  const map = {
    apply: (s: NDArray) => times(jac, s.mul(d)),
    transposed: (u: NDArray) => timesTransposed(jac, u).mul(d),
  };
  const most = Math.min(problem.m, d.size);
  return lsmr(map, f, d.size, { atol: 1e-6, btol: 1e-6, maxiter: most }).neg();
}

const modelAt = ({ jac, gradient }: Standing, d: NDArray): Quadratic => ({
  apply: (s) => times(jac, s.mul(d)),
  diagonal: null,
  gradient: gradient.mul(d),
});

/** 1 for the unknowns that no bound holds, 0 for those that the gradient presses against theirs. */
const freeAt = (gradient: NDArray, onBound: NDArray): NDArray =>
  where(onBound.astype(gradient.dtype).mul(gradient).less(0), 0, lax.fullLike(gradient, 1));

export function dogbox(problem: LeastSquares): Strategy {
  const open = lax.fullLike(problem.x0, Infinity);
  const box = problem.box ?? { lower: open.neg(), upper: open };
  return {
    firstRadius: ({ x, inverseScale }) => largest(x.mul(inverseScale)),
    optimality: ({ gradient }, { onBound }) => largest(gradient.mul(freeAt(gradient, onBound))),
    prepare: (s, { onBound }) => {
      const free = freeAt(s.gradient, onBound);
      const scale = lax.div(1, s.inverseScale);
      // Steps are in x, but for the linear system, which is solved in scaled unknowns.
      const unit = problem.exact ? lax.fullLike(scale, 1) : scale;
      const newton = gaussNewtonStep(problem, s, unit, free).mul(unit);
      const gradient = s.gradient.mul(free);
      const model: Quadratic = { apply: (v) => times(s.jac, v), diagonal: null, gradient };
      const parabola = along(model, gradient.neg());
      const room = { lower: box.lower.sub(s.x), upper: box.upper.sub(s.x) };
      return (radius, memory): Proposal => {
        const edge = scale.mul(radius);
        const total = { lower: lax.max(room.lower, edge.neg()), upper: lax.min(room.upper, edge) };
        const { step, onBound: held, hits } = rectangleStep(newton, gradient, parabola, total, room, edge);
        const moved = clip(s.x.add(step), box.lower, box.upper);
        const bound = where(free.equal(0), memory.onBound, held);
        return {
          x: where(bound.equal(-1), box.lower, where(bound.equal(1), box.upper, moved)),
          step,
          length: largest(step.mul(s.inverseScale)),
          predicted: valueOf(model, step).neg(),
          hits,
          memory: { ...memory, onBound: bound },
        };
      };
    },
  };
}

/** The dogleg within the region's box: which bounds it meets, and whether it meets the region's border. */
function rectangleStep(
  newton: NDArray,
  gradient: NDArray,
  parabola: readonly [NDArray, NDArray, NDArray],
  total: Box,
  room: Box,
  edge: NDArray,
): { readonly step: NDArray; readonly onBound: NDArray; readonly hits: NDArray } {
  const inside = isInside(newton, total);
  const origin = lax.fullLike(newton, 0);
  const [reach] = toBox(origin, gradient.neg(), total);
  const [t] = lowest(parabola, lax.fullLike(reach, 0), where(lax.isFinite(reach), reach, 0));
  const cauchy = gradient.mul(t).neg();
  const turn = newton.sub(cauchy);
  const [size, signs] = toBox(cauchy, turn, total);
  const still = lax.full([newton.size], 0, "int32");
  const [down, up] = [signs.less(0), signs.greater(0)];
  const atLower = and(down, total.lower.equal(room.lower));
  const atUpper = and(up, total.upper.equal(room.upper));
  const met = where(atUpper, still.add(1), where(atLower, still.sub(1), still));
  const border = or(and(down, total.lower.equal(edge.neg())), and(up, total.upper.equal(edge)));
  return {
    step: where(inside, newton, cauchy.add(turn.mul(where(lax.isFinite(size), size, 0)))),
    onBound: where(inside, still, met),
    hits: and(not(inside), lax.reduceOr(border, [0])),
  };
}

/** From the lowest point along the gradient towards Gauss and Newton's, in a ball of scaled unknowns. */
export const dogleg = (problem: LeastSquares): Strategy => ({
  firstRadius: ({ x, inverseScale }) => norm(x.mul(inverseScale)),
  optimality: ({ gradient }) => largest(gradient),
  prepare: (s) => {
    const d = lax.div(1, s.inverseScale);
    const model = modelAt(s, d);
    const newton = gaussNewtonStep(problem, s, d, lax.fullLike(d, 1));
    const downhill = model.gradient.neg();
    const [a, b] = along(model, downhill);
    const lowestAt = b.neg().div(a.mul(2));
    const cauchy = downhill.mul(where(a.equal(0), lax.fullLike(a, Infinity), lowestAt));
    return (radius, memory): Proposal => {
      const inside = norm(newton).lessEqual(radius);
      const far = not(norm(cauchy).less(radius));
      const turn = newton.sub(cauchy);
      const bent = where(
        far,
        downhill.mul(radius.div(norm(downhill))),
        cauchy.add(turn.mul(toBall(cauchy, turn, radius))),
      );
      const scaled = where(inside, newton, bent);
      const step = scaled.mul(d);
      return {
        x: s.x.add(step),
        step,
        length: norm(scaled),
        predicted: valueOf(model, scaled).neg(),
        hits: not(inside),
        memory,
      };
    };
  },
});

export const gaussNewton = (problem: LeastSquares): Strategy => ({
  firstRadius: ({ x }) => lax.full([], Infinity, x.dtype),
  optimality: ({ gradient }) => largest(gradient),
  forgets: true,
  prepare: (s) => {
    const d = lax.div(1, s.inverseScale);
    const model = modelAt(s, d);
    const newton = gaussNewtonStep(problem, s, d, lax.fullLike(d, 1));
    const size = norm(newton);
    return (radius, memory): Proposal => {
      const scaled = newton.mul(where(size.greater(radius), radius.div(size), lax.fullLike(size, 1)));
      const step = scaled.mul(d);
      return {
        x: s.x.add(step),
        step,
        length: norm(scaled),
        predicted: valueOf(model, scaled).neg(),
        hits: flag(false),
        memory,
      };
    };
  },
});
