/**
 * @file The boxes of a graph: scopes, one in another, and in them kernels. A tree of groups, whose leaves are nodes.
 *
 * What stands next to each other in the order of evaluation and has one scope is a box: so boxes never need each other, and
 * none is in the way of another. The values of a scope and its cotangents share a box, where the boxes of the one come in the
 * reverse order of the others. Boxes deeper than is asked for are folded: one node of each lane stands for all that is in them.
 */
import type { GraphData, GraphNode, Lane } from "./data.ts";

/** Where a group stands: in one lane, or across both. */
export type Side = Lane | "both";

/** A box with what is in it. */
export interface Group {
  readonly kind: "group";
  readonly id: string;
  readonly style: "program" | "scope" | "kernel";
  readonly title: string;
  readonly side: Side;
  readonly items: readonly Item[];
}

/** A node; or a box that is folded: `folded` are the nodes in it, of one lane. */
export interface Leaf {
  readonly kind: "leaf";
  readonly id: string;
  readonly side: Lane;
  readonly node: GraphNode;
  readonly folded: readonly GraphNode[];
}

export type Item = Group | Leaf;

/** How boxes are made. */
export interface TreeOptions {
  /** How many scopes in one another are boxes; those below are folded. */
  readonly depth: number;
  /** Boxes for kernels; "folded": one node for each; "none". */
  readonly kernels: "boxes" | "folded" | "none";
}

/** Neighbours of one scope, or nodes of one kernel, or a node. */
interface Entry {
  /** Entries of equal names, one of each lane, may share a box. */
  readonly name: string | null;
  readonly title: string;
  readonly style: "scope" | "kernel" | "node";
  readonly nodes: GraphNode[];
}

/** Pairs of entries of equal names in two lists, in order: those that join most nodes. */
function pairs(a: readonly Entry[], b: readonly Entry[]): [Entry, Entry][] {
  const best = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const joined = (i: number, j: number): number =>
    a[i].name === b[j].name ? a[i].nodes.length + b[j].nodes.length + best[i + 1][j + 1] : 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      best[i][j] = Math.max(joined(i, j), best[i + 1][j], best[i][j + 1]);
  const out: [Entry, Entry][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (best[i][j] === best[i + 1][j]) i++;
    else if (best[i][j] === best[i][j + 1]) j++;
    else out.push([a[i++], b[j++]]);
  }
  return out;
}

class Trees {
  readonly #options: TreeOptions;
  readonly #readers = new Map<string, string[]>();
  #count = 0;

  constructor(options: TreeOptions, { edges }: GraphData) {
    this.#options = options;
    for (const { from, to } of edges) this.#readers.set(from, [...(this.#readers.get(from) ?? []), to]);
  }

