/**
 * @file Derivatives with respect to sparse arrays: with respect to their entries, so that gradients and Jacobians have entries at the same
 * positions. Source: jax/experimental/sparse/ad.py.
 */
import { NDArray } from "../../core/array.ts";
import { type TreeDef, treeFlatten, treeUnflatten } from "../../core/tree.ts";
import { checkFunction, refuseMore, show } from "../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { range } from "../../base/util.ts";
import { type AnyFunction, callWith, numberList, numbersToArrays } from "../../api/flatten.ts";
import { grad as denseGrad, valueAndGrad as denseValueAndGrad } from "../../api/grad.ts";
import { jacfwd as denseJacfwd, jacrev as denseJacrev } from "../../api/jacobian.ts";
import * as lax from "../../lax/plain.ts";
import { JAXSparse } from "./classes/base.ts";
import { BCOO } from "./classes/bcoo.ts";
import { BCSR } from "./classes/bcsr.ts";

/** Options of derivatives with respect to sparse arrays. */
export interface SparseGradOptions {
  /** Which arguments to differentiate with respect to: one (0 by default) or a list. */
  readonly argnums?: number | readonly number[] | undefined;
  /** The function returns `[result, aux]`; `aux` is passed through. */
  readonly hasAux?: boolean | undefined;
  /** For complex-differentiable functions of complex arguments. */
  readonly holomorphic?: boolean | undefined;
}

const optionNames = ["argnums", "hasAux", "holomorphic"];

/** What the derivative with respect to an argument is. */
export type SparseGradient<T> = T extends JAXSparse | NDArray
  ? T
  : T extends object
    ? { [K in keyof T]: SparseGradient<T[K]> }
    : NDArray;

const isSparse = (x: unknown): x is JAXSparse => x instanceof JAXSparse;

/** An argument as a list of what is differentiated, sparse arrays standing for their entries; and how it is put together again. */
interface Opened {
  readonly data: readonly unknown[];
  rebuild(data: readonly unknown[]): unknown;
  /** A tree of derivatives, whose entries may have more axes in front. */
  rebuildGradient(data: readonly NDArray[]): unknown;
}

/** The same array with other entries: where they have more axes in front, these are batch axes, along which positions are repeated. */
function withEntries(x: JAXSparse, data: NDArray): JAXSparse {
  const [leaves, def] = treeFlatten(x) as [NDArray[], TreeDef];
  const added = data.shape.slice(0, data.ndim - leaves[0].ndim);
  const repeat = (a: NDArray): NDArray =>
    lax.broadcastInDim(a, [...added, ...a.shape], range(a.ndim, added.length));
  const parts = [data, ...leaves.slice(1).map((a) => (added.length === 0 ? a : repeat(a)))];
  if (added.length === 0) return treeUnflatten(def, parts) as JAXSparse;
  const shape = [...added, ...x.shape];
  if (x instanceof BCOO || x instanceof BCSR) {
    const { indicesSorted, uniqueIndices } = x;
    const known = { data, indices: parts[1], shape, indicesSorted, uniqueIndices };
    return x instanceof BCSR ? BCSR.of({ ...known, indptr: parts[2] }) : BCOO.of(known);
  }
  throw new ArgumentError(
    `Jacobians with respect to ${String(x)} have batch axes, which it cannot have. Use BCOO or BCSR.`,
  );
}

function open(argument: unknown): Opened {
  const [leaves, def] = treeFlatten(argument, isSparse);
  const put = (data: readonly unknown[], f: (x: JAXSparse, d: NDArray) => unknown): unknown =>
    treeUnflatten(
      def,
      leaves.map((leaf, i) => (isSparse(leaf) ? f(leaf, data[i] as NDArray) : data[i])),
    );
  const same = (x: JAXSparse, d: NDArray): unknown => {
    const [parts, parted] = treeFlatten(x);
    return treeUnflatten(parted, [d, ...parts.slice(1)]);
  };
  return {
    data: leaves.map((leaf) => (isSparse(leaf) ? leaf.data : leaf)),
    rebuild: (data) => put(data, same),
    rebuildGradient: (data) => put(data, withEntries),
  };
}

