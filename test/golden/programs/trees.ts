/**
 * @file Programs on pytrees: the functions of `tree`, called with the operations that the vectors name, and functions
 * whose arguments, results and derivatives are trees.
 */
import { hessian, jacrev, np, tree } from "../library.ts";
import type { Arr } from "../library.ts";
import { tuples } from "../codec.ts";
import type { Operation } from "../codec.ts";
import type { Programs } from "./common.ts";

type PathEntry = { readonly key: string } | { readonly index: number };
type Structure = { readonly numLeaves: number; equals(other: Structure): boolean };

const structure = (t: unknown): Structure => tree.structure<Structure>(t);
const leaves = (t: unknown): unknown[] => tree.leaves<unknown[]>(t);

const operations: Readonly<Record<string, (...args: never[]) => unknown>> = {
  add: (a: number, b: number) => a + b,
  mul: (a: number, b: number) => a * b,
  max: (a: number, b: number) => Math.max(a, b),
  "x*10+1": (x: number) => x * 10 + 1,
  is_list: (x: unknown) => Array.isArray(x) && !tuples.has(x),
  "(p, subtree) => p + sum(leaves(subtree))": (p: number, subtree: unknown) =>
    (leaves(subtree) as number[]).reduce((a, b) => a + b, p),
};

const named = ({ name }: Operation): unknown => operations[name];

/** A path in Python's notation, as the vectors write it. */
const pythonPath = (path: readonly PathEntry[]): string =>
  path.map((k) => ("index" in k ? `[${k.index}]` : `['${k.key}']`)).join("");

/** A path with its parts joined by slashes. */
const slashPath = (path: readonly PathEntry[]): string =>
  path.map((k) => ("index" in k ? String(k.index) : k.key)).join("/");

const functions: Programs = {
  "tree.leaves": leaves,

  "tree.flatten_with_path": (t: unknown) => {
    const [flat] = tree.flattenWithPath<[[PathEntry[], unknown][], Structure]>(t);
    return flat.map(([path, leaf]) => [pythonPath(path), leaf]);
  },

  "tree.structure_num_leaves": (t: unknown) => structure(t).numLeaves,

  "tree.structure_equal": (a: unknown, b: unknown) => structure(a).equals(structure(b)),

  "tree.map": (f: Operation, ...trees: unknown[]) => tree.map<unknown>(named(f), ...trees),

  "tree.unflatten": (t: unknown, flat: unknown[]) => tree.unflatten<unknown>(structure(t), flat),

  "tree.reduce": (f: Operation, t: unknown, initial: number) => tree.reduce<unknown>(named(f), t, initial),

  "tree.leaves_is_leaf": (t: unknown, isLeaf: Operation) => tree.leaves<unknown>(t, named(isLeaf)),

  "tree.map_with_path": (t: unknown) =>
    tree.mapWithPath<unknown>((path: PathEntry[], leaf: number) => `${slashPath(path)}=${leaf}`, t),

  "tree.none_is_leaf": (t: unknown) => tree.leaves<unknown[]>(t, (x: unknown) => x === null).length,

  "tree.transpose": (outer: unknown, inner: unknown, t: unknown) =>
    tree.transpose<unknown>(structure(outer), structure(inner), t),

  "tree.broadcast": (prefix: unknown, full: unknown) => tree.broadcast<unknown>(prefix, full),
};

interface Params {
  readonly w: Arr;
  readonly b: readonly [Arr, Arr];
}

/** tanh(p.w x) + p.b[0] */
const affine = (p: Params, x: Arr): { o: Arr } => ({ o: np.tanh(np.matmul(p.w, x)).add(p.b[0]) });

const differentiated: Programs = {
  "derived.tree_loss": (p: Params, x: Arr) => np.tanh(np.matmul(p.w, x).add(p.b[0])).mul(p.b[1]).sum(),

  "derived.tree_out": (x: Arr) => ({ a: np.sin(x), b: [x.sum(), { c: x.mul(2) }] }),

  "derived.tree_jac": (p: Params, x: Arr) => jacrev<(p: Params) => unknown>((p: Params) => affine(p, x))(p),

  "derived.tree_hess": (t: { u: Arr; v: Arr }) => {
    const f = (t: { u: Arr; v: Arr }): Arr => np.sum(np.sin(t.u)).mul(np.square(t.v));
    return hessian<(t: unknown) => unknown>(f)(t);
  },
};

export const treePrograms: Programs = { ...functions, ...differentiated };
