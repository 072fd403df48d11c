/**
 * @file The control flow of a function that calls itself: its equations in blocks, each ending with a call, a choice, a jump or the
 * result.
 *
 * Only branches that hold calls become blocks; all others stay equations. Variables are defined once in each path, but for those
 * that a jump assigns where branches meet again.
 */
import { ArgumentError } from "../../base/errors.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { type Atom, type ClosedJaxpr, type Eqn, Literal, Var, subJaxprs } from "../../core/jaxpr/ir.ts";
import type { NDArray } from "../../core/array.ts";
import { type CondParams, condP } from "../../control-flow/branches/cond.ts";
import { inlineCalls } from "../../interpreters/inline.ts";
import { selfP } from "./self.ts";

/** How a block ends. Blocks are numbers. */
export type End =
  | { readonly kind: "return"; readonly values: readonly Atom[] }
  | {
      readonly kind: "call";
      readonly args: readonly Atom[];
      readonly outs: readonly Var[];
      readonly next: number;
    }
  | { readonly kind: "branch"; readonly index: Atom; readonly targets: readonly number[] }
  | {
      readonly kind: "jump";
      readonly to: number;
      readonly from: readonly Atom[];
      readonly into: readonly Var[];
    };

export interface Block {
  readonly eqns: readonly Eqn[];
  readonly end: End;
}

const isSelf = (e: Eqn): boolean => (e.primitive as unknown) === selfP;
const isCond = (e: Eqn): boolean => (e.primitive as unknown) === condP;

/** Whether an equation is a call of the function by itself, or holds one in whatever body. */
const holdsCall = (e: Eqn): boolean =>
  isSelf(e) || subJaxprs(e.params).some((body) => body.jaxpr.eqns.some(holdsCall));

/** Equations with other atoms in place of variables, and variables of their own. */
function renamed(eqns: readonly Eqn[], names: Map<Var, Atom>): Eqn[] {
  return eqns.map((e) => {
    const inputs = e.inputs.map((a) => (a instanceof Var ? (names.get(a) ?? a) : a));
    const outputs = e.outputs.map((v) => {
      const fresh = new Var(v.aval);
      names.set(v, fresh);
      return fresh;
    });
    return { ...e, inputs, outputs };
  });
}

export class Flow {
  readonly blocks: Block[] = [];
  readonly inputs: readonly Var[];
  readonly outAvals: readonly ShapedArray[];
  readonly entry: number;
  /** Values of variables that stand for constants. */
  readonly constants = new Map<Var, NDArray>();

  readonly #what: string;

  /** @param what the function, for messages */
  constructor({ jaxpr, consts, outAvals }: ClosedJaxpr, what: string) {
    this.#what = what;
    this.outAvals = outAvals;
    const { constvars, invars, eqns, outs } = inlineCalls(jaxpr);
    constvars.forEach((v, i) => this.constants.set(v, consts[i]));
    this.inputs = invars;
    this.entry = this.#block(eqns, { kind: "return", values: outs });
  }

  #add(block: Block): number {
    return this.blocks.push(block) - 1;
  }

  /** The block of equations up to the first that holds a call; what follows are blocks too. */
  #block(eqns: readonly Eqn[], end: End): number {
    const at = eqns.findIndex(holdsCall);
    if (at === -1) return this.#add({ eqns, end: this.#shortened(eqns, end) });
    const [before, eqn] = [eqns.slice(0, at), eqns[at]];
    const next = this.#block(eqns.slice(at + 1), end);
    if (isSelf(eqn))
      return this.#add({ eqns: before, end: { kind: "call", args: eqn.inputs, outs: eqn.outputs, next } });
    if (!isCond(eqn))
      throw new ArgumentError(
        `${this.#what}: the function calls itself inside ${eqn.primitive.name}; only branches (lax.cond, lax.switch) may hold such ` +
          `calls. Write the loop as a recursion, too.`,
      );
    const [index, ...operands] = eqn.inputs;
    const { branches } = eqn.params as CondParams;
    const targets = branches.map((branch) => this.#branch(branch, operands, { to: next, into: eqn.outputs }));
    return this.#add({ eqns: before, end: { kind: "branch", index, targets } });
  }

  #branch(
    { jaxpr, consts }: ClosedJaxpr,
    operands: readonly Atom[],
    join: { readonly to: number; readonly into: readonly Var[] },
  ): number {
    const { constvars, invars, eqns, outs } = inlineCalls(jaxpr);
    const names = new Map<Var, Atom>(invars.map((v, i) => [v, operands[i]]));
    constvars.forEach((v, i) => {
      const fresh = new Var(v.aval);
      names.set(v, fresh);
      this.constants.set(fresh, consts[i]);
    });
    const body = renamed(eqns, names);
    const from = outs.map((a) => (a instanceof Literal ? a : (names.get(a) ?? a)));
    return this.#block(body, { kind: "jump", ...join, from });
  }

  /** A jump to nothing but a result is that result. */
  #shortened(eqns: readonly Eqn[], end: End): End {
    if (end.kind !== "jump") return end;
    const target = this.blocks[end.to];
    if (target.eqns.length > 0 || (target.end.kind !== "return" && target.end.kind !== "jump")) return end;
    const assigned = new Map(end.into.map((v, i) => [v, end.from[i]]));
    const through = (a: Atom): Atom => (a instanceof Var ? (assigned.get(a) ?? a) : a);
    const { end: then } = target;
    if (then.kind === "return") return { kind: "return", values: then.values.map(through) };
    return this.#shortened(eqns, { ...then, from: then.from.map(through) });
  }
}

/** The atoms that the end of a block reads. */
function endUses(end: End): readonly Atom[] {
  if (end.kind === "return") return end.values;
  if (end.kind === "call") return end.args;
  return end.kind === "branch" ? [end.index] : end.from;
}

/** Blocks that follow a block, and the variables that are set on the way there. */
function successors(end: End): readonly (readonly [block: number, set: readonly Var[]])[] {
  if (end.kind === "return") return [];
  if (end.kind === "call") return [[end.next, end.outs]];
  return end.kind === "branch" ? end.targets.map((t) => [t, []] as const) : [[end.to, end.into]];
}

/** The variables that each block needs from before it; constants are no variables of a call. */
export function liveInputs({ blocks, constants }: Flow): readonly ReadonlySet<Var>[] {
  // Blocks are numbered from the end: what follows a block has a smaller number, so one pass is enough.
  const live: Set<Var>[] = [];
  blocks.forEach(({ eqns, end }) => {
    const set = new Set<Var>();
    const need = (atoms: readonly Atom[]): void =>
      atoms.forEach((a) => a instanceof Var && !constants.has(a) && set.add(a));
    for (const [block, given] of successors(end)) {
      live[block].forEach((v) => given.includes(v) || set.add(v));
    }
    need(endUses(end));
    for (let i = eqns.length - 1; i >= 0; i--) {
      eqns[i].outputs.forEach((v) => set.delete(v));
      need(eqns[i].inputs);
    }
    live.push(set);
  });
  return live;
}
