/**
 * @file Kernels as text, which is how they stand among the parameters of equations: so programs that hold them print, read back, and
 * are written as source. The same text is the same kernel.
 */
import { ArgumentError } from "../base/errors.ts";
import { type ShapedArray, shaped } from "../core/aval.ts";
import { type DType, isWide } from "../dtypes/dtype.ts";
import { type OpName, scalarOps } from "../loops/ir/scalar.ts";
import { type Node, type Variable, childrenOf } from "./nodes.ts";
import { type Contribution, KernelProgram } from "./program.ts";

/** A node, of which others are named by their place in the list. */
type Line =
  | readonly ["constant", DType, string]
  | readonly ["variable", number, string]
  | readonly ["read", DType, number, ...number[]]
  | readonly ["op", DType, OpName, ...number[]]
  | readonly ["cast", DType, number]
  | readonly ["sum", DType, number, number];

type Type = readonly [DType, ...number[]];

interface Data {
  readonly name: string;
  readonly inputs: readonly Type[];
  readonly outs: readonly Type[];
  readonly nodes: readonly Line[];
  /** The output, the variables, the index, the value. */
  readonly body: readonly (readonly [number, readonly number[], readonly number[], number])[];
}

const typeOf = (a: ShapedArray): Type => [a.dtype, ...a.shape];
const avalOf = ([dtype, ...shape]: Type): ShapedArray => shaped(shape, dtype);

function encode({ name, inputs, outs, body }: KernelProgram): string {
  const places = new Map<Node, number>();
  const nodes: Line[] = [];
  const place = (node: Node): number => {
    let at = places.get(node);
    if (at !== undefined) return at;
    const children = childrenOf(node).map(place);
    const variable = node.kind === "sum" ? place(node.variable) : 0;
    nodes.push(lineOf(node, children, variable));
    places.set(node, (at = nodes.length - 1));
    return at;
  };
  const lines = body.map((c): Data["body"][number] => [
    c.out,
    c.variables.map(place),
    c.index.map(place),
    place(c.value),
  ]);
  const data: Data = { name, inputs: inputs.map(typeOf), outs: outs.map(typeOf), nodes, body: lines };
  return JSON.stringify(data);
}

function lineOf(node: Node, children: readonly number[], variable: number): Line {
  switch (node.kind) {
    case "constant":
      return ["constant", node.dtype, Object.is(node.value, -0) ? "-0" : String(node.value)];
    case "variable":
      return ["variable", node.extent, node.name];
    case "read":
      return ["read", node.dtype, node.input, ...children];
    case "op":
      return ["op", node.dtype, node.op, ...children];
    case "cast":
      return ["cast", node.dtype, children[0]];
    case "sum":
      return ["sum", node.dtype, variable, children[0]];
  }
}

function decode(text: string): KernelProgram {
  const { name, inputs, outs, nodes: lines, body } = JSON.parse(text) as Data;
  const nodes: Node[] = [];
  const at = (i: number): Node => {
    if (!Object.hasOwn(nodes, i))
      throw new ArgumentError("kernel: the text of a kernel names what it has not.");
    return nodes[i];
  };
  const variableAt = (i: number): Variable => at(i) as Variable;
  for (const line of lines) nodes.push(nodeOf(line, at));
  return new KernelProgram(
    name,
    inputs.map(avalOf),
    outs.map(avalOf),
    body.map(([out, variables, index, value]): Contribution => ({
      out,
      variables: variables.map(variableAt),
      index: index.map(at),
      value: at(value),
    })),
  );
}

function nodeOf(line: Line, at: (i: number) => Node): Node {
  switch (line[0]) {
    case "constant":
      return { kind: "constant", dtype: line[1], value: isWide(line[1]) ? BigInt(line[2]) : Number(line[2]) };
    case "variable":
      return { kind: "variable", dtype: "int32", extent: line[1], name: line[2] };
    case "read": {
      const [, dtype, input, ...index] = line;
      return { kind: "read", dtype, input, index: index.map(at) };
    }
    case "op": {
      const [, dtype, op, ...args] = line;
      if (!Object.hasOwn(scalarOps, op)) throw new ArgumentError(`kernel: there is no operation ${op}.`);
      return { kind: "op", dtype, op, args: args.map(at) };
    }
    case "cast":
      return { kind: "cast", dtype: line[1], arg: at(line[2]) };
    case "sum":
      return { kind: "sum", dtype: line[1], variable: at(line[2]) as Variable, body: at(line[3]) };
  }
}

/** Kernels by their texts; beyond so many, those that are forgotten are read anew. */
const known = new Map<string, KernelProgram>();
const texts = new WeakMap<KernelProgram, string>();
const most = 4096;

function keep(text: string, program: KernelProgram): void {
  if (known.size >= most) known.clear();
  known.set(text, program);
}

/** The text of a kernel. */
export function textOf(program: KernelProgram): string {
  let text = texts.get(program);
  if (text === undefined) {
    texts.set(program, (text = encode(program)));
    if (!known.has(text)) keep(text, program);
  }
  return text;
}

/** @throws ArgumentError for a text that is no kernel's */
export function programOf(text: string): KernelProgram {
  let program = known.get(text);
  if (program === undefined) {
    try {
      program = decode(text);
    } catch (e) {
      if (e instanceof ArgumentError) throw e;
      throw new ArgumentError("kernel: this is not the text of a kernel.");
    }
    keep(text, program);
  }
  return program;
}
