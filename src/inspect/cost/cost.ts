/** @file `costOf`: what a program costs, found from its equations without running it. */
import { installCompiler } from "../../jit/compiler.ts";
import type { NDArray } from "../../core/array.ts";
import type { AnyFunction } from "../../api/flatten.ts";
import type { AbstractArgs } from "../../api/staging.ts";
import { dtypeInfo } from "../../dtypes/dtype.ts";
import type { Program } from "../../loops/ir/ir.ts";
import { jaxprProgram, temporaryBytes } from "../../jit/program.ts";
import { type Traced, traced } from "../program/traced.ts";
import { countStmts } from "./count.ts";
import { type EquationCost, type Work, bytesOf, costsOf, readOf, unfusedPeak } from "./equations.ts";

/** Costs of several equations together. */
export interface Total extends Work {
  /** `bytesRead` and `bytesWritten` together. */
  readonly bytes: number;
  /** How many equations there are. */
  readonly equations: number;
}

/** Bytes that a call of the compiled program holds. */
export interface MemoryCost {
  readonly arguments: number;
  /** The arrays that the function closes over. */
  readonly constants: number;
  readonly results: number;
  /** The temporaries of the compiled program: what lives at different times shares its place. */
  readonly temporaries: number;
  /** All that is held at once where operations run one by one, each result until its last use. */
  readonly unfused: number;
}

function total(costs: readonly EquationCost[]): Total {
  const sum = (of: (c: EquationCost) => number): number => costs.reduce((n, c) => n + of(c), 0);
  const [bytesRead, bytesWritten] = [sum((c) => c.bytesRead), sum((c) => c.bytesWritten)];
  return {
    flops: sum((c) => c.flops),
    transcendentals: sum((c) => c.transcendentals),
    bytesRead,
    bytesWritten,
    bytes: bytesRead + bytesWritten,
    equations: costs.length,
  };
}

/** The costs of equations in groups, by what they have in common, in the order in which they are met. */
function grouped(
  costs: readonly EquationCost[],
  key: (c: EquationCost) => string,
): Readonly<Record<string, Total>> {
  const groups = new Map<string, EquationCost[]>();
  for (const c of costs) groups.set(key(c), [...(groups.get(key(c)) ?? []), c]);
  return Object.fromEntries([...groups].map(([name, list]) => [name, total(list)]));
}

/** What a program costs. */
export class Cost implements Total {
  readonly flops: number;
  readonly transcendentals: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly bytes: number;
  /** Equations, the dearer branch of each choice alone. */
  readonly equations: number;
  /** Each equation, in order of evaluation. */
  readonly each: readonly EquationCost[];
  readonly #traced: Traced;
  #program: Program | null = null;

  constructor(program: Traced) {
    this.#traced = program;
    this.each = costsOf(program.jaxpr);
    const sum = total(this.each);
    this.flops = sum.flops;
    this.transcendentals = sum.transcendentals;
    this.bytesRead = sum.bytesRead;
    this.bytesWritten = sum.bytesWritten;
    this.bytes = sum.bytes;
    this.equations = sum.equations;
  }

  /** True unless a loop is as long as the data say: then it counts as one iteration, and costs more. */
  get isComplete(): boolean {
    return this.each.every((c) => !c.perIteration);
  }

  /** Totals by the names of primitives. */
  get byPrimitive(): Readonly<Record<string, Total>> {
    return grouped(this.each, (c) => c.primitive);
  }

  /** Totals by the user's lines, `file:line:column`; derivatives count for the line that they are of. */
  get byLine(): Readonly<Record<string, Total>> {
    return grouped(this.each, (c) => c.line ?? "no line");
  }

  /** Totals by scopes. */
  get byScope(): Readonly<Record<string, Total>> {
    return grouped(this.each, (c) => c.scope ?? "no scope");
  }

  /** The loop program, made when it is asked for. */
  get #loops(): Program {
    installCompiler();
    return (this.#program ??= jaxprProgram(this.#traced.jaxpr, this.#traced.name));
  }

