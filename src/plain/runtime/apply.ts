/** @file Calls of functions of any origin. */
import { PlainCodeError, TracerConversionError } from "../../base/errors.ts";
import { refuse } from "./errors.ts";
import { addLists } from "./lists.ts";
import { nativeOf } from "./natives.ts";

type Callable = (...args: readonly unknown[]) => unknown;

/** Lets errors that know no line say that of the call. */
export function located<R>(site: string, f: () => R): R {
  try {
    return f();
  } catch (e) {
    if (e instanceof PlainCodeError && e.detail.startsWith(": ")) throw refuse(site, e.detail.slice(2));
    if (e instanceof TracerConversionError)
      throw refuse(site, `a function that knows numbers alone gets a traced value. ${e.detail}`);
    throw e;
  }
}

/** Calls a function: JavaScript's own are what they are for traced values. */
export function apply(site: string, f: unknown, self: unknown, args: readonly unknown[]): unknown {
  addLists();
  const native = nativeOf(f);
  return located(site, () =>
    native === undefined ? Reflect.apply(f as Callable, self, args) : native(self, args),
  );
}
