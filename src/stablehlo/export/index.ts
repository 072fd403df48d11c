/** @file `toStablehlo`: a function as the text of a StableHLO module. */
import { checkListOf, refuseMore } from "../../base/checks.ts";
import { checkOptions } from "../../base/errors.ts";
import { stablehloWriter } from "../../api/compile/jit.ts";
import { type AbstractArgs, traceAbstract } from "../../api/staging.ts";
import type { AnyFunction } from "../../api/flatten.ts";
import type { NDArray } from "../../core/array.ts";
import { programText } from "./program.ts";
import type { ShardingOptions } from "./sharding.ts";

/** Options of `toStablehlo`. */
export interface ExportOptions extends ShardingOptions {
  /** The name of the module; that of the function by default. */
  readonly name?: string | undefined;
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
 *
 * With a mesh the program is one for its devices: shardings of arguments, results and `lax.withShardingConstraint` are part of
 * the text (in Shardy's words), and XLA partitions by them.
 * @throws ExportError for what has no counterpart: constants that another transformation traces
 * @throws ArgumentError, ShapeError, TreeError for shardings that do not fit the mesh, an array or the trees
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
  checkOptions("toStablehlo", options, ["name", "mesh", "inShardings", "outShardings"]);
  checkListOf("toStablehlo", "the arguments", args);
  const { jaxpr, defs, fun } = traceAbstract("toStablehlo", f, args);
  const name = options?.name ?? (f.name === "" ? "f" : f.name);
  return programText(jaxpr, name, defs, fun.outDef, options, fun.what).text;
}

/** `jit(f).lower(…).stablehlo()` is there from now on. */
export function installStablehlo(): void {
  stablehloWriter.install((closed, name, args, result) => programText(closed, name, args, result).text);
}
