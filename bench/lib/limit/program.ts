/** @file The limit of a program of the library: compiled to WebAssembly once more, run once, and counted. */
import type { Array } from "../../../src/index.ts";
import { adjoint } from "../library.ts";
import type { Program } from "../measure.ts";
import { Counting } from "./count.ts";
import { type Limit, latencyIn, limitOf } from "./model.ts";
import { type Peaks, measurePeaks } from "./peaks.ts";

let peaks: Peaks | null = null;

/** This machine's, measured when they are first wanted. */
export const machinePeaks = (): Peaks => (peaks ??= measurePeaks());

/** The peaks if they were measured, in words. */
export function peaksDescription(): string | null {
  if (peaks === null) return null;
  const { rates, reading, writing } = peaks;
  const [r, w] = [reading, writing].map((curve) => curve[curve.length - 1][1].toFixed(1));
  return (
    `in a nanosecond, of vectors of four float32: ${rates["f32x4.add"].toFixed(1)} additions, ` +
    `${(rates["f32x4.relaxed_madd"] ?? rates["f32x4.mul"]).toFixed(1)} multiplications${rates["f32x4.relaxed_madd"] === undefined ? "" : " (fused with an addition)"}, ` +
    `${rates.float.toFixed(1)} of both, ${rates["f32x4.div"].toFixed(1)} divisions; ${rates.load.toFixed(1)} loads, ` +
    `${rates.all.toFixed(1)} instructions; ${r} bytes read from memory, ${w} written`
  );
}

const bytesOf = (xs: readonly Array[]): number => xs.reduce((sum, x) => sum + x.nbytes, 0);

/** @throws Error if the program has instructions that are not known here */
export function limitOfProgram({ f, args, read }: Program): Limit {
  const known = machinePeaks();
  const counting = new Counting();
  try {
    // A function of its own, so that nothing is found that was compiled before.
    const again = adjoint.jit((...xs: Array[]) => f(...xs), { backend: "wasm" });
    const run = (): Array[] => adjoint.tree.leaves(again(...(args as Array[]))) as Array[];
    run();
    counting.begin();
    const outs = run();
    const counted = counting.counted(latencyIn(known));
    const ins = (adjoint.tree.leaves(args) as (Array | number)[]).map((x) => adjoint.numpy.asarray(x));
    const copied = bytesOf(read === null ? outs : read.map((i) => outs[i]));
    const [given, made] = [bytesOf(ins), bytesOf(outs)];
    const elements = Math.max(...[...ins, ...outs].map((x) => x.size));
    return limitOf({ ...counted, read: given + copied, written: made + copied, elements }, known);
  } finally {
    counting.stop();
  }
}
