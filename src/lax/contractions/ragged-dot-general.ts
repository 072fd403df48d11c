/** @file `raggedDotGeneral`: general products of which one axis comes in groups of unequal sizes. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, isInteger } from "../../dtypes/dtype.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../base/errors.ts";
import { show, refuseMore } from "../../base/checks.ts";
import { arraysEqual, range } from "../../base/util.ts";
import { sub } from "../elementwise/arithmetic.ts";
import { bitwiseAnd } from "../elementwise/bitwise.ts";
import { ge, lt } from "../elementwise/compare.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { select } from "../elementwise/select.ts";
import { asArray } from "../operands/convert.ts";
import { promoteStrict } from "../operands/strict.ts";
import { cumsum } from "../reductions/cumulative.ts";
import { broadcastedIota, fullLike } from "../shapes/creation.ts";
import { broadcastInDim, transpose } from "../shapes/movement.ts";
import { type DotDimensionNumbers, dotGeneral } from "./dot.ts";

/** Which axes of ragged products belong together. */
export interface RaggedDotDimensionNumbers {
  readonly dotDimensionNumbers: DotDimensionNumbers;
  /** The one axis of `lhs` that comes in groups. */
  readonly lhsRaggedDimensions: readonly number[];
  /** The axis of `rhs` that has one entry for each group, where the ragged axis is neither contracted nor a batch. */
  readonly rhsGroupDimensions: readonly number[];
}

/** Options of `raggedDotGeneral`. */
export interface RaggedDotGeneralOptions {
  readonly precision?: unknown;
  readonly preferredElementType?: DType | undefined;
  /** Must be left out: groups always begin with the first. */
  readonly groupOffset?: null | undefined;
}

/** Where each element of the ragged axis is: the axes of lhs that sizes may depend on, and the ragged one. */
interface Grouping {
  readonly kind: "free" | "contracting" | "batch";
  readonly axis: number;
  readonly outer: readonly number[];
}

const where = "raggedDotGeneral";

/** @throws ArgumentError unless the axes come in the lists that they should. */
function checkNumbers(numbers: unknown): void {
  const isList = (x: unknown): boolean => Array.isArray(x);
  const isPair = (x: unknown): boolean => Array.isArray(x) && x.length === 2 && x.every(isList);
  if (typeof numbers === "object" && numbers !== null) {
    const n = numbers as Readonly<Partial<Record<keyof RaggedDotDimensionNumbers, unknown>>>;
    const pairs = n.dotDimensionNumbers;
    const isDot = Array.isArray(pairs) && pairs.length === 2 && pairs.every(isPair);
    if (isDot && isList(n.lhsRaggedDimensions) && isList(n.rhsGroupDimensions)) return;
  }
  throw new ArgumentError(
    `${where}: expected { dotDimensionNumbers: [[…, …], [batch, batch]], lhsRaggedDimensions: […], rhsGroupDimensions: […] }; ` +
      `got ${show(numbers)}.`,
  );
}

function groupingOf(lhs: NDArray, numbers: RaggedDotDimensionNumbers): Grouping {
  const { dotDimensionNumbers, lhsRaggedDimensions, rhsGroupDimensions } = numbers;
  const [[contracting], [batch]] = dotDimensionNumbers;
  if (lhsRaggedDimensions.length !== 1)
    throw new ArgumentError(
      `${where}: expected one ragged axis of lhs; got [${lhsRaggedDimensions.join(", ")}].`,
    );
  const axis = canonicalAxis(lhsRaggedDimensions[0], lhs.ndim, where);
  const kind = contracting.includes(axis) ? "contracting" : batch.includes(axis) ? "batch" : "free";
  if (rhsGroupDimensions.length !== (kind === "free" ? 1 : 0))
    throw new ArgumentError(
      `${where}: rhs has one group axis if the ragged axis is neither contracted nor a batch, else none; ` +
        `got [${rhsGroupDimensions.join(", ")}].`,
    );
  const before = (axes: readonly number[]): number[] => axes.slice(0, axes.indexOf(axis));
  const free = range(lhs.ndim).filter((i) => !contracting.includes(i) && !batch.includes(i));
  const outer =
    kind === "free"
      ? [...batch, ...before(free)]
      : kind === "contracting"
        ? [...batch, ...before(contracting)]
        : before(batch);
  return { kind, axis, outer };
}

