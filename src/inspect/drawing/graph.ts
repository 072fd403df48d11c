/** @file The picture of a graph: nodes with the types of their values, boxes around them, the ways of values between them. */
import type { GraphData, GraphNode } from "../graph/data.ts";
import { type Group, type Item, type Leaf, type TreeOptions, shownBy, treeOf } from "../graph/tree.ts";
import { layOut } from "../layout/layout.ts";
import type { Box, Layout, Net, Piece } from "../layout/types.ts";
import { type Markup, element, fit, picture, short, text, textWidth, title } from "./svg.ts";

const nameSize = 12;
const typeSize = 10;
const titleSize = 11;
const nodeHeight = 33;
const longestNode = 200;
const bodyGap = 10;
const margin = 16;

/** A graph as it is drawn: its boxes, where they stand, and the drawings inside its nodes. */
export interface Drawing {
  readonly data: GraphData;
  readonly root: Group;
  readonly nets: readonly Net[];
  readonly layout: Layout;
  readonly bodies: ReadonlyMap<string, readonly { readonly label: string; readonly drawing: Drawing }[]>;
}

const typesText = (n: GraphNode): string =>
  n.types.length > 3 ? `${n.types.slice(0, 2).join(" ")} … ${n.types.length} values` : n.types.join(" ");

/** The values on their way between what is shown: those inside a folded box are not. */
function netsOf({ edges }: GraphData, shown: ReadonlyMap<string, Leaf>): Net[] {
  const found = new Map<string, { kind: Net["kind"]; key: string; from: string; to: Set<string> }>();
  for (const e of edges) {
    const [from, to] = [shown.get(e.from)!, shown.get(e.to)!];
    if (from === to) continue;
    const key = `${e.from}.${e.result}`;
    const kind = e.residual ? "residual" : from.side;
    const id = `${kind} ${key}`;
    const net = found.get(id) ?? { kind, key, from: from.node.id, to: new Set<string>() };
    found.set(id, net);
    net.to.add(to.node.id);
  }
  return [...found.values()].map((n) => ({ ...n, to: [...n.to] }));
}

/** Lays out a graph, and the bodies inside its nodes. */
export function drawn(data: GraphData, options: TreeOptions): Drawing {
  const root = treeOf(data, options);
  const shown = shownBy(root);
  const bodies = new Map<string, { label: string; drawing: Drawing }[]>();
  const boxOf = (item: Item): Box => {
    if (item.kind === "group") {
      const header = item.style === "program" ? margin : item.style === "kernel" ? 14 : 20;
      return {
        kind: "group",
        id: item.id,
        side: item.side,
        items: item.items.map(boxOf),
        header,
        padding: item.style === "program" ? margin : 9,
        minWidth: item.title === "" ? 0 : textWidth(item.title, titleSize) + 20,
      };
    }
    const { node } = item;
    const size = sizeOf(node, options, bodies);
    const partner = node.partner === null ? null : (shown.get(node.partner)?.node.id ?? null);
    return { kind: "leaf", id: node.id, side: item.side, ...size, partner };
  };
  const box = boxOf(root);
  const nets = netsOf(data, shown);
  return { data, root, nets, bodies, layout: layOut(box as Extract<Box, { kind: "group" }>, nets) };
}

function sizeOf(
  node: GraphNode,
  options: TreeOptions,
  bodies: Map<string, { label: string; drawing: Drawing }[]>,
): { width: number; height: number } {
  const texts = Math.max(textWidth(node.label, nameSize), textWidth(typesText(node), typeSize)) + 16;
  const width = Math.min(longestNode, Math.max(48, texts));
  if (node.bodies.length === 0 || options.depth === 0) return { width, height: nodeHeight };
  const inside = node.bodies.map(({ label, graph }) => ({
    label,
    drawing: drawn(graph, { ...options, depth: options.depth - 1 }),
  }));
  bodies.set(node.id, inside);
  const widths = inside.map(({ label, drawing }) => bodyWidth(label, drawing));
  return {
    width: Math.max(width, widths.reduce((a, b) => a + b, 0) + bodyGap * (inside.length + 1)),
    height: nodeHeight + Math.max(...inside.map(({ drawing }) => drawing.layout.height)) + 16 + bodyGap,
  };
}

const bodyWidth = (label: string, { layout }: Drawing): number =>
  Math.max(layout.width, textWidth(label, titleSize) + 20);

/** A curve between rows, straight inside them. */
function curve(points: Piece["points"]): string {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = points;
  const middle = (y1 + y2) / 2;
  const bend =
    Math.abs(x1 - x2) < 0.5
      ? `V${short(y2)}`
      : `C${short(x1)} ${short(middle)} ${short(x2)} ${short(middle)} ${short(x2)} ${short(y2)}`;
  return `M${short(x0)} ${short(y0)}V${short(y1)}${bend}V${short(y3)}${x3 === x2 ? "" : `H${short(x3)}`}`;
}

