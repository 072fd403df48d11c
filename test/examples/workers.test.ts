/** @file The pool of workers of the examples: in worker threads of Node, and on plain channels of messages. */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { expect, it, vi } from "vitest";
import { Pool, type Port, serve } from "../../examples/workers/pool.ts";
import { run } from "../../examples/workers/main.ts";
import { type Array, grad, numpy as np, random } from "../../src/index.ts";

it("shares work among threads of Node", { timeout: 60_000 }, async () => {
  const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const { pi, error } = await run();
  print.mockRestore();
  expect(Math.abs(pi - Math.PI)).toBeLessThan(0.01);
  expect(error).toBeLessThan(1e-10);
});

/** A port as browsers have it: with `onmessage` alone. */
const asInBrowsers = (port: MessagePort): Port => ({
  postMessage: (message) => port.postMessage(message),
  set onmessage(f: (event: { readonly data: unknown }) => void) {
    port.on("message", (data: unknown) => f({ data }));
  },
});

it("sends trees of arrays and keys of all dtypes there and back, and errors", async () => {
  const { port1, port2 } = new MessageChannel();
  serve(asInBrowsers(port2), {
    same: (x: unknown) => x,
    slope: (x: Array) => grad((y: Array) => np.sum(np.sin(y)))(x),
    draw: (key: random.Key) => random.normal(key, [3]),
  });
  const pool = new Pool([asInBrowsers(port1)]);
  const arrays = ["float64", "float32", "float16", "int32", "bool", "complex128"].map((d) =>
    np.array([1, 0, 2]).astype(d as "float64"),
  );
  const back = await pool.call<{ arrays: Array[]; n: number }>("same", { arrays, n: 2 });
  expect(back.n).toBe(2);
  back.arrays.forEach((x, i) => {
    expect(x.dtype).toBe(arrays[i].dtype);
    expect(x.js()).toEqual(arrays[i].js());
  });
  const large = np.linspace(0, 1, 100_000);
  expect((await pool.call<Array>("slope", large)).dataSync()[99_999]).toBeCloseTo(Math.cos(1), 12);
  const keys = [...random.split(random.key(5), 2)];
  const drawn = await pool.map<Array>("draw", keys);
  expect(drawn.map((x) => x.js())).toEqual(keys.map((k) => random.normal(k, [3]).js()));
  await expect(pool.call("slope", np.array([1], "int32"))).rejects.toThrow("DifferentiationError");
  port1.close();
});
