/** @file Files that Python wrote are read to the bit, from every kind of source; what is none of ours is refused. */
import { describe, expect, it } from "vitest";
import { AdjointError } from "../../src/base/errors.ts";
import { loadNpy, loadNpz, loadSafetensors, openSafetensors } from "../../src/io/index.ts";
import { type Case, cases, casesOf, expectEqual, fromBase64, load } from "./cases.ts";

const good = cases.filter((c) => c.error === undefined);
const bad = cases.filter((c) => c.error !== undefined);
const titled = (list: readonly Case[]): (readonly [string, Case])[] =>
  list.map((c) => [`${c.format}: ${c.name}`, c] as const);

it("there are many", () => {
  expect(good.length).toBeGreaterThan(90);
  expect(bad.length).toBeGreaterThan(10);
});

it.each(titled(good))("%s", async (_, c) => {
  expectEqual(await load(c.format, fromBase64(c.file)), c.arrays!);
});

it.each(titled(bad))("%s is refused", async (_, c) => {
  const error: unknown = await load(c.format, fromBase64(c.file)).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(AdjointError);
  expect((error as AdjointError).name).toBe(c.error);
});

describe("sources", () => {
  const slow = async function* (bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += step)
      yield await Promise.resolve(bytes.subarray(at, at + step));
  };
  const sources = {
    ArrayBuffer: (b: Uint8Array<ArrayBuffer>) => b.buffer,
    SharedArrayBuffer: (b: Uint8Array<ArrayBuffer>) => {
      const shared = new SharedArrayBuffer(b.length);
      new Uint8Array(shared).set(b);
      return shared;
    },
    "a view within a buffer": (b: Uint8Array<ArrayBuffer>) => {
      const larger = new Uint8Array(b.length + 7);
      larger.set(b, 3);
      return new DataView(larger.buffer, 3, b.length);
    },
    Blob: (b: Uint8Array<ArrayBuffer>) => new Blob([b]),
    Response: (b: Uint8Array<ArrayBuffer>) => new Response(b),
    ReadableStream: (b: Uint8Array<ArrayBuffer>) => new Blob([b]).stream(),
    "an iterable of single bytes": (b: Uint8Array<ArrayBuffer>) => slow(b, 1),
    "an iterable of parts": (b: Uint8Array<ArrayBuffer>) => slow(b, 100),
    "a data URL": (b: Uint8Array<ArrayBuffer>) =>
      `data:application/octet-stream;base64,${btoa(String.fromCharCode(...b))}`,
  };

  it.each(Object.entries(sources))("%s", async (_, make) => {
    for (const c of [...casesOf("safetensors"), ...casesOf("npz"), ...casesOf("npy").slice(0, 12)]) {
      if (c.error !== undefined) continue;
      const source = (): ReturnType<typeof make> => make(fromBase64(c.file));
      if (c.format === "npy") expectEqual({ "": await loadNpy(source()) }, c.arrays!);
      else if (c.format === "npz") expectEqual(await loadNpz(source()), c.arrays!);
      else {
        expectEqual(await loadSafetensors(source()), c.arrays!);
        const file = await openSafetensors(source());
        expect(file.metadata).toEqual(c.metadata);
        const pairs = await Promise.all(
          file.names.map(async (name) => [name, await file.get(name)] as const),
        );
        await file.close();
        expectEqual(Object.fromEntries(pairs), c.arrays!);
      }
    }
  });

  it("are copied where they can be changed later", async () => {
    const bytes = fromBase64(casesOf("npy").find((c) => c.name === "float64")!.file);
    const x = await loadNpy(bytes);
    const before = x.js();
    bytes.fill(0);
    expect(x.js()).toEqual(before);
  });

  it("must be sources", async () => {
    for (const source of [undefined, null, 3, {}, [1, 2], new Map(), Symbol("s")])
      for (const f of [loadNpy, loadNpz, loadSafetensors, openSafetensors])
        await expect(f(source as never)).rejects.toThrow(/expected a path, an address, bytes/);
    async function* texts(): AsyncGenerator<string> {
      yield await Promise.resolve("a text");
    }
    await expect(loadNpy(texts() as never)).rejects.toThrow(/source of bytes/);
  });

  it("that fail, say so", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(new Uint8Array(3));
      throw new TypeError("the line is dead");
    }
    await expect(loadNpy(failing())).rejects.toThrow(/loadNpy: the stream cannot be read: the line is dead/);
    await expect(loadNpz(failing())).rejects.toMatchObject({
      name: "FileError",
      cause: { message: "the line is dead" },
    });
    await expect(loadNpy(new Response("no", { status: 404 }))).rejects.toThrow(/status 404/);
    const used = new Response(new Uint8Array(3));
    await used.arrayBuffer();
    await expect(loadNpy(used)).rejects.toMatchObject({ name: "FileError" });
  });
});
