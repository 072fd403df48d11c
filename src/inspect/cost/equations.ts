/**
 * @file What each equation of a program costs.
 *
 * An equation costs what its own loop program does: the one that its `lower` rule gives when it stands alone. Loops and
 * branches cost what their bodies do. Movements of data compute nothing. Bytes are those of unfused programs: of each
 * operand what is read of it, but its size at most, and of each result its size.
 */
import { isInexact } from "../../dtypes/dtype.ts";
import { dtypeInfo } from "../../dtypes/dtype.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { type ClosedJaxpr, type Eqn, Var } from "../../core/jaxpr/ir.ts";
import { paramsKey } from "../../core/jaxpr/keys.ts";
import type { Buffer } from "../../loops/ir/ir.ts";
import { equationProgram } from "../../jit/program.ts";
import { bodiesOf } from "../program/bodies.ts";
import { lineOf } from "../program/traced.ts";
import { type Counted, type Counts, countStmts } from "./count.ts";

/** Operations and bytes. */
export interface Work {
  /** Arithmetic operations, comparisons and choices on elements; a multiplication with an addition is two. */
  readonly flops: number;
  /** Values of transcendental functions, among them powers and roots: they are no flops. */
  readonly transcendentals: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** What one equation costs, in all its runs together. */
export interface EquationCost extends Work {
  /** The name of its primitive. */
  readonly primitive: string;
  /** How often it runs in a call: the lengths of the loops around it, multiplied. */
  readonly times: number;
  /** The types of its results. */
  readonly results: readonly string[];
  /** `file:line:column` of the user's call behind it, or null. */
  readonly line: string | null;
  /** The scopes that it stands in: those of `namedScope`, and compiled functions. */
  readonly scope: string | null;
  /** Whether it belongs to the backward part of a derivative. */
  readonly backward: boolean;
  /** Whether its loops, or those around it, are as long as the data say: then they count as one iteration. */
  readonly perIteration: boolean;
}

export const bytesOf = (aval: ShapedArray): number => aval.size * dtypeInfo(aval.dtype).bytes;

interface Single extends Work {
  readonly unknown: boolean;
}

/** Equations of one kind and shape cost the same. */
const known = new Map<string, Single>();
const mostKnown = 4096;

/** What an equation without bodies costs that runs once. */
function singleCost(eqn: Eqn): Single {
  const inAvals = eqn.inputs.map((a) => a.aval.strong);
  const outAvals = eqn.outputs.map((v) => v.aval.strong);
  const key = `${eqn.primitive.id}:${inAvals.map((a) => a.id).join()}:${paramsKey(eqn.params)}`;
  let out = known.get(key);
  if (out === undefined) {
    if (known.size === mostKnown) known.clear();
    known.set(key, (out = count(eqn, inAvals, outAvals)));
  }
  return out;
}

function countedOf({ primitive }: Eqn, avals: readonly ShapedArray[]): Counted {
  if (primitive.kind === "movement") return "none";
  if (primitive.kind !== "opaque") return "all";
  // Routines compute with indices, too; those on integers alone (random bits, say) do little else than their work.
  return avals.some((a) => isInexact(a.dtype)) ? "floats" : "all";
}

function count(eqn: Eqn, inAvals: readonly ShapedArray[], outAvals: readonly ShapedArray[]): Single {
  const program = equationProgram(eqn.primitive, inAvals, eqn.params, outAvals);
  const counts = countStmts(program.body, program.results, countedOf(eqn, [...inAvals, ...outAvals]));
  const read = program.params.reduce((n, p, i) => {
    if (p.kind === "local") return n + bytesOf(inAvals[i]);
    return n + readOf(p, counts);
  }, 0);
  return {
    flops: Math.round(counts.flops),
    transcendentals: Math.round(counts.transcendentals),
    bytesRead: read,
    bytesWritten: outAvals.reduce((n, a) => n + bytesOf(a), 0),
    unknown: counts.unknown > 0,
  };
}

/** Bytes read of a buffer: what is loaded, once if it is loaded often. Where loops have no known length, all. */
export function readOf(b: Buffer, counts: Counts): number {
  const { bytes } = dtypeInfo(b.dtype);
  const loads = counts.loads.get(b) ?? 0;
  if (loads === 0) return 0;
  return bytes * (counts.unknown > 0 ? b.size : Math.min(b.size, Math.round(loads)));
}

export function costsOf(closed: ClosedJaxpr): EquationCost[] {
  return closed.jaxpr.eqns.flatMap((eqn) => costsOfEquation(eqn, 1, false));
}

const flopsOf = (costs: readonly EquationCost[]): number =>
  costs.reduce((n, c) => n + c.flops + c.transcendentals, 0);
const bytesTotal = (costs: readonly EquationCost[]): number =>
  costs.reduce((n, c) => n + c.bytesRead + c.bytesWritten, 0);

function costsOfEquation(eqn: Eqn, times: number, perIteration: boolean): EquationCost[] {
  const found = bodiesOf(eqn);
  if (found === null || found.kind === "other") return [costOfOne(eqn, times, perIteration)];
  const inside = found.bodies.map(({ jaxpr }) =>
    jaxpr.jaxpr.eqns.flatMap((e) =>
      costsOfEquation(e, times * (found.times ?? 1), perIteration || found.times === null),
    ),
  );
  if (found.kind === "loop") return inside.flat();
  return inside.reduce((best, costs) => {
    const more = flopsOf(costs) - flopsOf(best);
    return more > 0 || (more === 0 && bytesTotal(costs) > bytesTotal(best)) ? costs : best;
  });
}

function costOfOne(eqn: Eqn, times: number, perIteration: boolean): EquationCost {
  const { flops, transcendentals, bytesRead, bytesWritten, unknown } = singleCost(eqn);
  return {
    primitive: eqn.primitive.name,
    times,
    flops: times * flops,
    transcendentals: times * transcendentals,
    bytesRead: times * bytesRead,
    bytesWritten: times * bytesWritten,
    results: eqn.outputs.map((v) => v.aval.short()),
    line: lineOf(eqn.source),
    scope: eqn.source?.scope ?? null,
    backward: eqn.source?.backward === true,
    perIteration: perIteration || unknown,
  };
}

/**
 * Bytes of the values that are held at once where equations run one by one, each result until its last use, and inputs
 * always; bodies of loops and branches while they run.
 */
export function unfusedPeak({ jaxpr }: ClosedJaxpr): number {
  const last = new Map<Var, number>();
  jaxpr.eqns.forEach((e, i) =>
    [...e.inputs, ...e.outputs].forEach((a) => a instanceof Var && last.set(a, i)),
  );
  for (const a of jaxpr.outs) if (a instanceof Var) last.set(a, Infinity);
  let live = 0;
  for (const v of jaxpr.invars) {
    live += bytesOf(v.aval);
    last.set(v, Infinity);
  }
  let peak = live;
  jaxpr.eqns.forEach((e, i) => {
    live += e.outputs.reduce((n, v) => n + bytesOf(v.aval), 0);
    const inside = (bodiesOf(e)?.bodies ?? []).map(({ jaxpr: body }) => unfusedPeak(body));
    peak = Math.max(peak, live + Math.max(0, ...inside));
    for (const v of new Set([...e.inputs, ...e.outputs]))
      if (v instanceof Var && last.get(v) === i) live -= bytesOf(v.aval);
  });
  return peak;
}
