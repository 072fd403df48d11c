/**
 * @file Loops that threads share: `p0(block, lo, hi, thread)`, `p1`…, exported, each of which runs a part of one loop.
 *
 * Iterations of such a loop are independent and assign no variable from outside. The main thread writes the variables that
 * they read to a block in the arena, and imports `parallel(kernel, block, lo, hi)`, which calls the kernel in every thread
 * (threads.ts). A kernel sets the globals of its instance from the block before it calls the loop's function.
 */
import type { Buffer, For, Program } from "../../ir/ir.ts";
import { type Effects, effectsOf } from "../../ir/effects.ts";
import { type Arena, maxShared } from "./arena.ts";
import type { Ref } from "./binaryen.ts";
import { scalarType } from "./machine.ts";
import { fromNumber, toNumber } from "./module.ts";
import { type Captured, type LoopFunctions, type WriteLoop, callChunks, capturedBy } from "./outline.ts";
import type { ScalarCode } from "./scalar-code.ts";
import { type LoopPlan, disjoint } from "./vector/vectorise.ts";

/** Estimated operations of a loop above which threads share it. */
const parallelCost = 200_000;

/** What a kernel is given. */
export interface Shared {
  readonly captured: Captured;
  /** Temporaries of which each thread has its own. */
  readonly own: ReadonlySet<number>;
}

export class Kernels {
  /** Steps of the kernels' loops. */
  readonly steps: number[] = [];
  readonly #program: Program;
  readonly #arena: Arena;
  readonly #functions: LoopFunctions;
  readonly #threads: number;

  constructor(program: Program, arena: Arena, functions: LoopFunctions, threads: number) {
    this.#program = program;
    this.#arena = arena;
    this.#functions = functions;
    this.#threads = threads;
  }

  /** What threads share of a loop; null if there are none, it is not worth it, or its iterations depend on each other. */
  sharing(code: ScalarCode, s: For, plan: LoopPlan): Shared | null {
    if (this.#threads === 1 || code.pointers.inKernel) return null;
    const chosen = s.parallel === true;
    if (!chosen && plan.cost < parallelCost) return null;
    const own = this.#onlyIn(s);
    if (!chosen && !disjoint(s, own)) return null;
    const captured = capturedBy(code, s.body);
    return captured.written.length === 0 && captured.read.length <= maxShared ? { captured, own } : null;
  }

  /** The temporaries of which each thread may have its own in a loop: nothing outside it uses them. */
  #onlyIn(s: For): Set<number> {
    const { loads, stores } = effectsOf(s);
    const count = (b: Buffer, fx: Effects): number =>
      (fx.loads.get(b)?.length ?? 0) + (fx.stores.get(b)?.length ?? 0);
    const out = new Set<number>();
    for (const b of new Set([...loads.keys(), ...stores.keys()])) {
      if (b.perThread !== true) continue;
      const all = this.#program.body.reduce((n, t) => n + count(b, effectsOf(t)), 0);
      if (count(b, effectsOf(s)) === all) out.add(b.id);
    }
    return out;
  }

  /** Runs a loop in all threads, each its part in chunks. */
  run(code: ScalarCode, s: For, chunk: number, { captured, own }: Shared, write: WriteLoop): void {
    const { f, module } = code;
    const { m } = f;
    const name = this.#functions.addFor(code.pointers.forKernel(own), s, captured, write);
    const index = this.steps.push(s.step) - 1;
    module.exported(`p${index}`, ["i32", "i32", "i32", "i32"], (inner) => {
      const [block, lo, hi, thread] = [0, 1, 2, 3].map((i) => (): Ref => inner.get(i, "i32"));
      module.set(inner, "thread", "i32", thread());
      captured.read.forEach((local, j) => {
        const value = fromNumber(inner, m.f64.load(8 * j, 8, block()), local.dtype);
        module.set(inner, `v${local.id}`, scalarType(local.dtype), value);
      });
      callChunks(inner, name, lo(), hi(), chunk * s.step);
    });
    const arena = module.get("arena", "i32");
    const block = f.hold(m.i32.add(arena, m.i32.const(this.#arena.sharedOffset)), "i32");
    captured.read.forEach((local, j) => {
      f.push(m.f64.store(8 * j, 8, block(), toNumber(f, code.read(local), local.dtype)));
    });
    const number = (x: Ref): Ref => m.f64.convert_s.i32(x);
    const args = [m.f64.const(index), number(block()), number(code.expr(s.lo)), number(code.expr(s.hi))];
    f.push(m.drop(module.callImport("parallel", () => 0, args)));
  }
}
