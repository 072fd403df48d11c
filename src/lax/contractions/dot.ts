/**
 * @file `dotGeneral`: contractions over any axes, with batch axes. Output axes: batch, then the free ones of the left,
 * then those of the right operand. Products of float16 kinds and float32 are summed in float64 and rounded once; but
 * WebAssembly sums those of float32 in float32.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type DType, isFloat, toDType } from "../../dtypes/dtype.ts";
import type { BatchAxis, BatchDim, Primitive } from "../../core/primitive.ts";
import { canonicalAxis, inversePermutation, otherAxes, shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { underName } from "../../base/attribution.ts";
import type { Block } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { flatten, unflatten } from "../../loops/ir/affine.ts";
import { contractVariable, valueOf } from "../../loops/ir/contract.ts";
import type { Buffer, Expr, Local } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { prod, range } from "../../base/util.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { bilinear } from "../families/bilinear.ts";
import { checkDtypes } from "../families/elementwise.ts";
import { transpose } from "../shapes/movement.ts";
import { promoteStrict } from "../operands/strict.ts";

/** `[[contracting of left, of right], [batch of left, of right]]`. */
export type DotDimensionNumbers = readonly [
  contracting: readonly [readonly number[], readonly number[]],
  batch: readonly [readonly number[], readonly number[]],
];

export type DotParams = { dimensionNumbers: DotDimensionNumbers; preferredElementType: DType | null };

interface Sides {
  readonly contract: readonly number[];
  readonly batch: readonly number[];
  readonly free: readonly number[];
}

const sides = (ndim: number, contract: readonly number[], batch: readonly number[]): Sides => ({
  contract,
  batch,
  free: otherAxes(ndim, [...contract, ...batch]),
});

const sizes = (shape: readonly number[], axes: readonly number[]): number[] => axes.map((a) => shape[a]);

function checkDot(a: ShapedArray, b: ShapedArray, [[ca, cb], [ba, bb]]: DotDimensionNumbers): void {
  checkDtypes("dotGeneral", [a, b], "any");
  const lists = [
    [ca, cb, "contracting"],
    [ba, bb, "batch"],
  ] as const;
  for (const [left, right, kind] of lists) {
    if (left.length !== right.length) {
      throw new ArgumentError(
        `dotGeneral: ${left.length} and ${right.length} ${kind} axes; both operands need as many.`,
      );
    }
    left.forEach((axis, i) => {
      if (a.shape[axis] !== b.shape[right[i]]) {
        throw new ShapeError(
          `dotGeneral: ${kind} axes ${axis} of ${shapeString(a.shape)} and ${right[i]} of ${shapeString(b.shape)} have sizes ` +
            `${a.shape[axis]} and ${b.shape[right[i]]}; they must be equal.`,
        );
      }
    });
  }
}

/** The operand's index from positions within its batch, free and contracted axes. */
function operandIndex(
  ndim: number,
  s: Sides,
  batch: readonly Expr[],
  free: readonly Expr[],
  contract: readonly Expr[],
): Expr[] {
  const out = new Array<Expr>(ndim);
  s.batch.forEach((axis, i) => (out[axis] = batch[i]!));
  s.free.forEach((axis, i) => (out[axis] = free[i]!));
  s.contract.forEach((axis, i) => (out[axis] = contract[i]!));
  return out;
}

function emitDot(
  b: Block,
  [x, y]: readonly Pull[],
  out: Buffer,
  outShape: readonly number[],
  { dimensionNumbers: [[cx, cy], [bx, by]] }: DotParams,
): void {
  const { dtype } = x.aval;
  const sum: DType = isFloat(dtype) || out.dtype === "float64" ? "float64" : out.dtype;
  const left = sides(x.aval.ndim, cx, bx);
  const right = sides(y.aval.ndim, cy, by);
  const batchShape = sizes(x.aval.shape, bx);
  const mShape = sizes(x.aval.shape, left.free);
  const nShape = sizes(y.aval.shape, right.free);
  const kShape = sizes(x.aval.shape, cx);
  if (prod(outShape) === 0) return;
  const batch = contractVariable("b", prod(batchShape));
  const row = contractVariable("i", prod(mShape));
  const column = contractVariable("j", prod(nShape));
  const inner = contractVariable("k", prod(kShape));
  const parts = (v: Local, shape: readonly number[]): Expr[] => unflatten(valueOf(v), shape);
  const [bs, is, js] = [parts(batch, batchShape), parts(row, mShape), parts(column, nShape)];
  const empty = prod(kShape) === 0;
  const ks = empty ? [] : parts(inner, kShape);
  const element = (side: Pull, s: Sides, free: readonly Expr[]): Expr =>
    empty ? e.constant(0, sum) : e.cast(side.at(operandIndex(side.aval.ndim, s, bs, free, ks)), sum);
  b.contract({
    batch,
    row,
    column,
    inner,
    x: element(x, left, is),
    y: element(y, right, js),
    sum,
    buffer: out,
    index: flatten([...bs, ...is, ...js], outShape),
  });
}

