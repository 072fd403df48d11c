/** @file Compiled programs kept between runs: processes that share a directory, and files that are not what they should be. */
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { config, grad, init, jit, lax, makeJaxpr, numpy as np } from "../../src/index.ts";
import { jaxprKey } from "../../src/jit/kept/key.ts";
import { openBrowserCache } from "../../src/jit/kept/browser.ts";
import { decodeProgram, encodeProgram, keyOfBytes } from "../../src/jit/kept/format.ts";
import { simplify } from "../../src/jit/simplify.ts";
import { BuiltLibrary } from "../util/built.ts";

let library: BuiltLibrary;
let root: string;
let place: string;
let count = 0;
beforeAll(() => {
  library = new BuiltLibrary();
  root = mkdtempSync(join(tmpdir(), "kept-"));
});
beforeEach(() => {
  place = join(root, String(count++));
});
afterAll(() => {
  library.remove();
  rmSync(root, { recursive: true });
});

interface Run {
  readonly cached: boolean;
  readonly loops: number;
  readonly stats: readonly number[];
  readonly values: readonly number[];
}

/** A process that keeps programs in the directory: float results, 0-d ones, complex ones, and constants in a body. */
const run = (constant = 0.5, before = ""): Run =>
  JSON.parse(
    library.run(`
      import { grad, init, jit, lax, numpy as np } from "@/index.js";
      ${before}
      await init({ cache: ${JSON.stringify(place)} });
      const table = np.arange(1000).mul(${constant});
      const f = (x) => {
        const z = np.fft.fft(np.tanh(x));
        const [c, ys] = lax.scan((c, k) => [np.sin(c.add(table)), c.sum()], np.cos(x), np.arange(3));
        return [z, ys, c.sum(), np.exp(x).mul(${constant})];
      };
      const x = np.linspace(0, 1, 1000);
      const g = jit(f, { backend: "wasm" });
      const out = g(x);
      const { stats, loops } = g.lower(x).compile();
      const flat = (a) => a.dtype.startsWith("complex") ? [...flat(np.real(a)), ...flat(np.imag(a))] : np.ravel(a).js();
      console.log(JSON.stringify({
        cached: stats.cached, loops: loops.length, stats: [stats.kernels, stats.buffers, stats.bytes], values: out.flatMap(flat),
      }));`),
  ) as Run;

const files = (): string[] => readdirSync(place).map((name) => join(place, name));

describe("a directory of programs", () => {
  it("serves the next process, with the same results", { timeout: 120_000 }, () => {
    const [first, second] = [run(), run()];
    expect([first.cached, second.cached]).toEqual([false, true]);
    expect({ ...second, cached: false }).toEqual(first);
    expect(files().length).toBeGreaterThan(0);
  });

  it("does not serve a program with another constant", { timeout: 120_000 }, () => {
    const first = run();
    const other = run(0.25);
    expect(other.cached).toBe(false);
    expect(other.values).not.toEqual(first.values);
  });

  it("ignores files that are damaged, cut off, empty, or another's", { timeout: 240_000 }, () => {
    const first = run();
    const whole = new Map(files().map((file) => [file, readFileSync(file)]));
    const damages: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes.map((b, i) => (i === bytes.length - 40 ? b ^ 1 : b)),
      (bytes) => bytes.subarray(0, bytes.length >> 1),
      () => new Uint8Array(0),
    ];
    for (const damage of damages) {
      for (const [file, bytes] of whole) writeFileSync(file, damage(bytes));
      expect(run()).toEqual(first);
      // What was compiled instead is kept again.
      expect(run().cached).toBe(true);
    }
    const list = [...whole.keys()];
    list.forEach((file, i) => writeFileSync(file, whole.get(list[(i + 1) % list.length])!));
    if (list.length > 1) expect(run()).toEqual(first);
  });

  it("leaves files of others alone", { timeout: 60_000 }, async () => {
    await init({ cache: place });
    const other = join(place, "notes.txt");
    writeFileSync(other, "mine");
    await init({ cache: place });
    expect(readFileSync(other, "utf8")).toBe("mine");
  });

  it("is bounded: what was not used for longest goes", async () => {
    await init({ cache: place });
    const names = ["a", "b", "c", "d"].map((letter) => join(place, `${letter.repeat(64)}.adjoint`));
    names.forEach((name, i) => {
      writeFileSync(name, "");
      truncateSync(name, 20 * 2 ** 20);
      utimesSync(name, 1000 + i, 1000 + i);
    });
    await init({ cache: place });
    expect(files()).toEqual(names.slice(2));
  });

  it("keeps by version, target and backend: all are in the key", async () => {
    await init({ cache: place });
    const x = np.linspace(0, 1, 3000);
    const f = jit((v: typeof x) => np.tanh(v).mul(1.25), { backend: "wasm" });
    config.with({ enableChecks: false }, () => f(x));
    const keys = files().map((file) => keyOfBytes(readFileSync(file).subarray(32)));
    expect(keys.length).toBe(1);
    for (const word of ["stamp", "backend", "generator", "threads", "shared", "relaxed", "tanh", "1.25"])
      expect(keys[0]).toContain(word);
  });
});

