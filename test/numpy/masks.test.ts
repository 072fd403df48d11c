/**
 * @file Masks hide: what stands where `where` is false has no part in results and gradients, be it NaN, infinite or huge.
 * The functions are found by their declarations, so that one that takes `where` and has no line here fails.
 */
import { describe, expect, it } from "vitest";
import { grad, jit, vmap } from "../../src/api/index.ts";
import { signatureOf } from "../../src/arguments/declare.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lib from "../../src/index.ts";
import * as np from "../../src/numpy/index.ts";

type Options = Readonly<Record<string, unknown>>;
type Call = (x: NDArray, where: NDArray | null) => NDArray;
type Fn = (...args: readonly unknown[]) => NDArray;

/** Every exported function that declares `where`, by its path. */
function found(): Map<string, Fn> {
  const out = new Map<string, Fn>();
  const visit = (value: unknown, path: string, depth: number): void => {
    if (typeof value === "function" && signatureOf(value)?.names.includes("where") === true)
      out.set(path, value as Fn);
    const inside = typeof value === "object" || typeof value === "function";
    if (!inside || value === null || depth > 3) return;
    for (const [key, child] of Object.entries(value))
      visit(child, path === "" ? key : `${path}.${key}`, depth + 1);
  };
  visit(lib, "", 0);
  return out;
}

const functions = found();
const fn = (name: string): Fn => functions.get(name)!;
const rows = np.array([
  [0.3, 0.2, 0.4, 0.1],
  [0.1, 0.5, 0.15, 0.25],
]);
const axis = { axis: -1 };

/** A call of one masked operand: the options besides `where`, before which others may stand. */
const plain =
  (name: string, options: Options = axis): Call =>
  (x, where) =>
    fn(name)(x, { ...options, where });
/** A loss of two arguments, of which `which` is masked. */
const pair =
  (name: string, which: 0 | 1): Call =>
  (x, where) =>
    fn(name)(...(which === 0 ? [x, rows] : [rows, x]), { axis: -1, where });

const reductions = ["sum", "mean", "prod", "var", "std"];
const extrema = ["max", "min", "amax", "amin"];
const start = { max: -Infinity, amax: -Infinity, min: Infinity, amin: Infinity };
const initial = (name: string): Options => ({ ...axis, initial: start[name.replace("nan", "") as "max"] });

const calls: Readonly<Record<string, readonly Call[]>> = Object.fromEntries([
  ...reductions.map((n) => [`numpy.${n}`, [plain(`numpy.${n}`), plain(`numpy.${n}`, { axis: null })]]),
  ...["var", "std"].map((n) => [
    `numpy.${n}`,
    [
      plain(`numpy.${n}`),
      plain(`numpy.${n}`, { axis: null, ddof: 1 }),
      plain(`numpy.${n}`, { ...axis, mean: 0.25 }),
    ],
  ]),
  ...reductions.map((n) => [`numpy.nan${n}`, [plain(`numpy.nan${n}`)]]),
  ...["add", "multiply"].map((n) => [`numpy.${n}.reduce`, [plain(`numpy.${n}.reduce`)]]),
  ...extrema.map((n) => [`numpy.${n}`, [plain(`numpy.${n}`, initial(n))]]),
  ...["maximum", "minimum"].map((n) => [
    `numpy.${n}.reduce`,
    [plain(`numpy.${n}.reduce`, initial(n.slice(0, 3)))],
  ]),
  ...["nanmax", "nanmin"].map((n) => [`numpy.${n}`, [plain(`numpy.${n}`, initial(n))]]),
  ["nn.softmax", [plain("nn.softmax")]],
  ["nn.logSoftmax", [plain("nn.logSoftmax")]],
  ["nn.logmeanexp", [plain("nn.logmeanexp")]],
  ["nn.standardize", [plain("nn.standardize"), plain("nn.standardize", { ...axis, algorithm: "stable" })]],
  ["optim.softmaxCrossEntropy", [pair("optim.softmaxCrossEntropy", 0), pair("optim.softmaxCrossEntropy", 1)]],
  [
    "optim.softmaxCrossEntropyWithIntegerLabels",
    [
      (x: NDArray, where: NDArray | null) =>
        fn("optim.softmaxCrossEntropyWithIntegerLabels")(x, np.array([0, 1], { dtype: "int32" }), { where }),
    ],
  ],
  ...["polyLossCrossEntropy", "klDivergence", "klDivergenceWithLogTargets"].map((n) => [
    `optim.${n}`,
    [pair(`optim.${n}`, 0), pair(`optim.${n}`, 1)],
  ]),
  ...["generalizedKlDivergence", "convexKlDivergence", "cosineSimilarity", "cosineDistance"].map((n) => [
    `optim.${n}`,
    [pair(`optim.${n}`, 0), pair(`optim.${n}`, 1)],
  ]),
  [
    "optim.smoothLabels",
    [(x: NDArray, where: NDArray | null) => fn("optim.smoothLabels")(x, 0.1, { where })],
  ],
  [
    "optim.rankingSoftmaxLoss",
    [0, 1].map(
      (k) => (x: NDArray, where: NDArray | null) =>
        fn("optim.rankingSoftmaxLoss")(...(k === 0 ? [x, rows] : [rows, x]), { where }),
    ),
  ],
]) as Readonly<Record<string, readonly Call[]>>;

