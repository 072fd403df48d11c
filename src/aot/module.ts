/** @file `exportModule`: functions compiled ahead of time, as a module that needs nothing else. */
import { checkFunction, checkListOf, checkOneOf, refuseMore, show } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { javascriptModule } from "./javascript.ts";
import { checkExportName } from "./names.ts";
import { type Signature, signatureOf } from "./signature.ts";
import { declarations } from "./types.ts";
import { type Load, instantiateName, wasmModule } from "./wasm.ts";

/** A function of whatever arrays. */
export type AnyFunction = (...args: never[]) => unknown;

/** A function, and arguments like those that it will get: only their structure, shapes and dtypes count. */
export type Exported = readonly [f: AnyFunction, ...examples: unknown[]];

/** Options of `exportModule`. */
export interface ExportOptions {
  /** What the functions are compiled to: JavaScript (the default), or WebAssembly with a little JavaScript around it. */
  readonly format?: "js" | "wasm" | undefined;
  /**
   * How the module comes by its WebAssembly: from the file `fileName` `"beside"` it (the default), from its own text
   * (`"inline"`), or from the caller (`"manual"`: it exports `instantiate(module)`, neither waits nor compiles).
   */
  readonly load?: Load | undefined;
  /** The name of the file of WebAssembly: `m.wasm`, if nothing else is said. */
  readonly fileName?: string | undefined;
  /**
   * Whether products may be computed with fused multiplication and addition, as `jit` does where the host can: faster, but
   * hosts without relaxed SIMD refuse the module. Off, if nothing else is said.
   */
  readonly relaxedSimd?: boolean | undefined;
}

/** The files of a module. */
export interface ExportedModule {
  /** The ES module. */
  readonly js: string;
  /** Its declarations. */
  readonly dts: string;
  /** The bytes of its WebAssembly, if that is its format. */
  readonly wasm?: Uint8Array;
}

const head = "/** @file Compiled ahead of time by adjoint: do not edit. */";

function signaturesOf(functions: Readonly<Record<string, Exported>>, taken: readonly string[]): Signature[] {
  if (typeof functions !== "object" || functions === null || Array.isArray(functions))
    throw new ArgumentError(
      `exportModule: the first argument must be an object { name: [f, ...examples] }; got ${show(functions)}.`,
    );
  const names = Object.keys(functions);
  if (names.length === 0) throw new ArgumentError("exportModule: there is no function to export.");
  return names.map((name) => {
    checkExportName(name, taken);
    const entry: unknown = functions[name];
    checkListOf("exportModule", `${name} ([f, ...examples])`, entry);
    const [f, ...examples] = entry;
    checkFunction("exportModule", `the first entry of ${name}`, f);
    return signatureOf(name, f as AnyFunction, examples, "exportModule");
  });
}

function checkFileName(name: unknown): asserts name is string {
  if (typeof name === "string" && /^[^/\\?#]+$/.test(name)) return;
  throw new ArgumentError(
    `exportModule: fileName must be the name of a file in the folder of the module, such as "m.wasm"; got ${show(name)}.`,
  );
}

/**
 * Compiles functions ahead of time: the text of an ES module that exports them, and its types. The module depends on nothing,
 * evaluates no text, and works wherever modules do.
 *
 * Its functions take and give plain data. A 0-d array is a number, any other a flat, row-major typed array such as `dataSync`
 * gives (float16 kinds as `Float32Array`, booleans as `Uint8Array`, complex numbers in pairs, also a 0-d one); lists, objects
 * and null stay what they are; a random key is its two words, and an instance of another registered class a record of its
 * children. Results are written to the arrays of a last argument, `out`, if it is given.
 * @param functions by the name of the export: the function and example arguments (arrays, numbers, `ShapeDtypeStruct`s, trees)
 * @throws ArgumentError for names that cannot be exported, and what cannot be known when the module is written
 * @see jax.export, jax.jit
 * @example
 * const { js, dts } = exportModule({ area: [(r) => np.square(r).mul(Math.PI), 1] });
 * js.includes("export { area$ as area };"); // true
 * dts.includes("area("); // true
 */
export function exportModule(
  functions: Readonly<Record<string, Exported>>,
  options: ExportOptions = {},
  ...more: []
): ExportedModule {
  refuseMore("exportModule", 2, more);
  checkOptions("exportModule", options, ["format", "load", "fileName", "relaxedSimd"]);
  const { format = "js", load = "beside", fileName = "m.wasm", relaxedSimd = false } = options;
  checkOneOf("exportModule", "format", format, ["js", "wasm"]);
  checkOneOf("exportModule", "load", load, ["beside", "inline", "manual"]);
  checkFileName(fileName);
  const manual = format === "wasm" && load === "manual";
  const signatures = signaturesOf(functions, manual ? [instantiateName] : []);
  if (format === "js")
    return { js: javascriptModule(signatures, head), dts: declarations(signatures, head, "") };
  const { js, wasm, others } = wasmModule(signatures, head, { load, fileName, relaxedSimd });
  return { js, dts: declarations(signatures, head, others), wasm };
}
