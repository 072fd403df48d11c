/** @file Measures of layouts: overlaps, crossings, ways that run over boxes. */
import type { Drawing } from "../../src/inspect/drawing/graph.ts";
import { leavesOf, type Item } from "../../src/inspect/graph/tree.ts";
import type { Layout, Piece, Point, Rect } from "../../src/inspect/layout/types.ts";

/** Drawings inside of nodes are in places of their own. */
export const allDrawings = (d: Drawing): Drawing[] => [
  d,
  ...[...d.bodies.values()].flatMap((list) => list.flatMap(({ drawing }) => allDrawings(drawing))),
];

const overlaps = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width - 0.01 &&
  b.x < a.x + a.width - 0.01 &&
  a.y < b.y + b.height - 0.01 &&
  b.y < a.y + a.height - 0.01;

const contains = (a: Rect, b: Rect): boolean =>
  a.x <= b.x + 0.01 &&
  a.y <= b.y + 0.01 &&
  a.x + a.width >= b.x + b.width - 0.01 &&
  a.y + a.height >= b.y + b.height - 0.01;

/** Pairs of boxes that overlap though neither holds the other, and boxes that stick out of what holds them. */
export function misplaced({ root, layout }: Drawing): string[] {
  const out: string[] = [];
  const rect = (item: Item): Rect => layout.boxes.get(item.id)!;
  const visit = (item: Item): void => {
    if (item.kind === "leaf") return;
    item.items.forEach((x, i) => {
      if (!contains(rect(item), rect(x))) out.push(`${x.id} is not inside of ${item.id}`);
      for (const y of item.items.slice(0, i))
        if (overlaps(rect(x), rect(y))) out.push(`${x.id} overlaps ${y.id}`);
      visit(x);
    });
  };
  visit(root);
  return out;
}

/** A piece as straight parts: curves by sixteen of them. */
export function polyline({ kind, points }: Piece): Point[] {
  if (kind === "corners") return [...points];
  const [first, [x1, y1], [x2, y2], last] = points;
  const middle = (y1 + y2) / 2;
  const curve = Array.from({ length: 17 }, (_, i): Point => {
    const t = i / 16;
    const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
    return [a * x1 + b * x1 + c * x2 + d * x2, a * y1 + b * middle + c * middle + d * y2];
  });
  return [first, ...curve, last];
}

type Segment = readonly [Point, Point, string];

const segmentsOf = ({ pieces }: Layout): Segment[] =>
  pieces.flatMap((p) => {
    const line = polyline(p);
    return line.slice(1).map((q, i): Segment => [line[i], q, p.net]);
  });

const side = ([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): number =>
  Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));

/** How often ways of different values cross, properly: what touches does not count. */
export function crossingsOf(layout: Layout): number {
  const segments = segmentsOf(layout);
  let n = 0;
  segments.forEach(([a, b, net], i) => {
    for (const [c, d, other] of segments.slice(0, i)) {
      if (net === other) continue;
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) n++;
    }
  });
  return n;
}

/** Leaves that the way of a value runs over, which neither comes from them nor goes there. */
export function runOver({ root, layout, nets }: Drawing): string[] {
  const out = new Set<string>();
  const ends = new Map<string, Set<string>>();
  for (const net of nets) {
    const set = ends.get(net.key) ?? new Set();
    ends.set(net.key, set);
    [net.from, ...net.to].forEach((id) => set.add(id));
  }
  for (const leaf of leavesOf(root)) {
    const { x, y, width, height } = layout.boxes.get(leaf.id)!;
    for (const p of layout.pieces) {
      if (ends.get(p.net)!.has(leaf.id)) continue;
      const line = polyline(p);
      line.slice(1).forEach(([bx, by], i) => {
        const [ax, ay] = line[i];
        for (let t = 0; t <= 1; t += 0.125) {
          const [px, py] = [ax + t * (bx - ax), ay + t * (by - ay)];
          if (px > x + 1 && px < x + width - 1 && py > y + 1 && py < y + height - 1)
            out.add(`${p.net} over ${leaf.id}`);
        }
      });
    }
  }
  return [...out];
}

/** Values that do not arrive: no unbroken way leads from where they come from to a leaf that reads them. */
export function missing({ layout, nets }: Drawing): string[] {
  const on = ({ x, y, width, height }: Rect, [px, py]: Point): boolean =>
    px >= x - 0.01 && px <= x + width + 0.01 && (Math.abs(py - y) < 0.01 || Math.abs(py - y - height) < 0.01);
  const near = ([ax, ay]: Point, [bx, by]: Point): boolean =>
    Math.abs(ax - bx) < 0.01 && Math.abs(ay - by) < 0.01;
  const out: string[] = [];
  for (const net of nets) {
    const own = layout.pieces.filter((p) => p.net === net.key);
    const reached = new Set(own.filter((p) => on(layout.boxes.get(net.from)!, p.points[0])));
    for (let before = -1; before !== reached.size;) {
      before = reached.size;
      for (const p of own)
        if ([...reached].some((q) => near(q.points[q.points.length - 1], p.points[0]))) reached.add(p);
    }
    for (const to of net.to) {
      const rect = layout.boxes.get(to)!;
      if (![...reached].some((p) => p.into === to && on(rect, p.points[p.points.length - 1])))
        out.push(`${net.kind} ${net.key} to ${to}`);
    }
  }
  return out;
}
