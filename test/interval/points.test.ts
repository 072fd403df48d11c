/** @file Enclosures hold what they enclose: functions at millions of random points of random intervals. */
import { describe, expect, it } from "vitest";
import { type Array, config, init, jit, lax, nn, numpy as np, scipy, vmap } from "../../src/index.ts";
import { type Form, type Interval, between, interval } from "../../src/interval/index.ts";
import { Random } from "../util/random.ts";

await init();

type Fn = (x: Array) => Array;
const { special } = scipy;

/** Functions of one number, and where arguments are drawn from. */
const functions: readonly (readonly [name: string, f: Fn, from: number, to: number])[] = [
  ["x (1 − x)", (x) => x.mul(np.subtract(1, x)), -2, 2],
  ["x / (1 + x²)", (x) => x.div(x.mul(x).add(1)), -5, 5],
  ["1 / x", (x) => np.divide(1, x), -3, 3],
  ["(x + 1) / (x − 1)", (x) => x.add(1).div(x.sub(1)), -3, 3],
  [
    "a polynomial",
    (x) => lax.integerPow(x, 5).sub(lax.integerPow(x, 4).mul(3)).add(lax.integerPow(x, 3)),
    -2,
    2,
  ],
  ["x⁻³", (x) => lax.integerPow(x, -3), -2, 2],
  ["|x|", (x) => np.abs(x), -2, 2],
  ["sign", (x) => np.sign(x), -2, 2],
  ["floor, ceil, round", (x) => np.floor(x).add(np.ceil(x)).sub(np.round(x)), -4, 4],
  ["max, min", (x) => np.maximum(x, 0.5).sub(np.minimum(x, -0.5)), -2, 2],
  ["clip", (x) => np.clip(x, -0.7, 0.9), -2, 2],
  ["where", (x) => np.where(np.greater(x, 0.3), np.sin(x), x.mul(x)), -2, 2],
  ["sqrt", (x) => np.sqrt(x), 0, 9],
  ["cbrt", (x) => np.cbrt(x), -9, 9],
  ["rsqrt", (x) => lax.rsqrt(x), 0.01, 9],
  ["exp", (x) => np.exp(x), -20, 20],
  ["exp2", (x) => np.exp2(x), -20, 20],
  ["expm1", (x) => np.expm1(x), -3, 3],
  ["log", (x) => np.log(x), 0.001, 50],
  ["log2 + log10", (x) => np.log2(x).add(np.log10(x)), 0.001, 50],
  ["log1p", (x) => np.log1p(x), -0.99, 5],
  ["sin", (x) => np.sin(x), -20, 20],
  ["cos", (x) => np.cos(x), -20, 20],
  ["sin of large", (x) => np.sin(x), -1e6, 1e6],
  ["tan", (x) => np.tan(x), -5, 5],
  ["arcsin", (x) => np.arcsin(x), -1, 1],
  ["arccos", (x) => np.arccos(x), -1, 1],
  ["arctan", (x) => np.arctan(x), -9, 9],
  ["arctan2", (x) => np.arctan2(x, x.sub(1)), -3, 3],
  ["sinh", (x) => np.sinh(x), -5, 5],
  ["cosh", (x) => np.cosh(x), -5, 5],
  ["tanh", (x) => np.tanh(x), -5, 5],
  ["arcsinh", (x) => np.arcsinh(x), -9, 9],
  ["arccosh", (x) => np.arccosh(x), 1, 9],
  ["arctanh", (x) => np.arctanh(x), -0.999, 0.999],
  ["power of a number", (x) => np.power(2.5, x), -5, 5],
  ["power", (x) => np.power(x, 1.7), 0, 9],
  ["power of itself", (x) => np.power(x, x), 0.01, 4],
  ["a whole power", (x) => np.power(x, np.array(3, "float64")), -4, 4],
  ["hypot", (x) => np.hypot(x, x.sub(1)), -4, 4],
  ["logaddexp", (x) => np.logaddexp(x, x.mul(-2)), -9, 9],
  ["sigmoid", (x) => nn.sigmoid(x), -9, 9],
  ["softplus", (x) => nn.softplus(x), -9, 9],
  ["relu", (x) => nn.relu(x.sub(0.2)), -9, 9],
  ["erf", (x) => special.erf(x), -4, 4],
  ["erfc", (x) => special.erfc(x), -4, 6],
  ["erfinv", (x) => special.erfinv(x), -0.99, 0.99],
  ["ndtr", (x) => special.ndtr(x), -6, 6],
  ["ndtri", (x) => special.ndtri(x), 0.01, 0.99],
  ["log ndtr", (x) => special.logNdtr(x), -9, 5],
  ["gamma", (x) => special.gamma(x), 0.05, 9],
  ["gammaln", (x) => special.gammaln(x), 0.05, 30],
  ["logit", (x) => special.logit(x), 0.01, 0.99],
  ["expit of a sine", (x) => special.expit(np.sin(x).mul(3)), -9, 9],
  [
    "a long one",
    (x) =>
      np
        .exp(np.sin(x).mul(np.cos(x.mul(2))))
        .sub(np.log(x.mul(x).add(1)))
        .div(np.sqrt(np.abs(x).add(0.5))),
    -6,
    6,
  ],
];

