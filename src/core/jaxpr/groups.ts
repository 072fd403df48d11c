/**
 * @file The operands and results of higher-order primitives, in named groups: a scan has constants, a carry and xs, one
 * after another in one flat list. Rules name the groups; where in a list an item stands is known here alone.
 */
import { count, splitList } from "../../base/util.ts";
import type { Flags } from "./derived.ts";

/** How many items each group of a flat list has, in the order in which the groups stand there. */
export class Groups<K extends string> {
  readonly sizes: Readonly<Record<K, number>>;

  constructor(sizes: Readonly<Record<K, number>>) {
    this.sizes = sizes;
  }

  #map<R>(f: (name: K, size: number) => R): R[] {
    return (Object.keys(this.sizes) as K[]).map((name) => f(name, this.sizes[name]));
  }

  /** The items of each group. The list must have as many as all groups together. */
  split<T>(items: readonly T[]): Record<K, T[]> {
    const lists = splitList(
      items,
      this.#map((_, size) => size),
    );
    return Object.fromEntries(this.#map((name) => name).map((name, i) => [name, lists[i]])) as Record<K, T[]>;
  }

  /** For each item of a list, whether it is one of the group named. */
  in(group: K): boolean[] {
    return this.#map((name, size) => new Array<boolean>(size).fill(name === group)).flat();
  }

  /** The groups of the items flagged. */
  where(flags: Flags): Groups<K> {
    const own = this.split(flags);
    return new Groups(Object.fromEntries(this.#map((name) => [name, count(own[name])])) as Record<K, number>);
  }

  /** The groups of a list that `weave` makes. */
  woven(flags: Flags): Groups<K> {
    const more = this.where(flags).sizes;
    return new Groups(
      Object.fromEntries(this.#map((name, size) => [name, size + more[name]])) as Record<K, number>,
    );
  }

  /** Values and the tangents of those flagged in one list: each group of values, followed by its tangents. */
  weave<T>(values: readonly T[], flags: Flags, tangents: readonly T[]): T[] {
    const [own, more] = [this.split(values), this.where(flags).split(tangents)];
    return this.#map((name) => [...own[name], ...more[name]]).flat();
  }

  /** What `weave` put together, apart. */
  unweave<T>(woven: readonly T[], flags: Flags): [values: T[], tangents: T[]] {
    const both = this.woven(flags).split(woven);
    return [
      this.#map((name, size) => both[name].slice(0, size)).flat(),
      this.#map((name, size) => both[name].slice(size)).flat(),
    ];
  }
}
