/**
 * @file Decides which loops run in vectors, several iterations at a time, and estimates what statements cost.
 *
 * A loop may be vectorised if its iterations touch disjoint elements of every buffer it writes, assign no outer variable
 * except by accumulation, and branch on nothing that differs between them. Of nested loops the one is taken for which the
 * estimated cost is least: that with consecutive elements, usually the innermost.
 */
import { isFloat } from "../../../../dtypes/dtype.ts";
import {
  type AccumulateOp,
  type Contract,
  type Expr,
  type For,
  type Local,
  type Program,
  type Stmt,
  numberOf,
} from "../../../ir/ir.ts";
import { mostOf } from "../../../ir/contract.ts";
import { effectsOf } from "../../../ir/effects.ts";
import { independent } from "../../../passes/independence.ts";
import type { OpName } from "../../../ir/scalar.ts";
import { laneBits } from "../machine.ts";
import { pairCopy } from "./pairs.ts";
import { vectorMath } from "../math/index.ts";
import { operands, someStmt, stmtBinds, stmtExprs, visitStmts } from "../../../ir/traverse.ts";

/** How a loop runs. */
export interface LoopPlan {
  /** Estimated operations of the whole loop. */
  readonly cost: number;
  /** Lanes at a time, 1 for a scalar loop. */
  readonly lanes: 1 | 4 | 8 | 16;
  /** What the loop accumulates into variables from outside. */
  readonly accumulators: ReadonlyMap<Local, AccumulateOp>;
}

/** Trip count assumed where it is not known. */
const unknownTrips = 16;

const cheap = 1;
const costs: Partial<Record<OpName, number>> = { div: 4, sqrt: 5, rem: 20, idiv: 6, imod: 6, pow: 60 };

function opCost(op: OpName, dtype: Expr["dtype"]): number {
  if (op in vectorMath && isFloat(dtype)) return costs[op] ?? 20;
  return costs[op] ?? cheap;
}

/** Operations that vectors lack: done lane by lane. */
const laneByLane = new Set<OpName>([
  "idiv",
  "imod",
  "rem",
  "mulhi",
  "popcount",
  "clz",
  "nextafter",
  "bitsToF64",
  "f64Low",
  "f64High",
]);

export function tripCount(loop: For): number {
  if (loop.lo.kind !== "const" || loop.hi.kind !== "const") return unknownTrips;
  return Math.max(0, Math.ceil((numberOf(loop.hi) - numberOf(loop.lo)) / loop.step));
}

/** Which values differ between the iterations of a loop. */
export class Iterations {
  readonly loop: For;
  readonly #varying = new Set<number>();
  readonly #memo = new Map<Expr, boolean>();

  constructor(loop: For) {
    this.loop = loop;
    this.#varying.add(loop.local.id);
    visitStmts(loop.body, (s) => {
      if (s.kind === "var" || (s.kind === "let" && this.varies(s.value))) this.#varying.add(s.local.id);
    });
  }

  /** True if the value may differ between iterations. */
  varies(e: Expr): boolean {
    if (e.kind === "local") return this.#varying.has(e.id);
    const known = this.#memo.get(e);
    if (known !== undefined) return known;
    const out =
      operands(e).some((x) => this.varies(x)) ||
      (e.kind === "load" && effectsOf(this.loop).stores.has(e.buffer));
    this.#memo.set(e, out);
    return out;
  }

  /** The difference of an index between neighbouring iterations, null if it is not constant. */
  stride(index: Expr): number | null {
    if (!this.varies(index)) return 0;
    const { id } = this.loop.local;
    if (index.kind === "local") return index.id === id ? 1 : null;
    if (index.kind !== "affine") return null;
    let out = 0;
    for (const t of index.terms) {
      if (t.atom.kind === "local" && t.atom.id === id) out = t.factor;
      else if (this.varies(t.atom)) return null;
    }
    return out;
  }
}

