/**
 * @file Orders in which the unknowns of a sparse system are eliminated, so that few new entries arise: reverse Cuthill–McKee, minimum
 * degree, nested dissection by level sets. All work on the graph of A + Aᵀ. Source: George and Liu, Computer Solution of Large Sparse
 * Positive Definite Systems, 1981.
 */

/** A matrix of compressed rows. */
export interface Matrix {
  readonly n: number;
  readonly offsets: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

type Graph = readonly (readonly number[])[];

/** The neighbours of each unknown. */
function graphOf({ n, offsets, columns }: Matrix): Graph {
  const sets = Array.from({ length: n }, () => new Set<number>());
  for (let i = 0; i < n; i++)
    for (let e = offsets[i]; e < offsets[i + 1]; e++) {
      const j = columns[e];
      if (j === i) continue;
      sets[i].add(j);
      sets[j].add(i);
    }
  return sets.map((s) => [...s]);
}

/** Vertices by their distance from a first one, among those that belong. */
function levelsFrom(graph: Graph, first: number, belongs: (v: number) => boolean): number[][] {
  const levels = [[first]];
  const seen = new Set([first]);
  for (;;) {
    const next: number[] = [];
    for (const v of levels[levels.length - 1])
      for (const w of graph[v])
        if (belongs(w) && !seen.has(w)) {
          seen.add(w);
          next.push(w);
        }
    if (next.length === 0) return levels;
    levels.push(next);
  }
}

/** Levels from a vertex from which the farthest is far. */
function longLevels(graph: Graph, first: number, belongs: (v: number) => boolean): number[][] {
  let levels = levelsFrom(graph, first, belongs);
  for (;;) {
    const last = levels[levels.length - 1];
    const end = last.reduce((a, b) => (graph[b].length < graph[a].length ? b : a));
    const other = levelsFrom(graph, end, belongs);
    if (other.length <= levels.length) return levels;
    levels = other;
  }
}

function reverseCuthillMcKee(graph: Graph): number[] {
  const order: number[] = [];
  const done = new Uint8Array(graph.length);
  const byDegree = [...graph.keys()].sort((a, b) => graph[a].length - graph[b].length);
  for (const start of byDegree) {
    if (done[start] === 1) continue;
    const [[first]] = longLevels(graph, start, (v) => done[v] === 0);
    let head = order.length;
    order.push(first);
    done[first] = 1;
    for (; head < order.length; head++) {
      const next = graph[order[head]].filter((w) => done[w] === 0);
      next.sort((a, b) => graph[a].length - graph[b].length);
      for (const w of next) done[w] = 1;
      order.push(...next);
    }
  }
  return order.reverse();
}

/** Always the unknown with fewest neighbours, which then become neighbours of one another. */
function minimumDegree(graph: Graph): number[] {
  const near = graph.map((list) => new Set(list));
  const buckets: Set<number>[] = [];
  const bucket = (degree: number): Set<number> => (buckets[degree] ??= new Set());
  near.forEach((s, v) => bucket(s.size).add(v));
  const order: number[] = [];
  let least = 0;
  while (order.length < near.length) {
    while ((buckets[least]?.size ?? 0) === 0) least++;
    const [v] = buckets[least];
    buckets[least].delete(v);
    order.push(v);
    const around = [...near[v]];
    for (const w of around) {
      buckets[near[w].size].delete(w);
      near[w].delete(v);
      for (const u of around) if (u !== w) near[w].add(u);
      bucket(near[w].size).add(w);
      least = Math.min(least, near[w].size);
    }
    near[v].clear();
  }
  return order;
}

/** Parts of the graph that a middle level separates come before that level. */
function nestedDissection(graph: Graph): number[] {
  const order: number[] = [];
  const owner = new Int32Array(graph.length);
  let parts = 0;
  const small = 32;
  // A stack instead of calls: parts may be many. What is to be appended is put there before what comes earlier.
  const stack: { readonly vertices: readonly number[]; readonly final: boolean }[] = [
    { vertices: [...graph.keys()], final: false },
  ];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { vertices, final } = top;
    if (final || vertices.length <= small) {
      order.push(...vertices);
      continue;
    }
    const part = ++parts;
    for (const v of vertices) owner[v] = part;
    const levels = longLevels(graph, vertices[0], (v) => owner[v] === part);
    const reached = new Set(levels.flat());
    const others = vertices.filter((v) => !reached.has(v));
    if (others.length > 0) {
      stack.push({ vertices: others, final: false }, { vertices: [...reached], final: false });
      continue;
    }
    if (levels.length < 3) {
      stack.push({ vertices, final: true });
      continue;
    }
    let count = 0;
    const middle = Math.min(
      levels.length - 2,
      Math.max(
        1,
        levels.findIndex((l) => (count += l.length) >= vertices.length / 2),
      ),
    );
    stack.push(
      { vertices: levels[middle], final: true },
      { vertices: levels.slice(middle + 1).flat(), final: false },
      { vertices: levels.slice(0, middle).flat(), final: false },
    );
  }
  return order;
}

/** The order of the unknowns for each way: as they are, reverse Cuthill–McKee, minimum degree, nested dissection. */
export function eliminationOrder(a: Matrix, way: 0 | 1 | 2 | 3): Int32Array {
  if (way === 0) return Int32Array.from({ length: a.n }, (_, i) => i);
  const graph = graphOf(a);
  return Int32Array.from([reverseCuthillMcKee, minimumDegree, nestedDissection][way - 1](graph));
}
