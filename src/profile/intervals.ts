/** @file Time spent on something, told when it is over: intervals that end now, of which a later one may contain earlier ones. */

/** The milliseconds that intervals cover, each instant once. */
export class Covered {
  milliseconds = 0;
  /** None within another, in order. */
  readonly #parts: { readonly from: number; readonly milliseconds: number }[] = [];

  /** An interval from then until now: it contains those that began later, and is apart from the others. */
  add(from: number, milliseconds: number): void {
    const parts = this.#parts;
    while (parts.length > 0 && parts[parts.length - 1].from >= from)
      this.milliseconds -= parts.pop()!.milliseconds;
    parts.push({ from, milliseconds });
    this.milliseconds += milliseconds;
  }
}
