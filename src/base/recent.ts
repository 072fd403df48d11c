/**
 * @file Tables that forget: what was used least recently goes when the weight of all is above a bound. Whoever holds a value
 * that a table forgot keeps it; the next who asks has it made anew.
 */

/** A table of values of some weight (bytes, or 1 each), of which those used last are kept. */
export class Recent<K, V> {
  readonly #most: number;
  readonly #weigh: ((value: V) => number) | null;
  /** The least recently used first. */
  readonly #table = new Map<K, V>();
  #weight = 0;
  /** What was asked for last: to ask for it again moves nothing. */
  #last: K | undefined;

  /** @param weigh the weight of a value, the same whenever it is asked for; 1 each by default */
  constructor(most: number, weigh: ((value: V) => number) | null = null) {
    this.#most = most;
    this.#weigh = weigh;
  }

  /** How many there are. */
  get size(): number {
    return this.#table.size;
  }

  get(key: K): V | undefined {
    const value = this.#table.get(key);
    if (value !== undefined && key !== this.#last) {
      this.#table.delete(key);
      this.#table.set(key, value);
      this.#last = key;
    }
    return value;
  }

  /** Puts a value in: it stays, whatever its weight, until others follow. */
  set(key: K, value: V): void {
    this.delete(key);
    this.#table.set(key, value);
    this.#last = key;
    this.#weight += this.#weigh?.(value) ?? 1;
    for (const old of this.#table.keys()) {
      if (this.#weight <= this.#most || old === key) return;
      this.delete(old);
    }
  }

  delete(key: K): void {
    const value = this.#table.get(key);
    if (value === undefined) return;
    this.#weight -= this.#weigh?.(value) ?? 1;
    this.#table.delete(key);
  }

  clear(): void {
    this.#table.clear();
    this.#weight = 0;
  }
}
