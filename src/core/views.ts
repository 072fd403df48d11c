/**
 * @file Views of data that may move: valid until an array is made. While checks are on (`enableChecks`) they
 * are copies that end then: an ended view has length 0.
 */
import { config } from "../base/config.ts";
import type { TypedArray } from "../dtypes/dtype.ts";

const open: ArrayBuffer[] = [];

/** The data itself, or what ends when something else may lie there. */
export function viewOf(data: TypedArray): TypedArray {
  if (!config.values.enableChecks) return data;
  const copy = data.slice();
  open.push(copy.buffer);
  return copy;
}

/** An array is made. */
export function endViews(): void {
  if (open.length > 0) for (const buffer of open.splice(0)) structuredClone(buffer, { transfer: [buffer] });
}
