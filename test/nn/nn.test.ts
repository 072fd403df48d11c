/** @file The nn functions: conventions at kinks and edges, shapes, options, lanes, gradients, refusals. */
import { describe, expect, it } from "vitest";
import { grad, jvp, vmap } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { ArrayLike, NDArray } from "../../src/core/array.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../src/base/errors.ts";
import * as nn from "../../src/nn/index.ts";
import * as np from "../../src/numpy/index.ts";
import * as random from "../../src/random/index.ts";

const close = (got: NDArray, want: unknown, digits = 12): void => {
  const flat = (x: unknown): number[] => (Array.isArray(x) ? x.flatMap(flat) : [x as number]);
  const wanted = flat(want);
  const values = flat(got.js());
  expect(values).toHaveLength(wanted.length);
  values.forEach((x, i) => expect(x).toBeCloseTo(wanted[i], digits));
};

const slope = (f: (x: NDArray) => NDArray, x: number): number => grad(f)(x).item();

describe("activations", () => {
  it("have JAX's derivatives at their kinks", () => {
    expect([slope(nn.relu, 0), slope(nn.relu, 2), slope(nn.relu, -2)]).toEqual([0, 1, 0]);
    expect([slope(nn.relu6, 0), slope(nn.relu6, 6), slope(nn.relu6, 3)]).toEqual([0, 0, 1]);
    expect(slope((x) => nn.leakyRelu(x), 0)).toBe(1);
    expect([slope(nn.hardTanh, 1), slope(nn.hardTanh, -1)]).toEqual([1, 1]);
    expect(slope((x) => nn.elu(x), 0)).toBe(1);
    expect(slope((x) => nn.celu(x), 0)).toBe(1);
  });

  it("keep NaN and infinities", () => {
    const x = np.array([NaN, Infinity, -Infinity]);
    expect(nn.relu(x).js()).toEqual([NaN, Infinity, 0]);
    expect(nn.softplus(x).js()).toEqual([NaN, Infinity, 0]);
    expect(nn.sigmoid(x).js()).toEqual([NaN, 1, 0]);
    expect(nn.elu(x).js()).toEqual([NaN, Infinity, -1]);
    expect(grad((y: NDArray) => nn.elu(y).sum())(np.array([1000, -1000])).js()).toEqual([1, 0]);
  });

  it("satisfy their definitions", () => {
    const x = np.linspace(-3, 3, 13);
    const all = (f: (v: number) => number): number[] => x.js<number[]>().map(f);
    const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
    close(
      nn.silu(x),
      all((v) => v * sigmoid(v)),
    );
    close(
      nn.logSigmoid(x),
      all((v) => Math.log(sigmoid(v))),
    );
    close(
      nn.softSign(x),
      all((v) => v / (1 + Math.abs(v))),
    );
    close(
      nn.squareplus(x, 2),
      all((v) => (v + Math.sqrt(v * v + 2)) / 2),
    );
    close(
      nn.mish(x),
      all((v) => v * Math.tanh(Math.log1p(Math.exp(v)))),
    );
    close(
      nn.hardSwish(x),
      all((v) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6),
    );
    close(
      nn.sparsePlus(x),
      all((v) => (v <= -1 ? 0 : v >= 1 ? v : (v + 1) ** 2 / 4)),
    );
    close(
      nn.sparseSigmoid(x),
      all((v) => Math.min(Math.max((v + 1) / 2, 0), 1)),
    );
    close(
      nn.selu(x),
      all((v) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v))),
    );
    close(
      nn.leakyRelu(x, { negativeSlope: 0.1 }),
      all((v) => (v >= 0 ? v : 0.1 * v)),
    );
    close(nn.log1mexp(np.array([1e-10, 1, 50])), [Math.log(1e-10), Math.log(1 - Math.exp(-1)), 0], 9);
  });

  it("approximate gelu or compute it", () => {
    const exact = nn.gelu(1, { approximate: false }).item();
    expect(exact).toBeCloseTo(0.8413447460685429, 14);
    expect(Math.abs(nn.gelu(1).item() - exact)).toBeLessThan(1e-3);
    expect(() => nn.gelu(1, { aproximate: false } as never)).toThrow(/approximate/);
  });

  it("gate", () => {
    const x = np.array([[1, 2, 0, 0]]);
    expect(nn.glu(x).js()).toEqual([[0.5, 1]]);
    expect(() => nn.glu(np.ones([3]))).toThrow(ShapeError);
  });

  it("have lanes and second derivatives", () => {
    const x = np.array([[-1, 2]]);
    expect(vmap(nn.relu)(x).js()).toEqual([[0, 2]]);
    expect(grad(grad(nn.relu))(1).item()).toBe(0);
    expect(grad(grad((y: NDArray) => nn.relu(y).mul(y)))(1).item()).toBe(2);
  });
});

