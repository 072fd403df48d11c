/**
 * @file scipy.ndimage: `mapCoordinates`, reading an array at fractional positions.
 *
 * Differentiable in the array and, for order 1, in the coordinates. Source: jax.scipy.ndimage.
 */
import { show } from "../base/checks.ts";
import { type ArrayLike, NDArray } from "../core/array.ts";
import { isInteger } from "../dtypes/dtype.ts";
import { broadcastShapes } from "../dtypes/shape.ts";
import { ArgumentError } from "../base/errors.ts";
import { asArray, asDType, promote } from "../lax/operands/convert.ts";
import * as lax from "../lax/index.ts";
import { broadcastToShape } from "../lax/shapes/movement.ts";
import { settle, signature } from "../arguments/declare.ts";
import { type OptionsOf, param } from "../arguments/parameters.ts";
import { index } from "../numpy/indexing/indexing.ts";
import { inexact } from "../numpy/operands/promote.ts";
import { range } from "../base/util.ts";

/** What lies outside the array. */
export type BoundaryMode = "constant" | "nearest" | "wrap" | "mirror" | "reflect";

const mapCoordinatesSignature = signature(
  "mapCoordinates",
  2,
  [
    param<[order: number | undefined]>()("order", undefined),
    param<[mode: BoundaryMode]>()("mode", "constant"),
    /** The value outside, for mode "constant". */
    param<[cval: ArrayLike]>()("cval", 0),
  ],
  [],
);
/**
 * Options of `mapCoordinates`: order (0, the nearest element, or 1, linear; it must be given), mode = "constant" (see
 * `BoundaryMode`), cval = 0 (the value outside, for mode "constant").
 */
export type MapCoordinatesOptions = OptionsOf<(typeof mapCoordinatesSignature)["params"]>;

/** i mod n, never negative. */
function modulo(i: NDArray, n: number): NDArray {
  const r = lax.rem(i, n);
  return lax.select(lax.lt(r, 0), lax.add(r, n), r);
}

function mirror(i: NDArray, size: number): NDArray {
  const s = size - 1;
  if (s === 0) return lax.mul(i, 0);
  return lax.abs(lax.sub(modulo(lax.add(i, s), 2 * s), s));
}

/** Where an index outside the array points to instead. */
const fixers: Readonly<Record<BoundaryMode, (i: NDArray, size: number) => NDArray>> = {
  constant: (i) => i,
  nearest: (i, size) => lax.clamp(0, i, size - 1),
  wrap: modulo,
  mirror,
  reflect: (i, size) => {
    const doubled = lax.sub(mirror(lax.add(lax.mul(2, i), 1), 2 * size + 1), 1);
    // Half, rounded down.
    return lax.shiftRightArithmetic(doubled, 1);
  },
};

interface Node {
  readonly index: NDArray;
  readonly weight: NDArray | null;
  /** Whether the index is inside; null if it always is. */
  readonly valid: NDArray | null;
}

/** The neighbours of a coordinate along one axis, and how much each counts. */
function neighbours(coordinate: NDArray, order: number): { index: NDArray; weight: NDArray | null }[] {
  if (isInteger(coordinate.dtype))
    return [{ index: lax.convertElementType(coordinate, "int32"), weight: null }];
  if (order === 0)
    return [{ index: lax.convertElementType(lax.round(coordinate, 0), "int32"), weight: null }];
  const lower = lax.floor(coordinate);
  const upperWeight = lax.sub(coordinate, lower);
  const below = lax.convertElementType(lower, "int32");
  return [
    { index: below, weight: lax.sub(1, upperWeight) },
    { index: lax.add(below, 1), weight: upperWeight },
  ];
}

const multiply = (a: NDArray | null, b: NDArray | null): NDArray | null =>
  a === null ? b : b === null ? a : lax.mul(a, b);

const both = (a: NDArray | null, b: NDArray | null): NDArray | null =>
  a === null ? b : b === null ? a : lax.bitwiseAnd(a, b);

/** All choices of one item from each list. */
function combinations<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((out, list) => out.flatMap((head) => list.map((item) => [...head, item])), [[]]);
}

/** One array for each axis: those of a list, or the parts of an array along its first axis. */
function coordinatesOf(coordinates: readonly ArrayLike[] | NDArray): NDArray[] {
  if (Array.isArray(coordinates))
    return (coordinates as readonly ArrayLike[]).map((c) => asArray(c, "mapCoordinates"));
  if (coordinates instanceof NDArray && coordinates.ndim > 0)
    return range(coordinates.shape[0]).map((i) => lax.indexInDim(coordinates, i, 0, false));
  throw new ArgumentError(
    `mapCoordinates: the coordinates must be a list of arrays, one for each axis, or an array of them; got ${show(coordinates)}.`,
  );
}

/**
 * The array's values at coordinates, one array of coordinates for each axis, interpolated.
 *
 * Parameters: order (0: the nearest element, 1: linear), mode = "constant", cval = 0.
 * @throws ArgumentError for another order or mode, or if the coordinates are not one array for each axis
 * @see jax.scipy.ndimage.map_coordinates
 * @example
 * scipy.ndimage.mapCoordinates(np.array([0, 10, 20]), [np.array([0.5, 1])], 1).js(); // [5, 10]
 */
export function mapCoordinates(
  input: ArrayLike,
  coordinates: readonly ArrayLike[] | NDArray,
  ...rest: readonly unknown[]
): NDArray {
  const { order, mode, cval } = settle(mapCoordinatesSignature, rest);
  const x = asArray(input, "mapCoordinates");
  const list = coordinatesOf(coordinates);
  if (list.length !== x.ndim)
    throw new ArgumentError(`mapCoordinates: coordinates for ${list.length} axes; the array has ${x.ndim}.`);
  if (order !== 0 && order !== 1)
    throw new ArgumentError(`mapCoordinates: order must be 0 or 1; got ${show(order)}.`);
  if (typeof mode !== "string" || !Object.hasOwn(fixers, mode)) {
    throw new ArgumentError(
      `mapCoordinates: unknown mode ${show(mode)}; expected one of ${Object.keys(fixers).join(", ")}.`,
    );
  }
  const shape = broadcastShapes(
    list.map((c) => c.shape),
    "mapCoordinates",
  );
  const nodes = list.map((c, k): Node[] => {
    const size = x.shape[k];
    const wide = broadcastToShape(c, shape);
    const at = isInteger(c.dtype) ? wide : inexact("mapCoordinates", wide);
    return neighbours(at, order).map(({ index: i, weight }) => ({
      index: fixers[mode](i, size),
      weight,
      valid: mode === "constant" ? lax.bitwiseAnd(lax.ge(i, 0), lax.lt(i, size)) : null,
    }));
  });
  return interpolate(x, nodes, asDType(cval, x.dtype, false, "mapCoordinates"));
}

function interpolate(x: NDArray, nodes: readonly (readonly Node[])[], outside: NDArray): NDArray {
  const terms = combinations(nodes).map((corner) => {
    const value = index(
      x,
      corner.map((n) => n.index),
    );
    const valid = corner.map((n) => n.valid).reduce(both, null);
    const weight = corner.map((n) => n.weight).reduce(multiply, null);
    const inside = valid === null ? value : lax.select(valid, value, outside);
    if (weight === null) return inside;
    const [w, v] = promote("mapCoordinates", weight, inside);
    return lax.mul(w, v);
  });
  const sum = terms.reduce((a, b) => lax.add(a, b));
  const isRounded = isInteger(x.dtype) && !isInteger(sum.dtype);
  return lax.convertElementType(isRounded ? lax.round(sum, 0) : sum, x.dtype);
}
