/**
 * @file Traced arguments get the names that the user's function has for them: `(params, x) => …` called with `{ w, b }` names
 * params_w, params_b and x. Generated code shows them where the user's lines are recorded.
 */
import { nameVariable } from "../core/jaxpr/sources.ts";
import { treeFlattenWithPath } from "../core/tree.ts";
import { BatchTracer } from "../interpreters/batching.ts";
import { StagingTracer } from "../interpreters/staging.ts";
import { TangentTracer } from "../interpreters/tangent-trace.ts";
import { parameterNames } from "../base/user-text.ts";
import type { AnyFunction } from "./flatten.ts";

/** Names what a value is made of, in the programs that are being written. */
export function nameValue(x: unknown, name: string): void {
  if (x instanceof StagingTracer) nameVariable(x.variable, name);
  else if (x instanceof BatchTracer) nameValue(x.value, name);
  else if (x instanceof TangentTracer) {
    nameValue(x.primal, name);
    nameValue(x.tangent, name);
  }
}

/** Names the arguments of a call after the parameters of the function. */
export function nameArguments(f: AnyFunction, args: readonly unknown[]): void {
  const names = parameterNames(Function.prototype.toString.call(f));
  args.slice(0, names.length).forEach((arg, i) => {
    for (const [path, leaf] of treeFlattenWithPath(arg)[0]) {
      const keys = path.map((k) => ("index" in k ? String(k.index) : k.key));
      const parts = names[i] === null ? keys : [names[i], ...keys];
      if (parts.length > 0) nameValue(leaf, parts.join("_"));
    }
  });
}