describe("softmax", () => {
  it("sums to 1 along its axes, and its logarithm agrees", () => {
    const x = random.normal(random.key(0), [3, 4]);
    for (const axis of [-1, 0, null, [0, 1]]) {
      const y = nn.softmax(x, axis);
      close(np.sum(y, { axis }), np.ones(np.sum(x, { axis }).shape).js());
      close(np.exp(nn.logSoftmax(x, { axis })), y.js());
    }
  });

  it("takes part of the elements", () => {
    const where = np.array([true, false, true]);
    expect(nn.softmax(np.array([0, 5, 0]), { where }).js()).toEqual([0.5, 0, 0.5]);
    expect(nn.logSoftmax(np.array([0, 5, 0]), { where }).js()).toEqual([-Math.LN2, -Infinity, -Math.LN2]);
    const g = grad((x: NDArray) => nn.softmax(x, { where }).slice(0))(np.array([0, 5, 0]));
    expect(g.js()).toEqual([0.25, 0, -0.25]);
  });

  it("does not overflow, also in derivatives and lanes", () => {
    const x = np.array([1000, 1000, -Infinity]);
    expect(nn.softmax(x).js()).toEqual([0.5, 0.5, 0]);
    expect(grad((y: NDArray) => nn.softmax(y).slice(0))(x).js()).toEqual([0.25, -0.25, 0]);
    expect(vmap((y: NDArray) => nn.softmax(y))(np.ones([2, 2])).js()).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    const second = grad((y: NDArray) => grad((z: NDArray) => nn.softmax(z).slice(0))(y).slice(0));
    close(second(np.array([0, 0])), [0, 0]);
  });

  it("makes floats of integers", () => {
    expect(nn.softmax(np.array([1, 1], { dtype: "int32" })).js()).toEqual([0.5, 0.5]);
  });
});

describe("logsumexp", () => {
  it("scales, signs and masks", () => {
    const x = np.array([1000, 1000]);
    close(nn.logsumexp(x), [1000 + Math.LN2]);
    expect(nn.logsumexp(x, { b: np.array([1, -2]) }).item()).toBe(NaN);
    const [value, sign] = nn.logsumexp(np.array([0, 0]), { b: np.array([1, -2]), returnSign: true });
    expect([value.item(), sign.item()]).toEqual([0, -1]);
    expect(nn.logsumexp(np.array([-Infinity, -Infinity])).item()).toBe(-Infinity);
    expect(nn.logsumexp(np.zeros([2, 3]), 1, null, true).shape).toEqual([2, 1]);
    close(nn.logsumexp(np.array([0, 7]), { where: np.array([true, false]) }), [0]);
    close(grad((y: NDArray) => nn.logsumexp(y))(np.array([0, 0])), [0.5, 0.5]);
    close(nn.logmeanexp(np.array([3, 3, 3])), [3]);
    close(nn.logmeanexp(np.array([3, 9]), { where: np.array([true, false]) }), [3]);
  });
});

describe("standardize", () => {
  it("gives mean 0 and variance 1, by both algorithms", () => {
    const x = random.normal(random.key(1), [4, 50]).mul(3).add(1);
    for (const algorithm of ["fast", "stable"] as const) {
      const y = nn.standardize(x, { epsilon: 0, algorithm });
      close(np.mean(y, 1), [0, 0, 0, 0], 8);
      close(np.var_(y, 1), [1, 1, 1, 1], 8);
    }
    close(nn.standardize(np.array([1, 3]), { mean: 1, variance: 4, epsilon: 0 }), [0, 1]);
    expect(() => nn.standardize(x, { algorithm: "slow" as never })).toThrow(ArgumentError);
  });
});

