/**
 * @file What stands in the rows of a group: its items, the places where nets go in and out of it, and the points at which nets
 * pass through rows on their way. Links join what stands in neighbouring rows.
 */
import type { LocalNet } from "./nets.ts";
import type { Box } from "./types.ts";

/** Something in a row; it reaches from `x − left` to `x + right`. */
export interface Vertex {
  readonly side: Box["side"];
  readonly row: number;
  readonly left: number;
  readonly right: number;
  readonly height: number;
  /** Null for ports and points on the way. */
  readonly item: Box | null;
  readonly up: Link[];
  readonly down: Link[];
  x: number;
  /** Where it stands among those of its side in its row. */
  place: number;
}

/** A part of a net between two rows. */
export interface Link {
  readonly net: LocalNet;
  readonly upper: Vertex;
  readonly lower: Vertex;
}

/** A net that cannot run through the rows in its direction: it goes straight. */
export interface Stray {
  readonly net: LocalNet;
  readonly from: Vertex;
  readonly to: Vertex;
}

export interface Rows {
  readonly rows: readonly (readonly Vertex[])[];
  readonly items: ReadonlyMap<string, Vertex>;
  /** By side and net: where it comes in, where it goes out. */
  readonly entries: ReadonlyMap<LocalNet, Vertex>;
  readonly exits: ReadonlyMap<LocalNet, Vertex>;
  readonly links: readonly Link[];
  readonly strays: readonly Stray[];
}

/** The half of the width that a line takes. */
const lineHalf = 3;

/** How large items are, to both sides of their anchors. */
export interface Size {
  readonly left: number;
  readonly right: number;
  readonly height: number;
}

/** Puts items into rows by their levels, below a row of ports and above another one. */
export function makeRows(
  items: readonly Box[],
  levels: ReadonlyMap<string, number>,
  sizeOf: (b: Box) => Size,
  nets: readonly LocalNet[],
): Rows {
  const distinct = [...new Set(levels.values())].sort((a, b) => a - b);
  const rowOf = new Map(distinct.map((level, i) => [level, i + 1] as const));
  const rows: Vertex[][] = Array.from({ length: distinct.length + 2 }, () => []);
  const links: Link[] = [];
  const strays: Stray[] = [];
  const add = (side: Box["side"], row: number, size: Size, item: Box | null): Vertex => {
    const place = rows[row].filter((v) => v.side === side).length;
    const v: Vertex = { side, row, ...size, item, up: [], down: [], x: 0, place };
    rows[row].push(v);
    return v;
  };
  const line = { left: lineHalf, right: lineHalf, height: 0 };
  const placed = new Map(
    items.map((b) => [b.id, add(b.side, rowOf.get(levels.get(b.id)!)!, sizeOf(b), b)] as const),
  );
  const link = (net: LocalNet, a: Vertex, b: Vertex): void => {
    const [upper, lower] = a.row < b.row ? [a, b] : [b, a];
    const made = { net, upper, lower };
    upper.down.push(made);
    lower.up.push(made);
    links.push(made);
  };
  const [entries, exits] = [new Map<LocalNet, Vertex>(), new Map<LocalNet, Vertex>()];
  for (const net of nets) {
    const down = net.side === "forward";
    const [first, last] = down ? [0, rows.length - 1] : [rows.length - 1, 0];
    if (net.from === null) entries.set(net, add(net.side, first, line, null));
    const from = net.from === null ? entries.get(net)! : placed.get(net.from)!;
    const targets = [...net.to].map((id) => placed.get(id)!);
    if (net.leaves) {
      const exit = add(net.side, last, line, null);
      exits.set(net, exit);
      targets.push(exit);
    }
    const far = (v: Vertex): number => (down ? v.row - from.row : from.row - v.row);
    for (const v of targets) if (far(v) <= 0) strays.push({ net, from, to: v });
    const ahead = targets.filter((v) => far(v) > 0).sort((a, b) => far(a) - far(b));
    let at = from;
    for (const v of ahead) {
      // Points on the way are shared by all that lies behind them.
      while (far(v) - far(at) > 1) {
        const next = add(net.side, at.row + (down ? 1 : -1), line, null);
        link(net, at, next);
        at = next;
      }
      link(net, at, v);
    }
  }
  return { rows, items: placed, entries, exits, links, strays };
}

/** How many pairs of links cross between rows, if everything stands in its place. */
export function crossings(rows: Rows["rows"]): number {
  let n = 0;
  for (const row of rows) {
    const ends = row
      .filter((v) => v.side !== "both")
      .flatMap((v) =>
        v.down.filter((l) => l.lower.side === v.side).map((l) => [v.side, v.place, l.lower.place] as const),
      );
    for (let i = 0; i < ends.length; i++)
      for (let j = 0; j < i; j++)
        if (ends[i][0] === ends[j][0] && (ends[i][1] - ends[j][1]) * (ends[i][2] - ends[j][2]) < 0) n++;
  }
  return n;
}

const sweeps = 8;

/** Orders each side of each row so that few links cross: by the mean places of neighbours, down and up in turn. */
export function orderRows({ rows }: Pick<Rows, "rows">): void {
  const places = (): number[][] => rows.map((row) => row.map((v) => v.place));
  let best = places();
  let fewest = crossings(rows);
  for (let k = 0; k < sweeps && fewest > 0; k++) {
    const down = k % 2 === 0;
    for (const row of down ? rows : [...rows].reverse()) sortRow(row, down);
    const n = crossings(rows);
    if (n < fewest) {
      fewest = n;
      best = places();
    }
  }
  rows.forEach((row, i) => {
    row.forEach((v, j) => (v.place = best[i][j]));
  });
}

function sortRow(row: readonly Vertex[], down: boolean): void {
  for (const side of ["forward", "adjoint"] as const) {
    const own = row.filter((v) => v.side === side).sort((a, b) => a.place - b.place);
    const key = new Map(own.map((v) => [v, meanPlace(v, down)] as const));
    own.sort((a, b) => key.get(a)! - key.get(b)! || a.place - b.place);
    own.forEach((v, i) => (v.place = i));
  }
}

function meanPlace(v: Vertex, down: boolean): number {
  const near = (down ? v.up.map((l) => l.upper) : v.down.map((l) => l.lower)).filter(
    (u) => u.side === v.side,
  );
  return near.length === 0 ? v.place : near.reduce((n, u) => n + u.place, 0) / near.length;
}
