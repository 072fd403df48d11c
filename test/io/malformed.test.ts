/**
 * @file Malformed files: claims of sizes, offsets and types that cannot be, and random damage. Always an error of the
 * library, soon and without memory for what is only claimed; or arrays that the bytes do stand for.
 */
import { describe, expect, it } from "vitest";
import { AdjointError } from "../../src/base/errors.ts";
import { type NDArray } from "../../src/core/array.ts";
import { join } from "../../src/io/formats.ts";
import {
  loadNpy,
  loadNpz,
  loadSafetensors,
  openSafetensors,
  saveNpz,
  saveSafetensors,
} from "../../src/io/index.ts";
import { zipParts } from "../../src/io/zip.ts";
import * as np from "../../src/numpy/index.ts";
import { Random } from "../util/random.ts";
import { cases, fromBase64, load } from "./cases.ts";

const latin1 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text, (c) => c.charCodeAt(0));

const npy = (header: string, data: Uint8Array | number = 0, version = 1): Uint8Array<ArrayBuffer> => {
  const length = version === 1 ? 2 : 4;
  const size = Uint8Array.from({ length }, (_, i) => (header.length >> (8 * i)) & 255);
  return join([
    latin1("\x93NUMPY"),
    Uint8Array.of(version, 0),
    size,
    latin1(header),
    typeof data === "number" ? new Uint8Array(data) : data,
  ]);
};
const dict = (descr: string, shape: string, order = "False"): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;

const safetensors = (
  header: string,
  data = 0,
  length = new TextEncoder().encode(header).length,
): Uint8Array<ArrayBuffer> => {
  const size = new Uint8Array(8);
  new DataView(size.buffer).setBigUint64(0, BigInt(length), true);
  return join([size, new TextEncoder().encode(header), new Uint8Array(data)]);
};
const tensor = (dtype: string, shape: string, begin: number | string, end: number | string): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

/** As bytes whose number is known, and as they arrive. */
const sourcesOf = (bytes: Uint8Array<ArrayBuffer>): (Uint8Array | Response)[] => [bytes, new Response(bytes)];

type Row = readonly [name: string, file: Uint8Array<ArrayBuffer>, message: RegExp];

describe("npy", () => {
  const rows: readonly Row[] = [
    ["nothing", new Uint8Array(0), /ends too early/],
    ["another file", latin1("PK\x03\x04 and more"), /no npy file/],
    ["version 4", npy(dict("'<f4'", "(0,)"), 0, 4), /version 4.0; expected 1, 2 or 3/],
    ["2^60 elements", npy(dict("'<f4'", `(${2 ** 60},)`), 64), /beyond 2\^53/],
    ["2^50 elements", npy(dict("'<f4'", `(${2 ** 50},)`), 64), /more than arrays can have/],
    ["2^30 elements", npy(dict("'<f4'", `(${2 ** 30},)`), 64), /ends too early/],
    ["many axes of much", npy(dict("'<f4'", `(${"65536,".repeat(100)})`), 64), /more than arrays can have/],
    ["much and nothing", npy(dict("'<f4'", `(0, ${2 ** 40})`)), /more than arrays can have/],
    ["too many axes", npy(dict("'<f4'", `(${"1,".repeat(1001)})`), 4), /1001 axes/],
    ["negative sizes", npy(dict("'<f4'", "(-1,)")), /tuple of whole numbers/],
    ["-0", npy(dict("'<f4'", "(-0,)")), /tuple of whole numbers/],
    ["a fraction", npy(dict("'<f4'", "(1.5,)"), 4), /malformed at character/],
    ["a number as shape", npy(dict("'<f4'", "3"), 12), /tuple of whole numbers/],
    ["True as size", npy(dict("'<f4'", "(True,)"), 4), /tuple of whole numbers/],
    ["a number as order", npy(dict("'<f4'", "(1,)", "0"), 4), /True or False/],
    ["one byte too few", npy(dict("'<f4'", "(2,)"), 7), /has 8 bytes, and 7 are left/],
    ["one byte too many", npy(dict("'<f4'", "(2,)"), 9), /should end here/],
    ["a key less", npy("{'descr': '<f4', 'shape': (2,)}", 8), /descr, fortran_order and shape/],
    [
      "a key more",
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", 8),
      /descr, fortran_order and shape/,
    ],
    [
      "a key twice",
      npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8),
      /twice/,
    ],
    ["a call", npy(dict("__import__('os').system('true')", "(2,)"), 8), /malformed at character/],
    ["a sum", npy(dict("'<f4'", "(1+1,)"), 8), /malformed at character/],
    ["no end", npy("{'descr': '<f4', "), /expected a value/],
    ["more after the header", npy(`${dict("'<f4'", "(2,)")} 1`, 8), /nothing more/],
    ["a deep nest", npy("[".repeat(60_000)), /nested too deep/],
    ["a long header", npy("", 0, 2).fill(255, 8), /4294967295 bytes; expected at most/],
    ["no text as key", npy("{1: 2}"), /text as key/],
    ["a record", npy(dict("[('x', '<f4')]", "(2,)"), 8), /structured/],
    ["objects", npy(dict("'|O'", "(2,)"), 8), /never loaded/],
    ["an unknown dtype", npy(dict("'<q9'", "(2,)"), 8), /no dtype/],
    ["a dtype with more", npy(dict("'<f4,<f4'", "(2,)"), 16), /dtype "<f4,<f4"/],
    ["a long dtype", npy(dict("'<M8[ns]'", "(2,)"), 16), /times/],
    ["bad UTF-8", npy(dict("'\xff'", "(2,)"), 8, 3), /no UTF-8/],
  ];
  it.each(rows)("%s", async (_, file, message) => {
    for (const source of sourcesOf(file)) {
      const error: unknown = await loadNpy(source).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(AdjointError);
      expect((error as Error).message).toMatch(message);
    }
  });

  it("is read as NumPy reads it", async () => {
    const one = latin1("\x00\x00\x80\x3f");
    for (const header of [
      dict("'<f4'", "(1,)"),
      dict('"<f4"', "(1L,)"),
      dict("'f4'", "[1]"),
      dict("'=f4'", "(1 , )"),
      `{'shape':(1,),\n 'fortran_order':True,'descr':'<f4'}\n`,
    ])
      expect((await loadNpy(npy(header, one))).js()).toEqual([1]);
    expect((await loadNpy(npy(dict("'<f4'", "()"), one))).js()).toBe(1);
    expect(
      (await loadNpy(npy(dict("'?1'".replace("?", "|b"), "(3,)"), Uint8Array.of(0, 1, 7)))).js(),
    ).toEqual([false, true, true]);
  });
});

