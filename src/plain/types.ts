/** @file Types of transformed plain functions: numbers stay numbers, lists lists, and objects objects. */
import type { Argnums } from "../core/tree-types.ts";

/** One argument for a number; for several, the list of them. */
export type Chosen<A extends readonly unknown[], N extends Argnums> = Argnums extends N
  ? A[0]
  : N extends number
    ? A[N]
    : N extends readonly number[]
      ? { -readonly [K in keyof N]: A[N[K] & number] }
      : never;

/** The form of a result with an `X` in the place of each number. */
export type Over<R, X> = R extends number
  ? X
  : R extends Float64Array | Float32Array
    ? X[]
    : R extends string | boolean | null | undefined | ((...args: never[]) => unknown)
      ? R
      : { -readonly [K in keyof R]: Over<R[K], X> };

/** Many arguments in the place of one each. */
export type Many<A extends readonly unknown[]> = {
  [K in keyof A]: readonly A[K][] | (A[K] extends number ? Float64Array | Float32Array : never);
};
