/**
 * @file `cond` and `switch`: one of several branches, chosen by an index that is known when the program runs.
 *
 * Only the branch taken is computed, also for each lane of a batched index: lanes then take their branches one after
 * another, so that a branch not taken cannot spoil values or derivatives.
 */
import type { NDArray } from "../../core/array.ts";
import { isConcrete } from "../../core/eval.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import {
  type BatchAxis,
  type BatchDim,
  type Primitive,
  UndefPrimal,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { type Tangent, Zero } from "../../core/zero.ts";
import { materialise } from "../../interpreters/batching.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { instantiate, arraysOf, spread } from "../../interpreters/tangents.ts";
import { backwardPass } from "../../interpreters/transpose.ts";
import { type Block, apply } from "../../loops/ir/build.ts";
import { intConst } from "../../loops/ir/affine.ts";
import type { Buffer } from "../../loops/ir/ir.ts";
import type { LowerContext } from "../../core/lowering.ts";
import { type Pull, copyInto } from "../../loops/pull.ts";
import { flags, once } from "../../core/jaxpr/derived.ts";
import { batchBody, batchFlow, jvpBody, linearBody, noConsts, nonzeroOf, tangentFlow } from "../common.ts";
import { mapLanes } from "../loops/lanes.ts";
import { complexCond } from "../loops/complex.ts";
import { condJet } from "../loops/taylor.ts";
import { condDependence } from "../loops/dependence.ts";
import { pruneCond } from "../loops/prune.ts";

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

/** Flags that are set in any of the lists. */
const union = (lists: readonly (readonly boolean[])[]): boolean[] =>
  lists[0].map((_, i) => lists.some((l) => l[i]));

const outTangents = (p: CondParams, nonzero: readonly boolean[]): boolean[] =>
  union(p.branches.map((b) => tangentFlow(b, nonzero)));

/** Branches whose residuals all stand in one list, zeros where another branch was taken. */
function joinedBranches(
  p: CondParams,
  nonzero: readonly boolean[],
  outs: readonly boolean[],
): { primal: ClosedJaxpr[]; tangent: ClosedJaxpr[]; numResiduals: number } {
  const parts = p.branches.map((b) => linearBody(b, nonzero, outs));
  const numOuts = p.branches[0].outAvals.length;
  const residualAvals = parts.map((q) => q.primal.outAvals.slice(numOuts).map((a) => a.strong));
  const all = residualAvals.flat();
  const start = (k: number): number => residualAvals.slice(0, k).reduce((n, l) => n + l.length, 0);
  const primal = parts.map((q, k) =>
    noConsts(
      traceToJaxpr(
        (xs) => {
          const found = jaxprAsFun(q.primal)(xs);
          const residuals = all.map((a, i) => {
            const own = i - start(k);
            return own >= 0 && own < residualAvals[k].length
              ? found[numOuts + own]
              : instantiate(new Zero(a));
          });
          return [...found.slice(0, numOuts), ...residuals];
        },
        q.primal.inAvals,
        "cond",
      ),
    ),
  );
  const tangent = parts.map((q, k) =>
    noConsts(
      traceToJaxpr(
        (xs) =>
          jaxprAsFun(q.tangent)([
            ...xs.slice(start(k), start(k) + residualAvals[k].length),
            ...xs.slice(all.length),
          ]),
        [...all, ...q.tangent.inAvals.slice(residualAvals[k].length)],
        "cond",
      ),
    ),
  );
  return { primal, tangent, numResiduals: all.length };
}

function linearize(
  [index, ...args]: readonly NDArray[],
  [, ...nonzero]: readonly boolean[],
  p: CondParams,
): [NDArray[], (tangents: readonly Tangent[]) => Tangent[]] {
  const outs = outTangents(p, nonzero);
  const { primal, tangent } = once(
    p.branches[0],
    `cond ${flags(nonzero)} ${flags(outs)} ${branchKey(p)}`,
    () => joinedBranches(p, nonzero, outs),
  );
  const numOuts = p.branches[0].outAvals.length;
  const all = bind(condP, [index, ...args], { branches: primal });
  const values = all.slice(0, numOuts);
  return [
    values,
    ([, ...tangents]) => {
      const found = bind(condP, [index, ...all.slice(numOuts), ...arraysOf(tangents)], { branches: tangent });
      return spread(
        values.map((v) => v.aval),
        outs,
        found,
      );
    },
  ];
}

