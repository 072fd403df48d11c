/** @file The error of plain code that cannot be converted, at the user's line. */
import { PlainCodeError } from "../../base/errors.ts";

/** @param site `file:line:column` of the user's code, which the transformation has written there */
export const refuse = (site: string, why: string): PlainCodeError => new PlainCodeError(`${site}: ${why}`);

/** What the user's own code has thrown. */
const thrown = new WeakSet();

/** Notes that an error is the user's: under a traced condition, it is thrown when the program runs. */
export function raise(error: unknown): unknown {
  if (typeof error === "object" && error !== null) thrown.add(error);
  return error;
}

export const isRaised = (error: unknown): boolean =>
  typeof error !== "object" || error === null || thrown.has(error);
