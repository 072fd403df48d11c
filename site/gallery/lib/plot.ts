/** @file Small charts and tables on the canvas. */
import type { Point, Stage } from "./stage.ts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Series {
  readonly values: readonly number[];
  readonly color: string;
  readonly width?: number;
  readonly alpha?: number;
  readonly name?: string;
}

/** Curves from 0 to `most` over equal steps, at least `steps` of them, with a caption above and the names below. */
export function plot(
  stage: Stage,
  box: Box,
  caption: string,
  most: number,
  steps: number,
  series: readonly Series[],
): void {
  const { colors } = stage;
  const bottom = box.y + box.height;
  stage.text(caption, { x: box.x, y: box.y - 10 }, colors.muted, 12);
  stage.line([{ x: box.x, y: bottom }, { x: box.x + box.width, y: bottom }], colors.faint, 1); // prettier-ignore
  let left = box.x;
  for (const { values, color, width = 2, alpha = 1, name } of series) {
    const point = (v: number, i: number): Point => ({
      x: box.x + (box.width * i) / Math.max(values.length - 1, steps),
      y: bottom - (box.height * Math.max(0, v)) / most,
    });
    if (values.length > 1) stage.line(values.map(point), color, width, alpha);
    if (name === undefined) continue;
    stage.text(name, { x: left, y: bottom + 18 }, color, 12);
    left += stage.context.measureText(name).width + 16;
  }
}

/** A matrix in columns of equal width. */
export function table(
  stage: Stage,
  { x, y, width }: Omit<Box, "height">,
  caption: string,
  rows: readonly (readonly number[])[],
): void {
  stage.text(caption, { x, y }, stage.colors.muted, 12);
  rows.forEach((row, i) => {
    row.forEach((v, j) => {
      const words = Math.abs(v) < 1e4 ? v.toFixed(1) : v.toExponential(0);
      stage.text(
        words,
        { x: x + (width * (j + 0.9)) / row.length, y: y + 22 + 20 * i },
        stage.colors.ink,
        12,
        "right",
      );
    });
  });
}
