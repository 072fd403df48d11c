/** @file `checkify.checkError`: an error value as a check. */
import { show, refuseMore } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";
import { CallSite } from "../../base/source.ts";
import { bind } from "../../core/trace.ts";
import { ne } from "../../lax/elementwise/compare.ts";
import { checkP } from "./check.ts";
import { ErrorValue } from "./error.ts";

/**
 * Throws what an error value says; in a function transformed by `checkify` it is an error of that function.
 * @throws JaxRuntimeError if a check failed, in a function that is not transformed
 * @throws ArgumentError for anything but an error value
 * @see jax.experimental.checkify.check_error
 * @example
 * const f = checkify.checkify((x: Array) => {
 *   checkify.check(x.greater(0), "not positive");
 *   return x;
 * });
 * checkify.checkError(f(-1)[0]); // throws JaxRuntimeError: not positive
 */
export function checkError(error: ErrorValue, ...more: []): void {
  refuseMore("checkify.checkError", 1, more);
  if (!((error as unknown) instanceof ErrorValue))
    throw new ArgumentError(`checkify.checkError: expected an error value of checkify; got ${show(error)}.`);
  let at = 0;
  error.sites.forEach((site, k) => {
    const values = error.payload.slice(at, (at += site.avals.length));
    const message = (xs: readonly (typeof values)[number][]): string => site.message(xs);
    bind(checkP, [ne(error.code, k + 1), ...values], { message, site: new CallSite() });
  });
}
