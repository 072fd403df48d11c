/** @file Mutable references: state that functions change without passing it on. */
import { show, refuseMore } from "../base/checks.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import type { IndexEntry } from "../core/methods.ts";
import { type DType, isInexact } from "../dtypes/dtype.ts";
import { arraysEqual } from "../base/util.ts";
import { treeFlatten, treeUnflatten } from "../core/tree.ts";
import { StateCell } from "../interpreters/state.ts";
import { convertElementType } from "../lax/elementwise/convert.ts";
import { broadcastToShape } from "../lax/shapes/movement.ts";
import { asArray } from "../lax/operands/convert.ts";

/** False until there is a reference: until then nothing looks for any. */
let anyMade = false;

/**
 * A reference to an array that functions may change: see `newRef`. Shape and dtype stay. An index, where a method takes one, is a
 * list of what `x.slice(…)` takes.
 */
export class Ref {
  readonly #cell: StateCell;
  readonly #first: NDArray;

  constructor(value: NDArray) {
    anyMade = true;
    this.#first = value;
    this.#cell = new StateCell(value);
  }

  /** Whether it holds another value than the one that it was made with. */
  get isChanged(): boolean {
    return this.#cell.value !== this.#first;
  }

  /** True if the program uses this reference from outside of it. */
  isAmong(cells: readonly StateCell[]): boolean {
    return cells.includes(this.#cell);
  }

  get aval(): ShapedArray {
    return this.#cell.aval;
  }
  get shape(): readonly number[] {
    return this.aval.shape;
  }
  get dtype(): DType {
    return this.aval.dtype;
  }
  get ndim(): number {
    return this.aval.ndim;
  }
  get size(): number {
    return this.aval.size;
  }

  /** The value now, or the part of it at an index. */
  get(index?: readonly IndexEntry[]): NDArray {
    const { value } = this.#cell;
    return index === undefined ? value : value.slice(...index);
  }

  /**
   * Puts another value in its place, or one at an index.
   * @throws ShapeError, DTypeError unless the value has the shape of what it replaces (or is a scalar) and its dtype
   * @throws StateError if the value would be lost; see docs/errors.md
   */
  set(value: ArrayLike, index?: readonly IndexEntry[]): void {
    this.#update("set", value, index, (x, at) => (index === undefined ? x : at.set(x)));
  }

  /** Adds to the value, or to the part at an index. Throws as `set`. */
  addUpdate(value: ArrayLike, index?: readonly IndexEntry[]): void {
    this.#update("addUpdate", value, index, (x, at) => (index === undefined ? this.get().add(x) : at.add(x)));
  }

  /** As `set`; returns what was there. */
  swap(value: ArrayLike, index?: readonly IndexEntry[]): NDArray {
    const before = this.get(index);
    this.set(value, index);
    return before;
  }

  #update(
    name: string,
    value: ArrayLike,
    index: readonly IndexEntry[] | undefined,
    change: (x: NDArray, at: ReturnType<NDArray["at"]>) => NDArray,
  ): void {
    const given = asArray(value, `Ref.${name}`);
    const part = this.get(index).aval;
    if (given.ndim > 0 && !arraysEqual(given.shape, part.shape)) {
      throw new ShapeError(
        `Ref.${name}: the value must have shape [${part.shape.join()}], or be a scalar; got shape [${given.shape.join()}].`,
      );
    }
    const whole = Number.isInteger(typeof value === "number" ? value : Number.NaN);
    if (given.dtype !== this.dtype && !(given.weakType && (whole || isInexact(this.dtype)))) {
      throw new DTypeError(
        `Ref.${name}: the reference holds ${this.dtype}; got a value of dtype ${given.dtype}. Convert it with astype.`,
      );
    }
    const typed = given.dtype === this.dtype ? given : convertElementType(given, this.dtype);
    const x = name === "addUpdate" ? typed : broadcastToShape(typed, part.shape);
    this.#cell.value = strong(change(x, this.get().at(...(index ?? []))));
  }

