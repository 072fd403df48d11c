/**
 * @file What operations do with sparse arrays: a rule for each primitive that keeps them sparse, by its name, and one for all
 * elementwise functions that are zero at zero. Source: jax/experimental/sparse/transform.py.
 */
import type { NDArray } from "../../../core/array.ts";
import type { Params, Primitive } from "../../../core/primitive.ts";
import { arraysEqual, range } from "../../../base/util.ts";
import type { DType } from "../../../dtypes/dtype.ts";
import type { GatherParams } from "../../../lax/indexing/gather.ts";
import { toDense } from "../parts/conversion.ts";
import { convolve, entriesOf } from "../parts/conv.ts";
import { type Axes, dotDense, dotDenseSparse, dotRows } from "../parts/dot.ts";
import { type Coordinates, layoutOf, unsupported } from "../parts/parts.ts";
import { sumFirst } from "../parts/places.ts";
import { dotSparse } from "../parts/products.ts";
import { toRows } from "../parts/rows.ts";
import * as shapes from "../parts/shapes.ts";
import * as slices from "../parts/slices.ts";
import type { Rule, RuleContext } from "./context.ts";
import { binaryRules, elementwise } from "./elementwise.ts";
import { gather } from "./gather.ts";
import { condRule, scanRule, whileRule } from "./loops.ts";
import { type Operand, type SparseValue, coordinatesOf, fresh, isSparse } from "./values.ts";

/** The mark that `todense` leaves on arrays of which it is not known that they are dense. */
export const denseMark = "sparse.todense";

/** A rule for one sparse operand in coordinates, the first. */
const ofFirst =
  (
    name: string,
    f: (x: Coordinates, others: readonly Operand[], params: Params, what: string) => Coordinates,
  ): Rule =>
  ([x, ...others], params, { what }) => {
    if (!isSparse(x) || others.some(isSparse))
      throw unsupported(
        what,
        `there is no rule for ${name} with a sparse array in the place of indices or values.`,
      );
    if (x.kind === "rows")
      throw unsupported(
        what,
        `there is no rule for ${name} of arrays of compressed rows (BCSR). Convert with toBcoo().`,
      );
    return [fresh(f(x.parts, others, params, what))];
  };

/** The result for compressed rows in their form, too. */
const asGiven = (what: string, x: SparseValue, out: Coordinates): SparseValue =>
  fresh(x.kind === "rows" ? toRows(what, out) : out);

const dotRule: Rule = ([x, y], params, { what }) => {
  const { dimensionNumbers, preferredElementType } = params as {
    dimensionNumbers: readonly [Axes["contract"], Axes["batch"]];
    preferredElementType: DType | null;
  };
  const axes = { contract: dimensionNumbers[0], batch: dimensionNumbers[1] };
  const preferred = preferredElementType ?? null;
  if (!isSparse(x)) return [dotDenseSparse(what, x, coordinatesOf(y as SparseValue), axes, preferred)];
  if (isSparse(y)) return [fresh(dotSparse(what, coordinatesOf(x), coordinatesOf(y), axes, preferred))];
  return x.kind === "rows"
    ? [dotRows(what, x.parts, y, axes, preferred)]
    : [dotDense(what, x.parts, y, axes, preferred)];
};

/** Positions are still the same where only dense axes are exchanged. */
const transposeRule: Rule = ([x], params, { what }) => {
  const { permutation } = params as { permutation: readonly number[] };
  if (!isSparse(x) || x.kind === "rows")
    throw unsupported(
      what,
      "there is no rule for transpose of arrays of compressed rows (BCSR). Convert with toBcoo().",
    );
  const { nBatch, nSparse } = layoutOf(x.parts);
  const parts = shapes.transpose(what, x.parts, permutation);
  const kept = arraysEqual(permutation.slice(0, nBatch + nSparse), range(nBatch + nSparse));
  return [kept ? { kind: "coordinates", parts, pattern: x.pattern } : fresh(parts)];
};

const sumRule: Rule = ([x], params, { what }) => {
  const { axes } = params as { axes: readonly number[] };
  if (!isSparse(x) || x.kind === "rows")
    throw unsupported(
      what,
      "there is no rule for sums of arrays of compressed rows (BCSR). Convert with toBcoo().",
    );
  const out = slices.reduceSum(x.parts, axes);
  return out.shape.length === 0 ? [sumFirst(out.data)] : [fresh(out)];
};

