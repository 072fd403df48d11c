/** @file Mistakes told under the name of the function that the user called, not of one that it is made of. */
import { AdjointError } from "./errors.ts";

/** Runs what a function of this name works by: the mistakes that it finds are told under this name. */
export function underName<R>(name: string, f: () => R): R {
  try {
    return f();
  } catch (e) {
    throw e instanceof AdjointError ? e.attribute(name) : e;
  }
}
