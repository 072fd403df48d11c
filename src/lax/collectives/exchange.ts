/** @file Collectives in which each lane gets another part: psumScatter, allToAll, pswapaxes. Made of the others. */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { canonicalAxis, insertAt, removeAt, shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ShapeError, checkOptions } from "../../base/errors.ts";
import { axisSizeOf } from "../../interpreters/axis-env.ts";
import { allGather, axisIndex, scatterLanesP } from "./collectives.ts";
import { asArray } from "../operands/convert.ts";
import { dynamicIndexInDim } from "../indexing/dynamic.ts";
import { moveAxis, reshape } from "../shapes/movement.ts";

/** An axis as `[lanes, rest]`, if `tiled`; else it must have one element for each lane. */
function splitLanes(name: string, x: NDArray, axis: number, lanes: number, tiled: boolean): NDArray {
  const size = x.shape[axis];
  if (tiled ? size % lanes !== 0 : size !== lanes) {
    throw new ShapeError(
      `${name}: axis ${axis} of shape ${shapeString(x.shape)} must ${tiled ? "be divisible by" : "have"} the ${lanes} lanes.`,
    );
  }
  if (!tiled) return x;
  return reshape(x, [...x.shape.slice(0, axis), lanes, size / lanes, ...x.shape.slice(axis + 1)]);
}

/** Options of `psumScatter`. */
export interface PsumScatterOptions {
  /** The axis whose parts go to the lanes; 0 by default. */
  readonly scatterDimension?: number | undefined;
  /** Each lane gets a block of that axis instead of one element. */
  readonly tiled?: boolean | undefined;
}

/**
 * The sum over the lanes of a named axis, of which each lane gets its own part: its element along `scatterDimension` (the
 * first), or with `tiled` its block. Linear: its transpose is `allGather`.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis; ShapeError if `scatterDimension` does not divide among the
 * lanes
 * @see jax.lax.psum_scatter
 * @example
 * const f = vmap((x) => lax.psumScatter(x, "i"), 0, { axisName: "i" });
 * f(np.array([[1, 2], [3, 4]])).js(); // [4, 6] — lane 0 has 1 + 3, lane 1 has 2 + 4
 */
export function psumScatter(
  x: ArrayLike,
  axisName: string,
  options?: PsumScatterOptions,
  ...more: []
): NDArray {
  refuseMore("psumScatter", 3, more);
  checkOptions("psumScatter", options, ["scatterDimension", "tiled"]);
  const size = axisSizeOf(axisName, "psumScatter");
  const a = asArray(x, "psumScatter");
  const axis = canonicalAxis(options?.scatterDimension ?? 0, a.ndim, "psumScatter");
  const parts = splitLanes("psumScatter", a, axis, size, options?.tiled === true);
  return bind1(scatterLanesP, [moveAxis(parts, axis, 0)], { axisName, size });
}

/**
 * Lane `i` gets the parts number `i` along `splitAxis` of all lanes, along `concatAxis`: a new axis, or with `tiled` a longer
 * one. Linear.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis; ShapeError if `splitAxis` does not divide among the lanes
 * @see jax.lax.all_to_all
 * @example
 * const f = vmap((x) => lax.allToAll(x, "i", 0, 0), 0, { axisName: "i" });
 * f(np.array([[1, 2], [3, 4]])).js(); // [[1, 3], [2, 4]]
 */
export function allToAll(
  x: ArrayLike,
  axisName: string,
  splitAxis: number,
  concatAxis: number,
  options?: { readonly tiled?: boolean | undefined },
  ...more: []
): NDArray {
  refuseMore("allToAll", 5, more);
  checkOptions("allToAll", options, ["tiled"]);
  return exchange("allToAll", x, axisName, splitAxis, concatAxis, options?.tiled === true);
}

function exchange(
  where: string,
  x: ArrayLike,
  axisName: string,
  splitAxis: number,
  concatAxis: number,
  tiled: boolean,
): NDArray {
  const size = axisSizeOf(axisName, where);
  const a = asArray(x, where);
  const from = canonicalAxis(splitAxis, a.ndim, where);
  const to = canonicalAxis(concatAxis, a.ndim, where);
  const parts = splitLanes(where, a, from, size, tiled);
  const own = dynamicIndexInDim(allGather(parts, axisName), axisIndex(axisName), from + 1, false);
  const out = moveAxis(own, 0, to);
  if (!tiled) return out;
  const shape = removeAt(out.shape, to);
  return reshape(out, insertAt(removeAt(shape, to), to, shape[to] * size));
}

/**
 * Swaps a named axis with an axis of the array, which must have its size. Linear.
 * @throws UnboundAxisError if no enclosing `vmap` binds the axis; ShapeError if the sizes differ
 * @see jax.lax.pswapaxes
 * @example
 * const f = vmap((x) => lax.pswapaxes(x, "i", 0), 0, { axisName: "i" });
 * f(np.array([[1, 2], [3, 4]])).js(); // [[1, 3], [2, 4]]
 */
export const pswapaxes = (x: ArrayLike, axisName: string, axis: number, ...more: []): NDArray => {
  refuseMore("pswapaxes", 3, more);
  return exchange("pswapaxes", x, axisName, axis, axis, false);
};
