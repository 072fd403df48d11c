/** @file What all sparse arrays have in common, and their shapes as nodes of pytrees. */
import { type ArrayLike, NDArray } from "../../../core/array.ts";
import { Tracer } from "../../../core/trace.ts";
import { show } from "../../../base/checks.ts";
import { ArgumentError, TreeError } from "../../../base/errors.ts";
import { prod, range } from "../../../base/util.ts";
import type { DType } from "../../../dtypes/dtype.ts";
import { shapeString } from "../../../dtypes/shape.ts";
import { asArray } from "../../../lax/operands/convert.ts";
import { toShape } from "../../../numpy/operands/shapes.ts";
import { type SparseValue } from "../sparsify/values.ts";

/** A sparse array: entries, their positions, and a shape. Sparse arrays are pytrees; the leaves are the arrays they are made of. */
export abstract class JAXSparse {
  /** The entries. */
  abstract readonly data: NDArray;
  abstract readonly shape: readonly number[];
  /** Number of stored entries, of each lane if there are batch axes. */
  abstract readonly nse: number;
  /** The array with all its zeros. */
  abstract todense(): NDArray;
  /** The array with its axes in another order. */
  abstract transpose(axes?: readonly number[]): JAXSparse;
  /** @internal As a value of sparse programs, which know BCOO and BCSR; null for others. */
  sparseValue(): SparseValue | null {
    return null;
  }

  get dtype(): DType {
    return this.data.dtype;
  }
  get ndim(): number {
    return this.shape.length;
  }
  /** Number of elements, zeros included. */
  get size(): number {
    return prod(this.shape);
  }
  /** Size of the first axis. */
  get length(): number {
    if (this.shape.length === 0) throw new ArgumentError("length: a 0-dimensional array has no first axis.");
    return this.shape[0];
  }
  get T(): JAXSparse {
    return this.transpose();
  }

  /** The name of the class, and what is said behind the number of entries. */
  protected abstract describe(): readonly [name: string, more?: string];

  toString(): string {
    const traced = this.data instanceof Tracer ? "Tracer of " : "";
    const [name, more = ""] = this.describe();
    return `${traced}${name}(${this.data.dtype}${shapeString(this.shape)}, nse=${this.nse}${more})`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** Arrays of parts as they were given. @throws ArgumentError unless there are so many arrays */
export function partsGiven(where: string, given: unknown, names: readonly string[]): NDArray[] {
  if (!Array.isArray(given) || given.length !== names.length)
    throw new ArgumentError(`${where}: expected a list [${names.join(", ")}]; got ${show(given)}.`);
  return given.map((x: unknown, i) => {
    if (x instanceof NDArray) return x;
    if (Array.isArray(x) || typeof x === "object")
      throw new ArgumentError(`${where}: ${names[i]} must be an array; got ${show(x)}.`);
    return asArray(x as ArrayLike, where);
  });
}

/** The shape that was given. */
export function shapeGiven(where: string, options: unknown): readonly number[] {
  const shape = (options as { readonly shape?: unknown } | null | undefined)?.shape;
  if (!Array.isArray(shape))
    throw new ArgumentError(`${where}: 'shape' must be a list of sizes; got ${show(shape)}.`);
  return toShape(shape as readonly number[], where);
}

const isArray = (x: unknown): x is NDArray => x instanceof NDArray;

/** All ways to choose `n` of the numbers below `of`, in order; those that leave out the first ones come first. */
function choices(of: number, n: number): number[][] {
  if (n === 0) return [[]];
  if (n > of) return [];
  return [...choices(of - 1, n - 1).map((c) => [...c, of - 1]), ...choices(of - 1, n)];
}

/**
 * The shape of an array whose parts lost or got batch axes, as `vmap`, `scan` and the like take them away and add them: the
 * parts of such an array are known, but not its shape. `lanes` are the sizes of the batch axes of each part.
 * @throws TreeError where that is ambiguous, which needs parts that all have size 1 along a longer axis
 */
export function shapeOfLanes(
  what: string,
  shape: readonly number[],
  behind: number,
  lanes: readonly (readonly number[])[],
): readonly number[] {
  const had = shape.length - behind;
  const has = lanes[0].length;
  const rest = shape.slice(had);
  if (had === has || lanes.some((l) => l.length !== has)) return shape;
  const widest = range(has).map((i) => {
    const sizes = lanes.map((l) => l[i]);
    return sizes.includes(0) ? 0 : Math.max(...sizes);
  });
  const fits = (batch: readonly number[]): boolean =>
    lanes.every((l) => l.every((n, i) => n === 1 || n === batch[i]));
  const candidates =
    has < had
      ? choices(had, has).map((kept) => kept.map((i) => shape[i]))
      : choices(has, had).map((own) => widest.map((n, i) => (own.includes(i) ? shape[own.indexOf(i)] : n)));
  const possible = new Map(candidates.filter(fits).map((batch) => [batch.join(), batch]));
  if (possible.size === 1) return [...[...possible.values()][0], ...rest];
  if (possible.size === 0) return shape;
  throw new TreeError(
    `${what}: which batch axis of a sparse array of shape ${shapeString(shape)} was taken away or added cannot be told, since its data and ` +
      `indices have size 1 there. Give it full batch axes: BCOO of broadcast data.`,
  );
}

/** The batch axes of parts that are arrays, `behind` giving how many other axes each has; null for other leaves. */
export function lanesOf(children: readonly unknown[], behind: readonly number[]): number[][] | null {
  if (!children.every(isArray)) return null;
  return children.map((x, i) => [...x.shape.slice(0, Math.max(0, x.ndim - behind[i]))]);
}
