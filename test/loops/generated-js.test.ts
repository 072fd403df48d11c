/**
 * @file The JavaScript of a handful of kernels, as text: what a reader of generated code meets. Each says why it is kept.
 */
import { describe, expect, it } from "vitest";
import { makeJaxpr } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { eagerProgram } from "../../src/jit/eager.ts";
import { emitJs } from "../../src/loops/emit/javascript/codegen.ts";
import { printProgram } from "../../src/loops/ir/print.ts";
import * as lax from "../../src/lax/index.ts";
import { array } from "../util/arrays.ts";
import type { DType } from "../../src/dtypes/dtype.ts";

const zeros = (shape: readonly number[], dtype: DType = "float64"): NDArray =>
  array(shape, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0), dtype);

/** The program of the last equation of a function. */
function program(f: (...xs: NDArray[]) => NDArray, ...args: NDArray[]): ReturnType<typeof eagerProgram> {
  const { eqns } = makeJaxpr(f)(...args).jaxpr;
  const { primitive, inputs, params } = eqns[eqns.length - 1];
  return eagerProgram(
    primitive,
    inputs.map((a) => a.aval),
    params,
  );
}
const js = (f: (...xs: NDArray[]) => NDArray, ...args: NDArray[]): string =>
  emitJs(program(f, ...args), true);

