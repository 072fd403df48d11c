/**
 * @file Orders in which vertices are eliminated, and what they cost.
 *
 * To eliminate a vertex is to connect each of its operands with each of its users by the product of their weights (chain rule),
 * added to the edge that is there. When only inputs and results are left, the edges are the Jacobian. Forward mode with sparse
 * tangents is the order of the program, reverse mode the opposite one; to find the cheapest order is NP-complete (Naumann 2008).
 */
import { uniformNumbers } from "../base/uniform.ts";
import { type ProgramGraph, isUnit } from "./graph.ts";

/** What an order costs: multiplications by anything but ±1, and additions. */
export interface Cost {
  readonly multiplications: number;
  readonly additions: number;
}

/** One product, and where it is added: `to ← from` through `by`. */
export interface Step {
  readonly from: number;
  readonly by: number;
  readonly to: number;
}

/** The weight of an edge, as far as costs depend on it. */
type Kind = "unit" | "other";

/** The graph while vertices are eliminated: edges in both directions. */
export class Remaining {
  readonly into: Map<number, Kind>[];
  readonly outOf: Set<number>[];
  multiplications = 0;
  additions = 0;

  constructor(graph: ProgramGraph) {
    this.into = graph.edges.map(
      (edges) =>
        new Map(
          [...edges].map(([from, weights]): [number, Kind] => [from, isUnit(weights) ? "unit" : "other"]),
        ),
    );
    this.outOf = graph.edges.map(() => new Set<number>());
    this.into.forEach((edges, to) => edges.forEach((_, from) => this.outOf[from].add(to)));
  }

  /** Operands times users: what Markowitz's rule compares. */
  degreeOf(v: number): number {
    return this.into[v].size * this.outOf[v].size;
  }

  eliminate(v: number, note?: (step: Step) => void): void {
    for (const to of this.outOf[v]) {
      const b = this.into[to].get(v)!;
      for (const [from, a] of this.into[v]) {
        note?.({ from, by: v, to });
        if (a === "other" && b === "other") this.multiplications++;
        const known = this.into[to].has(from);
        if (known) this.additions++;
        this.into[to].set(from, known || a === "other" || b === "other" ? "other" : "unit");
        this.outOf[from].add(to);
      }
      this.into[to].delete(v);
    }
    for (const from of this.into[v].keys()) this.outOf[from].delete(v);
    this.into[v] = new Map();
    this.outOf[v] = new Set();
  }

  get cost(): Cost {
    return { multiplications: this.multiplications, additions: this.additions };
  }
}

/** The vertices that can be eliminated: between inputs and results. */
export const inner = ({ numInputs, numOutputs, size }: ProgramGraph): number[] =>
  Array.from({ length: size - numInputs - numOutputs }, (_, i) => i + numInputs);

export function costOfOrder(graph: ProgramGraph, order: readonly number[]): Cost {
  const e = new Remaining(graph);
  for (const v of order) e.eliminate(v);
  return e.cost;
}

/** Always the vertex with the fewest pairs of operands and users; of these the first. */
function markowitz(graph: ProgramGraph): number[] {
  const e = new Remaining(graph);
  const left = new Set(inner(graph));
  const order: number[] = [];
  while (left.size > 0) {
    let [best, least] = [-1, Infinity];
    for (const v of left) {
      const degree = e.degreeOf(v);
      if (degree < least) [best, least] = [v, degree];
    }
    e.eliminate(best);
    left.delete(best);
    order.push(best);
  }
  return order;
}

/** The orders that need no search. */
export function plainOrders(
  graph: ProgramGraph,
): Readonly<Record<"forward" | "reverse" | "markowitz", readonly number[]>> {
  const forward = inner(graph);
  return { forward, reverse: [...forward].reverse(), markowitz: markowitz(graph) };
}

/** About how many orders a search looks at: fewer of large graphs. */
const mostTries = 4000;

const weigh = ({ multiplications, additions }: Cost): number => multiplications + additions * 1e-6;

/**
 * The best order that a search finds: vertices are moved to other places in the order, and moves that cost more are taken now and
 * then, ever less often (simulated annealing). It begins with the best of those given, so it is never worse.
 */
export function searched(graph: ProgramGraph, starts: readonly (readonly number[])[]): number[] {
  const vertices = inner(graph).length;
  const tries = Math.min(mostTries, Math.floor(2e6 / Math.max(1, vertices * vertices)));
  const random = uniformNumbers(1);
  const costs = starts.map((order) => weigh(costOfOrder(graph, order)));
  const first = costs.indexOf(Math.min(...costs));
  let [order, cost] = [[...starts[first]], costs[first]];
  let [best, least] = [order, cost];
  for (let i = 0; i < tries; i++) {
    const next = [...order];
    const [v] = next.splice(Math.floor(random() * vertices), 1);
    next.splice(Math.floor(random() * vertices), 0, v);
    const found = weigh(costOfOrder(graph, next));
    const temperature = 1.5 * (1 - i / tries) + 1e-9;
    if (found > cost && random() >= Math.exp((cost - found) / temperature)) continue;
    [order, cost] = [next, found];
    if (cost < least) [best, least] = [order, cost];
  }
  return best;
}
