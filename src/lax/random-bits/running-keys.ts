/**
 * @file Keys within loops that draw one element at a time: each round splits the running key, as JAX splits the key of a
 * loop over whole arrays.
 */
import type { DType } from "../../dtypes/dtype.ts";
import type { Block } from "../../loops/ir/build.ts";
import type { Expr, Local } from "../../loops/ir/ir.ts";
import { type Words, hashAt, unitFloat } from "./threefry.ts";

/** The running key of a loop. */
export type RunningKey = readonly [Local, Local];

/** A key that a loop changes; its words are variables of a name that ends in a and b. */
export const running = (b: Block, [k1, k2]: Words, name = "k"): RunningKey => [
  b.variable(k1, `${name}a`),
  b.variable(k2, `${name}b`),
];

/** Number `n` of a split of a key, or the bits of element `n`, with intermediate values named. */
export const hashIn = (b: Block, key: Words, n: Expr | number): Words =>
  hashAt(key, n, (value) => b.let(value));

/** Splits the running key: it goes on with number `keep` of the split; the others are returned. */
export function splitRunning(b: Block, key: RunningKey, keep: number, others: readonly number[]): Words[] {
  const next = hashIn(b, key, keep);
  const out = others.map((n) => hashIn(b, key, n));
  key.forEach((word, i) => b.set(word, next[i]));
  return out;
}

/** The uniform number of [0, 1) at a position of the array drawn from a key. */
export const uniformAt = (b: Block, key: Words, position: Expr | number, dtype: DType): Expr =>
  b.let(unitFloat(hashIn(b, key, position), dtype));
