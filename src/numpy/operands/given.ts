/** @file Parameters that must be given, by position or by name. */
import { ArgumentError } from "../../base/errors.ts";
import type { Rest } from "./args.ts";

/** As `Rest`, with at least the first of the parameters. */
export type Given<P extends readonly unknown[], O> = Exclude<Rest<P, O>, []>;

/** The value of a parameter, or an error that names it. */
export function given<T>(name: string, parameter: string, value: T | undefined): T {
  if (value === undefined) throw new ArgumentError(`${name}: the argument '${parameter}' is missing.`);
  return value;
}
