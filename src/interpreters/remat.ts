/**
 * @file Rematerialisation: a call whose intermediate values are not kept for the backward pass but computed again; or of
 * which a policy says which to keep.
 *
 * The body is a jaxpr. Linearised, it is split in three: its values, with those intermediate ones that the policy saves;
 * what computes the other residuals from the inputs and the saved values; and the linear part. The last two are one
 * equation of the linear program, and transposing it runs the middle one: that is the recomputation. Its inputs then pass a
 * barrier, lest a compiler find that it has all this already, or compute it before the cotangents are there.
 */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type Flags, derived } from "../core/jaxpr/derived.ts";
import { effectsOf } from "../core/jaxpr/effects.ts";
import { dce, evalEqn, evalJaxpr, jaxprAsFun } from "../core/jaxpr/eval.ts";
import { type Atom, ClosedJaxpr, type Eqn, Var, subJaxprs } from "../core/jaxpr/ir.ts";
import {
  type JvpRule,
  type LinearizeRule,
  type Params,
  type Primitive,
  definePrimitive,
  inlined,
  isUndef,
  knownOf,
} from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { DifferentiationError } from "../base/errors.ts";
import { chosen, invariant, place } from "../base/util.ts";
import { batchJaxpr } from "./batch-jaxpr.ts";
import { jvpJaxpr } from "./jvp.ts";
import { linearizeToJaxprs } from "./linearize.ts";
import { traceToJaxpr } from "./staging.ts";
import { arraysOf, fusedOrSplit, nonzeroOf, withZeros } from "./tangents.ts";
import { backwardPass } from "./transpose.ts";

/** Whether what an operation computes may be saved: asked for each, with the types of its operands and its parameters. */
export type CheckpointPolicy = (
  primitive: Primitive,
  avals: readonly ShapedArray[],
  params: Params,
) => boolean;

/** The same values, of which no compiler knows that they are, nor may it compute with them before another is there. */
export type Barrier = (xs: readonly NDArray[], other: NDArray) => readonly NDArray[];

export type CheckpointParams = {
  jaxpr: ClosedJaxpr;
  /** Null: nothing is saved. */
  policy: CheckpointPolicy | null;
  /** Keeps compilers from merging what is computed again with what was computed first; null where they may. */
  barrier: Barrier | null;
};

/** What becomes of a body that is linearised. */
interface Split {
  /** Consts, inputs → outputs, saved values. */
  readonly forward: ClosedJaxpr;
  /** What is needed of consts, inputs and saved values; nonzero tangents → nonzero output tangents. */
  readonly tangent: ClosedJaxpr;
  readonly needed: Flags;
  readonly consts: readonly NDArray[];
  readonly outNonzero: Flags;
}

/** The body of an ordinary call, in which a policy looks for operations too; checkpoints inside have their own. */
function ordinaryBody(eqn: Eqn): ClosedJaxpr | null {
  const { primitive, params } = eqn;
  if (primitive.kind !== "call" || primitive.call !== undefined || (primitive as unknown) === checkpointP)
    return null;
  return subJaxprs(params)[0] ?? null;
}

/** Evaluates a jaxpr with the bodies of its calls in their place. */
function evalInlined({ jaxpr, consts }: ClosedJaxpr, args: readonly NDArray[]): NDArray[] {
  return evalJaxpr(jaxpr, consts, args, (eqn, inputs) => {
    const body = ordinaryBody(eqn);
    return body === null ? evalEqn(eqn, inputs) : evalInlined(body, inputs);
  });
}

/** The saveable variables that residuals need first, going back from them. */
function savedVariables(
  jaxpr: ClosedJaxpr["jaxpr"],
  residuals: readonly Atom[],
  policy: CheckpointPolicy,
): Var[] {
  const needed = new Set<Var>(residuals.filter((a) => a instanceof Var));
  const saved: Var[] = [];
  for (let i = jaxpr.eqns.length - 1; i >= 0; i--) {
    const { primitive, inputs, params, outputs } = jaxpr.eqns[i];
    const wanted = outputs.filter((v) => needed.has(v));
    if (wanted.length === 0) continue;
    const avals = inputs.map((a) => a.aval);
    if (policy(primitive, avals, params)) saved.push(...wanted);
    else for (const a of inputs) if (a instanceof Var) needed.add(a);
  }
  return saved.reverse();
}

