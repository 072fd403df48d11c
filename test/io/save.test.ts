/** @file What is saved comes back: every dtype and shape, trees and their names, every sink; and what cannot be saved. */
import { describe, expect, it } from "vitest";
import { grad } from "../../src/api/index.ts";
import { AdjointError } from "../../src/base/errors.ts";
import { type NDArray } from "../../src/core/array.ts";
import { bitWidth, isComplex } from "../../src/dtypes/dtype.ts";
import {
  flattenDict,
  loadNpy,
  loadNpz,
  loadSafetensors,
  openSafetensors,
  saveNpy,
  saveNpz,
  saveSafetensors,
  unflattenDict,
} from "../../src/io/index.ts";
import * as np from "../../src/numpy/index.ts";
import * as random from "../../src/random/index.ts";
import { registerPytreeNode } from "../../src/core/tree.ts";
import { readDirectory, readEntry, zipParts } from "../../src/io/zip.ts";
import { accessBytes } from "../../src/io/reading.ts";
import { join } from "../../src/io/formats.ts";
import { allDTypes, told } from "./cases.ts";

const shapes = [[], [1], [0], [3], [2, 3], [3, 0, 2], [2, 1, 3, 1]];

/** Random bits, of every dtype and shape. */
function arrays(): Record<string, NDArray> {
  const out: Record<string, NDArray> = {};
  let seed = 7;
  const next = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 24;
  for (const dtype of allDTypes)
    for (const shape of shapes) {
      const size = shape.reduce((a, b) => a * b, 1);
      const bytes = Uint8Array.from({ length: (size * bitWidth(dtype)) / 8 }, next);
      out[`${dtype} ${shape.join("x")}`] = np.reshape(np.frombuffer(bytes, dtype), shape);
    }
  return out;
}
const all = arrays();
const texts = (record: Readonly<Record<string, NDArray>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([name, x]) => [name, told(x)]));
const hasName = ([, x]: readonly [string, NDArray]): boolean => x.dtype !== "complex128";

const savers = [(x: object) => saveSafetensors(x), (x: object) => saveNpz(x)];

describe("every dtype and shape", () => {
  it("npy", async () => {
    for (const x of Object.values(all)) expect(told(await loadNpy(await saveNpy(x)))).toBe(told(x));
  });
  it.each([false, true])("npz, compressed: %s", async (compress) => {
    expect(texts(await loadNpz(await saveNpz(all, { compress })))).toEqual(texts(all));
  });
  it("safetensors", async () => {
    const some = Object.fromEntries(Object.entries(all).filter(hasName));
    const bytes = await saveSafetensors(some);
    expect(texts(await loadSafetensors(bytes))).toEqual(texts(some));
    await expect(saveSafetensors(all)).rejects.toThrow(
      /DTypeError|complex128, for which the format has no name/,
    );
  });
});

it("data in files is aligned, npy at 64 bytes, safetensors by dtype", async () => {
  const npy = await saveNpy(np.ones([3]));
  expect((npy.length - 24) % 64).toBe(0);
  const bytes = await saveSafetensors({
    a: np.ones([3], "int8"),
    b: np.ones([1]),
    c: np.ones([1], "float32"),
  });
  const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(header % 8).toBe(0);
  const text = new TextDecoder().decode(bytes.subarray(8, 8 + header));
  expect(JSON.parse(text)).toMatchObject({
    b: { data_offsets: [0, 8] },
    c: { data_offsets: [8, 12] },
    a: { data_offsets: [12, 15] },
  });
});

