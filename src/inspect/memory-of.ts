/** @file `memoryOf`: what a compiled program holds in memory while it runs, statement by statement, as data and as a picture. */
import type { AnyFunction } from "../api/flatten.ts";
import type { AbstractArgs } from "../api/staging.ts";
import type { NDArray } from "../core/array.ts";
import type { Eqn, Var } from "../core/jaxpr/ir.ts";
import { dtypeInfo, shortName } from "../dtypes/dtype.ts";
import type { Buffer, Program } from "../loops/ir/ir.ts";
import { printProgram } from "../loops/ir/print.ts";
import { visitBuffers, visitWrites } from "../loops/ir/traverse.ts";
import { livesOf, placesOf } from "../loops/passes/memory.ts";
import { memoryPicture } from "./drawing/memory.ts";
import { passesUntil, scheduled } from "./program/scheduled.ts";
import { type Traced, lineOf, traced } from "./program/traced.ts";

/** A piece of memory, and what it holds from one statement to another. */
export interface MemoryBlock {
  readonly kind: "argument" | "constant" | "result" | "temporary";
  /** What it holds: an argument, a result, or what a primitive computes. */
  readonly name: string;
  /** `f32[6]`: its dtype, and how many numbers there are. */
  readonly type: string;
  readonly bytes: number;
  /** Where it begins: arguments first, then results, then the arena of temporaries. */
  readonly offset: number;
  /** The first and the last statement of the program's top that need it. */
  readonly first: number;
  readonly last: number;
  /** `file:line:column` of the user's call that is computed. */
  readonly line: string | null;
}

const bytesOf = (b: Buffer): number => b.size * dtypeInfo(b.dtype).bytes;

/** The equations that fill buffers. */
function makers({ jaxpr }: Traced, buffers: ReadonlyMap<Var, Buffer>): ReadonlyMap<Buffer, Eqn> {
  const out = new Map<Buffer, Eqn>();
  for (const e of jaxpr.jaxpr.eqns)
    for (const v of e.outputs) {
      const b = buffers.get(v);
      // A reshape has the buffer of its operand: the first is the one that fills it.
      if (b !== undefined && !out.has(b)) out.set(b, e);
    }
  return out;
}