describe("oneHot", () => {
  it("puts ones where the indices say, and none for others", () => {
    const x = np.array([0, 2, -1, 3], { dtype: "int32" });
    expect(nn.oneHot(x, 3).js()).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(nn.oneHot(x, 3, { axis: 0, dtype: "bool" }).shape).toEqual([3, 4]);
    const lanes = vmap((i: NDArray) => nn.oneHot(i, 4, { axis: "classes" }), null, {
      axisName: "classes",
      axisSize: 4,
    });
    expect(lanes(2).js()).toEqual([0, 0, 1, 0]);
    config.with({ defaultFloat: "float32" }, () => expect(nn.oneHot(x, 3).dtype).toBe("float32"));
    expect(() => nn.oneHot(x, -1)).toThrow(ArgumentError);
  });
});

describe("dotProductAttention", () => {
  const draw = (seed: number, ...shape: readonly number[]): NDArray => random.normal(random.key(seed), shape);
  const [q, k, v] = [draw(0, 2, 3, 4, 5), draw(1, 2, 6, 4, 5), draw(2, 2, 6, 4, 5)];

  /** One head by definition. */
  const head = (query: NDArray, key: NDArray, value: NDArray): NDArray =>
    np.matmul(nn.softmax(np.matmul(query, key.T).mul(1 / Math.sqrt(5))), value);

  it("is a weighted mean of the values, head by head", () => {
    const out = nn.dotProductAttention(q, k, v);
    expect(out.shape).toEqual([2, 3, 4, 5]);
    for (const [b, h] of [
      [0, 0],
      [1, 3],
    ]) {
      const want = head(q.slice(b, [], h), k.slice(b, [], h), v.slice(b, [], h));
      close(out.slice(b, [], h), want.js());
    }
    close(nn.dotProductAttention(q.slice(0), k.slice(0), v.slice(0)), out.slice(0).js());
  });

  it("shares keys and values among groups of query heads", () => {
    const [k2, v2] = [k.slice([], [], [0, 2]), v.slice([], [], [0, 2])];
    const repeated = nn.dotProductAttention(q, np.repeat(k2, 2, 2), np.repeat(v2, 2, 2));
    close(nn.dotProductAttention(q, k2, v2), repeated.js());
    expect(() => nn.dotProductAttention(q, k.slice([], [], [0, 3]), v.slice([], [], [0, 3]))).toThrow(
      ShapeError,
    );
  });

  it("masks: by an array, causally, by lengths, by a window", () => {
    const self = draw(3, 2, 4, 2, 5);
    const attend = (options: nn.AttentionOptions): NDArray =>
      nn.dotProductAttention(self, self, self, options);
    const causal = attend({ isCausal: true });
    close(causal.slice([], 0), self.slice([], 0).js());
    close(attend({ mask: np.tril(np.ones([4, 4], "bool")) }), causal.js());
    close(attend({ localWindowSize: [4, 0] }), causal.js());
    close(attend({ localWindowSize: 0 }), self.js());
    const lengths = np.array([4, 2], { dtype: "int32" });
    const short = attend({ keyValueSeqLengths: lengths }).slice(1, [0, 2]);
    const cut = self.slice([1, 2], [0, 2]);
    close(short, nn.dotProductAttention(cut, cut, cut).slice(0).js());
    const padded = attend({ querySeqLengths: lengths, keyValueSeqLengths: lengths });
    close(padded.slice(1, 3), np.zeros([2, 5]).js());
    const bias = np.where(np.tri(4), 0, -Infinity);
    close(attend({ bias }), causal.js());
    const perHead = np.broadcastTo(np.tri(4, 4, 0, "bool"), [1, 2, 4, 4]);
    close(attend({ mask: perHead }), causal.js());
  });

  it("returns the logarithm of the weights' sum on demand", () => {
    const [out, residual] = nn.dotProductAttention(q, k, v, { returnResidual: true, scale: 1 });
    expect(residual.shape).toEqual([2, 3, 4]);
    const logits = np.matmul(q.slice(0, [], 1), k.slice(0, [], 1).T);
    close(residual.slice(0, [], 1), nn.logsumexp(logits, 1).js());
    close(out, nn.dotProductAttention(q, k, v, { scale: 1 }).js());
  });

  it("differentiates and has lanes", () => {
    const loss = (x: NDArray): NDArray =>
      np.sum(np.square(nn.dotProductAttention(x, k, v, { isCausal: true })));
    const [, tangent] = jvp(loss, [q], [np.ones(q.shape)]);
    const eps = 1e-6;
    const numeric = (loss(q.add(eps)).item() - loss(q.sub(eps)).item()) / (2 * eps);
    expect(tangent.item()).toBeCloseTo(numeric, 5);
    expect(np.sum(grad(loss)(q)).item()).toBeCloseTo(numeric, 5);
    const lanes = vmap((x: ArrayLike, y: ArrayLike, z: ArrayLike) => nn.dotProductAttention(x, y, z))(
      q,
      k,
      v,
    );
    close(lanes, nn.dotProductAttention(q, k, v).js());
  });

  it("refuses what does not fit", () => {
    expect(() => nn.dotProductAttention(q, k, v.slice([], [0, 5]))).toThrow(ShapeError);
    expect(() => nn.dotProductAttention(q, k, v, { mask: np.ones([3, 6]) })).toThrow(DTypeError);
    expect(() => nn.dotProductAttention(q, k, v, { bias: np.ones([5, 6]) })).toThrow(ShapeError);
    expect(() => nn.dotProductAttention(q, k, v, { implementation: "cudnn" })).toThrow(ArgumentError);
    expect(() => nn.dotProductAttention(q, k, v, { causal: true } as never)).toThrow(/isCausal|causal/);
  });
});

