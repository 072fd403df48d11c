/**
 * @file Quadratic programs: the minimum of ½ dᵀ B d + g · d where A d + b is zero (rows of equalities) or not negative, for
 * a positive definite B. The dual method: from the minimum without inequalities, the row that is violated most is added,
 * and rows whose multipliers would turn negative leave. Rows are in or out by a mask, so that shapes stay.
 *
 * Source: Goldfarb and Idnani, Mathematical Programming 27 (1983), 1–33.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { solve } from "../../../numpy/linalg/solve.ts";
import { where } from "../../../numpy/ufuncs/logic.ts";
import { and, at, dot, eye, finite, flag, int, not, or, put, zero } from "../traced.ts";

/** The rows of a program. Those that are not `valid` are left out. */
export interface Rows {
  readonly a: NDArray;
  readonly b: NDArray;
  readonly equality: NDArray;
  readonly valid: NDArray;
}

export interface ProgramMinimum {
  readonly d: NDArray;
  /** The multipliers u: B d + g = Aᵀ u. */
  readonly multipliers: NDArray;
  readonly feasible: NDArray;
}

interface State {
  readonly d: NDArray;
  readonly u: NDArray;
  readonly active: NDArray;
  /** The row on its way in, or −1. */
  readonly entering: NDArray;
  readonly rounds: NDArray;
  readonly done: NDArray;
  readonly feasible: NDArray;
}

/** x and u with B x − Aᵀ u = p for active rows' u, A x = q for active rows, and u = 0 for the others. */
function solveActive(
  matrix: NDArray,
  rows: NDArray,
  active: NDArray,
  p: NDArray,
  q: NDArray,
): [NDArray, NDArray] {
  const n = p.size;
  const on = active.astype(p.dtype);
  const kept = rows.mul(lax.expandDims(on, [1]));
  const idle = eye(q).mul(on.sub(1).neg());
  const top = lax.concatenate([matrix, lax.neg(lax.transpose(kept, [1, 0]))], 1);
  const bottom = lax.concatenate([kept, idle], 1);
  const all = solve(lax.concatenate([top, bottom], 0), lax.concatenate([p, q.mul(on)], 0));
  return [lax.sliceInDim(all, 0, n, 1, 0), lax.sliceInDim(all, n, n + q.size, 1, 0)];
}

/** Violations up to this part of the sizes that meet are rounding. */
const slack = 1e-12;

export function minimizeQuadratic(
  matrix: NDArray,
  g: NDArray,
  { a, b, equality, valid }: Rows,
): ProgramMinimum {
  const m = b.size;
  if (m === 0) {
    const d = solve(matrix, g.neg());
    return { d, multipliers: b, feasible: finite(d) };
  }
  const fixed = and(equality, valid);
  const [d0, u0] = solveActive(matrix, a, fixed, g.neg(), b.neg());
  const sizes = lax.sqrt(lax.reduceSum(a.mul(a), [1]));
  const scale = where(sizes.equal(0), lax.fullLike(sizes, 1), sizes);
  const endless = lax.fullLike(b, Infinity);

  /** The row violated most, by how far it lies away; and whether any is. */
  const worst = (s: State): [NDArray, NDArray] => {
    const gaps = lax.dot(a, s.d).add(b).div(scale);
    const open = where(or(s.active, not(valid), equality), endless, gaps);
    const i = lax.argmin(open, 0, "int32");
    const size = lax
      .abs(at(b, i))
      .add(lax.reduceSum(lax.abs(at(a, i).mul(s.d)), [0]))
      .div(at(scale, i));
    return [i, at(open, i).less(size.add(Number.MIN_VALUE).mul(-slack))];
  };
  const next = (s: State): State => {
    const [candidate, violated] = worst(s);
    const fresh = s.entering.less(0);
    const p = where(fresh, candidate, s.entering);
    const row = at(a, p);
    // How d and the active multipliers move while the multiplier of the entering row grows by 1.
    const [z, r] = solveActive(matrix, a, s.active, row, lax.fullLike(b, 0));
    const falling = and(s.active, not(fixed), r.less(0));
    const ratios = where(falling, s.u.neg().div(where(falling, r, lax.fullLike(r, 1))), endless);
    const block = lax.argmin(ratios, 0, "int32");
    const first = at(ratios, block);
    const gain = dot(row, z);
    const possible = gain.greater(dot(row, row).mul(1e-14).div(matrixSize(matrix)));
    const gap = dot(row, s.d).add(at(b, p));
    const full = where(possible, gap.neg().div(gain), lax.fullLike(gain, Infinity));
    const t = lax.min(first, full);
    const finished = and(fresh, not(violated));
    const infeasible = and(not(finished), not(lax.isFinite(t)));
    const stop = or(finished, infeasible);
    const enters = full.lessEqual(first);
    const moved = put(s.u.add(r.mul(t)), at(s.u, p).add(t), p);
    const left = put(moved, zero(t), block);
    const keep = (x: NDArray, y: NDArray): NDArray => where(stop, x, y);
    return {
      d: keep(s.d, where(possible, s.d.add(z.mul(t)), s.d)),
      u: keep(s.u, where(enters, moved, left)),
      active: keep(s.active, where(enters, put(s.active, flag(true), p), put(s.active, flag(false), block))),
      entering: where(or(stop, enters), int(-1), p),
      rounds: s.rounds.add(int(1)),
      done: stop,
      feasible: not(infeasible),
    };
  };
  const regular = and(finite(d0), finite(u0));
  const end = lax.whileLoop((s: State) => and(not(s.done), s.rounds.less(20 * m + 40)), next, {
    d: d0,
    u: u0,
    active: fixed,
    entering: int(-1),
    rounds: int(0),
    done: not(regular),
    feasible: regular,
  });
  return { d: end.d, multipliers: end.u, feasible: and(end.feasible, end.done, regular) };
}

/** The size of a matrix: of its largest diagonal element. */
function matrixSize(matrix: NDArray): NDArray {
  const diagonal = lax.reduceSum(matrix.mul(eye(at(matrix, 0))), [1]);
  return lax.max(lax.reduceMax(lax.abs(diagonal), [0]), Number.MIN_VALUE);
}
