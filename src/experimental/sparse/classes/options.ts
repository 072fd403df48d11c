/** @file Options that several functions of sparse arrays take, and what is made of them. */
import { type ArrayLike, type NDArray } from "../../../core/array.ts";
import { checkOneOf, checkWhole } from "../../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../../base/errors.ts";
import { type DType, isInteger, toDType } from "../../../dtypes/dtype.ts";
import { asArray } from "../../../lax/operands/convert.ts";
import { checkAxisCounts, countStored, fromDense } from "../parts/conversion.ts";
import { inefficiency, withLayout } from "../parts/layout.ts";
import { type Coordinates, layoutOf } from "../parts/parts.ts";
import { warn } from "../debug-warn.ts";
import { SparseEfficiencyError, SparseEfficiencyWarning } from "../errors.ts";

/** How a dense array becomes sparse. */
export interface FromDenseOptions {
  /** Number of entries (of each lane): by default as many as are not zero, which must be known. */
  readonly nse?: number | undefined;
  /** The dtype of indices: "int32" by default. */
  readonly indexDtype?: DType | undefined;
  /** Number of batch axes, 0 by default. */
  readonly nBatch?: number | undefined;
  /** Number of dense axes, 0 by default. */
  readonly nDense?: number | undefined;
}

export const fromDenseNames: readonly string[] = ["nse", "indexDtype", "nBatch", "nDense"];

/** A dtype of integers. */
export function indexDtypeOf(where: string, dtype: unknown = "int32"): DType {
  const found = toDType(dtype, where);
  if (isInteger(found)) return found;
  throw new ArgumentError(`${where}: indexDtype must be a dtype of integers; got ${found}.`);
}

/** The parts of a dense array. */
export function denseGiven(
  where: string,
  given: ArrayLike,
  options: FromDenseOptions | undefined,
): Coordinates {
  checkOptions(where, options, fromDenseNames);
  const dense: NDArray = asArray(given, where);
  const { nBatch = 0, nDense = 0 } = options ?? {};
  checkAxisCounts(where, dense.ndim, nBatch, nDense);
  const indexDtype = indexDtypeOf(where, options?.indexDtype);
  const nse = options?.nse ?? countStored(where, dense, nBatch, nDense);
  checkWhole(where, "nse", nse);
  return fromDense(dense, nse, nBatch, nDense, indexDtype);
}

/** Which axes are batch and which are dense. */
export interface LayoutOptions {
  /** Number of batch axes: as many as there are, by default. */
  readonly nBatch?: number | undefined;
  /** Number of dense axes: as many as there are, by default. */
  readonly nDense?: number | undefined;
  /** What to do where that stores many zeros: "error" by default, "warn", or null for nothing. */
  readonly onInefficient?: "error" | "warn" | null | undefined;
}

/** The parts in another layout. */
export function layoutGiven(where: string, x: Coordinates, options: LayoutOptions | undefined): Coordinates {
  checkOptions(where, options, ["nBatch", "nDense", "onInefficient"]);
  const now = layoutOf(x);
  const { nBatch = now.nBatch, nDense = now.nDense, onInefficient = "error" } = options ?? {};
  if (onInefficient !== null) checkOneOf(where, "onInefficient", onInefficient, ["error", "warn"]);
  checkAxisCounts(where, x.shape.length, nBatch, nDense);
  const why = inefficiency(x, nBatch, nDense);
  if (why !== null && onInefficient === "error")
    throw new SparseEfficiencyError(`${where}: ${why} If that is meant, pass { onInefficient: null }.`);
  if (why !== null && onInefficient === "warn")
    warn(new SparseEfficiencyWarning(`${where}: ${why} Pass { onInefficient: null } to be told no more.`));
  return withLayout(x, nBatch, nDense);
}