/** A derivative of a function of lists of arrays. */
type Derivative = (f: AnyFunction, options: object) => (...args: readonly unknown[]) => unknown;

/** What a derivative gives beside the derivatives themselves, and where these are. */
type Place = (out: unknown, map: (derivatives: unknown) => unknown) => unknown;

/** The derivative of dense arrays as one of sparse ones. */
function sparseDerivative(
  name: string,
  derivative: Derivative,
  place: (hasAux: boolean) => Place,
  f: AnyFunction,
  given: number | readonly number[] | SparseGradOptions | undefined,
): (...args: unknown[]) => unknown {
  checkFunction(name, "the first argument", f);
  const options: SparseGradOptions =
    typeof given === "number" || Array.isArray(given)
      ? { argnums: given as number }
      : ((given ?? {}) as SparseGradOptions);
  checkOptions(name, options, optionNames);
  const { argnums = 0, hasAux = false, holomorphic = false } = options;
  const single = typeof argnums === "number";
  return (...args) => {
    const chosen = numberList(argnums).map((n) => {
      const k = n < 0 ? n + args.length : n;
      if (Number.isInteger(k) && k >= 0 && k < args.length) return k;
      throw new ArgumentError(`${name}: argnums names argument ${show(n)}, but the call has ${args.length}.`);
    });
    const opened = chosen.map((k) => open(args[k]));
    const flat = (lists: readonly (readonly unknown[])[]): unknown => {
      const all = args.map((x, k) => (chosen.includes(k) ? x : numbersToArrays(x, `${name}: argument ${k}`)));
      chosen.forEach((k, i) => (all[k] = opened[i].rebuild(lists[i])));
      return callWith(f, all);
    };
    const out = derivative(flat, { hasAux, holomorphic })(opened.map((o) => o.data));
    return place(hasAux)(out, (derivatives) => {
      const lists = checkLists(name, derivatives);
      const trees = lists.map((data, i) => opened[i].rebuildGradient(data));
      return single ? trees[0] : trees;
    });
  };
}

/** The derivatives of one array with respect to each of a list. @throws ArgumentError for those of trees */
function checkLists(name: string, derivatives: unknown): readonly (readonly NDArray[])[] {
  const isListOf = (x: unknown, is: (y: unknown) => boolean): boolean => Array.isArray(x) && x.every(is);
  const isArray = (x: unknown): boolean => x instanceof NDArray;
  if (isListOf(derivatives, (x) => isListOf(x, isArray))) return derivatives as readonly NDArray[][];
  throw new ArgumentError(`${name}: the function must return one dense array. Use todense() on sparse ones.`);
}

/** Of functions that give the derivatives, or these and what the function returned besides. */
const alone =
  (hasAux: boolean): Place =>
  (out, map) => {
    if (!hasAux) return map(out);
    const [derivatives, aux] = out as [unknown, unknown];
    return [map(derivatives), aux];
  };

/** Of functions that give a value and the derivatives. */
const behindValue = (): Place => (out, map) => {
  const [value, derivatives] = out as [unknown, unknown];
  return [value, map(derivatives)];
};

/** A derivative with respect to argument 0, or to those that the options name. */
interface GradFunction {
  <A extends BCOO[]>(f: (...args: A) => unknown): (...args: A) => SparseGradient<A[0]>;
  <A extends unknown[]>(f: (...args: A) => unknown): (...args: A) => SparseGradient<A[0]>;
  <A extends unknown[], const N extends number>(
    f: (...args: A) => unknown,
    options: N | { readonly argnums: N; readonly hasAux?: false; readonly holomorphic?: boolean },
  ): (...args: A) => SparseGradient<A[N]>;
  <A extends unknown[]>(
    f: (...args: A) => unknown,
    options: number | readonly number[] | SparseGradOptions,
  ): (...args: A) => unknown;
}

