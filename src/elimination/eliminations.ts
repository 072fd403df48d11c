/** @file `eliminations`: what the Jacobian of a program costs in each order of elimination. */
import { ArgumentError } from "../base/errors.ts";
import { describeCall, flattenCall, traceCall } from "../api/flatten.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { isFloat } from "../dtypes/dtype.ts";
import type { LikeArgs } from "../core/tree-types.ts";
import { type ProgramGraph, graphOfProgram } from "./graph.ts";
import { type Cost, costOfOrder, inner, plainOrders, searched } from "./orders.ts";

/** An order of elimination, and what it costs. */
export interface EliminationPlan extends Cost {
  readonly name: "forward" | "reverse" | "markowitz" | "searched";
  /** The vertices, by their numbers in the program: inputs come first. */
  readonly order: readonly number[];
}

/** What the Jacobian of a program costs by elimination. */
export class Elimination {
  readonly graph: ProgramGraph;
  readonly plans: readonly EliminationPlan[];

  constructor(graph: ProgramGraph) {
    this.graph = graph;
    const orders = plainOrders(graph);
    const all = { ...orders, searched: searched(graph, Object.values(orders)) };
    this.plans = Object.entries(all).map(([name, order]) => ({
      name: name as EliminationPlan["name"],
      order,
      ...costOfOrder(graph, order),
    }));
  }

  get inputs(): number {
    return this.graph.numInputs;
  }
  get outputs(): number {
    return this.graph.numOutputs;
  }
  /** Numbers between inputs and results. */
  get vertices(): number {
    return inner(this.graph).length;
  }
  get edges(): number {
    return this.graph.edges.reduce((n, into) => n + into.size, 0);
  }

  /** The plan with the fewest multiplications. */
  get best(): EliminationPlan {
    return this.plans.reduce((a, b) => (b.multiplications < a.multiplications ? b : a));
  }

  /** The costs as a table. */
  toString(): string {
    const rows = this.plans.map(
      ({ name, multiplications, additions }) =>
        `${name.padEnd(10)}${String(multiplications).padStart(16)}${String(additions).padStart(11)}`,
    );
    return [
      `${this.inputs} inputs, ${this.vertices} vertices, ${this.outputs} results, ${this.edges} edges`,
      `${"order".padEnd(10)}${"multiplications".padStart(16)}${"additions".padStart(11)}`,
      ...rows,
    ].join("\n");
  }
}

/** Vertices beyond which the graph of a program is not made: it would take as long as the program runs. */
const mostVertices = 20_000;

/** The graph of a program for arguments of these types. @throws ArgumentError where there is none */
export function graphOrError(what: string, closed: ClosedJaxpr): ProgramGraph {
  const { inAvals } = closed;
  const wrong = inAvals.find((a) => !isFloat(a.dtype));
  if (inAvals.length === 0 || wrong !== undefined)
    throw new ArgumentError(
      `${what}: expected arguments of real floating-point numbers; got ${wrong === undefined ? "none" : String(wrong)}.`,
    );
  const graph = graphOfProgram(closed, mostVertices);
  if (typeof graph !== "number") return graph;
  throw new ArgumentError(
    `${what}: the program computes ${graph} numbers, more than ${mostVertices}; elimination is for small programs of scalars. Use ` +
      `jacfwd, jacrev or sparseJacobian.`,
  );
}

/**
 * What the Jacobian of a function costs by vertex elimination, in multiplications: in the order of the program (sparse forward
 * mode), in the opposite one (reverse mode), by Markowitz's rule, and in the best order that a search of some thousand finds.
 * `String(…)` of it is a table. For small programs of scalars: each number that the function computes is a vertex.
 * @throws ArgumentError for arguments that are no real floating-point numbers, and for programs of more than 20 000 numbers
 * @see Griewank, Walther, Evaluating Derivatives (2008), chapters 9 and 10; Naumann, Optimal Jacobian accumulation is NP-complete
 * (2008)
 * @example
 * // The product of three numbers, twice squared: what meets in one vertex is cheaper to pass there than to go around.
 * const f = (x: Array, y: Array): Array[] => {
 *   const z = x.mul(y);
 *   return [np.sin(z), np.cos(z), np.exp(z)];
 * };
 * const { plans } = eliminations(f, 1, 2);
 * plans.map((p) => `${p.name} ${p.multiplications}`); // ["forward 6", "reverse 6", "markowitz 6", "searched 6"]
 */
export function eliminations<A extends unknown[]>(
  f: (...args: A) => unknown,
  ...args: LikeArgs<A>
): Elimination {
  const what = describeCall("eliminations", f);
  const { arrays, fun } = flattenCall(f, args, what);
  return new Elimination(graphOrError(what, traceCall(fun, arrays)));
}
