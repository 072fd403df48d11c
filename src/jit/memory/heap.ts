/**
 * @file The heap: one WebAssembly memory that all modules import, and who owns which part of it.
 *
 * Blocks are handed out from lists of free blocks by size; neighbours that are both free become one again. Memory only
 * grows. Views of it are made anew after each growth: `views()` must be asked for after the last allocation.
 */
import { OutOfMemoryError } from "../../base/errors.ts";
import { type WasmMemory, maxPages, newMemory } from "../../loops/emit/wasm/host.ts";

const pageBytes = 65536;
const align = 64;
/** The first page stays unused, so that no address is near 0. */
const firstAddress = pageBytes;

export interface HeapViews {
  readonly buffer: ArrayBuffer;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
  readonly u8: Uint8Array;
}

/** Free and used blocks of a range of addresses that can grow. */
export class Allocator {
  /** Size of each free block by its address, and the address by its end. */
  readonly #free = new Map<number, number>();
  readonly #ends = new Map<number, number>();
  /** Addresses of free blocks by class of size. */
  readonly #classes: Set<number>[] = Array.from({ length: 64 }, () => new Set<number>());
  readonly #sizes = new Map<number, number>();
  readonly #grow: (bytes: number) => number;
  #top: number;
  #used = 0;

  /** @param grow makes at least so many more bytes available at the end; returns how many. */
  constructor(start: number, grow: (bytes: number) => number) {
    this.#top = start;
    this.#grow = grow;
  }

  /** Bytes in use. */
  get used(): number {
    return this.#used;
  }

  /** Two classes for each power of two: all blocks of a class above that of `bytes` are large enough. */
  static #classOf(bytes: number): number {
    const log = 31 - Math.clz32(bytes);
    return Math.min(63, 2 * log + ((bytes >>> (log - 1)) & 1));
  }

  #remove(at: number): number {
    const size = this.#free.get(at)!;
    this.#free.delete(at);
    this.#ends.delete(at + size);
    this.#classes[Allocator.#classOf(size)].delete(at);
    return size;
  }

  #insert(at: number, size: number): void {
    this.#free.set(at, size);
    this.#ends.set(at + size, at);
    this.#classes[Allocator.#classOf(size)].add(at);
  }

  #find(size: number): number | null {
    const own = Allocator.#classOf(size);
    let looked = 0;
    for (const at of this.#classes[own]) {
      if (this.#free.get(at)! >= size) return at;
      if (++looked === 8) break;
    }
    for (let c = own + 1; c < 64; c++) for (const at of this.#classes[c]) return at;
    return null;
  }

  /** The address of a new block. */
  allocate(bytes: number): number {
    const size = Math.max(align, Math.ceil(bytes / align) * align);
    let at = size >= maxPages * pageBytes ? null : this.#find(size);
    if (at === null) {
      const gained = this.#grow(size);
      this.#release(this.#top, gained);
      this.#top += gained;
      at = this.#find(size)!;
    }
    const whole = this.#remove(at);
    if (whole > size) this.#insert(at + size, whole - size);
    this.#sizes.set(at, size);
    this.#used += size;
    return at;
  }

  free(at: number): void {
    const size = this.#sizes.get(at);
    if (size === undefined) throw new Error("internal: a block is freed twice");
    this.#sizes.delete(at);
    this.#used -= size;
    this.#release(at, size);
  }

  #release(at: number, size: number): void {
    let [from, length] = [at, size];
    if (this.#free.has(at + size)) length += this.#remove(at + size);
    const before = this.#ends.get(at);
    if (before !== undefined) {
      from = before;
      length += this.#remove(before);
    }
    this.#insert(from, length);
  }
}

let memory: WasmMemory | null = null;
let current: HeapViews | null = null;

/** Whether the memory, once made, is shared with workers. */
let shared = false;

export function heapMemory(): WasmMemory {
  memory ??= newMemory(16, maxPages, shared);
  return memory;
}

export const isShared = (): boolean => shared;

/** Makes the memory a shared one. False if it is there already and is not. */
export function shareHeap(): boolean {
  if (memory === null) shared = true;
  return shared;
}

/** Views of the whole heap as it is now. */
export function views(): HeapViews {
  const { buffer } = heapMemory();
  if (current?.buffer !== buffer) {
    current = {
      buffer,
      i32: new Int32Array(buffer),
      f64: new Float64Array(buffer),
      i64: new BigInt64Array(buffer),
      u8: new Uint8Array(buffer),
    };
  }
  return current;
}

function growHeap(bytes: number): number {
  const m = heapMemory();
  const have = m.buffer.byteLength / pageBytes;
  const need = Math.ceil(bytes / pageBytes);
  // A quarter more, so that growth (which renews all views) is rare.
  const wanted = Math.min(Math.max(need, have >> 2, 64), maxPages - have);
  try {
    m.grow(Math.max(need, wanted));
    return Math.max(need, wanted) * pageBytes;
  } catch {
    throw new OutOfMemoryError(
      `the heap holds ${Math.round((have * pageBytes) / 2 ** 20)} MiB and cannot grow by ${bytes} bytes; ` +
        `dispose() of arrays that are not needed, or make smaller ones.`,
    );
  }
}

/** False until the memory that is there from the beginning has been handed to the allocator. */
let started = false;

export const heap = new Allocator(firstAddress, (bytes) => {
  // What the memory has beyond the first page is free at the beginning.
  const m = heapMemory();
  if (!started) {
    started = true;
    const there = m.buffer.byteLength - firstAddress;
    if (there >= bytes) return there;
    return there + growHeap(bytes - there);
  }
  return growHeap(bytes);
});