/** The first lines of the statements of a program's top. */
function statementTexts(program: Program): string[] {
  return program.body
    .filter((s) => s.kind !== "alloc")
    .map((s) => {
      const lines = printProgram({ ...program, body: [s], results: [] }).split("\n");
      const start = lines.findIndex((line) => line.startsWith(`${program.name}(`));
      return lines[start + 1].trim().replace(/ \{$/, "");
    });
}

/** What a compiled program holds while it runs. */
export class MemoryPlan {
  readonly name: string;
  readonly blocks: readonly MemoryBlock[];
  /** The statements of the program's top, in short. */
  readonly statements: readonly string[];
  /** Bytes held by a call: arguments, constants, results, and the arena, in which temporaries share places. */
  readonly bytes: number;
  /** Bytes of the arena. */
  readonly temporaryBytes: number;

  constructor(program: Traced) {
    this.name = program.name;
    const { program: loops, buffers } = scheduled(program.jaxpr);
    // The passes but the plan: each temporary still has a buffer of its own.
    const made = passesUntil(loops, "memory");
    const body = made.body.filter((s) => s.kind !== "alloc");
    this.statements = statementTexts(made);
    const end = body.length - 1;
    const makerOf = makers(program, buffers);
    const blocks: MemoryBlock[] = [];
    let offset = 0;
    const add = (
      kind: MemoryBlock["kind"],
      b: Buffer,
      at: number,
      life: readonly [number, number],
      name?: string,
    ): void => {
      const maker = makerOf.get(b);
      const type = `${shortName(b.dtype)}[${b.size}]`;
      const [first, last] = life;
      const line = lineOf(maker?.source);
      const what = name ?? maker?.primitive.name ?? b.name;
      blocks.push({ kind, name: what, type, bytes: bytesOf(b), offset: at, first, last, line });
    };
    made.params.forEach((p, i) => {
      if (p.kind === "local") return;
      const isConstant = i < program.constants || i >= program.inputs.length;
      add(isConstant ? "constant" : "argument", p, offset, [0, end], program.inputs[i]);
      offset += bytesOf(p);
    });
    const outputs = program.jaxpr.outAvals.flatMap((a, i) => (a.ndim === 0 ? [] : [program.outputs[i]]));
    made.outs.forEach((b, i) => {
      const writers = body.flatMap((s, k) => {
        let writes = false;
        visitWrites([s], (w) => (writes ||= w === b));
        return writes ? [k] : [];
      });
      add("result", b, offset, [Math.min(end, ...writers), end], outputs[i]);
      offset += bytesOf(b);
    });
    this.temporaryBytes = arena(made, (b, at, life) => add("temporary", b, offset + at, life));
    this.bytes = offset + this.temporaryBytes;
    this.blocks = blocks;
  }

  /** Bytes that hold something needed, at each statement. */
  get live(): readonly number[] {
    return this.statements.map((_, i) =>
      this.blocks.reduce((n, b) => (b.first <= i && i <= b.last ? n + b.bytes : n), 0),
    );
  }

  /** The statement at which most is needed, and how much. */
  get peak(): { readonly statement: number; readonly bytes: number } {
    const { live } = this;
    const bytes = Math.max(0, ...live);
    return { statement: Math.max(0, live.indexOf(bytes)), bytes };
  }

  /** The picture as SVG: statements from left to right, bytes upwards. */
  svg(): string {
    return memoryPicture(this);
  }
}

/** Tells where each temporary lies in the arena and how long it lives: bytes of the arena. */
function arena(
  made: Program,
  tell: (b: Buffer, offset: number, life: readonly [number, number]) => void,
): number {
  const body = made.body.filter((s) => s.kind !== "alloc");
  const lives = [...livesOf(made.body, made.results).values()];
  // Those of which threads may have their own share no place.
  const places = placesOf(lives.filter((l) => l.buffer.perThread !== true));
  const offsets = new Map<Buffer, number>();
  let bytes = 0;
  for (const { buffer } of lives) {
    const place = places.get(buffer) ?? buffer;
    if (!offsets.has(place)) {
      offsets.set(place, bytes);
      bytes += bytesOf(place);
    }
    const uses = body.flatMap((s, k) => {
      let touches = false;
      visitBuffers([s], (b) => (touches ||= b === buffer));
      return touches ? [k] : [];
    });
    tell(buffer, offsets.get(place)!, [Math.min(...uses), Math.max(...uses)]);
  }
  return bytes;
}

/**
 * What the compiled program of a function holds in memory while it runs, for arguments like these, which may be shapes and
 * dtypes (`ShapeDtypeStruct`): nothing is computed.
 *
 * The statements of a program's top are its kernels and what stands between them. Temporaries lie in one arena, in which those that
 * live at different times share a place; what is left out (fused away) is not there at all.
 *
 * @returns a plan with `blocks`, `statements`, `live`, `peak`, `bytes`, and the method `svg`
 * @example
 * const plan = memoryOf((x) => np.matmul(np.matmul(x, x), x), np.ones([10, 10]));
 * plan.bytes; // 2400
 * plan.temporaryBytes; // 800
 * plan.svg().startsWith("<svg"); // true
 */
export function memoryOf<A extends NDArray[]>(
  f: (...args: A) => unknown,
  ...args: AbstractArgs<A>
): MemoryPlan;
export function memoryOf<A extends unknown[]>(
  f: (...args: A) => unknown,
  ...args: AbstractArgs<A>
): MemoryPlan;
export function memoryOf(f: AnyFunction, ...args: unknown[]): MemoryPlan {
  return new MemoryPlan(traced("memoryOf", f, args));
}
