/**
 * @file Traced arguments get the names that the user's function has for them: `(params, x) => …` called with `{ w, b }` names
 * params_w, params_b and x. Generated code shows them where the user's lines are recorded.
 */
import { config } from "../base/config.ts";
import { nameVariable } from "../core/jaxpr/sources.ts";
import { type KeyPath, treeFlattenWithPath } from "../core/tree.ts";
import { BatchTracer } from "../interpreters/batching.ts";
import { StagingTracer } from "../interpreters/staging.ts";
import { TangentTracer } from "../interpreters/tangent-trace.ts";
import { type Parameter, parametersOf } from "../base/user-text.ts";

/** Names what a value is made of, in the programs that are being written. */
export function nameValue(x: unknown, name: string): void {
  if (x instanceof StagingTracer) nameVariable(x.variable, name);
  else if (x instanceof BatchTracer) nameValue(x.value, name);
  else if (x instanceof TangentTracer) {
    nameValue(x.primal, name);
    nameValue(x.tangent, name);
  }
}

/** What a function calls a leaf of an argument; null if it has no name for the argument. */
function leafName(parameter: Parameter, path: KeyPath): string | null {
  const keys = path.map((k) => ("index" in k ? String(k.index) : k.key));
  if (typeof parameter === "string") return [parameter, ...keys].join("_");
  const name = parameter?.get(keys[0] ?? "");
  return name === undefined ? null : [name, ...keys.slice(1)].join("_");
}

/**
 * Names the arguments of a call after the parameters of the function, where lines are recorded. Functions of the library in the
 * place of users' have rest parameters, which name nothing.
 */
export function nameArguments(f: (...args: never[]) => unknown, args: readonly unknown[]): void {
  if (config.values.sourceLines === false) return;
  const parameters = parametersOf(Function.prototype.toString.call(f));
  args.slice(0, parameters.length).forEach((arg, i) => {
    for (const [path, leaf] of treeFlattenWithPath(arg)[0]) {
      const name = leafName(parameters[i], path);
      if (name !== null) nameValue(leaf, name);
    }
  });
}
