/** @file The same numbers on one device, on four of one process, and on two processes of two, however the arrays lie. */
import { describe, expect } from "vitest";
import { type Array as NDArray, grad, jit, numpy as np, sharding } from "../../src/index.ts";
import { connect } from "../../src/xla/index.ts";
import { toStablehlo } from "../../src/stablehlo/index.ts";
import { bitWidth } from "../../src/dtypes/dtype.ts";
import { allDTypes, told } from "../io/cases.ts";
import { attention, attentionArgs, batch, distance, initState, mixed, params, stepOf } from "./programs.ts";
import { itWithJax, limit, python } from "./session.ts";

const { P, makeMesh } = sharding;
const data = makeMesh([4], ["data"]);
const model = makeMesh([4], ["model"]);

const layouts = {
  "data-parallel": {
    constrained: false,
    options: { mesh: data, inShardings: [P(), P(), P("data"), P("data")], outShardings: P() },
  },
  "tensor-parallel": {
    constrained: false,
    options: {
      mesh: model,
      inShardings: [
        [
          { w: P(null, "model"), b: P("model") },
          { w: P("model"), b: P() },
        ],
        P(),
        P(),
        P(),
      ],
      outShardings: { loss: P(), params: [{ w: P(null, "model"), b: P("model") }, P()], state: null },
    },
  },
  mixed: {
    constrained: true,
    options: {
      mesh: mixed,
      inShardings: [[{ w: P(null, "model"), b: P("model") }, null], null, P("data"), P("data", "model")],
    },
  },
};

const attentions = {
  "data-parallel": { mesh: data, inShardings: [P("data"), P(), P(), P(), P()] },
  "tensor-parallel": {
    mesh: model,
    inShardings: [P(), P(null, "model"), P(null, "model"), P(null, "model"), P("model")],
  },
  mixed: {
    mesh: mixed,
    inShardings: [P("data"), P(null, "model"), P(null, "model"), P(null, "model"), P("model")],
  },
};

/** Rounding of float32, after sums in other orders. */
const close = 2e-5;

describe.each([
  [1, 4],
  [2, 2],
])("%i processes of %i devices", (processes, devices) => {
  itWithJax("train a perceptron and attend as one device does", { timeout: limit }, async () => {
    await using xla = await connect({ python, platform: "cpu", processes, devices });
    expect(xla.devices.length).toBe(4);
    const [p, s, [x, y]] = [params(), initState(params()), batch()];
    const one = jit(stepOf(false));
    const first = one(p, s, x, y);
    const second = one(first.params, first.state, x, y);
    for (const [name, { constrained, options }] of Object.entries(layouts)) {
      const step = await xla.compile(stepOf(constrained), [p, s, x, y], options);
      const got = await step(p, s, x, y);
      expect(distance(await xla.get(got), first), name).toBeLessThan(close);
      // Results go in again without leaving the devices, whatever they lie like.
      const again = await step(got.params, got.state, x, y);
      expect(distance(await xla.get(again), second), name).toBeLessThan(close);
    }
    const args = attentionArgs();
    const loss = (...a: Parameters<typeof attention>): NDArray => np.sum(np.square(attention(...a)));
    const both = (...a: Parameters<typeof attention>) => ({ out: attention(...a), g: grad(loss)(...a) });
    const expected = jit(both)(...args);
    for (const [name, options] of Object.entries(attentions)) {
      const f = await xla.compile(both, args, options);
      expect(distance(await xla.get(await f(...args)), expected), name).toBeLessThan(close);
    }
  });

  itWithJax("place, move and give away arrays", { timeout: limit }, async () => {
    await using xla = await connect({ python, platform: "cpu", processes, devices });
    const x = np.arange(24, { dtype: "float64" }).reshape([8, 3]);
    const put = await xla.put(
      { a: x, b: [np.array(2.5)] },
      { a: new sharding.NamedSharding(data, P("data")), b: null },
    );
    expect(String(put.a)).toBe('XlaArray(float64[8,3], P("data"))');
    expect((await put.a.data()).js()).toEqual(x.js());
    const f = await xla.compile((a: NDArray, b: NDArray) => a.mul(b), [put.a, put.b[0]], {
      mesh: data,
      inShardings: [P(["data"]), null],
      outShardings: P("data"),
      donateArgnums: 0,
    });
    const out = await f(put.a, put.b[0]);
    expect(put.a.disposed).toBe(true);
    expect(put.b[0].disposed).toBe(false);
    await expect(put.a.data()).rejects.toThrow("donated");
    await expect(f(put.a, 2)).rejects.toThrow("argument 0");
    expect((await out.toArray()).js()).toEqual(x.mul(2.5).js());
    expect(out.disposed).toBe(true);
    expect((await (await f(x, 3)).data()).js()).toEqual(x.mul(3).js());
  });
});

itWithJax("arrays of all dtypes go there and back to the bit", { timeout: limit }, async () => {
  await using xla = await connect({ python, platform: "cpu" });
  for (const dtype of allDTypes)
    for (const shape of [[], [0], [2, 3], [3, 0, 2], [17]]) {
      const size = shape.reduce((a, b) => a * b, 1);
      const bytes = Uint8Array.from({ length: (size * bitWidth(dtype)) / 8 }, (_, i) =>
        dtype === "bool" ? i & 1 : (i * 37 + 11) & 255,
      );
      const x = np.reshape(np.frombuffer(bytes, dtype), shape);
      const on = await xla.put(x);
      expect(told(await on.data())).toBe(told(x));
      const [back] = await xla.run(
        toStablehlo((y: NDArray) => y, [x]),
        [x],
      );
      expect(told(back)).toBe(told(x));
    }
});
