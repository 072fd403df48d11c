/** @file Kernels as loops. */
import type { LowerContext } from "../core/lowering.ts";
import { type Block, apply, cast, constant, load } from "../loops/ir/build.ts";
import { flatten, iclamp, intConst, rangeOf } from "../loops/ir/affine.ts";
import type { Buffer, Expr } from "../loops/ir/ir.ts";
import { type Lowered, type Pull, map, pull } from "../loops/pull.ts";
import {
  type Node,
  type Read,
  type Variable,
  childrenOf,
  freeVariables,
  renamed,
  someNode,
} from "./nodes.ts";
import type { Contribution, KernelProgram } from "./program.ts";

/** A place in the loops: variables that have values here, and what has been computed. */
class Scope {
  readonly #parent: Scope | null;
  readonly #args: readonly Pull[];
  /** Where statements go; null where there is none of them, in pull arrays. */
  readonly block: Block | null;
  readonly #known = new Map<Node, Expr>();

  constructor(args: readonly Pull[], block: Block | null, parent: Scope | null = null) {
    this.#args = args;
    this.block = block;
    this.#parent = parent;
  }

  inner(block: Block): Scope {
    return new Scope(this.#args, block, this);
  }

  bind(variable: Variable, value: Expr): void {
    this.#known.set(variable, value);
  }

  #find(node: Node): Expr | undefined {
    const own = this.#known.get(node);
    if (own !== undefined || this.#parent === null) return own;
    return this.#parent.#find(node);
  }

  has(variable: Variable): boolean {
    return this.#find(variable) !== undefined;
  }

  /** The value of a node; named where there are statements, so that it is computed once. */
  value(node: Node): Expr {
    const found = this.#find(node);
    if (found !== undefined) return found;
    const made = this.#make(node);
    const out = this.block === null ? made : this.block.let(made);
    this.#known.set(node, out);
    return out;
  }

  #make(node: Node): Expr {
    switch (node.kind) {
      case "constant":
        return constant(node.value, node.dtype);
      case "variable":
        throw new Error(`internal: the variable ${node.name} of a kernel has no value`);
      case "cast":
        return cast(this.value(node.arg), node.dtype);
      case "op":
        return apply(node.op, ...node.args.map((a) => this.value(a)));
      case "read":
        return this.#read(node);
      case "sum": {
        const { block } = this;
        if (block === null) throw new Error("internal: a sum of a kernel without statements");
        const total = block.variable(constant(0, node.dtype), "sum");
        // Within a loop over the same variable, which derivatives of sums have, it is another one.
        const { variable, body } = this.has(node.variable) ? renamed(node) : node;
        loopOver(this, [variable], [body], (inner) => {
          inner.block!.accumulate(total, "add", inner.value(body));
        });
        return block.snapshot(total, "sum");
      }
    }
  }

  #read({ input, index, dtype }: Read): Expr {
    const arg = this.#args[input];
    const { shape } = arg.aval;
    if (shape.includes(0)) return constant(0, dtype);
    const at = index.map((i) => this.value(i));
    const x = arg.at(at.map((e, axis) => iclamp(e, 0, shape[axis] - 1)));
    const inside = insideOf(at, shape);
    return inside === null ? x : apply("select", inside, x, constant(0, dtype));
  }
}

/** Whether an index lies in the shape; null where it is known to. */
function insideOf(index: readonly Expr[], shape: readonly number[]): Expr | null {
  const tests = index.flatMap((e, axis): Expr[] => {
    const [lo, hi] = rangeOf(e);
    return [
      ...(lo < 0 ? [apply("ge", e, intConst(0))] : []),
      ...(hi >= shape[axis] ? [apply("lt", e, intConst(shape[axis]))] : []),
    ];
  });
  return tests.length === 0 ? null : tests.reduce((a, b) => apply("and", a, b));
}

/** Computes now what the nodes need that does not depend on what is bound later. */
function hoist(scope: Scope, nodes: readonly Node[]): void {
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === "constant" || node.kind === "variable") return;
    if ([...freeVariables(node)].every((v) => scope.has(v))) scope.value(node);
    else childrenOf(node).forEach(visit);
  };
  nodes.forEach(visit);
}

/** Loops over variables, each around the next; what stays the same in a loop is computed before it. */
function loopOver(
  scope: Scope,
  variables: readonly Variable[],
  nodes: readonly Node[],
  body: (inner: Scope) => void,
): void {
  if (variables.length === 0) {
    body(scope);
    return;
  }
  const [v, ...others] = variables;
  hoist(scope, nodes);
  scope.block!.for(
    0,
    v.extent,
    (block, local) => {
      const inner = scope.inner(block);
      inner.bind(v, local);
      loopOver(inner, others, nodes, body);
    },
    v.name,
  );
}

const hasSum = someNode((node) => node.kind === "sum");

/** Whether each element of each output is computed once, at its own index. */
export const isGather = ({ body, outs }: KernelProgram): boolean =>
  body.length === outs.length &&
  body.every(
    (c, i) =>
      c.out === i &&
      c.variables.length === c.index.length &&
      c.index.every(
        (node, axis) => node === c.variables[axis] && c.variables[axis].extent === outs[i].shape[axis],
      ),
  );

function write(
  scope: Scope,
  c: Contribution,
  outs: readonly Buffer[],
  shape: readonly number[],
  once: boolean,
): void {
  if (shape.includes(0) || c.variables.some((v) => v.extent === 0)) return;
  const buffer = outs[c.out];
  loopOver(scope, c.variables, [c.value, ...c.index], (inner) => {
    const block = inner.block!;
    const at = c.index.map((node) => inner.value(node));
    const value = inner.value(c.value);
    const position = flatten(
      at.map((e, axis) => iclamp(e, 0, shape[axis] - 1)),
      shape,
    );
    if (once) {
      block.store(buffer, position, value);
      return;
    }
    const add = (b: Block): void => {
      const place = b.let(position);
      b.store(buffer, place, apply("add", load(buffer, place), value));
    };
    const inside = insideOf(at, shape);
    if (inside === null) add(block);
    else block.if(inside, add);
  });
}

/** What a kernel computes. */
export function lowerKernel(
  { outAvals }: LowerContext,
  args: readonly Pull[],
  program: KernelProgram,
): Lowered {
  const once = isGather(program);
  if (once && !program.body.some((c) => hasSum(c.value))) {
    return map(
      ...program.body.map((c, i) =>
        pull(outAvals[i], (index) => {
          const scope = new Scope(args, null);
          c.variables.forEach((v, axis) => scope.bind(v, index[axis]));
          return scope.value(c.value);
        }),
      ),
    );
  }
  return {
    kind: "routine",
    emit: (b, given, outs) => {
      if (!once) {
        outs.forEach((buffer) => {
          b.nest([buffer.size], (inner, [i]) => inner.store(buffer, i, constant(0, buffer.dtype)));
        });
      }
      const scope = new Scope(given, b);
      for (const c of program.body) write(scope, c, outs, program.outs[c.out].shape, once);
    },
  };
}
