/**
 * @file Quasi-Newton descent: BFGS keeps an approximate inverse of the Hessian, L-BFGS the last few steps and changes of
 * the gradient, from which it computes the same product.
 *
 * Source: Nocedal and Wright, Numerical Optimization, algorithms 6.1 and 7.4.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { scaleByPower } from "../../numpy/ufuncs/powers-of-two.ts";
import { farExponentOf, largest } from "../sparse/vectors.ts";
import { type Point, lineSearch } from "./line-search/bracket.ts";

/** f and its gradient, of a vector. */
export type Objective = (x: NDArray) => [NDArray, NDArray];

export interface DescentOptions {
  readonly maxiter: number;
  readonly gtol: number;
  /** Stop where the value falls by less; null: never. */
  readonly ftol: number | null;
  readonly lineSearchMaxiter: number;
}

/** How directions are computed from what was seen. */
export interface Method<M> {
  readonly initial: (x: NDArray, gradient: NDArray) => M;
  /** The product of the approximate inverse Hessian with a gradient. */
  readonly apply: (memory: M, gradient: NDArray) => NDArray;
  readonly update: (memory: M, step: NDArray, change: NDArray) => M;
}

export interface Descent<M> {
  readonly x: NDArray;
  readonly value: NDArray;
  readonly gradient: NDArray;
  readonly before: NDArray;
  readonly memory: M;
  readonly iterations: NDArray;
  readonly evaluations: NDArray;
  /** 0 while all is well; else why the descent ended. */
  readonly status: NDArray;
  readonly converged: NDArray;
}

const int = (n: number): NDArray => lax.full([], n, "int32");
const dot = (a: NDArray, b: NDArray): NDArray => lax.reduceSum(lax.mul(a, b), [0]);
const outer = (a: NDArray, b: NDArray): NDArray =>
  lax.mul(lax.broadcastInDim(a, [a.size, b.size], [0]), lax.broadcastInDim(b, [a.size, b.size], [1]));

const finite = (x: NDArray): NDArray => lax.reduceAnd(lax.isFinite(x), [0]);

/**
 * A descent in units in which the start and the gradient there are of ordinary size: powers of two, 1 for all but
 * extreme problems. There `gtol` and `ftol` are relative to the first gradient.
 */
export function descendScaled<M>(
  f: Objective,
  x0: NDArray,
  method: Method<M>,
  options: DescentOptions,
): { readonly state: Descent<M>; readonly inverseExponent: NDArray } {
  const unit = farExponentOf([x0]);
  const gradient = scaleByPower(f(x0)[1], unit);
  const rise = farExponentOf([gradient]);
  const inner: Objective = (z) => {
    const [value, g] = f(scaleByPower(z, unit));
    return [scaleByPower(value, lax.neg(rise)), scaleByPower(g, lax.sub(unit, rise))];
  };
  const state = descend(inner, scaleByPower(x0, lax.neg(unit)), method, options);
  return {
    state: { ...state, x: scaleByPower(state.x, unit) },
    inverseExponent: lax.sub(lax.mul(unit, 2), rise),
  };
}

/** Descends from x0 until no element of the gradient is larger than gtol. */
function descend<M>(f: Objective, x0: NDArray, method: Method<M>, options: DescentOptions): Descent<M> {
  const [value, gradient] = f(x0);
  const isMinimum = (x: NDArray, v: NDArray, g: NDArray): NDArray =>
    lax.bitwiseAnd(lax.lt(largest([g]), options.gtol), lax.bitwiseAnd(finite(x), lax.isFinite(v)));
  const step = (s: Descent<M>): Descent<M> => {
    const direction = lax.neg(method.apply(s.memory, s.gradient));
    const slope = dot(direction, s.gradient);
    const at = (size: NDArray): Point => {
      const [v, g] = f(lax.add(s.x, lax.mul(direction, size)));
      return { step: size, value: v, slope: dot(g, direction), gradient: g };
    };
    const start = { step: lax.fullLike(slope, 0), value: s.value, slope, gradient: s.gradient };
    // As long a step as would lower the value as much as the last one did; 1 close to the end.
    const guess = lax.div(lax.mul(2.02, lax.sub(s.value, s.before)), slope);
    const first = lax.select(
      lax.bitwiseAnd(lax.gt(guess, 0), lax.lt(guess, 1)),
      guess,
      lax.fullLike(guess, 1),
    );
    const found = lineSearch(at, start, first, options.lineSearchMaxiter);
    const { point } = found;
    const moved = lax.mul(direction, point.step);
    const x = lax.add(s.x, moved);
    const converged = isMinimum(x, point.value, point.gradient);
    const iterations = lax.add(s.iterations, 1);
    let status = found.status;
    const mark = (when: NDArray, code: number): void => {
      status = lax.select(lax.bitwiseAnd(lax.eq(status, 0), when), int(code), status);
    };
    if (options.ftol !== null) mark(lax.lt(lax.sub(s.value, point.value), options.ftol), 4);
    mark(lax.ge(iterations, options.maxiter), 1);
    return {
      x,
      value: point.value,
      gradient: point.gradient,
      before: s.value,
      memory: method.update(s.memory, moved, lax.sub(point.gradient, s.gradient)),
      iterations,
      evaluations: lax.add(s.evaluations, found.evaluations),
      status: lax.select(converged, int(0), status),
      converged,
    };
  };
  const goesOn = ({ converged, status }: Descent<M>): NDArray =>
    lax.bitwiseAnd(lax.bitwiseNot(converged), lax.eq(status, 0));
  // What the memory is, the method alone knows.
  return lax.whileLoop<unknown>(
    (s) => goesOn(s as Descent<M>),
    (s) => step(s as Descent<M>),
    {
      x: x0,
      value,
      gradient,
      before: lax.add(value, lax.mul(0.5, lax.sqrt(dot(gradient, gradient)))),
      memory: method.initial(x0, gradient),
      iterations: int(0),
      evaluations: int(1),
      status: int(options.maxiter > 0 ? 0 : 1),
      converged: isMinimum(x0, value, gradient),
    },
  ) as Descent<M>;
}

