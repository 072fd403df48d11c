/**
 * @file Garbage that the engine is slow to collect.
 *
 * What is spilled belongs to the garbage collector. V8 frees typed arrays in helper threads, which on a busy machine may
 * get so little time that dead ones pile up to gigabytes. It collects at once, though, before it refuses memory: so when
 * much has been spilled, and the host says that typed arrays do take much, more memory is asked for than there can be.
 */

/** Bytes that are spilled before the host is asked. */
const interval = 256 * 2 ** 20;
/** What typed arrays may take, the dead ones among them. */
const bound = 384 * 2 ** 20;

interface Host {
  readonly process?: { memoryUsage?(): { readonly arrayBuffers?: number } };
}

const process = (globalThis as Host).process;

let bytesSince = 0;
let spills = 0;
let spilledBytes = 0;

/** How often, and how many bytes, since the program began. */
export const spillCounts = (): { readonly spills: number; readonly bytes: number } => ({
  spills,
  bytes: spilledBytes,
});

/** Notes that so many bytes become typed arrays, and has dead ones collected if they are many. */
export function noteSpilled(bytes: number): void {
  bytesSince += bytes;
  spills++;
  spilledBytes += bytes;
  if (bytesSince < interval) return;
  bytesSince = 0;
  const taken = process?.memoryUsage?.().arrayBuffers ?? 0;
  if (taken < bound) return;
  try {
    // More than the address space of a process has: never granted.
    new ArrayBuffer(2 ** 48);
  } catch {
    // Refused, as intended; what could be freed has been.
  }
}
