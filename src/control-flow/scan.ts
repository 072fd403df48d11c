/**
 * @file `scan`: a loop with a carry, over the leading axis of its inputs, stacking its outputs. The loop all others with a
 * known number of steps are made of.
 *
 * Operands: constants, carry, xs (stacked). Outputs: carry, ys (stacked). The body maps constants, carry, one x to carry,
 * one y. Its derivative is a scan of the body's linear part over stacked residuals; transposed, it runs backwards.
 */
import type { NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isInexact } from "../core/dtype.ts";
import { isConcrete } from "../core/eval.ts";
import { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import {
  type BatchAxis,
  type BatchDim,
  type Primitive,
  type TaylorSeries,
  UndefPrimal,
  definePrimitive,
  isUndef,
} from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { type Tangent, Zero } from "../core/zero.ts";
import { materialise } from "../interpreters/batching.ts";
import {
  type Moving,
  jetJaxpr,
  joinMoving,
  movingKey,
  packSeries,
  packedCount,
  unpackSeries,
  wholeJet,
} from "../interpreters/jet.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { addTangents, instantiate, arraysOf, spread } from "../interpreters/tangents.ts";
import { backwardPass } from "../interpreters/transpose.ts";
import type { Block } from "../jit/loop/build.ts";
import { flatten, intConst, isub } from "../jit/loop/affine.ts";
import type { Buffer, Expr, Local } from "../jit/loop/ir.ts";
import { type LowerContext, type Pull, bufferPull, copyInto, pull, scalarPull } from "../jit/lowering.ts";
import { moveAxis } from "../lax/movement.ts";
import { invariant, splitList } from "../util.ts";
import { flags, once } from "../core/jaxpr/derived.ts";
import {
  batchBody,
  batchFlow,
  evaluateCompiled,
  jvpBody,
  linearBody,
  noConsts,
  nonzeroOf,
  stacked,
  tangentFlow,
  unstacked,
} from "./common.ts";

export type ScanParams = {
  jaxpr: ClosedJaxpr;
  numConsts: number;
  numCarry: number;
  length: number;
  reverse: boolean;
};

/** The lists of operands. */
const split = <T>(items: readonly T[], p: ScanParams): [T[], T[], T[]] =>
  splitList(items, [p.numConsts, p.numCarry, items.length - p.numConsts - p.numCarry]) as [T[], T[], T[]];

/** One element of the carry: a mutable local, or a buffer. */
export type Cell = { readonly local: Local } | { readonly buffer: Buffer };

/** Cells holding the initial values. */
export function makeCells(b: Block, init: readonly Pull[], buffers: readonly Buffer[]): Cell[] {
  return init.map((x, i): Cell => {
    if (x.aval.ndim === 0) return { local: b.variable(x.at([]), "carry") };
    copyInto(b, x, buffers[i]);
    return { buffer: buffers[i] };
  });
}

/** The present values of cells. Scalars are kept, since the cells change at the end of the step. */
export function readCells(b: Block, cells: readonly Cell[], avals: readonly ShapedArray[]): Pull[] {
  return cells.map((c, i) =>
    "local" in c ? scalarPull(avals[i], b.snapshot(c.local)) : bufferPull(avals[i], c.buffer),
  );
}

/** Gives cells their next values: all are computed before any changes. */
export function writeCells(b: Block, cells: readonly Cell[], next: readonly Pull[]): void {
  const held = next.map((x, i) => {
    const cell = cells[i];
    if ("local" in cell) return x.at([]);
    if (x.buffer === cell.buffer) return null;
    const temporary = b.alloc(x.aval.dtype, x.aval.size, "next");
    copyInto(b, x, temporary);
    return temporary;
  });
  cells.forEach((cell, i) => {
    const value = held[i];
    if (value === null) return;
    if ("local" in cell) b.set(cell.local, value as Expr);
    else copyInto(b, bufferPull(next[i].aval, value as Buffer), cell.buffer);
  });
}

/** Stores the final values of scalar cells into the outputs (array cells are the outputs). */
export function finishCells(b: Block, cells: readonly Cell[], outs: readonly Buffer[]): void {
  cells.forEach((cell, i) => {
    if ("local" in cell) b.store(outs[i], intConst(0), cell.local);
  });
}

function emitScan(
  context: LowerContext,
  b: Block,
  args: readonly Pull[],
  outs: readonly Buffer[],
  p: ScanParams,
): void {
  const [consts, init, xs] = split(args, p);
  const avals = p.jaxpr.inAvals;
  const yAvals = p.jaxpr.outAvals.slice(p.numCarry);
  const cells = makeCells(b, init, outs);
  if (p.length > 0) {
    b.for(
      0,
      p.length,
      (body, i) => {
        const at = p.reverse ? isub(intConst(p.length - 1), i) : i;
        const carry = readCells(body, cells, avals.slice(p.numConsts, p.numConsts + p.numCarry));
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
        writeCells(body, cells, results.slice(0, p.numCarry));
      },
      "step",
    );
  }
  finishCells(b, cells, outs);
}

/** Which carries have tangents in the end, given those of the operands. */
function carryTangents(p: ScanParams, nonzero: readonly boolean[]): { ins: boolean[]; outs: boolean[] } {
  const [consts, init, xs] = split(nonzero, p);
  const inexact = p.jaxpr.inAvals.slice(p.numConsts, p.numConsts + p.numCarry).map((a) => isInexact(a.dtype));
  let carry = init;
  for (;;) {
    const found = tangentFlow(p.jaxpr, [...consts, ...carry, ...xs]);
    const next = carry.map((c, i) => (c || found[i]) && inexact[i]);
    if (flags(next) === flags(carry))
      return { ins: [...consts, ...carry, ...xs], outs: [...carry, ...found.slice(p.numCarry)] };
    carry = next;
  }
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
  const { ins, outs } = carryTangents(p, nonzeroOf(tangents));
  const [cIn, kIn, xIn] = split(ins, p);
  const n = p.jaxpr.inAvals.length;
  const body = once(p.jaxpr, `scan jvp ${flags(ins)} ${flags(outs)}`, () => {
    const jvped = jvpBody(p.jaxpr, ins, outs);
    // From [inputs, tangents] to [consts, their tangents, carry, its tangents, x, its tangents], and the outputs likewise.
    const tangentVars = jvped.jaxpr.invars.slice(n);
    const [c, k, x] = split(jvped.jaxpr.invars.slice(0, n), p);
    const counts = [cIn, kIn, xIn].map((l) => l.filter(Boolean).length);
    const [tc, tk, tx] = splitList(tangentVars, counts);
    const m = p.jaxpr.outAvals.length;
    const primalOuts = jvped.jaxpr.outs.slice(0, m);
    const tangentOuts = jvped.jaxpr.outs.slice(m);
    const nk = counts[1];
    const outAtoms = [
      ...primalOuts.slice(0, p.numCarry),
      ...tangentOuts.slice(0, nk),
      ...primalOuts.slice(p.numCarry),
      ...tangentOuts.slice(nk),
    ];
    return { counts, jaxpr: reordered(jvped, [...c, ...tc, ...k, ...tk, ...x, ...tx], outAtoms) };
  });
  const [c, k, x] = split(primals, p);
  const [tc, tk, tx] = splitList(fill(tangents, ins), body.counts);
  const results = bind(scanP, [...c, ...tc, ...k, ...tk, ...x, ...tx], {
    ...p,
    jaxpr: body.jaxpr,
    numConsts: p.numConsts + tc.length,
    numCarry: p.numCarry + tk.length,
  });
  const numYs = p.jaxpr.outAvals.length - p.numCarry;
  const [carry, tCarry, ys, tYs] = splitList(results, [
    p.numCarry,
    tk.length,
    numYs,
    results.length - p.numCarry - tk.length - numYs,
  ]);
  const values = [...carry, ...ys];
  return [
    values,
    spread(
      values.map((v) => v.aval),
      outs,
      [...tCarry, ...tYs],
    ),
  ];
}

function reordered(
  closed: ClosedJaxpr,
  invars: ClosedJaxpr["jaxpr"]["invars"],
  outs: ClosedJaxpr["jaxpr"]["outs"],
): ClosedJaxpr {
  return new ClosedJaxpr({ ...closed.jaxpr, invars, outs }, closed.consts);
}

/** Values with stacked residuals, and the scan of tangents over them. */
function linearize(
  primals: readonly NDArray[],
  nonzero: readonly boolean[],
  p: ScanParams,
): [NDArray[], (tangents: readonly Tangent[]) => Tangent[]] {
  const { ins, outs } = carryTangents(p, nonzero);
  const { primal, tangent, numResiduals } = linearBody(p.jaxpr, ins, outs);
  const all = bind(scanP, primals, { ...p, jaxpr: primal });
  const numOuts = p.jaxpr.outAvals.length;
  const values = all.slice(0, numOuts);
  const residuals = all.slice(numOuts);
  invariant(residuals.length === numResiduals, "one stack for each residual");
  const [cIn, kIn, xIn] = split(ins, p);
  const [nc, nk, nx] = [cIn, kIn, xIn].map((l) => l.filter(Boolean).length) as [number, number, number];
  // The tangent body takes residuals first; as a scan they come behind the carry, among the xs.
  const body = once(tangent, "residuals among xs", () => {
    const { invars } = tangent.jaxpr;
    const r = invars.slice(0, numResiduals);
    const t = invars.slice(numResiduals);
    return reordered(
      tangent,
      [...t.slice(0, nc), ...t.slice(nc, nc + nk), ...r, ...t.slice(nc + nk)],
      tangent.jaxpr.outs,
    );
  });
  return [
    values,
    (tangents) => {
      const [tc, tk, tx] = splitList(fill(tangents, ins), [nc, nk, nx]);
      const found = bind(scanP, [...tc, ...tk, ...residuals, ...tx], {
        ...p,
        jaxpr: body,
        numConsts: nc,
        numCarry: nk,
      });
      return spread(
        values.map((v) => v.aval),
        outs,
        found,
      );
    },
  ];
}

/** A linear scan backwards: cotangents of the carry are carried, those of constants accumulated, those of xs stacked. */
function transpose(
  cotangents: readonly Tangent[],
  args: readonly (NDArray | UndefPrimal)[],
  p: ScanParams,
): (NDArray | Zero | null)[] {
  // A carry that begins with a known value begins with zero (a tangent that becomes nonzero later): it is linear too.
  const isCarry = (i: number): boolean => i >= p.numConsts && i < p.numConsts + p.numCarry;
  const linear = args.map((a, i) => isCarry(i) || isUndef(a));
  const [cLin, , xLin] = split(linear, p);
  const { inAvals, outAvals } = p.jaxpr;
  const [cAvals, kAvals, xAvals] = split(inAvals, p);
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
          const found = backwardPass(p.jaxpr, bodyArgs, [...cts, ...ys]);
          const [fc, fk, fx] = split(found, p);
          const newSums = fc.filter((_, i) => cLin[i]).map((ct, i) => instantiate(addTangents(sums[i], ct!)));
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
  const [cArgs, , xArgs] = split(args, p);
  const known = (list: readonly (NDArray | UndefPrimal)[]): NDArray[] =>
    list.filter((a): a is NDArray => !isUndef(a));
  const cts = cotangents.map((ct) => instantiate(ct));
  const sums = ctC.map((a) => instantiate(new Zero(a)));
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
      return isUndef(a) ? ct : null;
    }
    if (!isUndef(a)) return null;
    return i < p.numConsts ? fc[ci++] : fx[xi++];
  });
}

