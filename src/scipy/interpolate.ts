/**
 * @file scipy.interpolate: `RegularGridInterpolator`, values between the points of a rectangular grid.
 *
 * Differentiable in the values and, linear, in the points asked for. Source: jax.scipy.interpolate.
 */
import { index } from "../numpy/indexing/indexing.ts";
import { show } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type PytreeNode, asNode } from "../core/tree.ts";
import { ArgumentError, ShapeError, checkOptions } from "../base/errors.ts";
import { asArray } from "../lax/operands/convert.ts";
import * as np from "../numpy/index.ts";
import { inexact } from "../numpy/operands/promote.ts";

/**
 * How values between the points of a grid are found: "linear", the average of the corners of the cell, weighted by
 * nearness, or "nearest", the value at the nearest corner (half way the lower one), without derivative in the points.
 */
export type InterpolationMethod = "linear" | "nearest";

/** Options of `RegularGridInterpolator`. */
export interface InterpolatorOptions {
  /** "linear" by default. */
  readonly method?: InterpolationMethod | undefined;
  /** Only false: a compiled program cannot raise an error. */
  readonly boundsError?: boolean | undefined;
  /** The value outside the grid, NaN by default; null extrapolates. */
  readonly fillValue?: ArrayLike | null | undefined;
}

function checkMethod(method: string): void {
  if (method !== "linear" && method !== "nearest")
    throw new ArgumentError(
      `RegularGridInterpolator: method must be "linear" or "nearest"; got ${show(method)}.`,
    );
}

/** All choices of one item from each list. */
const combinations = <T>(lists: readonly (readonly T[])[]): T[][] =>
  lists.reduce<T[][]>((found, list) => found.flatMap((head) => list.map((item) => [...head, item])), [[]]);

/** The corners of each cell, weighted. */
function linear(
  values: NDArray,
  lower: readonly NDArray[],
  fraction: readonly NDArray[],
  spread: (x: NDArray) => NDArray,
): NDArray {
  const corners = combinations(
    lower.map((i, k) => [
      { index: i, weight: fraction[k].neg().add(1) },
      { index: i.add(1), weight: fraction[k] },
    ]),
  );
  return corners
    .map((corner) => {
      const weight = corner.map((c) => c.weight).reduce((a, b) => a.mul(b));
      return index(values, [...corner.map((c) => c.index)]).mul(spread(weight));
    })
    .reduce((a, b) => a.add(b));
}

/**
 * Interpolates on a grid of (increasing) coordinates `points`, one vector for each of the first axes of `values`. Further
 * axes are interpolated alike.
 *
 * @see jax.scipy.interpolate.RegularGridInterpolator
 * @example
 * const grid = [np.array([0, 1, 2]), np.array([0, 10])];
 * const f = new scipy.interpolate.RegularGridInterpolator(grid, np.array([[0, 1], [2, 3], [4, 5]]));
 * f.call(np.array([[0.5, 5]])); // Array([1.5])
 */
export class RegularGridInterpolator {
  readonly grid: readonly NDArray[];
  readonly values: NDArray;
  readonly fillValue: NDArray | null;
  readonly method: InterpolationMethod;

  constructor(points: readonly ArrayLike[], values: ArrayLike, options?: InterpolatorOptions) {
    checkOptions("RegularGridInterpolator", options, ["method", "boundsError", "fillValue"]);
    this.method = options?.method ?? "linear";
    checkMethod(this.method);
    if (options?.boundsError === true)
      throw new ArgumentError(
        "RegularGridInterpolator: boundsError cannot be true, since compiled programs raise no errors; use fillValue.",
      );
    this.values = inexact("RegularGridInterpolator", values);
    this.grid = points.map((p) => inexact("RegularGridInterpolator", p));
    const fill = options?.fillValue === undefined ? NaN : options.fillValue;
    this.fillValue = fill === null ? null : asArray(fill, "RegularGridInterpolator");
    if (this.grid.length > this.values.ndim)
      throw new ShapeError(
        `RegularGridInterpolator: ${this.grid.length} vectors of points for values with ${this.values.ndim} axes.`,
      );
    this.grid.forEach((p, i) => {
      if (p.ndim !== 1 || p.size < 2 || p.size !== this.values.shape[i])
        throw new ShapeError(
          `RegularGridInterpolator: points ${i} must be a vector of ${this.values.shape[i]} (at least 2) coordinates; ` +
            `got shape [${p.shape.join(",")}].`,
        );
    });
  }

  /** The values at points [..., d], where d is the number of grid axes: [..., further axes of the values]. */
  call(xi: ArrayLike, options?: { readonly method?: InterpolationMethod }): NDArray {
    const method = options?.method ?? this.method;
    checkMethod(method);
    const d = this.grid.length;
    const given = inexact("RegularGridInterpolator", xi);
    const at = given.ndim === 1 ? np.reshape(given, [-1, d]) : given;
    if (at.ndim === 0 || at.shape[at.ndim - 1] !== d)
      throw new ShapeError(
        `RegularGridInterpolator: points must have shape [..., ${d}]; got [${given.shape.join(",")}].`,
      );
    const flat = np.reshape(at, [-1, d]);
    const coordinates = this.grid.map((_, i) => index(flat, [[], i]));
    const lower = this.grid.map((g, i) => np.clip(np.searchsorted(g, coordinates[i]).sub(1), 0, g.size - 2));
    const fraction = this.grid.map((g, i) => {
      const [a, b] = [index(g, [lower[i]]), index(g, [lower[i].add(1)])];
      return coordinates[i].sub(a).div(b.sub(a));
    });
    const further = this.values.shape.slice(d);
    const spread = (x: NDArray): NDArray => np.reshape(x, [x.size, ...further.map(() => 1)]);
    let out =
      method === "nearest"
        ? index(this.values, [...lower.map((i, k) => np.where(fraction[k].lessEqual(0.5), i, i.add(1)))])
        : linear(this.values, lower, fraction, spread);
    if (this.fillValue !== null) {
      const outside = this.grid
        .map((g, i) =>
          np.logicalOr(coordinates[i].less(index(g, [0])), coordinates[i].greater(index(g, [-1]))),
        )
        .reduce((a, b) => np.logicalOr(a, b));
      out = np.where(spread(outside), this.fillValue.astype(out.dtype), out);
    }
    return np.reshape(out, [...at.shape.slice(0, -1), ...further]);
  }

  get [asNode](): PytreeNode<RegularGridInterpolator, InterpolationMethod> {
    return regularGridInterpolatorNode;
  }
}

const regularGridInterpolatorNode: PytreeNode<RegularGridInterpolator, InterpolationMethod> = {
  flatten: (f) => ({ children: [f.grid, f.values, f.fillValue], aux: f.method }),
  unflatten: (method, [grid, values, fillValue]) =>
    Object.assign(Object.create(RegularGridInterpolator.prototype) as RegularGridInterpolator, {
      grid,
      values,
      fillValue,
      method,
    }),
};
