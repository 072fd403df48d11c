/**
 * @file Cumulative sums, products, extrema and log-sum-exps, and the linear recurrence that their derivatives are.
 */
import { runningAffine, runningProduct } from "../elementwise/complex/reductions.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { isFloat, type DType } from "../../dtypes/dtype.ts";
import {
  type JvpRule,
  type Primitive,
  type TransposeRule,
  definePrimitive,
  isUndef,
  notLinear,
  type ComplexRule,
  type Parts,
} from "../../core/primitive.ts";
import { canonicalAxis } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { Zero, isZero } from "../../core/zero.ts";
import { sameElement, upToSelf } from "../../interpreters/dependence.ts";
import { alignBatched, partwise } from "../../interpreters/rules.ts";
import { type Block, apply, cast, select as selectExpr } from "../../loops/ir/build.ts";
import { flatten, isub, intConst } from "../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { add, max, min, mul, sub } from "../elementwise/arithmetic.ts";
import { eq } from "../elementwise/compare.ts";
import { asArray, asDType } from "../operands/convert.ts";
import { fullLike } from "../shapes/creation.ts";
import { exp } from "../elementwise/functions.ts";
import { type Accepts, checkDtypes } from "../families/elementwise.ts";
import { select } from "../elementwise/select.ts";
import { pad, sliceInDim } from "../shapes/slicing.ts";

type CumulativeParams = { axis: number; reverse: boolean };

/** Along an axis of every row, forwards or backwards: `start` for the first element, `body` for each behind it. */
function alongAxis(
  b: Block,
  shape: readonly number[],
  { axis, reverse }: CumulativeParams,
  start: (row: Block, index: readonly Expr[]) => void,
  body: (b: Block, index: readonly Expr[]) => void,
): void {
  const rows = shape.map((d, i) => (i === axis ? 1 : d));
  if (shape.includes(0)) return;
  b.nest(rows, (row, index) => {
    const place = (i: Expr): Expr[] => {
      const at = reverse ? isub(intConst(shape[axis] - 1), i) : i;
      return index.map((x, k) => (k === axis ? at : x));
    };
    start(row, place(intConst(0)));
    if (shape[axis] > 1) row.for(1, shape[axis], (inner, i) => body(inner, place(i)));
  });
}

interface Spec {
  readonly name: string;
  readonly accepts: Accepts;
  /** The next state, in the dtype of the accumulator. */
  combine(state: Expr, x: Expr): Expr;
  /** Accumulate floats in float64? */
  readonly wide: boolean;
  readonly jvp: (x: NDArray, t: NDArray, out: NDArray, params: CumulativeParams) => NDArray;
  readonly transpose?: TransposeRule<CumulativeParams>;
  complex?(self: () => Primitive<CumulativeParams>): ComplexRule<CumulativeParams>;
}

function emitCumulative(b: Block, x: Pull, out: Buffer, params: CumulativeParams, spec: Spec): void {
  const { dtype, shape } = x.aval;
  const type: DType = spec.wide && isFloat(dtype) ? "float64" : dtype;
  let state: ReturnType<Block["variable"]>;
  alongAxis(
    b,
    shape,
    params,
    (row, first) => {
      state = row.variable(cast(x.at(first), type), "acc");
      row.store(out, flatten(first, shape), cast(state, dtype));
    },
    (inner, index) => {
      inner.set(state, spec.combine(state, inner.let(cast(x.at(index), type))));
      inner.store(out, flatten(index, shape), cast(state, dtype));
    },
  );
}

function cumulative(spec: Spec): (x: ArrayLike, axis?: number, reverse?: boolean) => NDArray {
  const self: Primitive<CumulativeParams> = definePrimitive<CumulativeParams>({
    name: spec.name,
    kind: "opaque",
    abstractEval: ([x]) => {
      checkDtypes(spec.name, [x], spec.accepts);
      return [x];
    },
    lower: (_context, _args, params) => ({
      kind: "routine",
      emit: (b, [x], [out]) => emitCumulative(b, x, out, params, spec),
    }),
    jvp: (([x], [t], params) => {
      const out = bind1(self, [x], params);
      return [[out], [isZero(t) ? new Zero(out.aval) : spec.jvp(x, t, out, params)]];
    }) satisfies JvpRule<CumulativeParams>,
    transpose: spec.transpose ?? notLinear,
    batch: (_axis, [x], [dim], params) => [
      bind(self, [x], { ...params, axis: params.axis < dim! ? params.axis : params.axis + 1 }),
      [dim!],
    ],
    dependence: ([x], { axis, reverse }) => [upToSelf(x, axis, reverse)],
    ...(spec.complex === undefined ? {} : { complex: spec.complex(() => self) }),
  });
  return (x, axis = 0, reverse = false) => {
    const a = asArray(x, spec.name);
    return bind1(self, [a], { axis: canonicalAxis(axis, a.ndim, spec.name), reverse });
  };
}

type ScanParams = CumulativeParams;

/**
 * y₀ = b₀, yᵢ = aᵢ·yᵢ₋₁ + bᵢ along an axis (a₀ is not used). Linear in b; the derivatives of all cumulative functions are
 * of this form.
 */
