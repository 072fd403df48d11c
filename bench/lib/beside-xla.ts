/** @file This library in units of XLA, over the rows that both run: the ratios, and one number for them all. */
import type { Result } from "./task.ts";

/** Benchmarks that say how far this library is from XLA: what numerical programs consist of, in sizes that matter. */
export const besideXla: readonly string[] = [
  ...["chain", "chain gradient", "softmax", "softmax gradient", "layer norm", "layer norm gradient"],
  ...[64, 256, 512, 1024].map((n) => `matmul float32 ${n}`),
  ...["convolution", "convolution gradient", "mlp step"],
  ...["multi-head attention", "multi-head attention gradient"],
  ...["sort", "cumsum", "random normal", "fft", "gather", "scatter-add"],
  ...[64, 256].flatMap((n) =>
    ["cholesky", "inv", "solve", "qr", "eigh", "svd"].map((name) => `${name} ${n}`),
  ),
  ...["rnn", "rnn gradient", "mandelbrot", "jit grad"],
];

/** What a ratio counts at least: being much faster somewhere makes up for nothing. */
const least = 0.5;

export interface BesideXla {
  /** The first contender's time in units of XLA's. */
  readonly rows: readonly (readonly [name: string, ratio: number])[];
  /** The geometric mean, in which a ratio below 0.5 counts as 0.5; and how many count so. */
  readonly mean: number;
  readonly raised: number;
}

/** Null if none of the results is one of these rows with XLA. */
export function ratiosToXla(results: readonly Result[]): BesideXla | null {
  const rows = besideXla.flatMap((name) => {
    const xla = results.find((r) => r.name === name)?.measured.find((m) => m.name === "XLA");
    return xla === undefined ? [] : [[name, 1 / xla.ratio.median] as const];
  });
  if (rows.length === 0) return null;
  const logs = rows.map(([, ratio]) => Math.log(Math.max(ratio, least)));
  const mean = Math.exp(logs.reduce((a, b) => a + b) / logs.length);
  return { rows, mean, raised: rows.filter(([, ratio]) => ratio < least).length };
}

/** The mean in a sentence. */
export function meanSentence({ rows, mean, raised }: BesideXla): string {
  const missing = besideXla.length - rows.length;
  return (
    `Time in units of XLA's: ${mean.toFixed(2)} in the geometric mean of ${rows.length} rows` +
    `${missing > 0 ? ` (${missing} not measured)` : ""}; ` +
    `a row below 0.5 counted as 0.5 (${raised} ${raised === 1 ? "is" : "are"}).`
  );
}
