/**
 * @file Finding and changing what optimiser states hold, by name. Source: optax/tree_utils/_state_utils.py.
 */
import { refuseMore, checkFunction, checkListOf, show } from "../../base/checks.ts";
import { NDArray } from "../../core/array.ts";
import { isPlainObject } from "../../arguments/rest.ts";
import { type IsLeaf, type KeyPath, keystr, refuseDepth, treeMap } from "../../core/tree.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import { checkTransformation } from "../gradients/base.ts";
import { ParamsPlaceholder } from "../parameters/placeholder.ts";

/** Chooses among entries of the same name. */
export type Filtering = (path: KeyPath, value: unknown) => boolean;

type Entry = [KeyPath, unknown];

/** The children of lists and plain objects, with their paths. */
function childrenOf(tree: unknown, path: KeyPath): Entry[] {
  if (Array.isArray(tree)) return tree.map((x, index): Entry => [[...path, { index }], x]);
  if (!isPlainObject(tree) || tree instanceof NDArray) return [];
  return Object.keys(tree)
    .sort()
    .map((key): Entry => [[...path, { key }], tree[key]]);
}

function checkName(where: string, key: unknown): void {
  if (typeof key !== "string")
    throw new ArgumentError(`${where}: the name must be a string; got ${show(key)}.`);
}

const named = ([path]: Entry, key: string): boolean => {
  const last = path[path.length - 1];
  return "key" in last && last.key === key;
};

/**
 * All entries of a name in a tree of lists and plain objects, as [path, value]; `filtering(path, value)` chooses
 * among them.
 * @see optax.tree_utils.tree_get_all_with_path
 * @example
 * const tree = [{ a: 1 }, { b: { a: 2 } }];
 * optim.treeUtils.treeGetAllWithPath(tree, "a").map(([, x]) => x); // [1, 2]
 */
export function treeGetAllWithPath(
  tree: unknown,
  key: string,
  filtering: Filtering | null = null,
  ...more: []
): Entry[] {
  refuseMore("treeGetAllWithPath", 3, more);
  checkName("treeGetAllWithPath", key);
  if (filtering !== null) checkFunction("treeGetAllWithPath", "the filter", filtering);
  const found = (at: unknown, path: KeyPath): Entry[] => {
    refuseDepth(path);
    const children = childrenOf(at, path);
    const here = children.filter((c) => named(c, key));
    return [...here, ...children.flatMap(([p, x]) => found(x, p))];
  };
  return found(tree, []).filter(([path, x]) => filtering === null || filtering(path, x));
}

/** Options of `treeGet`. */
export interface TreeGetOptions {
  /** What to return where there is none; null unless given. */
  readonly default?: unknown;
  readonly filtering?: Filtering | null | undefined;
}

/**
 * The entry of a name in a state, wherever it is.
 * @throws ArgumentError if there are several; `filtering` chooses among them
 * @see optax.tree_utils.tree_get
 * @example
 * const state = optim.adam(0.1).init(np.array([1, 2]));
 * optim.treeUtils.treeGet<Array>(state, "count").item(); // 0
 */
export function treeGet<T = unknown>(
  tree: unknown,
  key: string,
  options: TreeGetOptions = {},
  ...more: []
): T {
  refuseMore("treeGet", 3, more);
  checkOptions("treeGet", options, ["default", "filtering"]);
  const found = treeGetAllWithPath(tree, key, options.filtering ?? null);
  if (found.length > 1) {
    throw new ArgumentError(
      `treeGet: there are several '${key}': ${found.map(([path]) => keystr(path)).join(", ")}. Choose one by the option 'filtering'.`,
    );
  }
  return (found.length === 0 ? (options.default ?? null) : found[0][1]) as T;
}

/**
 * The state with the entries of the given names replaced, wherever they are.
 * @param values the new values by name
 * @throws ArgumentError if there is no such name
 * @see optax.tree_utils.tree_set
 * @example
 * const state = optim.injectHyperparams(optim.sgd)(0.1).init(np.array([1, 2]));
 * const slower = optim.treeUtils.treeSet(state, { learningRate: np.array(0.01) });
 * optim.treeUtils.treeGet<Array>(slower, "learningRate").item(); // 0.01
 */
export function treeSet<T>(
  tree: T,
  values: { readonly [name: string]: unknown },
  filtering: Filtering | null = null,
  ...more: []
): T {
  refuseMore("treeSet", 3, more);
  if (!isPlainObject(values))
    throw new ArgumentError(`treeSet: expected an object of the new values by name; got ${show(values)}.`);
  for (const key of Object.keys(values)) {
    if (treeGetAllWithPath(tree, key, filtering).length === 0)
      throw new ArgumentError(
        `treeSet: the tree has no entry '${key}'${filtering === null ? "." : " that fits the filter."}`,
      );
  }
  const replaced = (at: unknown, path: KeyPath): unknown => {
    const last = path[path.length - 1];
    const hit = path.length > 0 && "key" in last && Object.hasOwn(values, last.key);
    if (hit && (filtering === null || filtering(path, at))) return values[last.key];
    const children = childrenOf(at, path);
    if (Array.isArray(at)) return children.map(([p, x]) => replaced(x, p));
    if (children.length === 0) return at;
    return Object.fromEntries(
      children.map(([p, x]) => [(p[p.length - 1] as { key: string }).key, replaced(x, p)]),
    );
  };
  return replaced(tree, []) as T;
}

/** Options of `treeMapParams`. */
export interface TreeMapParamsOptions {
  /** Applied to what is not of the parameters' structure. */
  readonly transformNonParams?: ((x: unknown) => unknown) | null | undefined;
  readonly isLeaf?: IsLeaf | undefined;
}

/**
 * Applies `f` to those parts of a state that have the structure of the parameters, leaf by leaf, together with
 * further trees of parameters.
 * @param initable the transformation, or its `init`
 * @see optax.tree_utils.tree_map_params
 * @example
 * const tx = optim.ema(0.9);
 * const state = tx.init({ w: np.array([1, 2]) });
 * optim.treeMapParams(tx, (m: Array) => m.add(1), state); // { count: 0, ema: { w: [1, 1] } }
 */
export function treeMapParams<S>(
  initable: { readonly init: (params: unknown) => S } | ((params: unknown) => S),
  f: (...leaves: never[]) => unknown,
  state: S,
  rest: readonly unknown[] = [],
  options: TreeMapParamsOptions = {},
  ...more: []
): S {
  refuseMore("treeMapParams", 5, more);
  if (typeof initable !== "function") checkTransformation("treeMapParams", "the first argument", initable);
  checkFunction("treeMapParams", "the second argument", f);
  checkListOf("treeMapParams", "the further trees", rest);
  checkOptions("treeMapParams", options, ["transformNonParams", "isLeaf"]);
  const placeholder = new ParamsPlaceholder();
  const marked = typeof initable === "function" ? initable(placeholder) : initable.init(placeholder);
  const other = options.transformNonParams ?? ((x: unknown): unknown => x);
  const change = (mark: unknown, part: unknown): unknown =>
    mark instanceof ParamsPlaceholder ? treeMap(f, part, rest, options.isLeaf) : other(part);
  return treeMap(change, marked, [state], (x) => x instanceof ParamsPlaceholder) as S;
}
