/** @file Values that belong to the structure of a tree instead of being leaves of it. */
import { refuseMore } from "../base/checks.ts";
import { type PytreeNode, asNode } from "../core/tree.ts";

/** A value that belongs to the structure of a tree. Made by `static_`. */
export class Static<T> {
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }

  get [asNode](): PytreeNode<Static<unknown>> {
    return staticNode;
  }
}

const staticNode: PytreeNode<Static<unknown>> = {
  flatten: ({ value }) => ({ children: [], aux: value }),
  unflatten: (value) => new Static(value),
};

/**
 * Puts a value that is no array into a tree: a name, a size, a function. It is no leaf but part of the structure, so that the
 * tree passes through transformations, and `jit` compiles anew for another value (compared by what lists, plain objects and
 * typed arrays hold). JAX declares such a field of a dataclass by it; here it wraps the value.
 * @see jax.tree.static
 * @example
 * const model = { w: np.array(3), power: tree.static_(2) };
 * grad((m: typeof model) => np.power(m.w, m.power.value))(model).w; // 6
 * tree.leaves(model); // [3]
 */
export const static_ = <T>(value: T, ...more: []): Static<T> => {
  refuseMore("tree.static_", 1, more);
  return new Static(value);
};
