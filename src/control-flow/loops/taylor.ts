/**
 * @file Taylor mode of loops and branches: one loop, one branch, of values and their coefficients side by side.
 *
 * Each value of a body is followed by those of its coefficients that move. Which they are in a carry is known once no
 * further step would make another one move.
 */
import type { NDArray } from "../../core/array.ts";
import { once } from "../../core/jaxpr/derived.ts";
import { ClosedJaxpr, Var } from "../../core/jaxpr/ir.ts";
import type { JetRule, Primitive, TaylorSeries } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import {
  type Moving,
  jetJaxpr,
  joinMoving,
  movingKey,
  packSeries,
  packedCount,
  unpackSeries,
  wholeJet,
} from "../../interpreters/jet.ts";
import { splitList } from "../../base/util.ts";
import { noConsts } from "../common.ts";
import type { CondParams } from "../branches/cond.ts";
import type { ScanParams } from "./scan.ts";
import type { WhileParams } from "./while.ts";

/** Which coefficients of a carry move in the end, and of the results of a step on them. */
function settle(init: Moving, step: (carry: Moving) => Moving): { carry: Moving; found: Moving } {
  let carry = init;
  for (;;) {
    const found = step(carry);
    const next = joinMoving(carry, found.slice(0, carry.length));
    if (movingKey(next) === movingKey(carry)) return { carry, found };
    carry = next;
  }
}

/** A body without constants, on series. */
const body = (jaxpr: ClosedJaxpr, order: number, ins: Moving, outs: Moving): ClosedJaxpr =>
  noConsts(jetJaxpr(jaxpr, order, ins, outs)[0]);

/** The rule of scans. */
export const scanJet =
  (scan: () => Primitive<ScanParams>): JetRule<ScanParams> =>
  (args, _outs, p) =>
    wholeJet(args, (_packed, moving, order) => {
      const { jaxpr, numConsts, numCarry } = p;
      const consts = moving.slice(0, numConsts);
      const xs = moving.slice(numConsts + numCarry);
      const { carry, found } = settle(
        moving.slice(numConsts, numConsts + numCarry),
        (k) => jetJaxpr(jaxpr, order, [...consts, ...k, ...xs])[1],
      );
      const ins = [...consts, ...carry, ...xs];
      const outs = [...carry, ...found.slice(numCarry)];
      const results = bind(scan(), packSeries(args, ins), {
        ...p,
        jaxpr: body(jaxpr, order, ins, outs),
        numConsts: packedCount(consts),
        numCarry: packedCount(carry),
      });
      return unpackSeries(results, outs, order);
    });

/** A condition on values, of a carry that has coefficients too. */
function withCoefficients(cond: ClosedJaxpr, numConsts: number, carry: Moving): ClosedJaxpr {
  return once(cond, `while jet ${movingKey(carry)}`, () => {
    const { jaxpr } = cond;
    const carried = jaxpr.invars
      .slice(numConsts)
      .flatMap((v, i) => [v, ...carry[i].filter(Boolean).map(() => new Var(v.aval.strong))]);
    return new ClosedJaxpr({ ...jaxpr, invars: [...jaxpr.invars.slice(0, numConsts), ...carried] }, []);
  });
}

/** The rule of loops with a condition, which reads the values alone. */
export const whileJet =
  (loop: () => Primitive<WhileParams>): JetRule<WhileParams> =>
  (args, _outs, p) =>
    wholeJet(args, (_packed, moving, order) => {
      const { numCondConsts: nc, numBodyConsts: nb } = p;
      const [condConsts, bodyArgs] = splitList(args, [nc, args.length - nc]) as [
        TaylorSeries[],
        TaylorSeries[],
      ];
      const consts = moving.slice(nc, nc + nb);
      const { carry } = settle(moving.slice(nc + nb), (k) => jetJaxpr(p.body, order, [...consts, ...k])[1]);
      const ins = [...consts, ...carry];
      const results = bind(
        loop(),
        [...condConsts.map((x) => x.coefficient(0) as NDArray), ...packSeries(bodyArgs, ins)],
        {
          ...p,
          cond: withCoefficients(p.cond, nc, carry),
          body: body(p.body, order, ins, carry),
          numCondConsts: nc,
          numBodyConsts: packedCount(consts),
        },
      );
      return unpackSeries(results, carry, order);
    });

/** The rule of branches. */
export const condJet =
  (cond: () => Primitive<CondParams>): JetRule<CondParams> =>
  ([index, ...args], _outs, { branches }) =>
    wholeJet(args, (packed, moving, order) => {
      const outs = branches.map((b) => jetJaxpr(b, order, moving)[1]).reduce(joinMoving);
      const results = bind(cond(), [index.coefficient(0) as NDArray, ...packed], {
        branches: branches.map((b) => body(b, order, moving, outs)),
      });
      return unpackSeries(results, outs, order);
    });
