/**
 * @file Loop programs as a WebAssembly module: for each an exported function, `main`, that takes the address of its frame.
 *
 * The frame holds 8 bytes for each parameter, output and result: addresses as i32, numbers as f64. Temporaries lie in an
 * arena whose address is the frame's last entry (arena.ts). Loops run in vectors where that pays (vector-loop.ts); long
 * ones are functions of their own (outline.ts), which threads may share (kernels.ts).
 */
import type { Buffer, Expr, For, Host, Program, ScalarFunction, Stmt, Tile, While } from "../../ir/ir.ts";
import { replaceStmts } from "../../ir/traverse.ts";
import { config } from "../../../base/config.ts";
import { invariant } from "../../../base/util.ts";
import { hoistAllocations } from "../../passes/hoist.ts";
import { checkParallel } from "../../passes/independence.ts";
import { planAllMemory } from "../../passes/memory.ts";
import { Arena, Pointers } from "./arena.ts";
import type { Ref } from "./generators/module.ts";
import { FunctionBuilder } from "./function.ts";
import { type KernelLoop, Kernels } from "./kernels.ts";
import { elementBytes, scalarType } from "./machine.ts";
import { contractWasm } from "./matmul.ts";
import { type Import, ModuleBuilder, type WasmTarget, fromSlot, toSlot } from "./module.ts";
import { LoopFunctions, receive } from "./outline.ts";
import { ScalarCode } from "./scalar-code.ts";
import { shareSlopes } from "./tanh.ts";
import { knownMultiple, vectorLoop } from "./vector/loop.ts";
import { copyPair, pairCopy } from "./vector/pairs.ts";
import { transposedLoop, transposition } from "./vector/transpose.ts";
import { type LoopPlan, planLoop, tripCount } from "./vector/vectorise.ts";

/** Estimated operations of a loop above which it becomes a function of its own, and those of one chunk. */
const outlineCost = 20_000;
const chunkCost = 60_000;

/** A compiled module. */
export interface WasmCode {
  readonly binary: Uint8Array;
  readonly imports: ReadonlyMap<string, Import>;
  /** The calls of the host, by the name of their import: given the addresses of their buffers. */
  readonly hosts: ReadonlyMap<string, Host>;
  readonly arenaBytes: number;
  /** The loops of the parallel kernels, by number: `p0`, `p1`… None without threads. */
  readonly kernels: readonly KernelLoop[];
}

class ProgramCode {
  readonly module: ModuleBuilder;
  readonly kernels: Kernels;
  readonly #program: Program;
  readonly #functions: LoopFunctions;
  readonly #pointers: Pointers;
  /** Loops around the statement being written. */
  #depth = 0;

  constructor(program: Program, arena: Arena, functions: LoopFunctions, threads: number) {
    this.#program = program;
    this.#functions = functions;
    this.module = functions.module;
    this.kernels = new Kernels(program, arena, functions, threads);
    this.#pointers = new Pointers(this.module, arena);
  }