describe("safetensors", () => {
  const f4 = tensor("F32", "[1]", 0, 4);
  const rows: readonly Row[] = [
    ["nothing", new Uint8Array(0), /ends too early/],
    ["no header", new Uint8Array(8), /must begin with "\{"/],
    [
      "a header longer than the file",
      safetensors("{}", 0, 1000),
      /the header has 1000 bytes, and 2 are left/,
    ],
    ["a header of 2^63 bytes", safetensors("{}", 0, 2 ** 63), /expected at most 100000000/],
    ["no JSON", safetensors("{x}"), /no JSON/],
    ["a space first", safetensors(" {}"), /must begin/],
    ["a byte order mark first", safetensors("\ufeff{}"), /must begin/],
    ["a list", safetensors("[]"), /must begin/],
    ["bad UTF-8", safetensors("{}").fill(255, 9), /no UTF-8/],
    ["a key twice", safetensors(`{"a":${f4},"a":${f4}}`, 4), /the key "a" twice/],
    ["a key twice, spelled differently", safetensors(`{"a":${f4},"\\u0061":${f4}}`, 4), /the key "a" twice/],
    [
      "a field twice",
      safetensors(`{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4),
      /"dtype" twice/,
    ],
    ["no dtype", safetensors(`{"a":{"shape":[1],"data_offsets":[0,4]}}`, 4), /of "a" it does not/],
    ["nothing of it", safetensors(`{"a":null}`), /of "a" it does not/],
    ["an unknown dtype", safetensors(`{"a":${tensor("F33", "[1]", 0, 4)}}`, 4), /"F33", which is none/],
    [
      "a dtype of all objects",
      safetensors(`{"a":${tensor("constructor", "[1]", 0, 4)}}`, 4),
      /which is none/,
    ],
    ["a negative size", safetensors(`{"a":${tensor("F32", "[-1]", 0, 4)}}`, 4), /whole numbers/],
    ["-0", safetensors(`{"a":${tensor("F32", "[-0]", 0, 0)}}`), /whole numbers/],
    ["a fraction", safetensors(`{"a":${tensor("F32", "[0.5]", 0, 2)}}`, 2), /whole numbers/],
    ["2^60 elements", safetensors(`{"a":${tensor("F32", `[${2 ** 60}]`, 0, 4)}}`, 4), /whole numbers/],
    [
      "2^50 elements",
      safetensors(`{"a":${tensor("F32", `[${2 ** 50}]`, 0, 2 ** 52)}}`, 4),
      /file has 4 for them|more than arrays/,
    ],
    [
      "2^30 elements",
      safetensors(`{"a":${tensor("F32", `[${2 ** 30}]`, 0, 2 ** 32)}}`, 4),
      /file has 4 for them|ends too early/,
    ],
    [
      "an overflow to 4 bytes",
      safetensors(`{"a":${tensor("F32", "[4294967296,4294967296,1]", 0, 4)}}`, 4),
      /not as many/,
    ],
    ["backward offsets", safetensors(`{"a":${tensor("F32", "[1]", 4, 0)}}`, 4), /not as many/],
    [
      "an offset too many",
      safetensors(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}`, 4),
      /it does not/,
    ],
    [
      "a gap",
      safetensors(`{"a":${f4},"b":${tensor("F32", "[1]", 8, 12)}}`, 12),
      /begin at byte 8 of the data; expected 4/,
    ],
    ["a gap first", safetensors(`{"a":${tensor("F32", "[1]", 4, 8)}}`, 8), /expected 0/],
    [
      "an overlap",
      safetensors(`{"a":${tensor("F32", "[2]", 0, 8)},"b":${tensor("F32", "[1]", 4, 8)}}`, 8),
      /expected 8/,
    ],
    ["the same place", safetensors(`{"a":${f4},"b":${f4}}`, 4), /expected 4/],
    ["beyond the end", safetensors(`{"a":${f4}}`, 3), /file has 3 for them|ends too early/],
    ["bytes after the end", safetensors(`{"a":${f4}}`, 5), /file has 5 for them|should end here/],
    ["half bytes", safetensors(`{"a":${tensor("F4", "[3]", 0, 2)}}`, 2), /not as many/],
    ["numbers in the metadata", safetensors(`{"__metadata__":{"a":1}}`), /texts by name/],
    ["a text as metadata", safetensors(`{"__metadata__":"a"}`), /texts by name/],
    [
      "float8",
      safetensors(`{"a":${tensor("F8_E4M3", "[4]", 0, 4)}}`, 4),
      /dtype F8_E4M3, which the library does not have/,
    ],
  ];
  it.each(rows)("%s", async (_, file, message) => {
    for (const source of sourcesOf(file)) {
      const error: unknown = await loadSafetensors(source).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(AdjointError);
      expect((error as Error).message).toMatch(message);
    }
  });

  it("of dtypes that the library lacks give the others", async () => {
    const bytes = safetensors(`{"a":${tensor("F8_E4M3", "[4]", 0, 4)},"b":${tensor("F32", "[1]", 4, 8)}}`, 8);
    expect((await loadSafetensors(bytes, { only: ["b"] })).b.js()).toEqual([0]);
    const file = await openSafetensors(bytes);
    expect(file.tensors.a.dtype).toBe("F8_E4M3");
    expect((await file.get("b")).js()).toEqual([0]);
    await expect(file.get("a")).rejects.toMatchObject({ name: "DTypeError" });
  });

  it("may be empty, padded, and have keys called as the fields of others", async () => {
    expect(await loadSafetensors(safetensors("{}   \n"))).toEqual({});
    const twice = `{"dtype":${f4},"shape":${tensor("F32", "[0]", 4, 4)}}  `;
    expect(Object.keys(await loadSafetensors(safetensors(twice, 4)))).toEqual(["dtype", "shape"]);
    expect((await openSafetensors(safetensors(`{"__metadata__":null}`))).metadata).toEqual({});
  });
});

