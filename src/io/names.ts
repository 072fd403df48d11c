/**
 * @file Trees of arrays as flat records, as files hold them, and back: `flattenDict`, `unflattenDict`.
 */
import { refuseMore, checkListOf, show } from "../base/checks.ts";
import { ArgumentError, ShapeError, TreeError, checkOptions } from "../base/errors.ts";
import { type ArrayLike, NDArray } from "../core/array.ts";
import { type KeyPath, treeFlattenWithPath, treeUnflatten } from "../core/tree.ts";
import type { ArrayTree } from "../core/tree-types.ts";
import { asArray } from "../lax/operands/convert.ts";
import type { LoadOptions } from "./source.ts";

/** Arrays by their names. */
export type ArrayRecord = Record<string, NDArray>;

/** A tree of objects and lists with arrays as leaves. */
export type ArrayNest = NDArray | ArrayNest[] | { [key: string]: ArrayNest };

/** Options of `loadSafetensors` and `loadNpz`. */
export interface LoadArraysOptions extends LoadOptions {
  /** The names of the arrays to load; all, if they are not given. */
  readonly only?: readonly string[] | undefined;
}

/** The test for names that are to be loaded. @throws ArgumentError for a name that is not there */
export function selection(
  where: string,
  names: readonly string[],
  only: readonly string[] | undefined,
): (name: string) => boolean {
  if (only === undefined) return () => true;
  checkListOf(where, "'only'", only);
  const there = new Set(names);
  const missing = only.find((name) => !there.has(name));
  if (missing !== undefined)
    throw new ArgumentError(`${where}: there is no ${show(missing)}. ${namesText(names)}`);
  const wanted = new Set(only);
  return (name) => wanted.has(name);
}

/** What there is, for messages. */
export const namesText = (names: readonly string[]): string =>
  `The file has ${names.length === 0 ? "no arrays" : names.slice(0, 10).map(show).join(", ")}${names.length > 10 ? `, and ${names.length - 10} more` : ""}.`;

/** Options of `flattenDict` and `unflattenDict`. */
export interface NameOptions {
  /** What stands between the keys of a name: a period, if it is not given. */
  readonly sep?: string | undefined;
}

/** A record from pairs. Unlike `Object.fromEntries`, exact about what it makes: own properties, whatever their names. */
export function recordOf<T>(pairs: Iterable<readonly [string, T]>): Record<string, T> {
  const out: Record<string, T> = {};
  for (const [key, value] of pairs)
    Object.defineProperty(out, key, { value, enumerable: true, writable: true, configurable: true });
  return out;
}

const nameOf = (path: KeyPath, sep: string): string =>
  path.map((step) => ("key" in step ? step.key : String(step.index))).join(sep);

const listed = (names: readonly string[]): string =>
  `${names.slice(0, 5).map(show).join(", ")}${names.length > 5 ? `, and ${names.length - 5} more` : ""}`;

function checkSep(where: string, { sep = "." }: NameOptions): string {
  if (typeof sep === "string" && sep !== "") return sep;
  throw new TreeError(`${where}: 'sep' must be a text that is not empty; got ${show(sep)}.`);
}

/** The leaves of a tree as arrays, by name, in the tree's order. @throws TreeError if two have one name */
export function namedLeaves(where: string, tree: unknown, sep: string): Map<string, NDArray> {
  const out = new Map<string, NDArray>();
  for (const [path, leaf] of treeFlattenWithPath(tree)[0]) {
    if (path.length === 0)
      throw new TreeError(
        `${where}: expected a tree of arrays, with names for them; got ${show(leaf)}: { x: … }.`,
      );
    const name = nameOf(path, sep);
    if (out.has(name)) throw new TreeError(`${where}: two arrays of the tree have the name ${show(name)}.`);
    out.set(name, asArray(leaf as ArrayLike, `${where}: ${name}`));
  }
  return out;
}

/**
 * The arrays of a tree by name: the keys on the way to each, and places in lists, with periods between. The functions that save
 * do this themselves.
 *
 * @param options.sep what stands between keys
 * @throws TreeError if two arrays have one name
 * @see flax.traverse_util.flatten_dict
 * @example
 * Object.keys(io.flattenDict({ layers: [{ w: 1 }, { w: 2 }] })); // ["layers.0.w", "layers.1.w"]
 */
export function flattenDict(tree: object, options: NameOptions = {}, ...more: []): ArrayRecord {
  refuseMore("flattenDict", 2, more);
  checkOptions("flattenDict", options, ["sep"]);
  return recordOf(namedLeaves("flattenDict", tree, checkSep("flattenDict", options)));
}

