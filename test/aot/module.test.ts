/** @file Modules give, bit for bit, what `jit` gives. */
import { beforeAll, describe, expect, it } from "vitest";
import { exportModule } from "../../src/aot/index.ts";
import { type ArrayLike, config, init, jit, numpy as np, tree } from "../../src/index.ts";
import { cases } from "./cases.ts";
import { type Functions, load, plain } from "./util.ts";

config.update({ backend: "auto", jitless: false });

const asArrays = (args: readonly unknown[]): unknown[] =>
  args.map((arg) => tree.map((x: unknown) => (typeof x === "boolean" ? np.array(x) : x), arg));

describe.each(["js", "wasm"] as const)("modules of %s", (format) => {
  let module: Functions = {};
  beforeAll(async () => {
    module = await load(exportModule(cases, { format, load: "inline" }));
  });

  it.each(Object.keys(cases))("%s", (name) => {
    const [f, ...args] = cases[name];
    const expected = plain(jit(f, { backend: format })(...(asArrays(args) as never[])));
    const given = args.map((arg) => plain(tree.map((x: unknown) => np.asarray(x as ArrayLike), arg)));
    // Twice: nothing of a call is left for the next.
    expect(module[name](...given)).toEqual(expected);
    const result = module[name](...given);
    expect(result).toEqual(expected);
    // Into arrays of the caller's.
    const out = tree.map((x: unknown) => (ArrayBuffer.isView(x) ? structuredClone(x) : undefined), result);
    const before = structuredClone(given);
    const again = module[name](...given, out);
    expect(again).toEqual(expected);
    expect(given).toEqual(before);
  });
});

it("modules that Binaryen makes give the same", async () => {
  const some = { step: cases.step, product: cases.product, complexes: cases.complexes };
  const ours = exportModule(some, { format: "wasm", load: "inline" });
  await init({ codegen: "binaryen" });
  try {
    const theirs = exportModule(some, { format: "wasm", load: "inline" });
    expect(theirs.js).not.toBe(ours.js);
    const [a, b] = [await load(ours), await load(theirs)];
    for (const [name, [, ...args]] of Object.entries(some)) {
      const given = args.map((arg) => plain(arg));
      expect(b[name](...given)).toEqual(a[name](...given));
    }
  } finally {
    await init({ codegen: "encoder" });
  }
});
