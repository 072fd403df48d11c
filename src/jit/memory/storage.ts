/**
 * @file Arrays in the heap, without a memory protocol.
 *
 * A block belongs to a `HeapStorage`, which one or several arrays hold. When the last of them is garbage, a finalisation
 * callback frees the block; but callbacks run only when the event loop turns. So when the heap holds more than its limit,
 * the least recently used blocks are *spilled*: copied to a typed array that only the storage refers to. If its arrays
 * were dead, that is garbage at once; if they live, the data moves back at the next use. The list of blocks refers to
 * storages, never to arrays, and a spilled storage leaves the list and the registry: nothing keeps it but its arrays.
 *
 * The limit follows what the program works on. It begins low: in a loop that drops its results, writing to blocks that
 * were written before costs less than fresh memory, copies included; but high enough for the results of some dozens of
 * milliseconds, which finalisers free without a copy if the event loop turns. Whatever is spilled and then comes back was
 * spilled too soon, and raises the limit by its size.
 */
import { finalizers } from "../../base/finalizers.ts";
import type { ConcreteArray } from "../../core/array.ts";
import type { DType, TypedArray } from "../../dtypes/dtype.ts";
import { allocate, copyElements, dtypeInfo, typedView } from "../../dtypes/dtype.ts";
import type { Storage } from "../../core/storage.ts";
import { noteSpilled } from "./garbage.ts";
import { heap, views } from "./heap.ts";

/** Storages with a block, least recently used first. */
const resident = new Set<HeapStorage>();

const registry = finalizers<HeapStorage>((storage) => storage.died());

export const LEAST_LIMIT = 64 * 2 ** 20;
const GREATEST_LIMIT = 512 * 2 ** 20;

/** Bytes that the heap may hold before blocks are spilled. */
let limit = LEAST_LIMIT;

export function setHeapLimit(bytes: number): void {
  limit = bytes;
}

/** Counts calls: what the call under way uses is not spilled. */
let epoch = 0;

export function beginCall(): void {
  epoch++;
}

/** The first of the calls that wait for the host: what they use stays in the heap. Infinity if there are none. */
let waiting = Infinity;

/** Storages that came to be unused meanwhile. */
const postponed = new Set<HeapStorage>();

/** The call under way waits for the host, which may make others, until the function returned is called. */
export function suspendCall(): () => void {
  const before = waiting;
  waiting = Math.min(waiting, epoch);
  return () => {
    waiting = before;
    if (waiting !== Infinity) return;
    for (const storage of postponed) storage.free();
    postponed.clear();
  };
}

/** A block of the heap, or the copy of what it held. */
export class HeapStorage implements Storage {
  readonly dtype: DType;
  readonly length: number;
  readonly #address: number;
  #spilled: TypedArray | null = null;
  #view: TypedArray | null = null;
  /** Arrays that ever held the data; of those, the disposed ones, and the garbage. An array may be both. */
  #holders = 0;
  #disposed = 0;
  #dead = 0;
  #usedIn = epoch;

  constructor(dtype: DType, length: number) {
    this.dtype = dtype;
    this.length = length;
    this.#address = reserve(this.bytes);
    resident.add(this);
  }

  get bytes(): number {
    return this.length * dtypeInfo(this.dtype).bytes;
  }

  /** The address of the block, null if it was spilled. Counts as a use. */
  use(): number | null {
    if (this.#spilled !== null) return null;
    this.#usedIn = epoch;
    resident.delete(this);
    resident.add(this);
    return this.#address;
  }

  view(): TypedArray {
    if (this.#spilled !== null) return this.#spilled;
    const { buffer } = views();
    if (this.#view?.buffer !== buffer) this.#view = typedView(this.dtype, buffer, this.#address, this.length);
    return this.#view;
  }

  retain(holder: object): void {
    this.#holders++;
    if (this.#spilled === null) registry.register(holder, this, this);
  }

  release(): void {
    this.#disposed++;
    this.#freeUnused();
  }

  /** One of the arrays is garbage. */
  died(): void {
    this.#dead++;
    this.#freeUnused();
  }

  #freeUnused(): void {
    const unused = this.#disposed === this.#holders || this.#dead === this.#holders;
    if (!unused || this.#spilled !== null) return;
    if (this.#usedIn >= waiting) postponed.add(this);
    else this.free();
  }

  /** Gives the block back. */
  free(): void {
    resident.delete(this);
    registry.unregister(this);
    heap.free(this.#address);
    this.#spilled = allocate(this.dtype, 0);
    this.#view = null;
  }

  /** Moves the data out of the heap, unless the call under way uses it. */
  spill(): boolean {
    if (this.#usedIn >= Math.min(epoch, waiting)) return false;
    noteSpilled(this.bytes);
    const copy = this.view().slice();
    this.free();
    this.#spilled = copy;
    return true;
  }
}

/** The address of a new block; others are spilled if the heap is over its limit. */
export function reserve(bytes: number): number {
  if (heap.used + bytes > limit) {
    for (const storage of resident) {
      if (heap.used + bytes <= limit) break;
      storage.spill();
    }
  }
  return heap.allocate(bytes);
}

/** The address of an array's data; it moves to the heap if it is not there. */
export function addressOf(array: ConcreteArray): number {
  const { storage } = array;
  if (storage instanceof HeapStorage) {
    const address = storage.use();
    if (address !== null) return address;
    limit = Math.max(limit, Math.min(limit + storage.bytes, GREATEST_LIMIT));
  }
  const data = array.raw as TypedArray;
  const moved = new HeapStorage(array.dtype, data.length);
  copyElements(moved.view(), data);
  array.moveTo(moved);
  return moved.use()!;
}

/** What the heap holds, for reports and tests. */
export function heapStats(): {
  readonly usedBytes: number;
  readonly heapBytes: number;
  /** Beyond it, arrays are spilled. */
  readonly limitBytes: number;
  readonly arrays: number;
} {
  return {
    usedBytes: heap.used,
    heapBytes: views().buffer.byteLength,
    limitBytes: limit,
    arrays: resident.size,
  };
}
