/** @file Programs that call the host where threads share their loops. */
import { expect, it } from "vitest";
import { type Array, debug, init, jit, numpy as np, pureCallback } from "../../src/index.ts";

it("programs that call the host give the results of one thread", async () => {
  const f = (x: Array): Array => np.sin(x).mul(2).sum();
  await init({ threads: 2 });
  const lines: string[] = [];
  debug.setPrinter((line) => void lines.push(line));
  const x = np.linspace(0, 1, 300_000);
  const g = jit(
    (v: Array) => {
      debug.print("sum {:.6f}", f(v));
      const half = pureCallback(
        (w) => jit(f, { backend: "wasm" })(w).div(2),
        { shape: [], dtype: "float64" },
        v,
      );
      return [f(v), half] as const;
    },
    { backend: "wasm" },
  );
  const [whole, half] = g(x);
  debug.setPrinter(null);
  const alone = jit(f, { backend: "wasm" })(x).item();
  expect(whole.item()).toBe(alone);
  expect(half.item()).toBe(alone / 2);
  expect(lines).toEqual([`sum ${alone.toFixed(6)}`]);
});
