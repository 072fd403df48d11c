/** @file Evaluates generated JavaScript: the only place of the library that calls `new Function`. */
import { type TypedArray, copyElements } from "../../../dtypes/dtype.ts";
import type { HostCall } from "../../ir/ir.ts";
import { runtime } from "../runtime.ts";

let allowed: boolean | null = null;

/** True if the host lets text become code (no content security policy forbids it). Tried once. */
export function canGenerateCode(): boolean {
  if (allowed === null) {
    try {
      // eslint reads this as implied eval; it is the probe for it.
      allowed = makeFunction("return () => true;")(runtime)() === true;
    } catch {
      allowed = false;
    }
  }
  return allowed;
}

type Compiled = (...args: never[]) => unknown;

/** The runtime of a program that calls the host: by number, with copies of the data, which are the callee's. */
function runtimeWith(calls: readonly HostCall[]): unknown {
  if (calls.length === 0) return runtime;
  const host = (k: number, inputs: readonly TypedArray[], outputs: readonly TypedArray[]): void => {
    const call = calls[k];
    const results = call.run(call.light === true ? inputs : inputs.map((x) => x.slice()));
    outputs.forEach((out, i) => copyElements(out, results[i]));
  };
  return { ...runtime, host };
}

function makeFunction(body: string): (runtime: unknown) => Compiled {
  return new Function("$", body) as (runtime: unknown) => Compiled;
}

/**
 * The function that `emitJs` text stands for. `name` shows up in debuggers.
 * @param calls those of the host, in the order of the program
 */
export function compileJs(
  text: string,
  name: string,
  calls: readonly HostCall[] = [],
): (...args: readonly unknown[]) => unknown {
  const safe = name.replace(/[^\w.-]/g, "_");
  return makeFunction(`${text}\n//# sourceURL=adjoint/${safe}.js`)(runtimeWith(calls)) as (
    ...args: readonly unknown[]
  ) => unknown;
}
