/**
 * @file The user's lines behind the equations of a program. To record a call costs as much as to trace it, so programs are traced
 * without; one whose lines are asked for is traced again, with them.
 */
import { config } from "../../base/config.ts";
import { endCalls } from "../../base/source.ts";
import type { NDArray } from "../array.ts";
import { OptionalPart } from "../late.ts";
import type { ClosedJaxpr, Var } from "./ir.ts";

const again = new WeakMap<ClosedJaxpr, () => ClosedJaxpr>();

/** Traces a program, which can be traced again with the lines behind its equations, under the settings in force now. */
export function retraceable(trace: () => ClosedJaxpr): ClosedJaxpr {
  const closed = trace();
  endCalls();
  const settings = config.values;
  if (settings.sourceLines === false)
    again.set(closed, () => config.with({ ...settings, sourceLines: "recorded" }, trace));
  return closed;
}

/** The same program, whose equations know the user's lines; without them if it was made of another program. */
export const withSourceLines = (closed: ClosedJaxpr): ClosedJaxpr => again.get(closed)?.() ?? closed;

const names = new WeakMap<Var, string>();

/** Notes the user's name of a variable, unless it has one. */
export function nameVariable(v: Var, name: string): void {
  if (!names.has(v)) names.set(v, name);
}

/** The user's name of a variable: known of arguments of traced functions, where lines are recorded. */
export const variableName = (v: Var): string | undefined => names.get(v);

/** Gives what a traced value is made of a name of the user's: installed by what compiles. */
export const valueNamer = new OptionalPart<(x: NDArray, name: string) => void>();
