/** @file Workers have what vector functions import of JavaScript: else loops that call them would silently run in one thread. */
import { expect, it } from "vitest";
import { knownToWorkers, webWorkerText } from "../../../src/jit/memory/worker.ts";
import type { FallbackName } from "../../../src/loops/emit/wasm/math/kit.ts";
import { vectorMath } from "../../../src/loops/emit/wasm/math/index.ts";
import { fallback } from "../../../src/loops/emit/wasm/module.ts";

const names = Object.keys(vectorMath).filter(
  (name): name is FallbackName & keyof typeof vectorMath => name in Math,
);

it.each(names)("workers know what %s leaves to JavaScript", (name) => {
  for (const bits of [32, 64] as const) {
    const text = fallback(name, bits);
    expect(knownToWorkers(text)).toBe(true);
    if (text.startsWith("$.")) expect(webWorkerText).toContain(`\n  ${text.slice(2)}: `);
  }
});