describe("the Cache API", () => {
  /** As browsers have it, as far as it is used. */
  function fakeCaches(): { readonly held: Map<string, Uint8Array>; readonly caches: object } {
    const held = new Map<string, Uint8Array>();
    const cache = {
      keys: async () => Promise.resolve([...held.keys()].map((url) => ({ url }))),
      match: async (url: string) => {
        const bytes = held.get(url);
        return Promise.resolve(bytes === undefined ? undefined : new Response(bytes.slice()));
      },
      put: async (url: string, response: Response) => {
        held.set(url, new Uint8Array(await response.arrayBuffer()));
      },
      delete: async (url: string) => Promise.resolve(held.delete(url)),
    };
    return { held, caches: { open: async () => Promise.resolve(cache) } };
  }

  it("gives the next page what was written, unless it is damaged", async () => {
    const { held, caches } = fakeCaches();
    vi.stubGlobal("caches", caches);
    try {
      const program = { params: [], outs: [], results: [{ dtype: "float64" as const }] };
      const code = {
        binary: Uint8Array.of(1, 2, 3),
        imports: new Map(),
        hosts: new Map(),
        arenaBytes: 8,
        kernels: [],
      };
      const stats = { kernels: 0, buffers: 0, bytes: 0 };
      const bytes = encodeProgram("key", { border: program, code, stats, weight: 0 });
      const store = await openBrowserCache("programs");
      store.write("key", bytes);
      await vi.waitFor(() => expect(held.size).toBe(1));
      const next = await openBrowserCache("programs");
      const found = next.read("key");
      expect(found).toEqual(bytes);
      expect(decodeProgram("key", found!)?.code.binary).toEqual(code.binary);
      expect(decodeProgram("other key", found!)).toBeNull();
      for (const [url, all] of held)
        held.set(
          url,
          all.map((b, i) => (i === 40 ? b ^ 1 : b)),
        );
      expect((await openBrowserCache("programs")).read("key")).toBeNull();
      expect(held.size).toBe(0);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("is a FileError where there is none", async () => {
    await expect(openBrowserCache("programs")).rejects.toMatchObject({ code: "file" });
  });
});

describe("the option", () => {
  it("is a path", async () => {
    for (const bad of ["", 3, null, {}, true])
      await expect(init({ cache: bad as unknown as string })).rejects.toThrow("init: cache is the path");
    await expect(init({ cache: "a\0b" })).rejects.toThrow("zero byte");
  });

  it("is a FileError where nothing can be written", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    await expect(init({ cache: file })).rejects.toMatchObject({ code: "file" });
    await expect(init({ cache: join(file, "below") })).rejects.toMatchObject({ code: "file" });
    if (process.getuid?.() === 0) return;
    const locked = mkdtempSync(join(root, "locked-"));
    chmodSync(locked, 0o500);
    await expect(init({ cache: locked })).rejects.toMatchObject({ code: "file" });
  });
});

describe("keys", () => {
  const x = np.linspace(0, 1, 8);
  const key = (f: (v: typeof x) => unknown, of = x): string | null =>
    jaxprKey(simplify(makeJaxpr(f as (v: typeof x) => typeof x)(of)));

  it("are the same for the same program, traced twice", () => {
    const make = (): string | null => key((v) => grad((w: typeof x) => np.sin(w).mul(w).sum())(v));
    expect(make()).toBe(make());
    expect(make()).not.toBeNull();
  });

  it("differ where programs do", () => {
    const scanned = (length: number, k: number) => (v: typeof x) =>
      lax.scan((c: typeof x) => [c.mul(k), c.sum()], v, null, { length })[0];
    const keys = [
      key((v) => v.mul(0)),
      key((v) => v.mul(-0)),
      key((v) => v.mul(NaN)),
      key((v) => v.add(0)),
      key((v) => v.mul(0), x.astype("float32")),
      key((v) => v.mul(0), np.linspace(0, 1, 9)),
      key((v) => np.sum(v)),
      key((v) => np.max(v)),
      key((v) => np.cumsum(v)),
      key((v) => np.flip(v)),
      key((v) => np.roll(v, 1)),
      key((v) => np.roll(v, 2)),
      key(scanned(3, 2)),
      key(scanned(4, 2)),
      key(scanned(3, 3)),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((k) => k === null)).toEqual([]);
  });
});
