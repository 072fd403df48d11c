/**
 * @file What minimises the model of a trust region method: the dogleg, conjugate gradients that stop at the ball (Steihaug),
 * the exact minimum from eigenvalues, and the minimum in a Krylov space (Gould, Lucidi, Roma and Toint).
 *
 * Sources: SciPy, optimize/_trustregion_{dogleg,ncg,exact,krylov}.py; Nocedal and Wright, chapter 4; for the last one
 * SIAM J. Optimization 9 (1999), 504–525.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { eigh } from "../../../numpy/linalg/factors.ts";
import { solve } from "../../../numpy/linalg/solve.ts";
import { where } from "../../../numpy/ufuncs/logic.ts";
import { matmul } from "../../../numpy/products/linear.ts";
import { stepInBall } from "./secular.ts";
import { and, at, dot, eye, finite, flag, int, norm, not, or, put, zero } from "../traced.ts";
import type { Model, ModelStep, Subproblem } from "./trust-region.ts";

/** The two t with ‖z + t d‖ = radius, the smaller one first. */
function crossings(z: NDArray, d: NDArray, radius: NDArray): [NDArray, NDArray] {
  const a = dot(d, d);
  const b = dot(z, d).mul(2);
  const c = dot(z, z).sub(radius.mul(radius));
  const root = lax.sqrt(lax.max(b.mul(b).sub(a.mul(c).mul(4)), 0));
  // Without the loss of digits where b and the root are close.
  const q = b.add(where(b.less(0), root.neg(), root)).mul(-0.5);
  const [s, t] = [q.div(a), where(q.equal(0), zero(q), c.div(q))];
  return [lax.min(s, t), lax.max(s, t)];
}

/** From the lowest point along the gradient towards Newton's, where the Hessian is positive definite. */
export const dogleg: Subproblem = ({ gradient: g, matrix }, radius): ModelStep => {
  const h = matrix();
  const n = g.size;
  const factor = lax.linalg.cholesky(h);
  const solved = finite(factor);
  const newton = solve(where(solved, h, eye(g)), g).neg();
  const cauchy = g.mul(
    dot(g, g)
      .div(dot(g, matmul(h, g)))
      .neg(),
  );
  const short = norm(cauchy).greaterEqual(radius);
  const turn = newton.sub(cauchy);
  const [, t] = crossings(cauchy, turn, radius);
  const bent = where(short, cauchy.mul(radius.div(norm(cauchy))), cauchy.add(turn.mul(t)));
  const inside = norm(newton).less(radius);
  return { step: where(inside, newton, bent), hits: not(inside), solved, products: int(n > 0 ? 1 : 0) };
};

interface Steihaug {
  readonly z: NDArray;
  readonly r: NDArray;
  readonly d: NDArray;
  readonly step: NDArray;
  readonly hits: NDArray;
  readonly done: NDArray;
  readonly products: NDArray;
}

const modelAt = ({ gradient, push }: Model, p: NDArray): NDArray =>
  dot(gradient, p).add(dot(p, push(p)).div(2));

/** Conjugate gradients, until they are exact enough, meet negative curvature or leave the ball. */
export const steihaug: Subproblem = (model, radius): ModelStep => {
  const { gradient: g, push } = model;
  const size = norm(g);
  const enough = lax.min(lax.sqrt(size), 0.5).mul(size);
  const next = (s: Steihaug): Steihaug => {
    const product = push(s.d);
    const curvature = dot(s.d, product);
    const square = dot(s.r, s.r);
    const alpha = square.div(curvature);
    const z = s.z.add(s.d.mul(alpha));
    const r = s.r.add(product.mul(alpha));
    const bent = not(curvature.greater(0));
    const outside = not(norm(z).less(radius));
    const [first, second] = crossings(s.z, s.d, radius);
    const [a, b] = [s.z.add(s.d.mul(first)), s.z.add(s.d.mul(second))];
    const lower = and(bent, modelAt(model, a).less(modelAt(model, b)));
    const hits = or(bent, outside);
    const after = dot(r, r);
    return {
      z,
      r,
      d: s.d.mul(after.div(square)).sub(r),
      step: where(hits, where(lower, a, b), z),
      hits,
      done: or(hits, lax.sqrt(after).less(enough)),
      products: s.products.add(int(1)),
    };
  };
  const origin = lax.fullLike(g, 0);
  // In exact arithmetic n rounds are enough.
  const limit = 20 * g.size + 20;
  const { step, hits, products } = lax.whileLoop(
    (s: Steihaug) => and(not(s.done), s.products.less(limit)),
    next,
    { z: origin, r: g, d: g.neg(), step: origin, hits: flag(false), done: flag(false), products: int(0) },
  );
  return { step, hits, solved: flag(true), products };
};