export const linearScanP: Primitive<ScanParams> = definePrimitive<ScanParams>({
  name: "linear_scan",
  kind: "opaque",
  abstractEval: ([a, b]) => {
    checkDtypes("linear_scan", [a, b], "inexact");
    return [shaped(b.shape, b.dtype)];
  },
  lower: (_context, _args, params) => ({
    kind: "routine",
    emit: (block, [a, b], [out]) => {
      const { dtype, shape } = b.aval;
      const type: DType = isFloat(dtype) ? "float64" : dtype;
      let state: ReturnType<Block["variable"]>;
      alongAxis(
        block,
        shape,
        params,
        (row, first) => {
          state = row.variable(cast(b.at(first), type), "y");
          row.store(out, flatten(first, shape), cast(state, dtype));
        },
        (inner, index) => {
          inner.set(
            state,
            apply("add", apply("mul", cast(a.at(index), type), state), cast(b.at(index), type)),
          );
          inner.store(out, flatten(index, shape), cast(state, dtype));
        },
      );
    },
  }),
  jvp: ([a, b], [ta, tb], params) => {
    const y = bind1(linearScanP, [a, b], params);
    if (isZero(ta)) return [[y], [isZero(tb) ? new Zero(y.aval) : bind1(linearScanP, [a, tb], params)]];
    const due = mul(ta, shift(y, params, 0));
    return [[y], [bind1(linearScanP, [a, isZero(tb) ? due : add(due, tb)], params)]];
  },
  transpose: ([ct], [a, b], params) => {
    if (!isUndef(b)) return [null, null];
    if (ct === undefined || isZero(ct)) return [null, new Zero(b.aval)];
    const back = { ...params, reverse: !params.reverse };
    return [null, bind1(linearScanP, [shift(a as NDArray, back, 0), ct], back)];
  },
  batch: (axis, args, dims, params) => {
    const [aligned, dim] = alignBatched(axis, args, dims);
    return [
      bind(linearScanP, aligned, { ...params, axis: params.axis < dim! ? params.axis : params.axis + 1 }),
      [dim],
    ];
  },
  dependence: (args, { axis, reverse }, [aval]) => [upToSelf(sameElement(args, aval), axis, reverse)],
  complex: ([a, b], params) => [runningAffine(a as Parts, b as Parts, params)],
});

/** Each element's predecessor in the direction of the scan, with `fill` before the first. */
function shift(x: NDArray, { axis, reverse }: CumulativeParams, fill: number): NDArray {
  const n = x.shape[axis];
  if (n === 0) return x;
  const kept = reverse ? sliceInDim(x, 1, n, 1, axis) : sliceInDim(x, 0, n - 1, 1, axis);
  const config = x.shape.map((_, i) =>
    i !== axis ? ([0, 0, 0] as const) : reverse ? ([0, 1, 0] as const) : ([1, 0, 0] as const),
  );
  return pad(kept, asDType(fill, x.dtype, false, "shift"), config);
}

/** Tangents t where each step keeps the share `keep` of the past and takes the share `take` of the new element. */
const recurrence = (keep: NDArray, take: NDArray, t: NDArray, params: CumulativeParams): NDArray =>
  bind1(linearScanP, [keep, mul(take, t)], params);

/** Is this the first element along the scan? There the whole share is the element's own. */
function firstMask(x: NDArray, params: CumulativeParams): NDArray {
  return eq(shift(fullLike(x, 1), params, 0), 0);
}

export const cumsum = cumulative({
  name: "cumsum",
  accepts: "number",
  wide: true,
  combine: (s, x) => apply("add", s, x),
  jvp: (_x, t, _out, { axis, reverse }) => cumsum(t, axis, reverse),
  transpose: ([ct], [x], { axis, reverse }) => {
    if (!isUndef(x)) return [null];
    return [ct === undefined || isZero(ct) ? new Zero(x.aval) : cumsum(ct, axis, !reverse)];
  },
  complex: partwise,
});

export const cumprod = cumulative({
  name: "cumprod",
  accepts: "number",
  wide: true,
  combine: (s, x) => apply("mul", s, x),
  jvp: (x, t, out, params) => recurrence(x, shift(out, params, 1), t, params),
  complex:
    () =>
    ([x], params) => [runningProduct(x as Parts, params)],
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
    combine: (s, x) => apply(op, s, x),
    jvp: (x, t, out, params) => {
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
  const big = apply("max", a, b);
  const small = apply("min", a, b);
  const sum = apply("add", big, apply("log1p", apply("exp", apply("sub", small, big))));
  // Two infinities of one sign have no difference.
  return selectExpr(apply("eq", a, b), apply("add", a, Math.LN2), sum);
}

export const cumlogsumexp = cumulative({
  name: "cumlogsumexp",
  accepts: "float",
  wide: true,
  combine: logAddExp,
  jvp: (x, t, out, params) => {
    const first = firstMask(x, params);
    const keep = exp(sub(shift(out, params, 0), out));
    // The first element is its own sum, −∞ − −∞ though the difference may be.
    const take = exp(select(first, 0, sub(x, out)));
    return recurrence(select(first, 0, keep), take, t, params);
  },
});
