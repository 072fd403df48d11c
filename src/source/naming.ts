/**
 * @file What the variables of a program are called. A line `const h = …` names what its last call computes; the cotangent of h is
 * `h_bar`; what has no name of the user's is called by its operation.
 */
import type { Source } from "../base/source.ts";
import { type Atom, type Eqn, type Jaxpr, Literal, type Var } from "../core/jaxpr/ir.ts";
import { StagingTracer } from "../interpreters/staging.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type Lines, type Site, siteOf } from "./lines.ts";
import { barOf, camelCase, nounOf } from "./names.ts";

/** An equation with where it comes from. */
interface Placed {
  readonly eqn: Eqn;
  readonly site: Site | null;
  readonly adjoint: boolean;
}

/** What was computed at a place: null for no one thing. */
interface Computed {
  readonly name: string | null;
  readonly aval: ShapedArray | null;
  readonly isUsers: boolean;
}

const keyOf = (site: Site): string => `${site.file}:${site.line}:${site.column}`;
const lineOf = (site: Site): string => `${site.file}:${site.line}`;

/** The equations of a program, and which belong to the adjoint: those of backward passes, and what follows from them. */
export function placed(jaxpr: Jaxpr, isAdjoint: (v: Var) => boolean): Placed[] {
  const found = new Set<Var>();
  const depends = (a: Atom): boolean => !(a instanceof Literal) && (found.has(a) || isAdjoint(a));
  return jaxpr.eqns.map((eqn) => {
    const adjoint = eqn.source?.backward === true || eqn.inputs.some(depends);
    if (adjoint) eqn.outputs.forEach((v) => found.add(v));
    return { eqn, site: siteOf(eqn.source), adjoint };
  });
}

/** Forward equations of one line, one after another, of one run of that line. */
function runsOf(eqns: readonly Placed[]): Placed[][] {
  const runs: Placed[][] = [];
  let left = false;
  for (const p of eqns) {
    if (p.site === null || p.adjoint) continue;
    const run = runs[runs.length - 1] as Placed[] | undefined;
    const first = run?.[0].site ?? null;
    const sameLine = first !== null && lineOf(first) === lineOf(p.site);
    const again = sameLine && left && first.column === p.site.column;
    if (run === undefined || !sameLine || again) {
      runs.push([p]);
      left = false;
    } else {
      left ||= first !== null && first.column !== p.site.column;
      run.push(p);
    }
  }
  return runs;
}

/** Names for the variables of programs: wishes, which need not be unique. */
export class Naming {
  readonly #lines: Lines;
  readonly #wishes = new Map<Var, string>();
  /** What was computed at a place, for the cotangents that come there. */
  readonly #atSites = new Map<string, Computed>();
  readonly #barred = new Set<string>();
  /** What the user's functions call their arguments, by the place that they were given to the library. */
  readonly #parameters = new Map<string, readonly (readonly string[])[]>();

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  /** The arguments of the main function: cotangents among its results are theirs, in order. */
  inputs: readonly { readonly name: string; readonly aval: ShapedArray }[] = [];

  wish(v: Var, name: string): void {
    if (!this.#wishes.has(v)) this.#wishes.set(v, name);
  }

  /** Learns what a function that is being traced calls its arguments: the innermost one is the user's. */
  observe(source: Source | undefined, leaves: readonly (readonly [name: string, value: unknown])[][]): void {
    for (const [name, value] of leaves.flat())
      if (value instanceof StagingTracer) this.#wishes.set(value.variable, name);
    const site = siteOf(source);
    if (site !== null)
      this.#parameters.set(
        keyOf(site),
        leaves.map((list) => list.map(([name]) => name)),
      );
  }

  /** What the body of a loop calls its arguments, the leaves of each. */
  parametersOf({ source }: Eqn): readonly (readonly string[])[] {
    const site = siteOf(source);
    return (site === null ? undefined : this.#parameters.get(keyOf(site))) ?? [];
  }

  /** What a variable should be called, the result of an equation. */
  of(v: Var, { primitive, outputs }: Eqn): string {
    const noun = nounOf(primitive.name);
    return this.#wishes.get(v) ?? (outputs.length > 1 ? `${noun}${outputs.indexOf(v) + 1}` : noun);
  }

  known(v: Var): string | undefined {
    return this.#wishes.get(v);
  }

  /** Names the cotangents among the results of the main function. */
  nameResults(outs: readonly Atom[], eqns: readonly Placed[]): void {
    const adjoint = new Set(eqns.filter((p) => p.adjoint).flatMap((p) => p.eqn.outputs));
    outs
      .filter((out): out is Var => !(out instanceof Literal) && adjoint.has(out))
      .forEach((out, i) => {
        const input = this.inputs[i] as { name: string; aval: ShapedArray } | undefined;
        if (input?.aval.short() === out.aval.short()) this.wish(out, barOf(input.name));
      });
  }

  /** Finds names for the variables of a program. */
  read(eqns: readonly Placed[]): void {
    for (const run of runsOf(eqns)) this.#nameRun(run);
    for (const { eqn, site } of eqns) {
      if (site === null || eqn.source?.backward === true || this.#atSites.get(keyOf(site))?.isUsers === true)
        continue;
      const [v, ...more] = eqn.outputs;
      const name = more.length > 0 || v === undefined ? null : this.of(v, eqn);
      this.#atSites.set(keyOf(site), { name, aval: v?.aval ?? null, isUsers: false });
    }
    const adjoint = new Set(eqns.filter((p) => p.adjoint).flatMap((p) => p.eqn.outputs));
    for (const p of eqns) this.#nameCotangents(p, adjoint);
  }

  /** The last call of a line gives what the line declares. */
  #nameRun(run: readonly Placed[]): void {
    const last = run[run.length - 1].site;
    const name = last === null ? null : this.#lines.declared(last);
    if (last === null || name === null) return;
    const ofCall = run.filter((p) => p.site?.column === last.column).map((p) => p.eqn);
    const callee = this.#lines.callee(last);
    const matches = ofCall.filter(
      (e) => callee !== null && camelCase(e.primitive.name).toLowerCase().includes(callee.toLowerCase()),
    );
    const [eqn] = [...ofCall, ...matches].reverse();
    if (eqn.outputs.length !== 1) return;
    const [v] = eqn.outputs;
    this.wish(v, name);
    this.#atSites.set(keyOf(last), { name, aval: v.aval, isUsers: true });
  }

  /** What a backward pass is given at a place is the cotangent of what was computed there. */
  #nameCotangents({ eqn, site }: Placed, adjoint: ReadonlySet<Var>): void {
    if (site === null || eqn.source?.backward !== true) return;
    const { name, aval } = this.#atSites.get(keyOf(site)) ?? this.#outermost(site);
    if (name === null) return;
    for (const a of eqn.inputs) {
      if (a instanceof Literal || !adjoint.has(a)) continue;
      if (aval === null || aval.short() === a.aval.short()) this.wish(a, barOf(name));
    }
  }

  /** Backward passes come to the last call of a line first. */
  #outermost(site: Site): Computed {
    const line = lineOf(site);
    const name = this.#barred.has(line) ? null : this.#lines.declared(site);
    this.#barred.add(line);
    const found = { name, aval: null, isUsers: name !== null };
    if (name !== null) this.#atSites.set(keyOf(site), found);
    return found;
  }
}
