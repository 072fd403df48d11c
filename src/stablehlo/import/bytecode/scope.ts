/** @file The values that operations can use, by their numbers. */
import type { Value } from "../text/ir.ts";
import type { Cursor } from "./cursor.ts";

/**
 * The values of a region that is isolated from those around it. Numbers count through its own values first; those of a region in it
 * follow, and are free again after it.
 */
export class Scope {
  readonly #values = new Map<number, Value>();
  /** The next number in the innermost region, and the one after its last. */
  #next = 0;
  #end = 0;

  /** @throws StablehloError where the region has more values than `inside` was told */
  define(value: Value, c: Cursor, at: number): void {
    if (this.#next >= this.#end) throw c.error("the region has more values than it says.", at);
    this.#values.set(this.#next++, value);
  }

  get(number: number): Value | undefined {
    return this.#values.get(number);
  }

  /** Runs what reads a region of so many values. */
  inside<T>(count: number, read: () => T): T {
    const [next, end] = [this.#next, this.#end];
    this.#next = end;
    this.#end = end + count;
    const out = read();
    for (let i = end; i < this.#next; i++) this.#values.delete(i);
    this.#next = next;
    this.#end = end;
    return out;
  }
}
