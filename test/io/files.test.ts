/** @file Files of Node and addresses: paths and URLs both ways, parts of large files, servers of every kind. */
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { open, readFile, readdir, writeFile } from "node:fs/promises";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  loadNpy,
  loadNpz,
  loadSafetensors,
  openSafetensors,
  saveNpy,
  saveNpz,
  saveSafetensors,
} from "../../src/io/index.ts";
import * as np from "../../src/numpy/index.ts";
import { texts, told } from "./cases.ts";

const folder = mkdtempSync(join(tmpdir(), "adjoint-io-"));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => join(folder, name);

/** Larger than what is asked for first of an address. */
const large = { a: np.arange(12_000), b: np.linspace(0, 1, 12_000), "c.d": np.ones([3], "bfloat16") };

/** Open files of this process below the folder. */
async function openFiles(): Promise<number> {
  const links = await readdir("/proc/self/fd").catch((): string[] => []);
  const { readlink } = await import("node:fs/promises");
  const targets = await Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
  return targets.filter((t) => t.startsWith(folder)).length;
}

describe("files", () => {
  it.each(["a path", "a URL", "the text of a URL"])("by %s", async (kind) => {
    const at = (name: string): string | URL =>
      kind === "a path"
        ? place(name)
        : kind === "a URL"
          ? pathToFileURL(place(name))
          : pathToFileURL(place(name)).href;
    await expect(saveNpy(large.b, at("größe 1%.npy"))).resolves.toBeUndefined();
    expect(told(await loadNpy(at("größe 1%.npy")))).toBe(told(large.b));
    for (const compress of [false, true]) {
      await saveNpz(large, at("x.npz"), { compress });
      expect(texts(await loadNpz(at("x.npz")))).toEqual(texts(large));
    }
    await saveSafetensors(large, at("x.safetensors"), { metadata: { a: "b" } });
    expect(texts(await loadSafetensors(at("x.safetensors")))).toEqual(texts(large));
    expect(await readFile(place("x.safetensors"))).toEqual(
      Buffer.from(await saveSafetensors(large, { metadata: { a: "b" } })),
    );
    await using file = await openSafetensors(at("x.safetensors"));
    expect(file.metadata).toEqual({ a: "b" });
    expect(told(await file.get("c.d"))).toBe(told(large["c.d"]));
  });

  it("are closed, whatever happens", async () => {
    await writeFile(place("bad"), "this is no file of arrays, but long enough to look like one at first");
    for (const f of [loadNpy, loadNpz, loadSafetensors, openSafetensors])
      await expect(f(place("bad"))).rejects.toMatchObject({
        name: "FileError",
        message: expect.stringContaining("bad") as string,
      });
    expect(await openFiles()).toBe(0);
  });

  it("that are not there, are folders, or are not ours", async () => {
    for (const f of [loadNpy, loadNpz, loadSafetensors, openSafetensors]) {
      await expect(f(place("nowhere"))).rejects.toMatchObject({
        name: "FileError",
        cause: { code: "ENOENT" },
      });
      await expect(f(folder)).rejects.toMatchObject({ name: "FileError" });
    }
    await expect(saveNpy(1, place("no/where.npy"))).rejects.toMatchObject({
      name: "FileError",
      cause: { code: "ENOENT" },
    });
    await expect(saveNpz({ a: 1 }, folder)).rejects.toMatchObject({ name: "FileError" });
    await expect(loadNpy("file://%zz")).rejects.toMatchObject({ name: "FileError" });
    expect(await openFiles()).toBe(0);
  });

  it("are not touched if the arrays cannot be saved", async () => {
    await saveSafetensors({ a: 1 }, place("kept"));
    await expect(saveSafetensors({ a: np.ones([1], "complex128") }, place("kept"))).rejects.toThrow(
      /complex128/,
    );
    await expect(saveNpz({ a: "b" }, place("kept"))).rejects.toThrow(/a: expected/);
    expect(Object.keys(await loadSafetensors(place("kept")))).toEqual(["a"]);
  });

  it("as streams of Node", async () => {
    await saveNpy(large.a, place("s.npy"));
    expect(told(await loadNpy(createReadStream(place("s.npy"))))).toBe(told(large.a));
    await expect(loadNpy(createReadStream(place("s.npy"), "utf8"))).rejects.toThrow(/must have no encoding/);
    await expect(loadNpy(createReadStream(place("nowhere")))).rejects.toMatchObject({
      cause: { code: "ENOENT" },
    });
  });

  it("of gigabytes are not read whole", async () => {
    // A hole of 6 GB between two arrays takes no room on the disk.
    const size = 6 * 2 ** 30;
    const header = JSON.stringify({
      hole: { dtype: "U8", shape: [6, 2 ** 30], data_offsets: [0, size] },
      x: { dtype: "F32", shape: [2], data_offsets: [size, size + 8] },
    });
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(header.length));
    const file = await open(place("huge"), "w");
    await file.write(Buffer.concat([start, Buffer.from(header)]));
    await file.write(Buffer.from(Float32Array.of(1, 2).buffer), 0, 8, 8 + header.length + size);
    await file.close();
    expect((await loadSafetensors(place("huge"), { only: ["x"] })).x.js()).toEqual([1, 2]);
    await using opened = await openSafetensors(place("huge"));
    expect((await opened.get("x")).js()).toEqual([1, 2]);
    await expect(opened.get("hole")).rejects.toThrow(/more than arrays can have/);
  });
});