  /** Writes the functions of the program; `which` tells them from those of other programs. */
  main(which = ""): void {
    const { params, outs, results, body } = this.#program;
    const { module } = this;
    const { m } = module;
    const resultSlot = params.length + outs.length;
    // Variables that travel in globals are read in the prologue, so the entry that fills them is a function of its own.
    module.exported(`setup${which}`, ["i32"], (f) => this.#setup(f, resultSlot + results.length));
    module.exported(`main${which}`, ["i32"], (f) => {
      f.push(m.call(`setup${which}`, [f.get(0, "i32")], null));
      f.push(m.call(`body${which}`, [], null));
    });
    const f = new FunctionBuilder(m, `body${which}`, []);
    const code = new ScalarCode(f, module, this.#pointers);
    for (const p of params) if (p.kind === "local") receive(code, p);
    this.#stmts(code, body, results);
    results.forEach((r, i) => {
      const value = toSlot(f, code.expr(r), r.dtype);
      f.push(m.f64.store((resultSlot + i) * 8, 8, module.get("frame", "i32"), value));
    });
    f.finish();
  }

  /** Fills the globals from the frame. */
  #setup(f: FunctionBuilder, arenaSlot: number): void {
    const { params, outs } = this.#program;
    const { i32, f64 } = f.m;
    const frame = (): Ref => f.get(0, "i32");
    [...params, ...outs].forEach((x, slot) => {
      if (x.kind === "buffer") this.module.set(f, `b${x.id}`, "i32", i32.load(slot * 8, 4, frame()));
      else {
        const value = fromSlot(f, f64.load(slot * 8, 8, frame()), x.dtype);
        this.module.set(f, `v${x.id}`, scalarType(x.dtype), value);
      }
    });
    this.module.set(f, "arena", "i32", i32.load(arenaSlot * 8, 4, frame()));
    this.module.set(f, "frame", "i32", frame());
    this.module.global("thread", "i32");
  }

  scalarFunction(fn: ScalarFunction, name: string): void {
    const types = fn.params.map((p) => scalarType(p.dtype));
    const f = new FunctionBuilder(this.module.m, name, types);
    const code = new ScalarCode(f, this.module, this.#pointers);
    fn.params.forEach((p, i) => code.env.set(p.id, i));
    this.#stmts(code, fn.body, [fn.result]);
    f.finish(code.expr(fn.result), scalarType(fn.result.dtype));
  }

  #stmts(code: ScalarCode, stmts: readonly Stmt[], after: readonly Expr[] = []): void {
    code.block(stmts, after, (s) => this.#stmt(code, s));
  }

  #stmt(code: ScalarCode, s: Stmt): void {
    switch (s.kind) {
      case "let":
      case "var":
      case "set":
        code.assign(s.local, code.expr(s.value));
        return;
      case "accumulate":
        code.accumulate(s.local, s.op, code.expr(s.value));
        return;
      case "store":
        code.store(s.buffer, s.index, code.expr(s.value));
        return;
      case "alloc":
        return;
      case "for":
        this.#for(code, s);
        return;
      case "while":
        this.#while(code, s);
        return;
      case "tile":
        this.#tile(code, s);
        return;
      case "contract":
        invariant(false, "contractions are expanded before code is made of them");
        return;
      case "host":
        this.#host(code, s);
        return;
      case "if":
        code.branch(s, (body) => this.#stmts(code, body));
    }
  }

  /** Hands over where the buffers begin. */
  #host({ f }: ScalarCode, s: Host): void {
    const { m } = f;
    const at = [...s.inputs, ...s.outputs].map((b) => m.f64.convert_i32_u(this.#pointers.of(f, b)));
    f.push(m.drop(this.module.callHost(s, at)));
  }

  #tile(code: ScalarCode, s: Tile): void {
    const { f } = code;
    const { i32 } = f.m;
    const type = s.buffer.dtype;
    invariant(type === "float32" || type === "float64", `a tile of ${type}`);
    const address = (buffer: Buffer, index: Expr): Ref => {
      const { base, offset } = code.address(buffer, index);
      return i32.add(base(), i32.const(offset));
    };
    const args = [
      address(s.a, s.aIndex),
      address(s.b, s.bIndex),
      address(s.buffer, s.index),
      i32.const(s.stride * elementBytes(type)),
      code.expr(s.length),
      code.test(s.first),
    ];
    if (s.aRow !== undefined) args.push(i32.mul(code.expr(s.aRow), i32.const(elementBytes(type))));
    f.push(this.module.callTile(type, s.rows, s.columns, s.aRow === undefined, args));
  }

  #for(code: ScalarCode, s: For): void {
    const plan = planLoop(s);
    const perTrip = plan.cost / Math.max(1, tripCount(s));
    const unknown = this.#depth === 0 && (s.lo.kind !== "const" || s.hi.kind !== "const");
    const shared = this.kernels.sharing(code, s, plan);
    if (shared !== null) {
      const part = { lanes: plan.lanes, chunk: chunkCost / perTrip };
      this.kernels.run(code, s, part, shared, (inner, part) => this.#loop(inner, part, plan, 1));
      return;
    }
    // What is known of all iterations holds of a chunk: it is a multiple of 16 iterations. The parts of threads are not.
    const multiple = knownMultiple(s);
    if ((plan.cost < outlineCost && !unknown) || perTrip > chunkCost) this.#loop(code, s, plan, multiple);
    else {
      const chunk = Math.max(16, Math.ceil(chunkCost / perTrip / 16) * 16);
      this.#functions.for(code, s, chunk, (inner, part) => this.#loop(inner, part, plan, multiple));
    }
  }

  /** A loop in place. */
  #loop(code: ScalarCode, s: For, plan: LoopPlan, multiple: number): void {
    this.#inLoop(() => {
      const body = (): void => this.#stmts(code, s.body);
      const pair = pairCopy(s);
      const turning = transposition(s);
      if (pair !== null) copyPair(code, s, pair);
      else if (turning !== null) transposedLoop(code, s, turning, body);
      else if (plan.lanes === 1) code.forLoop(s, body);
      else vectorLoop(code, s, plan, multiple, body);
    });
  }

  #while(code: ScalarCode, s: While): void {
    const outermost = this.#depth === 0;
    this.#inLoop(() => {
      if (outermost) this.#functions.while(code, s, (inner) => this.#stmts(inner, s.body));
      else
        code.f.while(
          () => code.test(s.test),
          () => this.#stmts(code, s.body),
        );
    });
  }

  #inLoop(write: () => void): void {
    this.#depth++;
    write();
    this.#depth--;
  }
}

