/**
 * @file Cumulative sums, products, extrema and log-sum-exps, and the linear recurrence that their derivatives are.
 */
import { runningAffine, runningProduct } from "../elementwise/complex/reductions.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { type DType, isFloat } from "../../dtypes/dtype.ts";
import {
  type Primitive,
  type PrimitiveDef,
  definePrimitive,
  isUndef,
  notLinear,
  type ComplexRule,
  type Parts,
} from "../../core/primitive.ts";
import { canonicalAxis, replaceAt } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { isZero } from "../../core/zero.ts";
import { type TangentRule, axisBeside, batchAlong, tangentBy } from "../../interpreters/rules.ts";
import { addTangents } from "../../interpreters/tangents.ts";
import type { Block } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { flatten, isub, intConst } from "../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { max, min, mul, sub } from "../elementwise/arithmetic.ts";
import { eq } from "../elementwise/compare.ts";
import { asArray, asDType } from "../operands/convert.ts";
import { fullLike } from "../shapes/creation.ts";
import { exp } from "../elementwise/functions.ts";
import { type Accepts, checkDtypes } from "../families/elementwise.ts";
import { linear } from "../families/linear.ts";
import { select } from "../elementwise/select.ts";
import { padInDim, sliceInDim } from "../shapes/slicing.ts";

export type CumulativeParams = { axis: number; reverse: boolean };

type Running = Primitive<CumulativeParams>;

/**
 * Runs along an axis of every row, forwards or backwards: the state at the first element is that element, and `step` gives
 * it at each behind.
 */
function emitRunning(
  b: Block,
  x: Pull,
  out: Buffer,
  { axis, reverse }: CumulativeParams,
  [name, type]: readonly [string, DType],
  step: (b: Block, state: Expr, value: Expr, index: readonly Expr[]) => Expr,
): void {
  const { dtype, shape } = x.aval;
  if (shape.includes(0)) return;
  b.nest(replaceAt(shape, axis, 1), (row, index) => {
    const place = (i: Expr): Expr[] =>
      replaceAt(index, axis, reverse ? isub(intConst(shape[axis] - 1), i) : i);
    const value = (at: readonly Expr[]): Expr => e.cast(x.at(at), type);
    const first = place(intConst(0));
    const state = row.variable(value(first), name);
    row.store(out, flatten(first, shape), e.cast(state, dtype));
    if (shape[axis] === 1) return;
    row.for(1, shape[axis], (inner, i) => {
      const at = place(i);
      inner.set(state, step(inner, state, value(at), at));
      inner.store(out, flatten(at, shape), e.cast(state, dtype));
    });
  });
}

/** The rule by which lanes are one more axis of what runs along another. */
const batchRunning = (self: () => Running): PrimitiveDef<CumulativeParams>["batch"] =>
  batchAlong(self, (params, dim) => ({ ...params, axis: axisBeside(params.axis, dim) }));

/** What makes one cumulative function another. */
interface Cumulative {
  readonly name: string;
  readonly accepts: Accepts;
  /** The next state, in the dtype of the accumulator. */
  combine(state: Expr, x: Expr): Expr;
  /** Accumulate floats in float64? */
  readonly wide: boolean;
}

/** What cumulative functions share: all but derivatives and complex numbers. */
const running = (self: () => Running, spec: Cumulative) =>
  ({
    name: spec.name,
    kind: "opaque",
    abstractEval: ([x]) => {
      checkDtypes(spec.name, [x], spec.accepts);
      return [x];
    },
    lower: (_context, _args, params) => ({
      kind: "routine",
      emit: (b, [x], [out]) => {
        const { dtype } = x.aval;
        const type: DType = spec.wide && isFloat(dtype) ? "float64" : dtype;
        emitRunning(b, x, out, params, ["acc", type], (inner, state, value) =>
          spec.combine(state, inner.let(value)),
        );
      },
    }),
    batch: batchRunning(self),
    dependence: ([x], { axis, reverse }, _, tools) => [tools.upToSelf(x, axis, reverse)],
  }) satisfies Partial<PrimitiveDef<CumulativeParams>>;

const wrap =
  (self: Running) =>
  (x: ArrayLike, axis = 0, reverse = false): NDArray => {
    const a = asArray(x, self.name);
    return bind1(self, [a], { axis: canonicalAxis(axis, a.ndim, self.name), reverse });
  };

/** A cumulative function. */
function cumulative(
  spec: Cumulative & {
    readonly jvp: TangentRule<CumulativeParams>;
    readonly complex?: ComplexRule<CumulativeParams>;
  },
): ReturnType<typeof wrap> {
  const { jvp, complex, ...shared } = spec;
  const self: Running = definePrimitive<CumulativeParams>({
    ...running(() => self, shared),
    jvp: tangentBy(() => self, jvp),
    transpose: notLinear,
    ...(complex === undefined ? {} : { complex }),
  });
  return wrap(self);
}

/**
 * y₀ = b₀, yᵢ = aᵢ·yᵢ₋₁ + bᵢ along an axis (a₀ is not used). Linear in b; the derivatives of all cumulative functions are
 * of this form.
 */
