/**
 * @file Transposition: one backward pass over a linear program.
 *
 * Equations that do not depend on the linear inputs are evaluated forwards first; then each linear equation's
 * `transpose` rule runs in reverse order, and cotangents of a variable used several times are added. Zero cotangents stay
 * symbolic and skip their equations.
 */
import type { NDArray } from "../core/array.ts";
import { isConcrete } from "../core/eval.ts";
import { type Flags, derived } from "../core/jaxpr/derived.ts";
import { evalEqn } from "../core/jaxpr/eval.ts";
import { Groups } from "../core/jaxpr/groups.ts";
import { type Atom, type ClosedJaxpr, type Eqn, type Jaxpr, Literal, Var } from "../core/jaxpr/ir.ts";
import { UndefPrimal, isUndef } from "../core/primitive.ts";
import { type Tangent, isZero } from "../core/zero.ts";
import { CheckError } from "../base/errors.ts";
import { config } from "../base/config.ts";
import { type CallSite, withSource } from "../base/source.ts";
import { currentTrace } from "../core/trace.ts";
import { variableName } from "../core/jaxpr/sources.ts";
import { sameType } from "../core/aval.ts";
import { chosen, count, invariant, not, place } from "../base/util.ts";
import { ops } from "./ops.ts";
import { StagingTrace, constsToInputs, traceToJaxpr } from "./staging.ts";
import { instantiate, nonzeroOf, withZeros, zeroOf } from "./tangents.ts";

/** The calls, or the arguments, whose tangents variables of a linear program are: where lines are recorded. */
function meanings(jaxpr: Jaxpr): Map<Var, CallSite | string> {
  const out = new Map<Var, CallSite | string>();
  for (const v of jaxpr.invars) {
    const name = variableName(v);
    if (name !== undefined) out.set(v, name);
  }
  // The last of the equations of a call gives the tangent of what the call gave.
  const last = new Map<CallSite, Eqn>();
  for (const eqn of jaxpr.eqns) if (eqn.source !== undefined) last.set(eqn.source.site, eqn);
  for (const [site, { outputs }] of last) if (outputs.length === 1) out.set(outputs[0], site);
  return out;
}

/** What a backward pass knows: values of variables that depend on no linear input, and cotangents of the others so far. */
class Backward {
  readonly #values = new Map<Var, NDArray>();
  readonly #cotangents = new Map<Var, NDArray>();
  readonly #meaning: ReadonlyMap<Var, CallSite | string> | null;
  /** In the order of evaluation. */
  readonly linearEqns: readonly Eqn[];

