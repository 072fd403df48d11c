/**
 * @file A pad to draw a digit on, which makes of it what the data is made of: the strokes, cropped and scaled to 32 × 32
 * dots, of which each pixel of 8 × 8 counts 16 (Alpaydin and Kaynak 1998).
 */
import type { Box } from "./plot.ts";
import type { Point, Stage } from "./stage.ts";

const sample: Point[] = Array.from({ length: 41 }, (_, i) => {
  const [upper, t] = [i <= 20, (i % 20.001) / 20];
  const angle = upper ? -2.5 + 4.07 * t : -1.57 + 4.2 * t;
  const r = upper ? 0.17 : 0.2;
  return { x: 0.48 + r * Math.cos(angle), y: (upper ? 0.31 : 0.68) + r * Math.sin(angle) };
});

export class DigitPad {
  private readonly stage: Stage;
  /** Of points relative to the pad, 0 … 1. A three to begin with, which the first stroke wipes away. */
  private strokes: Point[][] = [sample];
  private example = true;
  private cached: Float32Array | undefined;
  private readonly dots = new OffscreenCanvas(32, 32).getContext("2d", { willReadFrequently: true })!;

  constructor(stage: Stage) {
    this.stage = stage;
    const add = (at: Point): void => {
      const { x, y, width } = this.box();
      this.strokes.at(-1)?.push({ x: (at.x - x) / width, y: (at.y - y) / width });
      this.cached = undefined;
    };
    stage.drag({
      down: (at) => {
        if (this.example) this.clear();
        this.strokes.push([]);
        add(at);
      },
      move: add,
    });
  }

  get empty(): boolean {
    return this.strokes.length === 0;
  }

  clear(): void {
    this.example = false;
    this.strokes = [];
    this.cached = undefined;
  }

  private get wide(): boolean {
    return this.stage.width > 1.15 * this.stage.height;
  }

  /** Where one draws. */
  box(): Box {
    const { width, height } = this.stage;
    const side = this.wide ? Math.min(height - 32, width * 0.5) : Math.min(width - 32, height * 0.62);
    return this.wide
      ? { x: 16, y: (height - side) / 2, width: side, height: side }
      : { x: (width - side) / 2, y: 16, width: side, height: side };
  }

  /** The place beside or below it. */
  bars(): Box {
    const { x, y, width: side } = this.box();
    const { width, height } = this.stage;
    const left = x + side + 36;
    return this.wide
      ? { x: left, y, width: width - left - 28, height: side }
      : { x: 16, y: y + side + 16, width: width - 32, height: height - y - side - 28 };
  }

  /** The drawing as 64 numbers, 0 … 1. */
  pixels(): Float32Array {
    if (this.cached !== undefined) return this.cached;
    const points = this.strokes.flat();
    const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)];
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    const scale = 28 / Math.max(right - left, bottom - top, 0.15);
    const { dots } = this;
    dots.setTransform(1, 0, 0, 1, 0, 0);
    dots.clearRect(0, 0, 32, 32);
    dots.setTransform(
      scale,
      0,
      0,
      scale,
      16 - (scale * (left + right)) / 2,
      16 - (scale * (top + bottom)) / 2,
    );
    Object.assign(dots, { lineWidth: 4.4 / scale, lineCap: "round", lineJoin: "round" });
    this.trace(dots, (p) => p);
    const { data } = dots.getImageData(0, 0, 32, 32);
    const pixels = new Float32Array(64);
    for (let i = 0; i < 1024; i++) pixels[8 * (i >> 7) + ((i & 31) >> 2)] += data[4 * i + 3] / (255 * 16);
    this.cached = pixels;
    return pixels;
  }

  private trace(
    context: CanvasPath & { beginPath(): void; stroke(): void },
    place: (p: Point) => Point,
  ): void {
    for (const stroke of this.strokes) {
      context.beginPath();
      for (const p of [stroke[0], ...stroke]) context.lineTo(place(p).x, place(p).y);
      context.stroke();
    }
  }

  draw(): void {
    const { context, colors } = this.stage;
    const { x, y, width } = this.box();
    Object.assign(context, { strokeStyle: colors.faint, lineWidth: 1.5 });
    context.strokeRect(x, y, width, width);
    if (this.empty) {
      this.stage.text(
        "draw a digit here",
        { x: x + width / 2, y: y + width / 2 },
        colors.muted,
        16,
        "center",
      );
      return;
    }
    context.save();
    context.beginPath();
    context.rect(x, y, width, width);
    context.clip();
    Object.assign(context, {
      strokeStyle: colors.ink,
      lineWidth: width / 13,
      lineCap: "round",
      lineJoin: "round",
    });
    this.trace(context, (p) => ({ x: x + width * p.x, y: y + width * p.y }));
    context.restore();
    // what the network sees
    const small = Math.max(3, width / 60);
    this.pixels().forEach((value, i) => {
      context.globalAlpha = value;
      context.fillStyle = colors.accent;
      context.fillRect(x + 6 + small * (i % 8), y + 6 + small * (i >> 3), small, small);
    });
    context.globalAlpha = 1;
  }
}

/** The probability of each digit, and the course of the loss above them. */
export function drawBars(
  stage: Stage,
  box: Box,
  heights: readonly number[],
  losses: readonly number[],
): void {
  const { context, colors } = stage;
  const curve = Math.max(60, box.height * 0.24);
  const each = Math.max(1, Math.ceil(losses.length / 120));
  const points: Point[] = [];
  for (let i = 0; i + each <= losses.length; i += each) {
    const mean = losses.slice(i, i + each).reduce((a, b) => a + b, 0) / each;
    points.push({
      x: box.x + (box.width * i) / Math.max(losses.length - each, 1),
      y: box.y + 16 + (curve - 16) * Math.min(1, Math.max(0, 1 - (Math.log10(mean) + 2.5) / 3)),
    });
  }
  stage.text("loss while learning (logarithmic)", { x: box.x, y: box.y + 5 }, colors.muted, 12);
  if (points.length > 1) stage.line(points, colors.warm, 1.8);
  const [top, bottom] = [box.y + curve + 26, box.y + box.height - 22];
  const best = heights.indexOf(Math.max(...heights));
  heights.forEach((h, i) => {
    const [x, w] = [box.x + (box.width * (i + 0.15)) / 10, (box.width * 0.7) / 10];
    const sure = i === best && h > 0.05;
    context.fillStyle = colors.faint;
    context.fillRect(x, top, w, bottom - top);
    context.fillStyle = sure ? colors.accent : colors.muted;
    context.fillRect(x, bottom - (bottom - top) * h, w, (bottom - top) * h);
    stage.text(
      String(i),
      { x: x + w / 2, y: bottom + 13 },
      sure ? colors.accent : colors.muted,
      15,
      "center",
    );
  });
}