function batch(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  p: ScanParams,
): [NDArray[], BatchDim[]] {
  const [c, k, x] = split(
    dims.map((d) => d !== null),
    p,
  );
  let carry = k;
  let found = batchFlow(p.jaxpr, axis, [...c, ...carry, ...x]);
  for (;;) {
    const next = carry.map((b, i) => b || found[i]);
    if (flags(next) === flags(carry)) break;
    carry = next;
    found = batchFlow(p.jaxpr, axis, [...c, ...carry, ...x]);
  }
  const outBatched = [...carry, ...found.slice(p.numCarry)];
  const inDims = [...c, ...carry, ...x].map((b): BatchDim => (b ? 0 : null));
  const body = batchBody(p.jaxpr, axis, inDims, outBatched);
  const operands = args.map((a, i) => {
    if (inDims[i] === null) return a;
    // Lanes of stacked operands stand behind the axis of the steps.
    const isX = i >= p.numConsts + p.numCarry;
    const front = materialise(axis, a, dims[i]);
    return isX ? moveAxis(front, 0, 1) : front;
  });
  const outs = bind(scanP, operands, { ...p, jaxpr: body });
  return [outs, outs.map((_, i) => (outBatched[i] ? (i < p.numCarry ? 0 : 1) : null))];
}

/** Which coefficients of the operands move in the end, and which of the outputs. */
function movingCoefficients(p: ScanParams, order: number, moving: Moving): { ins: Moving; outs: Moving } {
  const [consts, init, xs] = split(moving, p);
  let carry = init;
  for (;;) {
    const found = jetJaxpr(p.jaxpr, order, [...consts, ...carry, ...xs])[1];
    const next = joinMoving(carry, found.slice(0, p.numCarry));
    if (movingKey(next) === movingKey(carry))
      return { ins: [...consts, ...carry, ...xs], outs: [...carry, ...found.slice(p.numCarry)] };
    carry = next;
  }
}

/** One scan, of values and coefficients side by side. */
function jet(args: readonly TaylorSeries[], _outs: unknown, p: ScanParams): (k: number) => Tangent[] {
  return wholeJet(args, (_packed, moving, order) => {
    const { ins, outs } = movingCoefficients(p, order, moving);
    const body = noConsts(jetJaxpr(p.jaxpr, order, ins, outs)[0]);
    const [c, k] = split(ins, p);
    const found = bind(scanP, packSeries(args, ins), {
      ...p,
      jaxpr: body,
      numConsts: packedCount(c),
      numCarry: packedCount(k),
    });
    return unpackSeries(found, outs, order);
  });
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
    if ([...primals, ...arraysOf(tangents)].every(isConcrete)) return fusedJvp(primals, tangents, p);
    const [values, stage] = linearize(primals, nonzeroOf(tangents), p);
    return [values, stage(tangents)];
  },
  linearize,
  transpose,
  batch,
  jet,
  print: (p) =>
    `[length=${p.length} reverse=${p.reverse ? "True" : "False"} num_consts=${p.numConsts} num_carry=${p.numCarry} jaxpr=${String(p.jaxpr).replaceAll("\n", "\n    ")}]`,
});
