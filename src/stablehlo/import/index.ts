/** @file `fromStablehlo`: a module as a function. */
import { refuseMore } from "../../base/checks.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { evalJaxpr } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { sameType } from "../../core/aval.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../base/errors.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import { arraysEqual } from "../../base/util.ts";
import { avalOf } from "./operations/call.ts";
import { Program } from "./program.ts";
import { type Source, readSource } from "./source.ts";
import type { StablehloError } from "./text/errors.ts";

/** Options of `fromStablehlo`. */
export interface ImportOptions {
  /** The function of the module that is wanted: `main` by default. */
  readonly name?: string | undefined;
  /**
   * Of what `jax.export` serialised with `vjp_order=n`, how often it is differentiated, from 0, the default, to n. With 1, it is
   * the function of the arguments and of cotangents of the results that gives cotangents of the arguments.
   */
  readonly vjp?: number | undefined;
}

/** Bytes without methods of their own: a slice of a Buffer of Node is no copy. */
function bytesOf(module: Uint8Array | ArrayBuffer): Uint8Array {
  if (module instanceof Uint8Array)
    return new Uint8Array(module.buffer, module.byteOffset, module.byteLength);
  if (module instanceof ArrayBuffer) return new Uint8Array(module);
  throw new ArgumentError("fromStablehlo: expected the text of a module, or its bytes.");
}

/** The program of a function of a module. Where it begins with the index of a platform, that is a constant. */
function stage({ module, convention }: Source, name: string): ClosedJaxpr {
  const func = module.functions.get(name);
  if (func === undefined) {
    const names = [...module.functions.keys()].map((n) => `@${n}`).join(", ");
    throw module.error(0, `expected a function @${name}; the module has ${names === "" ? "none" : names}.`);
  }
  const fail = (detail: string): StablehloError => module.error(func.at, detail);
  const avals = func.body.args.map((v) => avalOf(v.type, fail));
  func.results.forEach((t) => avalOf(t, fail));
  const platform = convention?.platform ?? null;
  const first =
    platform === null ? [] : avals.splice(0, 1).map((a) => asDType(platform, a.dtype, false, name));
  if (convention !== null && convention.kept.length !== avals.length)
    throw fail(`expected ${convention.kept.length} arguments, as was exported; got ${avals.length}.`);
  const program = new Program(module);
  const flat = (args: readonly NDArray[]): NDArray[] =>
    program.enter(func, [...first, ...args]).map((x) => {
      if (x instanceof NDArray) return x;
      throw fail("expected a function that returns arrays.");
    });
  return traceToJaxpr(flat, avals, "fromStablehlo");
}

/** An argument as the program wants it. Numbers adopt its dtype; arrays must have it. */
function argument(x: ArrayLike, aval: ShapedArray, i: number, name: string): NDArray {
  const where = `${name}: argument ${i}`;
  const array = typeof x === "number" ? asDType(x, aval.dtype, false, where) : asArray(x, where);
  if (sameType(array.aval, aval)) return array.weakType ? asDType(array, aval.dtype, false, where) : array;
  if (!arraysEqual(array.shape, aval.shape))
    throw new ShapeError(
      `${where} must be ${aval.short()}; got ${array.aval.short()}. Reshape it, or export the program for its shape.`,
    );
  if (array.weakType) return asDType(array, aval.dtype, false, where);
  throw new DTypeError(
    `${where} must be ${aval.short()}; got ${array.aval.short()}. Convert it with x.astype("${aval.dtype}").`,
  );
}

/**
 * A StableHLO module as a function of the library: of `main`'s flat arguments, giving its result, or the list of its results if
 * there are several. It can be called, compiled, differentiated, batched and exported like any other.
 *
 * What is given is one of
 * - text, as JAX prints it (`jax.jit(f).lower(x).as_text()`), or its bytes;
 * - MLIR bytecode: portable artifacts (`stablehlo.serialize_portable_artifact`), or a module's own (`write_bytecode`);
 * - what `jax.export.export(jax.jit(f))(x).serialize()` gives. The function then takes all leaves of the arguments of `f`, also those
 *   that JAX left out of the module; of several platforms it runs the program for CPUs.
 *
 * Arguments must have the shapes and dtypes that the module says. Loops that count to a constant become scans; annotations of
 * shardings mean nothing on one device. The whole module is checked here, not when the function is called.
 *
 * @throws StablehloError, with line and column of text, or with the number of the byte, for what is no StableHLO, operations that
 * are not known, shapes that are not known, dtypes that the library does not have, programs for several devices
 * @throws ArgumentError for the option `vjp` of what was exported without it
 * @example
 * const f = fromStablehlo(`
 *   func.func public @main(%x: tensor<3xf64>) -> tensor<3xf64> {
 *     %0 = stablehlo.sine %x : tensor<3xf64>
 *     %1 = stablehlo.multiply %0, %x : tensor<3xf64>
 *     return %1 : tensor<3xf64>
 *   }`);
 * f(np.array([0, 1, 2])); // Array([0., 0.84147098, 1.81859485])
 */
export function fromStablehlo<R extends NDArray | NDArray[] = NDArray>(
  module: string | Uint8Array | ArrayBuffer,
  options?: ImportOptions,
  ...more: []
): (...args: ArrayLike[]) => R {
  refuseMore("fromStablehlo", 2, more);
  checkOptions("fromStablehlo", options, ["name", "vjp"]);
  const given = typeof module === "string" ? module : bytesOf(module);
  const { name = "main", vjp = 0 } = options ?? {};
  if (!Number.isSafeInteger(vjp) || vjp < 0)
    throw new ArgumentError(`fromStablehlo: expected a whole number from 0 for the option vjp; got ${vjp}.`);
  const source = readSource(given, vjp);
  const { jaxpr, consts, inAvals } = stage(source, name);
  const { args: avals, kept } = source.convention ?? { args: inAvals, kept: inAvals.map((_, i) => i) };
  return (...args) => {
    if (args.length !== avals.length)
      throw new ArgumentError(`${name}: expected ${avals.length} arguments; got ${args.length}.`);
    // Those that the program does not take are checked as well.
    if (kept.length < args.length)
      avals.forEach((aval, i) => aval !== null && argument(args[i], aval, i, name));
    const outs = evalJaxpr(
      jaxpr,
      consts,
      kept.map((at, i) => argument(args[at], inAvals[i], at, name)),
    );
    return (outs.length === 1 ? outs[0] : outs) as R;
  };
}
