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
import { type Tangent, Zero, isZero } from "../core/zero.ts";
import { CheckError } from "../base/errors.ts";
import { config } from "../base/config.ts";
import { type CallSite, type Source, withSource } from "../base/source.ts";
import { currentTrace } from "../core/trace.ts";
import { variableName } from "../core/jaxpr/sources.ts";
import { sameType } from "../core/aval.ts";
import { chosen, count, invariant, not, place } from "../base/util.ts";
import { StagingTrace, constsToInputs, traceToJaxpr } from "./staging.ts";
import { addTangents, instantiate, nonzeroOf, withZeros } from "./tangents.ts";

/** Evaluates what depends on no linear input. The values of variables, null for the others; and the equations left. */
function evaluateKnown(
  { jaxpr, consts }: ClosedJaxpr,
  args: readonly (NDArray | UndefPrimal)[],
): { value: (a: Atom) => NDArray | null; linearEqns: Eqn[] } {
  const env = new Map<Var, NDArray | null>();
  jaxpr.constvars.forEach((v, i) => env.set(v, consts[i]));
  jaxpr.invars.forEach((v, i) => {
    const arg = args[i];
    env.set(v, isUndef(arg) ? null : arg);
  });
  const value = (a: Atom): NDArray | null => (a instanceof Literal ? a.value : env.get(a)!);
  const linearEqns: Eqn[] = [];
  for (const eqn of jaxpr.eqns) {
    // Most equations are linear: these make no lists.
    if (eqn.inputs.some((a) => value(a) === null)) {
      linearEqns.push(eqn);
      for (const v of eqn.outputs) env.set(v, null);
      continue;
    }
    const outs = evalEqn(
      eqn,
      eqn.inputs.map((a) => value(a)!),
    );
    eqn.outputs.forEach((v, j) => env.set(v, outs[j]));
  }
  return { value, linearEqns };
}

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
  const { jaxpr } = closed;
  const { value, linearEqns } = evaluateKnown(closed, args);
  const cts = new Map<Var, Tangent>();
  const accumulate = (a: Atom, ct: Tangent, source?: Source): void => {
    if (!(a instanceof Var) || isZero(ct) || value(a) !== null) return;
    if (config.values.enableChecks) checkCotangent(a, ct);
    const before = cts.get(a);
    cts.set(a, before === undefined ? ct : withSource(source, () => addTangents(before, ct)));
  };
  const meaning = config.values.sourceLines !== false ? meanings(jaxpr) : null;
  const take = (v: Var): Tangent => {
    const ct = cts.get(v) ?? new Zero(v.aval);
    cts.delete(v);
    const of = meaning?.get(v);
    const trace = currentTrace();
    if (of !== undefined && !isZero(ct) && trace instanceof StagingTrace) trace.noteCotangent(ct, of);
    return ct;
  };

  /** What there is of the cotangents of linear operands. Eagerly there is nothing to gain: no sum is updated in place. */
  const takeSums = (inputs: readonly Atom[]): (NDArray | undefined)[] =>
    inputs.map((a) => {
      const sum = a instanceof Var && value(a) === null ? cts.get(a) : undefined;
      if (sum === undefined || isZero(sum) || isConcrete(sum)) return undefined;
      cts.delete(a);
      return sum;
    });

  invariant(cotangents.length === jaxpr.outs.length, "one cotangent per output");
  jaxpr.invars.forEach((v, i) => {
    const sum = sums[i];
    if (sum !== undefined) accumulate(v, sum);
  });
  jaxpr.outs.forEach((a, i) => accumulate(a, cotangents[i]));
  for (let i = linearEqns.length - 1; i >= 0; i--) {
    const eqn = linearEqns[i];
    const outCts = eqn.outputs.map(take);
    if (outCts.every((t) => isZero(t))) continue;
    const inputs = eqn.inputs.map((a) => value(a) ?? new UndefPrimal(a.aval));
    const sums = eqn.primitive.accumulate === undefined ? [] : takeSums(eqn.inputs);
    const source = eqn.source && { ...eqn.source, backward: true, operation: undefined, result: false };
    const inCts = withSource(source, () =>
      sums.some((s) => s !== undefined)
        ? eqn.primitive.accumulate!(sums, outCts, inputs, eqn.params)
        : eqn.primitive.transpose(outCts, inputs, eqn.params),
    );
    invariant(
      inCts.length === inputs.length,
      `transpose of ${eqn.primitive.name} gave ${inCts.length} cotangents`,
    );
    eqn.inputs.forEach((a, j) => {
      const ct = inCts[j];
      if (ct !== null && ct !== undefined) accumulate(a, ct, source);
    });
  }
  return jaxpr.invars.map((v) => (value(v) === null ? take(v) : null));
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
