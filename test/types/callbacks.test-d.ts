/**
 * @file Types of functions that are given to solvers and scans: what they are given is inferred from the other arguments, and
 * what they return has to be a tree like it. The compiler is the test: nothing here runs.
 */
import { type Array as NDArray, implicit, lax, numpy as np } from "../../src/index.ts";
import { odeint, odeintEvent } from "../../src/ode/index.ts";
import { expectType } from "./expect-type.ts";

declare const x: NDArray;
declare const both: { a: NDArray; b: NDArray };

export function roots(): void {
  expectType<NDArray>()(implicit.newton((y) => y.pow(2).sub(x), 1));
  expectType<NDArray>()(implicit.newton(({ a, b }) => ({ a: a.sub(b), b: b.sub(1) }), both).a);
  expectType<NDArray>()(implicit.newton(([a, b]: [NDArray, NDArray]) => [a.sub(b), b], [1, x])[0]);
  // @ts-expect-error another tree
  implicit.newton(({ a, b }) => [a, b], both);
  // @ts-expect-error a part is missing
  implicit.newton(({ a }) => ({ a }), both);
  expectType<NDArray>()(implicit.fixedPoint((p, y) => np.cos(y).mul(p.a), both, 0.5));
  // @ts-expect-error not like the start
  implicit.fixedPoint((p, y) => [y, p.a], both, 0.5);
  const bisect = (_: (y: number) => NDArray, guess: NDArray): NDArray => guess;
  expectType<NDArray>()(
    lax.customRoot(
      (y) => y.mul(y).sub(x),
      1,
      bisect,
      (g, y) => y.div(g(1)),
    ),
  );
  const noRoot = (): string => "root";
  const same = (_: unknown, y: NDArray): NDArray => y;
  // @ts-expect-error a solver that returns no root
  lax.customRoot((y) => y.sub(x), 1, noRoot, same);
}

export function equations(): void {
  expectType<NDArray>()(odeint((y) => y.neg(), 1, x));
  expectType<NDArray>()(odeint((y, t, k: NDArray) => y.mul(k).mul(t), 1, x, 2));
  expectType<NDArray>()(
    odeint((y, _t, k: NDArray) => ({ a: y.b.mul(k), b: y.a }), both, x, x, { rtol: 1e-3 }).a,
  );
  // @ts-expect-error the rate of another tree
  odeint(({ a, b }) => [a, b], both, x);
  // @ts-expect-error a rate that is no array
  odeint(() => "fast", 1, x);
  const [time, end] = odeintEvent(
    ([_, v]) => [v, v.neg()],
    ([h]) => h,
    [1, 0],
    x,
  );
  expectType<NDArray>()(time);
  expectType<NDArray>()(end[0]);
}

export function scans(): void {
  expectType<NDArray>()(lax.associativeScan((a, b) => a.add(b), x));
  expectType<NDArray>()(lax.associativeScan((p, q) => ({ a: p.a.mul(q.a), b: q.b }), both).b);
  // @ts-expect-error another tree
  lax.associativeScan((p, q) => [p.a, q.b], both);
}