const ids = new WeakMap<ClosedJaxpr, number>();
let nextId = 0;

/** Branch lists are told apart by their members. */
function branchKey(p: CondParams): string {
  return p.branches
    .map((b) => {
      let id = ids.get(b);
      if (id === undefined) ids.set(b, (id = nextId++));
      return id;
    })
    .join();
}

function transpose(
  cotangents: readonly Tangent[],
  [index, ...args]: readonly (NDArray | UndefPrimal)[],
  p: CondParams,
): (NDArray | Zero | null)[] {
  const linear = args.map((a) => isUndef(a));
  const { inAvals, outAvals } = p.branches[0];
  const branches = p.branches.map((branch) =>
    once(branch, `cond transpose ${flags(linear)}`, () =>
      noConsts(
        traceToJaxpr(
          (xs) => {
            let at = 0;
            const values = inAvals.map((a, i) => (linear[i] ? new UndefPrimal(a) : xs[at++]));
            return backwardPass(branch, values, xs.slice(at))
              .filter((ct): ct is Tangent => ct !== null)
              .map((ct) => instantiate(ct));
          },
          [...inAvals.filter((_, i) => !linear[i]), ...outAvals.map((a) => a.strong)],
          "cond",
        ),
      ),
    ),
  );
  const known = args.filter((a): a is NDArray => !isUndef(a));
  const found = bind(condP, [index as NDArray, ...known, ...cotangents.map((ct) => instantiate(ct))], {
    branches,
  });
  let at = 0;
  return [null, ...args.map((a) => (isUndef(a) ? found[at++] : null))];
}

function batch(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  p: CondParams,
): [NDArray[], BatchDim[]] {
  if (dims[0] !== null) return mapLanes(condP, axis, args, dims, p);
  const batched = dims.slice(1).map((d) => d !== null);
  const outs = union(p.branches.map((b) => batchFlow(b, axis, batched)));
  const inDims = batched.map((b): BatchDim => (b ? 0 : null));
  const operands = args.map((a, i) => (dims[i] === null ? a : materialise(axis, a, dims[i])));
  const found = bind(condP, operands, { branches: p.branches.map((b) => batchBody(b, axis, inDims, outs)) });
  return [found, outs.map((b) => (b ? 0 : null))];
}

export const condP: Primitive<CondParams> = definePrimitive<CondParams>({
  name: "cond",
  kind: "opaque",
  abstractEval: (_, { branches }) => branches[0].outAvals.map((a) => a.strong),
  lower: (context, _args, p) => ({
    kind: "routine",
    emit: (b, args, outs) => emitCond(context, b, args, outs, p),
  }),
  evaluate: (args, p) => {
    const k = Math.min(Math.max(Number(args[0].item()), 0), p.branches.length - 1);
    return jaxprAsFun(p.branches[k])(args.slice(1));
  },
  jvp: (primals, tangents, p) => {
    if (![...primals, ...arraysOf(tangents)].every(isConcrete)) {
      const [values, stage] = linearize(primals, nonzeroOf(tangents), p);
      return [values, stage(tangents)];
    }
    const nonzero = nonzeroOf(tangents).slice(1);
    const outs = outTangents(p, nonzero);
    const found = bind(condP, [...primals, ...arraysOf(tangents.slice(1))], {
      branches: p.branches.map((b) => jvpBody(b, nonzero, outs)),
    });
    const n = outs.length;
    const values = found.slice(0, n);
    return [
      values,
      spread(
        values.map((v) => v.aval),
        outs,
        found.slice(n),
      ),
    ];
  },
  linearize,
  transpose,
  batch,
  jet: condJet(() => condP),
  dependence: condDependence,
  prune: pruneCond,
  complex: complexCond(() => condP),
});
