/**
 * @file Which equations are computed together: by one statement of the loop program, after fusion.
 *
 * The passes up to fusion tell which statement of the program's top fills a buffer.
 * Equations whose elements are computed where they are read belong to their readers, if these are all of one kernel.
 */
import { type ClosedJaxpr, type Eqn, Var } from "../../core/jaxpr/ir.ts";
import type { Buffer, Program } from "../../loops/ir/ir.ts";
import { visitWrites } from "../../loops/ir/traverse.ts";
import { passesUntil, scheduled } from "../program/scheduled.ts";

/** For each equation the number of its kernel, where it is one of several of it. The program must be simplified. */
export function kernelsOf(closed: ClosedJaxpr): ReadonlyMap<Eqn, number> {
  const { jaxpr } = closed;
  const { program, buffers } = scheduled(closed);
  const statements = statementsOf(passesUntil(program, "forward"));
  const readers = readersOf(jaxpr.eqns);
  const kernels = new Map<Eqn, number>();
  const join = (): void => {
    for (const e of [...jaxpr.eqns].reverse()) {
      if (kernels.has(e)) continue;
      const found = e.outputs.map((v): number | undefined => {
        const buffer = buffers.get(v);
        const statement = buffer === undefined ? undefined : statements.get(buffer);
        if (statement !== undefined) return statement;
        const all = new Set((readers.get(v) ?? []).map((r) => kernels.get(r)));
        return v.aval.ndim > 0 && all.size === 1 ? [...all][0] : undefined;
      });
      if (found[0] !== undefined && found.every((k) => k === found[0])) kernels.set(e, found[0]);
    }
  };
  join();
  // A copy that the passes removed leaves no statement; what feeds it is joined then.
  for (const k of new Set(kernels.values())) closeUnder(jaxpr.eqns, kernels, k);
  join();
  return numbered(jaxpr.eqns, kernels);
}

function readersOf(eqns: readonly Eqn[]): ReadonlyMap<Var, readonly Eqn[]> {
  const out = new Map<Var, Eqn[]>();
  for (const e of eqns)
    for (const a of new Set(e.inputs)) if (a instanceof Var) out.set(a, [...(out.get(a) ?? []), e]);
  return out;
}

/** What needs a kernel and is needed by it belongs to it: it could not be computed elsewhere. */
function closeUnder(eqns: readonly Eqn[], kernels: Map<Eqn, number>, kernel: number): void {
  const isMember = (e: Eqn): boolean => kernels.get(e) === kernel;
  const fromIt = new Set<Var>();
  const behind = new Set<Eqn>();
  for (const e of eqns) {
    const needs = e.inputs.some((a) => a instanceof Var && fromIt.has(a));
    if (needs) behind.add(e);
    if (needs || isMember(e)) e.outputs.forEach((v) => fromIt.add(v));
  }
  const forIt = new Set<Var>();
  for (const e of [...eqns].reverse()) {
    const needed = e.outputs.some((v) => forIt.has(v));
    if (needed && behind.has(e) && !kernels.has(e)) kernels.set(e, kernel);
    if (needed || isMember(e)) for (const a of e.inputs) if (a instanceof Var) forIt.add(a);
  }
}

/** Kernels of several equations, numbered from 1 in order; none if they could not be put one after another. */
function numbered(eqns: readonly Eqn[], kernels: ReadonlyMap<Eqn, number>): ReadonlyMap<Eqn, number> {
  if (!isOrderly(eqns, kernels)) return new Map();
  const size = new Map<number, number>();
  for (const k of kernels.values()) size.set(k, (size.get(k) ?? 0) + 1);
  const names = new Map<number, number>();
  const out = new Map<Eqn, number>();
  for (const e of eqns) {
    const k = kernels.get(e);
    if (k === undefined || size.get(k)! < 2) continue;
    if (!names.has(k)) names.set(k, names.size + 1);
    out.set(e, names.get(k)!);
  }
  return out;
}

/** True if no kernel needs another one that needs it. */
function isOrderly(eqns: readonly Eqn[], kernels: ReadonlyMap<Eqn, number>): boolean {
  const groupOf = (e: Eqn): Eqn | number => kernels.get(e) ?? e;
  const maker = new Map<Var, Eqn>();
  for (const e of eqns) e.outputs.forEach((v) => maker.set(v, e));
  const needs = new Map<Eqn | number, Set<Eqn | number>>();
  for (const e of eqns) {
    const own = groupOf(e);
    const set = needs.get(own) ?? new Set();
    needs.set(own, set);
    for (const a of e.inputs) {
      const from = a instanceof Var ? maker.get(a) : undefined;
      if (from !== undefined && groupOf(from) !== own) set.add(groupOf(from));
    }
  }
  const left = new Map(needs);
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const [g, set] of left) if (![...set].some((x) => left.has(x))) left.delete(g);
  }
  return left.size === 0;
}

/** The first statement of the program's top that writes a buffer. */
function statementsOf({ body }: Program): Map<Buffer, number> {
  const out = new Map<Buffer, number>();
  body.forEach((s, i) => {
    visitWrites([s], (b) => {
      if (!out.has(b)) out.set(b, i);
    });
  });
  return out;
}
