/**
 * @file Nets seen from each group: from which of its items (or from outside) to which of them (or out of it).
 *
 * A residual leaves the groups of its source through their lower edges, up to the first group that stands across both sides; it
 * enters those of its readers through their lower edges. Between those it runs in the gutter.
 */
import type { Box, GroupBox, Net } from "./types.ts";

/** The part of a net that runs in one group. */
export interface LocalNet {
  readonly key: string;
  readonly side: "forward" | "adjoint";
  /** An item, or null: it comes from outside. */
  from: string | null;
  readonly to: Set<string>;
  /** Whether it also leaves the group. */
  leaves: boolean;
}

/** Where a residual comes out of the items of a group, or goes into them. */
export interface Crossing {
  readonly net: string;
  readonly group: string;
  readonly item: string;
  readonly kind: "exit" | "entry";
}

export interface LocalNets {
  readonly byGroup: ReadonlyMap<string, readonly LocalNet[]>;
  readonly crossings: readonly Crossing[];
}

/** The group around each box. */
export function parentsOf(root: GroupBox): ReadonlyMap<string, GroupBox> {
  const out = new Map<string, GroupBox>();
  const visit = (g: GroupBox): void => {
    for (const b of g.items) {
      out.set(b.id, g);
      if (b.kind === "group") visit(b);
    }
  };
  visit(root);
  return out;
}

/** The boxes around a leaf, from itself outwards. */
function chainOf(id: string, parents: ReadonlyMap<string, GroupBox>): string[] {
  const out = [id];
  for (let g = parents.get(id); g !== undefined; g = parents.get(g.id)) out.push(g.id);
  return out;
}

export function localNets(root: GroupBox, nets: readonly Net[]): LocalNets {
  const parents = parentsOf(root);
  const sides = new Map<string, Box["side"]>([[root.id, root.side]]);
  for (const g of new Set(parents.values())) for (const b of g.items) sides.set(b.id, b.side);
  const byGroup = new Map<string, LocalNet[]>();
  const crossings: Crossing[] = [];
  const local = (group: string, key: string, side: "forward" | "adjoint"): LocalNet => {
    const list = byGroup.get(group) ?? [];
    byGroup.set(group, list);
    let found = list.find((n) => n.key === key && n.side === side);
    if (found === undefined) list.push((found = { key, side, from: null, to: new Set(), leaves: false }));
    return found;
  };
  /** Goes outwards from a leaf until `ends`; `each` is told what is met in each group, and `last` where it ends. */
  const outwards = (
    id: string,
    ends: (group: string) => boolean,
    each: (group: string, item: string, isLast: boolean) => void,
  ): void => {
    const chain = chainOf(id, parents);
    for (let i = 1; i < chain.length; i++) {
      const isLast = ends(chain[i]) || i === chain.length - 1;
      each(chain[i], chain[i - 1], isLast);
      if (isLast) return;
    }
  };
  const crosses = (g: string): boolean => sides.get(g) === "both";
  for (const { key, kind, from, to } of nets) {
    if (kind === "residual") {
      outwards(from, crosses, (group, item, isLast) => {
        if (isLast) crossings.push({ net: key, group, item, kind: "exit" });
        else Object.assign(local(group, key, "forward"), { from: item, leaves: true });
      });
      const entered = new Set<string>();
      for (const t of to)
        outwards(t, crosses, (group, item, isLast) => {
          if (!isLast) local(group, key, "adjoint").to.add(item);
          else if (!entered.has(item)) {
            entered.add(item);
            crossings.push({ net: key, group, item, kind: "entry" });
          }
        });
      continue;
    }
    const chains = [from, ...to].map((id) => new Set(chainOf(id, parents).slice(1)));
    const common = chainOf(from, parents).find((g) => chains.every((c) => c.has(g)))!;
    const ends = (g: string): boolean => g === common;
    outwards(from, ends, (group, item, isLast) => {
      const net = local(group, key, kind);
      net.from = item;
      if (!isLast) net.leaves = true;
    });
    for (const t of to) outwards(t, ends, (group, item) => local(group, key, kind).to.add(item));
    // Readers in the item that it comes from are reached inside of it.
    for (const g of chainOf(from, parents).slice(1)) {
      const net = byGroup.get(g)?.find((n) => n.key === key && n.side === kind);
      if (net !== undefined && net.from !== null) net.to.delete(net.from);
    }
  }
  return { byGroup, crossings };
}
