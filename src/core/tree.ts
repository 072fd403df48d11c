/**
 * @file Pytrees: nested arrays (tuples), plain objects, registered classes; anything else is a leaf, and null and
 * undefined are nodes without leaves.
 *
 * As in JAX, the keys of objects are taken in sorted order. Children are read and written as own properties only, so
 * keys such as `__proto__` are safe.
 */
import { checkFunction, show, refuseMore } from "../base/checks.ts";
import { TreeError } from "../base/errors.ts";
import { sameStatic, snapshot } from "../base/static.ts";

/** One step into a tree: an object's key, a list's index, or a registered class's child. */
export type KeyEntry = { readonly key: string } | { readonly index: number };
/**
 * The way from the root of a tree to a node: an object's keys, lists' indices.
 */
export type KeyPath = readonly KeyEntry[];

/**
 * How a class takes part in pytrees. `aux` is compared by what it holds, where it consists of lists, plain objects and
 * typed arrays, by its own `equals` if it has one, and by identity (functions, instances).
 */
export interface PytreeNode<T, Aux = unknown> {
  flatten(value: T): { children: readonly unknown[]; aux: Aux; keys?: readonly string[] };
  unflatten(aux: Aux, children: readonly unknown[]): T;
}

type Constructor<T> = abstract new (...args: never[]) => T;

const registry = new Map<Constructor<unknown>, PytreeNode<unknown>>();

/**
 * The property by which the library's own classes say how they take part, `get [asNode]()`: a registration would act when
 * their module is loaded.
 */
export const asNode: unique symbol = Symbol("pytree node");

const nodeOf = (cls: Constructor<unknown>): PytreeNode<unknown> | undefined =>
  registry.get(cls) ?? (cls?.prototype as { readonly [asNode]?: PytreeNode<unknown> } | undefined)?.[asNode];

/**
 * Makes instances of `cls` nodes of pytrees.
 * @throws TreeError if the class is registered already.
 * @example
 * class Point { constructor(readonly x: Array, readonly y: Array) {} }
 * registerPytreeNode(Point, {
 *   flatten: (p) => ({ children: [p.x, p.y], aux: null, keys: ["x", "y"] }),
 *   unflatten: (_, [x, y]) => new Point(x as Array, y as Array),
 * });
 * grad((p: Point) => p.x.mul(p.y))(new Point(np.array(2), np.array(3))).x.item(); // 3
 */
export function registerPytreeNode<T, Aux>(cls: Constructor<T>, node: PytreeNode<T, Aux>, ...more: []): void {
  refuseMore("registerPytreeNode", 2, more);
  checkFunction("registerPytreeNode", "the class", cls);
  if (typeof node !== "object" || node === null)
    throw new TreeError(`registerPytreeNode: expected { flatten, unflatten }; got ${show(node)}.`);
  const parts = node as Readonly<Record<"flatten" | "unflatten", unknown>>;
  checkFunction("registerPytreeNode", "'flatten'", parts.flatten);
  checkFunction("registerPytreeNode", "'unflatten'", parts.unflatten);
  if (nodeOf(cls) !== undefined)
    throw new TreeError(`registerPytreeNode: class ${cls.name} is registered already.`);
  registry.set(cls, node);
}

type NodeKind =
  | { readonly kind: "leaf" }
  | { readonly kind: "none" }
  | { readonly kind: "list" }
  | { readonly kind: "dict"; readonly keys: readonly string[] }
  | {
      readonly kind: "custom";
      readonly cls: Constructor<unknown>;
      readonly aux: unknown;
      readonly keys: readonly string[] | undefined;
    };

/** The structure of a pytree without its leaves. */
export class TreeDef {
  readonly node: NodeKind;
  readonly children: readonly TreeDef[];
  readonly numLeaves: number;
  /** What a class kept beside its children, as it was then. */
  readonly #aux: unknown;