/** Straight parts whose corners are round. */
function corners(points: Piece["points"]): string {
  const out = [`M${short(points[0][0])} ${short(points[0][1])}`];
  for (let i = 1; i < points.length - 1; i++) {
    const [[ax, ay], [bx, by], [cx, cy]] = [points[i - 1], points[i], points[i + 1]];
    const [before, after] = [Math.hypot(bx - ax, by - ay), Math.hypot(cx - bx, cy - by)];
    const r = Math.min(5, before / 2, after / 2);
    if (r < 0.5) {
      out.push(`L${short(bx)} ${short(by)}`);
      continue;
    }
    const [px, py] = [bx + ((ax - bx) * r) / before, by + ((ay - by) * r) / before];
    const [qx, qy] = [bx + ((cx - bx) * r) / after, by + ((cy - by) * r) / after];
    out.push(`L${short(px)} ${short(py)}Q${short(bx)} ${short(by)} ${short(qx)} ${short(qy)}`);
  }
  const [x, y] = points[points.length - 1];
  return `${out.join("")}L${short(x)} ${short(y)}`;
}

/** The head of an arrow that arrives at a node, from above or from below. */
function head({ points, kind }: Piece): string {
  const [x, y] = points[points.length - 1];
  const d = kind === "corners" || points[0][1] > y ? 4.5 : -4.5;
  return `M${short(x - 2.6)} ${short(y + d)}L${short(x)} ${short(y)}L${short(x + 2.6)} ${short(y + d)}z`;
}

function boxesOf(item: Item, { layout }: Drawing): Markup[] {
  if (item.kind === "leaf") return [];
  const inside = item.items.flatMap((x) => boxesOf(x, { layout } as Drawing));
  if (item.style === "program") return inside;
  const { x, y, width, height } = layout.boxes.get(item.id)!;
  const rect = element("rect", {
    class: `adj-${item.style}`,
    x,
    y,
    width,
    height,
    rx: item.style === "kernel" ? 10 : 7,
  });
  return [element("g", {}, title(item.title), rect), ...inside];
}

function titlesOf(item: Item, drawing: Drawing): Markup[] {
  if (item.kind === "leaf") return [];
  const inside = item.items.flatMap((x) => titlesOf(x, drawing));
  if (item.style === "program") return inside;
  const { x, y, width } = drawing.layout.boxes.get(item.id)!;
  const label = fit(item.title, titleSize, width - 16);
  const kind = item.style === "kernel" ? "adj-10 adj-halo adj-soft" : "adj-11 adj-halo adj-bold";
  return [text(x + 8, y + (item.style === "kernel" ? 12 : 15), label, kind), ...inside];
}

function nodeMarkup(leaf: Leaf, drawing: Drawing): Markup {
  const { node, folded, side } = leaf;
  const { x, y, width, height } = drawing.layout.boxes.get(node.id)!;
  const kind = folded.length > 0 ? "folded" : node.kind;
  const middle = x + width / 2;
  const told = [
    node.label,
    node.types.join(", "),
    ...(node.scopes.length > 0 ? [`in ${node.scopes.join("/")}`] : []),
    ...(node.line === null ? [] : [`${node.lane === "adjoint" ? "backward of " : ""}${node.line}`]),
  ];
  const round = node.kind === "equation" ? 5 : nodeHeight / 2;
  const shape = (dx: number, dy: number): Markup =>
    element("rect", { class: "adj-shape", x: x + dx, y: y + dy, width, height, rx: round });
  const inner = drawing.bodies.get(node.id) ?? [];
  return element(
    "g",
    { class: `adj-node adj-${side} adj-${kind}`, "data-node": node.id },
    title(told.join("\n")),
    ...(folded.length > 0 ? [shape(3, 3)] : []),
    shape(0, 0),
    text(middle, y + 14, fit(node.label, nameSize, width - 8), "adj-12 adj-bold", "middle"),
    text(middle, y + 27.5, fit(typesText(node), typeSize, width - 8), "adj-10 adj-soft", "middle"),
    ...bodiesMarkup(inner, x, y + nodeHeight, width),
  );
}