/** Logarithms of sums take factors too; they are declared without being wrapped. */
const logsumexp: readonly Call[] = [
  (x, where) => lib.nn.logsumexp(x, { axis: -1, where }),
  (x, where) => lib.nn.logsumexp(x, { axis: -1, where, b: rows }),
  (x, where) => lib.nn.logsumexp(rows, { axis: -1, where, b: x }),
  (x, where) => lib.scipy.special.logsumexp(x, { axis: null, where }),
];

/** Functions without gradient, or of which `where` is another thing. */
const others: Readonly<Record<string, string>> = {
  "numpy.all": "of truth values",
  "numpy.any": "of truth values",
  ...Object.fromEntries(
    ["bitwiseAnd", "bitwiseOr", "bitwiseXor", "logicalAnd", "logicalOr", "logicalXor"].map((n) => [
      `numpy.${n}.reduce`,
      "of bits or truth values",
    ]),
  ),
  ...Object.fromEntries(
    ["subtract", "logaddexp", "logaddexp2"].map((n) => [`numpy.${n}.reduce`, "refuses a mask"]),
  ),
};

const mask = np.array([
  [true, false, true, true],
  [true, true, false, true],
]);
const fill = (value: number): NDArray => np.where(mask, rows, value);
/** Results at elements that are masked are no result. */
const outputs = (y: NDArray): NDArray => (y.shape.join() === mask.shape.join() ? np.where(mask, y, 0) : y);

function check(call: Call): void {
  const value = (x: NDArray): NDArray => outputs(call(x, mask));
  const weights = (y: NDArray): NDArray => np.add(np.arange(y.size).reshape(y.shape), 1);
  const total = (x: NDArray): NDArray => {
    const y = value(x);
    return np.sum(np.multiply(y, weights(y)));
  };
  const slope = grad(total);
  const twice = grad((x: NDArray) => np.sum(np.multiply(slope(x), np.where(mask, rows, 0))));
  const want = [value, slope, twice].map((f) => f(fill(0)));
  for (const g of want) expect(np.all(np.isfinite(g)).item(), "finite").toBe(true);
  expect(np.where(mask, 0, want[1]).ravel().js(), "gradient of what is masked").toEqual(
    Array<number>(8).fill(0),
  );
  for (const hidden of [NaN, Infinity, -Infinity, 1e308, -1e308]) {
    const x = fill(hidden);
    [value, slope, twice].forEach((f, order) => {
      for (const g of order === 1 ? [f, jit(f)] : [f])
        expect(g(x).js(), `order ${order}, ${hidden} hidden`).toEqual(want[order].js());
    });
  }
}

describe("functions that take where", () => {
  it("are all here", () => {
    const known = [...Object.keys(calls), ...Object.keys(others)];
    const listed = new Set(known.map(fn));
    expect([...functions].filter(([, f]) => !listed.has(f)).map(([name]) => name)).toEqual([]);
    expect(known.filter((n) => !functions.has(n))).toEqual([]);
  });

  it.each(Object.keys(calls))("%s: what is hidden has no part", (name) => {
    for (const call of calls[name]) check(call);
  });

  it("logsumexp: what is hidden has no part", () => {
    for (const call of logsumexp) check(call);
  });

  it("slices of which nothing is left have their values, and no part in the others' gradients", () => {
    const none = np.array([
      [true, false, true, true],
      [false, false, false, false],
    ]);
    const x = np.where(none, rows, NaN);
    const options = { axis: -1, where: none };
    const last = (y: NDArray): unknown => y.slice(1).js();
    expect(last(np.sum(x, options))).toBe(0);
    expect(last(np.prod(x, options))).toBe(1);
    expect(last(np.max(x, { ...options, initial: -3 }))).toBe(-3);
    expect(last(np.min(x, { ...options, initial: 3 }))).toBe(3);
    for (const f of [np.mean, np.var, np.std]) expect(last(f(x, options))).toBeNaN();
    expect(last(lib.nn.logsumexp(x, options))).toBe(-Infinity);
    expect(last(lib.nn.softmax(x, options))).toEqual([0, 0, 0, 0]);
    expect(last(lib.nn.logSoftmax(x, options))).toEqual(Array<number>(4).fill(-Infinity));
    for (const name of Object.keys(calls)) {
      for (const call of calls[name]) {
        const first = (y: NDArray): NDArray => {
          const out = call(y, none);
          if (out.ndim === 0) return out;
          return np.sum(out.ndim === 1 ? out.slice(0) : np.where(none, out, 0).slice(0));
        };
        const slope = grad(first)(x);
        expect(last(slope), name).toEqual([0, 0, 0, 0]);
      }
    }
  });

  it("logsumexp has the derivative with respect to a factor that is 0", () => {
    const f = (b: NDArray): NDArray => lib.nn.logsumexp(np.array([0, Math.LN2, 800]), { b });
    expect(
      grad(f)(np.array([1, 0, 0]))
        .js<number[]>()
        .slice(0, 2),
    ).toEqual([1, 2]);
    expect(f(np.array([1, 0, 0])).item()).toBe(0);
    const hidden = (a: NDArray): NDArray => lib.nn.logsumexp(a, { b: np.array([1, 0, 0]) });
    for (const x of [Infinity, NaN, 1e308])
      expect(grad(hidden)(np.array([0, x, -x])).js()).toEqual([1, 0, 0]);
  });

  it("under vmap", () => {
    const f = (x: NDArray, m: NDArray): NDArray => np.var(x, { where: m });
    const got = vmap(grad(f, { argnums: 0 }))(fill(Infinity), mask);
    expect(got.js()).toEqual(vmap(grad(f, { argnums: 0 }))(fill(0), mask).js());
  });
});
