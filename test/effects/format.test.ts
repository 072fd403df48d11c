/** @file Texts of arrays and numbers beside those of NumPy 2.4 and of Python 3.11 (numpy-text.json). */
import { describe, expect, it } from "vitest";
import { type Array, type DType, errors, numpy as np } from "../../src/index.ts";
import { applyFormat, parseFormat } from "../../src/effects/format.ts";
import { arrayText, floatText } from "../../src/effects/numpy-text.ts";
import { ConcreteArray } from "../../src/core/array.ts";
import recorded from "./numpy-text.json" with { type: "json" };

const numberOf = (text: string): number => Number(text.replace("nan", "NaN").replace("inf", "Infinity"));

function arrayOf(data: readonly string[], dtype: string, shape: readonly number[]): ConcreteArray {
  const x = np
    .array(data.map(numberOf))
    .astype(dtype as DType)
    .reshape(shape);
  if (!(x instanceof ConcreteArray)) throw new Error("not concrete");
  return x;
}

describe("texts", () => {
  it("of arrays are NumPy's", () => {
    for (const { data, dtype, shape, text } of recorded.arrays)
      expect(arrayText(arrayOf(data, dtype, shape)), `${dtype}[${shape.join()}]`).toBe(text);
  });

  it("of numbers are Python's", () => {
    for (const [number, text] of recorded.scalars) expect(floatText(numberOf(number))).toBe(text);
  });

  it("by a specification are Python's", () => {
    for (const [spec, number, text] of recorded.formats) {
      const x: Array = np.array(Number(number)).astype(/[.e]/.test(number) ? "float64" : "int32");
      expect(applyFormat(parseFormat(`{:${spec}}`, "print"), [x], {}, "print"), `${spec} of ${number}`).toBe(
        text,
      );
    }
  });

  it("hold what is no array as JavaScript writes it", () => {
    const all = [2, "text", null, true, [1, { a: np.array([1, 2]) }]];
    const format = parseFormat("{} {} {} {} {} {{}} {0}", "print");
    expect(applyFormat(format, all, {}, "print")).toBe("2 text null true [1, {a: [1. 2.]}] {} 2");
    expect(
      applyFormat(parseFormat("{:>6}|{:<6}|{:^6}|{:.2}", "print"), ["ab", "ab", "ab", "abc"], {}, "print"),
    ).toBe("    ab|ab    |  ab  |ab");
  });

  it("are refused where they make no sense", () => {
    expect(() => parseFormat("{", "print")).toThrow(errors.ArgumentError);
    expect(() => parseFormat("{a.b}", "print")).toThrow(/neither a number nor a name/);
    expect(() => parseFormat(np.ones([2]), "print")).toThrow(/is the format/);
    expect(() => applyFormat(parseFormat("{:.2f}", "print"), [np.ones([2])], {}, "print")).toThrow(
      /for one number/,
    );
    expect(() => applyFormat(parseFormat("{:d}", "print"), [np.array(1.5)], {}, "print")).toThrow(
      /whole numbers/,
    );
    expect(() => applyFormat(parseFormat("{:d}", "print"), ["x"], {}, "print")).toThrow(/format of numbers/);
    expect(() => applyFormat(parseFormat("{:hello}", "print"), [1], {}, "print")).toThrow(/no format/);
  });
});