export const linearScanP: Running = definePrimitive<CumulativeParams>({
  name: "linear_scan",
  kind: "opaque",
  abstractEval: ([a, b]) => {
    checkDtypes("linear_scan", [a, b], "inexact");
    return [shaped(b.shape, b.dtype)];
  },
  lower: (_context, _args, params) => ({
    kind: "routine",
    emit: (block, [a, b], [out]) => {
      const type: DType = isFloat(b.aval.dtype) ? "float64" : b.aval.dtype;
      emitRunning(block, b, out, params, ["y", type], (_inner, state, value, index) =>
        e.add(e.mul(e.cast(a.at(index), type), state), value),
      );
    },
  }),
  jvp: ([a, b], [ta, tb], params) => {
    const y = bind1(linearScanP, [a, b], params);
    const due = isZero(ta) ? ta : mul(ta, shift(y, params, 0));
    return [[y], [bind1(linearScanP, [a, addTangents(due, tb) as NDArray], params)]];
  },
  transpose: ([ct], [a, b], params) => {
    if (!isUndef(b)) return [null, null];
    const back = { ...params, reverse: !params.reverse };
    return [null, bind1(linearScanP, [shift(a as NDArray, back, 0), ct as NDArray], back)];
  },
  batch: batchRunning(() => linearScanP),
  dependence: (args, { axis, reverse }, [aval], tools) => [
    tools.upToSelf(tools.sameElement(args, aval), axis, reverse),
  ],
  complex: ([a, b], params) => [runningAffine(a as Parts, b as Parts, params)],
});

/** Each element's predecessor in the direction of the scan, with `fill` before the first. */
function shift(x: NDArray, { axis, reverse }: CumulativeParams, fill: number): NDArray {
  const n = x.shape[axis];
  if (n === 0) return x;
  const kept = reverse ? sliceInDim(x, 1, n, 1, axis) : sliceInDim(x, 0, n - 1, 1, axis);
  return padInDim(kept, asDType(fill, x.dtype, false, "shift"), reverse ? [0, 1] : [1, 0], axis);
}

/** Tangents t where each step keeps the share `keep` of the past and takes the share `take` of the new element. */
const recurrence = (keep: NDArray, take: NDArray, t: NDArray, params: CumulativeParams): NDArray =>
  bind1(linearScanP, [keep, mul(take, t)], params);

/** Is this the first element along the scan? There the whole share is the element's own. */
function firstMask(x: NDArray, params: CumulativeParams): NDArray {
  return eq(shift(fullLike(x, 1), params, 0), 0);
}

const cumsumP: Running = linear<CumulativeParams>({
  ...running(() => cumsumP, {
    name: "cumsum",
    accepts: "number",
    wide: true,
    combine: (s, x) => e.add(s, x),
  }),
  transpose: (ct, _avals, { axis, reverse }) => cumsum(ct, axis, !reverse),
});
export const cumsum = wrap(cumsumP);

export const cumprod = cumulative({
  name: "cumprod",
  accepts: "number",
  wide: true,
  combine: (s, x) => e.mul(s, x),
  jvp: (t, [x], out, params) => recurrence(x, shift(out, params, 1), t, params),
  complex: ([x], params) => [runningProduct(x as Parts, params)],
});

const extremum = (
  name: string,
  op: "max" | "min",
  pick: (a: ArrayLike, b: ArrayLike) => NDArray,
): ReturnType<typeof cumulative> =>
  cumulative({
    name,
    accepts: "ordered",
    wide: false,
    combine: (s, x) => e.apply(op, s, x),
    jvp: (t, [x], out, params) => {
      const before = shift(out, params, 0);
      const won = pick(x, before);
      // As for two operands: all to the winner, half each at a tie.
      const own = select(eq(x, won), select(eq(before, won), 0.5, fullLike(x, 1)), 0);
      const take = select(firstMask(x, params), 1, own);
      return recurrence(sub(1, take), take, t, params);
    },
  });

export const cummax = extremum("cummax", "max", max);
export const cummin = extremum("cummin", "min", min);

/** log(eᵃ + eᵇ) of scalar expressions, without overflow. */
function logAddExp(a: Expr, b: Expr): Expr {
  const big = e.max(a, b);
  const small = e.min(a, b);
  const sum = e.add(big, e.log1p(e.exp(e.sub(small, big))));
  // Two infinities of one sign have no difference.
  return e.select(e.eq(a, b), e.add(a, Math.LN2), sum);
}

export const cumlogsumexp = cumulative({
  name: "cumlogsumexp",
  accepts: "float",
  wide: true,
  combine: logAddExp,
  jvp: (t, [x], out, params) => {
    const first = firstMask(x, params);
    const keep = exp(sub(shift(out, params, 0), out));
    // The first element is its own sum, −∞ − −∞ though the difference may be.
    const take = exp(select(first, 0, sub(x, out)));
    return recurrence(select(first, 0, keep), take, t, params);
  },
});