const concatenateRule: Rule = (operands, params, { what }) => {
  const { dimension } = params as { dimension: number };
  const sparse = operands.filter(isSparse);
  if (sparse.length < operands.length)
    throw unsupported(what, "sparse and dense arrays are not concatenated.");
  const out = shapes.concatenate(what, sparse.map(coordinatesOf), dimension);
  return [sparse.every((x) => x.kind === "rows") ? asGiven(what, sparse[0], out) : fresh(out)];
};

const broadcastRule: Rule = ([x], params, { what }) => {
  const { shape, broadcastDimensions } = params as Record<string, readonly number[]>;
  const given = x as SparseValue;
  const out = shapes.broadcastInDim(what, coordinatesOf(given), shape, broadcastDimensions);
  return [asGiven(what, given, out)];
};

interface ConvParams {
  readonly windowStrides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
  readonly featureGroupCount: number;
  readonly batchGroupCount: number;
}

const isOne = (n: number): boolean => n === 1;

/** The convolution of [1, 1, n] arrays of which one at least is sparse. */
export function convOf(what: string, x: Operand, y: Operand, p: ConvParams): Coordinates {
  const shapeOf = (z: Operand): readonly number[] => (isSparse(z) ? z.parts.shape : z.shape);
  const [left, right] = [shapeOf(x), shapeOf(y)];
  const steps = [
    ...p.windowStrides,
    ...p.lhsDilation,
    ...p.rhsDilation,
    p.featureGroupCount,
    p.batchGroupCount,
  ];
  if (!steps.every(isOne))
    throw unsupported(what, "convolutions of sparse arrays have no strides, dilations or groups.");
  if (left.length !== 3 || ![...left.slice(0, 2), ...right.slice(0, 2)].every(isOne))
    throw unsupported(what, "convolutions of sparse arrays are of vectors, shapes [1, 1, n] and [1, 1, m].");
  const sparse = [x, y].filter(isSparse);
  const { dtype } = sparse[0].parts.indices;
  const entries = (z: Operand): ReturnType<typeof entriesOf> =>
    entriesOf(isSparse(z) ? coordinatesOf(z) : z, dtype);
  return convolve(entries(x), entries(y), left[2], right[2], p.padding[0]);
}

const nameRule: Rule = ([x], params) =>
  isSparse(x) && params.name === denseMark ? [toDense(coordinatesOf(x))] : [x];

const rules: Readonly<Record<string, Rule>> = {
  ...binaryRules,
  broadcast_in_dim: broadcastRule,
  concatenate: concatenateRule,
  cond: condRule,
  conv_general_dilated: ([x, y], params, { what }) => [
    fresh(convOf(what, x, y, params as unknown as ConvParams)),
  ],
  dot_general: dotRule,
  dynamic_slice: ofFirst("dynamic_slice", (x, starts, { sliceSizes }, what) =>
    slices.dynamicSlice(what, x, starts as readonly NDArray[], sliceSizes as readonly number[]),
  ),
  gather: ofFirst("gather", (x, [indices], params, what) =>
    gather(what, x, indices as NDArray, params as unknown as GatherParams),
  ),
  name: nameRule,
  reduce_sum: sumRule,
  reshape: ofFirst("reshape", (x, _others, { newSizes }, what) =>
    shapes.reshape(what, x, newSizes as readonly number[], range(x.shape.length)),
  ),
  rev: ofFirst("rev", (x, _others, { dimensions }) => shapes.rev(x, dimensions as readonly number[])),
  scan: scanRule,
  slice: ofFirst("slice", (x, _others, params, what) => {
    const { startIndices, limitIndices, strides } = params as Record<string, readonly number[]>;
    return slices.slice(
      what,
      x,
      startIndices.map((start, i) => [start, limitIndices[i], strides[i]]),
    );
  }),
  squeeze: ofFirst("squeeze", (x, _others, { dimensions }) =>
    shapes.squeeze(x, dimensions as readonly number[]),
  ),
  transpose: transposeRule,
  while: whileRule,
};

/** Applies an operation to operands of which at least one is sparse. */
export function applyRule(
  primitive: Primitive,
  operands: readonly Operand[],
  params: Params,
  context: RuleContext,
): readonly Operand[] {
  const rule = Object.hasOwn(rules, primitive.name) ? rules[primitive.name] : undefined;
  if (rule !== undefined) return rule(operands, params, context);
  if (primitive.kind === "elementwise") return elementwise(primitive, operands, params, context);
  throw unsupported(context.what, `there is no rule for ${primitive.name} of a sparse array.`);
}