/** Loops in the place of contractions: within a loop that threads share, those of one thread each. */
const expandContracts = (stmts: readonly Stmt[], threads: number, isShared = false): readonly Stmt[] =>
  replaceStmts(stmts, (s) => {
    if (s.kind === "contract") return contractWasm(s, threads, isShared);
    const shares = s.kind === "for" && s.parallel === true && threads > 1;
    return shares ? [{ ...s, body: expandContracts(s.body, 1, true) }] : null;
  });

/** The program that code is made of: its contractions are loops, and its temporaries have their places. */
export function completed(source: Program, threads: number): Program {
  const shared = shareSlopes(source);
  const expanded = hoistAllocations(expandContracts(shared.body, threads));
  const program = planAllMemory({ ...source, body: expanded });
  if (config.values.enableChecks) checkParallel(program);
  return program;
}

/** Writes a program's module, and takes what is wanted of it. */
function withModule<T>(source: Program, target: WasmTarget, take: (code: ProgramCode, arena: Arena) => T): T {
  const program = completed(source, target.threads);
  const arena = new Arena(program, target.threads);
  const module = new ModuleBuilder([program], target);
  const code = new ProgramCode(program, arena, new LoopFunctions(module), target.threads);
  try {
    code.main();
    module.writeFunctions((fn, name) => code.scalarFunction(fn, name));
    return take(code, arena);
  } finally {
    module.dispose();
  }
}

/** What a function of a program's module is called in profiles: by the program's name, the functions of its loops with a number. */
const profiledName =
  (source: string) =>
  (name: string): string => {
    const program = source.replace(/\p{Surrogate}/gu, "_");
    if (name === "body") return program;
    const loop = /^([kp])(\d+)$/.exec(name);
    if (loop !== null) return `${program} ${loop[1] === "k" ? "kernel" : "shared kernel"} ${loop[2]}`;
    return name === "main" || name === "setup" ? `${program} (${name})` : name;
  };

/** Compiles a program. */
export const compileWasm = (source: Program, target: WasmTarget): WasmCode =>
  withModule(source, target, ({ module, kernels }, arena) => ({
    binary: module.m.emitBinary(profiledName(source.name)),
    imports: module.imports,
    hosts: module.hosts,
    arenaBytes: arena.bytes,
    kernels: kernels.loops,
  }));

/** A program's module as text. */
export const wasmText = (source: Program, target: WasmTarget): string =>
  withModule(source, target, ({ module }) => module.m.emitText());

/** A module that needs no heap: `main0`, `main1` … for its programs, and its own memory, of a fixed size. */
export interface WasmLibrary {
  readonly binary: Uint8Array;
  readonly imports: ReadonlySet<string>;
}

/**
 * Compiles programs as one module with a memory of its own.
 * @param pagesFor the size of the memory, given how many bytes the temporaries of each program take
 */
export function compileWasmLibrary(
  sources: readonly Program[],
  relaxedSimd: boolean,
  pagesFor: (arenaBytes: readonly number[]) => number,
): WasmLibrary {
  const programs = sources.map((source) => completed(source, 1));
  const arenas = programs.map((program) => new Arena(program, 1));
  const pages = pagesFor(arenas.map((arena) => arena.bytes));
  const module = new ModuleBuilder(programs, { threads: 1, shared: false, relaxedSimd }, pages);
  try {
    const functions = new LoopFunctions(module);
    const codes = programs.map((program, i) => new ProgramCode(program, arenas[i], functions, 1));
    codes.forEach((code, i) => code.main(String(i)));
    module.writeFunctions((fn, name) => codes[0].scalarFunction(fn, name));
    return { binary: module.m.emitBinary(), imports: new Set(module.imports.keys()) };
  } finally {
    module.dispose();
  }
}
