/**
 * @file What this machine does in a nanosecond, at most, in WebAssembly: small kernels made by the library's encoder, each of
 * one kind of instruction, or of a mixture. Rates are of many independent instructions, latencies of a chain of dependent ones,
 * bytes of reading and writing buffers of different sizes. The best of many short runs counts: others only take time away.
 */
import { setFlagsFromString } from "node:v8";
import { newModule } from "../../../src/loops/emit/wasm/generators/chosen.ts";
import type { MachineType, Ref, WasmModule } from "../../../src/loops/emit/wasm/generators/module.ts";
import { type WasmMemory, hasRelaxedSimd, instantiate } from "../../../src/loops/emit/wasm/host.ts";

/** Bytes in a nanosecond, by the size of a buffer. */
export type Bandwidth = readonly (readonly [size: number, bytes: number])[];

export interface Peaks {
  /** Instructions in a nanosecond, by name; `float`, `vector` and `all` are mixtures. */
  readonly rates: Readonly<Record<string, number>>;
  /** Nanoseconds until a result can be used, by name. */
  readonly latencies: Readonly<Record<string, number>>;
  readonly reading: Bandwidth;
  readonly writing: Bandwidth;
}

/** Repeats its body so often. */
type Kernel = (turns: number) => void;

const bytesPerVector = 16;

const constants: Readonly<Record<string, number>> = {
  f32x4: 1.0000001,
  f64x2: 1 + 1e-15,
  f32: 1.0000001,
  f64: 1 + 1e-15,
};

/** A value of a type: near 1 of floats, so that nothing under- or overflows. */
function start(m: WasmModule, type: string): Ref {
  const value = constants[type] ?? 3;
  switch (type) {
    case "f32x4":
      return m.f32x4.splat(m.f32.const(value));
    case "f64x2":
      return m.f64x2.splat(m.f64.const(value));
    case "i32":
      return m.i32.const(value);
    case "f32":
    case "f64":
      return m[type].const(value);
    default:
      return m.i32x4.splat(m.i32.const(value));
  }
}

const machineType = (type: string): MachineType =>
  type === "i32" || type === "f32" || type === "f64" ? type : "v128";

/** `type.op` of a value and something that does not change. */
function apply(m: WasmModule, name: string, x: Ref, other: () => Ref, turn: number): Ref {
  const [type, op] = name.split(".");
  // Compilers add up what is added one after the other.
  if (name === "i32.add" && turn % 2 === 1) return m.i32.xor(x, other());
  const table = m as unknown as Readonly<Record<string, Readonly<Record<string, (...xs: Ref[]) => Ref>>>>;
  if (op === "sqrt") return table[type][op](x);
  if (op.startsWith("relaxed")) return table[type][op](x, other(), other());
  return table[type][op](x, other());
}

/** The locals of a kernel, behind its two parameters: the counter of turns, and an address. */
class Layout {
  readonly locals: MachineType[] = [];
  readonly #first = 2;

  add(type: MachineType): number {
    this.locals.push(type);
    return this.#first - 1 + this.locals.length;
  }
}

/**
 * A loop of instructions: `chains` independent chains of each name of the mixture, every chain `depth` instructions long in
 * each turn.
 */
function arithmetic(mixture: readonly string[], chains: number, depth: number): Kernel {
  const m = newModule(false, 1);
  const layout = new Layout();
  const setup: Ref[] = [];
  const body: Ref[] = [];
  const finish: Ref[] = [];
  const unchanged = new Map<string, number>();
  const lists = mixture.map((name) => {
    const type = name.split(".")[0];
    const kind = machineType(type);
    let constant = unchanged.get(type);
    if (constant === undefined) {
      constant = layout.add(kind);
      unchanged.set(type, constant);
      setup.push(m.local.set(constant, start(m, type)));
    }
    const values = Array.from({ length: chains }, () => layout.add(kind));
    for (const v of values) setup.push(m.local.set(v, start(m, type)));
    return { name, kind, values, constant };
  });
  for (let d = 0; d < depth; d++)
    for (let c = 0; c < chains; c++)
      for (const { name, kind, values, constant } of lists) {
        const v = values[c];
        body.push(
          m.local.set(
            v,
            apply(m, name, m.local.get(v, kind), () => m.local.get(constant, kind), d),
          ),
        );
      }
  lists.forEach(({ kind, values }, k) =>
    values.forEach((v, c) => {
      const at = m.i32.const((k * chains + c) * bytesPerVector);
      finish.push(m[kind as "v128"].store(0, 4, at, m.local.get(v, kind)));
    }),
  );
  return compiled(m, layout.locals, setup, body, finish);
}

/** Modules that are made here and functions that are called here are compiled by V8's best compiler, and not in the background. */
function compiledAtOnce<T>(make: () => T): T {
  setFlagsFromString("--no-liftoff");
  try {
    return make();
  } finally {
    setFlagsFromString("--liftoff");
  }
}

