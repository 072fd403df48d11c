/**
 * @file `cond` and `switch`: one of several branches, chosen by an index that is known when the program runs.
 *
 * Only the branch taken is computed, also for each lane of a batched index: lanes then take their branches one after
 * another, so that a branch not taken cannot spoil values or derivatives.
 */
import type { NDArray } from "../../core/array.ts";
import { allConcrete } from "../../core/eval.ts";
import { type Flags, derived } from "../../core/jaxpr/derived.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import type { LowerContext } from "../../core/lowering.ts";
import {
  type BatchRule,
  type JetRule,
  type JvpRule,
  type LinearizeRule,
  type Primitive,
  type TransposeRule,
  definePrimitive,
  isUndef,
  knownOf,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { moveBatch } from "../../interpreters/batching.ts";
import { fromParts, partsOf, realBody } from "../../interpreters/complex.ts";
import { eitherMoves, jetJaxpr, unpackSeries, wholeJet } from "../../interpreters/jet.ts";
import { arraysOf, fusedOrSplit, instantiate, nonzeroOf, withZeros } from "../../interpreters/tangents.ts";
import { transposeJaxpr } from "../../interpreters/transpose.ts";
import { type Block, apply } from "../../loops/ir/build.ts";
import { intConst } from "../../loops/ir/affine.ts";
import type { Buffer } from "../../loops/ir/ir.ts";
import { type Pull, copyInto } from "../../loops/pull.ts";
import { place } from "../../base/util.ts";
import {
  batchBody,
  batchDims,
  batchFlow,
  bodyOf,
  jvpBody,
  linearBody,
  routineOf,
  tangentFlow,
} from "../bodies.ts";
import { condDependence } from "../loops/dependence.ts";
import { mapLanes } from "../loops/lanes.ts";
import { pruneCond } from "../loops/prune.ts";
import { joinResiduals } from "./residuals.ts";

/** Branches of equal types. The first operand is the index (int32). */
export type CondParams = { branches: readonly ClosedJaxpr[] };

function emitCond(
  context: LowerContext,
  b: Block,
  [index, ...args]: readonly Pull[],
  outs: readonly Buffer[],
  { branches }: CondParams,
): void {
  const write = (body: Block, branch: ClosedJaxpr): void => {
    context.emit(body, branch, args).forEach((x, i) => {
      if (x.aval.ndim === 0) body.store(outs[i], intConst(0), x.at([]));
      else copyInto(body, x, outs[i]);
    });
  };
  const which = b.let(index.at([]), "branch");
  const choose = (body: Block, k: number): void => {
    if (k === branches.length - 1) write(body, branches[k]);
    else
      body.if(
        apply("le", which, k),
        (then) => write(then, branches[k]),
        (otherwise) => choose(otherwise, k + 1),
      );
  };
  choose(b, 0);
}

/** What is true of an output of any branch. */
const inAny = (branches: readonly ClosedJaxpr[], flow: (branch: ClosedJaxpr) => Flags): Flags =>
  branches.map(flow).reduce((a, b) => a.map((flag, i) => flag || b[i]));

/** The jvp as one equation of branches that compute both. */
const fused: JvpRule<CondParams> = (primals, [, ...tangents], { branches }) => {
  const nonzero = nonzeroOf(tangents);
  const outNonzero = inAny(branches, (b) => tangentFlow(b, nonzero));
  const outs = bind(condP, [...primals, ...arraysOf(tangents)], {
    branches: branches.map((b) => jvpBody(b, nonzero, outNonzero)),
  });
  const values = outs.slice(0, outNonzero.length);
  return [values, withZeros(values, outNonzero, outs.slice(outNonzero.length))];
};

/** Branches of values with residuals, and of tangents. */
const linearBranches = derived((_, branches: readonly ClosedJaxpr[], nonzero: Flags, outNonzero: Flags) =>
  joinResiduals(branches.map((b) => linearBody(b, nonzero, outNonzero))),
);

const linearize: LinearizeRule<CondParams> = (primals, [, ...nonzero], { branches }) => {
  const outNonzero = inAny(branches, (b) => tangentFlow(b, nonzero));
  const { primal, tangent } = linearBranches(branches[0], branches, nonzero, outNonzero);
  const all = bind(condP, primals, { branches: primal });
  const values = all.slice(0, outNonzero.length);
  return [
    values,
    ([, ...tangents]) => {
      const operands = [primals[0], ...all.slice(values.length), ...arraysOf(tangents)];
      return withZeros(values, outNonzero, bind(condP, operands, { branches: tangent }));
    },
  ];
};

const transpose: TransposeRule<CondParams> = (cotangents, args, p) => {
  const [, ...linear] = args.map(isUndef);
  const branches = p.branches.map((branch) => {
    const ofOutputs = branch.jaxpr.outs.map(() => true);
    return bodyOf(transposeJaxpr(branch, linear, [], ofOutputs, true, "cond"));
  });
  const operands = [...knownOf(args), ...cotangents.map((ct) => instantiate(ct))];
  return place(args.map(isUndef), bind(condP, operands, { branches }), () => null);
};

const batch: BatchRule<CondParams> = (axis, args, dims, p, vmap) => {
  if (dims[0] !== null) return mapLanes(condP)(axis, args, dims, p, vmap);
  const batched = dims.map((d) => d !== null);
  const ins = batched.slice(1);
  const outs = inAny(p.branches, (b) => batchFlow(b, axis, ins));
  const branches = p.branches.map((b) => batchBody(b, axis, ins, outs));
  return [bind(condP, moveBatch(axis, args, dims, batchDims(batched)), { branches }), batchDims(outs)];
};

const jet: JetRule<CondParams> = ([index, ...args], _outs, { branches }) =>
  wholeJet(args, (packed, moving, order) => {
    const outs = branches
      .map((b) => jetJaxpr(b, order, moving).outMoving)
      .reduce((a, b) => a.map((m, i) => eitherMoves(m, b[i])));
    const results = bind(condP, [index.coefficient(0) as NDArray, ...packed], {
      branches: branches.map((b) => bodyOf(jetJaxpr(b, order, moving, outs))),
    });
    return unpackSeries(results, outs, order);
  });

export const condP: Primitive<CondParams> = definePrimitive<CondParams>({
  name: "cond",
  ...routineOf(
    () => condP,
    (p) => p.branches[0],
    emitCond,
  ),
  abstractEval: (_, { branches }) => branches[0].outAvals.map((a) => a.strong),
  evaluate: (args, { branches }) => {
    const k = Math.min(Math.max(Number(args[0].item()), 0), branches.length - 1);
    return jaxprAsFun(branches[k])(args.slice(1));
  },
  jvp: fusedOrSplit(fused, linearize, (primals, tangents) =>
    allConcrete([...primals, ...arraysOf(tangents)]),
  ),
  linearize,
  transpose,
  batch,
  jet,
  dependence: condDependence,
  prune: pruneCond,
  complex: (args, p, avals) => {
    const branches = p.branches.map((b) => realBody(b));
    return fromParts(avals, bind(condP, partsOf(args), { branches }));
  },
});