interface ValueAndGradFunction {
  <A extends BCOO[], R>(f: (...args: A) => R): (...args: A) => [R, SparseGradient<A[0]>];
  <A extends unknown[], R>(f: (...args: A) => R): (...args: A) => [R, SparseGradient<A[0]>];
  <A extends unknown[]>(
    f: (...args: A) => unknown,
    options: number | readonly number[] | SparseGradOptions,
  ): (...args: A) => [unknown, unknown];
}

/**
 * `grad` for functions of sparse arrays: with respect to one, the gradient is with respect to its entries, as a sparse array of the same
 * positions. Dense arguments, and dense arrays in trees, are differentiated as ever.
 * @throws ArgumentError, DifferentiationError as `grad`
 * @see jax.experimental.sparse.grad
 * @example
 * const { BCOO, grad } = experimental.sparse;
 * const m = BCOO.fromdense(np.array([[0, 2], [1, 0]]));
 * const g = grad((x) => x.matmul(np.array([3, 4])).sum())(m);
 * g.todense().js(); // [[0, 4], [3, 0]]
 */
export const grad: GradFunction = (
  f: AnyFunction,
  options?: number | readonly number[] | SparseGradOptions,
  ...more: readonly unknown[]
) => {
  refuseMore("grad", 2, more);
  return sparseDerivative("grad", denseGrad, alone, f, options) as never;
};

/**
 * The value and the gradient of functions of sparse arrays; see `grad`. With `hasAux` the value is the list of value and aux.
 * @throws ArgumentError, DifferentiationError as `valueAndGrad`
 * @see jax.experimental.sparse.value_and_grad
 * @example
 * const { BCOO, valueAndGrad } = experimental.sparse;
 * const x = BCOO.fromdense(np.array([0, 1, 2]));
 * const [y, g] = valueAndGrad((v) => v.mul(v).sum())(x);
 * y.item(); // 5
 * String(g); // "BCOO(float64[3], nse=2)"
 */
export const valueAndGrad: ValueAndGradFunction = (
  f: AnyFunction,
  options?: number | readonly number[] | SparseGradOptions,
  ...more: readonly unknown[]
) => {
  refuseMore("valueAndGrad", 2, more);
  return sparseDerivative("valueAndGrad", denseValueAndGrad, behindValue, f, options) as never;
};

/**
 * `jacfwd` for functions of sparse arrays, of dense results: the axes of the result are batch axes of sparse Jacobians, whose entries have
 * the positions of the argument's.
 * @throws ArgumentError, DifferentiationError as `jacfwd`
 * @see jax.experimental.sparse.jacfwd
 * @example
 * const { BCOO, jacfwd } = experimental.sparse;
 * const j = jacfwd((v) => v.matmul(np.array([[1, 2], [3, 4]])))(BCOO.fromdense(np.array([0, 1])));
 * String(j); // "BCOO(float64[2,2], nse=1, nBatch=1)"
 * j.todense().js(); // [[0, 3], [0, 4]]
 */
export const jacfwd: GradFunction = (
  f: AnyFunction,
  options?: number | readonly number[] | SparseGradOptions,
  ...more: readonly unknown[]
) => {
  refuseMore("jacfwd", 2, more);
  return sparseDerivative("jacfwd", denseJacfwd, alone, f, options) as never;
};

/**
 * `jacrev` for functions of sparse arrays, of dense results; see `jacfwd`.
 * @throws ArgumentError, DifferentiationError as `jacrev`
 * @see jax.experimental.sparse.jacrev
 * @example
 * const { BCOO, jacrev } = experimental.sparse;
 * const j = jacrev((v) => v.matmul(np.array([[1, 2], [3, 4]])))(BCOO.fromdense(np.array([0, 1])));
 * j.todense().js(); // [[0, 3], [0, 4]]
 */
export const jacrev: GradFunction = (
  f: AnyFunction,
  options?: number | readonly number[] | SparseGradOptions,
  ...more: readonly unknown[]
) => {
  refuseMore("jacrev", 2, more);
  return sparseDerivative("jacrev", denseJacrev, alone, f, options) as never;
};
