/** @file The error of enclosures. */
import { AdjointError } from "../base/errors.ts";

/** A program in which something has no enclosure: an operation without a rule, or a choice that intervals do not decide. */
export class EnclosureError extends AdjointError {
  constructor(detail: string) {
    super("enclosure", detail);
  }
}
