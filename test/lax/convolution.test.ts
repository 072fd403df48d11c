/** @file Convolutions against their definition: random shapes, strides, paddings, dilations and groups, in every mode. */
import { beforeAll, describe, expect, it } from "vitest";
import { init, jit, lax, random } from "../../src/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { prod, range } from "../../src/base/util.ts";
import { Random } from "../util/random.ts";

beforeAll(() => init());

interface Case {
  readonly sizes: readonly number[];
  readonly taps: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly lhsDilation: readonly number[];
  readonly rhsDilation: readonly number[];
  readonly images: number;
  readonly groups: number;
  /** Channels of the input and of the output, in each group. */
  readonly channels: readonly [number, number];
}

function draw(r: Random): Case {
  const upTo = (lo: number, hi: number): number => r.int(lo, hi);
  for (;;) {
    const axes = upTo(1, 3);
    const last = (i: number): boolean => i === axes - 1;
    const sizes = range(axes).map((i) => (last(i) ? upTo(6, 40) : upTo(1, 9)));
    const c: Case = {
      sizes,
      taps: sizes.map((s) => upTo(1, Math.min(4, s))),
      strides: range(axes).map((i) => (last(i) && r.next() < 0.7 ? 1 : upTo(1, 2))),
      padding: sizes.map(() => [upTo(0, 2), upTo(0, 2)] as const),
      lhsDilation: sizes.map(() => upTo(1, 2)),
      rhsDilation: sizes.map(() => upTo(1, 2)),
      images: upTo(1, 3),
      groups: upTo(1, 2),
      channels: [upTo(1, 3), upTo(1, 6)],
    };
    const fits = sizes.every(
      (s, i) =>
        (s - 1) * c.lhsDilation[i] + 1 + c.padding[i][0] + c.padding[i][1] >=
        (c.taps[i] - 1) * c.rhsDilation[i] + 1,
    );
    if (fits) return c;
  }
}

/** The position along each axis of a flat index. */
function positions(index: number, shape: readonly number[]): number[] {
  const out = new Array<number>(shape.length);
  for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
    out[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return out;
}

const flat = (at: readonly number[], shape: readonly number[]): number =>
  at.reduce((sum, i, axis) => sum * shape[axis] + i, 0);

/** One element of the result, by the definition. */
function element(c: Case, x: NDArray, w: NDArray, at: readonly number[]): number {
  const [xs, ws] = [x.dataSync(), w.dataSync()];
  const [perInput, perOutput] = c.channels;
  const group = Math.floor(at[1] / perOutput);
  let sum = 0;
  for (let k = 0; k < prod([perInput, ...c.taps]); k++) {
    const [channel, ...tap] = positions(k, [perInput, ...c.taps]);
    const place = tap.map((t, i) => at[2 + i] * c.strides[i] + t * c.rhsDilation[i] - c.padding[i][0]);
    const hit = place.every(
      (p, i) => p >= 0 && p % c.lhsDilation[i] === 0 && p / c.lhsDilation[i] < c.sizes[i],
    );
    if (!hit) continue;
    const source = place.map((p, i) => p / c.lhsDilation[i]);
    const from = flat([at[0], group * perInput + channel, ...source], x.shape);
    sum += xs[from] * ws[flat([at[1], channel, ...tap], w.shape)];
  }
  return sum;
}

describe.each(["js", "wasm"] as const)("convolutions in %s", (backend) => {
  it("are what their definition says", () => {
    const r = new Random("convolutions");
    for (let n = 0; n < 60; n++) {
      const c = draw(r);
      const [perInput, perOutput] = c.channels;
      const x = random.normal(random.key(2 * n), [c.images, c.groups * perInput, ...c.sizes]);
      const w = random.normal(random.key(2 * n + 1), [c.groups * perOutput, perInput, ...c.taps]);
      const convolve = (a: NDArray, b: NDArray): NDArray =>
        lax.convGeneralDilated(a, b, c.strides, c.padding, {
          lhsDilation: c.lhsDilation,
          rhsDilation: c.rhsDilation,
          featureGroupCount: c.groups,
        });
      const y = jit(convolve, { backend })(x, w);
      const ys = y.dataSync();
      const wrong: string[] = [];
      for (let k = 0; k < y.size; k += r.int(1, 20)) {
        const [got, exact] = [ys[k], element(c, x, w, positions(k, y.shape))];
        if (!(Math.abs(got - exact) < 1e-11))
          wrong.push(`${got}, not ${exact} at ${k} of ${JSON.stringify(c)}`);
      }
      expect(wrong).toEqual([]);
      const single = jit(convolve, { backend })(x.astype("float32"), w.astype("float32")).dataSync();
      const errors = Array.from(ys, (exact, k) => Math.abs(single[k] - exact));
      expect(errors.reduce((a, b) => Math.max(a, b), 0)).toBeLessThan(1e-4);
    }
  });
});
