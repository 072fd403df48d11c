/**
 * @file Gradient transformations: what they are, the simplest of them, and how updates are applied.
 *
 * A transformation is a pair of pure functions; its state is a pytree of arrays, so both go through `jit`, `scan`, `vmap`
 * and `grad`. In trees `null` stands for a part that a mask leaves out. Formulas and defaults follow optax 0.2.
 */
import { refuseMore, show } from "../../base/checks.ts";
import { cond } from "../../control-flow/lax.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isFloat, isInteger } from "../../dtypes/dtype.ts";
import { treeLeaves } from "../../core/tree.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { oneMinus } from "../parameters/scalars.ts";
import { mapArrays } from "../trees/leaves.ts";

/** A tree of arrays. */
export type OptState = NDArray | null | readonly OptState[] | { readonly [name: string]: OptState };

/** What some transformations want to know beyond gradients and parameters. */
export interface ExtraArgs {
  /** The value of the objective at the parameters. */
  readonly value?: ArrayLike | undefined;
  /** Its gradient there: the gradient itself, where `updates` may have been transformed already. */
  readonly grad?: unknown;
  /** The objective, for line searches: a function of the parameters, and of an object of the further extra arguments. */
  readonly valueFn?: ((params: never, ...rest: never[]) => ArrayLike) | undefined;
  readonly [name: string]: unknown;
}

declare const place: unique symbol;
/** Stands for the tree of the parameters in the type of a state: `{ count: Array; mean: OfParams }`. */
export interface OfParams {
  readonly [place]: "params";
}
/** Stands for the tree of the parameters that a mask leaves in. */
export interface PartOfParams {
  readonly [place]: "part";
}
/** A tree with `null` in place of some of its parts. */
export type Part<P> = unknown extends P
  ? unknown
  : null | (P extends NDArray ? P : { readonly [K in keyof P]: Part<P[K]> });

/**
 * The state of the type `S` for parameters of the type `P`, which stand where `S` has `OfParams`: in tuples and in object types
 * that are no interfaces or classes, at any depth. (`S` is only ever what a condition is about: so it stays covariant.)
 */
export type StateFor<S, P> = S extends OfParams
  ? P
  : S extends PartOfParams
    ? P extends OfParams | PartOfParams
      ? PartOfParams
      : Part<P>
    : S extends ArrayLike | string | null | undefined
      ? S
      : S extends readonly [unknown, ...unknown[]] | { readonly [name: string]: unknown }
        ? { [K in keyof S]: StateFor<S[K], P> }
        : S;

/** The state that a transformation has for parameters: `StateOf<typeof tx, typeof params>`. */
export type StateOf<T, P> = T extends { init(params: never): unknown }
  ? T extends GradientTransformation<infer S>
    ? StateFor<S, ArrayTree<P>>
    : ReturnType<T["init"]>
  : never;

/**
 * Turns gradients into updates. `S` is the type of the state, with `OfParams` where it holds trees of the parameters.
 *
 * `init(params)` makes the state; `update(grads, state, params, extra)` returns the updates and the next state. The
 * updates have the structure, shapes and dtypes of the gradients (a wider dtype where a parameter asks for one in the
 * state) and are to be *added* to the parameters: `applyUpdates(params, updates)`.
 */
export interface GradientTransformation<S = OptState> {
  init<P>(params: P): StateFor<S, ArrayTree<P>>;
  update<P, Q>(
    updates: P,
    state: StateFor<S, Q>,
    params?: LikeTree<P> | null,
    extra?: ExtraArgs,
  ): [ArrayTree<P>, StateFor<S, Q>];
}

/** The state of transformations that have none. */
export type EmptyState = { readonly [name: string]: never };

type Update<S> = (
  updates: unknown,
  state: StateFor<NoInfer<S>, unknown>,
  params: unknown,
  extra: ExtraArgs,
) => readonly [unknown, StateFor<NoInfer<S>, unknown>];

/** A transformation of functions on trees of whatever type. `params` is null where none are given. */
export function transformation<S>(
  init: (params: unknown) => StateFor<NoInfer<S>, unknown>,
  update: Update<S>,
): GradientTransformation<S> {
  const typed = (
    updates: unknown,
    state: StateFor<S, unknown>,
    params?: unknown,
    extra: ExtraArgs = {},
  ): readonly [unknown, unknown] => update(updates, state, params ?? null, extra);
  return {
    init: init as GradientTransformation<S>["init"],
    update: typed as GradientTransformation<S>["update"],
  };
}

