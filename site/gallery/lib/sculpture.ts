/** @file Draws a block of cells with its shadows on the walls behind it, and the shadows flat beside it. */
import { ramp, rgb } from "./colors.ts";
import { Picture } from "./picture.ts";
import type { Point, Stage } from "./stage.ts";

export interface Frame {
  readonly n: number;
  yaw: number;
  pitch: number;
  /** [n, n, n], [3, n, n] and [3, n, n], flat; shadow k is what is seen along axis k. */
  density: ArrayLike<number>;
  shadows: ArrayLike<number>;
  readonly wanted: Float32Array;
  /** How each panel is turned so that it is upright. */
  orientations: readonly Orientation[];
}

/** Bits: 1 mirrors left and right, 2 top and bottom; 4 then transposes. */
export type Orientation = number;

/** The index into shadow k of a cell of its panel. */
export function cellOf(n: number, k: number, turned: Orientation, row: number, column: number): number {
  const x = turned & 1 ? n - 1 - column : column;
  const y = turned & 2 ? n - 1 - row : row;
  return k * n * n + (turned & 4 ? x * n + y : y * n + x);
}

/** Where the parts stand: the block, and the three panels beside or below it. */
function layout(stage: Stage) {
  const { width, height } = stage;
  const wide = width > 1.2 * height;
  const side = wide ? Math.min((height - 64) / 3, width * 0.2) : (width - 56) / 3;
  const panel = (k: number): Point =>
    wide
      ? { x: width - side - 16, y: 16 + k * (side + 16) }
      : { x: 14 + k * (side + 14), y: height - side - 14 };
  const center = wide
    ? { x: (width - side) / 2, y: height / 2 }
    : { x: width / 2, y: (height - side - 14) / 2 };
  const scale = wide ? Math.min(width - side - 32, height) : Math.min(width, height - side - 28);
  return { side, panel, center, scale: scale / 1.75 };
}

/** The index into the shadows of the cell under a point, if it is on a panel. */
export function panelAt(stage: Stage, { n, orientations }: Frame, at: Point): number | undefined {
  const { side, panel } = layout(stage);
  for (let k = 0; k < 3; k++) {
    const { x, y } = panel(k);
    const [column, row] = [Math.floor((n * (at.x - x)) / side), Math.floor((n * (at.y - y)) / side)];
    if (column >= 0 && column < n && row >= 0 && row < n) return cellOf(n, k, orientations[k], row, column);
  }
  return undefined;
}

const pictures = new Map<string, Picture>();
/** A picture of n × n cells, kept by name. */
function shaded(name: string, n: number, table: Uint8Array, value: (i: number) => number): Picture {
  const picture = pictures.get(name) ?? new Picture(n, n);
  pictures.set(name, picture);
  picture.shade(
    Array.from({ length: n * n }, (_, i) => value(i)),
    table,
  );
  return picture;
}

/** The shadows, upright, with dots where they are wanted. */
export function drawPanels(stage: Stage, { n, shadows, wanted, orientations }: Frame): void {
  const { context, colors } = stage;
  const { side, panel } = layout(stage);
  const table = ramp([colors.paper, colors.ink].map(rgb));
  for (let k = 0; k < 3; k++) {
    const { x, y } = panel(k);
    const cell = (i: number): number => cellOf(n, k, orientations[k], Math.floor(i / n), i % n);
    shaded(`panel${k}`, n, table, (i) => shadows[cell(i)]).draw(context, x, y, side, side, false);
    context.fillStyle = colors.warm;
    const [size, dot] = [side / n, Math.max(1.6, side / n / 3.5)];
    for (let i = 0; i < n * n; i++) {
      if (wanted[cell(i)] < 0.5) continue;
      const [left, top] = [x + size * ((i % n) + 0.5), y + size * (Math.floor(i / n) + 0.5)];
      context.fillRect(left - dot / 2, top - dot / 2, dot, dot);
    }
    Object.assign(context, { strokeStyle: colors.faint, lineWidth: 1 });
    context.strokeRect(x, y, side, side);
  }
}

