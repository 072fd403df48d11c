/**
 * @file Late bindings: what a lower layer calls and a higher one supplies. There are a few, for the direction of imports
 * would otherwise be broken by the recursion of the subject: to evaluate an equation is to compile it, and to transform an
 * addition is to add.
 *
 * Each is declared by the module that calls it, and supplied in src/wiring.ts, the only place that does and where all of
 * them are listed.
 */
import { invariant } from "../base/util.ts";

/** A value that is supplied once, when the library is loaded. */
export class LateBinding<T> {
  readonly name: string;
  readonly #receive: ((value: T) => void) | undefined;
  #value: T | undefined;

  /** @param receive is given the value when it is supplied: for those who keep it where they need it. */
  constructor(name: string, receive?: (value: T) => void) {
    this.name = name;
    this.#receive = receive;
  }

  get value(): T {
    // What supplies it is src/wiring.ts.
    invariant(this.#value !== undefined, `no ${this.name}`);
    return this.#value;
  }

  supply(value: T): void {
    invariant(this.#value === undefined, this.name);
    this.#value = value;
    this.#receive?.(value);
  }
}

/**
 * A part of the library that is there if something that needs it was used: what a bundle may leave out. Unlike a late
 * binding it has no fixed place that supplies it; whoever needs it installs it, and installing it again changes nothing.
 */
export class OptionalPart<T> {
  #value: T | null = null;

  get value(): T | null {
    return this.#value;
  }

  install(value: T): void {
    this.#value = value;
  }
}
