/** @file Branches so long that their code is cut into parts: what one part allocates, another one reads. */
import { expect, it } from "vitest";
import { type Array, debug, jit, lax } from "../../src/index.ts";

it("a long branch shares its temporaries among the parts of its code", () => {
  const steps = 300;
  const seen: number[] = [];
  const long = (x: Array): Array => {
    let y = x;
    let sum = x;
    const twice = x.mul(2);
    for (let i = 0; i < steps; i++) {
      const z = y;
      if (i % 100 === 0) debug.callback((v) => seen.push(v.item()), twice);
      y = lax.cond(
        z.less(1),
        () => z.mul(2),
        () => z.sub(1),
      );
      sum = sum.add(y);
    }
    return sum;
  };
  const f = jit((x: Array) => lax.cond(x.greater(0), long, (w: Array) => w, x), { backend: "js" });
  let y = 0.3;
  let sum = 0.3;
  for (let i = 0; i < steps; i++) {
    y = y < 1 ? y * 2 : y - 1;
    sum += y;
  }
  expect(f(0.3).item()).toBeCloseTo(sum, 9);
  expect(seen).toEqual([0.6, 0.6, 0.6]);
  expect(f(-1).item()).toBe(-1);
});