describe("initializers", () => {
  const { initializers } = nn;
  const key = random.key(0);
  const variance = (make: nn.initializers.Initializer): number => np.var_(make(key, [100, 50])).item();

  it("have the variance they promise", () => {
    expect(variance(initializers.heNormal())).toBeCloseTo(2 / 100, 2);
    expect(variance(initializers.lecunUniform())).toBeCloseTo(1 / 100, 3);
    expect(variance(initializers.glorotNormal())).toBeCloseTo(2 / 150, 3);
    expect(variance(initializers.varianceScaling(3, "fan_out", "normal"))).toBeCloseTo(3 / 50, 2);
    expect(variance(initializers.heUniform({ inAxis: 1, outAxis: 0 }))).toBeCloseTo(2 / 50, 2);
    expect(variance(initializers.normal(0.1))).toBeCloseTo(0.01, 3);
  });

  it("count the receptive field, but no batch axes", () => {
    const conv = initializers.lecunNormal()(key, [3, 3, 100, 50]);
    expect(np.var_(conv).item()).toBeCloseTo(1 / 900, 4);
    const batched = initializers.lecunNormal({ batchAxis: 0 })(key, [9, 100, 50]);
    expect(np.var_(batched).item()).toBeCloseTo(1 / 100, 3);
  });

  it("take dtypes: when made, when called, by default", () => {
    expect(initializers.normal(1, "float32")(key, [2]).dtype).toBe("float32");
    expect(initializers.normal(1, "float32")(key, [2], "float16").dtype).toBe("float16");
    expect(initializers.uniform()(key, [2]).dtype).toBe("float64");
    expect(initializers.zeros(key, [2], "int32").dtype).toBe("int32");
    expect(initializers.ones(key, [2]).js()).toEqual([1, 1]);
    expect(initializers.constant(2.5)(key, [2]).js()).toEqual([2.5, 2.5]);
    const truncated = initializers.truncatedNormal(1, { lower: 0, upper: 1 })(key, [100]);
    expect([np.min(truncated).item(), np.max(truncated).item()]).toSatisfy(
      ([lo, hi]: number[]) => lo >= 0 && hi <= 1,
    );
  });

  it("refuse what has no meaning", () => {
    expect(() => initializers.heNormal()(key, [3])).toThrow(ShapeError);
    expect(() => initializers.varianceScaling(1, "fan" as never, "normal")).toThrow(ArgumentError);
    expect(() => initializers.varianceScaling(1, "fan_in", "odd" as never)).toThrow(ArgumentError);
  });
});
