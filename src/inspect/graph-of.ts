/** @file `graphOf`: the graph of a program and of its adjoint, as data, as a picture, and as text. */
import type { AnyFunction } from "../api/flatten.ts";
import type { AbstractArgs } from "../api/staging.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { checkOneOf, show } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import { drawn, graphPicture } from "./drawing/graph.ts";
import { graphData } from "./graph/build.ts";
import type { GraphData, GraphEdge, GraphNode } from "./graph/data.ts";
import { dotOf, mermaidOf } from "./graph/texts.ts";
import { type TreeOptions, depthOf, leavesOf, treeOf } from "./graph/tree.ts";
import { type Traced, traced } from "./program/traced.ts";

/** How much of a graph is shown. */
export interface GraphOptions {
  /**
   * How many scopes (and compiled functions, and loops and branches) in one another are boxes; what is deeper is folded into
   * one node each. By default as many as leave about eighty nodes.
   */
  readonly depth?: number | undefined;
  /**
   * What the compiler computes together, by one nest of loops: "boxes" around it, "folded" into one node each, or "none". By
   * default boxes, and folded in programs of more than fifty equations.
   */
  readonly kernels?: TreeOptions["kernels"] | undefined;
}

const mostShown = 80;
const mostInBoxes = 50;

/** A program's graph: its nodes and edges, and what draws them. */
export class Graph implements GraphData {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];

  constructor(program: Traced) {
    const { nodes, edges } = graphData(program.jaxpr, program, program.constants);
    this.name = program.name;
    this.nodes = nodes;
    this.edges = edges;
  }

  /** The values that are kept for the cotangents. */
  get residuals(): readonly GraphEdge[] {
    return this.edges.filter((e) => e.residual);
  }

  #options(what: string, given: GraphOptions | undefined): TreeOptions {
    checkOptions(what, given, ["depth", "kernels"]);
    const equations = this.nodes.filter((n) => n.kind === "equation").length;
    const kernels = given?.kernels ?? (equations > mostInBoxes ? "folded" : "boxes");
    checkOneOf(what, "kernels", kernels, ["boxes", "folded", "none"]);
    const { depth } = given ?? {};
    if (depth !== undefined && !(Number.isInteger(depth) || depth === Infinity))
      throw new ArgumentError(`${what}: depth must be a whole number or Infinity; got ${show(depth)}.`);
    if (depth !== undefined && depth < 0)
      throw new ArgumentError(`${what}: depth must not be negative; got ${depth}. 0 folds every scope.`);
    return { kernels, depth: depth ?? this.#depthFor(kernels) };
  }

  /** The greatest depth at which not too much is shown. */
  #depthFor(kernels: TreeOptions["kernels"]): number {
    const deepest = depthOf(this);
    for (let depth = deepest; depth > 0; depth--)
      if (leavesOf(treeOf(this, { depth, kernels })).length <= mostShown)
        return depth === deepest ? Infinity : depth;
    return deepest === 0 ? Infinity : Math.min(1, deepest);
  }

  /** What is said of the picture to those who do not see it. */
  #description(): string {
    const count = (of: (n: GraphNode) => boolean): number => this.nodes.filter(of).length;
    const values = count((n) => n.kind === "equation" && n.lane === "forward");
    const cotangents = count((n) => n.kind === "equation" && n.lane === "adjoint");
    const kept = new Set(this.residuals.map((e) => `${e.from}.${e.result}`)).size;
    return (
      `The program of ${this.name}: ${values} equations compute values` +
      (cotangents === 0
        ? "."
        : `; ${cotangents} compute cotangents, opposite, from ${kept} values that are kept.`)
    );
  }

  /** The picture as SVG, for a page or a file of its own; it follows the light or dark colours of where it is shown. */
  svg(options?: GraphOptions): string {
    const drawing = drawn(this, this.#options("Graph.svg", options));
    return graphPicture(`Graph of ${this.name}`, this.#description(), drawing);
  }

  /** The graph in the language of Graphviz. */
  dot(options?: GraphOptions): string {
    return dotOf(this.name, this, this.#options("Graph.dot", options));
  }

  /** The graph in the language of Mermaid. */
  mermaid(options?: GraphOptions): string {
    return mermaidOf(this, this.#options("Graph.mermaid", options));
  }
}

/**
 * The graph of the program that a function performs on arguments like these, which may be shapes and dtypes
 * (`ShapeDtypeStruct`): its nodes are the equations of the simplified program, which `jit` compiles.
 *
 * Of a derivative (`graphOf(grad(f), x)`) the nodes that compute values run down on the left, those that compute cotangents
 * run up on the right, each at the height of what it is the adjoint of; the edges across are the residuals. Boxes are
 * scopes (`namedScope`), compiled functions, and kernels: what the compiler fuses. Loops and branches have their bodies inside.
 * Nodes tell the user's line when the mouse rests on them.
 *
 * @returns a graph with `nodes`, `edges`, `residuals`, and the methods `svg`, `dot` and `mermaid`
 * @example
 * const graph = graphOf(grad((x) => np.sin(x)), 1);
 * graph.nodes.map((n) => n.label); // ["x0", "cos", "mul 1 ·", "result"]
 * graph.svg().startsWith("<svg"); // true
 */
export function graphOf<A extends NDArray[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): Graph;
export function graphOf<A extends unknown[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): Graph;
export function graphOf(f: AnyFunction, ...args: unknown[]): Graph {
  return new Graph(traced("graphOf", f, args));
}
