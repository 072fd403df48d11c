/**
 * @file Dtypes: which each primitive accepts, the dtype of its result, integers that wrap exactly, floats that are rounded
 * once; special values included.
 */
import { describe, expect, it } from "vitest";
import { config } from "../../src/base/config.ts";
import type { DType, Scalar } from "../../src/dtypes/dtype.ts";
import { decodeBF16, decodeF16, encodeBF16, encodeF16 } from "../../src/dtypes/float16.ts";
import { AdjointError } from "../../src/base/errors.ts";
import { castValue, wrapValue } from "../../src/loops/ir/values.ts";
import * as lax from "../../src/lax/index.ts";
import { array, describeArray, flat, sizeOf } from "../util/arrays.ts";
import { ulpsApart, ulpsOfMode } from "../util/exactness.ts";
import { Random } from "../util/random.ts";
import { refOf } from "../util/reference.ts";
import { type OpCase, caseName, drawAll, isFloatName, outputs, refs } from "./row.ts";
import {
  type ScalarRow,
  acceptedDtypes,
  intDtypes,
  intReference,
  intType,
  realDtypes,
  wrapInt,
} from "./scalar-row.ts";
import { opRows, scalarRows } from "./table.ts";

const largest: Partial<Record<DType, number>> = {
  float16: 65504,
  bfloat16: decodeBF16(0x7f7f),
  float32: 3.4028234663852886e38,
  float64: Number.MAX_VALUE,
};

/** Values of a dtype that matter: ends, zeros, halves, infinities. */
function samples(dtype: DType): Scalar[] {
  if (dtype === "bool") return [0, 1];
  if (isFloatName(dtype)) {
    const common = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7, -1e-3, 100, -7, Infinity, -Infinity, NaN];
    return [...common, largest[dtype]!, -largest[dtype]!, 1e-5].map((x) => castValue(x, "float64", dtype));
  }
  const { bits, signed } = intType(dtype);
  const [lo, hi] = limits(bits, signed);
  const near = signed ? [-3, -2, -1, 0, 1, 2, 3, 7, 100] : [0, 1, 2, 3, 7, 100];
  const odd = bits === 64 ? [63n, 64n, 2n ** 24n + 1n, 2n ** 53n + 1n, 2n ** 62n + 2n ** 38n + 1n] : [];
  const all = [lo, lo + 1n, ...[...near, 8, 16, 31, 32, 33].map(BigInt), ...odd, hi - 1n, hi];
  return bits === 64 ? all : all.map(Number);
}

/** The least and the greatest integer. */
const limits = (bits: number, signed: boolean): [bigint, bigint] =>
  signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];

function referenceOf(r: ScalarRow, dtype: DType): ((...xs: Scalar[]) => Scalar) | undefined {
  const onNumbers = (f?: (...xs: number[]) => number): ((...xs: Scalar[]) => number) | undefined =>
    f && ((...xs) => f(...xs.map(Number)));
  if (dtype === "bool") return onNumbers(r.bool);
  return intDtypes.includes(dtype) ? r.int && intReference(r, dtype) : onNumbers(r.float);
}

function operandsOf(r: ScalarRow, dtype: DType): Scalar[][] {
  // Functions with loops of their own have their values elsewhere (test/lax/special.test.ts).
  const values = r.tol === undefined ? samples(dtype) : [0.5, 3];
  let out: Scalar[][] = [[]];
  for (const _ of r.domains) out = out.flatMap((head) => values.map((v) => [...head, v]));
  // All combinations of three operands would be many: every seventh.
  return r.domains.length > 2 ? out.filter((_, i) => i % 7 === 0) : out;
}

const rowName = (r: ScalarRow): string =>
  r.variant === undefined ? r.primitive : `${r.primitive} (${r.variant})`;

