/** @file `scaledDot`: products of operands that are stored with a scale for each block of their contracting axis. */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ShapeError, checkOptions } from "../../base/errors.ts";
import { promoteTypes } from "../../dtypes/dtype.ts";
import { mul } from "../elementwise/arithmetic.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { asArray } from "../operands/convert.ts";
import { broadcastInDim, reshape } from "../shapes/movement.ts";
import { range } from "../../base/util.ts";
import { type DotDimensionNumbers, dotGeneral } from "./dot.ts";

/** Options of `scaledDot`. */
export interface ScaledDotOptions {
  /** Scales of the operands: of their shapes, but of a divisor of the size along contracting axes. */
  readonly lhsScale?: ArrayLike | null | undefined;
  readonly rhsScale?: ArrayLike | null | undefined;
  /** By default those of a product of two matrices, or of stacks of them. */
  readonly dimensionNumbers?: DotDimensionNumbers | null | undefined;
  /** The dtype of the result and of the products; that of the operands by default. */
  readonly preferredElementType?: DType | null | undefined;
}

/** The operand times its scale, each element of which stands for a block. */
function scaled(x: NDArray, scale: NDArray, contracting: readonly number[], where: string): NDArray {
  const fits =
    scale.ndim === x.ndim &&
    x.shape.every((d, i) =>
      contracting.includes(i)
        ? d % Math.max(scale.shape[i], 1) === 0 && scale.shape[i] > 0
        : scale.shape[i] === d,
    );
  if (!fits)
    throw new ShapeError(
      `${where}: a scale has the shape of its operand, or divisors of it along contracting axes; ` +
        `got ${shapeString(scale.shape)} for ${shapeString(x.shape)}.`,
    );
  // Each axis as blocks of elements.
  const blocks = x.shape.flatMap((d, i) => [scale.shape[i], scale.shape[i] === 0 ? 0 : d / scale.shape[i]]);
  const spread = broadcastInDim(
    scale,
    blocks,
    range(x.ndim).map((i) => 2 * i),
  );
  return mul(x, reshape(spread, x.shape));
}

/**
 * `dotGeneral` of `lhs` and `rhs` times their scales, in the preferred dtype. Linear in all four; differentiable (JAX's is not).
 * @throws ShapeError for scales that do not fit, and where there are no dimension numbers for operands of other than two or
 * three axes
 * @see jax.lax.scaled_dot
 * @example
 * const a = np.array([[1, 2, 3, 4]]);
 * lax.scaledDot(a, a.T, { lhsScale: np.array([[1, 10]]) }).js(); // [[255]]
 */
export function scaledDot(lhs: ArrayLike, rhs: ArrayLike, options?: ScaledDotOptions, ...more: []): NDArray {
  refuseMore("scaledDot", 3, more);
  const where = "scaledDot";
  checkOptions(where, options, ["lhsScale", "rhsScale", "dimensionNumbers", "preferredElementType"]);
  const given = [lhs, rhs].map((x) => asArray(x, where));
  const scales = [options?.lhsScale, options?.rhsScale].map((x) =>
    x === null || x === undefined ? null : asArray(x, where),
  );
  const [x, y] = given;
  const numbers = options?.dimensionNumbers ?? defaultNumbers(x, y);
  const all = [...given, ...scales.filter((s) => s !== null)];
  const dtype = options?.preferredElementType ?? promoteTypes(all.map((a) => a.aval)).dtype;
  const [a, b] = given.map((operand, i) => {
    const scale = scales[i];
    const wide = convertElementType(operand, dtype);
    return scale === null ? wide : scaled(wide, convertElementType(scale, dtype), numbers[0][i], where);
  });
  return dotGeneral(a, b, numbers, { preferredElementType: dtype });
}

function defaultNumbers(x: NDArray, y: NDArray): DotDimensionNumbers {
  if (x.ndim === 2 && y.ndim === 2)
    return [
      [[1], [0]],
      [[], []],
    ];
  if (x.ndim === 3 && y.ndim === 3)
    return [
      [[2], [1]],
      [[0], [0]],
    ];
  throw new ShapeError(
    `scaledDot: operands of other than two or three axes need dimensionNumbers; got ${shapeString(x.shape)} and ${shapeString(y.shape)}.`,
  );
}
