/**
 * @file A loop program as a WebAssembly module: one exported function `main` that takes the address of its frame.
 *
 * The frame holds 8 bytes for each parameter, output and result: addresses as i32, numbers as f64. Temporaries lie in an
 * arena whose address is the frame's last entry. V8 does not replace a running function by its optimised code, so long
 * loops are functions of their own, called once for every chunk of iterations; what such a function shares with its
 * caller travels in globals.
 */
import {
  type Buffer,
  type Expr,
  type Local,
  type Program,
  type ScalarFunction,
  type Stmt,
  type Tile,
  newLocal,
  visitExpr,
} from "../loop/ir.ts";
import { expandContracts } from "../loop/contract.ts";
import { invariant } from "../../util.ts";
import { hoistAllocations } from "../passes/hoist.ts";
import { type Effects, effectsOf } from "../passes/effects.ts";
import { planMemory } from "../passes/memory.ts";
import { threadCount } from "./threads.ts";
import { contractWasm } from "./matmul.ts";
import { stmtBodies, stmtExprs } from "../loop/print.ts";
import { type Ref, emitBinary, noType, typeCode } from "./binaryen.ts";
import { FunctionBuilder } from "./function.ts";
import { elementBytes, scalarType } from "./machine.ts";
import { type Import, ModuleBuilder, fromNumber, toNumber } from "./module.ts";
import { ScalarCode } from "./scalar-code.ts";
import { VectorCode, identity } from "./vector-code.ts";
import { type For, type LoopPlan, independentIterations, planLoop, tripCount } from "./vectorise.ts";

/** Estimated operations of a loop above which it becomes a function of its own, and those of one chunk. */
const outlineCost = 20_000;
const chunkCost = 60_000;

/** Iterations of a loop without a known end that are run by one call. */
const whileChunk = 4096;

/** A compiled module. */
export interface WasmCode {
  readonly binary: Uint8Array;
  readonly imports: ReadonlyMap<string, Import>;
  readonly arenaBytes: number;
  /** Steps of the parallel kernels, by number: `p0`, `p1`… None without threads. */
  readonly kernelSteps: readonly number[];
  /** The module as text. */
  readonly text: string | null;
}

/** Bytes of a temporary in the arena. Threads' own lie on different cache lines. */
const placeBytes = (b: Buffer): number => Math.ceil((b.size * elementBytes(b.dtype)) / 64) * 64 + 64;

/** Variables that a parallel kernel is given. */
const maxShared = 256;

/** Estimated operations of a loop above which threads share it. */
const parallelCost = 200_000;

/** The places of temporaries in the arena, 16-byte aligned. */
function layout(program: Program): { offsets: Map<number, number>; bytes: number } {
  const offsets = new Map<number, number>();
  let bytes = 0;
  const add = (stmts: readonly Stmt[]): void => {
    for (const s of stmts) {
      if (s.kind === "alloc" && !offsets.has(s.buffer.id)) {
        offsets.set(s.buffer.id, bytes);
        bytes += placeBytes(s.buffer) * (s.buffer.perThread === true ? threadCount() : 1);
      }
      for (const body of stmtBodies(s)) add(body);
    }
  };
  add(program.body);
  return { offsets, bytes: bytes + 8 * maxShared };
}

/** 16, 8, 4 or 1, of which the number of iterations is a multiple. */
function knownMultiple(s: For): number {
  if (s.lo.kind !== "const" || s.hi.kind !== "const") return 1;
  const trips = Math.max(0, s.hi.value - s.lo.value);
  return [16, 8, 4].find((n) => trips % n === 0) ?? 1;
}

/** Variables of the surroundings that a loop reads (those it writes among them), and those it writes. */
interface Captured {
  readonly read: readonly Local[];
  readonly written: readonly Local[];
}

class ProgramCode {
  readonly #module: ModuleBuilder;
  readonly #program: Program;
  readonly #offsets: ReadonlyMap<number, number>;
  #functions = 0;

  /** Of the variables of parallel kernels, in the arena. */
  readonly #blockOffset: number;

  constructor(program: Program, offsets: ReadonlyMap<number, number>, blockOffset: number) {
    this.#program = program;
    this.#offsets = offsets;
    this.#blockOffset = blockOffset;
    this.#module = new ModuleBuilder(program, (fn, name) => this.#scalarFunction(fn, name));
  }

  get module(): ModuleBuilder {
    return this.#module;
  }

