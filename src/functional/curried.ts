/**
 * @file Derivatives of functions that return functions.
 *
 * A function into functions is one of more arguments: its derivative with respect to the first is the function of the others that
 * differentiates again for each of their values. So no function that is returned carries tangents out of the transformation
 * that made them: each call of it is a differentiation of its own, which cannot be confused with another.
 */
import { checkFunction, refuseMore } from "../base/checks.ts";
import { type AnyFunction, callWith } from "../api/flatten.ts";
import { treeFlatten, treeUnflatten } from "../core/tree.ts";

type Transformation = (f: AnyFunction) => (...args: never[]) => unknown;

/** What stands at a place of a tree. */
const leafAt = (tree: unknown, place: number): unknown => treeFlatten(tree)[0][place];

const isFunction = (x: unknown): x is AnyFunction => typeof x === "function";

/**
 * A transformation as one that takes functions which return functions (or trees with functions in them), to any depth: in their
 * place, its result has functions of the same arguments, which are the transformed ones of all arguments. `curried(grad)(f)(x)(y)` is the derivative of `f(x)(y)` with respect to `x`.
 *
 * What a function returns is looked at by calling it once. Results that are functions are transformed once more for each of their
 * calls.
 * @param transform such as `grad`, or `(f) => (x) => jvp(f, [x], [1])[1]`; its options are given there
 * @throws ArgumentError for anything but functions
 * @see Manzyuk, Pearlmutter, Radul, Rush, Siskind, Perturbation confusion in forward automatic differentiation of higher-order
 * functions (2019), arXiv:1211.4892
 * @example
 * const derivative = curried((f: (x: Array) => Array) => (x: Array) => jvp(f, [x], [1])[1]);
 * // The operator that shifts functions, differentiated where it shifts by 0, is differentiation.
 * const shift = (u: Array) => (f: (x: Array) => Array) => (x: Array) => f(x.add(u));
 * const d = derivative(shift)(np.array(0));
 * d(d((x) => x.pow(3)))(np.array(2)).item(); // 12
 */
export function curried(
  transform: (f: never) => (...args: never[]) => unknown,
  ...more: []
): <A extends unknown[], R>(f: (...args: A) => R) => (...args: A) => R {
  refuseMore("curried", 1, more);
  checkFunction("curried", "the first argument, the transformation,", transform);
  const through: Transformation = (f) => {
    checkFunction("curried", "the function to transform", f);
    return (...args) => {
      const [leaves, def] = treeFlatten(callWith(f, args));
      if (!leaves.some(isFunction)) return callWith((transform as Transformation)(f), args);
      const results = leaves.map((leaf, i) => {
        const part = (...xs: never[]): unknown => leafAt(callWith(f, xs), i);
        if (!isFunction(leaf)) return callWith((transform as Transformation)(part), args);
        return (...ys: never[]): unknown =>
          callWith(
            through((...xs) => callWith(part(...xs) as AnyFunction, ys)),
            args,
          );
      });
      return treeUnflatten(def, results);
    };
  };
  return through as <A extends unknown[], R>(f: (...args: A) => R) => (...args: A) => R;
}