  constructor(node: NodeKind, children: readonly TreeDef[]) {
    this.node = node;
    this.children = children;
    this.#aux = node.kind === "custom" ? snapshot(node.aux) : null;
    this.numLeaves = node.kind === "leaf" ? 1 : children.reduce((n, c) => n + c.numLeaves, 0);
  }

  equals(other: TreeDef): boolean {
    if (this === other) return true;
    const a = this.node;
    const b = other.node;
    if (a.kind !== b.kind || this.children.length !== other.children.length) return false;
    if (a.kind === "dict" && b.kind === "dict" && a.keys.some((k, i) => k !== b.keys[i])) return false;
    if (a.kind === "custom" && b.kind === "custom" && (a.cls !== b.cls || !sameStatic(this.#aux, other.#aux)))
      return false;
    return this.children.every((c, i) => c.equals(other.children[i]));
  }

  /** The structure with `*` for leaves, as JAX prints it. */
  toString(): string {
    return `TreeDef(${this.#text()})`;
  }

  #text(): string {
    const inner = this.children.map((c) => c.#text());
    switch (this.node.kind) {
      case "leaf":
        return "*";
      case "none":
        return "null";
      case "list":
        return `[${inner.join(", ")}]`;
      case "dict":
        return `{${this.node.keys.map((k, i) => `${JSON.stringify(k)}: ${inner[i]}`).join(", ")}}`;
      case "custom":
        return `${this.node.cls.name}(${inner.join(", ")})`;
    }
  }
}

export const leafDef = new TreeDef({ kind: "leaf" }, []);
const noneDef = new TreeDef({ kind: "none" }, []);

/** Cuts the tree at nodes for which it returns true. */
export type IsLeaf = (node: unknown) => boolean;

interface Opened {
  readonly node: NodeKind;
  readonly children: readonly unknown[];
}

function isPlainObject(x: object): x is Record<string, unknown> {
  const proto: unknown = Object.getPrototypeOf(x);
  return proto === null || proto === Object.prototype || Object.getPrototypeOf(proto) === null;
}

function open(x: unknown): Opened | null {
  if (x === null || x === undefined) return { node: { kind: "none" }, children: [] };
  if (typeof x !== "object") return null;
  if (Array.isArray(x)) return { node: { kind: "list" }, children: x };
  const cls = (x as { constructor?: unknown }).constructor as Constructor<unknown>;
  const custom = nodeOf(cls);
  if (custom !== undefined && Object.getPrototypeOf(x) !== null) {
    const { children, aux, keys } = custom.flatten(x);
    return { node: { kind: "custom", cls, aux, keys }, children };
  }
  if (ArrayBuffer.isView(x) || !isPlainObject(x)) return null;
  const keys = Object.keys(x).sort();
  return { node: { kind: "dict", keys }, children: keys.map((k) => x[k]) };
}

/** How deep trees may be: each level is a few frames of the stack, here and wherever trees are rebuilt. */
const maxDepth = 1000;

/** @throws TreeError beyond the limit of the depth: a tree that contains itself has no end. */
export function refuseDepth(path: KeyPath): void {
  if (path.length <= maxDepth) return;
  throw new TreeError(
    `a tree is deeper than ${maxDepth} levels (it begins ${keystr(path.slice(0, 4))}…). Does it contain itself?`,
  );
}

function walk(
  tree: unknown,
  isLeaf: IsLeaf | undefined,
  path: KeyEntry[],
  visit: (leaf: unknown, path: KeyPath) => void,
): TreeDef {
  refuseDepth(path);
  const opened = isLeaf?.(tree) === true ? null : open(tree);
  if (opened === null) {
    visit(tree, path);
    return leafDef;
  }
  const { node, children } = opened;
  if (node.kind === "none") return noneDef;
  const keys = node.kind === "dict" || node.kind === "custom" ? node.keys : undefined;
  const defs = children.map((child, index) => {
    path.push(keys === undefined ? { index } : { key: keys[index] });
    const def = walk(child, isLeaf, path, visit);
    path.pop();
    return def;
  });
  return new TreeDef(node, defs);
}

/** The leaves of a tree, in order, and its structure. */
export function treeFlatten(tree: unknown, isLeaf?: IsLeaf): [unknown[], TreeDef] {
  const leaves: unknown[] = [];
  const def = walk(tree, isLeaf, [], (leaf) => leaves.push(leaf));
  return [leaves, def];
}

/** The leaves with their paths, and the structure. */
export function treeFlattenWithPath(tree: unknown, isLeaf?: IsLeaf): [[KeyPath, unknown][], TreeDef] {
  const leaves: [KeyPath, unknown][] = [];
  const def = walk(tree, isLeaf, [], (leaf, path) => leaves.push([[...path], leaf]));
  return [leaves, def];
}

/** Builds the tree of the given structure from its leaves. */
export function treeUnflatten(def: TreeDef, leaves: readonly unknown[]): unknown {
  if (!(def instanceof TreeDef) || !Array.isArray(leaves))
    throw new TreeError(
      `treeUnflatten: expected a structure and a list of leaves; got ${show(def)} and ${show(leaves)}.`,
    );
  if (leaves.length !== def.numLeaves) {
    throw new TreeError(
      `treeUnflatten: the structure ${String(def)} has ${def.numLeaves} leaves; got ${leaves.length}.`,
    );
  }
  if (def === leafDef) return leaves[0];
  let at = 0;
  const build = (d: TreeDef): unknown => {
    const { node } = d;
    switch (node.kind) {
      case "leaf":
        return leaves[at++];
      case "none":
        return null;
      case "list":
        return d.children.map(build);
      case "dict": {
        const out: Record<string, unknown> = {};
        d.children.forEach((child, i) => {
          const value = build(child);
          Object.defineProperty(out, node.keys[i], {
            value,
            enumerable: true,
            writable: true,
            configurable: true,
          });
        });
        return out;
      }
      case "custom":
        return nodeOf(node.cls)!.unflatten(node.aux, d.children.map(build));
    }
  };
  return build(def);
}

export const treeLeaves = (tree: unknown, isLeaf?: IsLeaf): unknown[] => treeFlatten(tree, isLeaf)[0];
export const treeStructure = (tree: unknown, isLeaf?: IsLeaf): TreeDef => treeFlatten(tree, isLeaf)[1];

const isKeyEntry = (k: unknown): k is KeyEntry =>
  typeof k === "object" && k !== null && ("index" in k || ("key" in k && typeof k.key === "string"));

/**
 * The text of a path in JavaScript's notation; keys that are no identifiers are quoted.
 * @see jax.tree_util.keystr
 * @example
 * tree.keystr([{ key: "layers" }, { index: 0 }, { key: "my w" }]); // .layers[0]["my w"]
 */
export function keystr(path: KeyPath, ...more: []): string {
  refuseMore("keystr", 1, more);
  const list: unknown = path;
  if (!Array.isArray(list) || !list.every(isKeyEntry))
    throw new TreeError(`keystr: a path is a list of { key } and { index }; got ${show(path)}.`);
  return path
    .map((k) =>
      "index" in k
        ? `[${k.index}]`
        : /^[A-Za-z_$][\w$]*$/.test(k.key)
          ? `.${k.key}`
          : `[${JSON.stringify(k.key)}]`,
    )
    .join("");
}

const describeNode = (d: TreeDef): string => {
  switch (d.node.kind) {
    case "leaf":
      return "a leaf";
    case "none":
      return "null";
    case "list":
      return `a list of ${d.children.length}`;
    case "dict":
      return `an object with keys {${d.node.keys.join(", ")}}`;
    case "custom":
      return `a ${d.node.cls.name}`;
  }
};

/** Where two structures first differ, as text, or null when they are equal. */
export function explainTreeMismatch(expected: TreeDef, got: TreeDef, path = ""): string | null {
  if (expected.equals(got)) return null;
  const sameNode =
    expected.node.kind === got.node.kind &&
    expected.children.length === got.children.length &&
    new TreeDef(expected.node, []).equals(new TreeDef(got.node, []));
  if (!sameNode)
    return `at ${path === "" ? "the root" : path}: expected ${describeNode(expected)}, got ${describeNode(got)}`;
  for (let i = 0; i < expected.children.length; i++) {
    const { node } = expected;
    const keys = node.kind === "dict" || node.kind === "custom" ? node.keys : undefined;
    const step = keystr([keys === undefined ? { index: i } : { key: keys[i] }]);
    const text = explainTreeMismatch(expected.children[i], got.children[i], path + step);
    if (text !== null) return text;
  }
  return `at ${path === "" ? "the root" : path}: the structures differ`;
}

/**
 * Spreads a prefix tree over a full one: each leaf of `prefix` is repeated for all leaves of the subtree it stands for.
 * `null` in the prefix counts as a leaf. The result is one value per leaf of `tree`.
 */
export function broadcastPrefix(prefix: unknown, tree: unknown, where: string): unknown[] {
  const out: unknown[] = [];
  const go = (p: unknown, t: unknown, path: KeyPath): void => {
    refuseDepth(path);
    const openedP = p === null || p === undefined ? null : open(p);
    if (openedP === null) {
      for (const _ of treeLeaves(t)) out.push(p);
      return;
    }
    const openedT = open(t);
    const nodeP = new TreeDef(openedP.node, []);
    if (
      openedT === null ||
      !nodeP.equals(new TreeDef(openedT.node, [])) ||
      openedP.children.length !== openedT.children.length
    ) {
      throw new TreeError(
        `${where}${keystr(path)}: ${describeNode(treeStructure(p))} was given for ${describeNode(treeStructure(t))}; ` +
          `it must be a value for the whole, or a tree of the same structure.`,
      );
    }
    const keys = openedP.node.kind === "dict" ? openedP.node.keys : undefined;
    openedP.children.forEach((child, i) => {
      go(child, openedT.children[i], [...path, keys === undefined ? { index: i } : { key: keys[i] }]);
    });
  };
  go(prefix, tree, []);
  return out;
}

/**
 * Applies `f` to the leaves of `tree` and to what stands at the same places in `rest`, which may go deeper.
 * @throws TreeError naming the path where a tree of `rest` has another structure.
 */
export function treeMap<R>(
  f: (...leaves: never[]) => R,
  tree: unknown,
  rest: readonly unknown[],
  isLeaf?: IsLeaf,
): unknown {
  checkFunction("tree.map", "the first argument", f);
  const [leaves, def] = treeFlatten(tree, isLeaf);
  const others = rest.map((t, i) => flattenUpTo(def, t, `treeMap: tree ${i + 2}`));
  const call = f as (...leaves: unknown[]) => R;
  return treeUnflatten(
    def,
    leaves.map((leaf, i) => call(leaf, ...others.map((o) => o[i]))),
  );
}

/** The subtrees of `tree` that stand at the leaves of `def`. */
export function flattenUpTo(def: TreeDef, tree: unknown, where: string): unknown[] {
  const out: unknown[] = [];
  const go = (d: TreeDef, t: unknown, path: KeyPath): void => {
    if (d.node.kind === "leaf") {
      out.push(t);
      return;
    }
    const opened = open(t);
    const same =
      opened !== null &&
      opened.children.length === d.children.length &&
      new TreeDef(opened.node, []).equals(new TreeDef(d.node, []));
    if (!same) {
      throw new TreeError(
        `${where}${keystr(path)}: expected ${describeNode(d)}, got ${describeNode(treeStructure(t))}.`,
      );
    }
    const { node } = d;
    const keys = node.kind === "dict" || node.kind === "custom" ? node.keys : undefined;
    d.children.forEach((child, i) => {
      go(child, opened.children[i], [...path, keys === undefined ? { index: i } : { key: keys[i] }]);
    });
  };
  go(def, tree, []);
  return out;
}
