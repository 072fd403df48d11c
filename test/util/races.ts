/**
 * @file A detector of races: runs a loop program in the interpreter and watches what the iterations of its loops touch.
 *
 * Of every loop that the compiler takes for independent it must be true that no iteration touches an element that another
 * writes; a private buffer is read only where the same iteration has written, and not at all after the loop.
 */
import { allocate } from "../../src/dtypes/dtype.ts";
import { type Observer, interpret } from "../../src/loops/emit/interpreter.ts";
import type { Buffer, For, Program } from "../../src/loops/ir/ir.ts";
import { independent, privateTo } from "../../src/loops/passes/independence.ts";
import { someStmt } from "../../src/loops/ir/traverse.ts";
import { tileLoops } from "./tiles.ts";

/** What iterations of one loop, while it runs, did to each element. */
interface Execution {
  readonly loop: For;
  readonly own: ReadonlySet<Buffer>;
  iteration: number;
  readonly writers: Map<string, number>;
  /** The iteration that read an element, or null if several did. */
  readonly readers: Map<string, number | null>;
}

class Watch implements Observer {
  readonly tile = tileLoops;
  readonly races: string[] = [];
  /** Loops that were taken for independent. */
  readonly shared = new Set<For>();
  readonly #program: Program;
  readonly #own = new Map<For, ReadonlySet<Buffer> | null>();
  readonly #running: Execution[] = [];
  /** Private elements that a loop left behind. */
  readonly #stale = new Set<string>();

  constructor(program: Program) {
    this.#program = program;
  }

  /** The private buffers of a loop that threads may share; null for others. */
  #privateTo(loop: For): ReadonlySet<Buffer> | null {
    let own = this.#own.get(loop);
    if (own === undefined) {
      own = privateTo(loop, this.#program);
      // Loops inside a tile are no loops of the program.
      if (!someStmt(this.#program.body, (s) => s === loop) || !independent(loop, own)) own = null;
      this.#own.set(loop, own);
    }
    return own;
  }

  iteration(loop: For, value: number | null): void {
    const own = this.#privateTo(loop);
    if (own === null) return;
    this.shared.add(loop);
    const top = this.#running.at(-1);
    if (value === null) {
      if (top?.loop !== loop) return;
      this.#running.pop();
      for (const b of own) for (let i = 0; i < b.size; i++) this.#stale.add(`${b.id}:${i}`);
    } else if (top?.loop === loop) top.iteration = value;
    else this.#running.push({ loop, own, iteration: value, writers: new Map(), readers: new Map() });
  }

  access(kind: "load" | "store", buffer: Buffer, index: number): void {
    const key = `${buffer.id}:${index}`;
    if (kind === "load" && this.#stale.has(key)) this.#report("stale", buffer, index, null);
    if (kind === "store") this.#stale.delete(key);
    for (const x of this.#running) {
      const writer = x.writers.get(key);
      if (x.own.has(buffer)) {
        if (kind === "load" && writer !== x.iteration)
          this.#report("read before it is written", buffer, index, x);
      } else if (writer !== undefined && writer !== x.iteration)
        this.#report("touched twice", buffer, index, x);
      else if (kind === "store") {
        const reader = x.readers.get(key);
        if (reader !== undefined && reader !== x.iteration)
          this.#report("written after a read", buffer, index, x);
      }
      if (kind === "store") x.writers.set(key, x.iteration);
      else x.readers.set(key, x.readers.has(key) && x.readers.get(key) !== x.iteration ? null : x.iteration);
    }
  }

  #report(what: string, buffer: Buffer, index: number, x: Execution | null): void {
    if (this.races.length < 5)
      this.races.push(
        `${buffer.name}[${index}] is ${what}${x === null ? "" : ` by ${x.loop.local.name} = ${x.iteration}`}`,
      );
  }
}

/** Races of a program on operands of ones, and how many of its loops were taken for independent. */
export function racesOf(program: Program): { readonly races: readonly string[]; readonly shared: number } {
  const watch = new Watch(program);
  const args = program.params.map((p) =>
    p.kind === "buffer" ? (allocate(p.dtype, p.size) as Float64Array).fill(1) : 1,
  );
  interpret(program, args, watch);
  return { races: watch.races, shared: watch.shared.size };
}