/** Cost of an expression for one element; with `iterations`, for four of them together. */
function exprCost(e: Expr, iterations: Iterations | null): number {
  if (e.kind === "const" || e.kind === "local") return 0;
  if (iterations !== null && !iterations.varies(e)) return 0.2;
  switch (e.kind) {
    case "affine":
      return 0.5;
    case "load": {
      if (iterations === null) return 1 + exprCost(e.index, null);
      const stride = iterations.stride(e.index);
      const wide = laneBits(e.dtype) / 32;
      if (stride === 0) return 1;
      if (stride === 1) return wide;
      return stride === null ? 8 + exprCost(e.index, iterations) : 7;
    }
    case "op": {
      const dtype = e.args[e.args.length - 1].dtype;
      const own = opCost(e.op, dtype);
      const inner = e.args.reduce((n, a) => n + exprCost(a, iterations), 0);
      if (iterations === null) return own + inner;
      if (laneByLane.has(e.op) || (e.op in vectorMath && !isFloat(dtype))) return 4 * (own + 2) + inner;
      return own * (laneBits(dtype) / 32) + inner;
    }
    case "cast":
    case "bits":
      return 1 + exprCost(e.arg, iterations);
    case "call": {
      const inner = e.args.reduce((n, a) => n + exprCost(a, iterations), 0);
      return (iterations === null ? 40 : 4 * 42) + inner;
    }
  }
}

function stmtCost(s: Stmt, iterations: Iterations | null): number {
  const inner = iterations === null ? costOf : (x: Stmt): number => stmtCost(x, iterations);
  let own = 0;
  for (const e of stmtExprs(s)) own += exprCost(e, iterations);
  switch (s.kind) {
    case "store": {
      if (iterations === null) return own + 1;
      const stride = iterations.stride(s.index);
      return own + (stride === 1 ? laneBits(s.buffer.dtype) / 32 : 6);
    }
    case "contract":
      return contractCost(s, true);
    case "tile":
      return (s.rows * s.columns * 256) / 8;
    case "accumulate":
      return own + (iterations !== null ? laneBits(s.local.dtype) / 32 : 1);
    case "for":
      return 2 + tripCount(s) * (1 + sum(s.body, inner));
    case "while":
      return unknownTrips * (2 + sum(s.body, inner));
    case "if":
      return own + 1 + sum(s.then, inner) + sum(s.else, inner);
    default:
      return own;
  }
}

/** A contraction in vectors, or without: a scalar multiplication and addition runs in one unit of cost. */
function contractCost(c: Contract, vectors: boolean): number {
  const variables = ["batch", "row", "column", "inner"] as const;
  const work = variables.reduce((n, v) => n * mostOf(c, v), 1);
  const narrow = c.buffer.dtype !== "float64";
  return 10 + work * (vectors ? (narrow ? 0.15 : 0.3) : 1);
}

const sum = (stmts: readonly Stmt[], f: (s: Stmt) => number): number => stmts.reduce((n, s) => n + f(s), 0);

const plans = new WeakMap<For, LoopPlan>();
const memoCosts = new WeakMap<Stmt, number>();

/** Estimated operations of a statement, as it will run. */
function costOf(s: Stmt): number {
  if (s.kind === "for") return planLoop(s).cost;
  let out = memoCosts.get(s);
  if (out === undefined) memoCosts.set(s, (out = stmtCost(s, null)));
  return out;
}

/** How a loop runs, and what that costs. */
export function planLoop(loop: For): LoopPlan {
  let plan = plans.get(loop);
  if (plan === undefined) plans.set(loop, (plan = decide(loop)));
  return plan;
}

function decide(loop: For): LoopPlan {
  if (pairCopy(loop) !== null) return { cost: 2, lanes: 1, accumulators: new Map() };
  const trips = tripCount(loop);
  const scalarBody = 1 + sum(loop.body, costOf);
  const scalar: LoopPlan = { cost: 2 + trips * scalarBody, lanes: 1, accumulators: new Map() };
  if (loop.step !== 1 || trips < 4) return scalar;
  const accumulators = new Map<Local, AccumulateOp>();
  const iterations = new Iterations(loop);
  if (!legal(loop, loop.body, iterations, accumulators) || !independent(loop)) return scalar;
  const body = 1 + sum(loop.body, (s) => stmtCost(s, iterations));
  const width =
    chainLanes(loop, trips) ?? laneCount(body, trips, accumulators.size > 0 || hasReduction(loop.body));
  const groups = Math.floor(trips / 4);
  const cost = 4 + accumulators.size * 4 + groups * body + (trips % 4) * scalarBody;
  return cost < scalar.cost * 0.95 ? { cost, lanes: width, accumulators } : scalar;
}

