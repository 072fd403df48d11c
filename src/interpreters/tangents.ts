/** @file Tangents and cotangents: adding them, making symbolic zeros into arrays. */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isInexact } from "../dtypes/dtype.ts";
import type { Flags } from "../core/jaxpr/derived.ts";
import {
  type JvpRule,
  type LinearizeRule,
  type Params,
  type UndefPrimal,
  isUndef,
} from "../core/primitive.ts";
import { Tracer } from "../core/trace.ts";
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { chosen, place } from "../base/util.ts";
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

const zeros: Zero[] = [];

/** The zero tangent of a value; of values of one aval it is one object. */
export const zeroOf = ({ aval }: { readonly aval: ShapedArray }): Zero => (zeros[aval.id] ??= new Zero(aval));

/** The tangent as it is kept for a value: integers and booleans have none. */
export function tangentFor(out: NDArray, t: Tangent): Tangent {
  return isZero(t) || isInexact(out.dtype) ? t : zeroOf(out);
}

/** The tangents that are arrays. */
export const arraysOf = (ts: readonly Tangent[]): NDArray[] => ts.filter((t): t is NDArray => !isZero(t));

/** The tangents that are flagged, as arrays. */
export const arraysWhere = (ts: readonly Tangent[], flags: Flags): NDArray[] =>
  chosen(ts, flags).map((t) => instantiate(t));

/** What a transpose rule returns, from cotangents of the last operands: only those that are linear get theirs. */
export const toLinear = <T extends Tangent>(
  args: readonly (NDArray | UndefPrimal)[],
  cotangents: readonly T[],
): (T | null)[] => {
  const first = args.length - cotangents.length;
  return args.map((a, i) => (i >= first && isUndef(a) ? cotangents[i - first] : null));
};

/** Which tangents are not symbolic zeros. */
export const nonzeroOf = (ts: readonly Tangent[]): boolean[] => ts.map((t) => !isZero(t));

/** The tangents of values, of which those flagged are arrays and the others zero. */
export const withZeros = (
  values: readonly { readonly aval: ShapedArray }[],
  nonzero: Flags,
  arrays: readonly NDArray[],
): Tangent[] => place(nonzero, arrays, (i) => new Zero(values[i].aval));

/**
 * True if values and tangents may come out of one equation. They must not where the tangents alone are being staged: such
 * a linear program may be transposed, and then no value may depend on its inputs.
 */
export function mayFuse(primals: readonly NDArray[], tangents: readonly Tangent[]): boolean {
  const owners = new Set(primals.map((x) => (x instanceof Tracer ? x.owner : null)));
  return tangents.every((t) => !(t instanceof Tracer) || owners.has(t.owner));
}

/** The jvp rule of a primitive that has a linearize rule: `fused` where values and tangents may come out of one equation. */
export const fusedOrSplit =
  <P extends Params>(
    fused: JvpRule<P>,
    linearize: LinearizeRule<P>,
    fuse: (primals: readonly NDArray[], tangents: readonly Tangent[]) => boolean = mayFuse,
  ): JvpRule<P> =>
  (primals, tangents, p) => {
    if (fuse(primals, tangents)) return fused(primals, tangents, p);
    const [values, stage] = linearize(primals, nonzeroOf(tangents), p);
    return [values, stage(tangents)];
  };
