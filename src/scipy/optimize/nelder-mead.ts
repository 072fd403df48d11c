/**
 * @file The downhill simplex: its highest corner is reflected, expanded, contracted, or all shrink towards the lowest one.
 * No derivatives. Source: SciPy, optimize/_optimize.py, _minimize_neldermead; Gao and Han (2012) for adaptive parameters.
 */
import type { NDArray } from "../../core/array.ts";
import { vmap } from "../../api/vmap.ts";
import * as lax from "../../control-flow/lax.ts";
import { clip, where } from "../../numpy/ufuncs/logic.ts";
import { argsort } from "../../numpy/sorting/sorting.ts";
import { take } from "../../numpy/indexing/take.ts";
import type { Outcome, Problem } from "./problem.ts";
import { and, at, eye, int, largest, not, or, put } from "./traced.ts";

export interface SimplexOptions {
  readonly xatol: number;
  readonly fatol: number;
  readonly maxiter: number;
  readonly maxfev: number;
  readonly adaptive: boolean;
  readonly initialSimplex: NDArray | null;
}

interface Simplex {
  /** The corners, the lowest first: [n + 1, n]. */
  readonly corners: NDArray;
  readonly values: NDArray;
  readonly iterations: NDArray;
  readonly evaluations: NDArray;
}

/** A corner in place of the highest one, or none: then all shrink. */
interface Move {
  readonly corner: NDArray;
  readonly value: NDArray;
  readonly shrink: NDArray;
  readonly evaluations: NDArray;
}

/** Corners in the order of their values. NaN comes last. */
function sorted(corners: NDArray, values: NDArray): Pick<Simplex, "corners" | "values"> {
  const order = argsort(values);
  return { corners: take(corners, order, 0), values: take(values, order, 0) };
}

/** x0, and for each unknown a corner that differs in it by a twentieth. */
function firstSimplex({ x0, box }: Problem): NDArray {
  const n = x0.size;
  const moved = where(x0.equal(0), lax.fullLike(x0, 0.00025), x0.mul(1.05));
  const rows = where(eye(x0).equal(1), lax.broadcastInDim(moved, [n, n], [1]), x0);
  const corners = lax.concatenate([lax.reshape(x0, [1, n]), rows], 0);
  if (box === null) return corners;
  const inner = where(corners.greater(box.upper), box.upper.mul(2).sub(corners), corners);
  return clip(inner, box.lower, box.upper);
}

export function nelderMead(problem: Problem, options: SimplexOptions): Outcome {
  const { value, box, x0 } = problem;
  const n = x0.size;
  const { xatol, fatol, maxiter, maxfev, adaptive } = options;
  const chi = adaptive ? 1 + 2 / n : 2;
  const psi = adaptive ? 0.75 - 1 / (2 * n) : 0.5;
  const sigma = adaptive ? 1 - 1 / n : 0.5;
  const inside = (x: NDArray): NDArray => (box === null ? x : clip(x, box.lower, box.upper));
  const values = (corners: NDArray): NDArray => vmap(value)(corners);

  const move = ({ corners, values: f }: Simplex): Move => {
    const worst = at(corners, n);
    const centre = lax.reduceSum(corners, [0]).sub(worst).div(n);
    const along = (t: number): NDArray => inside(centre.add(centre.sub(worst).mul(t)));
    const reflected = along(1);
    const fr = value(reflected);
    const [lowest, second, highest] = [at(f, 0), at(f, n - 1), at(f, n)];
    const one = int(1);
    const no = lax.full([], 0, "bool");
    const outer = (t: number, limit: NDArray, strict: boolean) => (): Move => {
      const corner = along(t);
      const fc = value(corner);
      const good = strict ? fc.less(limit) : fc.lessEqual(limit);
      return { corner, value: fc, shrink: not(good), evaluations: int(2) };
    };
    const expand = (): Move => {
      const corner = along(chi);
      const fe = value(corner);
      const better = fe.less(fr);
      return {
        corner: where(better, corner, reflected),
        value: where(better, fe, fr),
        shrink: no,
        evaluations: int(2),
      };
    };
    const stay = (): Move => ({ corner: reflected, value: fr, shrink: no, evaluations: one });
    const case_ = where(
      fr.less(lowest),
      int(0),
      where(fr.less(second), int(1), where(fr.less(highest), int(2), int(3))),
    );
    return lax.switch(case_, [expand, stay, outer(psi, fr, false), outer(-psi, highest, true)]);
  };
  const step = (s: Simplex): Simplex => {
    const { corner, value: f, shrink, evaluations } = move(s);
    const all = (): { corners: NDArray; values: NDArray } => {
      const first = at(s.corners, 0);
      const corners = inside(first.add(s.corners.sub(first).mul(sigma)));
      return { corners, values: put(values(corners), at(s.values, 0), 0) };
    };
    const one = (): { corners: NDArray; values: NDArray } => ({
      corners: put(s.corners, corner, n),
      values: put(s.values, f, n),
    });
    const next = lax.cond(shrink, all, one);
    return {
      ...sorted(next.corners, next.values),
      iterations: s.iterations.add(int(1)),
      evaluations: s.evaluations.add(evaluations).add(where(shrink, int(n), int(0))),
    };
  };
  const small = (s: Simplex): NDArray => {
    const spread = lax.reduceMax(lax.abs(s.corners.sub(at(s.corners, 0))), [0, 1]);
    return and(spread.lessEqual(xatol), largest(s.values.sub(at(s.values, 0))).lessEqual(fatol));
  };
  const spent = (s: Simplex): NDArray =>
    or(s.iterations.greaterEqual(maxiter), s.evaluations.greaterEqual(maxfev));
  const corners = options.initialSimplex ?? firstSimplex({ ...problem, x0: inside(x0) });
  const end = lax.whileLoop((s: Simplex) => and(not(small(s)), not(spent(s))), step, {
    ...sorted(corners, values(corners)),
    iterations: int(1),
    evaluations: int(n + 1),
  });
  const over = where(end.evaluations.greaterEqual(maxfev), int(1), int(2));
  const finiteEnd = lax.isFinite(at(end.values, 0));
  return {
    x: at(end.corners, 0),
    status: where(small(end), int(0), where(spent(end), over, where(finiteEnd, int(0), int(3)))),
    iterations: end.iterations,
    evaluations: end.evaluations,
    gradients: int(0),
    hessians: int(0),
    inverse: null,
    multipliers: null,
  };
}