describe("element-wise primitives", () => {
  for (const r of scalarRows) {
    for (const dtype of acceptedDtypes(r)) {
      it(`${rowName(r)} of ${dtype}`, () => {
        const rowsOfOperands = operandsOf(r, dtype);
        const args = r.domains.map((_, k) =>
          array(
            [rowsOfOperands.length],
            rowsOfOperands.map((xs) => xs[k]),
            dtype,
          ),
        );
        const out = r.call(...args);
        expect(out.dtype).toBe(r.result ?? dtype);
        const f = referenceOf(r, dtype);
        if (f === undefined || r.tol !== undefined) return;
        const wrong = flat(out).flatMap((got, i) => {
          const xs = rowsOfOperands[i];
          const exact = f(...xs);
          const want =
            r.result === "bool" || typeof exact === "bigint" ? exact : castValue(exact, "float64", dtype);
          const near =
            isFloatName(dtype) &&
            ulpsApart(got, Number(want), dtype) <= (r.ulps ?? ulpsOfMode(r.primitive, dtype));
          return near || Object.is(got, want) ? [] : [`${xs.join(", ")}: ${got}, expected ${want}`];
        });
        expect(wrong).toEqual([]);
      });
    }

    const refused =
      r.primitive === "select_n" ? [] : realDtypes.filter((d) => !acceptedDtypes(r).includes(d));
    if (refused.length > 0) {
      it(`${rowName(r)} of other dtypes is an error`, () => {
        for (const dtype of refused) {
          const args = r.domains.map(() => array([2], [1, 1], dtype));
          expect(() => r.call(...args), dtype).toThrow(AdjointError);
        }
      });
    }
  }

  it("different dtypes are an error that names them", () => {
    expect(() => lax.add(array([2], [1, 2], "int32"), array([2], [1, 2], "float32"))).toThrow(
      "add: operands have dtypes int32, float32",
    );
  });
});

/** The case with its float64 operands of another dtype, holding small whole numbers. */
function checkCase(c: OpCase, dtype: DType, random: Random): void {
  const [lo, hi] = dtype === "bool" ? [0, 1] : dtype.startsWith("uint") ? [0, 6] : [-3, 3];
  const args = drawAll(c, random).map((x) =>
    x.dtype === "float64"
      ? array(
          x.shape,
          Array.from({ length: sizeOf(x.shape) }, () => random.int(lo, hi)),
          dtype,
        )
      : x,
  );
  const outs = outputs(c.call(...args));
  const wants = refs(c.reference!(...args.map(refOf)));
  outs.forEach((out, i) => {
    const want = wants[i].data.map((v) => castNumber(v, out.dtype));
    if (flat(out).some((v, k) => v !== want[k])) expect(describeArray(out)).toBe(want.join(", "));
  });
}

const castNumber = (v: number, dtype: DType): Scalar =>
  isFloatName(dtype) ? castValue(v, "float64", dtype) : wrapValue(v, dtype);

describe("other primitives", () => {
  for (const r of opRows) {
    for (const c of r.cases) {
      for (const dtype of c.dtypes) {
        it(`${caseName(r, c)} of ${dtype}`, () => {
          checkCase(c, dtype, new Random(`${caseName(r, c)} ${dtype}`));
        });
      }
    }
  }
});

