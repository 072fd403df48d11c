/**
 * @file Steps of trust-constr: towards the linear models of the constraints, and along their null space, within a ball and a
 * box. Source: SciPy, optimize/_trustregion_constr/qp_subproblem.py and projections.py; Byrd, Hribar and Nocedal, SIAM J.
 * Optimization 9 (1999); Gould, Hribar and Nocedal, SIAM J. Sci. Comput. 23 (2001).
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { qr } from "../../../numpy/linalg/factors.ts";
import { clip, where } from "../../../numpy/ufuncs/logic.ts";
import type { Box } from "../problem.ts";
import { and, dot, flag, int, norm, not, number, or } from "../traced.ts";

/** What projects to the null space of a matrix of full rank, [m, n] with m ≤ n. */
export interface Projections {
  /** The nearest vector of the null space. */
  readonly inNull: (x: NDArray) => NDArray;
  /** The u for which Aᵀ u is nearest to x. */
  readonly leastSquares: (x: NDArray) => NDArray;
  /** The shortest y with A y = b. */
  readonly shortest: (b: NDArray) => NDArray;
}

const transposed = (x: NDArray): NDArray => lax.transpose(x, [1, 0]);

export function projectionsOf(a: NDArray): Projections {
  const [m, n] = a.shape;
  if (m === 0) {
    const none = lax.full([0], 0, a.dtype);
    return {
      inNull: (x) => x,
      leastSquares: () => none,
      shortest: () => lax.full([n], 0, a.dtype),
    };
  }
  const [q, r] = qr(transposed(a));
  const triangular = (b: NDArray, transposeA: boolean): NDArray =>
    lax.reshape(
      lax.linalg.triangularSolve(r, lax.expandDims(b, [1]), { leftSide: true, lower: false, transposeA }),
      [m],
    );
  // Twice: a projection of rounding's remains.
  const once = (x: NDArray): NDArray => x.sub(lax.dot(q, lax.dot(x, q)));
  return {
    inNull: (x) => once(once(x)),
    leastSquares: (x) => triangular(lax.dot(x, q), false),
    shortest: (b) => lax.dot(q, triangular(b, true)),
  };
}

/** For which t from `from` to `to` z + t d lies in the ball and in the box, and whether for any. */
function crossing(
  z: NDArray,
  d: NDArray,
  radius: NDArray,
  { lower, upper }: Box,
  wholeLine: boolean,
): { readonly last: NDArray; readonly any: NDArray } {
  const a = dot(d, d);
  const b = dot(z, d).mul(2);
  const c = dot(z, z).sub(radius.mul(radius));
  const discriminant = b.mul(b).sub(a.mul(c).mul(4));
  const root = lax.sqrt(lax.max(discriminant, 0));
  const q = b.add(where(b.less(0), root.neg(), root));
  const [r, s] = [q.neg().div(a.mul(2)), where(q.equal(0), lax.fullLike(q, 0), c.mul(-2).div(q))];
  const still = d.equal(0);
  const along = where(still, lax.fullLike(d, 1), d);
  const [low, high] = [lower.sub(z).div(along), upper.sub(z).div(along)];
  const endless = lax.fullLike(d, Infinity);
  const inBox = [
    lax.reduceMax(where(still, endless.neg(), lax.min(low, high)), [0]),
    lax.reduceMin(where(still, endless, lax.max(low, high)), [0]),
  ] as const;
  const outside = lax.reduceOr(and(still, or(z.less(lower), z.greater(upper))), [0]);
  const inBall = [lax.min(r, s), lax.max(r, s)] as const;
  const segment = ([from, to]: readonly [NDArray, NDArray]): [NDArray, NDArray, NDArray] =>
    wholeLine
      ? [from, to, from.lessEqual(to)]
      : [lax.max(from, 0), lax.min(to, 1), and(from.lessEqual(to), to.greaterEqual(0), from.lessEqual(1))];
  const [from1, to1, any1] = segment(inBox);
  const [from2, to2, any2] = segment(inBall);
  const last = lax.min(to1, to2);
  const any = and(any1, any2, not(outside), discriminant.greaterEqual(0), a.greater(0));
  return {
    last: where(any, last, lax.fullLike(last, 0)),
    any: and(any, lax.max(from1, from2).lessEqual(last)),
  };
}

