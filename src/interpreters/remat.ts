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
import { flags, once } from "../core/jaxpr/derived.ts";
import { dce, evalEqn, jaxprAsFun } from "../core/jaxpr/eval.ts";
import { type Atom, ClosedJaxpr, type Eqn, Literal, Var, subJaxprs } from "../core/jaxpr/ir.ts";
import { type Params, type Primitive, definePrimitive, inlined, isUndef } from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { type Tangent, isZero } from "../core/zero.ts";
import { invariant } from "../base/util.ts";
import { batchJaxpr } from "./batch-jaxpr.ts";
import { jvpJaxpr } from "./jvp.ts";
import { linearizeFlat } from "./linearize.ts";
import { ops } from "./ops.ts";
import { constsToInputs, traceToJaxpr } from "./staging.ts";
import { arraysOf, mayFuse, spread } from "./tangents.ts";
import { backwardPass } from "./transpose.ts";

/** Whether what an operation computes may be saved: asked for each, with the types of its operands and its parameters. */
export type CheckpointPolicy = (
  primitive: Primitive,
  avals: readonly ShapedArray[],
  params: Params,
) => boolean;

export type CheckpointParams = {
  jaxpr: ClosedJaxpr;
  /** Null: nothing is saved. */
  policy: CheckpointPolicy | null;
  preventCse: boolean;
};

