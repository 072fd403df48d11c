/** @file Programs whose lines are known, compiled to JavaScript that debuggers step through, and that tells of lines if it fails. */
import { compileJs } from "../loops/emit/javascript/compile.ts";
import { emitSteps, linesBefore } from "../loops/emit/javascript/steps.ts";
import type { HostCall, Program } from "../loops/ir/ir.ts";
import type { RawFunction } from "./runner.ts";
import { tell } from "./told.ts";

/** A frame of generated text in a stack, and its line. */
const generated = /\badjoint\/[\w.-]+\.js:(\d+):\d+/;

/** @see emitJs for the parameters */
export function compileSteps(
  program: Program,
  allocateOuts: boolean,
  keepTemporaries: boolean,
  calls: readonly HostCall[],
): RawFunction {
  const { text, map, origins } = emitSteps(program, allocateOuts, keepTemporaries);
  const telling = <R>(f: () => R): R => {
    try {
      return f();
    } catch (e) {
      const line = e instanceof Error ? generated.exec(e.stack ?? "") : null;
      const origin = line && origins[Number(line[1]) - 1 - linesBefore];
      if (origin !== null && origin !== undefined) tell(e, origin);
      throw e;
    }
  };
  const run = telling(() => compileJs(`${text}\n${map}`, program.name, calls));
  return (...args) => telling(() => run(...args));
}
