/**
 * @file The last resort for arguments that no check knew: what a declared function throws inside, being handed something of
 * a kind that it cannot take (a symbol, an object in the place of a list), is told as a mistake in the arguments,
 * with all of them, and the original error as its cause. Errors of the library, and those that a caller's own function
 * throws, pass as they are.
 */
import { show } from "../base/checks.ts";
import { AdjointError, ArgumentError } from "../base/errors.ts";
import { isFromLibrary } from "../base/source.ts";
import { isPlainObject } from "./rest.ts";

/** True if a function of the caller's may have thrown: then the name in a message is that of what it called. */
const hasFunction = (args: readonly unknown[]): boolean =>
  args.some(
    (x) =>
      typeof x === "function" || (isPlainObject(x) && Object.values(x).some((y) => typeof y === "function")),
  );

/**
 * What a declared function throws: an `AdjointError` in place of a raw one that arose in the library, under the name that
 * the caller knows; any other error as it is.
 */
export function explainFailure(
  name: string,
  names: readonly string[],
  args: readonly unknown[],
  error: unknown,
): unknown {
  if (error instanceof AdjointError) return hasFunction(args) ? error : error.attribute(name);
  if (!(error instanceof Error) || !isFromLibrary(error.stack)) return error;
  const list = args.map((x, i) => `${names[i] ?? `argument ${i}`} = ${show(x)}`);
  const told = new ArgumentError(
    `${name}: cannot take these arguments: ${list.join(", ")} (${error.message.split("\n")[0]}).`,
  );
  told.cause = error;
  return told;
}
