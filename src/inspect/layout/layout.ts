/**
 * @file The layout of boxes in boxes with nets between them, after Sugiyama, Tagawa and Toda (1981): rows by longest ways,
 * few crossings by means of neighbours, positions by least squares; groups one by one from the inside out.
 *
 * Residuals run through the gutter between the two sides, each on a track of its own.
 */
import { GroupLayout, type Placed, type Sink, type Turn } from "./group.ts";
import { localNets } from "./nets.ts";
import type { Box, GroupBox, LeafBox, Layout, Net, Piece } from "./types.ts";

const trackWidth = 6;

class LeafLayout implements Placed {
  readonly left: number;
  readonly right: number;
  readonly height: number;
  readonly #box: LeafBox;

  constructor(box: LeafBox) {
    this.#box = box;
    this.left = this.right = box.width / 2;
    this.height = box.height;
  }

  /** Nets meet leaves where there is room: see group.ts. */
  port(): number {
    return 0;
  }

  place(x: number, y: number, sink: Sink): void {
    const { id, width, height } = this.#box;
    sink.boxes.set(id, { x: x - width / 2, y, width, height });
  }
}

/** The item of a group that a box stands in, by the leaves of the items. */
function holders(g: GroupBox): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  const visit = (b: Box, item: string): void => {
    if (b.kind === "leaf") out.set(b.id, item);
    else for (const x of b.items) visit(x, item);
  };
  for (const b of g.items) visit(b, b.id);
  return out;
}

const firstPartner = (b: Box): string | null =>
  b.kind === "leaf" ? b.partner : (b.items.map(firstPartner).find((p) => p !== null) ?? null);

interface Gutter {
  readonly x: ReadonlyMap<string, number>;
  readonly tracks: number;
}

/** A track in the gutter for each residual that changes its height there. */
function gutterTracks(turns: ReadonlyMap<string, readonly Turn[]>, middle: number): Gutter {
  const spans = [...turns].flatMap(([net, list]) => {
    if (list.every((t) => t.gap === list[0].gap)) return [];
    const ys = list.map((t) => t.track);
    return [{ net, lo: Math.min(...ys), hi: Math.max(...ys) }];
  });
  const taken: { lo: number; hi: number }[][] = [];
  const track = new Map<string, number>();
  for (const span of spans.sort((a, b) => a.hi - a.lo - (b.hi - b.lo))) {
    let k = taken.findIndex((list) => list.every((s) => s.hi + 4 < span.lo || s.lo - 4 > span.hi));
    if (k === -1) k = taken.push([]) - 1;
    taken[k].push(span);
    track.set(span.net, k);
  }
  const n = taken.length;
  return {
    x: new Map([...track].map(([net, k]) => [net, middle + (k - (n - 1) / 2) * trackWidth] as const)),
    tracks: n,
  };
}

function byNet(turns: readonly Turn[]): Map<string, Turn[]> {
  const out = new Map<string, Turn[]>();
  for (const t of turns) out.set(t.net, [...(out.get(t.net) ?? []), t]);
  return out;
}

/** The ways of residuals from where they turn off to where they turn in. */
function residualPieces(turns: ReadonlyMap<string, readonly Turn[]>, { x }: Gutter): Piece[] {
  return [...turns].flatMap(([net, list]) => {
    const exit = list.find((t) => t.kind === "exit");
    if (exit === undefined) return [];
    return list
      .filter((t) => t.kind === "entry")
      .map((t): Piece => {
        const gx = x.get(net);
        const between =
          t.gap === exit.gap || gx === undefined
            ? []
            : ([
                [gx, exit.track],
                [gx, t.track],
              ] as const);
        const points = [
          [exit.x, exit.y],
          [exit.x, exit.track],
          ...between,
          [t.x, t.track],
          [t.x, t.y],
        ] as const;
        return { net, kind: "corners", points, into: t.leaf };
      });
  });
}

/** Lays out what is in a group. */
export function layOut(root: GroupBox, nets: readonly Net[]): Layout {
  const { byGroup, crossings } = localNets(root, nets);
  const attempt = (gutterWidth: number): { sink: Sink; placed: Placed; gutter: Gutter } => {
    const lay = (b: Box): Placed => {
      if (b.kind === "leaf") return new LeafLayout(b);
      const children = new Map(b.items.map((x) => [x.id, lay(x)] as const));
      const holder = holders(b);
      const facing = (item: Box): string | null => holder.get(firstPartner(item) ?? "") ?? null;
      const own = crossings.filter((c) => c.group === b.id);
      return new GroupLayout(b, children, byGroup.get(b.id) ?? [], own, facing, gutterWidth);
    };
    const placed = lay(root);
    const sink: Sink = { boxes: new Map(), pieces: [], turns: [] };
    placed.place(placed.left, 0, sink);
    return { sink, placed, gutter: gutterTracks(byNet(sink.turns), placed.left) };
  };
  const widthFor = (tracks: number): number => Math.max(28, tracks * trackWidth + 20);
  let result = attempt(widthFor(0));
  if (result.gutter.tracks > 1) result = attempt(widthFor(result.gutter.tracks));
  const { sink, placed, gutter } = result;
  return {
    width: placed.left + placed.right,
    height: placed.height,
    boxes: sink.boxes,
    pieces: [...sink.pieces, ...residualPieces(byNet(sink.turns), gutter)],
  };
}
