/**
 * @file Kernels as programs, and what is derived of them: tangents, transposes, batches, which are kernels again.
 *
 * A program is a list of contributions: for all values of some variables, an element of an output is increased by a value. The
 * element of an index that lies outside is none. A tangent has the contributions' derivatives. The transpose of a program that
 * is linear in an input has a contribution to that input for each read of it: what the read counts, times the cotangent of the
 * element that it counted for.
 */
import { type ShapedArray, shaped } from "../core/aval.ts";
import { NonlinearError } from "../core/primitive.ts";
import { isFloat } from "../dtypes/dtype.ts";
import {
  type Node,
  type Read,
  type Sum,
  type Variable,
  castNode,
  childrenOf,
  constantNode,
  mapReads,
  operation,
  remembered,
  renamed,
  someNode,
} from "./nodes.ts";
import { slopesOf, times } from "./slopes.ts";

/** For all values of the variables: `out[index] += value`. */
export interface Contribution {
  readonly out: number;
  readonly variables: readonly Variable[];
  readonly index: readonly Node[];
  readonly value: Node;
}

type Flags = readonly boolean[];

/** One entry for each flag pattern. */
const kept = <T>(make: (flags: Flags) => T): ((flags: Flags) => T) => {
  const known = new Map<string, T>();
  return (flags) => {
    const key = flags.map((f) => (f ? 1 : 0)).join("");
    let out = known.get(key);
    if (out === undefined) known.set(key, (out = make(flags)));
    return out;
  };
};

export class KernelProgram {
  readonly name: string;
  readonly inputs: readonly ShapedArray[];
  readonly outs: readonly ShapedArray[];
  readonly body: readonly Contribution[];
  /**
   * The tangents of the outputs that have one (`nonzero`), as a program of the inputs and of the tangents of those flagged.
   */
  readonly tangent: (flags: Flags) => { readonly program: KernelProgram; readonly nonzero: Flags };
  /** Cotangents of the inputs flagged, in which the program is linear, from the other inputs and the cotangents of the outputs. */
  readonly transposed: (flags: Flags) => KernelProgram;
  readonly #batches = new Map<number, (flags: Flags) => KernelProgram>();

  constructor(
    name: string,
    inputs: readonly ShapedArray[],
    outs: readonly ShapedArray[],
    body: readonly Contribution[],
  ) {
    this.name = name;
    this.inputs = inputs;
    this.outs = outs;
    this.body = body;
    this.tangent = kept((flags) => tangentOf(this, flags));
    this.transposed = kept((flags) => transposeOf(this, flags));
  }

  /** The program of all lanes: of inputs flagged, and of all outputs, the first axis is that of the lanes. */
  batched(size: number, flags: Flags): KernelProgram {
    let make = this.#batches.get(size);
    if (make === undefined) this.#batches.set(size, (make = kept((f) => batchOf(this, size, f))));
    return make(flags);
  }
}

/** d node, for given derivatives of reads; null where it is zero. */
function derivativeOf(ofRead: (read: Read) => Node | null): (node: Node) => Node | null {
  return remembered<Node | null>((node, again) => {
    switch (node.kind) {
      case "read":
        return ofRead(node);
      case "cast": {
        const d = again(node.arg);
        return d === null || !isFloat(node.dtype) ? null : castNode(d, node.dtype);
      }
      case "sum": {
        const d = again(node.body);
        return d === null ? null : { ...node, body: d };
      }
      case "op":
        return node.op === "select" ? ofSelect(node.args, again) : ofOperation(node, again);
      default:
        return null;
    }
  });
}

function ofSelect([test, x, y]: readonly Node[], d: (node: Node) => Node | null): Node | null {
  const [dx, dy] = [d(x), d(y)];
  if (dx === null && dy === null) return null;
  const zero = constantNode(0, x.dtype);
  return operation("select", test, dx ?? zero, dy ?? zero);
}

function ofOperation(node: Node & { readonly kind: "op" }, d: (node: Node) => Node | null): Node | null {
  const tangents = node.args.map(d);
  if (tangents.every((t) => t === null)) return null;
  const slopes = slopesOf(node);
  if (slopes === null) return null;
  return tangents.reduce<Node | null>((sum, t, i) => {
    if (t === null) return sum;
    const term = times(slopes[i], t);
    return sum === null ? term : operation("add", sum, term);
  }, null);
}

function tangentOf(
  { name, inputs, outs, body }: KernelProgram,
  flags: Flags,
): { program: KernelProgram; nonzero: Flags } {
  const places = flags.map((f, i) => inputs.length + flags.slice(0, i).filter(Boolean).length * Number(f));
  const d = derivativeOf((read) => (flags[read.input] ? { ...read, input: places[read.input] } : null));
  const parts = body.flatMap((c): Contribution[] => {
    const value = d(c.value);
    return value === null ? [] : [{ ...c, value }];
  });
  const nonzero = outs.map((_, i) => parts.some((c) => c.out === i));
  const renamed = nonzero.map((_, i) => nonzero.slice(0, i).filter(Boolean).length);
  const program = new KernelProgram(
    `tangent of ${name}`,
    [...inputs, ...inputs.filter((_, i) => flags[i]).map((a) => a.strong)],
    outs.filter((_, i) => nonzero[i]).map((a) => a.strong),
    parts.map((c) => ({ ...c, out: renamed[c.out] })),
  );
  return { program, nonzero };
}

