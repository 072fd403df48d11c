/** @file The error of what goes wrong beyond the library: in Python, JAX, XLA, or between. */
import { AdjointError } from "../base/errors.ts";

/**
 * What went wrong: Python or JAX is missing; a process did not start; there are not the devices that were asked for; the
 * program is no valid StableHLO; XLA did not compile it; it failed while it ran; a process is gone; a time limit was reached;
 * the session is closed.
 */
export type XlaFailure =
  "missing" | "start" | "devices" | "program" | "compile" | "run" | "lost" | "timeout" | "closed";

/** Something went wrong in the processes that run XLA. */
export class XlaError extends AdjointError {
  readonly reason: XlaFailure;

  constructor(reason: XlaFailure, detail: string) {
    super("xla", detail);
    this.reason = reason;
  }
}
