/** @file The least time in which the machine can do the work of a kernel, and what sets it: memory or arithmetic. */
import { type Peaks, bandwidthAt } from "./peaks.ts";
import type { KernelLimit } from "./types.ts";
import type { Work } from "./work.ts";

/**
 * Both overlap at best, so it is the larger: bytes at the rate of a buffer as large as all of them, each moved once; operations
 * at the peak of their width (whole numbers at that of float32), by as many threads as there are.
 */
export function limitOf(
  { read, written, operations }: Work,
  peaks: Peaks,
  threads: number,
): KernelLimit | null {
  const alive = read + written;
  const memory = read / bandwidthAt(peaks.reading, alive) + written / bandwidthAt(peaks.writing, alive);
  const { float32, float64, integer } = operations;
  const arithmetic = (float32 + integer) / peaks.float32 + float64 / peaks.float64;
  const nanoseconds = Math.max(memory, arithmetic) / threads;
  if (nanoseconds === 0) return null;
  return { milliseconds: nanoseconds / 1e6, by: memory >= arithmetic ? "memory" : "arithmetic" };
}