const split = derived((jaxpr, nonzero: Flags, policy: CheckpointPolicy | null): Split => {
  const { inAvals, outAvals } = jaxpr;
  if (effectsOf(jaxpr).includes("io")) {
    throw new DifferentiationError(
      "checkpoint: the function calls the host for an effect (ioCallback), and would do so again when it is computed again. " +
        "Call the host outside.",
    );
  }
  const run = policy === null ? jaxprAsFun(jaxpr) : (xs: readonly NDArray[]) => evalInlined(jaxpr, xs);
  const linear = linearizeToJaxprs(run, inAvals, nonzero, "checkpoint");
  const { jaxpr: all, consts } = linear.primal;
  const { invars, eqns, outs } = all.jaxpr;
  const residuals = outs.slice(outAvals.length);
  const saved = policy === null ? [] : savedVariables(all.jaxpr, residuals, policy);
  const known = new Set(saved);
  const again = dce(
    new ClosedJaxpr(
      {
        constvars: [],
        invars: [...invars, ...saved],
        eqns: eqns.filter((e) => !e.outputs.some((v) => known.has(v))),
        outs: residuals,
      },
      [],
    ),
  );
  const numKnown = again.jaxpr.invars.length;
  const whole = traceToJaxpr(
    (xs) => jaxprAsFun(linear.tangent)([...jaxprAsFun(again)(xs.slice(0, numKnown)), ...xs.slice(numKnown)]),
    [...again.inAvals, ...chosen(inAvals, nonzero).map((a) => a.strong)],
    "checkpoint",
  );
  invariant(whole.consts.length === 0, "what is traced again makes no constants");
  const used = new Set<Atom>([...whole.jaxpr.eqns.flatMap((e) => e.inputs), ...whole.jaxpr.outs]);
  const needed = whole.jaxpr.invars.map((v, i) => i >= numKnown || used.has(v));
  return {
    forward: dce(new ClosedJaxpr({ ...all.jaxpr, outs: [...outs.slice(0, outAvals.length), ...saved] }, [])),
    tangent: new ClosedJaxpr({ ...whole.jaxpr, invars: chosen(whole.jaxpr.invars, needed) }, []),
    needed,
    consts,
    outNonzero: linear.outNonzero,
  };
});

/** Values, and a linear call that computes again what was not saved. */
const linearize: LinearizeRule<CheckpointParams> = (primals, nonzero, p) => {
  const { forward, tangent, needed, consts, outNonzero } = split(p.jaxpr, nonzero, p.policy);
  const n = p.jaxpr.outAvals.length;
  const outs = bind(checkpointP, [...consts, ...primals], { ...p, jaxpr: forward });
  return [
    outs.slice(0, n),
    (tangents) => {
      const all = [...consts, ...primals, ...outs.slice(n), ...arraysOf(tangents)];
      return withZeros(outs, outNonzero, bind(checkpointP, chosen(all, needed), { ...p, jaxpr: tangent }));
    },
  ];
};

/** Values and tangents in one call. */
const fusedJvp: JvpRule<CheckpointParams> = (primals, tangents, p) => {
  const { jaxpr, consts, outNonzero } = jvpJaxpr(p.jaxpr, nonzeroOf(tangents));
  const outs = bind(checkpointP, [...consts, ...primals, ...arraysOf(tangents)], { ...p, jaxpr });
  const n = p.jaxpr.outAvals.length;
  return [outs.slice(0, n), withZeros(outs, outNonzero, outs.slice(n))];
};

export const checkpointP: Primitive<CheckpointParams> = definePrimitive<CheckpointParams>({
  name: "checkpoint",
  kind: "call",
  abstractEval: (_, { jaxpr }) => jaxpr.outAvals,
  lower: inlined,
  jvp: fusedOrSplit(fusedJvp, linearize),
  linearize,
  evaluate: (args, { jaxpr }) => jaxprAsFun(jaxpr)(args),
  transpose: (cotangents, args, { jaxpr, barrier }) => {
    const [first] = arraysOf(cotangents);
    const known = knownOf(args);
    const values = barrier === null ? known : barrier(known, first);
    const operands = place(
      args.map((a) => !isUndef(a)),
      values,
      (i) => args[i],
    );
    return backwardPass(jaxpr, operands, cotangents);
  },
  batch: (axis, args, dims, p) => {
    const { jaxpr, consts, outDims } = batchJaxpr(p.jaxpr, axis, dims);
    return [bind(checkpointP, [...consts, ...args], { ...p, jaxpr }), outDims];
  },
});