/** Bool contractions are "any of both": or over and. */
function emitBoolDot(
  b: Block,
  [x, y]: readonly Pull[],
  out: Buffer,
  outShape: readonly number[],
  { dimensionNumbers: [[cx, cy], [bx, by]] }: DotParams,
): void {
  const left = sides(x.aval.ndim, cx, bx);
  const right = sides(y.aval.ndim, cy, by);
  b.nest(outShape, (body, index) => {
    const batch = index.slice(0, bx.length);
    const free = index.slice(bx.length);
    const acc = body.variable(e.constant(0, "bool"), "c");
    body.nest(
      sizes(x.aval.shape, cx),
      (inner, kk) => {
        const a = x.at(operandIndex(x.aval.ndim, left, batch, free.slice(0, left.free.length), kk));
        const c = y.at(operandIndex(y.aval.ndim, right, batch, free.slice(left.free.length), kk));
        inner.accumulate(acc, "or", e.and(a, c));
      },
      "k",
    );
    body.store(out, flatten(index, outShape), acc);
  });
}

export const dotGeneralP: Primitive<DotParams> = bilinear<DotParams>({
  name: "dot_general",
  abstractEval: ([a, b], { dimensionNumbers, preferredElementType }) => {
    checkDot(a, b, dimensionNumbers);
    const [[ca, cb], [ba, bb]] = dimensionNumbers;
    const shape = [
      ...sizes(a.shape, ba),
      ...sizes(a.shape, sides(a.ndim, ca, ba).free),
      ...sizes(b.shape, sides(b.ndim, cb, bb).free),
    ];
    return [
      shaped(
        shape,
        preferredElementType ?? a.dtype,
        a.weakType && b.weakType && preferredElementType === null,
      ),
    ];
  },
  lower: ({ outAvals: [aval] }, _args, params) => ({
    kind: "routine",
    emit: (b, args, [out]) =>
      (aval.dtype === "bool" ? emitBoolDot : emitDot)(b, args, out, aval.shape, params),
  }),
  transpose: [
    (ct, b, a, { dimensionNumbers: [[ca, cb], [ba, bb]] }) =>
      transposeSide(ct, b, a, [ca, ba], [cb, bb], false),
    (ct, a, b, { dimensionNumbers: [[ca, cb], [ba, bb]] }) =>
      transposeSide(ct, a, b, [cb, bb], [ca, ba], true),
  ],
  batch: batchDot,
  dependence: (_args, { dimensionNumbers }, _avals, tools) => tools.products(...dimensionNumbers),
});

const isOrdered = (axes: readonly number[]): boolean => axes.every((axis, i) => axis === i);

/** The contracted and the batch axes of one operand. */
type Axes = readonly [contract: readonly number[], batch: readonly number[]];

/**
 * The cotangent of one operand: the contraction of `ct` with the other operand over the other's free axes.
 * @param swapped true if the undefined operand is the right one (its free axes come last in `ct`).
 */
function transposeSide(
  ct: NDArray,
  other: NDArray,
  aval: ShapedArray,
  [contract, batch]: Axes,
  [otherContract, otherBatch]: Axes,
  swapped: boolean,
): NDArray {
  const mine = sides(aval.ndim, contract, batch);
  const theirs = sides(other.ndim, otherContract, otherBatch);
  const nBatch = batch.length;
  const ctBatch = range(nBatch);
  const ctTheirs = swapped
    ? range(theirs.free.length, nBatch)
    : range(theirs.free.length, nBatch + mine.free.length);
  // With a preferred element type the cotangent has that dtype.
  const known = convertElementType(other, ct.dtype);
  // Axes that come of the other operand: those it was contracted over, in increasing order.
  const paired = otherContract.map((axis, i) => [axis, contract[i]] as const).sort((p, q) => p[0] - q[0]);
  const ofOther = paired.map((p) => p[1]);
  // In the order of operands that leaves the axes in their places, if one does.
  const otherFirst = isOrdered([...batch, ...ofOther, ...mine.free]);
  const turned = <T>(first: T, second: T): [T, T] => (otherFirst ? [second, first] : [first, second]);
  const out = bind1(dotGeneralP, turned(ct, known), {
    dimensionNumbers: [turned(ctTheirs, theirs.free), turned(ctBatch, otherBatch)],
    preferredElementType: null,
  });
  const axes = [...batch, ...turned(mine.free, ofOther).flat()];
  const placed = transpose(out, inversePermutation(axes));
  return convertElementType(placed, aval.dtype);
}