/**
 * The block seen in parallel projection, so that walls are parallelograms. Axes of the block: 0 and 1 are across and down
 * in shadow 2, of which rows are axis 0; so the world's places are (axis 1, axis 0, axis 2) = (x, down, z).
 */
export function drawVoxels(stage: Stage, { n, yaw, pitch, density, shadows }: Frame): void {
  const { context, colors } = stage;
  const { center, scale } = layout(stage);
  const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  // of a place (a, b, c) along the axes, each −½ … ½: axis 0 is down
  const across = [0, cy, sy];
  const down = [cp, sp * sy, -sp * cy];
  const away = [sp, -cp * sy, cp * cy];
  const project = (p: readonly number[]): Point => ({
    x: center.x + scale * (across[1] * p[1] + across[2] * p[2]),
    y: center.y + scale * (down[0] * p[0] + down[1] * p[1] + down[2] * p[2]),
  });
  // walls: behind the block along each axis, with the shadow that is cast there
  const table = ramp([colors.paper, colors.muted].map(rgb));
  for (let k = 0; k < 3; k++) {
    const [rows, columns] = [0, 1, 2].filter((axis) => axis !== k);
    const corner = [-0.5, -0.5, -0.5];
    corner[k] = away[k] > 0 ? 0.62 : -0.62;
    const at = project(corner);
    const step = (axis: number): Point => ({ x: (scale * across[axis]) / n, y: (scale * down[axis]) / n });
    const [u, v] = [step(columns), step(rows)];
    context.save();
    context.transform(u.x, u.y, v.x, v.y, at.x, at.y);
    context.globalAlpha = 0.75;
    shaded(`wall${k}`, n, table, (i) => shadows[k * n * n + i]).draw(context, 0, 0, n, n);
    Object.assign(context, { strokeStyle: colors.faint, lineWidth: 0.08, globalAlpha: 1 });
    context.strokeRect(0, 0, n, n);
    context.restore();
  }
  const cells: { x: number; y: number; depth: number; shade: number; size: number }[] = [];
  const get = (a: number, b: number, c: number): number =>
    Math.min(a, b, c) < 0 || Math.max(a, b, c) >= n ? 0 : density[(a * n + b) * n + c];
  for (let a = 0; a < n; a++)
    for (let b = 0; b < n; b++)
      for (let c = 0; c < n; c++) {
        const here = get(a, b, c);
        if (here < 0.12) continue;
        const normal = [
          get(a - 1, b, c) - get(a + 1, b, c),
          get(a, b - 1, c) - get(a, b + 1, c),
          get(a, b, c - 1) - get(a, b, c + 1),
        ];
        const length = Math.hypot(...normal);
        if (here > 0.6 && length < 0.05) continue; // inside
        const p = [a, b, c].map((v) => (v + 0.5) / n - 0.5);
        const towards = (d: readonly number[]): number =>
          (normal[0] * d[0] + normal[1] * d[1] + normal[2] * d[2]) / (length + 0.05);
        const light = 0.5 - 0.32 * towards(away) - 0.3 * towards(down) - 0.18 * towards(across);
        cells.push({
          ...project(p),
          depth: away[0] * p[0] + away[1] * p[1] + away[2] * p[2],
          shade: light,
          size: Math.min(1, here * 1.4),
        });
      }
  cells.sort((p, q) => q.depth - p.depth);
  const [dark, bright] = [
    rgb(colors.warm).map((v) => 0.3 * v),
    rgb(colors.warm).map((v) => v + 0.45 * (255 - v)),
  ];
  const tones = Array.from(
    { length: 32 },
    (_, i) => `rgb(${dark.map((d, k) => Math.round(d + ((bright[k] - d) * i) / 31)).join(" ")})`,
  );
  const edge = (1.5 * scale) / n;
  for (const { x, y, shade, size } of cells) {
    context.fillStyle = tones[Math.max(0, Math.min(31, Math.round(31 * shade)))];
    const d = edge * size;
    context.beginPath();
    context.arc(x, y, d / 2, 0, 2 * Math.PI);
    context.fill();
  }
}
