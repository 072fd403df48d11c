/** @file `toStablehlo`: a function as the text of a StableHLO module. */
import { checkFunction, refuseMore } from "../../base/checks.ts";
import { checkOptions } from "../../base/errors.ts";
import { keystr, treeFlattenWithPath } from "../../core/tree.ts";
import {
  type AnyFunction,
  FlatFunction,
  describeCall,
  flattenArgsOnly,
  rebuildArgs,
} from "../../api/flatten.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import type { HloValue } from "../../core/hlo.ts";
import { Body, Module, returned } from "./module.ts";
import { translation, writeJaxpr } from "./translate.ts";
import { tensorType } from "./types.ts";

/** What the leaves of arguments and results are called. */
export interface Names {
  readonly args: readonly string[];
  readonly results: readonly string[];
}

/** The module of a program. */
export function moduleText(closed: ClosedJaxpr, name: string, { args, results }: Names): string {
  const module = new Module(translation);
  const b = new Body(module, "    ");
  const params = closed.inAvals.map((type, i): HloValue => ({ name: args[i], type }));
  const outs = writeJaxpr(b, closed, params);
  const signature = params.map((p) => `${p.name}: ${tensorType(p.type)}`).join(", ");
  const types = outs.map((o, i) => `${tensorType(o.type)} {jax.result_info = ${JSON.stringify(results[i])}}`);
  return module.text(
    name,
    "",
    [],
    [
      `  func.func public @main(${signature}) -> (${types.join(", ")}) {`,
      ...b.lines,
      `    ${returned("return", outs)}`,
      "  }",
    ],
  );
}

/** Names of SSA values: of the paths of leaves, each once. */
export function ssaNames(paths: readonly string[]): string[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const words = path.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^_+|_+$/g, "");
    const base = /^[A-Za-z]/.test(words) ? words : `arg${words}`;
    let name = `%${base}`;
    for (let k = 1; taken.has(name); k++) name = `%${base}_${k}`;
    taken.add(name);
    return name;
  });
}

export function toStablehlo(f: AnyFunction, args: readonly unknown[], ...more: readonly unknown[]): string {
  refuseMore("toStablehlo", 3, more);
  checkOptions("toStablehlo", undefined, []);
  checkFunction("toStablehlo", "the first argument", f);
  const what = describeCall("toStablehlo", f);
  const { arrays, defs } = flattenArgsOnly(args, what);
  const fun = new FlatFunction(f, what, rebuildArgs(defs));
  const closed = traceToJaxpr(
    fun.call,
    arrays.map((a) => a.aval),
    what,
  );
  const paths = args.flatMap((x, i) => treeFlattenWithPath(x)[0].map(([path]) => `arg${i}${keystr(path)}`));
  const results = closed.outAvals.map((_, i) => `result[${i}]`);
  return moduleText(closed, f.name === "" ? "f" : f.name, { args: ssaNames(paths), results });
}