/** @throws ArgumentError unless `t` is a gradient transformation. */
export function checkTransformation(where: string, what: string, t: unknown): void {
  const { init, update } = (t ?? {}) as { readonly init?: unknown; readonly update?: unknown };
  if (typeof init === "function" && typeof update === "function") return;
  throw new ArgumentError(
    `${where}: ${what} must be a gradient transformation, { init, update }; got ${show(t)}.`,
  );
}

/** A transformation without state. */
export const without = (
  update: (updates: unknown, params: unknown, extra: ExtraArgs) => unknown,
): GradientTransformation<EmptyState> =>
  transformation<EmptyState>(initEmptyState, (updates, state, params, extra) => [
    update(updates, params, extra),
    state,
  ]);

/** The parameters, or an error that says how to pass them. */
export function requireParams(name: string, params: unknown): unknown {
  if (params !== null && params !== undefined) return params;
  throw new ArgumentError(`${name}: the update needs the parameters; call update(grads, state, params).`);
}

/**
 * The state of transformations that have none: an object without entries.
 * @see optax.init_empty_state
 * @example
 * optim.initEmptyState(np.array([1, 2])); // {}
 */
export const initEmptyState = (_params?: unknown, ...more: []): EmptyState => {
  refuseMore("initEmptyState", 1, more);
  return {};
};

/**
 * Leaves updates as they are.
 * @see optax.identity
 * @example
 * const g = np.array([0.5, -3]);
 * optim.identity().update(g, {})[0].js(); // [0.5, -3]
 */
export const identity = (...more: []): GradientTransformation<EmptyState> => {
  refuseMore("identity", 0, more);
  return without((updates) => updates);
};

/**
 * Makes all updates zero, of the shapes and dtypes that they have: parameters stay as they are.
 * @see optax.set_to_zero
 * @example
 * const g = np.array([0.5, -3]);
 * optim.setToZero().update(g, {})[0].js(); // [0, 0]
 */
export const setToZero = (...more: []): GradientTransformation<EmptyState> => {
  refuseMore("setToZero", 0, more);
  return without((updates) => mapArrays((u) => np.zerosLike(u), updates));
};

/**
 * A transformation without state, of a function of the trees of updates and parameters (null where `update` is given
 * none).
 * @see optax.stateless
 * @example
 * const decay = optim.stateless((g: Array, p: Array | null) => (p === null ? g : g.add(p)));
 * decay.update(np.array([1, 2]), {}, np.array([10, 10]))[0].js(); // [11, 12]
 */
export function stateless<P>(
  f: (updates: P, params: P | null) => unknown,
  ...more: []
): GradientTransformation<EmptyState> {
  refuseMore("stateless", 1, more);
  return without((updates, params) => f(updates as P, params as P | null));
}

/**
 * A transformation without state, of a function of one array of the updates and that of the parameters (null where
 * `update` is given none); it is applied array by array.
 * @see optax.stateless_with_tree_map
 * @example
 * const cube = optim.statelessWithTreeMap((g) => g.pow(3));
 * cube.update({ w: np.array([1, 2]), b: np.array(-1) }, {})[0]; // { b: -1, w: [1, 8] }
 */
export function statelessWithTreeMap(
  f: (update: NDArray, param: NDArray | null) => ArrayLike,
  ...more: []
): GradientTransformation<EmptyState> {
  refuseMore("statelessWithTreeMap", 1, more);
  return without((updates, params) =>
    params === null ? mapArrays((u) => f(u, null), updates) : mapArrays(f, updates, params),
  );
}

/**
 * The transformation itself: here every one accepts extra arguments, and those that need none ignore them.
 * @see optax.with_extra_args_support
 * @example
 * const tx = optim.withExtraArgsSupport(optim.scale(2));
 * tx.update(np.array([1, 2]), tx.init(null), null, { value: 3 })[0].js(); // [2, 4]
 */