  /** Evaluates what depends on no linear input. */
  constructor({ jaxpr, consts }: ClosedJaxpr, args: readonly (NDArray | UndefPrimal)[]) {
    this.#meaning = config.values.sourceLines !== false ? meanings(jaxpr) : null;
    jaxpr.constvars.forEach((v, i) => this.#values.set(v, consts[i]));
    jaxpr.invars.forEach((v, i) => {
      const arg = args[i];
      if (!isUndef(arg)) this.#values.set(v, arg);
    });
    const isLinear = (a: Atom): boolean => this.value(a) === undefined;
    this.linearEqns = jaxpr.eqns.filter((eqn) => {
      if (eqn.inputs.some(isLinear)) return true;
      const outs = evalEqn(
        eqn,
        eqn.inputs.map((a) => this.value(a)!),
      );
      eqn.outputs.forEach((v, j) => this.#values.set(v, outs[j]));
      return false;
    });
  }

  /** Undefined for what depends on the linear inputs. */
  value(a: Atom): NDArray | undefined {
    return a instanceof Literal ? a.value : this.#values.get(a);
  }

  /** Adds to the cotangent of a variable; of what has a value there is none. */
  add(a: Atom, ct: Tangent): void {
    if (isZero(ct) || a instanceof Literal || this.#values.has(a)) return;
    if (config.values.enableChecks) checkCotangent(a, ct);
    const before = this.#cotangents.get(a);
    this.#cotangents.set(a, before === undefined ? ct : ops().add(before, ct));
  }

  /** The cotangent of a variable, which nobody asks for again. */
  take(v: Var): Tangent {
    const ct = this.#cotangents.get(v);
    if (ct === undefined) return zeroOf(v);
    this.#cotangents.delete(v);
    const of = this.#meaning?.get(v);
    const trace = currentTrace();
    if (of !== undefined && trace instanceof StagingTrace) trace.noteCotangent(ct, of);
    return ct;
  }

  /** What there is of the cotangents of linear operands. Eagerly there is nothing to gain: no sum is updated in place. */
  takeSums(inputs: readonly Atom[]): (NDArray | undefined)[] {
    return inputs.map((a) => {
      const sum = a instanceof Var ? this.#cotangents.get(a) : undefined;
      if (sum === undefined || isConcrete(sum)) return undefined;
      this.#cotangents.delete(a);
      return sum;
    });
  }
}

/** Hands the cotangents of the results of an equation to its linear operands. */
function transposeEqn(pass: Backward, { primitive, inputs, params }: Eqn, outCts: readonly Tangent[]): void {
  const operands = inputs.map((a) => pass.value(a) ?? new UndefPrimal(a.aval));
  const sums = primitive.accumulate === undefined ? [] : pass.takeSums(inputs);
  const cts = sums.some((s) => s !== undefined)
    ? primitive.accumulate!(sums, outCts, operands, params)
    : primitive.transpose(outCts, operands, params);
  invariant(cts.length === inputs.length, `transpose of ${primitive.name} gave ${cts.length} cotangents`);
  cts.forEach((ct, i) => {
    if (ct !== null && ct !== undefined) pass.add(inputs[i], ct);
  });
}

/**
 * Cotangents of the undefined inputs (in the order of the invars; null for known ones), given those of the outputs.
 * @param args per invar its value, or `UndefPrimal` for a linear one.
 * @param sums per invar that is linear, what its cotangent is added to: nothing by default.
 */
export function backwardPass(
  closed: ClosedJaxpr,
  args: readonly (NDArray | UndefPrimal)[],
  cotangents: readonly Tangent[],
  sums: readonly (Tangent | undefined)[] = [],
): (Tangent | null)[] {
  const { invars, outs } = closed.jaxpr;
  invariant(cotangents.length === outs.length, "one cotangent per output");
  const pass = new Backward(closed, args);
  invars.forEach((v, i) => {
    const sum = sums[i];
    if (sum !== undefined) pass.add(v, sum);
  });
  outs.forEach((a, i) => {
    pass.add(a, cotangents[i]);
  });
  for (let i = pass.linearEqns.length - 1; i >= 0; i--) {
    const eqn = pass.linearEqns[i];
    const outCts = eqn.outputs.map((v) => pass.take(v));
    if (outCts.every((t) => isZero(t))) continue;
    const { source } = eqn;
    if (source === undefined) transposeEqn(pass, eqn, outCts);
    else
      withSource({ ...source, backward: true, operation: undefined, result: false }, () => {
        transposeEqn(pass, eqn, outCts);
      });
  }
  return invars.map((v) => (pass.value(v) === undefined ? pass.take(v) : null));
}

function checkCotangent(v: Var, ct: NDArray): void {
  if (!sameType(v.aval, ct.aval)) {
    throw new CheckError(`internal: a cotangent ${ct.aval.short()} for a variable ${v.aval.short()}`);
  }
}

/**
 * A linear program backwards: known inputs, sums for the cotangents of the inputs flagged as summed, cotangents of the
 * outputs flagged → cotangents of the linear inputs, those that are not zero; or all of them, if `whole`. And which those are.
 */
export const transposeJaxpr = derived(
  (closed, linear: Flags, summed: Flags, nonzero: Flags, whole: boolean, what: string) => {
    const { inAvals, outAvals, jaxpr } = closed;
    const known = not(linear);
    const inputs = new Groups({ known: count(known), sums: count(summed), cotangents: count(nonzero) });
    let outNonzero: Flags = [];
    const traced = traceToJaxpr(
      (xs) => {
        const { known: values, sums, cotangents } = inputs.split(xs);
        const args = place(known, values, (i) => new UndefPrimal(inAvals[i]));
        const into = place(summed, sums, () => undefined);
        const cts = backwardPass(closed, args, withZeros(jaxpr.outs, nonzero, cotangents), into);
        const ofLinear = cts.filter((ct) => ct !== null);
        outNonzero = whole ? ofLinear.map(() => true) : nonzeroOf(ofLinear);
        return chosen(ofLinear, outNonzero).map(instantiate);
      },
      [
        ...chosen(inAvals, known),
        ...chosen(inAvals, summed).map((a) => a.strong),
        ...chosen(outAvals, nonzero).map((a) => a.strong),
      ],
      what,
    );
    return { ...constsToInputs(traced), outNonzero };
  },
);
