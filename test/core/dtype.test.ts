/** @file Promotion: the table of JAX's documentation ("Type promotion semantics"), with int32 where it has int64. */
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

const columns = "b1 u1 u2 u4 i1 i2 i4 bf f2 f4 f8 c4 c8 i* f* c*".split(" ");
const table = `
b1 u1 u2 u4 i1 i2 i4 bf f2 f4 f8 c4 c8 i* f* c*
u1 u1 u2 u4 i2 i2 i4 bf f2 f4 f8 c4 c8 u1 f* c*
u2 u2 u2 u4 i4 i4 i4 bf f2 f4 f8 c4 c8 u2 f* c*
u4 u4 u4 u4 i4 i4 i4 bf f2 f4 f8 c4 c8 u4 f* c*
i1 i2 i4 i4 i1 i2 i4 bf f2 f4 f8 c4 c8 i1 f* c*
i2 i2 i4 i4 i2 i2 i4 bf f2 f4 f8 c4 c8 i2 f* c*
i4 i4 i4 i4 i4 i4 i4 bf f2 f4 f8 c4 c8 i4 f* c*
bf bf bf bf bf bf bf bf f4 f4 f8 c4 c8 bf bf c4
f2 f2 f2 f2 f2 f2 f2 f4 f2 f4 f8 c4 c8 f2 f2 c4
f4 f4 f4 f4 f4 f4 f4 f4 f4 f4 f8 c4 c8 f4 f4 c4
f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 c8 c8 f8 f8 c8
c4 c4 c4 c4 c4 c4 c4 c4 c4 c4 c8 c4 c8 c4 c4 c4
c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8 c8
i* u1 u2 u4 i1 i2 i4 bf f2 f4 f8 c4 c8 i* f* c*
f* f* f* f* f* f* f* bf f2 f4 f8 c4 c8 f* f* c*
c* c* c* c* c* c* c* c4 c4 c4 c8 c4 c8 c* c* c*`
  .trim()
  .split("\n")
  .map((line) => line.split(" "));

const types: Readonly<Record<string, WeakDType>> = Object.fromEntries([
  ...columns.slice(0, 13).map((name, i) => [name, { dtype: orderOfTable()[i], weakType: false }]),
  ["i*", { dtype: "int32", weakType: true }],
  ["f*", { dtype: "float64", weakType: true }],
  ["c*", { dtype: "complex128", weakType: true }],
]) as Record<string, WeakDType>;

function orderOfTable(): DType[] {
  return [
    "bool",
    "uint8",
    "uint16",
    "uint32",
    "int8",
    "int16",
    "int32",
    "bfloat16",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
  ];
}

const nameOf = (t: WeakDType): string =>
  Object.keys(types).find((k) => types[k].dtype === t.dtype && types[k].weakType === t.weakType) ??
  `${t.dtype} ${t.weakType}`;

describe("promotion", () => {
  it("is that of JAX's table", () => {
    const got = columns.map((a) => columns.map((b) => nameOf(promoteTypes([types[a], types[b]]))));
    expect(got.map((line) => line.join(" "))).toEqual(table.map((line) => line.join(" ")));
  });

  it("does not depend on the order of operands, nor on their grouping among strong types", () => {
    for (const a of columns) {
      for (const b of columns) {
        expect(promoteTypes([types[b], types[a]])).toEqual(promoteTypes([types[a], types[b]]));
        expect(promoteTypes([types[a], types[b], types[a]])).toEqual(promoteTypes([types[a], types[b]]));
      }
    }
  });

  it("gives weak floats the default float", () => {
    config.with({ defaultFloat: "float32" }, () => {
      expect(promoteTypes([types["i*"], types["f*"]]).weakType).toBe(true);
      expect(promoteTypes([types.i4, { dtype: "float32", weakType: true }])).toEqual({
        dtype: "float32",
        weakType: true,
      });
    });
  });

  it('of different dtypes is an error where dtypePromotion is "none"', () => {
    config.with({ dtypePromotion: "none" }, () => {
      expect(() => promoteTypes([types.f4, types.f8])).toThrow("dtypes float32 and float64 meet");
      expect(promoteTypes([types.f4, types["f*"]])).toEqual(types.f4);
    });
  });
});

describe("dtypes", () => {
  it("have the short names of jaxprs and the widths they say", () => {
    expect(dtypes.map(shortName).join(" ")).toBe("bool i8 u8 i16 u16 i32 u32 f16 bf16 f32 f64 c64 c128");
    for (const d of dtypes) {
      if (d === "bool") continue;
      expect(bitWidth(d), d).toBe(Number(/\d+$/.exec(d)![0]));
      expect(allocate(d, 3).byteLength, d).toBe((3 * bitWidth(d)) / 8);
    }
  });

  it("come from typed arrays", () => {
    const made = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"] as const;
    for (const d of made) expect(dtypeOfTypedArray(allocate(d, 1))).toBe(d);
    expect(dtypeOfTypedArray(new Uint8ClampedArray(1))).toBe("uint8");
    expect(isTypedArray(new BigInt64Array(1))).toBe(false);
    expect(isTypedArray(new DataView(new ArrayBuffer(8)))).toBe(false);
  });

  it("of other names are errors that list the names", () => {
    expect(() => toDType("float", "np.zeros")).toThrow(
      "np.zeros: 'float' is no dtype; expected one of bool, int8",
    );
    expect(() => toDType(Float32Array, "np.zeros")).toThrow("is no dtype");
  });
});
