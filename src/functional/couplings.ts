/** @file Layers that can be undone whatever the functions in them are: couplings of two halves, and steps of mechanics. */
import { checkFunction, refuseMore, show } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { treeMap } from "../core/tree.ts";
import { callWith } from "../api/flatten.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { Returned } from "../core/tree-types.ts";
import { negative } from "../numpy/ufuncs/arithmetic.ts";
import { exp } from "../numpy/ufuncs/math.ts";
import { add, multiply, subtract } from "../numpy/ufuncs/plain.ts";
import { type ReversibleFunction, reversible } from "./reversible.ts";

type Op = (x: NDArray, y: NDArray) => NDArray;

/** An operation on the leaves of two trees. */
const onLeaves = (op: Op, a: unknown, b: unknown): unknown => treeMap(op, a, [b]);

/**
 * `[a, b] → [a, b + shift(a, ...params)]`, which subtraction undoes, whatever `shift` is. `a` and `b` are arrays or trees; what
 * `shift` returns is a tree like `b`.
 * @see Dinh, Krueger, Bengio, NICE (2014), arXiv:1410.8516
 * @example
 * const layer = additiveCoupling((a: Array, w: Array) => np.tanh(a.mul(w)));
 * layer.inverse(layer([1, 2], 0.5), 0.5)[1].item().toFixed(6); // "2.000000"
 */
export function additiveCoupling<A, P extends unknown[], B = NDArray>(
  shift: (a: A, ...params: P) => Returned<B>,
  ...more: []
): ReversibleFunction<[A, B], P> {
  refuseMore("additiveCoupling", 1, more);
  checkFunction("additiveCoupling", "the first argument", shift);
  const by =
    (op: Op) =>
    ([a, b]: [unknown, unknown], ...params: unknown[]): unknown => [
      a,
      onLeaves(op, b, callWith(shift, [a, ...params])),
    ];
  return reversible(by(add) as never, by(subtract) as never) as never;
}

/**
 * `[a, b] → [a, b·exp(s) + t]` with `[s, t] = scaleAndShift(a, ...params)`. Its Jacobian is triangular: the logarithm of its
 * determinant is the sum of `s`.
 * @param scaleAndShift returns two arrays of b's shape
 * @see Dinh, Sohl-Dickstein, Bengio, Density Estimation using Real NVP (2016), arXiv:1605.08803
 * @example
 * const layer = affineCoupling((a: Array, w: Array) => [np.tanh(a).mul(w), a]);
 * layer.inverse(layer([1, 2], 0.5), 0.5)[1].item().toFixed(6); // "2.000000"
 */
export function affineCoupling<P extends unknown[]>(
  scaleAndShift: (a: NDArray, ...params: P) => readonly [ArrayLike, ArrayLike],
  ...more: []
): ReversibleFunction<[NDArray, NDArray], P> {
  refuseMore("affineCoupling", 1, more);
  checkFunction("affineCoupling", "the first argument", scaleAndShift);
  const parts = (a: NDArray, params: unknown[]): readonly [NDArray, NDArray] =>
    callWith(scaleAndShift, [a, ...params]) as readonly [NDArray, NDArray];
  return reversible<[NDArray, NDArray], P>(
    ([a, b]: [NDArray, NDArray], ...params: P): [NDArray, NDArray] => {
      const [s, t] = parts(a, params);
      return [a, add(multiply(b, exp(s)), t)];
    },
    ([a, b]: [NDArray, NDArray], ...params: P): [NDArray, NDArray] => {
      const [s, t] = parts(a, params);
      return [a, multiply(subtract(b, t), exp(negative(s)))];
    },
  );
}

/**
 * A step of the leapfrog method for dq/dt = p, dp/dt = force(q, ...params): half a kick, a drift, half a kick. The step backwards
 * undoes it. With `reversibleScan`, a simulation whose gradient needs no trajectory.
 * @param options `step`: its length
 * @throws ArgumentError for an option that is none
 * @see Verlet (1967); Hairer, Lubich, Wanner, Geometric numerical integration illustrated by the Störmer–Verlet method (2003)
 * @example
 * const swing = leapfrog((q: Array) => np.sin(q).neg(), { step: 0.1 });
 * const [q] = swing([1, 0]);
 * q.item(); // 0.9957926…
 */
export function leapfrog<P extends unknown[]>(
  force: (q: NDArray, ...params: P) => ArrayLike,
  options: { readonly step: number },
  ...more: []
): ReversibleFunction<[NDArray, NDArray], P> {
  refuseMore("leapfrog", 2, more);
  checkFunction("leapfrog", "the first argument", force);
  checkOptions("leapfrog", options, ["step"]);
  const step = (options as { readonly step?: unknown } | undefined)?.step;
  if (typeof step !== "number" || !Number.isFinite(step))
    throw new ArgumentError(`leapfrog: the option step is a number, its length; got ${show(step)}.`);
  const by =
    (h: number) =>
    ([q, p]: [NDArray, NDArray], ...params: P): [NDArray, NDArray] => {
      const kick = (at: NDArray, momentum: NDArray): NDArray =>
        add(momentum, multiply(callWith(force, [at, ...params]) as NDArray, h / 2));
      const half = kick(q, p);
      const next = add(q, multiply(half, h));
      return [next, kick(next, half)];
    };
  return reversible<[NDArray, NDArray], P>(by(step), by(-step));
}