/** The exact minimum. */
export const exact: Subproblem = ({ gradient, matrix }, radius): ModelStep => {
  const h = matrix();
  const [values, vectors] = eigh(h);
  const [y, hits] = stepInBall(values, lax.dot(gradient, vectors), radius);
  const step = lax.dot(vectors, y);
  return { step, hits, solved: finite(values), products: int(1) };
};

interface Lanczos {
  /** The basis, one vector in each row; those to come are 0. */
  readonly basis: NDArray;
  readonly diagonal: NDArray;
  readonly beside: NDArray;
  readonly count: NDArray;
  readonly done: NDArray;
}

/** The largest dimension of a Krylov space. */
const mostVectors = 100;

/** The minimum in the space of the gradient and its products with the Hessian, of up to 100 dimensions. */
export const krylov: Subproblem = ({ gradient: g, push }, radius): ModelStep => {
  const size = norm(g);
  const most = Math.min(g.size, mostVectors);
  const next = (s: Lanczos): Lanczos => {
    const v = at(s.basis, s.count);
    const product = push(v);
    // Orthogonal to all of the basis, twice: rounding would let old directions come back.
    const clean = (w: NDArray): NDArray => w.sub(lax.dot(lax.dot(s.basis, w), s.basis));
    const rest = clean(clean(product));
    const beta = norm(rest);
    const last = s.count.add(int(1));
    const done = or(beta.lessEqual(norm(product).mul(1e-10)), last.greaterEqual(most));
    return {
      basis: where(done, s.basis, put(s.basis, rest.div(beta), lax.min(last, int(most - 1)))),
      diagonal: put(s.diagonal, dot(v, product), s.count),
      beside: put(s.beside, where(done, zero(beta), beta), s.count),
      count: last,
      done,
    };
  };
  const none = lax.full([most], 0, g.dtype);
  const end = lax.whileLoop((s: Lanczos) => not(s.done), next, {
    basis: put(lax.full([most, g.size], 0, g.dtype), g.div(size), 0),
    diagonal: none,
    beside: none,
    count: int(0),
    done: flag(false),
  });
  const known = lax.lt(lax.iota("int32", most), end.count);
  // Dimensions that were not reached get an infinite eigenvalue: a number beyond all others.
  const far = lax.reduceMax(lax.abs(end.diagonal).add(end.beside), [0]).mul(1e6).add(1);
  const diagonal = where(known, end.diagonal, far);
  const shape = [most, most];
  const [i, j] = [0, 1].map((axis) => lax.broadcastedIota("int32", shape, axis));
  const across = (x: NDArray, axis: number): NDArray => lax.broadcastInDim(x, shape, [axis]);
  const off = (a: NDArray, b: NDArray, axis: number): NDArray =>
    where(lax.eq(a, b.add(int(1))), across(end.beside, axis), lax.full(shape, 0, g.dtype));
  const matrix = where(lax.eq(i, j), across(diagonal, 0), off(i, j, 1)).add(off(j, i, 0));
  const [values, vectors] = eigh(matrix);
  // The gradient is the first vector of the basis.
  const [y, hits] = stepInBall(values, at(vectors, 0).mul(size), radius);
  const step = lax.dot(lax.dot(vectors, y), end.basis);
  return { step, hits, solved: finite(values), products: end.count };
};
