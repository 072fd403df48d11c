/**
 * @file The layout of one group, whose items have theirs: rows, order, positions, and the ways of nets between them.
 *
 * Places are relative to an anchor: for groups across both sides the middle of the gutter, so that all gutters are one; for
 * others their centre. Between rows there is room for curves, and for the tracks of residuals.
 */
import { placeAcross } from "./columns.ts";
import type { Crossing, LocalNet } from "./nets.ts";
import { type Needs, levelsOf } from "./rows.ts";
import type { Box, GroupBox, Piece, Point, Rect } from "./types.ts";
import { type Link, type Rows, type Size, type Vertex, makeRows, orderRows } from "./vertices.ts";

/** Where a residual leaves an item for the gutter, or comes from it. */
export interface Turn {
  readonly net: string;
  readonly kind: Crossing["kind"];
  /** The gap that it runs in: those of one name share it. */
  readonly gap: string;
  readonly x: number;
  /** The lower edge of the item, and the track. */
  readonly y: number;
  readonly track: number;
  readonly leaf: string | null;
}

/** What a layout is written to, in places of the picture. */
export interface Sink {
  readonly boxes: Map<string, Rect>;
  readonly pieces: Piece[];
  readonly turns: Turn[];
}

/** A laid out group or leaf. */
export interface Placed extends Size {
  /** How far from the anchor a net goes in or out: key, side, and which. */
  port(net: LocalNet, goesIn: boolean): number;
  place(x: number, y: number, sink: Sink): void;
}

const trackHeight = 6;
const leastGap = 13;
const mostSlant = 22;

function needsOf(nets: readonly LocalNet[], side: LocalNet["side"]): Needs {
  const before = new Map<string, Set<string>>();
  const after = new Map<string, Set<string>>();
  const add = (map: Map<string, Set<string>>, a: string, b: string): void => {
    const set = map.get(a) ?? new Set();
    map.set(a, set.add(b));
  };
  for (const { side: own, from, to } of nets)
    if (own === side && from !== null)
      for (const t of to) {
        add(before, t, from);
        add(after, from, t);
      }
  return { before, after };
}

/** A residual in a gap: from where to where it runs, as distances from the gutter. */
interface Run {
  readonly net: string;
  lo: number;
  hi: number;
}

export class GroupLayout implements Placed {
  readonly left: number;
  readonly right: number;
  readonly height: number;
  readonly #group: GroupBox;
  readonly #children: ReadonlyMap<string, Placed>;
  readonly #rows: Rows;
  readonly #crossings: readonly Crossing[];
  /** By vertex, the offsets of what meets it: links by identity, crossings by their net and kind. */
  readonly #offsets = new Map<Vertex, Map<Link | string, number>>();
  readonly #tops: number[] = [];
  readonly #bottoms: number[] = [];
  /** For each gap the tracks of residuals. */
  readonly #tracks: Map<string, number>[];

