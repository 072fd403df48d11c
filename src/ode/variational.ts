/** @file The variational equation: how a tangent of a solution goes along beside it. */
import type { NDArray } from "../core/array.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { jvpFlat } from "../interpreters/jvp.ts";
import { instantiate } from "../interpreters/tangents.ts";
import { splitList } from "../base/util.ts";
import type { ParametricRate } from "./method.ts";

/** The rate of a state and a tangent beside it, in one list; the parameters that move are followed by their tangents. */
export function variational(
  rate: ParametricRate,
  numParams: number,
  moving: readonly boolean[],
): ParametricRate {
  return (state, t, all) => {
    const n = state.length / 2;
    const [y, v] = splitList(state, [n, n]);
    const p = all.slice(0, numParams);
    let at = numParams;
    const dp = p.map((x, i): Tangent => (moving[i] ? all[at++] : new Zero(x.aval)));
    const f = (xs: readonly NDArray[]): NDArray[] => [...rate(xs.slice(0, n), t, xs.slice(n))];
    const [dy, dv] = jvpFlat(f, [...y, ...p], [...v, ...dp], "odeint");
    return [...dy, ...dv.map((d) => instantiate(d))];
  };
}
