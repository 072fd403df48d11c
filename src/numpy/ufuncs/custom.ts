/** @file Functions of one array with a derivative of their own, where the one of their formula is worse. */
import type { NDArray } from "../../core/array.ts";
import { currentTrace } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import * as lax from "../../lax/plain.ts";

/** `f(x)`, an element-wise function, whose derivative is `derivative(x)`. */
export function withJvp(
  name: string,
  f: (x: NDArray) => NDArray,
  derivative: (x: NDArray) => NDArray,
  x: NDArray,
): NDArray {
  const fun = (args: readonly NDArray[]): NDArray[] => [f(args[0])];
  const [out] = currentTrace().processCustomJvp(
    {
      name,
      fun,
      jvp: ([v], [t]) => {
        const value = withJvp(name, f, derivative, v);
        return [[value], [t === undefined || isZero(t) ? new Zero(value.aval) : lax.mul(t, derivative(v))]];
      },
    },
    [x],
  );
  return out;
}

/**
 * The outputs of `f(x)`, whose tangents are `tangents(x, ẋ, outputs)`; null stands for an output without derivative.
 * Derivatives of higher order are those of the two functions.
 */
export function withTangents(
  name: string,
  f: (x: NDArray) => NDArray[],
  tangents: (x: NDArray, t: NDArray, outs: readonly NDArray[]) => (Tangent | null)[],
  x: NDArray,
): NDArray[] {
  return currentTrace().processCustomJvp(
    {
      name,
      fun: ([v]) => f(v),
      jvp: ([v], [t]) => {
        const outs = withTangents(name, f, tangents, v);
        const found = t === undefined || isZero(t) ? outs.map(() => null) : tangents(v, t, outs);
        return [outs, found.map((o, i) => o ?? new Zero(outs[i].aval))];
      },
    },
    [x],
  );
}
