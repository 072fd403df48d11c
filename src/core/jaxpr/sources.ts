/**
 * @file The user's lines behind the equations of a program. To record a call costs as much as to trace it, so programs are traced
 * without; one whose lines are asked for is traced again, with them.
 */
import { config } from "../../base/config.ts";
import type { ClosedJaxpr } from "./ir.ts";

const again = new WeakMap<ClosedJaxpr, () => ClosedJaxpr>();

/** Traces a program, which can be traced again with the lines behind its equations, under the settings in force now. */
export function retraceable(trace: () => ClosedJaxpr): ClosedJaxpr {
  const closed = trace();
  const settings = config.values;
  if (!settings.sourceLines) again.set(closed, () => config.with({ ...settings, sourceLines: true }, trace));
  return closed;
}

/** The same program, whose equations know the user's lines; without them if it was made of another program. */
export const withSourceLines = (closed: ClosedJaxpr): ClosedJaxpr => again.get(closed)?.() ?? closed;
