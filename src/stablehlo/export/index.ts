/** @file `toStablehlo`: a function as the text of a StableHLO module. */
import { checkListOf, refuseMore } from "../../base/checks.ts";
import { checkOptions } from "../../base/errors.ts";
import { stablehloWriter } from "../../api/jit.ts";
import { type AbstractArgs, traceAbstract } from "../../api/staging.ts";
import type { AnyFunction } from "../../api/flatten.ts";
import { leafPaths } from "../../control-flow/common.ts";
import type { NDArray } from "../../core/array.ts";
import type { HloValue } from "../../core/hlo.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import type { TreeDef } from "../../core/tree.ts";
import { Body, Module, returned } from "./module.ts";
import { translation, writeJaxpr } from "./translate.ts";
import { tensorType } from "./types.ts";

/** Options of `toStablehlo`. */
export interface ExportOptions {
  /** The name of the module; that of the function by default. */
  readonly name?: string | undefined;
}

/** Names of SSA values after the paths of leaves, each once. */
function ssaNames(defs: readonly TreeDef[]): string[] {
  const taken = new Set<string>();
  return defs.flatMap((def, k) =>
    leafPaths(def).map((path) => {
      const words = path.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^_+|_+$/g, "");
      const base = `%arg${k}${words === "" ? "" : `_${words}`}`;
      let name = base;
      for (let n = 1; taken.has(name); n++) name = `${base}_${n}`;
      taken.add(name);
      return name;
    }),
  );
}

/** The module of a program, whose arguments and result are trees of these structures. */
export function moduleText(
  closed: ClosedJaxpr,
  name: string,
  defs: readonly TreeDef[],
  outDef: TreeDef,
): string {
  const module = new Module(translation);
  const b = new Body(module, "    ");
  const names = ssaNames(defs);
  const params = closed.inAvals.map((type, i): HloValue => ({ name: names[i], type }));
  const outs = writeJaxpr(b, closed, params);
  const results = leafPaths(outDef).map((path) => JSON.stringify(`result${path}`));
  const signature = params.map((p) => `${p.name}: ${tensorType(p.type)}`).join(", ");
  const types = outs.map((o, i) => `${tensorType(o.type)} {jax.result_info = ${results[i]}}`);
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

/**
 * A function as the text of a StableHLO module, the exchange format of JAX, XLA and IREE. Its `main` takes the leaves of the
 * arguments in order (arrays, or `ShapeDtypeStruct`s in their place) and gives those of the result; what the function closes
 * over is part of the text. Gradients, batches, loops and branches are exported like anything else; numbers are exact to the
 * bit.
 *
 * Where StableHLO has an operation it is used. Everything else (special functions, samplers, factorisations other than
 * Cholesky's) is written out from the definition that this library compiles, as `while` loops around vector operations, and
 * so runs on every platform.
 * @throws ExportError for what has no counterpart: constants that another transformation traces
 * @see jax.export, jax.jit(f).lower(…).as_text()
 * @example
 * const text = toStablehlo((x) => np.sin(x).sum(), [np.ones([3])]);
 * text.includes("stablehlo.sine %arg0 : tensor<3xf64>"); // true
 */
export function toStablehlo<A extends NDArray[]>(
  f: (...args: A) => unknown,
  args: AbstractArgs<A>,
  options?: ExportOptions,
): string;
export function toStablehlo<A extends unknown[]>(
  f: (...args: A) => unknown,
  args: AbstractArgs<A>,
  options?: ExportOptions,
): string;
export function toStablehlo(
  f: AnyFunction,
  args: readonly unknown[],
  options?: ExportOptions,
  ...more: readonly unknown[]
): string {
  refuseMore("toStablehlo", 3, more);
  checkOptions("toStablehlo", options, ["name"]);
  checkListOf("toStablehlo", "the arguments", args);
  const { jaxpr, defs, fun } = traceAbstract("toStablehlo", f, args);
  return moduleText(jaxpr, options?.name ?? (f.name === "" ? "f" : f.name), defs, fun.outDef);
}

/** `jit(f).lower(…).stablehlo()` is there from now on. */
export function installStablehlo(): void {
  stablehloWriter.install(moduleText);
}
