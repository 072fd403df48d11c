/**
 * @file What this machine does at most, on one thread: operations of floats in a nanosecond, bytes of memory in a nanosecond.
 *
 * Measured once, in some tens of milliseconds, when somebody first asks: kernels made by the library's own encoder add and
 * multiply in many independent vectors, and read and write buffers that fit into the first cache, the second, the last, and
 * none. Of short runs the best counts, as others only take time away. Where there is no WebAssembly, loops of plain
 * JavaScript are measured. bench/lib/limit measures more, for longer.
 */
import { nodeModuleNow } from "../base/host.ts";
import { encoder } from "../loops/emit/wasm/generators/encoder.ts";
import type { MachineType, Ref, WasmModule } from "../loops/emit/wasm/generators/module.ts";
import { type WasmMemory, hasRelaxedSimd, instantiate, runsWasm } from "../loops/emit/wasm/host.ts";

/** Bytes in a nanosecond where so many bytes are alive. */
export type Bandwidth = readonly (readonly [bytes: number, perNanosecond: number])[];

/** What the machine does at most. */
export interface Peaks {
  /** Additions and multiplications in a nanosecond (GFLOP/s). */
  readonly float32: number;
  readonly float64: number;
  /** Bytes read and written in a nanosecond (GB/s), by the size of what is alive. */
  readonly reading: Bandwidth;
  readonly writing: Bandwidth;
}

/** Repeats its body so often. */
type Kernel = (turns: number) => void;

const vectorBytes = 16;
const pageBytes = 65_536;
const sizes = [2 ** 14, 2 ** 18, 2 ** 21, 2 ** 25];
/** Milliseconds of one run, in steps of the clock at least; and of all runs of one kernel, of which there are some. */
const runMs = 0.1;
const runSteps = 20;
const leastRuns = 4;
const allMs = 3;
/** Where the engine compiles in the background, when it likes, it is given longer to do so. */
const patientMs = 12;

/** The steps of the clock, which in browsers are coarse. */
function clockStep(): number {
  let least = Infinity;
  for (let k = 0; k < 3; k++) {
    const start = performance.now();
    let now = start;
    while (now === start) now = performance.now();
    least = Math.min(least, now - start);
  }
  return least;
}

interface V8 {
  setFlagsFromString(flag: string): void;
}

/** Has V8 compile at once, and best, what `make` makes; other engines do so in their own time. */
function compiledBest<T>(make: () => T): T {
  const v8 = nodeModuleNow("v8") as V8 | undefined;
  const flag = (text: string): void => {
    try {
      v8?.setFlagsFromString(text);
    } catch {
      // Hosts that have Node's modules need not have V8's flags.
    }
  };
  flag("--no-liftoff");
  try {
    return make();
  } finally {
    flag("--liftoff");
  }
}

type Write = (m: WasmModule) => Readonly<Record<"setup" | "body" | "finish", readonly Ref[]>>;

/** Functions that run what is written so often, in a module of so many pages. Locals 0 and 1 are the turns and an address. */
function kernelsOf(pages: number, locals: readonly MachineType[], ...writes: readonly Write[]): Kernel[] {
  const m = encoder.newModule(false, pages);
  writes.forEach((write, i) => {
    const { setup, body, finish } = write(m);
    const turn = m.block(null, [
      ...body,
      m.local.set(0, m.i32.sub(m.local.get(0, "i32"), m.i32.const(1))),
      m.br("again", m.local.get(0, "i32")),
    ]);
    const all = m.block(null, [...setup, m.loop("again", turn), ...finish]);
    m.addFunction(`peak${i}`, ["i32"], null, ["i32", ...locals], all);
    m.addFunctionExport(`peak${i}`);
  });
  return compiledBest(() => {
    const { memory, ...kernels } = instantiate(m.emitBinary(), {});
    // Pages that nobody has written may be one and the same.
    new Uint8Array((memory as WasmMemory).buffer).fill(1);
    const list = Object.values(kernels) as Kernel[];
    for (const kernel of list) kernel(1);
    return list;
  });
}

const chains = 10;
const depth = 8;

/** Chains of additions and multiplications of vectors, or of both fused. */
function arithmetic(type: "f32x4" | "f64x2", isFused: boolean): Kernel {
  const vectors = Array.from({ length: chains + 1 }, (): MachineType => "v128");
  const [kernel] = kernelsOf(1, vectors, (m) => {
    const one =
      type === "f32x4" ? m.f32x4.splat(m.f32.const(1.0000001)) : m.f64x2.splat(m.f64.const(1 + 1e-15));
    const get = (i: number): Ref => m.local.get(2 + i, "v128");
    const all = Array.from({ length: chains }, (_, i) => i);
    const step = (i: number, d: number): Ref => {
      if (isFused) return m[type].relaxed_madd(get(i), get(chains), get(chains));
      return (i + d) % 2 === 0 ? m[type].mul(get(i), get(chains)) : m[type].add(get(i), get(chains));
    };
    return {
      setup: [m.local.set(2 + chains, one), ...all.map((i) => m.local.set(2 + i, get(chains)))],
      body: Array.from({ length: depth }, (_, d) => all.map((i) => m.local.set(2 + i, step(i, d)))).flat(),
      finish: all.map((i) => m.v128.store(0, vectorBytes, m.i32.const(i * vectorBytes), get(i))),
    };
  });
  return kernel;
}

