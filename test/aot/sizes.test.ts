/** @file The examples as modules: below 30 kB on the way, and right. */
import { expect, it, vi } from "vitest";
import { run } from "../../examples/aot/main.ts";

it("are small, learn, and adjust", async () => {
  const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const { losses, costs, bytes } = await run();
  print.mockRestore();
  expect(Object.keys(bytes)).toHaveLength(4);
  for (const sent of Object.values(bytes)) expect(sent).toBeLessThan(30_000);
  expect(losses[0]).toBeGreaterThan(2);
  expect(losses.at(-1)!).toBeLessThan(0.25);
  expect(costs.at(-1)!).toBeLessThan(1e-15);
}, 120_000);
