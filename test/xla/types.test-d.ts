/** @file Types of compiled functions follow from those of the functions. */
import { expectTypeOf } from "vitest";
import { type Array as NDArray, ShapeDtypeStruct, numpy as np, sharding } from "../../src/index.ts";
import type { Xla, XlaArray, XlaFunction } from "../../src/xla/index.ts";

type Params = { w: NDArray; b: NDArray };

export async function types(xla: Xla, onDevice: XlaArray): Promise<void> {
  const f = (p: Params, x: NDArray) => ({ loss: np.sum(x.mul(p.w)), p, list: [x, x] as const });
  const p = { w: np.ones([2]), b: 0 };
  const step = await xla.compile(f, [p, np.ones([2])], {
    inShardings: [{ w: sharding.P("data"), b: null }, sharding.P()],
    outShardings: { loss: null, p: sharding.P(), list: sharding.P() },
    donateArgnums: [0],
  });
  const out = await step({ w: onDevice, b: 1 }, new Float64Array(2));
  expectTypeOf(out.loss).toEqualTypeOf<XlaArray>();
  expectTypeOf(out.p).toEqualTypeOf<{ w: XlaArray; b: XlaArray }>();
  expectTypeOf(out.list).toEqualTypeOf<[XlaArray, XlaArray]>();
  await step(out.p, out.list[0]);
  // @ts-expect-error: b is missing
  await step({ w: onDevice }, onDevice);
  // @ts-expect-error: text is no array
  await step(p, "x");

  expectTypeOf(await out.loss.data()).toEqualTypeOf<NDArray>();
  expectTypeOf(await xla.get(out)).toEqualTypeOf<{
    loss: NDArray;
    p: { w: NDArray; b: NDArray };
    list: [NDArray, NDArray];
  }>();
  expectTypeOf(await xla.put({ a: np.ones([2]), b: [1] })).toEqualTypeOf<{ a: XlaArray; b: XlaArray[] }>();

  // Parameters without types are arrays; shapes stand for arrays.
  const g = await xla.compile((x, y) => np.dot(x, y), [new ShapeDtypeStruct([2], "float32"), onDevice]);
  const typed: XlaFunction<[NDArray, NDArray], NDArray> = g;
  await typed(1, onDevice);
  expectTypeOf(await g(onDevice, onDevice)).toEqualTypeOf<XlaArray>();
}