/**
 * Bodies of which a processor does not look two iterations ahead: two vectors side by side hide each other's latency. Longer
 * ones have parallel work of their own, and code grows.
 */
const longBody = [200, 1000] as const;

/** Chains of accumulation are hidden by several vectors side by side; small bodies pay for their loop so. */
function laneCount(body: number, trips: number, reduces: boolean): 4 | 8 | 16 {
  if (reduces && body < 200 && trips >= 16) return body < 12 || trips >= 64 ? 16 : 8;
  return (body < 14 || (body > longBody[0] && body < longBody[1])) && trips >= 16 ? 8 : 4;
}

/**
 * Variables that each iteration of a short inner loop assigns make a chain, which is hidden by others beside it: as many as fit
 * registers. Null if there are none.
 */
function chainLanes(loop: For, trips: number): 8 | 16 | null {
  const chained = loop.body.flatMap((s) =>
    s.kind === "for" && s.body.length <= 8 ? s.body.flatMap((x) => (x.kind === "set" ? [x.value] : [])) : [],
  );
  if (chained.length !== 1 || trips % 16 !== 0) return null;
  return laneBits(chained[0].dtype) === 64 ? 8 : 16;
}

const hasReduction = (stmts: readonly Stmt[]): boolean => someStmt(stmts, (s) => s.kind === "accumulate");

/** Fills `accumulators`. False if something in the loop rules vectors out. */
function legal(
  loop: For,
  stmts: readonly Stmt[],
  iterations: Iterations,
  accumulators: Map<Local, AccumulateOp>,
): boolean {
  const inside = effectsOf(loop);
  const isOuter = (local: Local): boolean => !declaredIn(loop).has(local.id);
  return stmts.every((s) => {
    switch (s.kind) {
      case "let":
      case "var":
        return true;
      case "store":
        return iterations.stride(s.index) !== 0;
      case "accumulate": {
        if (!isOuter(s.local)) return true;
        const before = accumulators.get(s.local);
        if (before !== undefined && before !== s.op) return false;
        accumulators.set(s.local, s.op);
        return !inside.uses.has(s.local.id) || readsOnlyByAccumulation(loop, s.local);
      }
      case "set":
        return !isOuter(s.local);
      case "for":
        return (
          !iterations.varies(s.lo) &&
          !iterations.varies(s.hi) &&
          legal(loop, s.body, iterations, accumulators)
        );
      case "if":
        return (
          !iterations.varies(s.test) &&
          legal(loop, s.then, iterations, accumulators) &&
          legal(loop, s.else, iterations, accumulators)
        );
      default:
        return false;
    }
  });
}

const declared = new WeakMap<For, Set<number>>();

/** The locals that come to be inside a loop, its variable among them. */
function declaredIn(loop: For): Set<number> {
  const known = declared.get(loop);
  if (known !== undefined) return known;
  const inside = new Set<number>();
  visitStmts([loop], (s) => {
    for (const local of stmtBinds(s)) inside.add(local.id);
  });
  declared.set(loop, inside);
  return inside;
}

/** True if no expression in the loop reads the variable. */
function readsOnlyByAccumulation(loop: For, local: Local): boolean {
  const reads = (e: Expr): boolean => (e.kind === "local" ? e.id === local.id : operands(e).some(reads));
  return !someStmt(loop.body, (s) => stmtExprs(s).some(reads));
}

/** Estimated operations of statements without vectors. */
function scalarCost(s: Stmt): number {
  if (s.kind === "for") return 2 + tripCount(s) * (1 + sum(s.body, scalarCost));
  if (s.kind === "while") return unknownTrips * (2 + sum(s.body, scalarCost));
  if (s.kind === "contract") return contractCost(s, false);
  if (s.kind === "if") return 1 + sum(s.then, scalarCost) + sum(s.else, scalarCost);
  return costOf(s);
}

/** Estimated operations that vectors save. */
export function vectorGain(program: Pick<Program, "body">): number {
  return sum(program.body, scalarCost) - sum(program.body, costOf);
}
