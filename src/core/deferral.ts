/**
 * @file Equations put off: a function of the library that is called eagerly makes many arrays on the way to its result, and
 * each would go through memory. While such a function runs, equations on large arrays may be put off; what its result needs
 * of them, or what it reads itself, is then computed by one program.
 *
 * Who does that is installed with the compiler (jit/deferred.ts). Without it, under a transformation, or where nothing is
 * large, functions run as they are.
 */
import { type ConcreteArray, NDArray } from "./array.ts";
import { OptionalPart } from "./late.ts";
import type { Params, Primitive } from "./primitive.ts";

export interface Deferral {
  /** Whether equations may be put off from now on: false if they may already, or under a transformation. */
  begin(): boolean;
  /** Ends what began: whatever the result of the function holds is computed. */
  end(result: unknown): void;
  /** Puts an equation off. Null if it is to be evaluated now: its operands have their data then. */
  put(primitive: Primitive, args: readonly ConcreteArray[], params: Params): ConcreteArray[] | null;
}

/** Elements from which on an array is large. */
export let leastSize = 32_768;

/** For tests: another size. */
export function setLeastSize(size: number): void {
  leastSize = size;
}

/** True for an array that is not large: a function of nothing else gains nothing. */
export const isSmall = (x: unknown): boolean => x instanceof NDArray && x.aval.size < leastSize;

export const deferral = new OptionalPart<Deferral>();

/** Runs a function of the library; equations in it may be put off until it returns. */
export function together<R>(f: () => R): R {
  const parts = deferral.value;
  if (parts?.begin() !== true) return f();
  let out: R | undefined;
  try {
    return (out = f());
  } finally {
    parts.end(out);
  }
}
