/** @file Values taken out of shared memory, and values that belong to the structure of a tree. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Array as A,
  deviceGet,
  errors,
  grad,
  init,
  jit,
  lax,
  numpy as np,
  tree,
} from "../../src/index.ts";

describe("values on the host and in structures", () => {
  beforeAll(() => init());
  it("deviceGet copies arrays out of shared memory, and no others", () => {
    const f = jit((x: A) => [np.exp(x), lax.complex(x, x)], { backend: "wasm" });
    const [e, z] = f(np.ones([50_000]));
    const own = deviceGet({ e, z, n: 1, none: null });
    expect(own).toMatchObject({ n: 1, none: null });
    expect(np.arrayEqual(own.e, e).item()).toBe(true);
    expect(np.arrayEqual(own.z, z).item()).toBe(true);
    const first = e.slice(0).item();
    e.dispose();
    expect(own.e.slice(0).item()).toBe(first);
    expect(() => grad((x: A) => deviceGet(x))(1)).toThrow(errors.TracerArrayConversionError);
  });
  it("static_ values belong to the structure", () => {
    let traced = 0;
    const f = jit((m: { x: A; by: { value: number } }) => {
      traced++;
      return m.x.mul(m.by.value);
    });
    expect([2, 2, 3].map((k) => f({ x: np.array(5), by: tree.static_(k) }).item())).toEqual([10, 10, 15]);
    expect(traced).toBe(2);
    expect(tree.leaves(tree.static_([1, 2]))).toEqual([]);
    expect(tree.structure(tree.static_({ a: 1 })).equals(tree.structure(tree.static_({ a: 1 })))).toBe(true);
    expect(tree.structure(tree.static_(1)).equals(tree.structure(tree.static_(2)))).toBe(false);
  });
});
