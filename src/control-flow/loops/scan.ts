/**
 * @file `scan`: a loop with a carry, over the leading axis of its inputs, stacking its outputs. The loop all others with a
 * known number of steps are made of.
 *
 * Operands: constants, carry, xs (stacked). Outputs: carry, ys (stacked). The body maps constants, carry, one x to carry,
 * one y. Its derivative is a scan of the body's linear part over stacked residuals; transposed, it runs backwards. With a bound on
 * the states kept (`slots`), it runs the loop anew instead: loop-derivatives.ts.
 */
import type { NDArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import { Literal } from "../../core/jaxpr/ir.ts";
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
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { addTangents, instantiate, mayFuse, spread } from "../../interpreters/tangents.ts";
import { backwardPass } from "../../interpreters/transpose.ts";
import type { Block } from "../../loops/ir/build.ts";
import { flatten, iadd, intConst, iscale, isub } from "../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { LowerContext } from "../../core/lowering.ts";
import { type Pull, pull, scalarPull } from "../../loops/pull.ts";
import { addP } from "../../lax/elementwise/arithmetic.ts";
import { invariant, range, splitList } from "../../base/util.ts";
import { flags, once } from "../../core/jaxpr/derived.ts";
import { complexScan } from "./complex.ts";
import { finishCells, makeCells, readCells, writeCells } from "./cells.ts";
import { evaluateCompiled, noConsts, nonzeroOf, stacked, unstacked } from "../common.ts";
import {
  type Active,
  type Loop,
  type LoopKind,
  activity,
  batchLoop,
  chosen,
  inputsOf,
  unweave,
  weave,
  withTangents,
} from "./loop.ts";
import { tangentLoop } from "./derivatives.ts";
import { residualPlaces } from "./residuals.ts";
import { scanJet } from "./taylor.ts";
import { scanDependence } from "./dependence.ts";
import { pruneScan } from "./prune.ts";

export type ScanParams = {
  jaxpr: ClosedJaxpr;
  numConsts: number;
  numCarry: number;
  length: number;
  reverse: boolean;
  /** How many states the backward pass may keep; without it, it keeps what it needs of every step. */
  slots?: number | undefined;
};

/** How a scan runs, for its derivatives. */
const scanKind: LoopKind = {
  run: ({ body, numConsts, numCarry, length, reverse, slots }, _trips, operands) =>
    bind(scanP, operands, { jaxpr: body, numConsts, numCarry, length: length!, reverse, slots }),
  lanes: (): never => {
    invariant(false, "the length of a scan is the same in all lanes");
  },
};

const loopOf = ({ jaxpr, numConsts, numCarry, length, reverse, slots }: ScanParams): Loop => ({
  kind: scanKind,
  body: jaxpr,
  numConsts,
  numCarry,
  length,
  reverse,
  slots: slots ?? length,
});

function emitScan(
  context: LowerContext,
  b: Block,
  args: readonly Pull[],
  outs: readonly Buffer[],
  p: ScanParams,
): void {
  const [consts, init, xs] = inputsOf(args, p);
  const avals = inputsOf(p.jaxpr.inAvals, p)[1];
  const yAvals = p.jaxpr.outAvals.slice(p.numCarry);
  const counters = init.map((x, k) => counterOf(p, k, x));
  const isCell = counters.map((c) => c === null);
  const cells = makeCells(b, chosen(init, isCell), chosen(outs.slice(0, p.numCarry), isCell));
  if (p.length > 0) {
    b.for(
      0,
      p.length,
      (body, i) => {
        const at = p.reverse ? isub(intConst(p.length - 1), i) : i;
        const held = readCells(body, cells, chosen(avals, isCell));
        let k = 0;
        const carry = counters.map((c, j) => (c === null ? held[k++] : scalarPull(avals[j], countAt(c, i))));
        const elements = xs.map((x) => {
          const aval = unstacked(x.aval);
          return aval.ndim === 0
            ? scalarPull(aval, body.let(x.at([at]), "x"))
            : pull(aval, (index) => x.at([at, ...index]));
        });
        const results = context.emit(body, p.jaxpr, [...consts, ...carry, ...elements]);
        yAvals.forEach((aval, k) => {
          const y = results[p.numCarry + k];
          const out = outs[p.numCarry + k];
          body.nest(aval.shape, (inner, index) =>
            inner.store(out, flatten([at, ...index], [p.length, ...aval.shape]), y.at(index)),
          );
        });
        writeCells(body, cells, chosen(results.slice(0, p.numCarry), isCell));
      },
      "step",
    );
  }
  finishCells(b, cells, chosen(outs.slice(0, p.numCarry), isCell));
  counters.forEach((c, k) => {
    if (c !== null) b.store(outs[k], intConst(0), countAt(c, intConst(p.length)));
  });
}

/** A carry that counts: `start + step·i` at step i. */
interface Counter {
  readonly start: number;
  readonly step: number;
}

const countAt = ({ start, step }: Counter, i: Expr): Expr => iadd(iscale(i, step), start);

/** The counter that carry number k is: int32, begun at a known number, to which each step adds a constant. */
function counterOf(
  { jaxpr: { jaxpr }, numConsts, length }: ScanParams,
  k: number,
  init: Pull,
): Counter | null {
  const out = jaxpr.outs[k];
  if (out.aval.dtype !== "int32" || out.aval.ndim > 0) return null;
  const start = init.at([]);
  const eqn = jaxpr.eqns.find((e) => e.primitive === addP && e.outputs[0] === out);
  if (start.kind !== "const" || eqn === undefined) return null;
  const own = jaxpr.invars[numConsts + k];
  const by = eqn.inputs.find((a) => a instanceof Literal);
  if (!(by instanceof Literal) || !eqn.inputs.includes(own)) return null;
  const step = Number(by.value.raw);
  return Math.abs(start.value + step * length) < 2 ** 31 ? { start: start.value, step } : null;
}

/** Tangents of the operands, zeros of carries that become nonzero made into arrays. */
const fill = (tangents: readonly Tangent[], ins: readonly boolean[]): NDArray[] =>
  tangents.filter((_, i) => ins[i]).map((t) => instantiate(t));

/** The jvp as one scan: values and tangents side by side. */
function fusedJvp(
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  p: ScanParams,
): [NDArray[], Tangent[]] {
  const loop = loopOf(p);
  const active = activity(loop, nonzeroOf(tangents));
  const both = withTangents(loop, active);
  const operands = weave(loop, primals, fill(tangents, active.ins), active.ins);
  const [values, found] = unweave(p.numCarry, scanKind.run(both, null, operands), active.outs);
  return [
    values,
    spread(
      values.map((v) => v.aval),
      active.outs,
      found,
    ),
  ];
}

/** Values with stacked residuals, and the scan of tangents over them. */
function linearize(
  primals: readonly NDArray[],
  nonzero: readonly boolean[],
  p: ScanParams,
): [NDArray[], (tangents: readonly Tangent[]) => Tangent[]] {
  const { ins, outs } = activity(loopOf(p), nonzero);
  if (p.slots !== undefined && p.slots < p.length) return linearizeKeepingNothing(primals, { ins, outs }, p);
  const parts = residualPlaces(loopOf(p), { ins, outs });
  const all = bind(scanP, primals, { ...p, jaxpr: parts.primal });
  const common = jaxprAsFun(parts.common)(primals.slice(0, p.numConsts));
  const numOuts = p.jaxpr.outAvals.length;
  const values = all.slice(0, numOuts);
  const [cIn, kIn, xIn] = inputsOf(ins, p);
  const [nc, nk, nx] = [cIn, kIn, xIn].map((l) => l.filter(Boolean).length) as [number, number, number];
  return [
    values,
    (tangents) => {
      const [tc, tk, tx] = splitList(fill(tangents, ins), [nc, nk, nx]);
      const consts = [...common, ...parts.consts.map((i) => primals[i]), ...tc];
      const xs = [...all.slice(numOuts), ...parts.xs.map((i) => primals[i]), ...tx];
      const found = bind(scanP, [...consts, ...tk, ...xs], {
        jaxpr: parts.tangent,
        numConsts: consts.length,
        numCarry: nk,
        length: p.length,
        reverse: p.reverse,
      });
      return spread(
        values.map((v) => v.aval),
        outs,
        found,
      );
    },
  ];
}

/** Values, and derivatives that run the loop anew in bounded memory. */
function linearizeKeepingNothing(
  primals: readonly NDArray[],
  active: Active,
  p: ScanParams,
): [NDArray[], (tangents: readonly Tangent[]) => Tangent[]] {
  const values = bind(scanP, primals, p);
  return [
    values,
    (tangents) =>
      spread(
        values.map((v) => v.aval),
        active.outs,
        tangentLoop(loopOf(p), active, [], primals, fill(tangents, active.ins)),
      ),
  ];
}

/**
 * A linear scan backwards: cotangents of the carry are carried, those of constants added to sums (or to zeros), those of
 * xs stacked.
 */
function accumulate(
  before: readonly (NDArray | undefined)[],
  cotangents: readonly Tangent[],
  args: readonly (NDArray | UndefPrimal)[],
  p: ScanParams,
): (NDArray | Zero | null)[] {
  // A carry that begins with a known value begins with zero (a tangent that becomes nonzero later): it is linear too.
  const isCarry = (i: number): boolean => i >= p.numConsts && i < p.numConsts + p.numCarry;
  const linear = args.map((a, i) => isCarry(i) || isUndef(a));
  const [cLin, , xLin] = inputsOf(linear, p);
  const { inAvals, outAvals } = p.jaxpr;
  const [cAvals, kAvals, xAvals] = inputsOf(inAvals, p);
  const yAvals = outAvals.slice(p.numCarry);
  const ctC = cAvals.filter((_, i) => cLin[i]).map((a) => a.strong);
  const back = once(p.jaxpr, `scan transpose ${flags(linear)}`, () =>
    noConsts(
      traceToJaxpr(
        (values) => {
          const knownC = cAvals.filter((_, i) => !cLin[i]).length;
          const knownX = xAvals.filter((_, i) => !xLin[i]).length;
          const [cs, cts, sums, xs, ys] = splitList(values, [
            knownC,
            p.numCarry,
            ctC.length,
            knownX,
            yAvals.length,
          ]);
          let [ci, xi] = [0, 0];
          const bodyArgs = [
            ...cAvals.map((a, i) => (cLin[i] ? new UndefPrimal(a) : cs[ci++])),
            ...kAvals.map((a) => new UndefPrimal(a)),
            ...xAvals.map((a, i) => (xLin[i] ? new UndefPrimal(a) : xs[xi++])),
          ];
          let si = 0;
          const into = cAvals.map((_, i) => (cLin[i] ? sums[si++] : undefined));
          const found = backwardPass(p.jaxpr, bodyArgs, [...cts, ...ys], into);
          const [fc, fk, fx] = inputsOf(found, p);
          const newSums = fc.filter((_, i) => cLin[i]).map((ct) => instantiate(ct!));
          return [
            ...fk.map((ct) => instantiate(ct!)),
            ...newSums,
            ...fx.filter((_, i) => xLin[i]).map((ct) => instantiate(ct!)),
          ];
        },
        [
          ...cAvals.filter((_, i) => !cLin[i]),
          ...kAvals.map((a) => a.strong),
          ...ctC,
          ...xAvals.filter((_, i) => !xLin[i]),
          ...yAvals.map((a) => a.strong),
        ],
        "scan",
      ),
    ),
  );
  const [cArgs, , xArgs] = inputsOf(args, p);
  const known = (list: readonly (NDArray | UndefPrimal)[]): NDArray[] =>
    list.filter((a): a is NDArray => !isUndef(a));
  const cts = cotangents.map((ct) => instantiate(ct));
  const sums = chosen(range(p.numConsts), cLin).map((i, k) => before[i] ?? instantiate(new Zero(ctC[k])));
  const results = bind(
    scanP,
    [...known(cArgs), ...cts.slice(0, p.numCarry), ...sums, ...known(xArgs), ...cts.slice(p.numCarry)],
    {
      jaxpr: back,
      numConsts: known(cArgs).length,
      numCarry: p.numCarry + ctC.length,
      length: p.length,
      reverse: !p.reverse,
    },
  );
  const [fk, fc, fx] = splitList(results, [p.numCarry, ctC.length, results.length - p.numCarry - ctC.length]);
  let [ci, ki, xi] = [0, 0, 0];
  return args.map((a, i) => {
    if (isCarry(i)) {
      const ct = fk[ki++];
      return isUndef(a) ? addTangents(before[i] ?? new Zero(ct.aval), ct) : null;
    }
    if (!isUndef(a)) return null;
    const ct = i < p.numConsts ? fc[ci++] : fx[xi++];
    return i < p.numConsts ? ct : addTangents(before[i] ?? new Zero(ct.aval), ct);
  });
}

function batch(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  p: ScanParams,
): [NDArray[], BatchDim[]] {
  const { loop, operands, outBatched } = batchLoop(loopOf(p), axis, args, dims, null);
  const outs = bind(scanP, operands, { ...p, jaxpr: loop.body });
  return [outs, outs.map((_, i) => (outBatched[i] ? (i < p.numCarry ? 0 : 1) : null))];
}

export const scanP: Primitive<ScanParams> = definePrimitive<ScanParams>({
  name: "scan",
  kind: "opaque",
  abstractEval: (_, p) => p.jaxpr.outAvals.map((a, i) => (i < p.numCarry ? a.strong : stacked(a, p.length))),
  lower: (context, _args, p) => ({
    kind: "routine",
    emit: (b, args, outs) => emitScan(context, b, args, outs, p),
  }),
  evaluate: (args, p) =>
    evaluateCompiled(scanP, p.jaxpr, args, p, `${p.numConsts} ${p.numCarry} ${p.length} ${p.reverse}`),
  jvp: (primals, tangents, p) => {
    if (mayFuse(primals, tangents)) return fusedJvp(primals, tangents, p);
    const [values, stage] = linearize(primals, nonzeroOf(tangents), p);
    return [values, stage(tangents)];
  },
  linearize,
  transpose: (cotangents, args, p) => accumulate([], cotangents, args, p),
  accumulate,
  batch,
  jet: scanJet(() => scanP),
  dependence: scanDependence,
  prune: pruneScan,
  complex: complexScan(() => scanP),
  print: (p) =>
    `[length=${p.length} reverse=${p.reverse ? "True" : "False"}${p.slots === undefined ? "" : ` slots=${p.slots}`} num_consts=${p.numConsts} num_carry=${p.numCarry} jaxpr=${String(p.jaxpr).replaceAll("\n", "\n    ")}]`,
});
