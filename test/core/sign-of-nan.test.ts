/** @file The sign bit of a NaN counts in bit-level functions, in every dtype and every execution mode. */
import { beforeAll, describe, expect, it } from "vitest";
import { config, init, jit, lax, numpy as np, type Array as A, type DType } from "../../src/index.ts";

const bits: Readonly<Record<string, readonly [words: readonly number[], of: DType]>> = {
  float64: [[0, 0xfff80000, 0, 0x7ff80000], "uint32"],
  float32: [[0xffc00000, 0x7fc00000], "uint32"],
  float16: [[0xfe00, 0x7e00], "uint16"],
  bfloat16: [[0xffc0, 0x7fc0], "uint16"],
};

/** −NaN and NaN, many times over, so that vector instructions are used. */
function nans(dtype: DType): A {
  const [words, of] = bits[dtype];
  const [raw] = [np.tile(np.array([...words], of), 9)];
  return lax.bitcastConvertType(dtype === "float64" ? np.reshape(raw, [18, 2]) : raw, dtype);
}

describe("the sign of NaN", () => {
  beforeAll(() => init());

  for (const backend of ["interpreter", "js", "wasm"] as const) {
    for (const dtype of Object.keys(bits) as DType[]) {
      for (const wrap of [(f: (x: A) => A) => f, (f: (x: A) => A) => jit(f)]) {
        it(`${dtype}, ${backend}`, () => {
          config.with(backend === "interpreter" ? { jitless: true } : { backend }, () => {
            const x = nans(dtype);
            const signs = (f: (x: A) => A): unknown[] =>
              [...new Set([...wrap(f)(x).dataSync()].map((v, i) => `${i % 2}${v}`))].sort();
            const own = ["01", "10"];
            expect(signs((v) => np.signbit(v))).toEqual(own);
            expect(signs((v) => np.signbit(np.negative(v)))).toEqual(["00", "11"]);
            expect(signs((v) => np.signbit(np.abs(v)))).toEqual(["00", "10"]);
            expect(signs((v) => np.copysign(np.ones([18], dtype), v))).toEqual(["0-1", "11"]);
            expect(signs((v) => np.signbit(np.copysign(v, -1)))).toEqual(["01", "11"]);
            expect(signs((v) => np.signbit(np.copysign(NaN, v)))).toEqual(own);
          });
        });
      }
    }
  }
});
