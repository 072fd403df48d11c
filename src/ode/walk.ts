/**
 * @file One step that was taken, as a differentiable function of where it began. Its value is known from the trial that
 * chose its length; only its derivative computes the stages again, at that length. Of trials that were rejected (their
 * stages may lie where the rate is NaN) nothing is ever differentiated.
 */
import type { NDArray } from "../core/array.ts";
import { currentTrace } from "../core/trace.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { jvpFlat } from "../interpreters/jvp.ts";
import { Groups } from "../core/jaxpr/groups.ts";
import type { Method, ParametricRate, Point, State, Stride } from "./method.ts";

/** What a step leaves that has derivatives. */
export interface Taken {
  readonly y: State;
  readonly memo: State;
  readonly dense: readonly State[];
}

const flat = ({ y, memo, dense }: Taken): NDArray[] => [...y, ...memo, ...dense.flat()];

/** `taken`, with the derivatives of a step from the point over the stride. */
export function walk(
  { method, rate }: { readonly method: Method; readonly rate: ParametricRate },
  from: Point,
  stride: Stride,
  params: State,
  taken: Taken,
): Taken {
  const known = flat(taken);
  const numLeaves = from.y.length;
  const groups = new Groups({
    y: numLeaves,
    memo: from.memo.length,
    times: 3,
    params: params.length,
    known: known.length,
  });
  const step = (args: readonly NDArray[]): NDArray[] => {
    const { y, memo, times, params: p } = groups.split(args);
    const [t, h, end] = times;
    return flat(method.step((z, s) => rate(z, s, p), { y, memo, t }, { h, end }));
  };
  const fun = (args: readonly NDArray[]): NDArray[] => groups.split(args).known;
  const call = (args: readonly NDArray[]): NDArray[] =>
    currentTrace().processCustomJvp({ name: "odeint", fun, jvp }, args);
  const jvp = (primals: readonly NDArray[], tangents: readonly Tangent[]): [NDArray[], Tangent[]] => {
    const constant = (x: NDArray): Tangent => new Zero(x.aval);
    const moving = [...tangents.slice(0, -known.length), ...primals.slice(-known.length).map(constant)];
    return [call(primals), jvpFlat(step, primals, moving, "odeint")[1]];
  };
  const outs = call([...from.y, ...from.memo, from.t, stride.h, stride.end, ...params, ...known]);
  const rest = outs.slice(numLeaves + from.memo.length);
  return {
    y: outs.slice(0, numLeaves),
    memo: outs.slice(numLeaves, numLeaves + from.memo.length),
    dense: taken.dense.map((_, i) => rest.slice(i * numLeaves, (i + 1) * numLeaves)),
  };
}
