/** @file Which elements of their operands the elements of a contraction depend on. */
import { ComplexArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import {
  type AxesOfTwo,
  type Dependent,
  type InputSet,
  dependent,
  noInputs,
  union,
  unionAll,
} from "../core/dependent.ts";
import type { DType } from "../dtypes/dtype.ts";
import { otherAxes } from "../dtypes/shape.ts";
import { range } from "../base/util.ts";

/** The offsets of all elements along some axes of an array, the others at 0. */
export function offsetsAlong(shape: readonly number[], axes: readonly number[]): number[] {
  const stride = (axis: number): number => shape.slice(axis + 1).reduce((n, d) => n * d, 1);
  return axes.reduce(
    (offsets, axis) => offsets.flatMap((o) => range(shape[axis]).map((i) => o + i * stride(axis))),
    [0],
  );
}

export const mayBeNonzero = (x: Dependent): ((element: number) => boolean) => {
  const { value } = x;
  if (value === null) return () => true;
  if (value instanceof ComplexArray) {
    const parts = [value.re, value.im].map((value) => mayBeNonzero({ ...x, value }));
    return (e) => parts.some((part) => part(e));
  }
  const data = value.dataSync<DType>();
  return (e) => Number(data[data.length === 1 ? 0 : e]) !== 0;
};

/** Offsets of an operand's elements by their places along its batch, free and contracted axes. */
interface Places {
  readonly batch: readonly number[];
  readonly free: readonly number[];
  readonly contract: readonly number[];
}

function placesOf(x: Dependent, contract: readonly number[], batch: readonly number[]): Places {
  const { shape, ndim } = x.aval;
  return {
    batch: offsetsAlong(shape, batch),
    free: offsetsAlong(shape, otherAxes(ndim, [...contract, ...batch])),
    contract: offsetsAlong(shape, contract),
  };
}

/** Beyond this many products the zeros of the other operand are not looked for. */
const LIMIT = 1 << 26;

/**
 * Calls `emit` with the place of each output element (batch, own free, other's free) and the inputs it gets from `x`:
 * those of all elements contracted, unless the other operand is known to be zero where they meet.
 */
function contributions(
  x: Dependent,
  mine: Places,
  other: Dependent,
  theirs: Places,
  emit: (batch: number, free: number, otherFree: number, set: InputSet) => void,
): void {
  const { sets } = x;
  if (sets === null) return;
  const products = mine.batch.length * mine.free.length * theirs.free.length * mine.contract.length;
  const nonzero = other.value === null || products > LIMIT ? null : mayBeNonzero(other);
  mine.batch.forEach((bx, b) => {
    mine.free.forEach((fx, f) => {
      const met = mine.contract.map((k) => sets[bx + fx + k]);
      const all = nonzero === null ? unionAll(met) : noInputs;
      theirs.free.forEach((fo, g) => {
        const at = theirs.batch[b] + fo;
        emit(
          b,
          f,
          g,
          nonzero === null ? all : unionAll(met.filter((_, k) => nonzero(at + theirs.contract[k]))),
        );
      });
    });
  });
}

export function dependenceOfProducts(
  [x, y]: readonly Dependent[],
  [cx, cy]: AxesOfTwo,
  [bx, by]: AxesOfTwo,
  aval: ShapedArray,
): Dependent {
  const left = placesOf(x, cx, bx);
  const right = placesOf(y, cy, by);
  const out = new Array<InputSet>(aval.size).fill(noInputs);
  const [m, n] = [left.free.length, right.free.length];
  const add = (at: number, set: InputSet): void => {
    out[at] = union(out[at], set);
  };
  contributions(x, left, y, right, (b, f, g, set) => add((b * m + f) * n + g, set));
  contributions(y, right, x, left, (b, f, g, set) => add((b * m + g) * n + f, set));
  return dependent(aval, out);
}
