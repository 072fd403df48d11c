/** @file `scatterApply`: a function applied to the elements at computed places, as often as each is meant. */
import { checkFunction, refuseMore } from "../../base/checks.ts";
import { type ArrayLike, ConcreteArray, type NDArray } from "../../core/array.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { vmapFlat } from "../../interpreters/batching.ts";
import { ge } from "../elementwise/compare.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { asArray } from "../operands/convert.ts";
import { full } from "../shapes/creation.ts";
import { reshape } from "../shapes/movement.ts";
import { type ScatterDimensionNumbers, type ScatterOptions, scatterAdd } from "./scatter.ts";
import { select } from "../elementwise/select.ts";

/** Traced places may all be the same one: up to so many, each possible repetition is computed. */
const maxTracedRepeats = 64;

/** Options of `scatterApply`. */
export interface ScatterApplyOptions extends ScatterOptions {
  /** The shape that updates would have; `[]` by default. */
  readonly updateShape?: readonly number[] | undefined;
}

/**
 * Applies `func`, a function of one scalar, to the elements of `operand` at computed places (those of `scatter` for updates of
 * `updateShape`); to an element that is meant several times, as often. Where its results are not needed it is computed
 * nonetheless. The derivative is that of `func` at those places, 1 elsewhere.
 * @throws ArgumentError if the places are traced and may repeat too often to compute all possibilities; ShapeError unless
 * `func` gives scalars
 * @see jax.lax.scatter_apply
 * @example
 * const d = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
 * const at = np.array([[1], [3], [3]], "int32");
 * lax.scatterApply(np.array([5, 5, 5, 5]), at, (x) => x.mul(10), d, { updateShape: [3] }).js(); // [5, 50, 5, 500]
 */
export function scatterApply(
  operand: ArrayLike,
  scatterIndices: ArrayLike,
  func: (x: NDArray) => ArrayLike,
  dimensionNumbers: ScatterDimensionNumbers,
  options?: ScatterApplyOptions,
  ...more: []
): NDArray {
  refuseMore("scatterApply", 5, more);
  const { updateShape = [], ...rest } = options ?? {};
  checkFunction("scatterApply", "what to apply", func);
  const x = asArray(operand, "scatterApply");
  const ones = full(updateShape, 1, "int32");
  const hits = scatterAdd(full(x.shape, 0, "int32"), scatterIndices, ones, dimensionNumbers, rest);
  let out = x;
  for (let k = 1; k <= repeats(hits, ones.size, rest); k++) out = select(ge(hits, k), onEach(func, out), out);
  return out;
}

function repeats(hits: NDArray, places: number, { uniqueIndices }: ScatterOptions): number {
  if (uniqueIndices === true) return Math.min(1, places);
  if (hits instanceof ConcreteArray)
    return Array.from(hits.dataSync("int32")).reduce((a, b) => Math.max(a, b), 0);
  if (places <= maxTracedRepeats) return places;
  throw new ArgumentError(
    `scatterApply: ${places} traced places may repeat an element, and how often is not known here; ` +
      "promise that they do not with { uniqueIndices: true }.",
  );
}

function onEach(f: (x: NDArray) => ArrayLike, x: NDArray): NDArray {
  const axis = { size: x.size, name: null };
  const flat = reshape(x, [x.size]);
  const call = ([e]: readonly NDArray[]): NDArray[] => [asArray(f(e), "scatterApply")];
  const [[out], [dim]] = vmapFlat(call, axis, [flat], [0], "scatterApply");
  if (out.ndim !== (dim === null ? 0 : 1))
    throw new ShapeError("scatterApply: the function must return a scalar.");
  const value = convertElementType(out, x.dtype, x.weakType);
  return dim === null ? full(x.shape, value) : reshape(value, x.shape);
}
