/**
 * @file What a function looks like from outside once it is compiled: trees of numbers and typed arrays in and out, and the
 * program behind them.
 */
import { hostCalls } from "../loops/ir/traverse.ts";
import { traceAbstract } from "../api/staging.ts";
import { ArgumentError } from "../base/errors.ts";
import { ComplexArray, type ConcreteArray, type NDArray } from "../core/array.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { isConcrete } from "../core/eval.ts";
import type { TreeDef } from "../core/tree.ts";
import { type TypedArray, arrayClassName, isComplex } from "../dtypes/dtype.ts";
import { constsToInputs } from "../interpreters/staging.ts";
import { installCompiler } from "../jit/compiler.ts";
import { type Passed, conventionOf } from "../jit/convention.ts";
import { jaxprProgram } from "../jit/program.ts";
import { simplify } from "../jit/simplify.ts";
import type { Program } from "../loops/ir/ir.ts";
import { parameterNames } from "./names.ts";

/** A tree of plain data. Leaves carry their number among all leaves of the arguments, or of the result. */
export type PlainTree =
  | { readonly kind: "leaf"; readonly index: number }
  | { readonly kind: "null" }
  | { readonly kind: "list"; readonly items: readonly PlainTree[] }
  | { readonly kind: "record"; readonly entries: readonly (readonly [key: string, value: PlainTree])[] };

/** How a leaf is passed: as a number, or as a typed array of so many elements. */
export interface PlainLeaf {
  readonly passed: Passed;
  readonly number: boolean;
  /** The classes that are accepted; results are of the first. */
  readonly classes: readonly string[];
  readonly length: number;
}

/** What a program is given in every call: the data, and the number of the parameter. */
export interface Embedded {
  readonly place: number;
  readonly data: TypedArray;
}

export interface Signature {
  readonly name: string;
  readonly params: readonly string[];
  readonly args: readonly PlainTree[];
  readonly result: PlainTree;
  /** The leaves of the arguments, and those of the result. */
  readonly inputs: readonly PlainLeaf[];
  readonly outputs: readonly PlainLeaf[];
  readonly program: Program;
  readonly embedded: readonly Embedded[];
  /** What was traced, and the arrays that it takes before the arguments. */
  readonly jaxpr: ClosedJaxpr;
  readonly consts: readonly ConcreteArray[];
}

/**
 * The data of a tree: an instance of a registered class is what it consists of, one child as itself (a random key is its
 * words), several under their names.
 */
function plainTree(def: TreeDef, next: () => number): PlainTree {
  const { node } = def;
  switch (node.kind) {
    case "leaf":
      return { kind: "leaf", index: next() };
    case "none":
      return { kind: "null" };
    case "custom":
      if (def.children.length === 0) return { kind: "null" };
      if (def.children.length === 1) return plainTree(def.children[0], next);
      break;
    default:
  }
  const items = def.children.map((child) => plainTree(child, next));
  const keys = node.kind === "dict" || node.kind === "custom" ? node.keys : undefined;
  if (keys === undefined) return { kind: "list", items };
  return { kind: "record", entries: items.map((item, i) => [keys[i], item] as const) };
}

/** Classes beside that of the data in which numbers of a dtype may come. */
const alsoAccepted: Readonly<Record<string, readonly string[]>> = {
  uint8: ["Uint8ClampedArray"],
  float16: ["Float16Array"],
};

/** As `dataSync` gives arrays: float16 kinds as float32 numbers, complex numbers as pairs, truth values as bytes. */
function plainLeaf(passed: Passed): PlainLeaf {
  const { aval, scalar } = passed;
  const { dtype } = aval;
  const half = dtype === "float16" || dtype === "bfloat16";
  const own = half ? "Float32Array" : arrayClassName(dtype);
  return {
    passed,
    number: scalar && !isComplex(dtype),
    classes: [own, ...(alsoAccepted[dtype] ?? [])],
    length: isComplex(dtype) ? 2 * aval.size : aval.size,
  };
}

/** @throws ArgumentError unless an array that a function closed over has data. */
function concrete(x: NDArray, where: string): ConcreteArray {
  if (!isConcrete(x))
    throw new ArgumentError(
      `${where}: the function uses a traced value of an enclosing transformation (${String(x.aval)}), which is not known when ` +
        `the module is written. Make it an argument.`,
    );
  return x;
}

/** Its data, for each of its parts. */
function constantData(x: ConcreteArray, { places }: Passed): Embedded[] {
  const parts = x instanceof ComplexArray ? [x.re, x.im] : [x];
  // The data of an array in the heap moves: it is copied.
  return parts.map((part, i) => ({ place: places[i], data: (part.raw as TypedArray).slice() }));
}

/** Traces and lowers a function. Example arguments give structures, shapes and dtypes. */
export function signatureOf(
  name: string,
  f: (...args: never[]) => unknown,
  examples: readonly unknown[],
  where: string,
): Signature {
  installCompiler();
  const { jaxpr: traced, fun, defs } = traceAbstract(where, f, examples);
  const { jaxpr, consts: arrays } = constsToInputs(traced);
  const consts = arrays.map((x) => concrete(x, `${where}: ${name}`));
  const program = jaxprProgram(simplify(jaxpr), name);
  const [call] = hostCalls(program.body);
  if (call !== undefined) {
    throw new ArgumentError(
      `${where}: ${name} calls the host (${call.call.name}, ${String(call.call.site)}); a module of its own has no way to. ` +
        `Leave the call out of what is exported.`,
    );
  }
  const convention = conventionOf(program, jaxpr.inAvals, jaxpr.outAvals);
  const { inputs, outputs, constants } = convention;
  const first = program.params.length - constants.length;
  let leaf = 0;
  let out = 0;
  return {
    name,
    params: parameterNames(f, examples.length),
    args: defs.map((def) => plainTree(def, () => leaf++)),
    result: plainTree(fun.outDef, () => out++),
    inputs: inputs.slice(consts.length).map(plainLeaf),
    outputs: outputs.map(plainLeaf),
    program,
    embedded: [
      ...consts.flatMap((x, i) => constantData(x, inputs[i])),
      ...constants.map((data, i) => ({ place: first + i, data })),
    ],
    jaxpr,
    consts,
  };
}
