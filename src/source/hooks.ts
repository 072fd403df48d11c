/** @file `onCotangent`: a function of the user's in the middle of a backward pass. */
import { checkFunction, refuseMore } from "../base/checks.ts";
import { customVjp } from "../api/custom.ts";
import type { ArrayTree, Returned } from "../core/tree-types.ts";

/**
 * The same value, whose cotangent passes through `f` on its way back: to clip or scale it, to stop it (zeros), or to look at
 * it. What `f` returns, a tree like its argument, goes on in its place. Values are not changed.
 *
 * In programs that are compiled or looped over, `f` is traced, and the cotangent is a tracer. Under `vmap` it is that of one lane.
 * Forward mode does not know cotangents, and is an error as for every `customVjp`.
 * @throws TreeError, ShapeError, DTypeError where `f` returns anything but a tree like the cotangent
 * @see jax.custom_vjp
 * @example
 * const loss = (x: Array) => onCotangent(x, (ct) => np.clip(ct, -1, 1)).mul(5);
 * grad(loss)(2).item(); // 1
 */
export function onCotangent<T>(
  x: T,
  f: (cotangent: ArrayTree<T>) => NoInfer<Returned<T>>,
  ...more: []
): ArrayTree<T> {
  refuseMore("onCotangent", 2, more);
  checkFunction("onCotangent", "the second argument", f);
  const hook = customVjp<[ArrayTree<T>], ArrayTree<T>>((value) => value);
  hook.defVjp(
    (value: ArrayTree<T>) => [value, null],
    (_: null, cotangent: unknown) => [f(cotangent as ArrayTree<T>)],
  );
  return (hook as (value: unknown) => ArrayTree<T>)(x);
}
