/** @file Assertions about types, checked by the compiler alone. */

/** True if two types are the same, not merely assignable to each other. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** A use of it compiles only if the type is `true`. */
export type Expect<T extends true> = T;

/** Compiles only if the value has exactly the type given. */
export function expectType<T>(): <V>(
  value: V,
  ...same: Same<V, T> extends true ? [] : ["types differ", V]
) => void {
  return () => undefined;
}
