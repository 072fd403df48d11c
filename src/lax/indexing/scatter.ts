/**
 * @file Scatters: a copy of the operand with updates written, added, multiplied in, or compared at computed places.
 *
 * Updates are applied one after another in row-major order, so results are deterministic; the last of several writes to
 * one place stays, and the derivative follows it.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type Scalar, isInteger } from "../../dtypes/dtype.ts";
import {
  type Primitive,
  type PrimitiveDef,
  definePrimitive,
  isUndef,
  notLinear,
} from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { isZero } from "../../core/zero.ts";
import {
  ArgumentError,
  DTypeError,
  DifferentiationError,
  ShapeError,
  checkOptions,
} from "../../base/errors.ts";
import { materialise } from "../../interpreters/batching.ts";
import { addTangents, instantiate } from "../../interpreters/tangents.ts";
import type { Block } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { flatten, iadd, iclamp, intConst } from "../../loops/ir/affine.ts";
import type { AccumulateOp, Buffer, Expr } from "../../loops/ir/ir.ts";
import { type Pull, copyInto, detached } from "../../loops/pull.ts";
import { range } from "../../base/util.ts";
import { div, mul } from "../elementwise/arithmetic.ts";
import { eq } from "../elementwise/compare.ts";
import { neg } from "../elementwise/functions.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { asArray } from "../operands/convert.ts";
import { full, iota, zerosOf } from "../shapes/creation.ts";
import { checkDtypes } from "../families/elementwise.ts";
import { linear } from "../families/linear.ts";
import { gather } from "./gather.ts";
import {
  type ScatterNumbers,
  also,
  batchedNumbers,
  checkNumbers,
  gatherNumbers,
  isWithin,
  toIndex,
} from "./numbers.ts";
import { reshape } from "../shapes/movement.ts";
import { select } from "../elementwise/select.ts";

/** Which axes of operand, indices and updates belong together. Source: jax.lax.ScatterDimensionNumbers. */
export interface ScatterDimensionNumbers {
  readonly updateWindowDims: readonly number[];
  readonly insertedWindowDims: readonly number[];
  readonly scatterDimsToOperandDims: readonly number[];
  readonly operandBatchingDims?: readonly number[] | undefined;
  readonly scatterIndicesBatchingDims?: readonly number[] | undefined;
}

/** What updates that reach outside the operand do: move inside, or be dropped ("fill" is another word for that). */
export type ScatterMode = "clip" | "drop" | "fill" | "promiseInBounds";

/** Options of the scatters. */
export interface ScatterOptions {
  /** "drop" by default, as in JAX. */
  readonly mode?: ScatterMode | undefined;
  readonly indicesAreSorted?: boolean | undefined;
  /** A promise that no place is written twice. */
  readonly uniqueIndices?: boolean | undefined;
}

export type ScatterParams = {
  dimensionNumbers: ScatterNumbers;
  mode: "clip" | "drop";
  uniqueIndices: boolean;
};

const windowAxes = (ndim: number, d: ScatterNumbers): number[] =>
  range(ndim).filter((i) => !d.insertedWindowDims.includes(i) && !d.operandBatchingDims.includes(i));

/** Sizes of the windows along each operand axis. */
export function windowSizes(
  x: { shape: readonly number[] },
  updates: { shape: readonly number[] },
  d: ScatterNumbers,
): number[] {
  const axes = windowAxes(x.shape.length, d);
  return x.shape.map((size, i) =>
    axes.includes(i) ? updates.shape[d.updateWindowDims[axes.indexOf(i)]] : Math.min(1, size),
  );
}

function checkScatter(
  name: string,
  x: ShapedArray,
  indices: ShapedArray,
  updates: ShapedArray,
  d: ScatterNumbers,
): void {
  checkDtypes(name, [x, updates], "any");
  if (!isInteger(indices.dtype))
    throw new DTypeError(`${name}: indices must be integers; got ${indices.dtype}.`);
  if (indices.ndim === 0 || indices.shape[indices.ndim - 1] !== d.scatterDimsToOperandDims.length) {
    throw new ShapeError(
      `${name}: the last axis of indices ${shapeString(indices.shape)} must have size ${d.scatterDimsToOperandDims.length}.`,
    );
  }
  const axes = windowAxes(x.ndim, d);
  if (axes.length !== d.updateWindowDims.length || updates.ndim !== axes.length + indices.ndim - 1) {
    throw new ArgumentError(
      `${name}: updates of shape ${shapeString(updates.shape)} do not fit indices ${shapeString(indices.shape)} and windows over axes [${axes.join(", ")}].`,
    );
  }
  const batch = updates.shape.filter((_, i) => !d.updateWindowDims.includes(i));
  const sizes = windowSizes(x, updates, d);
  if (batch.some((s, i) => s !== indices.shape[i]) || sizes.some((s, i) => s > x.shape[i])) {
    throw new ShapeError(
      `${name}: updates ${shapeString(updates.shape)} do not fit an operand ${shapeString(x.shape)} and indices ${shapeString(indices.shape)}.`,
    );
  }
}