  /** The address of a buffer, read from its global once per function. */
  readonly #pointer = (f: FunctionBuilder, buffer: Buffer): Ref => {
    const { m } = f;
    const offset = this.#offsets.get(buffer.id);
    if (offset !== undefined && this.#own.has(buffer.id)) {
      return f.constant(`pointer ${buffer.id}`, "i32", () => {
        const place = m.i32.mul(m.global.get("thread", typeCode("i32")), m.i32.const(placeBytes(buffer)));
        return m.i32.add(m.global.get("arena", typeCode("i32")), m.i32.add(place, m.i32.const(offset)));
      });
    }
    const name = offset === undefined ? `b${buffer.id}` : "arena";
    this.#module.global(name, "i32");
    return f.constant(`pointer ${buffer.id}`, "i32", () => {
      const base = m.global.get(name, typeCode("i32"));
      return offset === undefined || offset === 0 ? base : m.i32.add(base, m.i32.const(offset));
    });
  };

  #depth = 0;
  /** Buffers of which each thread has its own, in the function being written. */
  #own: ReadonlySet<number> = new Set();
  readonly kernelSteps: number[] = [];

  main(): void {
    const { params, outs, results, body } = this.#program;
    const { m } = this.#module;
    // Variables that travel in globals are read in the prologue, so the entry that fills them is a function of its own.
    const entry = new FunctionBuilder(m, "setup", ["i32"]);
    const frame = (): Ref => entry.get(0, "i32");
    let slot = 0;
    const take = (x: Buffer | Local): void => {
      const offset = slot++ * 8;
      if (x.kind === "buffer") {
        this.#module.global(`b${x.id}`, "i32");
        entry.push(m.global.set(`b${x.id}`, m.i32.load(offset, 4, frame())));
      } else {
        this.#module.global(`v${x.id}`, scalarType(x.dtype));
        entry.push(m.global.set(`v${x.id}`, fromNumber(entry, m.f64.load(offset, 8, frame()), x.dtype)));
      }
    };
    params.forEach(take);
    outs.forEach(take);
    const resultSlot = slot;
    slot += results.length;
    this.#module.global("arena", "i32");
    this.#module.global("frame", "i32");
    this.#module.global("thread", "i32");
    entry.push(m.global.set("arena", m.i32.load(slot * 8, 4, frame())));
    entry.push(m.global.set("frame", frame()));
    entry.finish();
    m.addFunctionExport("setup", "setup");
    const main = new FunctionBuilder(m, "main", ["i32"]);
    main.push(m.call("setup", [main.get(0, "i32")], noType()));
    main.push(m.call("body", [], noType()));
    main.finish();
    m.addFunctionExport("main", "main");

    const f = new FunctionBuilder(m, "body", []);
    const code = new ScalarCode(f, this.#module, this.#pointer);
    for (const p of params) if (p.kind === "local") this.#receive(code, p);
    this.#stmts(code, body, results);
    results.forEach((r, i) => {
      const value = toNumber(f, code.expr(r), r.dtype);
      f.push(m.f64.store((resultSlot + i) * 8, 8, m.global.get("frame", typeCode("i32")), value));
    });
    f.finish();
    this.#module.writeFunctions();
  }

  /** Reads a variable from its global. */
  #receive(code: ScalarCode, local: Local): void {
    const type = scalarType(local.dtype);
    code.assign(local, code.f.m.global.get(`v${local.id}`, typeCode(type)));
  }

  #send(code: ScalarCode, local: Local): void {
    this.#module.global(`v${local.id}`, scalarType(local.dtype));
    code.f.push(code.f.m.global.set(`v${local.id}`, code.read(local)));
  }

  #scalarFunction(fn: ScalarFunction, name: string): void {
    const types = fn.params.map((p) => scalarType(p.dtype));
    const f = new FunctionBuilder(this.#module.m, name, types);
    const code = new ScalarCode(f, this.#module, this.#pointer);
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
      case "if":
        code.f.if(
          code.test(s.test),
          () => this.#stmts(code, s.then),
          s.else.length === 0 ? undefined : () => this.#stmts(code, s.else),
        );
    }
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
    f.push(this.#module.callTile(type, s.rows, s.columns, args));
  }

  #for(code: ScalarCode, s: For): void {
    const plan = planLoop(s);
    const trips = Math.max(1, tripCount(s));
    const perTrip = plan.cost / trips;
    const unknown = this.#depth === 0 && (s.lo.kind !== "const" || s.hi.kind !== "const");
    if (this.#isParallel(code, s, plan))
      this.#outline(code, s, Math.max(1, Math.ceil(chunkCost / perTrip)), true);
    else if ((plan.cost < outlineCost && !unknown) || perTrip > chunkCost) this.#loop(code, s, plan);
    else this.#outline(code, s, Math.max(16, Math.ceil(chunkCost / perTrip / 16) * 16));
  }

  /** True if threads share a loop: there are some, it is worth it, and its iterations are independent. */
  #isParallel(code: ScalarCode, s: For, plan: LoopPlan): boolean {
    if (threadCount() === 1 || this.#inThread) return false;
    if (s.parallel !== true && (plan.cost < parallelCost || !independentIterations(s, this.#onlyIn(s))))
      return false;
    const { read, written } = this.#captured(code, s.body, []);
    return written.length === 0 && read.length <= maxShared;
  }

  #inThread = false;

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

  /** A loop in place. */
  #loop(code: ScalarCode, s: For, { lanes, accumulators }: LoopPlan, multiple = knownMultiple(s)): void {
    this.#depth++;
    if (lanes === 1) code.forLoop(s, () => this.#stmts(code, s.body));
    else this.#vectorLoop(code, s, lanes, accumulators, multiple);
    this.#depth--;
  }

  /** @param multiple of which the number of iterations is one: the rest that cannot be is not written. */
  #vectorLoop(
    code: ScalarCode,
    s: For,
    lanes: number,
    accumulators: LoopPlan["accumulators"],
    multiple: number,
  ): void {
    const { f } = code;
    const { i32 } = f.m;
    const end = s.hi.kind === "const" ? (): Ref => code.expr(s.hi) : f.hold(code.expr(s.hi), "i32");
    code.assign(s.local, code.expr(s.lo));
    const widths = lanes === 4 || multiple % lanes === 0 ? [lanes] : [lanes, 4];
    let before: VectorCode | null = null;
    for (const width of widths) {
      const vector: VectorCode = new VectorCode(code, s, width);
      const most = s.hi.kind === "const" && s.lo.kind === "const" ? s.hi.value - s.lo.value : Infinity;
      if (most < width) continue;
      vector.prepare(s.body);
      for (const [local, op] of accumulators) {
        vector.bind(
          local,
          before === null
            ? vector.ops.constant(local.dtype, width, identity(op, local.dtype))
            : vector.fold(op, before.read(local)),
        );
      }
      before = vector;
      const more = (): Ref => i32.le_s(i32.add(code.read(s.local), i32.const(width)), end());
      f.if(more(), () =>
        f.repeat(() => {
          vector.stmts(s.body);
          code.assign(s.local, i32.add(code.read(s.local), i32.const(width)));
        }, more),
      );
    }
    if (before !== null) {
      for (const [local, op] of accumulators) {
        code.accumulate(local, op, before.horizontal(op, before.fold(op, before.read(local))));
      }
    }
    if (multiple % 4 !== 0) this.#rest(code, s, end);
  }

  /** The iterations that fill no vector. */
  #rest(code: ScalarCode, s: For, end: () => Ref): void {
    const { f } = code;
    const { i32 } = f.m;
    const more = (): Ref => i32.lt_s(code.read(s.local), end());
    f.if(more(), () =>
      f.repeat(() => {
        this.#stmts(code, s.body);
        code.assign(s.local, i32.add(code.read(s.local), i32.const(1)));
      }, more),
    );
  }

  /** The variables that statements share with what is around them. */
  #captured(code: ScalarCode, stmts: readonly Stmt[], exprs: readonly Expr[]): Captured {
    const read = new Map<number, Local>();
    const written = new Map<number, Local>();
    const inExpr = (root: Expr): void =>
      visitExpr(root, (e) => {
        if (e.kind === "local" && code.env.has(e.id)) read.set(e.id, e);
      });
    const visit = (list: readonly Stmt[]): void => {
      for (const s of list) {
        stmtExprs(s).forEach(inExpr);
        if ((s.kind === "set" || s.kind === "accumulate") && code.env.has(s.local.id))
          written.set(s.local.id, s.local);
        stmtBodies(s).forEach(visit);
      }
    };
    exprs.forEach(inExpr);
    visit(stmts);
    for (const [id, local] of written) read.set(id, local);
    return { read: [...read.values()], written: [...written.values()] };
  }

  /** Writes a function of its own for a loop. Variables travel in globals. Returns its name. */
  #newFunction(
    captured: Captured,
    params: readonly "i32"[],
    write: (inner: ScalarCode) => Ref | null,
  ): string {
    const name = `k${this.#functions++}`;
    for (const local of captured.read) this.#module.global(`v${local.id}`, scalarType(local.dtype));
    const f = new FunctionBuilder(this.#module.m, name, params);
    const inner = new ScalarCode(f, this.#module, this.#pointer);
    for (const local of captured.read) this.#receive(inner, local);
    this.#depth++;
    const result = write(inner);
    this.#depth--;
    for (const local of captured.written) this.#send(inner, local);
    f.finish(result, result === null ? null : "i32");
    return name;
  }

  /** Calls the function of a loop for one chunk of iterations after another. */
  #chunks(f: FunctionBuilder, name: string, from: Ref, to: Ref, by: number): void {
    const { m } = f;
    const { i32 } = m;
    const end = f.hold(to, "i32");
    const at = f.local("i32");
    f.set(at, from);
    f.while(
      () => i32.lt_s(f.get(at, "i32"), end()),
      () => {
        const next = f.hold(i32.add(f.get(at, "i32"), i32.const(by)), "i32");
        const limit = m.select(i32.lt_s(next(), end()), next(), end());
        f.push(m.call(name, [f.get(at, "i32"), limit], noType()));
        f.set(at, next());
      },
    );
  }

  /** Calls a loop's function in all threads: `(block, lo, hi, thread)`, variables in the block. */
  #callParallel(code: ScalarCode, s: For, name: string, captured: Captured, chunk: number): void {
    const { m } = code.f;
    const index = this.kernelSteps.push(s.step) - 1;
    const inner = new FunctionBuilder(m, `p${index}`, ["i32", "i32", "i32", "i32"]);
    inner.push(m.global.set("thread", inner.get(3, "i32")));
    captured.read.forEach((local, j) => {
      const value = fromNumber(inner, m.f64.load(8 * j, 8, inner.get(0, "i32")), local.dtype);
      inner.push(m.global.set(`v${local.id}`, value));
    });
    this.#chunks(inner, name, inner.get(1, "i32"), inner.get(2, "i32"), chunk * s.step);
    inner.finish();
    m.addFunctionExport(`p${index}`, `p${index}`);
    const { f } = code;
    const block = f.hold(
      m.i32.add(m.global.get("arena", typeCode("i32")), m.i32.const(this.#blockOffset)),
      "i32",
    );
    captured.read.forEach((local, j) => {
      f.push(m.f64.store(8 * j, 8, block(), toNumber(f, code.read(local), local.dtype)));
    });
    const number = (x: Ref): Ref => m.f64.convert_s.i32(x);
    const args = [m.f64.const(index), number(block()), number(code.expr(s.lo)), number(code.expr(s.hi))];
    f.push(m.drop(this.#module.callImport("parallel", () => 0, args)));
  }

  /** A loop as a function that is called for one chunk of iterations after another. */
  #outline(code: ScalarCode, s: For, chunk: number, parallel = false): void {
    const captured = this.#captured(code, s.body, []);
    const [lo, hi] = [newLocal("lo", "int32"), newLocal("hi", "int32")];
    const before = [this.#own, this.#inThread] as const;
    if (parallel) [this.#own, this.#inThread] = [this.#onlyIn(s), true];
    const name = this.#newFunction(captured, ["i32", "i32"], (inner) => {
      inner.env.set(lo.id, 0);
      inner.env.set(hi.id, 1);
      // Chunks are multiples of 16; the parts of threads are not.
      this.#loop(inner, { ...s, lo, hi }, planLoop(s), parallel ? 1 : knownMultiple(s));
      return null;
    });
    [this.#own, this.#inThread] = before;
    if (parallel) {
      this.#callParallel(code, s, name, captured, chunk);
      return;
    }
    for (const local of captured.read) this.#send(code, local);
    this.#chunks(code.f, name, code.expr(s.lo), code.expr(s.hi), chunk * s.step);
    for (const local of captured.written) this.#receive(code, local);
  }

  #while(code: ScalarCode, s: Extract<Stmt, { kind: "while" }>): void {
    if (this.#depth > 0) {
      code.f.while(
        () => code.test(s.test),
        () => this.#stmts(code, s.body),
      );
      return;
    }
    const { f } = code;
    const { i32 } = f.m;
    const captured = this.#captured(code, s.body, [s.test]);
    // Runs a chunk of iterations; says whether there are more.
    const name = this.#newFunction(captured, ["i32"], (inner) => {
      const g = inner.f;
      const more = g.local("i32");
      const test = (): Ref => {
        g.set(more, inner.test(s.test));
        const left = g.hold(i32.sub(g.get(0, "i32"), i32.const(1)), "i32");
        g.set(0, left());
        return i32.and(g.get(more, "i32"), i32.ge_s(left(), i32.const(0)));
      };
      g.while(test, () => this.#stmts(inner, s.body));
      return g.get(more, "i32");
    });
    for (const local of captured.read) this.#send(code, local);
    f.repeat(
      () => undefined,
      () => f.m.call(name, [i32.const(whileChunk)], typeCode("i32")),
    );
    for (const local of captured.written) this.#receive(code, local);
  }
}

/** Compiles a program. */
export function compileWasm(source: Program, withText = false): WasmCode {
  const expanded = hoistAllocations(expandContracts(source.body, contractWasm));
  const program = planMemory({ ...source, body: expanded });
  const { offsets, bytes } = layout(program);
  const code = new ProgramCode(program, offsets, bytes - 8 * maxShared);
  try {
    code.main();
    return {
      binary: emitBinary(code.module.m),
      imports: code.module.imports,
      arenaBytes: bytes,
      kernelSteps: code.kernelSteps,
      text: withText ? code.module.m.emitText() : null,
    };
  } finally {
    code.module.dispose();
  }
}