const unrolled = 16;

/** Reads, and writes, so many bytes in each turn. */
function streaming(size: number): Kernel[] {
  const pass =
    (isReading: boolean) =>
    (m: WasmModule): ReturnType<Write> => {
      const address = (): Ref => m.local.get(1, "i32");
      const sum = (i: number): Ref => m.local.get(2 + (i % 2), "v128");
      const steps = Array.from({ length: unrolled }, (_, i) => {
        const offset = i * vectorBytes;
        return isReading
          ? m.local.set(2 + (i % 2), m.v128.xor(sum(i), m.v128.load(offset, vectorBytes, address())))
          : m.v128.store(offset, vectorBytes, address(), sum(i));
      });
      const whole = m.block(null, [
        ...steps,
        m.local.set(1, m.i32.add(address(), m.i32.const(unrolled * vectorBytes))),
        m.br("pass", m.i32.lt_u(address(), m.i32.const(size))),
      ]);
      return {
        setup: [],
        body: [m.local.set(1, m.i32.const(0)), m.loop("pass", whole)],
        finish: [0, 1].map((i) => m.v128.store(size + i * vectorBytes, vectorBytes, m.i32.const(0), sum(i))),
      };
    };
  return kernelsOf(Math.ceil(size / pageBytes) + 1, ["v128", "v128"], pass(true), pass(false));
}

/** How long kernels are run. */
interface Effort {
  readonly run: number;
  readonly all: number;
}

const effort = (): Effort => {
  const isFlagged = nodeModuleNow("v8") !== undefined;
  return { run: Math.max(runMs, runSteps * clockStep()), all: isFlagged ? allMs : patientMs };
};

/** The least nanoseconds of a turn. */
function leastTime(kernel: Kernel, { run, all }: Effort): number {
  const time = (turns: number): number => {
    const before = performance.now();
    kernel(turns);
    return performance.now() - before;
  };
  let turns = 1;
  let ms = time(turns);
  for (; ms < run; ms = time(turns)) turns *= 2;
  let least = ms / turns;
  for (let spent = ms, runs = 1; spent < all || runs < leastRuns; spent += ms, runs++) {
    ms = time(turns);
    if (ms < run / 2) {
      // The engine has compiled it anew: what was long enough is so no more.
      turns *= 2;
      continue;
    }
    least = Math.min(least, ms / turns);
  }
  return least * 1e6;
}

function vectorPeaks(effort: Effort): Peaks {
  const rate = (type: "f32x4" | "f64x2"): number => {
    const lanes = type === "f32x4" ? 4 : 2;
    const [each, fused] = [lanes * chains * depth, hasRelaxedSimd()];
    const plain = each / leastTime(arithmetic(type, false), effort);
    return fused ? Math.max(plain, (2 * each) / leastTime(arithmetic(type, true), effort)) : plain;
  };
  const curves = sizes.map((size) => streaming(size).map((kernel) => size / leastTime(kernel, effort)));
  const curve = (k: number): Bandwidth => sizes.map((size, i) => [size, curves[i][k]]);
  return { float32: rate("f32x4"), float64: rate("f64x2"), reading: curve(0), writing: curve(1) };
}

/** Sums in eight chains. */
function plainArithmetic(turns: number): number {
  let [a, b, c, d, e, f, g, h] = [1, 2, 3, 4, 5, 6, 7, 8];
  for (let i = 0; i < turns; i++) {
    a = a * 0.999 + 1;
    b = b * 0.999 + 1;
    c = c * 0.999 + 1;
    d = d * 0.999 + 1;
    e = e * 0.999 + 1;
    f = f * 0.999 + 1;
    g = g * 0.999 + 1;
    h = h * 0.999 + 1;
  }
  return a + b + c + d + e + f + g + h;
}

function plainPeaks(effort: Effort): Peaks {
  // What is computed is used, so that no engine leaves it out.
  let used = 0;
  const rate = 16 / leastTime((turns) => (used += plainArithmetic(turns)), effort);
  const curve = (isReading: boolean): Bandwidth =>
    sizes.map((size) => {
      const data = new Float64Array(size / 8).fill(1);
      const read = (): void => {
        let [a, b, c, d] = [0, 0, 0, 0];
        for (let i = 0; i < data.length; i += 4) {
          a += data[i];
          b += data[i + 1];
          c += data[i + 2];
          d += data[i + 3];
        }
        used += a + b + c + d;
      };
      const pass = isReading ? read : (): unknown => data.fill(used);
      const kernel: Kernel = (turns) => {
        for (let k = 0; k < turns; k++) pass();
      };
      return [size, size / leastTime(kernel, effort)];
    });
  return { float32: rate, float64: rate, reading: curve(true), writing: curve(false) };
}

let peaks: Peaks | null = null;

/** This machine's, measured when they are first wanted. */
export const machinePeaks = (): Peaks =>
  (peaks ??= runsWasm() ? vectorPeaks(effort()) : plainPeaks(effort()));

/** Bytes in a nanosecond where so many are alive: those of the smallest buffer that is as large, or the largest. */
export function bandwidthAt(curve: Bandwidth, alive: number): number {
  const found = curve.find(([size]) => size >= alive) ?? curve[curve.length - 1];
  return found[1];
}
