/** @file Evaluates generated JavaScript: the only place of the library that calls `new Function`. */
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

function makeFunction(body: string): (runtime: unknown) => Compiled {
  return new Function("$", body) as (runtime: unknown) => Compiled;
}

/** The function that `emitJs` text stands for. `name` shows up in debuggers. */
export function compileJs(text: string, name: string): (...args: readonly unknown[]) => unknown {
  const safe = name.replace(/[^\w.-]/g, "_");
  return makeFunction(`${text}\n//# sourceURL=adjoint/${safe}.js`)(runtime) as (
    ...args: readonly unknown[]
  ) => unknown;
}