describe("generated JavaScript", () => {
  it("of a scalar function is straight-line code on numbers: no arrays, no loop", () => {
    expect(js(lax.sin, zeros([]))).toMatchInlineSnapshot(`
      ""use strict";
      return function sin$(x0) {
        return $.sin(x0);
      };"
    `);
  });

  it("of element-wise work on any rank is one flat loop", () => {
    expect(js(lax.mul, zeros([2, 3, 4]), zeros([2, 3, 4]))).toMatchInlineSnapshot(`
      ""use strict";
      return function mul$(a0, a1) {
        const out0 = new Float64Array(24);
        for (let i0 = 0; i0 < 24; i0++) {
          out0[i0] = a0[i0] * a1[i0];
        }
        return out0;
      };"
    `);
  });

  it("of float32 rounds every operation", () => {
    expect(js(lax.logistic, zeros([4], "float32"))).toMatchInlineSnapshot(`
      ""use strict";
      return function logistic$(a0) {
        const out0 = new Float32Array(4);
        for (let i0 = 0; i0 < 4; i0++) {
          const t = Math.fround((Math.fround(Math.exp((Math.fround(-a0[i0]))))) + 1);
          out0[i0] = Math.fround(1 / t);
        }
        return out0;
      };"
    `);
  });

  it("of int32 multiplies with Math.imul, and wraps", () => {
    expect(js(lax.mul, zeros([4], "int32"), zeros([], "int32"))).toMatchInlineSnapshot(`
      ""use strict";
      return function mul$(a0, x1) {
        const out0 = new Int32Array(4);
        for (let i0 = 0; i0 < 4; i0++) {
          out0[i0] = (Math.imul(a0[i0], x1)) | 0;
        }
        return out0;
      };"
    `);
  });

  it("of bfloat16 decodes and encodes bits", () => {
    expect(js(lax.add, zeros([4], "bfloat16"), zeros([4], "bfloat16"))).toMatchInlineSnapshot(`
      ""use strict";
      return function add$(a0, a1) {
        const out0 = new Uint16Array(4);
        for (let i0 = 0; i0 < 4; i0++) {
          out0[i0] = $.encodeBF16($.roundBF16(($.decodeBF16(a0[i0])) + ($.decodeBF16(a1[i0]))));
        }
        return out0;
      };"
    `);
  });

  it("of a reduction keeps the sum in a local, in float64", () => {
    expect(js((x) => lax.reduceSum(x, [1]), zeros([2, 3], "float32"))).toMatchInlineSnapshot(`
      ""use strict";
      return function reduce_sum$(a0) {
        const out0 = new Float32Array(2);
        for (let i0 = 0; i0 < 2; i0++) {
          let acc = 0;
          for (let r0 = 0; r0 < 3; r0++) {
            acc += a0[i0 * 3 + r0];
          }
          out0[i0] = Math.fround(acc);
        }
        return out0;
      };"
    `);
  });

  it("of a padding tests the index once for each axis that needs it", () => {
    expect(
      js(
        (x) =>
          lax.pad(x, 0, [
            [0, 0, 0],
            [1, 0, 0],
          ]),
        zeros([2, 3]),
      ),
    ).toMatchInlineSnapshot(`
      ""use strict";
      return function pad$(a0, x1) {
        const out0 = new Float64Array(8);
        for (let i0 = 0; i0 < 2; i0++) {
          for (let i1 = 0; i1 < 4; i1++) {
            out0[i0 * 4 + i1] = ((i1 - 1) >= 0) ? (a0[(Math.max((i1 - 1), 0)) + i0 * 3]) : x1;
          }
        }
        return out0;
      };"
    `);
  });

  it("of a transposition has two loops, the inner one over contiguous output", () => {
    expect(js((x) => lax.transpose(x, [1, 0]), zeros([2, 3]))).toMatchInlineSnapshot(`
      ""use strict";
      return function transpose$(a0) {
        const out0 = new Float64Array(6);
        for (let i0 = 0; i0 < 3; i0++) {
          for (let i1 = 0; i1 < 2; i1++) {
            out0[i0 * 2 + i1] = a0[i0 + i1 * 3];
          }
        }
        return out0;
      };"
    `);
  });

  it("of a gather clamps or tests each index before it reads", () => {
    const numbers = { offsetDims: [], collapsedSliceDims: [0], startIndexMap: [0] };
    expect(js((x, i) => lax.gather(x, i, numbers, [1]), zeros([5]), zeros([3, 1], "int32")))
      .toMatchInlineSnapshot(`
      ""use strict";
      return function gather$(a0, a1) {
        const out0 = new Float64Array(3);
        for (let i0 = 0; i0 < 3; i0++) {
          const t = a1[i0];
          out0[i0] = ((t >= 0) && (t <= 4)) ? (a0[Math.max(Math.min(t, 4), 0)]) : NaN;
        }
        return out0;
      };"
    `);
  });

  it("of a matrix product holds a tile of accumulators in locals", () => {
    const text = js((x, y) => lax.dot(x, y), zeros([8, 16]), zeros([16, 8]));
    expect(text.match(/let c/g)).toHaveLength(16);
    expect(text.match(/for \(/g)).toHaveLength(3);
  });

  it("of a special function is a function of its own, called for each element", () => {
    const text = js(lax.erf, zeros([3]));
    expect(text).toMatch(/^"use strict";\nfunction /);
    expect(text).toMatch(/out0\[i0\] = erf\$f\d+\(a0\[i0\]\);/);
  });

  it("names nothing of the user's: only letters, digits, _ and $", () => {
    const text = js(lax.add, zeros([2]), zeros([2]));
    expect(text.replaceAll(/[\w$\s"'.,;:=+*/(){}[\]<>!?|&-]/g, "")).toBe("");
  });
});

describe("loop programs", () => {
  it("of a cumulative sum: the state starts anew in each row", () => {
    expect(printProgram(program((x) => lax.cumsum(x, 1), zeros([2, 3])))).toMatchInlineSnapshot(`
      "cumsum(a0:f64[6]) {
        for i0 in 0 … 2 {
          var acc:f64 = a0[(3·i0)]
          out0[(3·i0)] := acc
          for i in 1 … 3 {
            let t:f64 = a0[(3·i0 + i)]
            acc := add(acc, t)
            out0[(3·i0 + i)] := acc
          }
        }
      } → (out0:f64[6])"
    `);
  });

  it("of a concatenation: one loop for each operand", () => {
    expect(printProgram(program((x, y) => lax.concatenate([x, y], 0), zeros([2]), zeros([3]))))
      .toMatchInlineSnapshot(`
      "concatenate(a0:f64[2], a1:f64[3]) {
        for i0 in 0 … 2 {
          out0[i0] := a0[i0]
        }
        for i0_1 in 0 … 3 {
          out0[(i0_1 + 2)] := a1[i0_1]
        }
      } → (out0:f64[5])"
    `);
  });
});
