/** @file Arrays and keys taken apart into so many, and data asked for by dtype. */
import { expect, it } from "vitest";
import { grad, jit, numpy as np, random } from "../../src/index.ts";
import { DTypeError, IndexError, ShapeError } from "../../src/base/errors.ts";

it("unpack gives the parts along the first axis, and checks their number", () => {
  const x = np.array([[1, 2], [3, 4]]); // prettier-ignore
  expect(x.unpack(2).map((part) => part.js())).toEqual([[1, 2], [3, 4]]); // prettier-ignore
  expect(() => x.unpack(3)).toThrow(ShapeError);
  expect(() => np.array(1).unpack(1)).toThrow(ShapeError);
  const f = jit((v: np.ndarray) => {
    const [a, b] = v.unpack(2);
    return a.mul(b);
  });
  expect(grad(f)(np.array([2, 5])).js()).toEqual([5, 2]);
});

it("keys have entries", () => {
  const keys = random.split(random.key(0), 3);
  expect(random.keyData(keys[2]).js()).toEqual(random.keyData(keys.slice(2)).js());
  expect(() => random.split(random.key(0), [1]).reshape(1).slice(1)).toThrow(IndexError);
});

it("data of another dtype is refused", async () => {
  const x = np.array([1, 2], "int32");
  expect(x.dataSync("int32")).toEqual(new Int32Array([1, 2]));
  expect(await x.data("int32")).toEqual(new Int32Array([1, 2]));
  expect(() => x.dataSync("float64")).toThrow(DTypeError);
});
