/** @file Sorting. */
import type { NDArray } from "../../../core/array.ts";
import { shaped } from "../../../core/aval.ts";
import type { HloRule } from "../../../core/hlo.ts";
import { isComplex } from "../../../dtypes/dtype.ts";
import { bitwiseAnd, bitwiseNot, bitwiseOr, eq, lt, ne } from "../../../lax/index.ts";
import type { SortParams } from "../../../lax/sorting/lower.ts";

/** Whether the keys at even places come before those at odd ones: NaNs last in ascending order, first in descending. */
function comesBefore(pairs: readonly NDArray[], { numKeys, descending }: SortParams): NDArray {
  let before: NDArray | null = null;
  for (let k = numKeys - 1; k >= 0; k--) {
    const [x, y] = descending ? [pairs[2 * k + 1], pairs[2 * k]] : [pairs[2 * k], pairs[2 * k + 1]];
    const [xNaN, yNaN] = [ne(x, x), ne(y, y)];
    const less = bitwiseOr(lt(x, y), bitwiseAnd(bitwiseNot(xNaN), yNaN));
    const same = bitwiseOr(eq(x, y), bitwiseAnd(xNaN, yNaN));
    before = before === null ? less : bitwiseOr(less, bitwiseAnd(same, before));
  }
  return before!;
}

export const sort: HloRule<SortParams> = (b, args, params, outs) => {
  if (args.slice(0, params.numKeys).some((x) => isComplex(x.type.dtype))) return null;
  const scalars = args.flatMap((x) => [shaped([], x.type.dtype), shaped([], x.type.dtype)]);
  const sorted = b.ops(
    "sort",
    args,
    args.map((x) => x.type),
    {
      attributes: { dimension: params.dimension, is_stable: true },
      regions: [
        {
          args: scalars,
          body: (inner, pairs) => inner.compute((arrays) => [comesBefore(arrays, params)], pairs),
        },
      ],
    },
  );
  if (params.first === undefined) return sorted;
  return sorted.map((x, i) => {
    const { shape } = outs[i];
    const attributes = {
      start_indices: shape.map(() => 0),
      limit_indices: shape,
      strides: shape.map(() => 1),
    };
    return b.op("slice", [x], outs[i], { attributes });
  });
};