interface Parts {
  /** Consts, inputs → outputs, saved values. */
  readonly forward: ClosedJaxpr;
  /** What is needed of consts, inputs and saved values; nonzero tangents → nonzero output tangents. */
  readonly tangent: ClosedJaxpr;
  readonly needed: readonly boolean[];
  readonly consts: readonly NDArray[];
  readonly outNonzero: readonly boolean[];
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
  const env = new Map<Var, NDArray>();
  const read = (a: Atom): NDArray => (a instanceof Literal ? a.value : env.get(a)!);
  jaxpr.constvars.forEach((v, i) => env.set(v, consts[i]));
  jaxpr.invars.forEach((v, i) => env.set(v, args[i]));
  for (const eqn of jaxpr.eqns) {
    const body = ordinaryBody(eqn);
    const inputs = eqn.inputs.map(read);
    const outs = body === null ? evalEqn(eqn, inputs) : evalInlined(body, inputs);
    eqn.outputs.forEach((v, i) => env.set(v, outs[i]));
  }
  return jaxpr.outs.map(read);
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

function makeParts({ jaxpr, policy }: CheckpointParams, nonzero: readonly boolean[]): Parts {
  let linear: ClosedJaxpr | null = null;
  let outNonzero: readonly boolean[] = [];
  const run = policy === null ? jaxprAsFun(jaxpr) : (xs: readonly NDArray[]) => evalInlined(jaxpr, xs);
  const traced = traceToJaxpr(
    (primals) => {
      const lin = linearizeFlat(run, primals, "checkpoint", { active: nonzero });
      const [body, residuals] = constsToInputs(lin.jaxpr);
      linear = body;
      outNonzero = lin.outNonzero;
      return [...lin.outs, ...residuals];
    },
    jaxpr.inAvals,
    "checkpoint",
  );
  const [all, consts] = constsToInputs(traced);
  const n = jaxpr.outAvals.length;
  const residuals = all.jaxpr.outs.slice(n);
  const saved = policy === null ? [] : savedVariables(all.jaxpr, residuals, policy);
  const known = new Set(saved);
  const again = new ClosedJaxpr(
    {
      constvars: [],
      invars: [...all.jaxpr.invars, ...saved],
      eqns: all.jaxpr.eqns.filter((e) => !e.outputs.some((v) => known.has(v))),
      outs: residuals,
    },
    [],
  );
  const numKnown = again.jaxpr.invars.length;
  const tangent = traceToJaxpr(
    (xs) => jaxprAsFun(linear!)([...jaxprAsFun(dce(again))(xs.slice(0, numKnown)), ...xs.slice(numKnown)]),
    [...again.inAvals, ...jaxpr.inAvals.filter((_, i) => nonzero[i]).map((a) => a.strong)],
    "checkpoint",
  );
  invariant(tangent.consts.length === 0, "what is traced again makes no constants");
  const forward = dce(new ClosedJaxpr({ ...all.jaxpr, outs: [...all.jaxpr.outs.slice(0, n), ...saved] }, []));
  const used = new Set<Atom>([...tangent.jaxpr.eqns.flatMap((e) => e.inputs), ...tangent.jaxpr.outs]);
  const needed = tangent.jaxpr.invars.slice(0, numKnown).map((v) => used.has(v));
  const invars = tangent.jaxpr.invars.filter((_, i) => i >= numKnown || needed[i]);
  const pruned = new ClosedJaxpr({ ...tangent.jaxpr, invars }, []);
  return { forward, tangent: pruned, needed, consts, outNonzero };
}

const policyIds = new WeakMap<CheckpointPolicy, number>();
let nextPolicy = 1;

function policyId(policy: CheckpointPolicy | null): number {
  if (policy === null) return 0;
  let id = policyIds.get(policy);
  if (id === undefined) policyIds.set(policy, (id = nextPolicy++));
  return id;
}

/** Values, and a linear call that computes again what was not saved. */
function linearize(
  primals: readonly NDArray[],
  nonzero: readonly boolean[],
  p: CheckpointParams,
): [NDArray[], (tangents: readonly Tangent[]) => Tangent[]] {
  const key = `checkpoint ${flags(nonzero)} ${policyId(p.policy)}`;
  const { forward, tangent, needed, consts, outNonzero } = once(p.jaxpr, key, () => makeParts(p, nonzero));
  const n = p.jaxpr.outAvals.length;
  const found = bind(checkpointP, [...consts, ...primals], { ...p, jaxpr: forward });
  return [
    found.slice(0, n),
    (tangents) => {
      const known = [...consts, ...primals, ...found.slice(n)].filter((_, i) => needed[i]);
      const inputs = [...known, ...arraysOf(tangents)];
      return spread(p.jaxpr.outAvals, outNonzero, bind(checkpointP, inputs, { ...p, jaxpr: tangent }));
    },
  ];
}

/** Values and tangents in one call. */
function fusedJvp(
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  p: CheckpointParams,
): [NDArray[], Tangent[]] {
  const [jvped, outNonzero] = jvpJaxpr(
    p.jaxpr,
    tangents.map((t) => !isZero(t)),
  );
  const [jaxpr, consts] = constsToInputs(jvped);
  const found = bind(checkpointP, [...consts, ...primals, ...arraysOf(tangents)], { ...p, jaxpr });
  const n = p.jaxpr.outAvals.length;
  return [found.slice(0, n), spread(p.jaxpr.outAvals, outNonzero, found.slice(n))];
}

export const checkpointP: Primitive<CheckpointParams> = definePrimitive<CheckpointParams>({
  name: "checkpoint",
  kind: "call",
  abstractEval: (_, { jaxpr }) => jaxpr.outAvals,
  lower: inlined,
  jvp: (primals, tangents, p) => {
    if (mayFuse(primals, tangents)) return fusedJvp(primals, tangents, p);
    const [values, stage] = linearize(
      primals,
      tangents.map((t) => !isZero(t)),
      p,
    );
    return [values, stage(tangents)];
  },
  linearize,
  evaluate: (args, { jaxpr }) => jaxprAsFun(jaxpr)(args),
  transpose: (cotangents, args, { jaxpr, preventCse }) => {
    const [first] = arraysOf(cotangents);
    const known = args.filter((a): a is NDArray => !isUndef(a));
    const values = preventCse ? ops().barrierAfter(known, first) : known;
    let at = 0;
    return backwardPass(
      jaxpr,
      args.map((a) => (isUndef(a) ? a : values[at++])),
      cotangents,
    );
  },
  batch: (axis, args, dims, p) => {
    const [batched, outDims] = batchJaxpr(p.jaxpr, axis, dims);
    const [jaxpr, consts] = constsToInputs(batched);
    return [bind(checkpointP, [...consts, ...args], { ...p, jaxpr }), outDims];
  },
  print: ({ jaxpr, policy, preventCse }) =>
    `[jaxpr=${String(jaxpr).replaceAll("\n", "\n    ")} policy=${policy === null ? "None" : policy.name} prevent_cse=${preventCse ? "True" : "False"}]`,
});
