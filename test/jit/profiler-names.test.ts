/** @file Programs bear the names of the user's functions in the profiler of the engine, whatever compiles them. */
import { Session, type Profiler } from "node:inspector";
import { beforeAll, describe, expect, it } from "vitest";
import { init } from "../../src/api/compile/init.ts";
import { grad, jit, numpy as np, random, type Array } from "../../src/index.ts";
import { compileWasm } from "../../src/loops/emit/wasm/codegen.ts";
import { Block, constant, load } from "../../src/loops/ir/build.ts";
import { type Program, newBuffer } from "../../src/loops/ir/ir.ts";

beforeAll(() => init());

/** The names of the functions in which V8's profiler finds the thread while `f` runs, with the samples of each. */
function sampled(f: () => unknown): Map<string, number> {
  const session = new Session();
  session.connect();
  let nodes: readonly Profiler.ProfileNode[] = [];
  try {
    session.post("Profiler.enable");
    session.post("Profiler.setSamplingInterval", { interval: 100 });
    session.post("Profiler.start");
    f();
    session.post("Profiler.stop", (error, { profile }) => {
      if (error !== null) throw error;
      ({ nodes } = profile);
    });
  } finally {
    session.disconnect();
  }
  const found = new Map<string, number>();
  for (const { callFrame, hitCount } of nodes)
    found.set(callFrame.functionName, (found.get(callFrame.functionName) ?? 0) + (hitCount ?? 0));
  return found;
}

const long = random.normal(random.key(0), [40_000]);

/** Runs until the profiler has seen it, or for two seconds. */
function namesWhile(f: () => unknown, wanted: (names: Map<string, number>) => boolean): Map<string, number> {
  f();
  const end = performance.now() + 2000;
  for (;;) {
    const names = sampled(() => {
      const stop = performance.now() + 60;
      while (performance.now() < stop) f();
    });
    if (wanted(names) || performance.now() > end) return names;
  }
}

describe("V8's profiler", () => {
  for (const backend of ["js", "wasm"] as const)
    it(`names the programs of ${backend}`, () => {
      const f = jit(
        function rosenbrock(x: Array) {
          const [a, b] = [x.mul(x), np.sin(x)];
          return np.sum(
            np
              .square(b.sub(a))
              .mul(100)
              .add(np.square(x.sub(1))),
          );
        },
        { backend },
      );
      const isThere = (names: Map<string, number>): boolean =>
        [...names].some(([name, hits]) => name.startsWith("rosenbrock") && hits > 0);
      const names = namesWhile(() => f(long), isThere);
      expect([...names.keys()].filter((n) => n.startsWith("rosenbrock")).length).toBeGreaterThan(0);
      expect(isThere(names)).toBe(true);
    });

  it("names derivatives after what they derive", () => {
    const f = jit(
      function himmelblau(x: Array) {
        return np.sum(np.square(np.sin(x).sub(x)));
      },
      { backend: "js" },
    );
    const names = namesWhile(
      () => grad(f)(long),
      (found) => [...found.keys()].some((n) => n.includes("_himmelblau")),
    );
    expect([...names.keys()].some((n) => /^(linearize|transpose|jvp)\w*_himmelblau/.test(n))).toBe(true);
  });
});

interface Host {
  readonly WebAssembly: {
    readonly Module: (new (bytes: Uint8Array) => object) & {
      customSections(module: object, name: string): ArrayBuffer[];
    };
  };
}

const { Module } = (globalThis as unknown as Host).WebAssembly;

/** The functions that the section of names of a module names, by number; read as the specification has it. */
function functionNames(binary: Uint8Array): Map<number, string> {
  const sections = Module.customSections(new Module(binary), "name");
  expect(sections.length).toBe(1);
  const bytes = new Uint8Array(sections[0]);
  let at = 0;
  const u32 = (): number => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
      shift += 7;
    }
  };
  const found = new Map<number, string>();
  while (at < bytes.length) {
    const id = bytes[at++];
    const end = u32() + at;
    if (id === 1)
      for (let n = u32(); n > 0; n--) {
        const index = u32();
        const length = u32();
        found.set(index, new TextDecoder().decode(bytes.subarray(at, at + length)));
        at += length;
      }
    expect(at).toBe(end);
  }
  return found;
}

describe("modules", () => {
  const program = (name: string): Program => {
    const [from, to] = [newBuffer("a", "float64", 100_000), newBuffer("b", "float64", 100_000)];
    const b = new Block();
    for (let k = 0; k < 2; k++) b.for(0, 100_000, (c, i) => c.store(to, i, load(from, i)));
    b.store(to, constant(0, "int32"), constant(1, "float64"));
    return { name, params: [from], outs: [to], body: b.stmts, results: [] };
  };

  it("name their functions after the program, and number its loops", () => {
    const { binary } = compileWasm(program("größe"), { threads: 1, shared: false });
    const names = [...functionNames(binary).values()];
    for (const name of ["größe", "größe (main)", "größe (setup)", "größe kernel 0", "größe kernel 1"])
      expect(names).toContain(name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("take any name", () => {
    for (const name of ["", "a\ud800b", "😀", "x".repeat(300), '<&>"\n'])
      expect(
        functionNames(compileWasm(program(name), { threads: 1, shared: false }).binary).size,
      ).toBeGreaterThan(3);
  });
});
