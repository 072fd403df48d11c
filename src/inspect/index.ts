/** @file The entry `adjoint/inspect`: what programs cost, and pictures of them. Nothing that is looked at is run. */
import "../wiring.ts";

export { type ColouringMode, type ColouringOptions, PatternColouring, colouringOf } from "./colouring-of.ts";
export { Cost, type MemoryCost, type Total, costOf } from "./cost/cost.ts";
export type { EquationCost, Work } from "./cost/equations.ts";
export { Graph, type GraphOptions, graphOf } from "./graph-of.ts";
export type { GraphBody, GraphData, GraphEdge, GraphNode, Lane } from "./graph/data.ts";
export { type LoopItem, Loops, loopsOf } from "./loops-of.ts";
export { type MemoryBlock, MemoryPlan, memoryOf } from "./memory-of.ts";
