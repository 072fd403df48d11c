/** @file Node prints arrays as their text: `console.log(x)`, `util.inspect`, also inside of objects. */
import { inspect } from "node:util";
import { expect, it } from "vitest";
import * as np from "../../src/numpy/index.ts";

it.each([[np.array(1.5)], [np.zeros([0, 3])], [np.ones([2, 2], "int32")]])("%s", (x) => {
  expect(inspect(x)).toBe(String(x));
  expect(inspect({ x })).toContain(String(x).split("\n")[0]);
});
