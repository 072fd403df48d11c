/**
 * @file Whether threads pay for a kernel, by what its runs take. Where more threads want to run than the machine lets (a
 * container's share, other processes), a worker may hold a part while it stands still, and sharing a loop takes longer than
 * running it alone. Then runs are alone for a while, and sharing is tried again, ever more rarely while it does not pay.
 *
 * What one thread would take is estimated by the fastest run of it per iteration, of its own parts of a shared loop too. (The
 * fastest: what was interrupted says nothing.)
 */

/** Shared runs in a row, slower than one thread by this factor, after which runs are alone. */
const patience = 3;
const slower = 1.15;

/** Runs that are alone until sharing is tried again: at first, and at most. */
const first = 8;
const most = 1024;

/** Milliseconds that the clock of an isolated page, of 5 to 20 µs, measures well enough. */
const measurable = 0.03;

export class Pace {
  #best = Infinity;
  #slow = 0;
  #alone = 0;
  #pause = first;

  /** Whether the run that begins now is to be shared. */
  shares(): boolean {
    if (this.#alone === 0) return true;
    this.#alone--;
    return false;
  }

  /** This thread alone took so many milliseconds for so many iterations. */
  measure(iterations: number, milliseconds: number): void {
    if (milliseconds >= measurable) this.#best = Math.min(this.#best, milliseconds / iterations);
  }

  /** A shared run of so many iterations took so many milliseconds. */
  shared(iterations: number, milliseconds: number): void {
    if (!(milliseconds > slower * iterations * this.#best)) {
      this.#slow = 0;
      this.#pause = first;
      return;
    }
    // One try is enough of those that follow.
    if (++this.#slow < patience && this.#pause === first) return;
    this.#slow = 0;
    this.#alone = this.#pause;
    this.#pause = Math.min(2 * this.#pause, most);
  }
}
