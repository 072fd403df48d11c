/**
 * @file What a method of integration is: one step of a given length, on states that are lists of arrays, with an estimate
 * of its error and a polynomial through it. Who chooses the length is integrate.ts; what is differentiated, walk.ts.
 */
import type { NDArray } from "../core/array.ts";
import { isComplex, realPart } from "../dtypes/dtype.ts";
import * as lax from "../control-flow/lax.ts";
import { cast } from "../numpy/operands/promote.ts";
import { range } from "../base/util.ts";

export type State = readonly NDArray[];

/** y' = f(y, t). */
export type Rate = (y: State, t: NDArray) => State;

/** y' = f(y, t, p). Everything that f depends on is among the parameters. */
export type ParametricRate = (y: State, t: NDArray, params: State) => State;

/** Where a step begins: the state, what the method kept of the step before (or of `begin`), the time. */
export interface Point {
  readonly y: State;
  readonly memo: State;
  readonly t: NDArray;
}

/** How far a step goes. The time it ends at is given, too: rounding must not carry a last step beyond the last time. */
export interface Stride {
  readonly h: NDArray;
  readonly end: NDArray;
}

export interface Step {
  readonly y: State;
  readonly memo: State;
  /** How far the result is from that of a method of one order less. */
  readonly error: State;
  /** The coefficients, highest first, of a polynomial in θ from 0 to 1: the solution within the step. */
  readonly dense: readonly State[];
}

export interface Method {
  /** The error of a step is of this order in its length. */
  readonly order: number;
  /** The number of coefficients of `dense`. */
  readonly numDense: number;
  begin(f: Rate, y: State, t: NDArray): State;
  /** A step of length 0 changes nothing and has finite derivatives wherever the rate has. */
  step(f: Rate, from: Point, stride: Stride): Step;
}

/** x times a number or a real scalar of another dtype. */
export const scaled = (x: NDArray, s: NDArray | number): NDArray =>
  lax.mul(x, typeof s === "number" ? s : cast(s, x.dtype));

/** Σ wᵢ xᵢ, leaf by leaf; weights that are 0 cost nothing. */
export function weighted(weights: readonly number[], xs: readonly State[]): State {
  return xs[0].map((first, leaf) => {
    let sum: NDArray | null = null;
    weights.forEach((w, i) => {
      if (w === 0) return;
      const term = w === 1 ? xs[i][leaf] : lax.mul(xs[i][leaf], w);
      sum = sum === null ? term : lax.add(sum, term);
    });
    return sum ?? lax.fullLike(first, 0);
  });
}

export const plus = (x: State, y: State): State => x.map((leaf, i) => lax.add(leaf, y[i]));
export const times = (x: State, s: NDArray | number): State => x.map((leaf) => scaled(leaf, s));

/** The sum of what `each` makes of the leaves, over all elements, in the dtype of a time; real parts. */
export function total(x: State, each: (leaf: NDArray, i: number) => NDArray, like: NDArray): NDArray {
  const parts = x.map((leaf, i) => {
    const sum = lax.reduceSum(each(leaf, i), range(leaf.ndim));
    return cast(isComplex(sum.dtype) ? lax.real(sum) : sum, like.dtype);
  });
  return parts.reduce((a, b) => lax.add(a, b));
}

/** The widest real dtype among those of the leaves' parts, which are float32 or float64. */
export const widestReal = (x: State): "float32" | "float64" =>
  x.some((leaf) => realPart(leaf.dtype) === "float64") ? "float64" : "float32";