describe("npz", () => {
  const archive = async (
    files: Readonly<Record<string, Uint8Array>>,
    compress = false,
  ): Promise<Uint8Array<ArrayBuffer>> => {
    const parts: Uint8Array[] = [];
    const list = Object.entries(files).map(([name, bytes]) => ({ name, parts: [bytes] }));
    for await (const part of zipParts(list, compress, "test")) parts.push(part);
    return join(parts);
  };
  const refused = async (bytes: Uint8Array<ArrayBuffer>, message: RegExp): Promise<void> => {
    await expect(loadNpz(bytes)).rejects.toThrow(message);
    await expect(loadNpz(bytes)).rejects.toBeInstanceOf(AdjointError);
  };

  it("that is none", async () => {
    await refused(new Uint8Array(0), /no zip archive/);
    await refused(new Uint8Array(100_000), /no zip archive/);
    await refused(npy(dict("'<f4'", "(0,)")), /no zip archive/);
  });

  it.each([false, true])("compressed: %s, with a bomb in it", async (compress) => {
    const header = npy(dict("'<f8'", `(${2 ** 28},)`), 64);
    await refused(await archive({ "x.npy": header }, compress), /has 2147483648 bytes, and 64 are left/);
    const zeros = npy(dict("'|u1'", "(3,)"), 1e7);
    await refused(await archive({ "x.npy": zeros }, compress), /should end here/);
  });

  it("whose directory lies", async () => {
    const good = await saveNpz({ x: np.arange(100) }, { compress: true });
    const central = good.findIndex((_, i) => good[i] === 0x50 && good[i + 1] === 0x4b && good[i + 2] === 1);
    const end = good.length - 22;
    const change = (at: number, ...bytes: number[]): Uint8Array<ArrayBuffer> => {
      const out = good.slice();
      out.set(bytes, at);
      return out;
    };
    await refused(change(central + 24, 255, 255, 255, 127), /larger than it can be/);
    await refused(change(central + 24, good[central + 24] - 1), /./);
    await refused(change(central + 20, 255, 255), /not where it is said to be/);
    await refused(change(central + 42, 255, 255), /not where it is said to be/);
    await refused(change(central + 16, good[central + 16] ^ 1), /damaged/);
    await refused(change(central + 8, 1), /encrypted/);
    await refused(change(central + 10, 12), /method 12/);
    await refused(change(central + 28, 255, 255), /too long/);
    await refused(change(end + 10, 9), /not as long/);
    await refused(change(end + 12, 0), /not as long/);
    await refused(change(end + 16, 0), /not as long/);
    await refused(change(0, 0), /not where it is said to be/);
    const damaged = good.slice();
    damaged[central - 20] ^= 16;
    await refused(damaged, /./);
    const stored = await saveNpz({ x: np.arange(100) });
    stored[300] ^= 1;
    await refused(stored, /checksum/);
  });

  it("with two files of one name, or without arrays", async () => {
    const parts: Uint8Array[] = [];
    const file = { name: "x.npy", parts: [npy(dict("'<f4'", "(0,)"))] };
    for await (const part of zipParts([file, file], false, "test")) parts.push(part);
    await refused(join(parts), /two files named "x.npy"/);
    const mixed = await archive({
      "a.txt": new Uint8Array(3),
      "b.npy": file.parts[0],
      "folder/": new Uint8Array(0),
    });
    await refused(mixed, /a.txt is no npy file/);
    expect(Object.keys(await loadNpz(mixed, { only: ["b"] }))).toEqual(["b"]);
  });
});