const count = 4000;
const perInterval = 8;
const vector = (values: readonly number[]): Array => np.array([...values]);

/** Random intervals of widths from tiny to the whole range, and points in them. */
function draw(random: Random, from: number, to: number): { lo: Array; hi: Array; points: Array[] } {
  const ends = times(count, () => {
    const x = random.uniform(from, to);
    const width = (to - from) * 10 ** random.uniform(-9, 0);
    return [Math.max(from, x - width * random.next()), Math.min(to, x + width * random.next())] as const;
  });
  const points = times(perInterval, (k) =>
    vector(
      ends.map(([a, b]) =>
        k === 0 ? a : k === 1 ? b : Math.min(b, Math.max(a, a + (b - a) * random.next())),
      ),
    ),
  );
  return { lo: vector(ends.map(([a]) => a)), hi: vector(ends.map(([, b]) => b)), points };
}

const times = <T>(n: number, f: (i: number) => T): T[] =>
  globalThis.Array.from({ length: n }, (_, i) => f(i));

/** How many of the values at points lie outside of the bounds; what has no value is none. */
function outside(f: Fn, bounds: Interval, points: readonly Array[]): number {
  let out = 0;
  for (const x of points) {
    const y = f(x);
    out += np.sum(np.logicalNot(bounds.contains(y)).logicalAnd(np.logicalNot(np.isnan(y)))).item();
  }
  return out;
}

const forms: readonly { readonly form: Form; readonly order?: number }[] = [
  { form: "natural" },
  { form: "best" },
  { form: "taylor", order: 2 },
];

describe.each([["js"], ["wasm"]] as const)("compiled, %s", (backend) => {
  it.each(functions)("%s", (name, f, from, to) => {
    config.with({ backend }, () => {
      const { lo, hi, points } = draw(new Random(name), from, to);
      for (const options of forms) {
        let enclosed: Interval;
        try {
          enclosed = jit((x: Interval) => interval(f, options)(x))(between(lo, hi));
        } catch (e) {
          if (options.form !== "taylor") throw e;
          expect((e as Error).name).toBe("EnclosureError");
          continue;
        }
        expect(outside(f, enclosed, points)).toBe(0);
        expect(np.any(np.isnan(enclosed.lo)).item<boolean>()).toBe(false);
      }
    });
  });
});

describe("float32", () => {
  it.each(functions)("%s", (name, f, from, to) => {
    const { lo, hi, points } = draw(new Random(name), from, to);
    const narrow = (x: Array): Array => x.astype("float32");
    const enclosed = jit((x: Interval) => interval(f)(x))(between(narrow(lo), narrow(hi)));
    const inside = points.map((x) => np.clip(narrow(x), narrow(lo), narrow(hi)));
    expect(outside(f, enclosed, inside)).toBe(0);
  });
});

it("the same, interpreted and one at a time", () => {
  const f: Fn = (x) => np.sin(x).mul(x).add(np.exp(x));
  const all = interval(f)(between(np.array([0, 1]), np.array([0.5, 3])));
  const mapped = vmap((x: Interval) => interval(f)(x))(between(np.array([0, 1]), np.array([0.5, 3])));
  const interpreted = config.with({ jitless: true }, () =>
    interval(f)(between(np.array([0, 1]), np.array([0.5, 3]))),
  );
  for (const other of [mapped, interpreted]) {
    expect(np.abs(other.lo.sub(all.lo)).max().item()).toBeLessThan(1e-13);
    expect(np.abs(other.hi.sub(all.hi)).max().item()).toBeLessThan(1e-13);
  }
});
