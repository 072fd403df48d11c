/** @file Counted loops of imported programs are scans over the rows that they read, stacking the rows that they write. */
import { describe, expect, it } from "vitest";
import { grad, makeJaxpr, numpy as np } from "../../src/index.ts";
import { fromStablehlo } from "../../src/stablehlo/index.ts";

/** yᵢ = xᵢ + sum of those before, as JAX prints it; `row` is the row that is read. */
const running = (row: string, start = 0): string => `module @jit_f {
  func.func public @main(%x: tensor<5x2xf64>) -> tensor<5x2xf64> {
    %zero = stablehlo.constant dense<0.0> : tensor<2xf64>
    %ys = stablehlo.constant dense<0.0> : tensor<5x2xf64>
    %i = stablehlo.constant dense<${start}> : tensor<i32>
    %0:4 = stablehlo.while(%a = %x, %n = %i, %s = %zero, %b = %ys) : tensor<5x2xf64>, tensor<i32>, tensor<2xf64>, tensor<5x2xf64>
    cond {
      %five = stablehlo.constant dense<5> : tensor<i32>
      %1 = stablehlo.compare LT, %n, %five, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %1 : tensor<i1>
    } do {
      %four = stablehlo.constant dense<4> : tensor<i32>
      %back = stablehlo.subtract %four, %n : tensor<i32>
      %1 = func.call @take(%a, %${row}) : (tensor<5x2xf64>, tensor<i32>) -> tensor<2xf64>
      %2 = stablehlo.add %s, %1 : tensor<2xf64>
      %3 = func.call @put(%b, %2, %n) : (tensor<5x2xf64>, tensor<2xf64>, tensor<i32>) -> tensor<5x2xf64>
      %one = stablehlo.constant dense<1> : tensor<i32>
      %4 = stablehlo.add %n, %one : tensor<i32>
      stablehlo.return %a, %4, %2, %3 : tensor<5x2xf64>, tensor<i32>, tensor<2xf64>, tensor<5x2xf64>
    }
    return %0#3 : tensor<5x2xf64>
  }
  func.func private @take(%x: tensor<5x2xf64>, %i: tensor<i32>) -> tensor<2xf64> {
    %c = stablehlo.constant dense<0> : tensor<i32>
    %0 = stablehlo.dynamic_slice %x, %i, %c, sizes = [1, 2] : (tensor<5x2xf64>, tensor<i32>, tensor<i32>) -> tensor<1x2xf64>
    %1 = stablehlo.reshape %0 : (tensor<1x2xf64>) -> tensor<2xf64>
    return %1 : tensor<2xf64>
  }
  func.func private @put(%x: tensor<5x2xf64>, %y: tensor<2xf64>, %i: tensor<i32>) -> tensor<5x2xf64> {
    %0 = stablehlo.broadcast_in_dim %y, dims = [1] : (tensor<2xf64>) -> tensor<1x2xf64>
    %c = stablehlo.constant dense<0> : tensor<i32>
    %1 = stablehlo.dynamic_update_slice %x, %0, %i, %c : (tensor<5x2xf64>, tensor<1x2xf64>, tensor<i32>, tensor<i32>) -> tensor<5x2xf64>
    return %1 : tensor<5x2xf64>
  }
}`;

const x = np.reshape(np.arange(10, null, null, { dtype: "float64" }), [5, 2]);
const weights = np.reshape(np.arange(10, null, null, { dtype: "float64" }), [5, 2]);

describe("counted loops", () => {
  it("rows at the counter are the inputs and outputs of a scan", () => {
    const f = fromStablehlo(running("n"));
    expect(f(x).js()).toEqual(np.cumsum(x, 0).js());
    const text = String(makeJaxpr(f)(x));
    expect(text).toContain("scan");
    expect(text).not.toMatch(/dynamic_(?:update_)?slice/);
    const later = np.flip(np.cumsum(np.flip(weights, 0), 0), 0);
    expect(grad((v: typeof x) => np.sum(np.multiply(f(v), weights)))(x).js()).toEqual(later.js());
  });

  it("rows elsewhere are read and written where they are", () => {
    expect(fromStablehlo(running("back"))(x).js()).toEqual(np.cumsum(np.flip(x, 0), 0).js());
    const late = fromStablehlo(running("n", 2))(x);
    const rest = np.concatenate([np.zeros([2, 2], "float64"), np.cumsum(x.slice([2, 5]), 0)]);
    expect(late.js()).toEqual(rest.js());
  });
});
