/** @file `fromStablehlo`: a module's text as a function. */
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
import { handlerOf } from "./operations/index.ts";
import { Program } from "./program.ts";
import { errorAt } from "./text/errors.ts";
import type { Module } from "./text/ir.ts";
import { Parser } from "./text/parser.ts";

/** Options of `fromStablehlo`. */
export interface ImportOptions {
  /** The function of the module that is wanted: `main` by default. */
  readonly name?: string | undefined;
}

/** Bytes as text. @throws StablehloError for those of other formats */
function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  const isBytecode = bytes[0] === 0x4d && bytes[1] === 0x4c && bytes[2] === 0xef && bytes[3] === 0x52;
  if (isBytecode || text.includes("\u0000"))
    throw errorAt(
      "",
      0,
      `expected text; got ${isBytecode ? "MLIR bytecode" : "bytes, such as those of jax.export"}. Make text of it: docs/stablehlo-import.md has the lines of Python.`,
    );
  return text;
}

/** The program of a function of a module. */
function stage(module: Module, name: string): ClosedJaxpr {
  const func = module.functions.get(name);
  if (func === undefined) {
    const names = [...module.functions.keys()].map((n) => `@${n}`).join(", ");
    throw errorAt(
      module.text,
      0,
      `expected a function @${name}; the module has ${names === "" ? "none" : names}.`,
    );
  }
  const fail = (detail: string) => errorAt(module.text, func.at, detail);
  const avals = func.body.args.map((v) => avalOf(v.type, fail));
  func.results.forEach((t) => avalOf(t, fail));
  const program = new Program(module);
  const flat = (args: readonly NDArray[]): NDArray[] =>
    program.enter(func, args).map((x) => {
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
 * A StableHLO module, as JAX prints it (`jax.jit(f).lower(x).as_text()`), as a function of the library: of `main`'s flat
 * arguments, giving its result, or the list of its results if there are several. It can be called, compiled, differentiated,
 * batched and exported like any other.
 *
 * Arguments must have the shapes and dtypes that the text says. Loops that count to a constant become scans; annotations of
 * shardings mean nothing on one device. The whole text is checked here, not when the function is called.
 *
 * @throws StablehloError, with line and column, for text that is no StableHLO, operations that are not known, shapes that are
 * not known, dtypes that the library does not have, programs for several devices
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
  text: string | Uint8Array,
  options?: ImportOptions,
): (...args: ArrayLike[]) => R {
  checkOptions("fromStablehlo", options, ["name"]);
  if (typeof text !== "string" && !(text instanceof Uint8Array))
    throw new ArgumentError("fromStablehlo: expected the text of a module, or its bytes.");
  const source = typeof text === "string" ? text : textOf(text);
  const name = options?.name ?? "main";
  const module = new Parser(source, (op) => handlerOf(op) !== undefined).module();
  const { jaxpr, consts, inAvals } = stage(module, name);
  return (...args) => {
    if (args.length !== inAvals.length)
      throw new ArgumentError(`${name}: expected ${inAvals.length} arguments; got ${args.length}.`);
    const outs = evalJaxpr(
      jaxpr,
      consts,
      args.map((x, i) => argument(x, inAvals[i], i, name)),
    );
    return (outs.length === 1 ? outs[0] : outs) as R;
  };
}
