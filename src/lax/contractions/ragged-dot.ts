/** @file `raggedDot`: rows in consecutive groups, each group with its own matrix. */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, isInteger } from "../../dtypes/dtype.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../base/errors.ts";
import { sub } from "../elementwise/arithmetic.ts";
import { bitwiseAnd } from "../elementwise/bitwise.ts";
import { ge, lt } from "../elementwise/compare.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { asArray } from "../operands/convert.ts";
import { broadcastedIota } from "../shapes/creation.ts";
import { cumsum } from "../reductions/cumulative.ts";
import { dotGeneral } from "./dot.ts";
import { broadcastInDim } from "../shapes/movement.ts";
import { promoteStrict } from "../operands/strict.ts";
import { reduceSum } from "../reductions/reduce.ts";
import { select } from "../elementwise/select.ts";

/** Options of `raggedDot`. */
export interface RaggedDotOptions {
  readonly precision?: unknown;
  readonly preferredElementType?: DType | undefined;
  /** Must be left out: groups always begin with the first. */
  readonly groupOffset?: null | undefined;
}

/**
 * Multiplies the rows of `lhs [m, k]`, which come in groups of `groupSizes [g]`, each group with its own matrix of
 * `rhs [g, k, n]`, giving `[m, n]`. Rows beyond the groups give 0. All groups' products are computed and masked. Linear in
 * `lhs` and in `rhs`; the sizes are integers and have no derivative.
 * @throws ShapeError, DTypeError where the operands do not fit; ArgumentError for a `groupOffset`
 * @see jax.lax.ragged_dot
 * @example
 * const [rows, matrices] = [np.array([[1], [2], [3]]), np.array([[[10]], [[100]]])];
 * lax.raggedDot(rows, matrices, np.array([1, 2], "int32")).js(); // [[10], [200], [300]]
 */
export function raggedDot(
  lhs: ArrayLike,
  rhs: ArrayLike,
  groupSizes: ArrayLike,
  options?: RaggedDotOptions,
  ...more: []
): NDArray {
  refuseMore("raggedDot", 4, more);
  checkOptions("raggedDot", options, ["precision", "preferredElementType", "groupOffset"]);
  if (options?.groupOffset !== undefined && options.groupOffset !== null)
    throw new ArgumentError("raggedDot: groupOffset is not supported; leave it out.");
  const [a, b] = promoteStrict("raggedDot", lhs, rhs) as [NDArray, NDArray];
  const given = asArray(groupSizes, "raggedDot");
  const fits =
    a.ndim === 2 &&
    b.ndim === 3 &&
    given.ndim === 1 &&
    a.shape[1] === b.shape[1] &&
    b.shape[0] === given.shape[0];
  if (!fits) {
    throw new ShapeError(
      `raggedDot: expected shapes [m,k], [g,k,n] and [g]; got ${[a, b, given].map((x) => shapeString(x.shape)).join(", ")}.`,
    );
  }
  if (!isInteger(given.dtype))
    throw new DTypeError(`raggedDot: group sizes must be integers; got ${given.dtype}.`);
  const sizes = convertElementType(given, "int32");
  const preferredElementType = options?.preferredElementType;
  const all = dotGeneral(
    a,
    b,
    [
      [[1], [1]],
      [[], []],
    ],
    { preferredElementType },
  );
  const [m, g, n] = all.shape;
  const ends = cumsum(sizes, 0);
  const row = broadcastedIota("int32", [m, g, n], 0);
  const spread = (x: NDArray): NDArray => broadcastInDim(x, [m, g, n], [1]);
  const own = bitwiseAnd(ge(row, spread(sub(ends, sizes))), lt(row, spread(ends)));
  return reduceSum(select(own, all, 0), [1]);
}
