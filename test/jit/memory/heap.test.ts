/** @file The allocator of the heap, against a model that knows every byte: blocks are disjoint, and merge when freed. */
import { describe, expect, it } from "vitest";
import { OutOfMemoryError } from "../../../src/base/errors.ts";
import { Allocator, heap, heapMemory, views } from "../../../src/jit/memory/heap.ts";
import { Random } from "../../util/random.ts";

interface Block {
  readonly at: number;
  readonly size: number;
}

/** Grows by as much as is asked for, like a memory of whole pages. */
function growing(start: number): { allocator: Allocator; end: () => number; growths: () => number } {
  let end = start;
  let growths = 0;
  const allocator = new Allocator(start, (bytes) => {
    const gained = Math.ceil(bytes / 65536) * 65536;
    end += gained;
    growths++;
    return gained;
  });
  return { allocator, end: () => end, growths: () => growths };
}

const overlap = (a: Block, b: Block): boolean => a.at < b.at + b.size && b.at < a.at + a.size;

describe("the allocator", () => {
  it.each([1, 2, 3, 4])("hands out disjoint, aligned blocks in any order of requests (%i)", (seed) => {
    const random = new Random(`heap ${seed}`);
    const { allocator, end } = growing(65536);
    const blocks: Block[] = [];
    let most = 0;
    for (let step = 0; step < 4000; step++) {
      if (blocks.length > 0 && random.next() < 0.48) {
        const [gone] = blocks.splice(random.int(0, blocks.length - 1), 1);
        allocator.free(gone.at);
      } else {
        const size = Math.floor(2 ** random.uniform(0, seed === 1 ? 9 : 18));
        const block = { at: allocator.allocate(size), size };
        expect(block.at % 64).toBe(0);
        expect(block.at).toBeGreaterThanOrEqual(65536);
        expect(block.at + size).toBeLessThanOrEqual(end());
        const clash = blocks.find((b) => overlap(b, block));
        expect(clash).toBeUndefined();
        blocks.push(block);
      }
      const used = blocks.reduce((n, b) => n + Math.max(64, Math.ceil(b.size / 64) * 64), 0);
      expect(allocator.used).toBe(used);
      most = Math.max(most, used);
    }
    // Little is lost between blocks.
    expect(end() - 65536).toBeLessThanOrEqual(2.5 * most + 2 ** 18);
    for (const b of blocks) allocator.free(b.at);
    expect(allocator.used).toBe(0);
  });

  it("joins free neighbours, whatever order they are freed in", () => {
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [1, 3, 0, 2],
      [0, 2, 1, 3],
    ]) {
      const { allocator, growths } = growing(65536);
      const blocks = [0, 1, 2, 3].map(() => allocator.allocate(16384));
      for (const i of order) allocator.free(blocks[i]);
      // All of it is one block again: nothing has to grow.
      expect(allocator.allocate(65536)).toBe(65536);
      expect(growths()).toBe(1);
    }
  });

  it("uses a freed block again, and the rest of a split one", () => {
    const { allocator, growths } = growing(0);
    const first = allocator.allocate(1000);
    allocator.allocate(1000);
    allocator.free(first);
    expect(allocator.allocate(500)).toBe(first);
    expect(allocator.allocate(400)).toBe(first + 512);
    expect(growths()).toBe(1);
  });

  it("refuses to free what is not allocated", () => {
    const { allocator } = growing(0);
    const at = allocator.allocate(10);
    allocator.free(at);
    expect(() => allocator.free(at)).toThrow("twice");
    expect(() => allocator.free(12345)).toThrow("twice");
  });

  it("stays as it was when there is no more memory", () => {
    const allocator = new Allocator(0, (bytes) => {
      if (bytes > 65536) throw new OutOfMemoryError("no more");
      return 65536;
    });
    const at = allocator.allocate(60000);
    expect(() => allocator.allocate(100_000)).toThrow(OutOfMemoryError);
    expect(allocator.used).toBe(60032);
    allocator.free(at);
    expect(allocator.allocate(65536)).toBe(0);
  });
});

describe("the heap", () => {
  it("grows, and keeps what it holds; views are renewed", () => {
    const at = heap.allocate(64);
    views().f64[at / 8] = 42;
    const before = views();
    const bytes = heapMemory().buffer.byteLength + 65536;
    const large = heap.allocate(bytes);
    expect(views() === before).toBe(false);
    expect(views().buffer.byteLength).toBeGreaterThanOrEqual(large + bytes);
    expect(views().f64[at / 8]).toBe(42);
    heap.free(at);
    heap.free(large);
  });

  it.each([2 ** 32 - 2 ** 20, 2 ** 32, 2 ** 40])("says that %d bytes are too many", (bytes) => {
    const { used } = heap;
    expect(() => heap.allocate(bytes)).toThrow(OutOfMemoryError);
    expect(() => heap.allocate(bytes)).toThrow(/cannot grow by/);
    expect(heap.used).toBe(used);
  });
});
