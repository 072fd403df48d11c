/**
 * @file Tables that forget. Values stand in two generations; what is asked for moves to the younger one, and when that has
 * become too heavy the older one goes and the younger becomes the older. So what was used least recently goes first, and
 * asking costs no more than asking a map.
 *
 * Whoever holds a value that a table forgot keeps it; the next who asks has it made anew.
 */

/** What tables may hold together: twice `half`, in whatever they weigh by. */
export class Budget {
  readonly #half: number;
  #weight = 0;
  readonly #tables: { age(): void }[] = [];

  constructor(half: number) {
    this.#half = half;
  }

  join(table: { age(): void }): void {
    this.#tables.push(table);
  }

  /** Notes that a younger generation has become heavier. */
  add(weight: number): void {
    this.#weight += weight;
    if (this.#weight <= this.#half) return;
    this.#weight = 0;
    for (const table of this.#tables) table.age();
  }
}

/** A table of which the values used last are kept. */
export class Recent<K, V> {
  readonly #budget: Budget;
  readonly #weigh: (value: V) => number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();

  /** @param weigh the weight of a value; 1 each by default */
  constructor(budget: Budget | number, weigh: (value: V) => number = () => 1) {
    this.#budget = typeof budget === "number" ? new Budget(budget / 2) : budget;
    this.#weigh = weigh;
    this.#budget.join(this);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: K): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    this.#old.delete(key);
    this.#budget.add(this.#weigh(value));
    this.#young.set(key, value);
  }

  /** The younger generation becomes the older, which goes. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
