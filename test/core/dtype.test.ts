/** @file Promotion: JAX's table under 64-bit mode (promotion.json); and what dtypes are. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type DType,
  type WeakDType,
  allocate,
  bitWidth,
  dtypeOfTypedArray,
  dtypes,
  isTypedArray,
  promoteTypes,
  shortName,
  toDType,
} from "../../src/dtypes/dtype.ts";
import { config } from "../../src/base/config.ts";

const { table } = JSON.parse(readFileSync(join(import.meta.dirname, "promotion.json"), "utf8")) as {
  readonly table: Readonly<Record<string, Readonly<Record<string, string>>>>;
};
const columns = Object.keys(table);

const weak: Readonly<Record<string, DType>> = { "i*": "int32", "f*": "float64", "c*": "complex128" };
const types: Readonly<Record<string, WeakDType>> = Object.fromEntries(
  columns.map((c) => [
    c,
    c in weak ? { dtype: weak[c], weakType: true } : { dtype: c as DType, weakType: false },
  ]),
);

const nameOf = (t: WeakDType): string => `${t.dtype}${t.weakType ? " weak" : ""}`;

describe("promotion", () => {
  it("is that of JAX's table, but that integers without a dtype are int32", () => {
    for (const a of columns)
      for (const b of columns)
        expect(nameOf(promoteTypes([types[a], types[b]])), `${a} and ${b}`).toBe(
          table[a][b].replace("int64 weak", "int32 weak"),
        );
  });

  it("does not depend on the order of operands, nor on their grouping among strong types", () => {
    for (const a of columns) {
      for (const b of columns) {
        expect(promoteTypes([types[b], types[a]])).toEqual(promoteTypes([types[a], types[b]]));
        expect(promoteTypes([types[a], types[b], types[a]])).toEqual(promoteTypes([types[a], types[b]]));
      }
    }
  });

  it("makes int64 of uint32 and a signed integer, int32 where the default is 32 bits wide", () => {
    expect(promoteTypes([types.uint32, types.int8]).dtype).toBe("int64");
    config.with({ defaultFloat: "float32" }, () => {
      expect(promoteTypes([types.uint32, types.int8])).toEqual(types.int32);
      expect(promoteTypes([types.uint32, types.int64])).toEqual(types.int64);
    });
  });

  it("gives weak floats the default float", () => {
    config.with({ defaultFloat: "float32" }, () => {
      expect(promoteTypes([types["i*"], types["f*"]]).weakType).toBe(true);
      expect(promoteTypes([types.int32, { dtype: "float32", weakType: true }])).toEqual({
        dtype: "float32",
        weakType: true,
      });
    });
  });

  it('of different dtypes is an error where dtypePromotion is "none"', () => {
    config.with({ dtypePromotion: "none" }, () => {
      expect(() => promoteTypes([types.float32, types.float64])).toThrow("dtypes float32 and float64 meet");
      expect(promoteTypes([types.float32, types["f*"]])).toEqual(types.float32);
    });
  });
});

describe("dtypes", () => {
  it("have the short names of jaxprs and the widths they say", () => {
    expect(dtypes.map(shortName).join(" ")).toBe(
      "bool i8 u8 i16 u16 i32 u32 i64 u64 f16 bf16 f32 f64 c64 c128",
    );
    for (const d of dtypes) {
      if (d === "bool") continue;
      expect(bitWidth(d), d).toBe(Number(/\d+$/.exec(d)![0]));
      expect(allocate(d, 3).byteLength, d).toBe((3 * bitWidth(d)) / 8);
    }
  });

  it("come from typed arrays", () => {
    const made = [
      "int8",
      "uint8",
      "int16",
      "uint16",
      "int32",
      "uint32",
      "int64",
      "uint64",
      "float32",
      "float64",
    ] as const;
    for (const d of made) expect(dtypeOfTypedArray(allocate(d, 1))).toBe(d);
    expect(dtypeOfTypedArray(new Uint8ClampedArray(1))).toBe("uint8");
    expect(isTypedArray(new BigInt64Array(1))).toBe(true);
    expect(isTypedArray(new DataView(new ArrayBuffer(8)))).toBe(false);
  });

  it("of other names are errors that list the names", () => {
    expect(() => toDType("float", "np.zeros")).toThrow(
      "np.zeros: 'float' is no dtype; expected one of bool, int8",
    );
    expect(() => toDType(Float32Array, "np.zeros")).toThrow("is no dtype");
  });
});
