/**
 * @file `whileLoop`: a loop that runs as long as a condition on its carry holds. Forward mode only: the number of steps is
 * not known, so what a backward pass would need cannot be kept.
 */
import type { NDArray } from "../core/array.ts";
import { isInexact } from "../core/dtype.ts";
import { ClosedJaxpr, Var } from "../core/jaxpr/ir.ts";
import { type BatchAxis, type BatchDim, type Primitive, definePrimitive } from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import type { Tangent } from "../core/zero.ts";
import { DifferentiationError } from "../errors.ts";
import { materialise } from "../interpreters/batching.ts";
import { instantiate, spread } from "../interpreters/tangents.ts";
import type { Block } from "../jit/loop/build.ts";
import type { Buffer } from "../jit/loop/ir.ts";
import type { LowerContext, Pull } from "../jit/lowering.ts";
import { splitList } from "../util.ts";
import { flags, once } from "../core/jaxpr/derived.ts";
import { batchBody, batchFlow, evaluateCompiled, jvpBody, nonzeroOf, tangentFlow } from "./common.ts";
import { mapLanes } from "./lanes.ts";
import { finishCells, makeCells, readCells, writeCells } from "./scan.ts";

/** Operands: constants of the condition, constants of the body, carry. */
export type WhileParams = {
  cond: ClosedJaxpr;
  body: ClosedJaxpr;
  numCondConsts: number;
  numBodyConsts: number;
};

const split = <T>(items: readonly T[], p: WhileParams): [T[], T[], T[]] =>
  splitList(items, [p.numCondConsts, p.numBodyConsts, items.length - p.numCondConsts - p.numBodyConsts]) as [
    T[],
    T[],
    T[],
  ];

function emitWhile(
  context: LowerContext,
  b: Block,
  args: readonly Pull[],
  outs: readonly Buffer[],
  p: WhileParams,
): void {
  const [condConsts, bodyConsts, init] = split(args, p);
  const avals = p.body.inAvals.slice(p.numBodyConsts);
  const cells = makeCells(b, init, outs);
  const test = (block: Block) =>
    context.emit(block, p.cond, [...condConsts, ...readCells(block, cells, avals)])[0].at([]);
  const going = b.variable(test(b), "going");
  b.while(going, (body) => {
    const carry = readCells(body, cells, avals);
    writeCells(body, cells, context.emit(body, p.body, [...bodyConsts, ...carry]));
    body.set(going, test(body));
  });
  finishCells(b, cells, outs);
}

/** Which carries have tangents in the end. */
function carryTangents(p: WhileParams, nonzero: readonly boolean[]): { consts: boolean[]; carry: boolean[] } {
  const [, consts, init] = split(nonzero, p);
  const inexact = p.body.inAvals.slice(p.numBodyConsts).map((a) => isInexact(a.dtype));
  let carry = init;
  for (;;) {
    const found = tangentFlow(p.body, [...consts, ...carry]);
    const next = carry.map((c, i) => (c || found[i]) && inexact[i]);
    if (flags(next) === flags(carry)) return { consts, carry };
    carry = next;
  }
}

function jvp(
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  p: WhileParams,
): [NDArray[], Tangent[]] {
  const { consts, carry } = carryTangents(p, nonzeroOf(tangents));
  const [cc, bc, init] = split(primals, p);
  const [, tbc, tInit] = split(tangents, p);
  const numCarry = init.length;
  const parts = once(p.body, `while jvp ${flags(consts)} ${flags(carry)}`, () => {
    const jvped = jvpBody(p.body, [...consts, ...carry], carry);
    const { invars } = jvped.jaxpr;
    const n = p.numBodyConsts + numCarry;
    const tc = consts.filter(Boolean).length;
    const order = [
      ...invars.slice(0, p.numBodyConsts),
      ...invars.slice(n, n + tc),
      ...invars.slice(p.numBodyConsts, n),
      ...invars.slice(n + tc),
    ];
    return new ClosedJaxpr({ ...jvped.jaxpr, invars: order }, []);
  });
  const extra = p.body.outAvals.filter((_, i) => carry[i]).map((a) => a.strong);
  const cond = once(p.cond, `while jvp ${extra.map((a) => a.id).join()}`, () => {
    const { jaxpr } = p.cond;
    return new ClosedJaxpr({ ...jaxpr, invars: [...jaxpr.invars, ...extra.map((a) => new Var(a))] }, []);
  });
  const chosen = (ts: readonly Tangent[], which: readonly boolean[]): NDArray[] =>
    ts.filter((_, i) => which[i]).map((t) => instantiate(t));
  const constTangents = chosen(tbc, consts);
  const outs = bind(whileP, [...cc, ...bc, ...constTangents, ...init, ...chosen(tInit, carry)], {
    cond,
    body: parts,
    numCondConsts: p.numCondConsts,
    numBodyConsts: p.numBodyConsts + constTangents.length,
  });
  const values = outs.slice(0, numCarry);
  return [
    values,
    spread(
      values.map((v) => v.aval),
      carry,
      outs.slice(numCarry),
    ),
  ];
}