/** A function that runs a body so often. */
function compiled(
  m: WasmModule,
  locals: readonly MachineType[],
  setup: readonly Ref[],
  body: readonly Ref[],
  finish: readonly Ref[],
): Kernel {
  const again = m.block(null, [
    ...body,
    m.local.set(0, m.i32.sub(m.local.get(0, "i32"), m.i32.const(1))),
    m.br("again", m.local.get(0, "i32")),
  ]);
  m.addFunction(
    "main",
    ["i32", "i32"],
    null,
    locals,
    m.block(null, [...setup, m.loop("again", again), ...finish]),
  );
  m.addFunctionExport("main");
  return compiledAtOnce(() => {
    const { main, memory } = instantiate(m.emitBinary(), {});
    // Pages that nobody has written may be one and the same.
    new Uint8Array((memory as WasmMemory).buffer).fill(1);
    (main as Kernel)(1);
    return main as Kernel;
  });
}

const pageBytes = 65536;
const unrolled = 16;
const sums = 2;

/** Reads or writes so many vectors, one after the other, in each call of a turn from the beginning of the memory. */
function streaming(size: number, isReading: boolean): Kernel {
  const m = newModule(false, Math.ceil(size / pageBytes) + 1);
  const locals = Array.from({ length: sums }, (): MachineType => "v128");
  const address = (): Ref => m.local.get(1, "i32");
  const step = Array.from({ length: unrolled }, (_, i): Ref => {
    const offset = i * bytesPerVector;
    const sum = 2 + (i % sums);
    return isReading
      ? m.local.set(sum, m.v128.xor(m.local.get(sum, "v128"), m.v128.load(offset, 16, address())))
      : m.v128.store(offset, 16, address(), m.local.get(sum, "v128"));
  });
  const pass = m.block(null, [
    m.local.set(1, m.i32.const(0)),
    m.loop(
      "pass",
      m.block(null, [
        ...step,
        m.local.set(1, m.i32.add(address(), m.i32.const(unrolled * bytesPerVector))),
        m.br("pass", m.i32.lt_u(address(), m.i32.const(size))),
      ]),
    ),
  ]);
  const finish = locals.map((_, i) =>
    m.v128.store(size + i * 16, 16, m.i32.const(0), m.local.get(2 + i, "v128")),
  );
  return compiled(m, locals, [], [pass], finish);
}

export interface Effort {
  /** Milliseconds of one run, and of all of a kernel. */
  readonly runMs: number;
  readonly allMs: number;
}

const usual: Effort = { runMs: 0.25, allMs: 60 };

/** The least nanoseconds of a turn. */
function leastTime(kernel: Kernel, { runMs, allMs }: Effort): number {
  const time = (turns: number): number => {
    const before = performance.now();
    kernel(turns);
    return performance.now() - before;
  };
  let turns = 1;
  while (time(turns) < runMs) turns *= 2;
  let least = Infinity;
  for (let spent = 0; spent < allMs;) {
    const ms = time(turns);
    spent += ms;
    least = Math.min(least, ms / turns);
  }
  return least * 1e6;
}

const types = ["f32x4", "f64x2", "f32", "f64"] as const;

const rateOf = (effort: Effort, mixture: readonly string[], chains: number): number => {
  const depth = 8;
  return (mixture.length * chains * depth) / leastTime(arithmetic(mixture, chains, depth), effort);
};

const latencyOf = (effort: Effort, name: string): number => leastTime(arithmetic([name], 1, 16), effort) / 16;

const sizes = [2 ** 13, 2 ** 15, 2 ** 17, 2 ** 19, 2 ** 21, 2 ** 23, 2 ** 25, 2 ** 27];

const bandwidth = (effort: Effort, isReading: boolean): Bandwidth =>
  sizes.map((size) => {
    // Passes through memory are long, and depend on what others do there.
    const long = size > 2 ** 24 ? { ...effort, allMs: 4 * effort.allMs } : effort;
    return [size, size / leastTime(streaming(size, isReading), long)];
  });

/** Measures them; takes a few seconds. */
export function measurePeaks(effort = usual): Peaks {
  const fused = hasRelaxedSimd();
  const rates: Record<string, number> = {};
  const latencies: Record<string, number> = {};
  for (const type of types) {
    const isVector = type.includes("x");
    const names = ["add", "mul", "div", "sqrt"].map((op) => `${type}.${op}`);
    if (isVector && fused) names.push(`${type}.relaxed_madd`);
    for (const name of names) {
      rates[name] = rateOf(effort, [name], /div|sqrt/.test(name) ? 4 : 10);
      latencies[name] = latencyOf(effort, name);
    }
  }
  for (const name of ["v128.xor", "i32x4.add", "i32.add"]) {
    rates[name] = rateOf(effort, [name], name === "i32.add" ? 6 : 10);
    latencies[name] = latencyOf(effort, name);
  }
  const mixed = (...mixture: string[]): number => rateOf(effort, mixture, mixture.length === 2 ? 6 : 4);
  const [add, mul, xor, int] = ["f32x4.add", "f32x4.mul", "v128.xor", "i32.add"];
  const float = mixed(add, mul);
  const vector = mixed(add, mul, xor);
  const all = [rateOf(effort, [xor, int], 4), mixed(add, mul, xor, int, int)];
  const reading = bandwidth(effort, true);
  const writing = bandwidth(effort, false);
  rates.load = reading[0][1] / bytesPerVector;
  rates.store = writing[0][1] / bytesPerVector;
  rates.float = Math.max(float, rates[add], rates[mul], rates["f32x4.relaxed_madd"] ?? 0);
  rates.vector = Math.max(rates.float, vector, rates[xor], rates["i32x4.add"]);
  rates.all = Math.max(rates.vector, ...all, rates[int], 2 * rates.load);
  return { rates, latencies, reading, writing };
}