function batchDot(
  _axis: BatchAxis,
  [a, b]: readonly NDArray[],
  [da, db]: readonly BatchDim[],
  params: DotParams,
): [NDArray[], BatchDim[]] {
  const [[ca, cb], [ba, bb]] = params.dimensionNumbers;
  const up = (dims: readonly number[], d: BatchDim): number[] =>
    dims.map((k) => (d === null || k < d ? k : k + 1));
  const [ca2, cb2, ba2, bb2] = [up(ca, da), up(cb, db), up(ba, da), up(bb, db)];
  if (da !== null && db !== null) {
    const numbers: DotDimensionNumbers = [
      [ca2, cb2],
      [
        [da, ...ba2],
        [db, ...bb2],
      ],
    ];
    return [bind(dotGeneralP, [a, b], { ...params, dimensionNumbers: numbers }), [0]];
  }
  // The batch axis is one more free axis of its operand: find where it comes out.
  const numbers: DotDimensionNumbers = [
    [ca2, cb2],
    [ba2, bb2],
  ];
  const out = bind(dotGeneralP, [a, b], { ...params, dimensionNumbers: numbers });
  const leftFree = sides(a.ndim, ca2, ba2).free;
  const at = da !== null ? leftFree.indexOf(da) : leftFree.length + sides(b.ndim, cb2, bb2).free.indexOf(db!);
  return [out, [ba.length + at]];
}

/** Options of `dotGeneral` and `dot`. */
export interface DotOptions {
  /** Dtype of the result (and of the accumulation where it is wider). */
  readonly preferredElementType?: DType | undefined;
  /** Accepted for compatibility: products are always computed in the operands' own precision or better. */
  readonly precision?: unknown;
}

/** Contractions over any axes. */
export function dotGeneral(
  lhs: ArrayLike,
  rhs: ArrayLike,
  dimensionNumbers: DotDimensionNumbers,
  options?: DotOptions,
): NDArray {
  checkOptions("dotGeneral", options, ["preferredElementType", "precision"]);
  const [a, b] = promoteStrict("dotGeneral", lhs, rhs) as [NDArray, NDArray];
  const [[ca, cb], [ba, bb]] = dimensionNumbers;
  const fix = (dims: readonly number[], x: NDArray): number[] =>
    dims.map((d) => canonicalAxis(d, x.ndim, "dotGeneral"));
  const wanted = options?.preferredElementType;
  return bind1(dotGeneralP, [a, b], {
    dimensionNumbers: [
      [fix(ca, a), fix(cb, b)],
      [fix(ba, a), fix(bb, b)],
    ],
    preferredElementType: wanted === undefined ? null : toDType(wanted, "dotGeneral"),
  });
}

/**
 * The product of vectors and matrices (arrays of one or two axes) of one dtype: the last axis of the left is contracted with
 * the first of the right operand. Linear in each.
 * @throws ShapeError for arrays of other dimensions or sizes that do not fit; DTypeError if the dtypes differ
 * @see jax.lax.dot
 * @example
 * lax.dot(np.array([1, 2]), np.array([3, 4])).item(); // 11
 * lax.dot(np.array([[1, 2], [3, 4]]), np.array([1, 10])).js(); // [21, 43]
 */
export function dot(lhs: ArrayLike, rhs: ArrayLike, options?: DotOptions, ...more: []): NDArray {
  refuseMore("dot", 3, more);
  const [a, b] = promoteStrict("dot", lhs, rhs) as [NDArray, NDArray];
  if (a.ndim < 1 || a.ndim > 2 || b.ndim < 1 || b.ndim > 2) {
    throw new ShapeError(
      `dot: expected arrays of one or two dimensions; got shapes ${shapeString(a.shape)} and ${shapeString(b.shape)}.`,
    );
  }
  return underName("dot", () =>
    dotGeneral(
      a,
      b,
      [
        [[a.ndim - 1], [0]],
        [[], []],
      ],
      options,
    ),
  );
}

/**
 * The products of matrices `[..., m, k]` and `[..., k, n]` of one dtype, whose leading batch axes must agree. Linear in each.
 * @throws ShapeError unless both have as many axes, at least 2, and fitting sizes; DTypeError if the dtypes differ
 * @see jax.lax.batch_matmul
 * @example
 * const [x, y] = [np.array([[[1, 2]], [[3, 4]]]), np.array([[[1], [10]], [[1], [10]]])];
 * lax.batchMatmul(x, y).js(); // [[[21]], [[43]]]
 */
export function batchMatmul(lhs: ArrayLike, rhs: ArrayLike, options?: DotOptions, ...more: []): NDArray {
  refuseMore("batchMatmul", 3, more);
  const [a, b] = promoteStrict("batchMatmul", lhs, rhs) as [NDArray, NDArray];
  if (a.ndim < 2 || b.ndim !== a.ndim) {
    throw new ShapeError(
      `batchMatmul: expected arrays of one number (at least 2) of dimensions; got shapes ${shapeString(a.shape)} and ${shapeString(b.shape)}.`,
    );
  }
  const batch = range(a.ndim - 2);
  const axes: DotDimensionNumbers = [
    [[a.ndim - 1], [b.ndim - 2]],
    [batch, batch],
  ];
  return underName("batchMatmul", () => dotGeneral(a, b, axes, options));
}