function bodiesMarkup(
  inner: readonly { readonly label: string; readonly drawing: Drawing }[],
  x: number,
  y: number,
  width: number,
): Markup[] {
  const widths = inner.map(({ label, drawing }) => bodyWidth(label, drawing));
  const space = (width - widths.reduce((a, b) => a + b, 0)) / (inner.length + 1);
  let left = x + space;
  return inner.map(({ label, drawing }, i) => {
    const { layout } = drawing;
    const rect = element("rect", {
      class: "adj-body",
      x: 0,
      y: 0,
      width: widths[i],
      height: layout.height + 16,
      rx: 6,
    });
    const shift = (widths[i] - layout.width) / 2;
    const out = element(
      "g",
      { transform: `translate(${short(left)} ${short(y)})` },
      rect,
      text(8, 13, label, "adj-11 adj-bold"),
      element("g", { transform: `translate(${short(shift)} 16)` }, ...contentOf(drawing)),
    );
    left += widths[i] + space;
    return out;
  });
}

const leaves = (item: Item): Leaf[] => (item.kind === "leaf" ? [item] : item.items.flatMap(leaves));

function edgesMarkup({ layout, nets, data }: Drawing): Markup[] {
  const types = new Map<string, string>(data.edges.map((e) => [`${e.from}.${e.result}`, e.type] as const));
  const adjoint = new Set(nets.filter((n) => n.kind === "adjoint").map((n) => n.key));
  const pieces = new Map<string, { net: string; lane: string; list: Piece[] }>();
  for (const p of layout.pieces) {
    // Upwards run cotangents, and residuals inside of boxes of the right.
    const up = p.points[0][1] > p.points[p.points.length - 1][1];
    const lane =
      p.kind === "corners" || (up && !adjoint.has(p.net)) ? "residual" : up ? "cotangent" : "value";
    const key = `${lane} ${p.net}`;
    const found = pieces.get(key) ?? { net: p.net, lane, list: [] };
    pieces.set(key, found);
    found.list.push(p);
  }
  return [...pieces.values()].map(({ net, lane, list }) => {
    const isResidual = lane === "residual";
    const way = list.map((p) => (p.kind === "curve" ? curve(p.points) : corners(p.points))).join("");
    const heads = list
      .filter((p) => p.into !== null)
      .map(head)
      .join("");
    return element(
      "g",
      { class: `adj-edge adj-${lane}` },
      title(`${types.get(net) ?? ""}${isResidual ? " (residual)" : ""}`),
      element("path", { class: "adj-way", d: way }),
      ...(heads === "" ? [] : [element("path", { class: "adj-head", d: heads })]),
    );
  });
}

/** Boxes, edges, nodes, and the titles of boxes above all. */
export function contentOf(drawing: Drawing): Markup[] {
  return [
    ...boxesOf(drawing.root, drawing),
    ...edgesMarkup(drawing),
    ...leaves(drawing.root).map((leaf) => nodeMarkup(leaf, drawing)),
    ...titlesOf(drawing.root, drawing),
  ];
}

const styles = [
  ".adj-pic .adj-11{font-size:11px}",
  ".adj-pic .adj-halo{paint-order:stroke;stroke:var(--box);stroke-width:3px;stroke-linejoin:round}",
  ".adj-pic .adj-scope{fill:var(--box);stroke:var(--edge);stroke-width:1.2}",
  ".adj-pic .adj-kernel{fill:var(--kernel);stroke:var(--kernel-edge);stroke-width:1;stroke-dasharray:4 3}",
  ".adj-pic .adj-body{fill:var(--bg);stroke:var(--edge)}",
  ".adj-pic .adj-shape{fill:var(--node);stroke:var(--values);stroke-width:1.2}",
  ".adj-pic .adj-adjoint>.adj-shape{fill:var(--adjoint);stroke:var(--cotangents)}",
  ".adj-pic .adj-input>.adj-shape,.adj-pic .adj-constant>.adj-shape,.adj-pic .adj-output>.adj-shape{fill:var(--bg)}",
  ".adj-pic .adj-constant>.adj-shape{stroke-dasharray:3 2}",
  ".adj-pic .adj-way{fill:none;stroke:var(--line);stroke-width:1.3}.adj-pic .adj-head{fill:var(--line)}",
  ".adj-pic .adj-value>.adj-way{stroke:var(--values)}.adj-pic .adj-value>.adj-head{fill:var(--values)}",
  ".adj-pic .adj-cotangent>.adj-way{stroke:var(--cotangents)}.adj-pic .adj-cotangent>.adj-head{fill:var(--cotangents)}",
  ".adj-pic .adj-residual>.adj-way{stroke:var(--residual)}.adj-pic .adj-residual>.adj-head{fill:var(--residual)}",
].join("");

/** The picture of a laid out graph. */
export function graphPicture(name: string, description: string, drawing: Drawing): string {
  const { width, height } = drawing.layout;
  return picture(name, description, width, height, styles, contentOf(drawing));
}