describe("random damage", () => {
  /** Small files of every format. */
  const files = async (): Promise<(readonly [string, Uint8Array<ArrayBuffer>])[]> => [
    ...cases.filter((_, i) => i % 7 === 0).map((c) => [c.format, fromBase64(c.file)] as const),
    ["safetensors", await saveSafetensors({ a: np.ones([3]), b: [1, true] }, { metadata: { a: "b" } })],
    ["npz", await saveNpz({ a: np.ones([3]), b: 1 })],
    ["npz", await saveNpz({ a: np.ones([30]), b: 1 }, { compress: true })],
  ];
  const outcome = async (format: string, bytes: Uint8Array): Promise<Record<string, NDArray> | null> => {
    try {
      return await load(format, bytes);
    } catch (error) {
      if (error instanceof AdjointError && !error.message.startsWith("internal")) return null;
      throw error;
    }
  };

  it("files that end too early are refused", async () => {
    for (const [format, bytes] of await files()) {
      const step = Math.max(1, Math.floor(bytes.length / 150));
      for (let length = 0; length < bytes.length; length += step)
        expect(await outcome(format, bytes.subarray(0, length))).toBe(null);
    }
  });

  it("changed bytes are found, or make other arrays", { timeout: 120_000 }, async () => {
    const rng = new Random("damage");
    let read = 0;
    for (const [format, bytes] of await files())
      for (let k = 0; k < 120; k++) {
        const changed = bytes.slice();
        const head = Math.min(bytes.length, 300) - 1;
        for (let n = rng.int(1, 3); n > 0; n--) {
          const at =
            k % 3 === 0
              ? rng.int(0, bytes.length - 1)
              : k % 3 === 1
                ? rng.int(0, head)
                : bytes.length - 1 - rng.int(0, head);
          changed[at] = k % 2 === 0 ? rng.int(0, 255) : changed[at] ^ (1 << rng.int(0, 7));
        }
        const arrays = await outcome(format, changed);
        if (arrays === null) continue;
        read++;
        // No more than the file has, but for what compresses well.
        const size = Object.values(arrays).reduce((n, x) => n + x.size, 0);
        expect(size).toBeLessThan(format === "npz" ? 20_000 : 16 * bytes.length);
      }
    expect(read).toBeGreaterThan(0);
  });
});