/** Cotangents that are not passed on yet: for each node, by the variables of the loops around them. */
type Pending = Map<readonly Variable[], Node>;

/** The nodes that depend on linear inputs, users before what they use. */
function orderOf(root: Node, isLinear: (node: Node) => boolean): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node) || !isLinear(node)) return;
    seen.add(node);
    if (node.kind !== "read") childrenOf(node).forEach(visit);
    order.push(node);
  };
  visit(root);
  return order.reverse();
}

function transposeOf({ name, inputs, outs, body }: KernelProgram, flags: Flags): KernelProgram {
  const fixed = flags.filter((f) => !f).length;
  const renumber = flags.map((f, i) => flags.slice(0, i).filter((other) => other === f).length);
  const isLinear = someNode((node) => node.kind === "read" && flags[node.input]);
  // What is left to read are the inputs that are known.
  const known = mapReads((read, index) => ({ ...read, index, input: renumber[read.input] }));
  const parts: Contribution[] = [];
  const walk = (root: Node, variables: readonly Variable[], cotangent: Node): void => {
    const pending = new Map<Node, Pending>();
    const nested = new Map<readonly Variable[], Map<Variable, readonly Variable[]>>();
    const give = (node: Node, around: readonly Variable[], ct: Node): void => {
      if (!isLinear(node)) return;
      let own = pending.get(node);
      if (own === undefined) pending.set(node, (own = new Map<readonly Variable[], Node>()));
      const before = own.get(around);
      own.set(around, before === undefined ? ct : operation("add", before, ct));
    };
    const giveTerms = (sum: Sum, around: readonly Variable[], ct: Node): void => {
      if (around.includes(sum.variable)) {
        const other = renamed(sum);
        walk(other.body, [...around, other.variable], ct);
        return;
      }
      let table = nested.get(around);
      if (table === undefined) nested.set(around, (table = new Map<Variable, readonly Variable[]>()));
      let inside = table.get(sum.variable);
      if (inside === undefined) table.set(sum.variable, (inside = [...around, sum.variable]));
      give(sum.body, inside, ct);
    };
    give(root, variables, cotangent);
    for (const node of orderOf(root, isLinear)) {
      for (const [around, ct] of pending.get(node) ?? []) {
        if (node.kind === "read") {
          const index = node.index.map(known);
          parts.push({ out: renumber[node.input], variables: around, index, value: ct });
        } else if (node.kind === "sum") giveTerms(node, around, ct);
        else if (node.kind === "cast") give(node.arg, around, castNode(ct, node.arg.dtype));
        else if (node.kind === "op")
          transposeOperation(node, ct, isLinear, known).forEach((own, i) => {
            if (own !== null) give(node.args[i], around, own);
          });
      }
    }
  };
  for (const c of body) {
    const { dtype } = outs[c.out];
    walk(c.value, c.variables, { kind: "read", dtype, input: fixed + c.out, index: c.index.map(known) });
  }
  return new KernelProgram(
    `transpose of ${name}`,
    [...inputs.filter((_, i) => !flags[i]), ...outs.map((a) => a.strong)],
    inputs.filter((_, i) => flags[i]).map((a) => a.strong),
    parts,
  );
}

/** Cotangents of the operands in which an operation is linear. */
function transposeOperation(
  node: Node & { readonly kind: "op" },
  ct: Node,
  isLinear: (node: Node) => boolean,
  known: (node: Node) => Node,
): readonly (Node | null)[] {
  const [x, y] = node.args;
  switch (node.op) {
    case "add":
      return [ct, ct];
    case "sub":
      return [ct, operation("neg", ct)];
    case "neg":
      return [operation("neg", ct)];
    case "mul":
      if (isLinear(x) && isLinear(y)) break;
      return isLinear(x) ? [times(known(y), ct), null] : [null, times(known(x), ct)];
    case "div":
      if (isLinear(y)) break;
      return [operation("div", ct, known(y)), null];
    case "select": {
      if (isLinear(x)) break;
      const [test, zero] = [known(x), constantNode(0, ct.dtype)];
      return [null, operation("select", test, ct, zero), operation("select", test, zero, ct)];
    }
    default:
      break;
  }
  throw new NonlinearError("kernel", false);
}

function batchOf({ name, inputs, outs, body }: KernelProgram, size: number, flags: Flags): KernelProgram {
  const lane: Variable = { kind: "variable", dtype: "int32", extent: size, name: "lane" };
  const inLane = mapReads((read, index) => ({
    ...read,
    index: flags[read.input] ? [lane, ...index] : index,
  }));
  const wide = (a: ShapedArray): ShapedArray => shaped([size, ...a.shape], a.dtype, a.weakType);
  return new KernelProgram(
    name,
    inputs.map((a, i) => (flags[i] ? wide(a) : a)),
    outs.map(wide),
    body.map((c) => ({
      out: c.out,
      variables: [lane, ...c.variables],
      index: [lane, ...c.index.map(inLane)],
      value: inLane(c.value),
    })),
  );
}
