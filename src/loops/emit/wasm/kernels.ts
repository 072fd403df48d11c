/**
 * @file Loops that threads share: `p0(block, lo, hi, thread)`, `p1`…, exported, each of which runs a part of one loop.
 *
 * Iterations of such a loop are independent and assign no variable from outside. The main thread writes the variables that
 * they read to a block in the arena, and imports `parallel(kernel, block, lo, hi)`, which calls the kernel in every thread
 * (threads.ts). A kernel sets the globals of its instance from the block before it calls the loop's function.
 */
import type { Buffer, For, Program } from "../../ir/ir.ts";
import { independent, privateTo } from "../../passes/independence.ts";
import { type Arena, maxShared } from "./arena.ts";
import type { Ref } from "./generators/module.ts";
import { scalarType } from "./machine.ts";
import { fromSlot, toSlot } from "./module.ts";
import { type Captured, type LoopFunctions, type WriteLoop, callChunks, capturedBy } from "./outline.ts";
import type { ScalarCode } from "./scalar-code.ts";
import { type LoopPlan } from "./vector/vectorise.ts";

/** Estimated operations of a loop above which threads share it. */
const parallelCost = 200_000;

/**
 * How the iterations of a loop are shared out: thread k of n begins at iteration ⌊u·k/n⌋·unit, where u is the number of
 * units. A loop in vectors is shared in whole vectors, so that the same iterations are computed together for any n.
 */
export interface KernelLoop {
  readonly step: number;
  readonly unit: number;
}

/** Iterations that run together: what loop.ts leaves of wider vectors is run by four. */
const vectorUnit = 4;

/** What a kernel is given. */
export interface Shared {
  readonly captured: Captured;
  /** Temporaries of which each thread has its own. */
  readonly own: ReadonlySet<Buffer>;
}

export class Kernels {
  /** The kernels' loops, by number. */
  readonly loops: KernelLoop[] = [];
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

  /** What threads share of a loop; null if there are none, it is not worth it, or its iterations may depend on each other. */
  sharing(code: ScalarCode, s: For, plan: LoopPlan): Shared | null {
    if (this.#threads === 1 || code.pointers.inKernel) return null;
    if (s.parallel !== true && plan.cost < parallelCost) return null;
    const own = privateTo(s, this.#program);
    if (!independent(s, own)) return null;
    const captured = capturedBy(code, s.body);
    return captured.written.length === 0 && captured.read.length <= maxShared ? { captured, own } : null;
  }

  /** Runs a loop in all threads, each its part in chunks of at least so many iterations. */
  run(
    code: ScalarCode,
    s: For,
    { lanes, chunk: least }: { readonly lanes: number; readonly chunk: number },
    { captured, own }: Shared,
    write: WriteLoop,
  ): void {
    const { f, module } = code;
    const { m } = f;
    const name = this.#functions.addFor(code.pointers.forKernel(own), s, captured, write);
    const unit = lanes === 1 ? 1 : vectorUnit;
    const chunk = Math.max(1, Math.ceil(least / unit)) * unit;
    const index = this.loops.push({ step: s.step, unit }) - 1;
    module.exported(`p${index}`, ["i32", "i32", "i32", "i32"], (inner) => {
      const [block, lo, hi, thread] = [0, 1, 2, 3].map((i) => (): Ref => inner.get(i, "i32"));
      module.set(inner, "thread", "i32", thread());
      captured.read.forEach((local, j) => {
        const value = fromSlot(inner, m.f64.load(8 * j, 8, block()), local.dtype);
        module.set(inner, `v${local.id}`, scalarType(local.dtype), value);
      });
      callChunks(inner, name, lo(), hi(), chunk * s.step);
    });
    const arena = module.get("arena", "i32");
    const block = f.hold(m.i32.add(arena, m.i32.const(this.#arena.sharedOffset)), "i32");
    captured.read.forEach((local, j) => {
      f.push(m.f64.store(8 * j, 8, block(), toSlot(f, code.read(local), local.dtype)));
    });
    const number = (x: Ref): Ref => m.f64.convert_i32_s(x);
    const args = [m.f64.const(index), number(block()), number(code.expr(s.lo)), number(code.expr(s.hi))];
    f.push(m.drop(module.callImport("parallel", args)));
  }
}
