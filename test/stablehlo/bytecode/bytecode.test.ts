/** @file MLIR bytecode and portable artifacts: programs of JAX, all versions of the formats, and what is wrong with bytes. */
import { describe, expect, it } from "vitest";
import { type NDArray, makeJaxpr } from "../../../src/index.ts";
import { StablehloError, fromStablehlo } from "../../../src/stablehlo/index.ts";
import { arrayOf, differences, errorOf } from "../cases.ts";
import { asArtifact, bytesOf, caseOf, fixtures } from "./bytes.ts";

const programs = Object.entries(fixtures.public);

describe("programs of JAX", () => {
  it.each(programs)("%s", (key, [plain, artifact]) => {
    const c = caseOf(key);
    const jaxpr = (module: string | Uint8Array): string =>
      String(makeJaxpr(fromStablehlo(module))(...c.inputs.map(arrayOf)));
    expect(jaxpr(bytesOf(plain))).toBe(jaxpr(c.mlir));
    expect(differences(asArtifact(key), bytesOf(artifact))).toEqual([]);
  });
});

describe("what bytes are taken", () => {
  const [x, y] = ["[0.5, 1]", "[2, 3]"].map((text) =>
    arrayOf({ shape: [2], dtype: "float32", data: JSON.parse(text) as number[] }),
  );

  it.each(Object.entries(fixtures.versions))("%s", (_, base64) => {
    const f = fromStablehlo<NDArray[]>(bytesOf(base64));
    const [product, count] = f(x, y);
    const want = 2 * Math.cos(0.5) - 6;
    for (const got of product.dataSync()) expect(got).toBeCloseTo(want, 5);
    expect(count.item()).toBe(3);
  });

  it("constants that stand apart", () => {
    expect(fromStablehlo(bytesOf(fixtures.resource))().js()).toEqual([1, 2, 3]);
  });

  it("buffers, also those of Node, whose slices are no copies", () => {
    const bytes = bytesOf(fixtures.resource);
    expect(fromStablehlo(bytes.slice().buffer)().js()).toEqual([1, 2, 3]);
    const buffer = Buffer.from(fixtures.resource, "base64");
    const f = fromStablehlo(buffer);
    buffer.fill(0);
    expect(f().js()).toEqual([1, 2, 3]);
  });

  it("operations of CHLO that are kept under their names, with their derivatives", () => {
    const [, artifact] = fixtures.public["elementwise:lax.asinh/f32"] ?? ["", ""];
    const { inputs } = caseOf("elementwise:lax.asinh/f32");
    expect(String(makeJaxpr(fromStablehlo(bytesOf(artifact)))(...inputs.map(arrayOf)))).toContain(
      "= asinh a",
    );
  });
});

/** Numbers from a seed. */
function generator(seed: number): (n: number) => number {
  return (n) => ((seed = (seed * 1103515245 + 12345) % 2 ** 31), Math.floor((seed / 2 ** 31) * n));
}

describe("what is wrong with bytes", () => {
  const [, [plain]] = programs[0];

  it("is told with the byte", () => {
    const bytes = bytesOf(plain);
    expect(errorOf(bytes.subarray(0, 4)).message).toContain("byte 4: expected the version of the format");
    const newer = bytes.slice();
    newer[4] = 15;
    const e = errorOf(newer);
    expect(e.message).toContain("byte 4: expected bytecode of version 0 to 6; got 7");
    expect([e.offset, e.line, e.column, e.code]).toEqual([4, null, null, "stablehlo"]);
    expect(errorOf(bytes.subarray(0, 30)).message).toContain("bytes; ");
    expect(errorOf(Uint8Array.of(0x4d, 0x4c, 0xef, 0x52, 13, 0)).message).toContain(
      "expected a section of strings",
    );
  });

  /** The bytes of a program in which a name is another one of the same length. */
  const renamed = (base64: string, from: string, to: string): Uint8Array => {
    const bytes = bytesOf(base64);
    const at = Buffer.from(bytes).indexOf(`${from}\0`);
    if (at < 0) throw new Error(`there is no ${from}`);
    bytes.set(new TextEncoder().encode(to), at);
    return bytes;
  };

  it("names operations that are not known, and dialects", () => {
    const text = fixtures.versions["format 6"];
    expect(errorOf(renamed(text, "cosine", "cosinu")).message).toContain(
      "the operation 'stablehlo.cosinu' is not known",
    );
    expect(errorOf(renamed(text, "builtin", "builtum")).message).toContain(
      "expected a module or a function; got 'builtum.module'",
    );
    const artifact = fixtures.versions["StableHLO 1.14.0"];
    for (const [from, to] of [
      ["cosine_v2", "cosine_v3"],
      ["select_v1", "sel__t_v1"],
    ])
      expect(errorOf(renamed(artifact, from, to)).message).toContain(
        `the operation 'vhlo.${to}' is not known`,
      );
  });

  it("includes what is larger than bytes can hold when it is written out", () => {
    const [lists, types] = fixtures.shared.map(bytesOf);
    expect(errorOf(lists).message).toContain("attributes in one");
    expect(errorOf(types).message).toContain("expected a type of at most 4194304 characters");
  });

  it("never is anything but such an error, in a moment, whatever is damaged", { timeout: 120_000 }, () => {
    const below = generator(20260);
    const all = [
      ...programs.flatMap(([, forms]) => forms),
      ...Object.values(fixtures.versions),
      ...Object.values(fixtures.functions).map((c) => c.bytes),
      fixtures.resource,
    ].map(bytesOf);
    const damage = (bytes: Uint8Array): Uint8Array => {
      if (below(4) === 0) return bytes.subarray(0, below(bytes.length));
      const out = bytes.slice();
      for (let n = 1 + below(3); n > 0; n--) {
        const at = below(out.length);
        const kind = below(4);
        if (kind === 0) out[at] = below(256);
        else if (kind === 1) out[at] ^= 1 << below(8);
        else if (kind === 2) out.copyWithin(at, below(out.length), below(out.length));
        // The largest numbers that there are: nine bytes, of which the first is 0.
        else out.fill(below(2) * 255, at, at + 9);
      }
      return out;
    };
    for (let k = 0; k < 3000; k++) {
      const bytes = damage(all[below(all.length)]);
      const start = performance.now();
      try {
        fromStablehlo(bytes);
      } catch (e) {
        if (!(e instanceof StablehloError))
          throw new Error(`${String(e)} of\n${Buffer.from(bytes).toString("base64")}`, { cause: e });
        expect(e.offset).toBeGreaterThanOrEqual(0);
      }
      expect(performance.now() - start).toBeLessThan(5000);
    }
  });
});
