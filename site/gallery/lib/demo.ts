/** @file What a program of the gallery is: a module that exports these names. */

export interface Demo {
  /** Ends it, and takes its elements out of the page. */
  stop(): void;
  /** What it has found so far, for `check`. */
  result(): unknown;
  /** Milliseconds of computing and drawing in each of the latest frames. */
  frameTimes(): readonly number[];
}

export interface Program {
  readonly title: string;
  readonly summary: string;
  readonly start: (host: HTMLElement) => Demo | Promise<Demo>;
  /** @throws Error if the result is wrong */
  readonly check: (result: unknown) => void;
}

/** @throws Error with what is not so */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
