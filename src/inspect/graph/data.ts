/**
 * @file The graph of a program as data: nodes for equations, inputs and results, edges for the values between them.
 *
 * A derivative has two lanes: what computes values, and the adjoint, which computes cotangents. Nothing of the first depends on
 * the second; the edges from the first to the second are the residuals.
 */

/** Where a node stands: with the values, or with the cotangents. */
export type Lane = "forward" | "adjoint";

/** An equation, an input, a constant, or a result. */
export interface GraphNode {
  /** Unique in the graph. */
  readonly id: string;
  readonly kind: "equation" | "input" | "constant" | "output";
  /** The primitive, with its scalar constants; the name of an input or a result. */
  readonly label: string;
  /** The types of its values: `f32[2,3]`. */
  readonly types: readonly string[];
  readonly lane: Lane;
  /** Of a node of the adjoint: that whose cotangents it computes, as far as the program tells. */
  readonly partner: string | null;
  /** The scopes that it stands in, outermost first. */
  readonly scopes: readonly string[];
  /** The number of the kernel that computes it together with others; null if it shares none. */
  readonly kernel: number | null;
  /** `file:line:column` of the user's call behind it. */
  readonly line: string | null;
  /** The graphs of the programs that it runs: of loops and branches. */
  readonly bodies: readonly GraphBody[];
}

/** What a loop or a branch runs. */
export interface GraphBody {
  readonly label: string;
  readonly graph: GraphData;
}

/** A value that one node computes and another reads. */
export interface GraphEdge {
  readonly from: string;
  /** Which of the results of the node. */
  readonly result: number;
  readonly to: string;
  /** The type of the value: `f32[2,3]`. */
  readonly type: string;
  /** Whether it is a residual: kept by the values for the cotangents. */
  readonly residual: boolean;
}

/** Nodes in order of evaluation, and the edges between them. */
export interface GraphData {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}