export const withExtraArgsSupport = <S>(
  tx: GradientTransformation<S>,
  ...more: []
): GradientTransformation<S> => {
  refuseMore("withExtraArgsSupport", 1, more);
  return tx;
};

/**
 * The parameters plus the updates, in the parameters' dtypes.
 * @see optax.apply_updates
 * @example
 * optim.applyUpdates({ w: np.array([1, 2]) }, { w: np.array([0.5, -1]) }).w.js(); // [1.5, 1]
 */
export function applyUpdates<P>(params: P, updates: unknown, ...more: []): ArrayTree<P> {
  refuseMore("applyUpdates", 2, more);
  return mapArrays((p, u) => np.add(p, u).astype(p.dtype), params, updates) as ArrayTree<P>;
}

/**
 * stepSize · new + (1 − stepSize) · old, array by array: the moving average of parameters.
 * @param stepSize a scalar between 0 (all old) and 1 (all new)
 * @see optax.incremental_update; Polyak, Juditsky (1992)
 * @example
 * optim.incrementalUpdate({ w: np.array([2, 4]) }, { w: np.array([0, 0]) }, 0.25).w.js(); // [0.5, 1]
 */
export function incrementalUpdate<P>(
  newTensors: P,
  oldTensors: unknown,
  stepSize: ArrayLike,
  ...more: []
): ArrayTree<P> {
  refuseMore("incrementalUpdate", 3, more);
  const average = (x: NDArray, y: NDArray): NDArray =>
    np.add(np.multiply(stepSize, x), np.multiply(oneMinus(stepSize), y));
  return mapArrays(average, newTensors, oldTensors) as ArrayTree<P>;
}

/** One of two trees; the other is not computed. */
export const choose = (condition: ArrayLike, yes: () => unknown, no: () => unknown): unknown =>
  cond<[], unknown>(condition, yes, no);

/**
 * The new tensors where `steps` is a multiple of the period, else the old ones; the result has the dtypes of the new
 * ones.
 * @param steps the number of steps, an integer scalar
 * @see optax.periodic_update
 * @example
 * optim.periodicUpdate(np.array([1, 1]), np.array([0, 0]), 3, 2).js(); // [0, 0]
 * optim.periodicUpdate(np.array([1, 1]), np.array([0, 0]), 4, 2).js(); // [1, 1]
 */
export function periodicUpdate<P>(
  newTensors: P,
  oldTensors: unknown,
  steps: ArrayLike,
  updatePeriod: ArrayLike,
  ...more: []
): ArrayTree<P> {
  refuseMore("periodicUpdate", 4, more);
  const due = np.equal(np.mod(steps, updatePeriod), 0);
  const fresh = mapArrays((x) => x, newTensors);
  const old = mapArrays((x, y) => y.astype(x.dtype), newTensors, oldTensors);
  return choose(
    due,
    () => fresh,
    () => old,
  ) as ArrayTree<P>;
}

/**
 * count + 1 in its dtype; the largest number of the dtype stays, where the sum would wrap around.
 * @throws DTypeError for booleans and complex numbers
 * @see optax.safe_increment
 * @example
 * optim.safeIncrement(np.array(2147483647, { dtype: "int32" })).item(); // 2147483647
 * optim.safeIncrement(np.array(7, { dtype: "int32" })).item(); // 8
 */
export function safeIncrement(count: ArrayLike, ...more: []): NDArray {
  refuseMore("safeIncrement", 1, more);
  const c = asArray(count, "safeIncrement");
  if (!isInteger(c.dtype) && !isFloat(c.dtype))
    throw new DTypeError(`safeIncrement: expected an integer or a float; got dtype ${c.dtype}.`);
  const most = isInteger(c.dtype) ? np.iinfo(c.dtype).max : np.finfo(c.dtype).max;
  return np.where(np.less(c, most), np.add(c, 1), c);
}

/**
 * Alias of `safeIncrement`.
 * @see optax.safe_int32_increment
 */
export const safeInt32Increment = safeIncrement;

/** The dtype of the first array of a tree. */
export const leadDType = (where: string, tree: unknown): NDArray["dtype"] => {
  const [first] = treeLeaves(tree);
  if (first === undefined) throw new ArgumentError(`${where}: the tree of parameters has no arrays.`);
  return asArray(first as ArrayLike, where).dtype;
};
