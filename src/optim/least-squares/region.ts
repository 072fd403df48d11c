/**
 * @file Least squares steps of at most a given length: exactly, from singular values, or in the plane of the gradient and
 * of an approximate Gauss–Newton step. Source: SciPy, optimize/_lsq/common.py; Moré, The Levenberg–Marquardt algorithm (1977).
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { eigh, qr } from "../../numpy/linalg/factors.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import { stepInBall } from "../../scipy/optimize/trust-region/secular.ts";
import { and, flag, int, norm, not, number, or } from "../../scipy/optimize/traced.ts";
import { type LinearMap, lsmr } from "./lsmr.ts";
import type { Factors } from "./problem.ts";
import { type Quadratic, along, lowest } from "./quadratics.ts";

interface Root {
  readonly alpha: NDArray;
  readonly low: NDArray;
  readonly high: NDArray;
  readonly rounds: NDArray;
  readonly done: NDArray;
}

/** Whether all singular values of a matrix of m rows are told from rounding. */
export const isRegular = ({ s, v }: Factors, m: number): NDArray =>
  m < v.shape[0] ? flag(false) : least(s).greater(lax.reduceMax(s, [0]).mul(finfo(s.dtype).eps * m));
const least = (s: NDArray): NDArray => lax.reduceMin(s, [0]);

/** ‖(s² + α)⁻¹ s uf‖ − radius, and its derivative. */
function excess(suf: NDArray, s: NDArray, alpha: NDArray, radius: NDArray): [NDArray, NDArray] {
  const d = s.mul(s).add(alpha);
  const step = suf.div(d);
  const length = norm(step);
  const slope = lax.reduceSum(step.mul(step).div(d), [0]).div(length).neg();
  return [length.sub(radius), slope];
}

/**
 * The step p of least ½ ‖J p + f‖² with ‖p‖ ≤ radius, and the multiplier α that makes it so long (within a hundredth, then
 * exactly by scaling); `guess` is the α of a similar problem.
 */
export function exactStep(
  factors: Factors,
  m: number,
  radius: NDArray,
  guess: NDArray,
): [p: NDArray, alpha: NDArray] {
  const { s, v, uf } = factors;
  const suf = s.mul(uf);
  const regular = isRegular(factors, m);
  const safe = where(regular, s, lax.fullLike(s, 1));
  const newton = lax.dot(v, uf.div(safe)).neg();
  const free = and(regular, norm(newton).lessEqual(radius));
  const high = norm(suf).div(radius);
  const [phi, slope] = excess(suf, safe, number(radius, 0), radius);
  const low = where(regular, phi.neg().div(slope), lax.fullLike(high, 0));
  const between = (a: NDArray, b: NDArray): NDArray => lax.max(b.mul(0.001), lax.sqrt(lax.max(a.mul(b), 0)));
  const unknown = and(not(regular), guess.equal(0));
  const next = (r: Root): Root => {
    const out = or(r.alpha.less(r.low), r.alpha.greater(r.high));
    const alpha = where(out, between(r.low, r.high), r.alpha);
    const [gap, rate] = excess(suf, s, alpha, radius);
    const ratio = gap.div(rate);
    return {
      alpha: alpha.sub(gap.add(radius).mul(ratio).div(radius)),
      low: lax.max(r.low, alpha.sub(ratio)),
      high: where(gap.less(0), alpha, r.high),
      rounds: r.rounds.add(int(1)),
      done: lax.abs(gap).less(radius.mul(0.01)),
    };
  };
  const { alpha } = lax.whileLoop((r: Root) => and(not(r.done), r.rounds.less(10)), next, {
    alpha: where(unknown, between(low, high), guess),
    low,
    high,
    rounds: int(0),
    done: free,
  });
  const p = lax.dot(v, suf.div(s.mul(s).add(alpha))).neg();
  const long = p.mul(radius.div(norm(p)));
  return [where(free, newton, long), where(free, lax.fullLike(alpha, 0), alpha)];
}

/** The plane of two vectors: orthonormal columns, and the model in their coordinates. */
export interface Plane {
  readonly basis: NDArray;
  readonly values: NDArray;
  readonly vectors: NDArray;
  readonly gradient: NDArray;
}

/** The damping that makes the step along the gradient as good as in the region. */
export function dampingOf(model: Quadratic, radius: NDArray): NDArray {
  const { gradient } = model;
  const parabola = along(model, gradient.neg());
  const [, value] = lowest(parabola, lax.fullLike(radius, 0), radius.div(norm(gradient)));
  return value.neg().div(radius.mul(radius));
}

/** An approximate solution of least squares with damped unknowns: ‖J p − f‖² + Σ dᵢ² pᵢ². */
export function dampedSolution(map: LinearMap, f: NDArray, damping: NDArray): NDArray {
  const n = damping.size;
  const m = f.size;
  const all: LinearMap = {
    apply: (x) => lax.concatenate([map.apply(x), x.mul(damping)], 0),
    transposed: (u) =>
      map.transposed(lax.sliceInDim(u, 0, m, 1, 0)).add(lax.sliceInDim(u, m, m + n, 1, 0).mul(damping)),
  };
  const right = lax.concatenate([f, lax.full([n], 0, f.dtype)], 0);
  return lsmr(all, right, n, { atol: 1e-6, btol: 1e-6, maxiter: Math.min(m + n, Math.max(n, 10)) });
}

export function planeOf({ apply, diagonal, gradient }: Quadratic, newton: NDArray): Plane {
  const columns = lax.concatenate(
    [gradient, newton].map((x) => lax.expandDims(x, [1])),
    1,
  );
  const [basis] = qr(columns);
  const k = basis.shape[1];
  const images = Array.from({ length: k }, (_, i) => lax.sliceInDim(basis, i, i + 1, 1, 1)).map((c) =>
    apply(lax.reshape(c, [basis.shape[0]])),
  );
  const j = lax.concatenate(
    images.map((x) => lax.expandDims(x, [1])),
    1,
  );
  const transposed = (x: NDArray): NDArray => lax.transpose(x, [1, 0]);
  const square = lax.dot(transposed(j), j);
  const extra =
    diagonal === null ? null : lax.dot(transposed(basis.mul(lax.expandDims(diagonal, [1]))), basis);
  const [values, vectors] = eigh(extra === null ? square : square.add(extra));
  return { basis, values, vectors, gradient: lax.dot(lax.dot(gradient, basis), vectors) };
}

/** The lowest point of the model in the plane and the ball. */
export function planeStep({ basis, values, vectors, gradient }: Plane, radius: NDArray): NDArray {
  // Rounding must not make a model of squares bend down.
  const [y] = stepInBall(lax.max(values, 0), gradient, radius);
  return lax.dot(basis, lax.dot(vectors, y));
}
