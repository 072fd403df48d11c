/** @file Which elements of their operands the elements of a contraction depend on. */
import { type Dependent, type InputSet, dependent, noInputs, union, unionAll } from "../../core/dependent.ts";
import type { DependenceRule } from "../../core/primitive.ts";
import { otherAxes } from "../../dtypes/shape.ts";
import { mayBeNonzero, offsetsAlong } from "../../interpreters/dependence.ts";
import type { DotDimensionNumbers } from "./dot.ts";

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

export const dotDependence: DependenceRule<{ dimensionNumbers: DotDimensionNumbers }> = (
  [x, y],
  { dimensionNumbers: [[cx, cy], [bx, by]] },
  [aval],
) => {
  const left = placesOf(x, cx, bx);
  const right = placesOf(y, cy, by);
  const out = new Array<InputSet>(aval.size).fill(noInputs);
  const [m, n] = [left.free.length, right.free.length];
  const add = (at: number, set: InputSet): void => {
    out[at] = union(out[at], set);
  };
  contributions(x, left, y, right, (b, f, g, set) => add((b * m + f) * n + g, set));
  contributions(y, right, x, left, (b, f, g, set) => add((b * m + g) * n + f, set));
  return [dependent(aval, out)];
};