function emitScatter(
  b: Block,
  op: AccumulateOp | "set",
  [x, indices, given]: readonly Pull[],
  out: Buffer,
  { dimensionNumbers: d, mode }: ScatterParams,
): void {
  const { shape } = x.aval;
  const updates = detached(b, given, x);
  copyInto(b, x, out);
  const axes = windowAxes(shape.length, d);
  const sizes = windowSizes(x.aval, updates.aval, d);
  b.nest(updates.aval.shape, (inner, index) => {
    const batch = index.filter((_, i) => !d.updateWindowDims.includes(i));
    let inside: Expr | null = null;
    // Where to write, once it is known that it lies within the operand.
    const at = shape.map((size, axis): ((body: Block) => Expr) => {
      const w = axes.indexOf(axis);
      const offset = w === -1 ? intConst(0) : index[d.updateWindowDims[w]];
      const shared = d.operandBatchingDims.indexOf(axis);
      if (shared !== -1) return () => batch[d.scatterIndicesBatchingDims[shared]];
      const k = d.scatterDimsToOperandDims.indexOf(axis);
      if (k === -1) return () => offset;
      const start = inner.let(toIndex(indices.at([...batch, intConst(k)])), "at");
      const last = size - sizes[axis];
      if (mode === "drop") {
        inside = also(inside, isWithin(start, 0, last));
        return (body) => iadd(body.within(start, 0, last), offset);
      }
      return () => iadd(iclamp(start, 0, last), offset);
    });
    const write = (body: Block): void => {
      const place = at.map((f) => f(body));
      const position = body.let(flatten(place, shape), "p");
      const value = updates.at(index);
      body.store(out, position, op === "set" ? value : e.apply(op, e.load(out, position), value));
    };
    if (inside === null) write(inner);
    else inner.if(inside, write);
  });
}

/** The gather that reads what a scatter writes. */
function readBack(
  x: NDArray,
  indices: NDArray,
  updates: { shape: readonly number[] },
  { dimensionNumbers: d, mode }: ScatterParams,
  of: { shape: readonly number[] },
  fillValue?: Scalar,
): NDArray {
  return gather(x, indices, gatherNumbers(d), windowSizes(of, updates, d), {
    mode: mode === "drop" ? "fill" : "clip",
    fillValue,
  });
}

/** What scatters share: all but derivatives. */
const scattering = (self: () => Primitive<ScatterParams>, name: string, op: AccumulateOp | "set") =>
  ({
    name,
    kind: "opaque",
    abstractEval: ([x, indices, updates], { dimensionNumbers }) => {
      checkScatter(name, x, indices, updates, dimensionNumbers);
      return [shaped(x.shape, x.dtype, x.weakType)];
    },
    lower: (_context, _args, params) => ({
      kind: "routine",
      emit: (b, args, [out]) => emitScatter(b, op, args, out, params),
    }),
    batch: (axis, [x, indices, updates], [xDim, iDim, uDim], params) => {
      const [operand, values] = [materialise(axis, x, xDim), materialise(axis, updates, uDim)];
      const where = iDim === null ? indices : materialise(axis, indices, iDim);
      const dimensionNumbers = batchedNumbers(params.dimensionNumbers, 0, iDim);
      return [bind(self(), [operand, where, values], { ...params, dimensionNumbers }), [0]];
    },
  }) satisfies Partial<PrimitiveDef<ScatterParams>>;

/** Scatters of sums and of plain writes are linear in operand and updates together. */
const isArray = (operand: number): boolean => operand !== 1;

const scatterAddP: Primitive<ScatterParams> = linear<ScatterParams>({
  ...scattering(() => scatterAddP, "scatter_add", "add"),
  linearIn: isArray,
  transpose: (ct, [, , updates], params, [indices]) => [
    () => ct,
    () => readBack(ct, indices, updates, params, ct, 0),
  ],
  // Where each update goes: serial numbers of the places, read back.
  dependence: (_args, params, _avals, tools) =>
    tools.addedElements((serials, indices, updates) =>
      readBack(serials, indices, updates, params, serials, 0),
    ),
});

