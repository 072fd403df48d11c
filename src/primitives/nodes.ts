/**
 * @file What kernels are made of: scalar expressions with reads of arrays, of which derivatives are taken as expressions again.
 *
 * Nodes are immutable and shared: an expression is a graph without cycles, and what walks over one remembers where it has been.
 */
import type { DType, Scalar } from "../dtypes/dtype.ts";
import { scalarOp, type OpName } from "../loops/ir/scalar.ts";

/** A variable of a loop: 0 … extent − 1. */
export interface Variable {
  readonly kind: "variable";
  readonly dtype: "int32";
  readonly extent: number;
  readonly name: string;
}

/** An element of an operand; zero where the index lies outside. */
export interface Read {
  readonly kind: "read";
  readonly dtype: DType;
  readonly input: number;
  readonly index: readonly Node[];
}

export interface Operation {
  readonly kind: "op";
  readonly dtype: DType;
  readonly op: OpName;
  readonly args: readonly Node[];
}

/** Σ body over the values of the variable. */
export interface Sum {
  readonly kind: "sum";
  readonly dtype: DType;
  readonly variable: Variable;
  readonly body: Node;
}

export type Node =
  | { readonly kind: "constant"; readonly dtype: DType; readonly value: Scalar }
  | Variable
  | Read
  | Operation
  | { readonly kind: "cast"; readonly dtype: DType; readonly arg: Node }
  | Sum;

export const constantNode = (value: Scalar, dtype: DType): Node => ({ kind: "constant", dtype, value });

export const castNode = (arg: Node, dtype: DType): Node =>
  arg.dtype === dtype ? arg : { kind: "cast", dtype, arg };

/** An operation; what is selected has the dtype of the second operand. */
export function operation(op: OpName, ...args: readonly Node[]): Node {
  const type = args[op === "select" ? 1 : 0].dtype;
  return { kind: "op", dtype: scalarOp(op).result ?? type, op, args };
}

/** The nodes that a node is made of. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "read":
      return node.index;
    case "op":
      return node.args;
    case "cast":
      return [node.arg];
    case "sum":
      return [node.body];
    default:
      return [];
  }
}

/** A function of nodes that is asked once for each. */
export function remembered<T>(f: (node: Node, again: (node: Node) => T) => T): (node: Node) => T {
  const known = new Map<Node, T>();
  const ask = (node: Node): T => {
    if (known.has(node)) return known.get(node) as T;
    const out = f(node, ask);
    known.set(node, out);
    return out;
  };
  return ask;
}

/** Whether a node has something of this kind in it. */
export const someNode = (test: (node: Node) => boolean): ((node: Node) => boolean) =>
  remembered((node, again) => test(node) || childrenOf(node).some(again));

/** A node with its reads exchanged, and perhaps a variable. */
export const mapReads = (
  f: (read: Read, index: readonly Node[]) => Node,
  ofVariable: (v: Variable) => Node = (v) => v,
): ((node: Node) => Node) =>
  remembered((node, again): Node => {
    switch (node.kind) {
      case "read":
        return f(node, node.index.map(again));
      case "op":
        return { ...node, args: node.args.map(again) };
      case "cast":
        return { ...node, arg: again(node.arg) };
      case "sum":
        return { ...node, body: again(node.body) };
      case "variable":
        return ofVariable(node);
      default:
        return node;
    }
  });

/** The same sum over another variable. */
export function renamed(sum: Sum): Sum {
  const variable = { ...sum.variable };
  const inNew = mapReads(
    (read, index) => ({ ...read, index }),
    (v) => (v === sum.variable ? variable : v),
  );
  return { ...sum, variable, body: inNew(sum.body) };
}

const free = new WeakMap<Node, ReadonlySet<Variable>>();

/** The variables that a node depends on, those of its own sums left out. */
export function freeVariables(node: Node): ReadonlySet<Variable> {
  let out = free.get(node);
  if (out !== undefined) return out;
  const all = new Set(childrenOf(node).flatMap((child) => [...freeVariables(child)]));
  if (node.kind === "variable") all.add(node);
  if (node.kind === "sum") all.delete(node.variable);
  free.set(node, (out = all));
  return out;
}
