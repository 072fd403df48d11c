/**
 * @file Colourings: which columns (or rows) of a sparse matrix can be computed together.
 *
 * Columns of one colour have no row in common, so the sum of them still shows every entry. For a symmetric matrix less
 * is enough: an entry need only be readable from its row or from its column (star colouring). Greedy, the vertices with
 * most neighbours first. Source: Gebremedhin, Manne & Pothen, What Color Is Your Jacobian?, SIAM Review 47 (2005).
 */
import type { SparsityPattern } from "./pattern.ts";

export interface Colouring {
  /** The colour of each column, from 0 on; −1 for columns without entries. */
  readonly colours: Int32Array;
  readonly count: number;
}

/** Numbers 0 … n − 1, those with the largest size first. */
function bySize(n: number, size: (i: number) => number): number[] {
  return Array.from({ length: n }, (_, i) => i).sort((a, b) => size(b) - size(a) || a - b);
}

/** The smallest number that is not in the set. */
function smallestFree(taken: ReadonlySet<number>): number {
  let c = 0;
  while (taken.has(c)) c++;
  return c;
}

/** Colours the columns so that those of one colour have no row in common. */
export function colourColumns(pattern: SparsityPattern): Colouring {
  const n = pattern.shape[1];
  const byColumn = pattern.transpose;
  const colours = new Int32Array(n).fill(-1);
  const used = Array.from({ length: pattern.shape[0] }, () => new Set<number>());
  let count = 0;
  for (const j of bySize(n, (k) => byColumn.row(k).length)) {
    const rows = byColumn.row(j);
    if (rows.length === 0) continue;
    const taken = new Set<number>();
    for (const i of rows) for (const c of used[i]) taken.add(c);
    const colour = smallestFree(taken);
    colours[j] = colour;
    for (const i of rows) used[i].add(colour);
    count = Math.max(count, colour + 1);
  }
  return { colours, count };
}

/** How often each key was counted. */
class Counts {
  readonly #table = new Map<number, number>();
  get(key: number): number {
    return this.#table.get(key) ?? 0;
  }
  /** Counts once more: the new count. */
  add(key: number): number {
    const n = this.get(key) + 1;
    this.#table.set(key, n);
    return n;
  }
  keys(): Iterable<number> {
    return this.#table.keys();
  }
}

/**
 * Colours the columns of a symmetric pattern so that neighbours differ, and no path of four vertices has two colours only.
 *
 * `around[v]` counts the colours of v's neighbours. `closed[w]` are the colours that would make a two-coloured path through
 * w's neighbours: of those coloured neighbours x of w that have a further neighbour of w's colour.
 */
export function colourSymmetric(pattern: SparsityPattern): Colouring {
  const n = pattern.shape[0];
  const neighbours = Array.from({ length: n }, (_, v) => pattern.row(v).filter((w) => w !== v));
  const colours = new Int32Array(n).fill(-1);
  const around = Array.from({ length: n }, () => new Counts());
  const closed = Array.from({ length: n }, () => new Set<number>());
  let count = 0;
  for (const v of bySize(n, (k) => neighbours[k].length)) {
    if (pattern.row(v).length === 0) continue;
    const taken = new Set<number>();
    for (const w of neighbours[v]) {
      const c = colours[w];
      if (c === -1) continue;
      taken.add(c);
      // v at the end of a path v – w – x – y, or within one, w′ – v – w – y.
      for (const d of closed[w]) taken.add(d);
      if (around[v].get(c) > 1) for (const d of around[w].keys()) taken.add(d);
    }
    const colour = smallestFree(taken);
    colours[v] = colour;
    count = Math.max(count, colour + 1);
    for (const w of neighbours[v]) {
      const found = around[w].add(colour);
      if (colours[w] !== -1 && found === 2) {
        // w has two neighbours of v's colour now: their other neighbours must not have the colour of w.
        for (const u of neighbours[w]) if (colours[u] === colour) closed[u].add(colours[w]);
      } else if (colours[w] !== -1 && found > 2) closed[v].add(colours[w]);
      if (colours[w] !== -1 && around[v].get(colours[w]) > 1) closed[w].add(colour);
    }
  }
  return { colours, count };
}
