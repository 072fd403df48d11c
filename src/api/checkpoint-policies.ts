/** @file Which intermediate values `checkpoint` keeps. */
import type { DotDimensionNumbers } from "../lax/contractions/dot.ts";
import type { CheckpointPolicy } from "../interpreters/remat.ts";
import { nameP } from "../lax/identities/checkpoint-name.ts";
import { convGeneralDilatedP } from "../lax/convolution/conv.ts";
import { dotGeneralP } from "../lax/contractions/dot.ts";

const is = (a: object, b: object): boolean => a === b;

const everythingSaveable: CheckpointPolicy = () => true;
const nothingSaveable: CheckpointPolicy = () => false;

const dotsSaveable: CheckpointPolicy = (primitive) =>
  is(primitive, dotGeneralP) || is(primitive, convGeneralDilatedP);

const dotsWithNoBatchDimsSaveable: CheckpointPolicy = (primitive, _avals, params) => {
  if (!is(primitive, dotGeneralP)) return false;
  const [, [batch]] = (params as { dimensionNumbers: DotDimensionNumbers }).dimensionNumbers;
  return batch.length === 0;
};

/** A policy for named values, and whether others may be kept. */
function byName(others: boolean, keep: (name: string) => boolean): CheckpointPolicy {
  return (primitive, _avals, params) =>
    is(primitive, nameP) ? keep((params as { name: string }).name) : others;
}

/** Keeps values of these names (`checkpointName`) and no others. */
function saveOnlyTheseNames(...names: readonly string[]): CheckpointPolicy {
  return byName(false, (name) => names.includes(name));
}

/** Keeps named values, but not of these names; no others. */
function saveAnyNamesButThese(...names: readonly string[]): CheckpointPolicy {
  return byName(false, (name) => !names.includes(name));
}

/** Keeps all values except those of these names. */
function saveAnythingExceptTheseNames(...names: readonly string[]): CheckpointPolicy {
  return byName(true, (name) => !names.includes(name));
}

/** Keeps what either policy keeps. */
function saveFromBothPolicies(first: CheckpointPolicy, second: CheckpointPolicy): CheckpointPolicy {
  return (primitive, avals, params) => first(primitive, avals, params) || second(primitive, avals, params);
}

/**
 * Policies of `checkpoint`: which of the values that an operation computes are kept for the backward pass. A policy is a
 * function of the operation, the types of its operands and its parameters. (Those of JAX that move values to the memory
 * of another device are not here.)
 *
 * @see jax.checkpoint_policies
 * @example
 * const layer = (w: Array, x: Array) => np.tanh(np.matmul(w, x)).sum();
 * const f = checkpoint(layer, { policy: checkpointPolicies.dotsSaveable });
 * grad(f)(np.ones([1, 1]), np.ones([1])).item(); // 0.41997434161…
 */
export const checkpointPolicies = {
  everythingSaveable,
  nothingSaveable,
  dotsSaveable,
  checkpointDots: dotsSaveable,
  dotsWithNoBatchDimsSaveable,
  checkpointDotsWithNoBatchDims: dotsWithNoBatchDimsSaveable,
  saveOnlyTheseNames,
  saveAnyNamesButThese,
  saveAnythingExceptTheseNames,
  saveFromBothPolicies,
} as const;