  toString(): string {
    return `Ref(${String(this.#cell.value)})`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/** References among the arguments of a function, with arrays in their place. */
export interface GivenRefs {
  readonly args: readonly unknown[];
  readonly refs: readonly Ref[];
  /** For each leaf whether it is a reference: calls that differ in that are different programs. */
  readonly key: string;
  /** The arguments with other references in these places. */
  readonly put: (args: readonly unknown[], refs: readonly Ref[]) => unknown[];
}

/**
 * The references among arguments; null if there are none.
 * @throws ArgumentError for one that is given twice: what one name changes, the other would not see
 */
export function givenRefs(args: readonly unknown[], what: string): GivenRefs | null {
  if (!anyMade) return null;
  const [leaves, def] = treeFlatten(args);
  const flags = leaves.map((leaf) => leaf instanceof Ref);
  const refs = leaves.filter((leaf) => leaf instanceof Ref);
  if (refs.length === 0) return null;
  if (new Set(refs).size < refs.length)
    throw new ArgumentError(`${what}: a reference is given twice; give it once, or make two.`);
  const fill = (list: readonly unknown[], xs: readonly unknown[]): unknown[] => {
    let at = 0;
    return treeUnflatten(
      def,
      list.map((leaf, i) => (flags[i] ? xs[at++] : leaf)),
    ) as unknown[];
  };
  return {
    args: fill(
      leaves,
      refs.map((r) => r.get()),
    ),
    refs,
    key: flags.map(Number).join(""),
    put: (trees, others) => fill(treeFlatten(trees)[0], others),
  };
}

/**
 * A function of arrays that is given references: they are made of the arrays in their places, and what they hold in the end follows
 * its results.
 */
export class RefArguments {
  readonly #given: GivenRefs;
  #local: readonly Ref[] = [];
  #changed: readonly boolean[] = [];

  constructor(given: GivenRefs) {
    this.#given = given;
  }

  /** The arguments of the function, from those that hold arrays. */
  readonly place = (args: readonly unknown[]): unknown[] => {
    const arrays = treeFlatten(args)[0].filter((_, i) => this.#given.key[i] === "1") as NDArray[];
    this.#local = arrays.map((x) => new Ref(x));
    return this.#given.put(args, this.#local);
  };

  readonly around =
    (f: (xs: readonly NDArray[]) => NDArray[]) =>
    (xs: readonly NDArray[]): NDArray[] => {
      const outs = f(xs);
      this.#changed = this.#local.map((r) => r.isChanged);
      return [...outs, ...this.#local.map((r) => r.get())];
    };

  /** Which of the references were changed. */
  get changed(): readonly boolean[] {
    return this.#changed;
  }
}

/** Puts into references what a function made of them. */
export function updateRefs(
  refs: readonly Ref[],
  changed: readonly boolean[],
  values: readonly NDArray[],
): void {
  refs.forEach((r, i) => {
    if (changed[i]) r.set(values[i]);
  });
}

const strong = (x: NDArray): NDArray => (x.weakType ? convertElementType(x, x.dtype) : x);

/**
 * A reference to a value that functions may change: state without passing it on. `ref.get()` reads it, `ref.set(v)` and
 * `ref.addUpdate(v)` change it, in functions made by `jit`, in loops and branches, under `grad` and `vmap`: there it is passed on
 * behind the scenes, so that derivatives see it and programs stay pure.
 *
 * A reference made outside a function may be used in it, or be its argument. What is written into one from outside must belong there:
 * no value that an enclosing `grad` differentiates, none that differs between lanes (unless the reference is an argument that is
 * mapped).
 * @see jax.new_ref
 * @example
 * const total = newRef(0);
 * const step = jit((x: Array) => {
 *   total.addUpdate(x);
 *   return x.mul(2);
 * });
 * step(3);
 * step(4);
 * total.get().item(); // 7
 */
export function newRef(init: ArrayLike, ...more: []): Ref {
  refuseMore("newRef", 1, more);
  if ((init as unknown) instanceof Ref)
    throw new ArgumentError(
      "newRef: expected an array or a number; got a reference. Give its value: ref.get().",
    );
  const x = asArray(init, "newRef");
  return new Ref(strong(x));
}

/**
 * The value of a reference that is not changed any more.
 * @throws ArgumentError for anything but a reference
 * @see jax.freeze
 * @example
 * const ref = newRef(np.zeros([3]));
 * ref.set(5, [1]);
 * freeze(ref).js(); // [0, 5, 0]
 */
export function freeze(ref: Ref, ...more: []): NDArray {
  refuseMore("freeze", 1, more);
  if (!((ref as unknown) instanceof Ref))
    throw new ArgumentError(`freeze: expected a reference, made by newRef; got ${show(ref)}.`);
  return ref.get();
}