const isIn = (x: NDArray, { lower, upper }: Box): NDArray =>
  lax.reduceAnd(and(x.greaterEqual(lower), x.lessEqual(upper)), [0]);

/** An approximate minimum of ‖A x + b‖ in the ball and the box: a dogleg. */
export function normalStep(
  a: NDArray,
  projections: Projections,
  b: NDArray,
  radius: NDArray,
  box: Box,
): NDArray {
  if (b.size === 0) return lax.full([a.shape[1]], 0, a.dtype);
  const newton = projections.shortest(b).neg();
  const inside = and(isIn(newton, box), norm(newton).lessEqual(radius));
  const g = lax.dot(b, a);
  const ag = lax.dot(a, g);
  const curvature = dot(ag, ag);
  const still = curvature.equal(0);
  const cauchy = g.mul(
    where(
      still,
      curvature,
      dot(g, g)
        .neg()
        .div(where(still, 1, curvature)),
    ),
  );
  const turn = newton.sub(cauchy);
  const far = crossing(cauchy, turn, radius, box, false);
  const origin = lax.fullLike(newton, 0);
  const near = crossing(origin, cauchy, radius, box, false);
  const bent = where(far.any, cauchy.add(turn.mul(far.last)), cauchy.mul(near.last));
  const straight = newton.mul(crossing(origin, newton, radius, box, false).last);
  const left = (x: NDArray): NDArray => norm(lax.dot(a, x).add(b));
  return where(inside, newton, where(left(bent).less(left(straight)), bent, straight));
}

interface Conjugate {
  readonly x: NDArray;
  readonly r: NDArray;
  readonly p: NDArray;
  readonly product: NDArray;
  readonly square: NDArray;
  /** The last point on the way that kept the box. */
  readonly kept: NDArray;
  readonly outside: NDArray;
  readonly rounds: NDArray;
  readonly done: NDArray;
}

/** Squares up to this are rounding. */
const tiny = 1e-25;

/** An approximate minimum of ½ xᵀ H x + c · x with A x = 0 in the ball and the box: projected conjugate gradients. */
export function tangentialStep(
  push: (p: NDArray) => NDArray,
  c: NDArray,
  m: number,
  projections: Projections,
  radius: NDArray,
  box: Box,
): { readonly step: NDArray; readonly products: NDArray } {
  const most = Math.max(c.size - m, 0);
  const start = projections.inNull(c);
  const square = dot(start, start);
  const enough = lax.max(lax.min(lax.sqrt(square).mul(0.01), square.mul(0.1)), tiny);
  const next = (s: Conjugate): Conjugate => {
    const curvature = dot(s.p, s.product);
    const bent = not(curvature.greater(0));
    const line = crossing(s.x, s.p, radius, box, true);
    const edge = clip(where(line.any, s.x.add(s.p.mul(line.last)), s.x), box.lower, box.upper);
    const alpha = s.square.div(curvature);
    const move = s.p.mul(alpha);
    const x = s.x.add(move);
    const short = crossing(s.x, move, radius, box, false);
    const stopped = clip(where(short.any, s.x.add(move.mul(short.last)), s.x), box.lower, box.upper);
    const beyond = and(not(bent), norm(x).greaterEqual(radius));
    const out = where(isIn(x, box), int(0), s.outside.add(int(1)));
    const keeps = and(out.greater(0), short.any);
    const r = projections.inNull(s.r.add(s.product.mul(alpha)));
    const after = dot(r, r);
    const p = s.p.mul(after.div(s.square)).sub(r);
    const outside = where(keeps, int(0), out);
    return {
      x: where(bent, edge, where(beyond, stopped, x)),
      r,
      p,
      product: push(p),
      square: after,
      kept: where(keeps, stopped, s.kept),
      outside,
      rounds: s.rounds.add(int(1)),
      done: or(bent, beyond, outside.greater(most), after.less(enough)),
    };
  };
  const origin = lax.fullLike(c, 0);
  const p = start.neg();
  const end = lax.whileLoop((s: Conjugate) => and(not(s.done), s.rounds.less(most)), next, {
    x: origin,
    r: start,
    p,
    product: push(p),
    square,
    kept: origin,
    outside: int(0),
    rounds: int(0),
    done: or(square.less(enough), radius.less(number(radius, tiny)), flag(false)),
  });
  return { step: where(isIn(end.x, box), end.x, end.kept), products: end.rounds };
}
