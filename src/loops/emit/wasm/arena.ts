/**
 * @file Where a program's data lie while its module runs. Parameters and outputs are at addresses that travel in globals;
 * temporaries lie in the arena, each at a fixed distance from its beginning, which is a multiple of 64 bytes, and behind
 * them the variables of parallel kernels.
 *
 * Of some temporaries each thread has its own: they lie side by side, on different cache lines.
 */
import type { Buffer, Program } from "../../ir/ir.ts";
import type { Ref } from "./generators/module.ts";
import type { FunctionBuilder } from "./function.ts";
import { elementBytes } from "./machine.ts";
import type { ModuleBuilder } from "./module.ts";
import { visitStmts } from "../../ir/traverse.ts";

/** Variables that a parallel kernel is given at most, 8 bytes each. */
export const maxShared = 256;

/** Bytes of a temporary: a whole number of cache lines, and one between it and the next. */
const placeBytes = (b: Buffer): number => Math.ceil((b.size * elementBytes(b.dtype)) / 64) * 64 + 64;

/** The plan of the arena of one program. */
export class Arena {
  readonly #offsets = new Map<number, number>();
  /** Where the variables of parallel kernels begin. */
  readonly sharedOffset: number;
  readonly bytes: number;

  constructor(program: Program, threads: number) {
    let bytes = 0;
    visitStmts(program.body, (s) => {
      if (s.kind !== "alloc" || this.#offsets.has(s.buffer.id)) return;
      this.#offsets.set(s.buffer.id, bytes);
      bytes += placeBytes(s.buffer) * (s.buffer.perThread === true ? threads : 1);
    });
    this.sharedOffset = bytes;
    this.bytes = bytes + 8 * maxShared;
  }

  /** The distance of a temporary from the arena's beginning; undefined if a buffer is none. */
  offsetOf(buffer: Buffer): number | undefined {
    return this.#offsets.get(buffer.id);
  }
}

/** The addresses of buffers, for functions that run in one thread or for those of one parallel kernel. */
export class Pointers {
  readonly #module: ModuleBuilder;
  readonly #arena: Arena;
  readonly #own: ReadonlySet<Buffer> | null;

  /** @param own for a kernel: the temporaries of which each thread has its own. */
  constructor(module: ModuleBuilder, arena: Arena, own: ReadonlySet<Buffer> | null = null) {
    this.#module = module;
    this.#arena = arena;
    this.#own = own;
  }

  get inKernel(): boolean {
    return this.#own !== null;
  }

  forKernel(own: ReadonlySet<Buffer>): Pointers {
    return new Pointers(this.#module, this.#arena, own);
  }

  /** The address of a buffer, computed once per function. */
  of(f: FunctionBuilder, buffer: Buffer): Ref {
    const { i32 } = f.m;
    const read = (name: string): Ref => this.#module.get(name, "i32");
    const offset = this.#arena.offsetOf(buffer);
    return f.constant(`pointer ${buffer.id}`, "i32", () => {
      if (offset === undefined) return read(`b${buffer.id}`);
      if (this.#own?.has(buffer) === true) {
        const place = i32.mul(read("thread"), i32.const(placeBytes(buffer)));
        return i32.add(read("arena"), i32.add(place, i32.const(offset)));
      }
      return offset === 0 ? read("arena") : i32.add(read("arena"), i32.const(offset));
    });
  }
}