/** 1 / (y · s), and whether the pair is of use: the curvature along the step must be positive. */
function curvature(step: NDArray, change: NDArray): [NDArray, NDArray] {
  const along = dot(change, step);
  const good = lax.gt(along, 0);
  return [lax.div(1, lax.select(good, along, lax.fullLike(along, 1))), good];
}

/** The memory is the approximate inverse Hessian H. */
export const bfgs: Method<NDArray> = {
  initial: (x) => {
    const [i, j] = [0, 1].map((axis) => lax.broadcastedIota("int32", [x.size, x.size], axis));
    return lax.convertElementType(lax.eq(i, j), x.dtype);
  },
  apply: (h, g) => lax.dot(h, g),
  // (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ, multiplied out.
  update: (h, s, y) => {
    const [rho, good] = curvature(s, y);
    const hy = lax.dot(h, y);
    const both = outer(hy, s);
    const weight = lax.mul(rho, lax.add(1, lax.mul(rho, dot(y, hy))));
    const next = lax.add(
      lax.sub(h, lax.mul(rho, lax.add(both, lax.transpose(both, [1, 0])))),
      lax.mul(weight, outer(s, s)),
    );
    return lax.select(good, next, h);
  },
};

/** The last steps and changes (newest last), 1 / (y · s) for each (0 for none), and the scale of the first guess. */
export interface History {
  readonly steps: NDArray;
  readonly changes: NDArray;
  readonly rho: NDArray;
  readonly gamma: NDArray;
}

export function lbfgs(size: number): Method<History> {
  const row = (x: NDArray, i: NDArray): NDArray => lax.dynamicIndexInDim(x, i, 0, false);
  const push = (all: NDArray, item: NDArray): NDArray =>
    lax.concatenate([lax.sliceInDim(all, 1, size, 1, 0), lax.expandDims(item, [0])], 0);
  return {
    initial: (x, g) => ({
      steps: lax.full([size, x.size], 0, x.dtype),
      changes: lax.full([size, x.size], 0, x.dtype),
      rho: lax.full([size], 0, x.dtype),
      gamma: lax.min(1, lax.div(1, lax.sqrt(dot(g, g)))),
    }),
    apply: (m, g) => {
      const back = (k: NDArray, [q, alphas]: readonly [NDArray, NDArray]): [NDArray, NDArray] => {
        const i = lax.sub(size - 1, k);
        const alpha = lax.mul(row(m.rho, i), dot(row(m.steps, i), q));
        return [
          lax.sub(q, lax.mul(row(m.changes, i), alpha)),
          lax.dynamicUpdateIndexInDim(alphas, alpha, i, 0),
        ];
      };
      const [q, alphas] = lax.foriLoop(0, size, back, [g, lax.fullLike(m.rho, 0)]);
      const forth = (i: NDArray, r: NDArray): NDArray => {
        const beta = lax.mul(row(m.rho, i), dot(row(m.changes, i), r));
        return lax.add(r, lax.mul(row(m.steps, i), lax.sub(row(alphas, i), beta)));
      };
      return lax.foriLoop(0, size, forth, lax.mul(q, m.gamma));
    },
    update: (m, s, y) => {
      const [rho, good] = curvature(s, y);
      const next = {
        steps: push(m.steps, s),
        changes: push(m.changes, y),
        rho: push(m.rho, rho),
        gamma: lax.div(1, lax.mul(rho, lax.max(dot(y, y), Number.MIN_VALUE))),
      };
      const keep = (a: NDArray, b: NDArray): NDArray => lax.select(good, a, b);
      return {
        steps: keep(next.steps, m.steps),
        changes: keep(next.changes, m.changes),
        rho: keep(next.rho, m.rho),
        gamma: keep(next.gamma, m.gamma),
      };
    },
  };
}
