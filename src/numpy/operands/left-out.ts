/** @file The error of methods that a bundle leaves out. */
import { ArgumentError } from "../../base/errors.ts";

/** The error for what a bundle does not have, as nothing in the program names it. */
export const leftOut = (what: string, instead = ""): ArgumentError =>
  new ArgumentError(
    `${what}: this bundle leaves out the methods that index and sort, which it cannot see used. ` +
      `Add \`import "adjoint/methods"\` to your program${instead}.`,
  );
