/**
 * @file Abstract values: what is known of an array without its data.
 *
 * Avals are interned: equal ones are the same object, so caches compare them by identity or by `id`.
 */
import { type DType, shortName } from "../dtypes/dtype.ts";
import { prod } from "../base/util.ts";

/** Shape, dtype and weakness of an array. Make one with `shaped`. */
export class ShapedArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** True for values made from JavaScript numbers alone: they adopt the dtype of what they meet. */
  readonly weakType: boolean;
  readonly size: number;
  readonly ndim: number;
  /** Small integer, one for each distinct aval of this process. */
  readonly id: number;

  constructor(shape: readonly number[], dtype: DType, weakType: boolean, id: number) {
    this.shape = Object.freeze([...shape]);
    this.dtype = dtype;
    this.weakType = weakType;
    this.size = prod(shape);
    this.ndim = shape.length;
    this.id = id;
  }

  /** JAX's notation, as jaxprs print it: `f32[2,3]`, `f64[]`. */
  short(): string {
    return `${shortName(this.dtype)}[${this.shape.join(",")}]`;
  }

  /** As `short`, weak types marked as JAX does: `~f64[]`. */
  toString(): string {
    return `${this.weakType ? "~" : ""}${this.short()}`;
  }

  /** The same aval without weakness. */
  get strong(): ShapedArray {
    return this.weakType ? shaped(this.shape, this.dtype, false) : this;
  }
}

const interned = new Map<string, ShapedArray>();
const scalars = new Map<DType, ShapedArray>();
const weakScalars = new Map<DType, ShapedArray>();

/** The aval of the given shape and dtype. */
export function shaped(shape: readonly number[], dtype: DType, weakType = false): ShapedArray {
  if (shape.length === 0) {
    const table = weakType ? weakScalars : scalars;
    let aval = table.get(dtype);
    if (aval === undefined) table.set(dtype, (aval = intern(shape, dtype, weakType)));
    return aval;
  }
  return intern(shape, dtype, weakType);
}

function intern(shape: readonly number[], dtype: DType, weakType: boolean): ShapedArray {
  const key = `${dtype}${weakType ? "*" : ""}${shape.join(",")}`;
  let aval = interned.get(key);
  if (aval === undefined) interned.set(key, (aval = new ShapedArray(shape, dtype, weakType, interned.size)));
  return aval;
}

/** Equal shape and dtype; weakness is not compared. */
export function sameType(a: ShapedArray, b: ShapedArray): boolean {
  return a.strong === b.strong;
}
