/** @file `sparsify`, and `todense`, which functions that it runs may use. */
import { type ArrayLike, type NDArray } from "../../../core/array.ts";
import { isConcrete } from "../../../core/eval.ts";
import { treeFlatten, treeUnflatten } from "../../../core/tree.ts";
import { checkFunction, refuseMore } from "../../../base/checks.ts";
import { checkOptions } from "../../../base/errors.ts";
import { type AnyFunction, callWith, describeCall, flattenOutput, leafArray } from "../../../api/flatten.ts";
import { checkpointName } from "../../../lax/identities/checkpoint-name.ts";
import { asArray } from "../../../lax/operands/convert.ts";
import { JAXSparse } from "../classes/base.ts";
import { type ArrayOrSparse, BCOO, operandOf } from "../classes/bcoo.ts";
import { BCSR } from "../classes/bcsr.ts";
import { denseMark } from "./rules.ts";
import { runSparse } from "./trace.ts";
import { type Operand, coordinatesOf, isSparse } from "./values.ts";

/** What a function that `sparsify` made takes in the place of an argument: arrays may be sparse. */
export type SparseArgument<T> = T extends NDArray
  ? ArrayOrSparse
  : T extends object
    ? SparseTree<T, ArrayOrSparse>
    : T;

/** What it returns in the place of a result: arrays may be sparse. */
export type SparseResult<T> = T extends NDArray
  ? NDArray | BCOO | BCSR
  : T extends object
    ? { [K in keyof T]: SparseResult<T[K]> }
    : T;

type SparseTree<T, To> = {
  [K in keyof T]: T[K] extends NDArray ? To : T[K] extends object ? SparseTree<T[K], To> : T[K];
};

const isSparseArray = (x: unknown): boolean => x instanceof BCOO || x instanceof BCSR;

/** A value as users know it. */
export const toUser = (x: Operand): NDArray | BCOO | BCSR =>
  isSparse(x) ? (x.kind === "rows" ? BCSR.of(x.parts) : BCOO.of(coordinatesOf(x))) : x;

/** Options of `sparsify`. */
export interface SparsifyOptions {
  /** As in JAX; here functions are always run on traced values, so it changes nothing. */
  readonly useTracer?: boolean | undefined;
}

/**
 * A function of dense arrays as one that takes sparse ones as well (BCOO, BCSR), anywhere in trees of arguments, and whose result is sparse
 * where its operations keep it so: elementwise functions that are zero at zero, products (also of two sparse arrays), sums, transposes,
 * reshapes, slices, concatenations, loops and branches. What would give a dense array from a sparse one is an error; `todense` says that it
 * is meant.
 * @throws ArgumentError where there is no rule for an operation
 * @see jax.experimental.sparse.sparsify
 * @example
 * const { BCOO, sparsify } = experimental.sparse;
 * const f = sparsify((m: Array, v: Array) => np.sin(m).T.matmul(v).mul(2));
 * f(BCOO.fromdense(np.eye(2)), np.array([1, 2])); // Array([1.6829…, 3.3658…])
 * String(sparsify((m: Array) => np.sin(m).mul(3))(BCOO.fromdense(np.eye(2)))); // "BCOO(float64[2,2], nse=2)"
 */
export function sparsify<A extends unknown[], R>(
  f: (...args: A) => R,
  options?: SparsifyOptions,
): (...args: { [K in keyof A]: SparseArgument<A[K]> }) => SparseResult<R>;
export function sparsify(
  f: AnyFunction,
  options?: SparsifyOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("sparsify", 2, more);
  checkFunction("sparsify", "the first argument", f);
  checkOptions("sparsify", options, ["useTracer"]);
  const what = describeCall("sparsify", f);
  return (...args) => {
    const [leaves, def] = treeFlatten(args, isSparseArray);
    const values = leaves.map((x) =>
      isSparseArray(x) ? operandOf(what, x) : leafArray(x, `${what}: an argument`, []),
    );
    let rebuild: (outs: readonly unknown[]) => unknown = (outs) => outs;
    const outs = runSparse(what, values, (arrays) => {
      const result = callWith(f, treeUnflatten(def, arrays) as unknown[]);
      const [flat, outDef] = flattenOutput(result, what);
      rebuild = (xs) => treeUnflatten(outDef, xs);
      return flat;
    });
    return rebuild(outs.map(toUser));
  };
}

/**
 * A dense array of a sparse one, of whatever kind; dense arrays stay as they are. Within `sparsify` it makes dense what is sparse there.
 * @throws ArgumentError for what is no array
 * @see jax.experimental.sparse.todense
 * @example
 * const { BCOO, sparsify, todense } = experimental.sparse;
 * todense(BCOO.fromdense(np.eye(2))).js(); // [[1, 0], [0, 1]]
 * sparsify((m: Array) => np.exp(todense(m)))(BCOO.fromdense(np.zeros([2]))); // Array([1., 1.])
 */
export function todense(x: ArrayLike | JAXSparse, ...more: []): NDArray {
  refuseMore("todense", 1, more);
  if (x instanceof JAXSparse) return x.todense();
  const array = asArray(x, "todense");
  return isConcrete(array) ? array : checkpointName(array, denseMark);
}
