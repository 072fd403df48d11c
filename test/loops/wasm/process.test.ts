/**
 * @file The backend in processes of their own: memory of long loops, with and without turns of the event loop; a host
 * that forbids generated code; programs compiled before `init()`.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuiltLibrary } from "../../util/built.ts";

let library: BuiltLibrary;
beforeAll(() => {
  library = new BuiltLibrary();
});
afterAll(() => library.remove());

const json = <T>(program: string, ...flags: readonly string[]): T =>
  JSON.parse(library.run(program, ...flags)) as T;

const start = `
  import { config, grad, init, jit, lax, numpy as np } from "@/index.js";
  import { heapStats } from "@/jit/memory/storage.js";
`;

describe("memory", () => {
  // 2 500 steps of arrays of 4 MB (10 GB in all) that never yield, and so never collect what finalisation would.
  const loop = (
    step: string,
    ...flags: readonly string[]
  ): { peak: number; value: number; backend: string } =>
    json(
      `${start}
      await init();
      const loss = (w) => np.sum(w.mul(w).sub(1).mul(w));
      const eager = (w) => w.mul(0.999);
      const jitted = jit((w) => w.sub(grad(loss)(w).mul(0.002)));
      let x = np.ones([1024, 1024], "float32");
      for (let i = 0; i < 2500; i++) x = ${step}(x);
      console.log(JSON.stringify({
        peak: process.resourceUsage().maxRSS / 1024,
        value: x.slice(3, 5).item(),
        backend: jitted.lower(x).compile().stats.backend,
      }));`,
      ...flags,
    );

  it("of a synchronous eager loop stays below 1 GB", { timeout: 180_000 }, () => {
    const { peak, value } = loop("eager");
    expect(value).toBeCloseTo(0.999 ** 2500, 4);
    expect(peak).toBeLessThan(1024);
  });

  it("of a synchronous compiled training loop stays below 1 GB", { timeout: 180_000 }, () => {
    const { peak, value, backend } = loop("jitted");
    expect(backend).toBe("wasm");
    // Where the derivative 3w² − 1 vanishes.
    expect(value).toBeCloseTo(Math.sqrt(1 / 3), 4);
    expect(peak).toBeLessThan(1024);
  });

  it("of a synchronous loop does so if the collector has no threads to help it", { timeout: 180_000 }, () => {
    const { peak, value } = loop("jitted", "--single-threaded-gc");
    expect(value).toBeCloseTo(Math.sqrt(1 / 3), 4);
    expect(peak).toBeLessThan(1024);
  });

  it("of an asynchronous loop returns to its baseline", { timeout: 60_000 }, () => {
    const used = json<number[]>(
      `${start}
      await init();
      config.update({ backend: "wasm" });
      const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
      const collect = async () => { for (let i = 0; i < 5; i++) { globalThis.gc(); await turn(); } };
      const step = jit((w, b) => [w.mul(b).add(1), w.sum()]);
      const train = async () => {
        let x = np.ones([256, 256]);
        for (let i = 0; i < 60; i++) {
          [x] = step(x, 0.5);
          x.reshape([-1]).add(x.reshape([-1])).reshape([256, 256]).transpose();
          if (i % 10 === 0) await turn();
        }
      };
      await train();
      await collect();
      const used = [heapStats().usedBytes];
      for (let round = 0; round < 3; round++) {
        await train();
        used.push(heapStats().usedBytes);
        await collect();
        used.push(heapStats().usedBytes);
      }
      console.log(JSON.stringify(used));`,
      "--expose-gc",
    );
    const [baseline, , second, , third, , last] = used;
    expect([second, third, last]).toEqual([baseline, baseline, baseline]);
    expect(used[1]).toBeGreaterThan(baseline + 2 ** 20);
  });

  it("blocks of arrays that share one are freed when both are gone, and not before", () => {
    const [both, one, none, value] = json<number[]>(
      `${start}
      import { ConcreteArray } from "@/core/array.js";
      await init();
      config.update({ backend: "wasm" });
      const collect = async () => {
        for (let i = 0; i < 5; i++) { globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 1)); }
      };
      const used = [];
      let a = np.ones([100, 100]).add(1);
      let b = a.reshape([-1]);
      await collect();
      used.push(heapStats().usedBytes);
      a.dispose();
      a = null;
      await collect();
      used.push(heapStats().usedBytes);
      const value = b.dataSync()[9999];
      b = null;
      await collect();
      used.push(heapStats().usedBytes);
      console.log(JSON.stringify([...used, value]));`,
      "--expose-gc",
    );
    expect(value).toBe(2);
    expect(one).toBe(both);
    expect(both - none).toBe(Math.ceil(80_000 / 64) * 64);
  });
});

describe("a host that forbids generated code", () => {
  const flag = "--disallow-code-generation-from-strings";
  const results = (prepare: string): { value: number; slope: number; backend: string } =>
    json(
      `${start}
      ${prepare}
      const f = jit((x) => np.sum(np.sin(x).mul(x)));
      const x = np.linspace(0, 1, 10_000);
      console.log(JSON.stringify({
        value: f(x).item(),
        slope: jit(grad(f))(x).slice(9999).item(),
        backend: f.lower(x).compile().stats.backend,
      }));`,
      flag,
    );

  it("runs WebAssembly, and interprets what must not be that", () => {
    const interpreted = results(`config.update({ backend: "js" });`);
    const compiled = results("");
    expect([interpreted.backend, compiled.backend]).toEqual(["interpreter", "wasm"]);
    expect(compiled.value).toBeCloseTo(interpreted.value, 9);
    for (const r of [interpreted, compiled]) expect(r.slope).toBeCloseTo(Math.sin(1) + Math.cos(1), 12);
  });
});

describe("without init()", () => {
  it("programs run as WebAssembly where that pays, and nothing loads Binaryen", () => {
    const found = json<{ backends: string[]; value: number; asked: number }>(`${start}
      const f = jit((a) => np.sum(np.exp(a)));
      const x = np.linspace(0, 1, 100_000);
      const backend = (y) => f.lower(y).compile().stats.backend;
      console.log(JSON.stringify({
        backends: [backend(x), backend(np.zeros([3]))],
        value: f(x).item(),
        asked: jit((a) => a.add(1), { backend: "wasm" })(np.zeros([3])).sum().item(),
      }));`);
    expect(found.backends).toEqual(["wasm", "js"]);
    expect(found.value).toBeCloseTo(100_000 * (Math.E - 1), -1);
    expect(found.asked).toBe(3);
  });
});

/** Makes a host that refuses to compile modules, as a content security policy may. */
const refusing = "WebAssembly.Module = function () { throw new WebAssembly.CompileError('blocked'); };";

describe("a host that compiles no WebAssembly", () => {
  for (const [name, prepare] of [
    ["has none", "delete globalThis.WebAssembly;"],
    ["refuses", refusing],
  ]) {
    it(`because it ${name} runs JavaScript, and says so when asked for it`, () => {
      const found = json<{ ready: boolean; backend: string; error: string }>(
        `const x = await (async () => { ${prepare} return import("@/index.js"); })();
        const { init, jit, numpy: np } = x;
        const f = jit((a) => np.sum(np.exp(a)));
        let error = "";
        try { jit((a) => a.add(1), { backend: "wasm" })(1); } catch (e) { error = e.name + ": " + e.message; }
        const ready = await init();
        console.log(JSON.stringify({ ready, backend: f.lower(np.zeros([100_000])).compile().stats.backend, error }));`,
      );
      expect(found).toMatchObject({ ready: false, backend: "js" });
      expect(found.error).toContain('ArgumentError: jit: the backend "wasm" needs a host');
    });
  }
});