describe("conversions between all dtypes", () => {
  for (const from of realDtypes) {
    it(`from ${from}`, () => {
      for (const to of realDtypes) {
        const values = samples(from);
        const out = lax.convertElementType(array([values.length], values, from), to);
        expect(out.dtype).toBe(to);
        expect(flat(out), `to ${to}`).toEqual(values.map((v) => convert(v, from, to)));
      }
    });
  }

  /** Truncation and saturation from floats, wrapping between integers, rounding to floats. */
  function convert(v: Scalar, from: DType, to: DType): Scalar {
    if (to === "bool") return Number(v) === 0 ? 0 : 1;
    if (isFloatName(to)) {
      if (to === "float64") return Number(v);
      return typeof v === "bigint" ? roundInteger(v, to) : roundTo(v, to);
    }
    const type = intType(to);
    if (!isFloatName(from)) return wrapInt(BigInt(v), type);
    const [lo, hi] = limits(type.bits, type.signed);
    if (Number.isNaN(v)) return wrapInt(0n, type);
    const whole = v === Infinity ? hi : v === -Infinity ? lo : BigInt(Math.trunc(Number(v)));
    return wrapInt(whole < lo ? lo : whole > hi ? hi : whole, type);
  }

  /** An integer rounded once: the nearest of the neighbours of a first guess, the even one of two. */
  function roundInteger(v: bigint, to: DType): number {
    const guess = roundTo(Number(v), to);
    if (!Number.isFinite(guess)) return guess;
    const near = [-1, 0, 1].map((k) => neighbour(guess, k, to)).filter((x) => Number.isFinite(x));
    const distance = (x: number): bigint => (BigInt(x) > v ? BigInt(x) - v : v - BigInt(x));
    const least = near.map(distance).reduce((a, b) => (a < b ? a : b));
    const best = near.filter((x) => distance(x) === least);
    return best.length === 1 ? best[0] : best.find((x) => isEven(x, to))!;
  }

  /** The bits after the leading one. */
  const precision = (to: DType): number => (to === "float32" ? 23 : to === "float16" ? 10 : 7);
  const unit = (x: number, to: DType): number => 2 ** (Math.floor(Math.log2(Math.abs(x))) - precision(to));
  const neighbour = (x: number, k: number, to: DType): number =>
    x === 0 ? x : roundTo(x + k * Math.max(1, unit(x, to)), to);
  const isEven = (x: number, to: DType): boolean => x === 0 || (x / unit(x, to)) % 2 === 0;

  const roundTo = (v: number, to: DType): number =>
    to === "float32"
      ? Math.fround(v)
      : to === "float16"
        ? decodeF16(encodeF16(v))
        : decodeBF16(encodeBF16(v));
});

describe("sums and products are rounded once", () => {
  it("a float32 sum of a million tenths", () => {
    const tenth = Math.fround(0.1);
    const n = 1_000_000;
    const x = array([n], new Array<number>(n).fill(tenth), "float32");
    expect(lax.reduceSum(x, [0]).item()).toBe(Math.fround(tenth * n));
  });

  it("a float16 sum beyond what float16 can count", () => {
    const x = array([4096], new Array<number>(4096).fill(1), "float16");
    expect(lax.reduceSum(x, [0]).item()).toBe(4096);
    expect(flat(lax.cumsum(x))[4095]).toBe(4096);
  });

  it("a float32 product of matrices, but for WebAssembly, which sums in float32", () => {
    const a = array([1, 3], [1e8, 1, -1e8], "float32");
    const b = array([3, 1], [1, 1, 1], "float32");
    expect(config.with({ backend: "js" }, () => flat(lax.dot(a, b)))).toEqual([1]);
    // Each of the three additions is off by half a unit in the last place of 1e8 at most.
    expect(Math.abs(lax.dot(a, b).item() - 1)).toBeLessThanOrEqual(3 * 4);
  });

  it.each(["float16", "bfloat16"] as const)("a %s product of matrices", (dtype) => {
    const a = array([1, 3], [4096, 0.5, -4096], dtype);
    const b = array([3, 1], [8, 1, 8], dtype);
    expect(flat(lax.dot(a, b))).toEqual([0.5]);
  });
});

describe("integer sums wrap", () => {
  it.each([
    ["int8", 100, -56],
    ["uint8", 200, 144],
    ["int16", 30000, -5536],
    ["int32", 2 ** 31 - 1, -2],
    ["uint32", 2 ** 32 - 1, 2 ** 32 - 2],
    ["int64", 2n ** 63n - 1n, -2n],
    ["uint64", 2n ** 64n - 1n, 2n ** 64n - 2n],
  ] as const)("%s", (dtype, x, want) => {
    const two = array([2], [x, x], dtype);
    expect(lax.reduceSum(two, [0]).item()).toBe(want);
    expect(flat(lax.cumsum(two))[1]).toBe(want);
  });
});