  constructor(
    group: GroupBox,
    children: ReadonlyMap<string, Placed>,
    nets: readonly LocalNet[],
    crossings: readonly Crossing[],
    facing: (item: Box) => string | null,
    gutter: number,
  ) {
    this.#group = group;
    this.#children = children;
    this.#crossings = crossings;
    const levels = levelsOf(group.items, needsOf(nets, "forward"), needsOf(nets, "adjoint"), facing);
    this.#rows = makeRows(group.items, levels, (b) => children.get(b.id)!, nets);
    orderRows(this.#rows);
    placeAcross(this.#rows, group.side === "both" ? gutter : null, (v, link, atTop) =>
      this.#childOffset(v, link.net, atTop),
    );
    for (const v of this.#rows.items.values()) this.#spread(v);
    this.#tracks = this.#rows.rows.map((_, r) => this.#tracksOf(r));
    this.height = this.#heights();
    [this.left, this.right] = this.#width(group);
  }

  /** Inside an item that is no leaf, where a net goes in or out of it. */
  #childOffset(v: Vertex, net: LocalNet, atTop: boolean): number {
    if (v.item === null) return 0;
    const goesIn = atTop === (net.side === "forward");
    return this.#children.get(v.item.id)!.port(net, goesIn);
  }

  /** Spreads what meets a leaf along its edges: one place for each value at the edge where values come out. */
  #spread(v: Vertex): void {
    const table = new Map<Link | string, number>();
    this.#offsets.set(v, table);
    const own = this.#crossings.filter((c) => c.item === v.item!.id);
    if (v.item!.kind === "group") {
      for (const l of v.up) table.set(l, this.#childOffset(v, l.net, true));
      for (const l of v.down) table.set(l, this.#childOffset(v, l.net, false));
      const child = this.#children.get(v.item!.id)!;
      for (const c of own) {
        const side = c.kind === "exit" ? "forward" : "adjoint";
        table.set(
          `${c.kind} ${c.net}`,
          child.port({ key: c.net, side, from: null, to: new Set(), leaves: false }, c.kind === "entry"),
        );
      }
      return;
    }
    const down = v.side === "forward";
    const [ins, outs] = down ? [v.up, v.down] : [v.down, v.up];
    const other = (l: Link): number => (l.upper === v ? l.lower : l.upper).x;
    const width = v.left + v.right;
    // Residuals come from the left.
    const entries = own.filter((c) => c.kind === "entry").map((c) => `entry ${c.net}`);
    const inKeys: (Link | string)[] = [...entries, ...[...ins].sort((a, b) => other(a) - other(b))];
    inKeys.forEach((k, i) => table.set(k, spreadOf(i, inKeys.length, width)));
    const ends = new Map<string, number>();
    for (const l of outs) ends.set(l.net.key, other(l));
    for (const c of own) if (c.kind === "exit" && !ends.has(c.net)) ends.set(c.net, Infinity);
    const outKeys = [...ends.keys()].sort((a, b) => ends.get(a)! - ends.get(b)!);
    outKeys.forEach((key, i) => {
      const x = spreadOf(i, outKeys.length, width);
      for (const l of outs) if (l.net.key === key) table.set(l, x);
      table.set(`exit ${key}`, x);
    });
  }

  #end(v: Vertex, key: Link | string): number {
    return v.x + (this.#offsets.get(v)?.get(key) ?? 0);
  }

  /** The tracks of the gap below a row: those nearest to the gutter highest, so that what turns off crosses none. */
  #tracksOf(row: number): Map<string, number> {
    const runs = new Map<string, Run>();
    for (const c of this.#crossings) {
      const v = this.#rows.items.get(c.item)!;
      if (v.row !== row) continue;
      const x = this.#end(v, `${c.kind} ${c.net}`);
      const run = runs.get(c.net) ?? { net: c.net, lo: 0, hi: 0 };
      runs.set(c.net, { ...run, lo: Math.min(run.lo, x), hi: Math.max(run.hi, x) });
    }
    const far = (r: Run): number => Math.max(-r.lo, r.hi);
    const taken: Run[][] = [];
    const out = new Map<string, number>();
    for (const run of [...runs.values()].sort((a, b) => far(a) - far(b))) {
      let track = taken.findIndex((list) => list.every((r) => r.hi < run.lo || r.lo > run.hi));
      if (track === -1) track = taken.push([]) - 1;
      taken[track].push(run);
      out.set(run.net, track);
    }
    return out;
  }

  #heights(): number {
    const { rows, links } = this.#rows;
    const { header, padding } = this.#group;
    let y = 0;
    rows.forEach((row, r) => {
      const edge = r === 0 ? header : r === rows.length - 1 ? padding : 0;
      this.#tops[r] = y;
      y += Math.max(edge, ...row.map((v) => v.height));
      this.#bottoms[r] = y;
      if (r === rows.length - 1) return;
      const between = links.filter((l) => l.upper.row === r);
      const slant = Math.max(
        0,
        ...between.map((l) => Math.abs(this.#end(l.upper, l) - this.#end(l.lower, l))),
      );
      const isEdge = r === 0 || r === rows.length - 2;
      const plain = between.length === 0 ? (isEdge ? 0 : 8) : leastGap + Math.min(mostSlant, slant / 8);
      const tracks = this.#tracks[r].size === 0 ? 0 : Math.max(...this.#tracks[r].values()) + 1;
      y += Math.max(plain, tracks === 0 ? 0 : 14 + tracks * trackHeight);
    });
    return y;
  }

  #width({ padding, minWidth, side }: GroupBox): [number, number] {
    const all = this.#rows.rows.flat();
    let left = Math.max(0, ...all.map((v) => v.left - v.x)) + padding;
    let right = Math.max(0, ...all.map((v) => v.right + v.x)) + padding;
    if (side !== "both") {
      // The anchor becomes the middle.
      const lo = Math.min(...all.map((v) => v.x - v.left), Infinity);
      const hi = Math.max(...all.map((v) => v.x + v.right), -Infinity);
      const middle = all.length === 0 ? 0 : (lo + hi) / 2;
      for (const v of all) v.x -= middle;
      left = right = Math.max((hi - lo) / 2 + padding, minWidth / 2);
    } else if (left + right < minWidth) left += minWidth - left - right;
    return [left, right];
  }

  port(net: LocalNet, goesIn: boolean): number {
    const { entries, exits } = this.#rows;
    for (const [own, v] of goesIn ? entries : exits)
      if (own.key === net.key && own.side === net.side) return v.x;
    return 0;
  }

  place(x: number, y: number, sink: Sink): void {
    const { rows, links, strays, items } = this.#rows;
    sink.boxes.set(this.#group.id, {
      x: x - this.left,
      y,
      width: this.left + this.right,
      height: this.height,
    });
    const topOf = (v: Vertex): number =>
      y + (v.item === null ? this.#tops[v.row] : (this.#tops[v.row] + this.#bottoms[v.row] - v.height) / 2);
    const bottomOf = (v: Vertex): number =>
      v.item === null ? y + this.#bottoms[v.row] : topOf(v) + v.height;
    for (const v of items.values()) this.#children.get(v.item!.id)!.place(x + v.x, topOf(v), sink);
    const leafOf = (v: Vertex): string | null => (v.item?.kind === "leaf" ? v.item.id : null);
    for (const l of links) {
      const [a, b] = [x + this.#end(l.upper, l), x + this.#end(l.lower, l)];
      const start = l.upper.item === null ? topOf(l.upper) : bottomOf(l.upper);
      const end =
        l.lower.row === rows.length - 1 && l.lower.item === null ? bottomOf(l.lower) : topOf(l.lower);
      const points: Point[] = [
        [a, start],
        [a, y + this.#bottoms[l.upper.row]],
        [b, y + this.#tops[l.lower.row]],
        [b, end],
      ];
      const down = l.net.side === "forward";
      if (!down) points.reverse();
      sink.pieces.push({ net: l.net.key, kind: "curve", points, into: leafOf(down ? l.lower : l.upper) });
    }
    for (const { net, from, to } of strays) {
      const down = net.side === "forward";
      const [a, b] = down ? [bottomOf(from), topOf(to)] : [topOf(from), bottomOf(to)];
      const points: Point[] = [
        [x + from.x, a],
        [x + from.x, a],
        [x + to.x, b],
        [x + to.x, b],
      ];
      sink.pieces.push({ net: net.key, kind: "curve", points, into: leafOf(to) });
    }
    for (const c of this.#crossings) {
      const v = items.get(c.item)!;
      sink.turns.push({
        net: c.net,
        kind: c.kind,
        gap: `${this.#group.id} ${v.row}`,
        x: x + this.#end(v, `${c.kind} ${c.net}`),
        y: bottomOf(v),
        track: y + this.#bottoms[v.row] + 8 + trackHeight * this.#tracks[v.row].get(c.net)!,
        leaf: c.kind === "entry" ? leafOf(v) : null,
      });
    }
  }
}

/** Place i of n along an edge. */
function spreadOf(i: number, n: number, width: number): number {
  const space = Math.min(16, (0.8 * width) / Math.max(1, n));
  return (i - (n - 1) / 2) * space;
}