/** Which coefficients of the constants and of the carry move in the end. */
function movingCoefficients(
  p: WhileParams,
  order: number,
  consts: Moving,
  init: Moving,
): Moving {
  let carry = init;
  for (;;) {
    const next = joinMoving(carry, jetJaxpr(p.body, order, [...consts, ...carry])[1]);
    if (movingKey(next) === movingKey(carry)) return carry;
    carry = next;
  }
}

/** One loop, of values and coefficients side by side; the condition reads the values. */
function jet(args: readonly TaylorSeries[], _outs: unknown, p: WhileParams): (k: number) => Tangent[] {
  return wholeJet(args, (_packed, moving, order) => {
    const [cc, bc, init] = split(args, p);
    const [, consts, start] = split(moving, p);
    const carry = movingCoefficients(p, order, consts, start);
    const cond = once(p.cond, `while jet ${movingKey(carry)}`, () => {
      const { jaxpr } = p.cond;
      const own = jaxpr.invars.slice(p.numCondConsts);
      const carried = own.flatMap((v, i) => [
        v,
        ...carry[i].flatMap((m) => (m ? [new Var(v.aval.strong)] : [])),
      ]);
      return new ClosedJaxpr({ ...jaxpr, invars: [...jaxpr.invars.slice(0, p.numCondConsts), ...carried] }, []);
    });
    const found = bind(
      whileP,
      [
        ...cc.map((x) => x.coefficient(0) as NDArray),
        ...packSeries(bc, consts),
        ...packSeries(init, carry),
      ],
      {
        cond,
        body: noConsts(jetJaxpr(p.body, order, [...consts, ...carry], carry)[0]),
        numCondConsts: p.numCondConsts,
        numBodyConsts: packedCount(consts),
      },
    );
    return unpackSeries(found, carry, order);
  });
}

function batch(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  p: WhileParams,
): [NDArray[], BatchDim[]] {
  const [cc, bc, init] = split(
    dims.map((d) => d !== null),
    p,
  );
  let carry = init;
  for (;;) {
    const found = batchFlow(p.body, axis, [...bc, ...carry]);
    const next = carry.map((b, i) => b || found[i]);
    if (flags(next) === flags(carry)) break;
    carry = next;
  }
  // Lanes that end at different times run one after another, each to its own end.
  if (batchFlow(p.cond, axis, [...cc, ...carry])[0]) return mapLanes(whileP, axis, args, dims, p);
  const dim = (b: boolean): BatchDim => (b ? 0 : null);
  const inDims = [...cc, ...bc, ...carry].map(dim);
  const operands = args.map((a, i) => (inDims[i] === null ? a : materialise(axis, a, dims[i])));
  const outs = bind(whileP, operands, {
    ...p,
    cond: batchBody(p.cond, axis, [...cc, ...carry].map(dim), [false]),
    body: batchBody(p.body, axis, [...bc, ...carry].map(dim), carry),
  });
  return [outs, carry.map(dim)];
}

export const whileP: Primitive<WhileParams> = definePrimitive<WhileParams>({
  name: "while",
  kind: "opaque",
  abstractEval: (_, { body }) => body.outAvals.map((a) => a.strong),
  lower: (context, _args, p) => ({
    kind: "routine",
    emit: (b, args, outs) => emitWhile(context, b, args, outs, p),
  }),
  evaluate: (args, p) =>
    evaluateCompiled(whileP, p.body, args, p, `${p.numCondConsts} ${p.numBodyConsts} ${condId(p.cond)}`),
  jvp,
  linearize: (primals, _nonzero, p) => {
    const outs = bind(whileP, primals, p);
    // The tangents need the loop's values at every step: the linear program runs the loop again.
    return [outs, (tangents) => jvp(primals, tangents, p)[1]];
  },
  transpose: () => {
    throw new DifferentiationError(
      "reverse-mode differentiation of whileLoop (or foriLoop with bounds that are not static): the number of steps is not known. " +
        "Use forward mode (jvp, jacfwd), scan, or foriLoop with static bounds.",
    );
  },
  batch,
  jet,
});

const condIds = new WeakMap<ClosedJaxpr, number>();
let nextCond = 0;

function condId(cond: ClosedJaxpr): number {
  let id = condIds.get(cond);
  if (id === undefined) condIds.set(cond, (id = nextCond++));
  return id;
}
