/**
 * @file What the demo shows: a progress bar, the confusion matrix, and pictures.
 */
import { type Array, nn, numpy as np, vmap } from "../../src/index.ts";
import { writePicture } from "../lib/files.ts";
import { type Picture, lineChart, pictureGrid } from "../lib/svg.ts";
import type { Examples } from "./data.ts";
import { type Params, logits, predict } from "./model.ts";
import type { Progress, Trained } from "./train.ts";

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

/** One line that is redrawn on a terminal, one line per epoch elsewhere. */
export function showProgress(p: Progress, out: NodeJS.WriteStream = process.stdout): void {
  const text =
    `epoch ${String(p.epoch).padStart(String(p.epochs).length)}/${p.epochs}` +
    `  loss ${p.trainLoss.toFixed(4)}  held-back accuracy ${percent(p.testAccuracy)}`;
  if (!out.isTTY) {
    out.write(`${text}\n`);
    return;
  }
  const width = 24;
  const filled = Math.round((p.epoch / p.epochs) * width);
  const end = p.epoch === p.epochs ? "\n" : "";
  out.write(`\r\x1b[K${"█".repeat(filled)}${"░".repeat(width - filled)} ${text}${end}`);
}

/** Rows: the digit shown. Columns: the digit read. */
export function confusionMatrix(params: Params, { images, labels }: Examples): number[][] {
  const cell = labels.mul(10).add(predict(params, images));
  return np.zeros([100], "int32").at(cell).add(1).reshape([10, 10]).js<number[][]>();
}

export function confusionText(matrix: readonly (readonly number[])[]): string {
  const digits = matrix.map((_, d) => String(d).padStart(4)).join("");
  const rows = matrix.map((row, shown) => {
    const cells = row.map((n) => (n === 0 ? "·" : String(n)).padStart(4)).join("");
    const total = row.reduce((a, b) => a + b, 0);
    return `    ${shown} │${cells}   ${percent(row[shown] / total).padStart(7)}`;
  });
  return ["shown │ read as", `      │${digits}    right`, `──────┼${"─".repeat(52)}`, ...rows].join("\n");
}

/** The held-back images that were misread, the surest mistakes first. */
export function misread(params: Params, { images, labels }: Examples, most: number): Picture[] {
  const probabilities = vmap((image: Array) => nn.softmax(logits(params, image)))(images).js<number[][]>();
  const shown = labels.js<number[]>();
  const pixels = images.js<number[][]>();
  const mistakes = probabilities.map((p, i) => {
    const read = p.indexOf(Math.max(...p));
    return { read, shown: shown[i], sure: p[read], pixels: pixels[i] };
  });
  return mistakes
    .filter((m) => m.read !== m.shown)
    .sort((a, b) => b.sure - a.sure)
    .slice(0, most)
    .map((m) => ({
      pixels: m.pixels,
      size: 8,
      caption: `${m.shown} read as ${m.read}, ${Math.round(100 * m.sure)} %`,
    }));
}

/** Writes the loss curves and the misread digits; returns the files' paths. */
export function writePictures(trained: Trained, test: Examples): string[] {
  const epochs = trained.trainLosses.map((_, i) => i + 1);
  const curves = lineChart({
    title: "Cross entropy of handwritten digits",
    xLabel: "epoch",
    yLabel: "loss",
    logY: true,
    series: [
      { name: "training", xs: epochs, ys: trained.trainLosses },
      { name: "held back", xs: epochs, ys: trained.testLosses },
    ],
  });
  const wrong = misread(trained.params, test, 12);
  return [
    writePicture("loss.svg", curves),
    writePicture("misread.svg", pictureGrid("Misread digits, surest mistakes first", wrong)),
  ];
}