  get memory(): MemoryCost {
    const { jaxpr, constants } = this.#traced;
    const bytes = jaxpr.inAvals.map(bytesOf);
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    return {
      arguments: sum(bytes.slice(constants)),
      constants: sum(bytes.slice(0, constants)),
      results: sum(jaxpr.outAvals.map(bytesOf)),
      temporaries: temporaryBytes(this.#loops),
      unfused: unfusedPeak(jaxpr),
    };
  }

  /** Bytes held at once by a call of the compiled program: arguments, constants, results and temporaries. */
  get peakMemory(): number {
    const { memory } = this;
    return memory.arguments + memory.constants + memory.results + memory.temporaries;
  }

  /**
   * Bytes that the compiled program reads and writes: loops that were fused hand values on without storing them. Of each buffer
   * each statement of the program counts its size at most.
   */
  get fusedBytes(): number {
    return bytesOfLoops(this.#loops);
  }

  /** The costs as a table. */
  toString(): string {
    const rows = Object.entries(this.byPrimitive).sort(
      ([, a], [, b]) => b.flops + b.bytes - a.flops - a.bytes,
    );
    const cells = [
      ["", "equations", "flops", "transcendentals", "bytes"],
      ...[...rows, ["total", this] as const].map(([name, t]) => [
        name,
        ...[t.equations, t.flops, t.transcendentals, t.bytes].map(String),
      ]),
    ];
    const widths = cells[0].map((_, j) => Math.max(...cells.map((row) => row[j].length)));
    const lines = cells.map((row) =>
      row.map((cell, j) => (j === 0 ? cell.padEnd(widths[j]) : cell.padStart(widths[j]))).join("  "),
    );
    return lines.map((line) => line.trimEnd()).join("\n");
  }
}

function bytesOfLoops({ body, results, params }: Program): number {
  let bytes = params.reduce((n, p) => n + (p.kind === "local" ? dtypeInfo(p.dtype).bytes : 0), 0);
  const add = (stmts: Program["body"], exprs: Program["results"]): void => {
    const counts = countStmts(stmts, exprs, "none");
    for (const b of counts.loads.keys()) bytes += readOf(b, counts);
    for (const [b, n] of counts.stores) bytes += dtypeInfo(b.dtype).bytes * Math.min(b.size, Math.round(n));
  };
  for (const s of body) add([s], []);
  add([], results);
  return bytes + results.reduce((n, r) => n + dtypeInfo(r.dtype).bytes, 0);
}

/**
 * What a program costs, from its equations alone: nothing is computed. Arguments may be shapes and dtypes
 * (`ShapeDtypeStruct`) in place of arrays. `costOf(grad(f), x)` is what the derivative costs.
 *
 * - `flops`: arithmetic operations, comparisons and choices on elements, of floats and integers; a multiplication with an
 *   addition is two, a conversion and a movement none. `transcendentals` (exp, log, pow, sqrt, tanh …) are counted apart.
 *   A function made of several operations (softplus, erf) counts those that this library computes it by.
 * - `bytes`: what the operations read and write one by one, and `fusedBytes` what the compiled program does.
 * - `peakMemory`: arguments, results and temporaries of the compiled program; `memory` has them apart.
 * - `each`, `byPrimitive`, `byLine`, `byScope`: the same for single equations, and for groups of them.
 *
 * Loops multiply what is in them by their length; one that is as long as the data say counts as one iteration, and
 * `isComplete` is false. Of branches the dearer counts. Calls count as their bodies, equal equations once.
 *
 * @throws TracerConversionError, and other errors of tracing, as `makeJaxpr` does
 * @see jax.stages.Compiled.cost_analysis, HloCostAnalysis in XLA
 * @example
 * const cost = costOf((a, b) => np.matmul(a, b), np.ones([2, 3]), np.ones([3, 4]));
 * cost.flops; // 48
 * cost.bytes; // 208
 */
export function costOf<A extends NDArray[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): Cost;
export function costOf<A extends unknown[]>(f: (...args: A) => unknown, ...args: AbstractArgs<A>): Cost;
export function costOf(f: AnyFunction, ...args: unknown[]): Cost {
  return new Cost(traced("costOf", f, args));
}