const scatterP: Primitive<ScatterParams> = linear<ScatterParams>({
  ...scattering(() => scatterP, "scatter", "set"),
  linearIn: isArray,
  transpose: (ct, [, , updates], params, [where]) => [
    () => bind1(scatterP, [ct, where, zerosOf(updates.strong)], params),
    () => {
      const read = readBack(ct, where, updates, params, ct, 0);
      if (params.uniqueIndices) return read;
      // Of several writes to one place only the last one counts: find it by writing serial numbers.
      const ids = reshape(iota("int32", updates.size), updates.shape);
      const winners = bind1(scatterP, [full(ct.shape, -1, "int32"), where, ids], params);
      return select(eq(readBack(winners, where, updates, params, ct, -1), ids), read, 0);
    },
  ],
  dependence: (_args, _p, _avals, tools) => tools.movedElements(),
});

const scatterMulP: Primitive<ScatterParams> = definePrimitive<ScatterParams>({
  ...scattering(() => scatterMulP, "scatter_mul", "mul"),
  jvp: ([x, indices, updates], [tx, , tu], params) => {
    const out = bind1(scatterMulP, [x, indices, updates], params);
    const t = isZero(tx) ? tx : bind1(scatterMulP, [tx, indices, updates], params);
    if (isZero(tu)) return [[out], [t]];
    if (!params.uniqueIndices) {
      throw new DifferentiationError(
        "scatterMul: the derivative with respect to the updates exists only with uniqueIndices: true (no place is multiplied twice).",
      );
    }
    const due = mul(tu, readBack(x, indices, updates, params, x, 0));
    const part = bind1(scatterAddP, [zerosOf(out.aval.strong), indices, due], params);
    return [[out], [addTangents(t, part)]];
  },
  transpose: ([ct], [x, indices, updates], params) => {
    if (!isUndef(x)) return [null, null, null];
    return [bind1(scatterMulP, [ct as NDArray, indices as NDArray, updates as NDArray], params), null, null];
  },
});

/** Extrema share the derivative among all that attain them: the operand's element and the updates at its place. */
function scatterExtremum(name: string, op: "min" | "max"): Primitive<ScatterParams> {
  const self: Primitive<ScatterParams> = definePrimitive<ScatterParams>({
    ...scattering(() => self, name, op),
    jvp: ([x, indices, updates], [tx, , tu], params) => {
      const out = bind1(self, [x, indices, updates], params);
      const own = convertElementType(eq(x, out), x.dtype);
      const hit = convertElementType(eq(updates, readBack(out, indices, updates, params, x)), x.dtype);
      const sum = (start: NDArray, values: NDArray): NDArray =>
        bind1(scatterAddP, [start, indices, values], params);
      const count = sum(own, hit);
      const due = sum(mul(own, instantiate(tx)), mul(hit, instantiate(tu)));
      return [[out], [div(due, count)]];
    },
    transpose: notLinear,
  });
  return self;
}
const scatterMinP = scatterExtremum("scatter_min", "min");
const scatterMaxP = scatterExtremum("scatter_max", "max");

type Scatter = (
  operand: ArrayLike,
  scatterIndices: ArrayLike,
  updates: ArrayLike,
  dimensionNumbers: ScatterDimensionNumbers,
  options?: ScatterOptions,
) => NDArray;

const scatterNames = [
  "updateWindowDims",
  "insertedWindowDims",
  "scatterDimsToOperandDims",
  "operandBatchingDims",
  "scatterIndicesBatchingDims",
];

const wrap =
  (p: Primitive<ScatterParams>, name: string): Scatter =>
  (operand, scatterIndices, updates, dimensionNumbers, options) => {
    checkOptions(name, options, ["mode", "indicesAreSorted", "uniqueIndices"]);
    const args = [operand, scatterIndices, updates].map((a) => asArray(a, name));
    const numbers = {
      ...dimensionNumbers,
      operandBatchingDims: dimensionNumbers?.operandBatchingDims ?? [],
      scatterIndicesBatchingDims: dimensionNumbers?.scatterIndicesBatchingDims ?? [],
    } as ScatterNumbers;
    checkNumbers(name, numbers, scatterNames);
    const mode = options?.mode === "clip" || options?.mode === "promiseInBounds" ? "clip" : "drop";
    return bind1(p, args, {
      dimensionNumbers: numbers,
      mode,
      uniqueIndices: options?.uniqueIndices === true,
    });
  };

/** Writes at computed places. */
export const scatter = wrap(scatterP, "scatter");
/** Adds at computed places. */
export const scatterAdd = wrap(scatterAddP, "scatterAdd");
/** Multiplies at computed places. */
export const scatterMul = wrap(scatterMulP, "scatterMul");
/** Minimum with updates at computed places. */
export const scatterMin = wrap(scatterMinP, "scatterMin");
/** Maximum with updates at computed places. */
export const scatterMax = wrap(scatterMaxP, "scatterMax");

/** Subtracts at computed places. */
export const scatterSub: Scatter = (operand, scatterIndices, updates, dimensionNumbers, options) =>
  scatterAdd(operand, scatterIndices, neg(updates), dimensionNumbers, options);
