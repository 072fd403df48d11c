/**
 * @file Where array data may live besides a typed array of its own: in memory that compiled programs share.
 */
import type { ArrayData } from "./array.ts";

/** Data outside JavaScript's own heap. Who made it finds out when the arrays that hold it are gone. */
export interface Storage {
  /** The data as it lies there now: to be read at once, for it may move whenever anything is allocated. */
  view(): ArrayData;
  /** Where the data is yet to be computed: computes it, and moves the arrays that hold it to where it lies. */
  settle?(): void;
  /** An array begins to hold the data. */
  retain(holder: object): void;
  /** An array stops holding it, before it is garbage. */
  release(holder: object): void;
}