describe("addresses", () => {
  const requests: { url: string; range: string | undefined; token: string | undefined }[] = [];
  let server: Server;
  let base = "";

  function answer(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
    const url = new URL(request.url!, "http://localhost");
    const { range } = request.headers;
    requests.push({ url: url.pathname, range, token: request.headers.authorization });
    const kind = url.searchParams.get("kind");
    if (kind === "none") {
      response.writeHead(403).end("no");
      return;
    }
    if (kind === "gzip") {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(bytes));
      return;
    }
    if (kind === "cut") {
      response.writeHead(200, { "content-length": bytes.length });
      response.write(bytes.subarray(0, 100), () => response.destroy());
      return;
    }
    const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? "");
    if (match === null || kind === "whole") {
      response.writeHead(200).end(bytes);
      return;
    }
    const from = Number(match[1]);
    const to = Math.min(Number(match[2]), bytes.length - 1);
    const total = kind === "changing" && from > 0 ? bytes.length + 1 : bytes.length;
    const part = bytes.subarray(from, kind === "short" && from > 0 ? to : to + 1);
    const headers = kind === "hidden" ? {} : { "content-range": `bytes ${from}-${to}/${total}` };
    response.writeHead(206, headers).end(part);
  }

  beforeAll(async () => {
    const files: Record<string, Buffer> = {
      "/x.safetensors": Buffer.from(await saveSafetensors(large)),
      "/x.npz": Buffer.from(await saveNpz(large)),
      "/x.npy": Buffer.from(await saveNpy(large.a)),
    };
    server = createServer((request, response) => {
      const bytes = files[new URL(request.url!, "http://localhost").pathname];
      if (bytes === undefined) response.writeHead(404).end();
      else answer(request, response, bytes);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(["", "?kind=gzip"])("are read%s", async (kind) => {
    expect(told(await loadNpy(`${base}/x.npy${kind}`))).toBe(told(large.a));
    expect(texts(await loadNpz(new URL(`${base}/x.npz${kind}`)))).toEqual(texts(large));
    expect(texts(await loadSafetensors(`${base}/x.safetensors${kind}`))).toEqual(texts(large));
    expect(texts(await loadSafetensors(await fetch(`${base}/x.safetensors${kind}`)))).toEqual(texts(large));
  });

  it("give parts", async () => {
    requests.length = 0;
    const file = await openSafetensors(`${base}/x.safetensors`, { headers: { Authorization: "Bearer x" } });
    expect(told(await file.get("c.d"))).toBe(told(large["c.d"]));
    expect(told(await file.get("a"))).toBe(told(large.a));
    await file.close();
    expect(requests.map((r) => r.range?.replace(/\d{3,}/g, "…"))).toEqual([
      "bytes=0-…",
      "bytes=…-…",
      "bytes=…-…",
    ]);
    expect(requests.every((r) => r.token === "Bearer x")).toBe(true);
  });

  it.each(["whole", "hidden", "gzip"])("whose servers give none: %s", async (kind) => {
    const file = await openSafetensors(`${base}/x.safetensors?kind=${kind}`);
    expect(told(await file.get("b"))).toBe(told(large.b));
  });

  it("that fail", async () => {
    await expect(loadNpy(`${base}/nowhere.npy`)).rejects.toThrow(
      /nowhere.npy: the server answered with status 404/,
    );
    await expect(openSafetensors(`${base}/x.safetensors?kind=none`)).rejects.toThrow(/status 403/);
    for (const load of [loadNpz, loadSafetensors])
      await expect(load(`${base}/x.safetensors?kind=cut`)).rejects.toMatchObject({ name: "FileError" });
    for (const kind of ["changing", "short"]) {
      const file = await openSafetensors(`${base}/x.safetensors?kind=${kind}`);
      await expect(file.get("a")).rejects.toMatchObject({ name: "FileError" });
    }
    await expect(loadNpy("http://127.0.0.1:1/x.npy")).rejects.toMatchObject({ name: "FileError" });
  });
});
