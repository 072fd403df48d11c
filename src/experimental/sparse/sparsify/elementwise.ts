/** @file Elementwise operations on sparse arrays. */
import type { NDArray } from "../../../core/array.ts";
import { evalTrace, isConcrete } from "../../../core/eval.ts";
import { type Params, type Primitive } from "../../../core/primitive.ts";
import { bind, withTrace } from "../../../core/trace.ts";
import { arraysEqual } from "../../../base/util.ts";
import { shapeString } from "../../../dtypes/shape.ts";
import * as lax from "../../../lax/plain.ts";
import { toDense } from "../parts/conversion.ts";
import { coordinates, layoutOf, unsupported } from "../parts/parts.ts";
import { divideDense, multiplyDense, multiplySparse } from "../parts/products.ts";
import type { Rule, RuleContext } from "./context.ts";
import {
  type Operand,
  type SparseValue,
  coordinatesOf,
  deduplicated,
  fresh,
  isSparse,
  withData,
} from "./values.ts";

/** Linear functions of each element by itself: entries of one position need not be added up first. */
const linear: ReadonlySet<string> = /* @__PURE__ */ new Set(["neg", "real", "imag", "conj", "stop_gradient"]);

/** The values of a function at zero, with the other operands as they are; null where that is not known. */
function atZero(
  primitive: Primitive,
  operands: readonly Operand[],
  params: Params,
): readonly NDArray[] | null {
  const zeros = operands.map((x) =>
    isSparse(x) ? lax.full([], x.parts.data.dtype === "bool" ? false : 0, x.parts.data.dtype) : x,
  );
  if (!zeros.every((x) => x.ndim === 0 && isConcrete(x))) return null;
  return withTrace(evalTrace, () => bind(primitive, zeros, params));
}

const isZero = (x: NDArray): boolean => {
  const flat = isConcrete(x) ? x.dataSync() : null;
  return flat !== null && Array.from<unknown>(flat as ArrayLike<unknown>).every((v) => Number(v) === 0);
};

/** Any elementwise function that is zero where its sparse operands are, the others being numbers that are known. */
export function elementwise(
  primitive: Primitive,
  operands: readonly Operand[],
  params: Params,
  { what }: RuleContext,
): readonly Operand[] {
  const [first, ...others] = operands.filter(isSparse);
  const there = withTrace(evalTrace, () => atZero(primitive, operands, params));
  if (there === null)
    throw unsupported(
      what,
      `there is no rule for ${primitive.name} of a sparse array and one that is not, or of unknown value.`,
    );
  if (!there.every(isZero))
    throw unsupported(
      what,
      `there is no rule for ${primitive.name} of a sparse array, since it is not zero where that is, so that its result would be dense.`,
    );
  if (others.some((x) => x.pattern !== first.pattern || !x.parts.uniqueIndices))
    throw unsupported(
      what,
      `there is no rule for ${primitive.name} of sparse arrays whose entries are elsewhere.`,
    );
  const x = linear.has(primitive.name) ? first : deduplicated(what, first);
  const args = operands.map((y) => (y === first ? x.parts.data : isSparse(y) ? y.parts.data : y));
  return bind(primitive, args, params).map((data) => withData(x, data));
}

/** The operands of a function of two arrays that is defined for coordinates only. */
function pair(what: string, name: string, operands: readonly Operand[]): [Operand, Operand] {
  const [x, y] = operands;
  if (operands.some((z) => isSparse(z) && z.kind === "rows"))
    throw unsupported(
      what,
      `there is no rule for ${name} of arrays of compressed rows (BCSR). Convert with toBcoo().`,
    );
  return [x, y];
}

const shapeOf = (x: Operand): readonly number[] => (isSparse(x) ? x.parts.shape : x.shape);

/** All entries of both, one after the other. */
function addSparse(what: string, x: SparseValue, y: SparseValue): SparseValue {
  const [a, b] = [coordinatesOf(x), coordinatesOf(y)];
  if (x.pattern === y.pattern) return withData(x, lax.add(a.data, b.data));
  if (!arraysEqual(a.shape, b.shape))
    throw unsupported(
      what,
      `sparse arrays of different shapes are not added: ${shapeString(a.shape)} and ${shapeString(b.shape)}.`,
    );
  const [k, l] = [layoutOf(a), layoutOf(b)];
  const lanes = (p: NDArray, q: NDArray): boolean =>
    arraysEqual(p.shape.slice(0, k.nBatch), q.shape.slice(0, k.nBatch));
  if (
    k.nBatch !== l.nBatch ||
    k.nDense !== l.nDense ||
    !lanes(a.data, b.data) ||
    !lanes(a.indices, b.indices)
  )
    throw unsupported(what, "sparse arrays with different batch or dense axes are not added.");
  const data = lax.concatenate([a.data, b.data], k.nBatch);
  const indices = lax.concatenate([a.indices, b.indices.astype(a.indices.dtype)], k.nBatch);
  return fresh(coordinates(data, indices, a.shape));
}

/** A sparse array as a dense one, where the other operand is as large. */
function densified(what: string, x: SparseValue, y: NDArray): NDArray {
  if (arraysEqual(y.shape, x.parts.shape)) return toDense(coordinatesOf(x));
  throw unsupported(
    what,
    `the sum of a sparse array of shape ${shapeString(x.parts.shape)} and a dense one of shape ${shapeString(y.shape)} would be a larger dense array.`,
  );
}

const add: Rule = (operands, _params, { what }) => {
  const [x, y] = pair(what, "add", operands);
  if (isSparse(x) && isSparse(y)) return [addSparse(what, x, y)];
  return isSparse(x)
    ? [lax.add(densified(what, x, y as NDArray), y as NDArray)]
    : [lax.add(x, densified(what, y as SparseValue, x))];
};

const sub: Rule = (operands, _params, { what }) => {
  const [x, y] = pair(what, "sub", operands);
  if (isSparse(x) && isSparse(y)) return [addSparse(what, x, withData(y, lax.neg(y.parts.data)))];
  return isSparse(x)
    ? [lax.sub(densified(what, x, y as NDArray), y as NDArray)]
    : [lax.sub(x, densified(what, y as SparseValue, x))];
};

const mul: Rule = (operands, _params, { what }) => {
  const [x, y] = pair(what, "mul", operands);
  if (!isSparse(x))
    return [withData(y as SparseValue, multiplyDense(what, coordinatesOf(y as SparseValue), x))];
  if (!isSparse(y)) return [withData(x, multiplyDense(what, coordinatesOf(x), y))];
  if (x.pattern === y.pattern && x.parts.uniqueIndices)
    return [withData(x, lax.mul(x.parts.data, y.parts.data))];
  return [fresh(multiplySparse(what, coordinatesOf(x), coordinatesOf(y)))];
};

const div: Rule = (operands, _params, { what }) => {
  const [x, y] = pair(what, "div", operands);
  if (isSparse(y) || !isSparse(x))
    throw unsupported(what, "division by a sparse array would give a dense one, of infinities and NaNs.");
  return [withData(x, divideDense(what, coordinatesOf(x), y))];
};

/** Those of two operands, which also take dense arrays. */
export const binaryRules: Readonly<Record<string, Rule>> = { add, sub, mul, div };

/** Whether the shapes of operands are equal, but for numbers. */
export const haveOneShape = (operands: readonly Operand[]): boolean => {
  const sizes = operands.map(shapeOf).filter((s) => s.length > 0);
  return sizes.every((s) => arraysEqual(s, sizes[0]));
};