it("leaves may be numbers, booleans and typed arrays; null has none", async () => {
  const tree = { n: 1.5, yes: true, list: [Float32Array.of(1, 2), new Uint8Array(0)], none: null };
  const expected = {
    n: "float64[] 000000000000f83f",
    yes: "bool[] 01",
    "list.0": "float32[2] 0000803f00000040",
    "list.1": "uint8[0] ",
  };
  expect(texts(await loadSafetensors(await saveSafetensors(tree)))).toEqual(expected);
  expect(texts(await loadNpz(await saveNpz(tree)))).toEqual(expected);
  expect(told(await loadNpy(await saveNpy(1.5)))).toBe(expected.n);
  expect(Object.keys(await loadNpz(await saveNpz([1, { a: 2 }])))).toEqual(["arr_0", "arr_1.a"]);
  expect(Object.keys(await loadNpz(await saveNpz(np.ones([2]))))).toEqual(["arr_0"]);
  expect(await loadNpz(await saveNpz({}))).toEqual({});
  expect(await loadSafetensors(await saveSafetensors({}))).toEqual({});
});

describe("trees", () => {
  class Dense {
    readonly w: NDArray;
    readonly b: NDArray;
    constructor(w: NDArray, b: NDArray) {
      this.w = w;
      this.b = b;
    }
    apply(): NDArray {
      return this.w;
    }
  }
  registerPytreeNode(Dense, {
    flatten: (d) => ({ children: [d.w, d.b], aux: null, keys: ["w", "b"] }),
    unflatten: (_, [w, b]) => new Dense(w as NDArray, b as NDArray),
  });
  const model = {
    layers: [new Dense(np.ones([2, 2]), np.zeros([2])), new Dense(np.ones([1, 2]), np.zeros([1]))],
    t: 3,
  };

  it("come back from names", async () => {
    const flat = await loadSafetensors(await saveSafetensors(model));
    expect(Object.keys(flat).sort()).toEqual(["layers.0.b", "layers.0.w", "layers.1.b", "layers.1.w", "t"]);
    expect(JSON.parse(JSON.stringify(unflattenDict(flat)))).toEqual({
      layers: [
        {
          w: [
            [1, 1],
            [1, 1],
          ],
          b: [0, 0],
        },
        { w: [[1, 1]], b: [0] },
      ],
      t: 3,
    });
    const again = unflattenDict(flat, { like: model });
    expect(again.layers[1]).toBeInstanceOf(Dense);
    expect(again.layers[1].apply().shape).toEqual([1, 2]);
    expect(Object.keys(flattenDict(again)).sort()).toEqual(Object.keys(flat).sort());
  });

  it("must be those asked for", () => {
    const flat = flattenDict(model);
    const { t: _, ...less } = flat;
    expect(() => unflattenDict(less, { like: model })).toThrow(/missing: "t"/);
    expect(() => unflattenDict({ ...flat, u: flat.t }, { like: model })).toThrow(/not in the tree: "u"/);
    expect(() => unflattenDict({ ...flat, t: np.ones([1]) }, { like: model })).toThrow(
      /t has shape \[1\]; expected \[\]/,
    );
  });

  it("need one name for each array", async () => {
    for (const save of savers)
      await expect(save({ a: { b: 1 }, "a.b": 2 })).rejects.toThrow(
        /two arrays of the tree have the name "a.b"/,
      );
    await expect(saveSafetensors(np.ones([2]))).rejects.toThrow(/with names for them/);
    const x = np.ones([]);
    expect(() => unflattenDict({ a: x, "a.b": x })).toThrow(/begins with it/);
    expect(() => unflattenDict({ "a.b": x, a: x })).toThrow(/begins with it/);
    expect(() => unflattenDict({ [".".repeat(100_000)]: x })).toThrow(/parts/);
    expect(() => unflattenDict({ a: 1 as never })).toThrow(AdjointError);
    expect(() => flattenDict({ a: x }, { sep: "" })).toThrow(/'sep'/);
  });

  it("may have any names", async () => {
    const odd = {
      __proto__x: 1,
      "": 2,
      "a/b\\c": 3,
      größe: 4,
      'quote"\n': 5,
      constructor: 6,
      "10": 7,
      "2": 8,
    };
    const proto = JSON.parse('{"__proto__": {"x": 1}}') as object;
    for (const [save, load] of [
      [savers[0], loadSafetensors],
      [savers[1], loadNpz],
    ] as const) {
      const out = await load(await save(odd));
      expect(Object.fromEntries(Object.entries(out).map(([k, v]) => [k, v.item()]))).toEqual(odd);
      const polluted = unflattenDict(await load(await save(proto)));
      expect(Object.keys(polluted)).toEqual(["__proto__"]);
      expect("x" in {}).toBe(false);
      await expect(save({ "half \ud800": 1 })).rejects.toMatchObject({ name: "ArgumentError" });
    }
    const slashed = unflattenDict({ "a/0": np.ones([1]), "a/1": np.zeros([1]) }, { sep: "/" });
    expect(JSON.stringify(slashed)).toBe('{"a":[[1],[0]]}');
    expect(Object.keys(flattenDict({ a: [1, { b: 2 }] }, { sep: "/" }))).toEqual(["a/0", "a/1/b"]);
  });
});

