/** @file Window arithmetic shared by convolutions and window reductions: padding by name, sizes after dilation. */
import { checkShape } from "../../dtypes/shape.ts";
import { show, refuseMore } from "../../base/checks.ts";
import { ArgumentError } from "../../base/errors.ts";

/** What is added to an axis before its first and behind its last element; negative amounts cut. */
export type PadPair = readonly [low: number, high: number];
/** Padding by name, or `[low, high]` for each spatial axis. */
export type Padding = "SAME" | "VALID" | "SAME_LOWER" | readonly PadPair[];

/** Size of an axis with `dilation − 1` holes between elements. */
export const dilate = (size: number, dilation: number): number =>
  size === 0 ? 0 : (size - 1) * dilation + 1;

/** Number of windows along an axis. */
export function windowCount(size: number, window: number, stride: number, [lo, hi]: PadPair): number {
  return Math.max(0, Math.floor((size + lo + hi - window) / stride) + 1);
}

/**
 * Explicit padding `[low, high]` for each axis, for (dilated) operand and window sizes. "SAME" pads such that there are as many
 * windows as strides fit into the operand, an odd amount higher at the end ("SAME_LOWER": at the start); "VALID" pads nothing;
 * pairs are returned as they are.
 * @throws ArgumentError for an unknown name, or unless there is one pair for each axis
 * @see jax.lax.padtype_to_pads
 * @example
 * lax.padtypeToPads([4], [2], [1], "SAME"); // [[0, 1]]
 * lax.padtypeToPads([5], [3], [2], "SAME"); // [[1, 1]]
 */
export function padtypeToPads(
  inShape: readonly number[],
  windowShape: readonly number[],
  windowStrides: readonly number[],
  padding: Padding,
  ...more: []
): PadPair[] {
  refuseMore("padtypeToPads", 4, more);
  if (Array.isArray(padding)) {
    if (padding.length !== inShape.length) {
      throw new ArgumentError(`padding: ${padding.length} pairs for ${inShape.length} spatial axes.`);
    }
    return (padding as readonly PadPair[]).map((p) => [p[0], p[1]]);
  }
  for (const sizes of [inShape, windowShape, windowStrides]) checkShape(sizes, "padtypeToPads");
  if (typeof padding !== "string")
    throw new ArgumentError(
      `padding: expected "SAME", "SAME_LOWER", "VALID" or a list of pairs; got ${show(padding)}.`,
    );
  const name = padding.toUpperCase();
  if (name === "VALID") return inShape.map(() => [0, 0]);
  if (name !== "SAME" && name !== "SAME_LOWER") {
    throw new ArgumentError(
      `padding: expected "SAME", "SAME_LOWER", "VALID" or a list of pairs; got "${padding}".`,
    );
  }
  return inShape.map((size, i) => {
    const stride = windowStrides[i];
    const outSize = Math.ceil(size / stride);
    const total = Math.max(0, (outSize - 1) * stride + windowShape[i] - size);
    const half = Math.floor(total / 2);
    return name === "SAME" ? [half, total - half] : [total - half, half];
  });
}
