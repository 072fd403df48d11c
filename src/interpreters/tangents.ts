/** @file Tangents and cotangents: adding them, making symbolic zeros into arrays. */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { Tracer } from "../core/trace.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { ops } from "./ops.ts";

/** The sum of two tangents of one aval. */
export function addTangents(a: Tangent, b: Tangent): Tangent {
  if (isZero(a)) return b;
  if (isZero(b)) return a;
  return ops().add(a, b);
}

export const scaleTangent = (t: Tangent, factor: number): Tangent =>
  isZero(t) || factor === 1 ? t : ops().scale(t, factor);

/** The array that a tangent is. */
export function instantiate(t: Tangent): NDArray {
  return isZero(t) ? ops().zeros(t.aval) : t;
}

export const zeroOf = (x: NDArray): Zero => new Zero(x.aval);

/** The tangent as it is kept for a value: integers and booleans have none. */
export function tangentFor(out: NDArray, t: Tangent): Tangent {
  return isInexact(out.dtype) ? t : new Zero(out.aval);
}

/** The tangents that are arrays. */
export const arraysOf = (ts: readonly Tangent[]): NDArray[] => ts.filter((t): t is NDArray => !isZero(t));

/** The tangents, other arrays in place of those that are arrays. */
export function refill(tangents: readonly Tangent[], arrays: readonly NDArray[]): Tangent[] {
  let at = 0;
  return tangents.map((t) => (isZero(t) ? t : arrays[at++]));
}

/** Puts tangents back at the places that have one. */
export function spread(
  avals: readonly ShapedArray[],
  nonzero: readonly boolean[],
  found: readonly NDArray[],
): Tangent[] {
  let at = 0;
  return avals.map((aval, i) => (nonzero[i] ? found[at++] : new Zero(aval)));
}

/**
 * True if values and tangents may come out of one equation. They must not where the tangents alone are being staged: such
 * a linear program may be transposed, and then no value may depend on its inputs.
 */
export function mayFuse(primals: readonly NDArray[], tangents: readonly Tangent[]): boolean {
  const owners = new Set(primals.map((x) => (x instanceof Tracer ? x.owner : null)));
  return tangents.every((t) => !(t instanceof Tracer) || owners.has(t.owner));
}