describe("safetensors", () => {
  it("keep metadata, and read single arrays", async () => {
    const metadata = { format: "pt", note: "größe ∞ \n" };
    const file = await openSafetensors(await saveSafetensors({ a: all["float32 2x3"], b: 1 }, { metadata }));
    expect(file.metadata).toEqual(metadata);
    expect(file.names).toEqual(["b", "a"]);
    expect(file.tensors).toEqual({ b: { dtype: "F64", shape: [] }, a: { dtype: "F32", shape: [2, 3] } });
    expect(told(await file.get("a"))).toBe(told(all["float32 2x3"]));
    await expect(file.get("c")).rejects.toThrow(/there is no "c". The file has "b", "a"/);
    await file.close();
    await file.close();
    await expect(file.get("a")).rejects.toThrow(/closed/);
    for (const wrong of [{ a: 1 }, null, [], "text"])
      await expect(saveSafetensors({ a: 1 }, { metadata: wrong as never })).rejects.toThrow(/'metadata'/);
    await expect(saveSafetensors({ __metadata__: 1 })).rejects.toThrow(/format's own/);
  });

  it("and npz load those asked for", async () => {
    const bytes = await saveSafetensors({ a: 1, b: 2, c: np.ones([2], "int8") });
    expect(Object.keys(await loadSafetensors(new Response(bytes), { only: ["c", "a"] }))).toEqual(["a", "c"]);
    await expect(loadSafetensors(bytes, { only: ["d"] })).rejects.toThrow(/there is no "d"/);
    await expect(loadSafetensors(bytes, { only: "a" as never })).rejects.toThrow(/'only'/);
    await expect(loadSafetensors(bytes, { onyl: ["a"] } as object)).rejects.toThrow(/did you mean 'only'/);
    expect(Object.keys(await loadNpz(await saveNpz({ a: 1, b: 2 }), { only: ["b"] }))).toEqual(["b"]);
  });
});

describe("sinks", () => {
  const collector = (): {
    readonly stream: WritableStream<Uint8Array>;
    readonly bytes: () => Uint8Array;
    closed: boolean;
  } => {
    const parts: Uint8Array[] = [];
    const out = {
      closed: false,
      bytes: () => join(parts),
      stream: new WritableStream<Uint8Array>({
        write: (part) => {
          parts.push(part);
        },
        close: () => {
          out.closed = true;
        },
      }),
    };
    return out;
  };

  it("are streams", async () => {
    const x = all["float64 2x3"];
    const tree = { x };
    for (const [save, wanted] of [
      [(s: WritableStream<Uint8Array>) => saveNpy(x, s), await saveNpy(x)],
      [
        (s: WritableStream<Uint8Array>) => saveNpz(tree, s, { compress: true }),
        await saveNpz(tree, { compress: true }),
      ],
      [(s: WritableStream<Uint8Array>) => saveSafetensors(tree, s), await saveSafetensors(tree)],
    ] as const) {
      const out = collector();
      await expect(save(out.stream)).resolves.toBeUndefined();
      expect(out.bytes()).toEqual(wanted);
      expect(out.closed).toBe(true);
    }
  });

  it("that fail, say so, and are aborted", async () => {
    let aborted: unknown = null;
    const failing = new WritableStream<Uint8Array>({
      write: () => Promise.reject(new TypeError("full")),
      abort: (reason) => {
        aborted = reason;
      },
    });
    await expect(saveNpy(np.ones([2]), failing)).rejects.toThrow(
      /saveNpy: the stream cannot be written: full/,
    );
    const stopped = new WritableStream<Uint8Array>({
      abort: (reason) => {
        aborted = reason;
      },
    });
    const gone = np.ones([2]);
    const saving = saveSafetensors({ gone }, stopped);
    gone.dispose();
    await expect(saving).rejects.toMatchObject({ name: "DisposedError" });
    expect(aborted).toMatchObject({ name: "DisposedError" });
    const locked = new WritableStream<Uint8Array>();
    locked.getWriter();
    await expect(saveNpy(1, locked)).rejects.toMatchObject({ name: "FileError" });
  });

  it("must be sinks", async () => {
    await expect(saveNpy(1, 3 as never)).rejects.toThrow(/expected the path or the URL/);
    await expect(saveNpy(1, new Map() as never)).rejects.toThrow(/expected the path or the URL/);
    await expect(saveNpy(1, {} as never)).resolves.toBeInstanceOf(Uint8Array);
    await expect(saveNpz({ a: 1 }, { compressed: true } as object)).rejects.toThrow(
      /did you mean 'compress'/,
    );
    await expect(saveNpz({ a: 1 }, { compress: 1 as never })).rejects.toThrow(/'compress'/);
    await expect(saveNpy(1, "https://example.org/x.npy")).rejects.toThrow(/cannot write to an address/);
  });
});

it("what is no array, or is traced, is refused", async () => {
  for (const wrong of ["text", undefined, {}, [1, 2], Symbol("s")])
    await expect(saveNpy(wrong as never)).rejects.toMatchObject({ name: "ArgumentError" });
  for (const save of savers) {
    await expect(save({ a: "text" })).rejects.toThrow(/a: expected an array or a number/);
    await expect(save({ key: random.key(0), f: () => 1 })).rejects.toMatchObject({ name: "ArgumentError" });
  }
  const saving: Promise<unknown>[] = [];
  grad((x) => {
    saving.push(saveNpy(x), saveNpz({ x }), saveSafetensors({ x }));
    return x;
  })(1);
  for (const promise of saving)
    await expect(promise).rejects.toMatchObject({
      name: expect.stringMatching(/^(Tracer|Unexpected)/) as string,
    });
});

it("zip64 fields are written and read", async () => {
  const files = ["a.npy", "größe.npy", "c.npy"].map((name, i) => ({
    name,
    parts: [new Uint8Array(100 * i).fill(i), new Uint8Array(3)],
  }));
  for (const compress of [false, true])
    for (const limit of [0, 50, 150, 400, 0xffffffff]) {
      const parts: Uint8Array[] = [];
      for await (const part of zipParts(files, compress, "test", limit)) parts.push(part);
      const access = accessBytes(join(parts));
      const entries = await readDirectory(access, "test");
      expect(entries.map((e) => e.name)).toEqual(files.map((f) => f.name));
      for (const [i, entry] of entries.entries())
        expect(await readEntry(access, entry, "test", (bytes) => bytes.take(entry.size, "all"))).toEqual(
          join(files[i].parts),
        );
    }
});

it("complex arrays keep their parts", async () => {
  const x = np.array([
    { re: 1, im: -0 },
    { re: NaN, im: Infinity },
  ]);
  expect(isComplex(x.dtype)).toBe(true);
  expect((await loadNpy(await saveNpy(x))).js()).toEqual(x.js());
});