  #id(): string {
    return `g${this.#count++}`;
  }

  /** The entries of nodes in order of evaluation, each behind those that it needs. */
  #entries(nodes: readonly GraphNode[], depth: number): Entry[] {
    const out: Entry[] = [];
    const kernels = new Map<number, Entry>();
    for (const n of nodes) {
      const scope = n.scopes[depth] as string | undefined;
      const last = out[out.length - 1] as Entry | undefined;
      if (scope !== undefined) {
        const name = `scope ${scope}`;
        if (last?.name === name) last.nodes.push(n);
        else out.push({ name, title: scope, style: "scope", nodes: [n] });
        kernels.clear();
        continue;
      }
      const kernel = this.#options.kernels === "none" ? null : n.kernel;
      const known = kernel === null ? undefined : kernels.get(kernel);
      if (known !== undefined) known.nodes.push(n);
      else if (kernel === null) out.push({ name: null, title: "", style: "node", nodes: [n] });
      else {
        const entry: Entry = {
          name: `kernel ${kernel}`,
          title: `kernel ${kernel}`,
          style: "kernel",
          nodes: [n],
        };
        kernels.set(kernel, entry);
        out.push(entry);
      }
    }
    return this.#inOrder(out);
  }

  #inOrder(entries: readonly Entry[]): Entry[] {
    const holder = new Map(entries.flatMap((e) => e.nodes.map((n) => [n.id, e] as const)));
    const needs = new Map<Entry, Set<Entry>>(entries.map((e) => [e, new Set()]));
    for (const e of entries)
      for (const n of e.nodes)
        for (const id of this.#readers.get(n.id) ?? []) {
          const reader = holder.get(id);
          if (reader !== undefined && reader !== e) needs.get(reader)!.add(e);
        }
    const out = new Set<Entry>();
    const visit = (e: Entry): void => {
      const before = needs.get(e)!;
      needs.set(e, new Set());
      before.forEach(visit);
      out.add(e);
    };
    entries.forEach(visit);
    return [...out];
  }

  /** The items of nodes in order of evaluation, of both lanes. */
  items(values: readonly GraphNode[], cotangents: readonly GraphNode[], depth: number): Item[] {
    const left = this.#entries(values, depth);
    const right = this.#entries(cotangents, depth);
    const named = (list: readonly Entry[]): Entry[] => list.filter((e) => e.name !== null);
    const facing = new Map(pairs(named(left), named(right).reverse()));
    const faced = new Set(facing.values());
    return [
      ...left.flatMap((e) => this.#entry(e, facing.get(e) ?? null, "forward", depth)),
      ...right.filter((e) => !faced.has(e)).flatMap((e) => this.#entry(e, null, "adjoint", depth)),
    ];
  }

  #entry({ title, style, nodes }: Entry, facing: Entry | null, lane: Lane, depth: number): Item[] {
    const all = [...nodes, ...(facing?.nodes ?? [])];
    const side: Side = facing === null ? lane : "both";
    if (style === "node" || (style === "kernel" && all.length === 1))
      return all.map((node): Leaf => ({ kind: "leaf", id: node.id, side: lane, node, folded: [] }));
    const folds = style === "scope" ? depth >= this.#options.depth : this.#options.kernels === "folded";
    if (folds) {
      const own = this.#folded(title, nodes, lane, null);
      return facing === null ? [own] : [own, this.#folded(title, facing.nodes, "adjoint", own.id)];
    }
    const leaf = (node: GraphNode): Leaf => ({
      kind: "leaf",
      id: node.id,
      side: node.lane,
      node,
      folded: [],
    });
    const [values, cotangents] = lane === "forward" ? [nodes, facing?.nodes ?? []] : [[], nodes];
    const items = style === "kernel" ? all.map(leaf) : this.items(values, cotangents, depth + 1);
    return [{ kind: "group", id: this.#id(), style, title, side, items }];
  }

  #folded(label: string, nodes: readonly GraphNode[], side: Lane, partner: string | null): Leaf {
    const count = nodes.filter((n) => n.kind === "equation").length;
    const node: GraphNode = {
      id: this.#id(),
      kind: "equation",
      label,
      types: [`${count} equation${count === 1 ? "" : "s"}`],
      lane: side,
      partner: partner ?? nodes.find((n) => n.partner !== null)?.partner ?? null,
      scopes: [],
      kernel: null,
      line: nodes.find((n) => n.line !== null)?.line ?? null,
      bodies: [],
    };
    return { kind: "leaf", id: node.id, side, node, folded: nodes };
  }

  program(data: GraphData): Group {
    const values = data.nodes.filter((n) => n.lane === "forward");
    const cotangents = data.nodes.filter((n) => n.lane === "adjoint");
    const side: Side = cotangents.length === 0 ? "forward" : "both";
    const items = this.items(values, cotangents, 0);
    return { kind: "group", id: this.#id(), style: "program", title: "", side, items };
  }
}

/** The boxes of a graph. */
export const treeOf = (data: GraphData, options: TreeOptions): Group =>
  new Trees(options, data).program(data);

/** The leaves in a group, at every depth. */
export const leavesOf = (item: Item): readonly Leaf[] =>
  item.kind === "leaf" ? [item] : item.items.flatMap(leavesOf);

/** For each node of a graph the leaf that shows it. */
export function shownBy(root: Group): ReadonlyMap<string, Leaf> {
  const out = new Map<string, Leaf>();
  for (const leaf of leavesOf(root)) {
    out.set(leaf.node.id, leaf);
    for (const n of leaf.folded) out.set(n.id, leaf);
  }
  return out;
}

/** The greatest number of scopes in one another. */
export const depthOf = ({ nodes }: GraphData): number => Math.max(0, ...nodes.map((n) => n.scopes.length));
