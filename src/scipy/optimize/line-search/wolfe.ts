/**
 * @file The line search of the methods of descent: Moré and Thuente's, and where it fails that of Nocedal and Wright.
 * Source: SciPy, optimize/_optimize.py, _line_search_wolfe12.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { where } from "../../../numpy/ufuncs/logic.ts";
import { type Point, lineSearch } from "./bracket.ts";
import { moreThuente } from "./more-thuente.ts";
import type { Problem } from "../problem.ts";
import { and, dot, not, or, zero } from "../traced.ts";

export interface WolfeSearch {
  readonly point: Point;
  readonly found: NDArray;
  readonly evaluations: NDArray;
}

/** Where a descent stands, as a line search needs it. */
export interface Standing {
  readonly x: NDArray;
  readonly value: NDArray;
  readonly gradient: NDArray;
  /** The value one step before. */
  readonly before: NDArray;
}

/** Searches from x along `direction`; `accept` may refuse a step that fulfils the conditions. */
export function searchWolfe(
  problem: Problem,
  s: Standing,
  direction: NDArray,
  curvature: number,
  accept?: (p: Point) => NDArray,
): WolfeSearch {
  const at = (step: NDArray): Point => {
    const [value, gradient] = problem.both(s.x.add(direction.mul(step)));
    return { step, value, slope: dot(gradient, direction), gradient };
  };
  const slope = dot(s.gradient, direction);
  const start = { step: zero(slope), value: s.value, slope, gradient: s.gradient };
  // As long a step as would lower the value as much as the last one did; 1 close to the end.
  const guess = lax.min(s.value.sub(s.before).mul(2.02).div(slope), 1);
  const initial = where(guess.greater(0), guess, zero(slope).add(1));
  const rules = { decrease: 1e-4, curvature, width: 1e-14, least: 1e-100, most: 1e100, maxiter: 100 };
  const first = moreThuente(at, start, initial, rules);
  const good = accept === undefined ? first.found : and(first.found, accept(first.point));
  const again = (): WolfeSearch => {
    const { point, evaluations, status } = lineSearch(at, start, initial, 10, { curvature, accept });
    const found = and(status.equal(0), point.step.greater(0));
    return { point, found, evaluations: first.evaluations.add(evaluations) };
  };
  const { point, evaluations } = first;
  return lax.cond(
    or(good, not(slope.less(0))),
    (): WolfeSearch => ({ point, found: good, evaluations }),
    again,
  );
}