/** lhs once for each group, [g, ...], zero outside the group. */
function grouped(lhs: NDArray, sizes: NDArray, { axis, outer }: Grouping): NDArray {
  const last = sizes.ndim - 1;
  const expected = outer.map((i) => lhs.shape[i]);
  if (sizes.ndim !== 1 && !arraysEqual(sizes.shape.slice(0, -1), expected))
    throw new ShapeError(
      `${where}: group sizes have the shape [g] or [${[...expected, "g"].join(",")}]; got ${shapeString(sizes.shape)}.`,
    );
  const ends = cumsum(sizes, last);
  const shape = [sizes.shape[last], ...lhs.shape];
  const ownAxes = sizes.ndim === 1 ? [] : outer.map((i) => i + 1);
  // Axes of [...outer, g] in ascending order of where they go.
  const targets = [...ownAxes, 0];
  const order = range(targets.length).sort((i, j) => targets[i] - targets[j]);
  const spread = (x: NDArray): NDArray =>
    broadcastInDim(
      transpose(x, order),
      shape,
      order.map((i) => targets[i]),
    );
  const place = broadcastedIota("int32", shape, axis + 1);
  const member = bitwiseAnd(ge(place, spread(sub(ends, sizes))), lt(place, spread(ends)));
  const all = broadcastInDim(
    lhs,
    shape,
    range(lhs.ndim).map((i) => i + 1),
  );
  return select(member, all, fullLike(all, 0));
}

/**
 * `dotGeneral` where one axis of `lhs` comes in groups of `groupSizes`, [g] or [..., g] over the axes outside the ragged one. Elements
 * beyond the groups count as 0. All groups' products are computed.
 *
 * - The ragged axis m is neither contracted nor a batch: each group has its own part of `rhs`, [..., m, k] × [g, k, n] → [..., m, n].
 * - It is contracted: each group has its own product, [..., m, k] × [k, n] → [g, ..., m, n].
 * - It is a batch: as `dotGeneral`, whatever the groups are.
 *
 * Linear in `lhs` and in `rhs`; the sizes have no derivative.
 * @throws ShapeError, DTypeError, ArgumentError where operands or numbers do not fit; ArgumentError for a `groupOffset`
 * @see jax.lax.ragged_dot_general
 * @example
 * const numbers = { dotDimensionNumbers: [[[1], [0]], [[], []]], lhsRaggedDimensions: [1], rhsGroupDimensions: [] } as const;
 * const sizes = np.array([1, 2], "int32");
 * lax.raggedDotGeneral(np.array([[1, 2, 3]]), np.array([[1], [10], [100]]), sizes, numbers); // [[[1]], [[320]]]
 */
export function raggedDotGeneral(
  lhs: ArrayLike,
  rhs: ArrayLike,
  groupSizes: ArrayLike,
  raggedDotDimensionNumbers: RaggedDotDimensionNumbers,
  options?: RaggedDotGeneralOptions,
  ...more: []
): NDArray {
  refuseMore("raggedDotGeneral", 5, more);
  checkOptions(where, options, ["precision", "preferredElementType", "groupOffset"]);
  if (options?.groupOffset !== undefined && options.groupOffset !== null)
    throw new ArgumentError(`${where}: groupOffset is not supported; leave it out.`);
  checkNumbers(raggedDotDimensionNumbers);
  const [a, b] = promoteStrict(where, lhs, rhs) as [NDArray, NDArray];
  const given = asArray(groupSizes, where);
  if (!isInteger(given.dtype) || given.ndim === 0)
    throw new DTypeError(`${where}: group sizes must be an array of integers; got ${given.aval.short()}.`);
  const sizes = convertElementType(given, "int32");
  const { dotDimensionNumbers, rhsGroupDimensions } = raggedDotDimensionNumbers;
  const [[ca, cb], [ba, bb]] = dotDimensionNumbers;
  const grouping = groupingOf(a, raggedDotDimensionNumbers);
  const up = (axes: readonly number[]): number[] => axes.map((i) => i + 1);
  const { preferredElementType } = options ?? {};
  const dot = (x: NDArray, numbers: DotDimensionNumbers): NDArray =>
    dotGeneral(x, b, numbers, { preferredElementType });
  if (grouping.kind === "batch") return dot(a, dotDimensionNumbers);
  const groups = grouped(a, sizes, grouping);
  if (grouping.kind === "contracting") {
    const out = dot(groups, [
      [up(ca), cb],
      [up(ba), bb],
    ]);
    // The groups are the first axis that is no batch.
    const k = ba.length;
    return transpose(out, [k, ...range(out.ndim).filter((i) => i !== k)]);
  }
  const group = canonicalAxis(rhsGroupDimensions[0], b.ndim, where);
  if (b.shape[group] !== sizes.shape[sizes.ndim - 1])
    throw new ShapeError(
      `${where}: the group axis of rhs has size ${b.shape[group]}, but there are ${sizes.shape[sizes.ndim - 1]} groups.`,
    );
  return dot(groups, [
    [
      [0, ...up(ca)],
      [group, ...cb],
    ],
    [up(ba), bb],
  ]);
}
