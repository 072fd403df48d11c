/** @file Positions across: vertices under their neighbours, the left side left of the gutter and the right side right of it. */
import { positions } from "./positions.ts";
import type { Link, Rows, Vertex } from "./vertices.ts";

/** Where a link meets an item that is a group: how far from its anchor. */
export type PortOffset = (v: Vertex, link: Link, atTop: boolean) => number;

const gap = 16;
const sweeps = 12;

interface Lane {
  readonly side: Vertex["side"];
  readonly row: readonly Vertex[];
  /** The item across both sides in this row, if there is one. */
  readonly across: Vertex | null;
}

const laneOf = (row: readonly Vertex[], side: Vertex["side"]): Lane => ({
  side,
  row: row.filter((v) => v.side === side).sort((a, b) => a.place - b.place),
  across: row.find((v) => v.side === "both") ?? null,
});

/** Where a vertex would like to stand, for the neighbours that are looked at. */
function wish(v: Vertex, up: boolean, down: boolean, portOffset: PortOffset): number {
  let sum = 0;
  let weight = 0;
  const look = (link: Link, other: Vertex, ownTop: boolean): void => {
    const x = other.x + portOffset(other, link, !ownTop) - portOffset(v, link, ownTop);
    // Long ways should be straight.
    const w = v.item === null && other.item === null ? 8 : v.item === null || other.item === null ? 2 : 1;
    sum += w * x;
    weight += w;
  };
  if (up) for (const l of v.up) look(l, l.upper, true);
  if (down) for (const l of v.down) look(l, l.lower, false);
  return weight === 0 ? v.x : sum / weight;
}

/** From where to where the vertices of a row may reach. */
function boundsOf({ side, across }: Lane, gutter: number | null): [least: number, most: number] {
  if (gutter === null) return [-Infinity, Infinity];
  if (side === "forward") return [-Infinity, across === null ? -gutter / 2 : -across.left - gap];
  return [across === null ? gutter / 2 : across.right + gap, Infinity];
}

/** From where to where a vertex may stand between its neighbours. */
function freedom(lane: Lane, v: Vertex, gutter: number | null): [number, number] {
  const [least, most] = boundsOf(lane, gutter);
  const [a, b] = [lane.row[v.place - 1] as Vertex | undefined, lane.row[v.place + 1] as Vertex | undefined];
  return [
    (a === undefined ? least : a.x + a.right + gap) + v.left,
    (b === undefined ? most : b.x - b.left - gap) - v.right,
  ];
}

/** Ways through several rows become straight, as far as there is room. */
function straighten(lanes: readonly Lane[], gutter: number | null): void {
  const isPoint = (v: Vertex): boolean => v.item === null && v.up.length > 0 && v.down.length > 0;
  const done = new Set<Vertex>();
  for (const first of lanes.flatMap((l) => l.row))
    if (isPoint(first) && !done.has(first)) {
      let chain: Vertex[] = [];
      let [lo, hi] = [-Infinity, Infinity];
      const close = (): void => {
        const mean = chain.reduce((n, v) => n + v.x, 0) / chain.length;
        for (const v of chain) v.x = Math.min(hi, Math.max(lo, mean));
      };
      for (let v: Vertex | undefined = first; v !== undefined && isPoint(v) && !done.has(v);) {
        done.add(v);
        const [a, b] = freedom(lanes[v.row], v, gutter);
        if (Math.max(lo, a) > Math.min(hi, b)) {
          close();
          chain = [];
          [lo, hi] = [a, b];
        } else [lo, hi] = [Math.max(lo, a), Math.min(hi, b)];
        chain.push(v);
        v = v.down.map((l) => l.lower).find((w) => isPoint(w) && w.side === first.side);
      }
      close();
    }
}

/** Moves a side to the gutter, as far as all of it can go. */
function pushToGutter(lanes: readonly Lane[], gutter: number): void {
  const room = lanes.flatMap((lane) => {
    const [least, most] = boundsOf(lane, gutter);
    return lane.row.map((v) => (lane.side === "forward" ? most - (v.x + v.right) : v.x - v.left - least));
  });
  const by = Math.min(...room);
  if (!(by > 0) || !Number.isFinite(by)) return;
  for (const { row, side } of lanes) for (const v of row) v.x += side === "forward" ? by : -by;
}

/** Gives every vertex its place across. `gutter` is the width between the sides; null if there is one side only. */
export function placeAcross(
  { rows }: Pick<Rows, "rows">,
  gutter: number | null,
  portOffset: PortOffset,
): void {
  for (const v of rows.flat()) if (v.side === "both") v.x = 0;
  for (const side of ["forward", "adjoint"] as const) {
    const lanes = rows.map((row) => laneOf(row, side));
    const settle = (lane: Lane, wanted: readonly number[]): void => {
      const [least, most] = boundsOf(lane, gutter);
      const { row } = lane;
      positions(row, wanted, gap, least, most).forEach((x, i) => (row[i].x = x));
    };
    const start = gutter === null ? 0 : side === "forward" ? -gutter : gutter;
    for (const lane of lanes)
      settle(
        lane,
        lane.row.map(() => start),
      );
    for (let k = 0; k < sweeps; k++) {
      const last = k >= sweeps - 3;
      const down = k % 2 === 0;
      for (const lane of down ? lanes : [...lanes].reverse())
        settle(
          lane,
          lane.row.map((v) => wish(v, down || last, !down || last, portOffset)),
        );
    }
    straighten(lanes, gutter);
    if (gutter !== null) pushToGutter(lanes, gutter);
  }
}
