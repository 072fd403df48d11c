/**
 * @file Reductions and recurrences of complex numbers that are not those of their parts: products and extrema, by halves;
 * running products and linear recurrences, by doubling.
 */
import type { NDArray } from "../../../core/array.ts";
import { Parts } from "../../../core/primitive.ts";
import { otherAxes, replaceAt } from "../../../dtypes/shape.ts";
import { prod, range } from "../../../base/util.ts";
import { full } from "../../shapes/creation.ts";
import { reshape, transpose } from "../../shapes/movement.ts";
import { concatenate, sliceInDim } from "../../shapes/slicing.ts";
import * as c from "./arithmetic.ts";

/** The same movement of both parts. */
const move = (x: Parts, f: (part: NDArray) => NDArray): Parts => new Parts(f(x.re), f(x.im));

/** Combines all elements along axes by an associative and commutative function. */
export function folded(x: Parts, axes: readonly number[], combine: (x: Parts, y: Parts) => Parts): Parts {
  const { shape, ndim } = x.re;
  const kept = otherAxes(ndim, axes);
  const keptShape = kept.map((k) => shape[k]);
  const count = prod(axes.map((k) => shape[k]));
  if (count === 0) {
    const { dtype } = x.re;
    return new Parts(full(keptShape, 1, dtype), full(keptShape, 0, dtype));
  }
  let rows = move(x, (p) => reshape(transpose(p, [...axes, ...kept]), [count, ...keptShape]));
  const part = (from: number, to: number): Parts => move(rows, (p) => sliceInDim(p, from, to, 1, 0));
  for (let n = count; n > 1; n = Math.ceil(n / 2)) {
    const half = Math.floor(n / 2);
    const paired = combine(part(0, half), part(half, 2 * half));
    const rest = part(2 * half, n);
    rows =
      n % 2 === 0
        ? paired
        : new Parts(concatenate([paired.re, rest.re], 0), concatenate([paired.im, rest.im], 0));
  }
  return move(rows, (p) => reshape(p, keptShape));
}

interface Direction {
  readonly axis: number;
  readonly reverse: boolean;
}

/** Each element `step` places before in the direction of the scan, and before the first a constant. */
function delayed(x: Parts, step: number, { axis, reverse }: Direction, fill: number): Parts {
  const n = x.re.shape[axis];
  const shape = replaceAt(x.re.shape, axis, step);
  const shifted = (p: NDArray, value: number): NDArray => {
    const before = full(shape, value, p.dtype);
    return reverse
      ? concatenate([sliceInDim(p, step, n, 1, axis), before], axis)
      : concatenate([before, sliceInDim(p, 0, n - step, 1, axis)], axis);
  };
  return new Parts(shifted(x.re, fill), shifted(x.im, 0));
}

const doublings = (n: number): number[] => range(Math.ceil(Math.log2(Math.max(n, 1)))).map((k) => 2 ** k);

/** The products of all elements up to each. */
export function runningProduct(x: Parts, direction: Direction): Parts {
  let out = x;
  for (const step of doublings(x.re.shape[direction.axis]))
    out = c.mul(out, delayed(out, step, direction, 1));
  return out;
}

/** yᵢ = aᵢ·yᵢ₋₁ + bᵢ, from y₀ = b₀. */
export function runningAffine(a: Parts, b: Parts, direction: Direction): Parts {
  let [factor, sum] = [a, b];
  for (const step of doublings(b.re.shape[direction.axis])) {
    sum = c.add(sum, c.mul(factor, delayed(sum, step, direction, 0)));
    factor = c.mul(factor, delayed(factor, step, direction, 0));
  }
  return sum;
}