/** Part of a tree that is put together: an array, or what is below each key. */
type Part = NDArray | Map<string, Part>;

/** As deep as trees may be. */
const mostKeys = 1000;

function place(root: Map<string, Part>, name: string, array: NDArray, sep: string): void {
  const keys = name.split(sep);
  const clash = (): never => {
    throw new TreeError(
      `unflattenDict: ${show(name)} cannot stand in a tree with another name that is a part of it, or begins with it.`,
    );
  };
  if (keys.length > mostKeys) throw new TreeError(`unflattenDict: a name has ${keys.length} parts.`);
  let at = root;
  for (const key of keys.slice(0, -1)) {
    let next = at.get(key);
    if (next === undefined) at.set(key, (next = new Map<string, Part>()));
    if (!(next instanceof Map)) return clash();
    at = next;
  }
  const last = keys[keys.length - 1];
  if (at.has(last)) clash();
  at.set(last, array);
}

/** Keys 0, 1, … make a list. */
function assemble(part: Part): ArrayNest {
  if (!(part instanceof Map)) return part;
  const places = Array.from({ length: part.size }, (_, i) => part.get(String(i)));
  if (part.size > 0 && places.every((x) => x !== undefined)) return places.map(assemble);
  return recordOf([...part].map(([key, x]) => [key, assemble(x)] as const));
}

function likeTree(flat: ReadonlyMap<string, NDArray>, like: unknown, sep: string): unknown {
  const [leaves, def] = treeFlattenWithPath(like);
  const named = leaves.map(([path, leaf]) => [nameOf(path, sep), leaf] as const);
  const wanted = new Set(named.map(([name]) => name));
  const missing = [...wanted].filter((name) => !flat.has(name));
  const extra = [...flat.keys()].filter((name) => !wanted.has(name));
  if (missing.length > 0 || extra.length > 0)
    throw new TreeError(
      "unflattenDict: the names are not those of the tree" +
        (missing.length > 0 ? `; missing: ${listed(missing)}` : "") +
        (extra.length > 0 ? `; not in the tree: ${listed(extra)}.` : "."),
    );
  const arrays = named.map(([name, leaf]) => {
    const { shape } = asArray(leaf as ArrayLike, `unflattenDict: ${name}`);
    const array = flat.get(name)!;
    if (array.shape.join() === shape.join()) return array;
    throw new ShapeError(
      `unflattenDict: ${name} has shape [${array.shape.join(",")}]; expected [${shape.join(",")}].`,
    );
  });
  return treeUnflatten(def, arrays);
}

/**
 * The tree that a flat record of arrays stands for: names are split at periods, and keys 0, 1, 2, … make a list.
 *
 * With `like`, a tree of arrays, the result has its structure and its types (registered classes too), and it is checked that
 * there is exactly one array for each leaf, of its shape. Dtypes are those of the record.
 *
 * @param options.sep what stands between keys
 * @throws TreeError if a name is also the beginning of another one, or the names are not those of `like`
 * @throws ShapeError if an array has another shape than that of `like`
 * @see flax.traverse_util.unflatten_dict
 * @example
 * const flat = { "layers.0.w": np.array([1, 2]), "layers.1.w": np.array([3, 4]) };
 * io.unflattenDict(flat); // { layers: [{ w: Array([1, 2]) }, { w: Array([3, 4]) }] }
 * io.unflattenDict(flat, { like: { layers: [{ w: np.zeros([2]) }] } }); // throws TreeError: not in the tree: "layers.1.w"
 */
export function unflattenDict<T extends object>(
  flat: Readonly<Record<string, NDArray>>,
  options: NameOptions & { readonly like: T },
): ArrayTree<T>;
export function unflattenDict(flat: Readonly<Record<string, NDArray>>, options?: NameOptions): ArrayNest;
export function unflattenDict(
  flat: Readonly<Record<string, NDArray>>,
  options: NameOptions & { readonly like?: object } = {},
  ...more: []
): unknown {
  refuseMore("unflattenDict", 2, more);
  checkOptions("unflattenDict", options, ["sep", "like"]);
  const sep = checkSep("unflattenDict", options);
  if (typeof flat !== "object" || flat === null || !Object.values(flat).every((x) => x instanceof NDArray))
    throw new TreeError(`unflattenDict: expected a record of arrays, as they are loaded; got ${show(flat)}.`);
  const entries = new Map(Object.entries(flat));
  if (options.like !== undefined) return likeTree(entries, options.like, sep);
  const root = new Map<string, Part>();
  for (const [name, array] of entries) place(root, name, array, sep);
  return assemble(root);
}
