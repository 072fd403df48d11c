/**
 * @file NaN in, NaN out: for every exported function that can be called with one to five arrays of numbers, each element of
 * the result that depends on an argument's element is NaN where that is NaN, and so is each element of the gradients. What
 * depends on what is found by moving the element. Functions that differ on purpose are listed with the reason.
 */
import { describe, expect, it } from "vitest";
import { grad } from "../../src/api/index.ts";
import { NDArray } from "../../src/core/array.ts";
import * as lib from "../../src/index.ts";
import * as np from "../../src/numpy/index.ts";

type Fn = (...xs: NDArray[]) => unknown;
type Part = "all" | "gradient";

const ignores = "leaves NaN out, by its name";
const order = "NaN is put last in order";
const piece = "piecewise linear: a comparison with NaN chooses a piece, whose slope is constant, as in JAX";
const allowed: Readonly<Record<string, readonly [Part, string]>> = {
  ...Object.fromEntries(
    [
      "cumprod",
      "cumsum",
      "median",
      "percentile",
      "quantile",
      "max",
      "mean",
      "min",
      "prod",
      "std",
      "sum",
      "var",
    ].map((n) => [`numpy.nan${n}`, ["all", ignores] as const]),
  ),
  "numpy.nanToNum": ["all", ignores],
  "numpy.fmax": ["all", ignores],
  "numpy.fmin": ["all", ignores],
  "stats.mode": ["all", "chooses the most frequent value; NaN is one"],
  "numpy.histogram": ["all", "counts what falls into bins"],
  ...Object.fromEntries(
    [
      "setdiff1d",
      "setxor1d",
      "union1d",
      "unique",
      "uniqueAll",
      "uniqueCounts",
      "uniqueInverse",
      "uniqueValues",
      "sort",
    ].map((n) => [`numpy.${n}`, ["all", order] as const]),
  ),
  "lax.sort": ["all", order],
  "lax.sortKeyVal": ["all", order],
  "numpy.copysign": ["all", "takes the sign bit, which NaN has"],
  "numpy.heaviside": ["all", "a step at 0, whose value there is the other operand"],
  ...Object.fromEntries(
    [
      "interp",
      "maximum",
      "minimum",
      "abs",
      "absolute",
      "fabs",
      "clip",
      "frexp",
      "percentile",
      "quantile",
    ].map((n) => [`numpy.${n}`, ["gradient", piece] as const]),
  ),
  ...Object.fromEntries(
    ["abs", "clamp", "cummax", "cummin", "max", "min"].map((n) => [`lax.${n}`, ["gradient", piece] as const]),
  ),
  ...Object.fromEntries(
    ["hardSigmoid", "hardTanh", "leakyRelu", "relu", "relu6", "sparseSigmoid"].map((n) => [
      `nn.${n}`,
      ["gradient", piece] as const,
    ]),
  ),
  ...Object.fromEntries(
    ["hingeLoss", "perceptronLoss", "tripletMarginLoss"].map((n) => [
      `losses.${n}`,
      ["gradient", piece] as const,
    ]),
  ),
};

/** Functions that take other things than arrays of numbers; all others of these namespaces must be reached. */
const complete = ["nn", "special", "stats", "losses"];
const elsewhere = [
  /^nn\.initializers\./,
  /^nn\.(glu|oneHot|dotProductAttention)$/,
  /^special\.(bernoulli|besselJn|multigammaln|polygamma|sphHarmY|wofz)$/,
  /^stats\.(gaussianKde|multivariateNormal\..*)$/,
  /^losses\.(multiclass.*|softmaxCrossEntropyWithIntegerLabels|ctc.*|makeFenchelYoungLoss)$/,
];

const base = [
  [0.3, 0.4, 0.6],
  [0.55, 0.45, 0.7],
  [0.62, 0.35, 0.8],
  [0.44, 0.52, 0.9],
  [0.3, 0.4, 0.6],
];
const moves = [0.37, 0.09, 5, -5];

/** n arguments, the first element of the k-th being `value`. */
const operands = (n: number, k = -1, value = 0): NDArray[] =>
  base.slice(0, n).map((v, i) => np.array(i === k ? [value, ...v.slice(1)] : v));

const floats = (out: unknown): NDArray[] =>
  (Array.isArray(out) ? (out as unknown[]) : [out]).filter(
    (o): o is NDArray => o instanceof NDArray && o.dtype === "float64",
  );

/** The numbers that a function gives, or null if it takes no such arguments. */
function numbers(f: Fn, args: NDArray[]): number[] | null {
  try {
    return floats(f(...args)).flatMap((o) => [...o.dataSync()].map(Number));
  } catch {
    return null;
  }
}

/** Whether elements that move with the first of argument k are not NaN where that is. */
function hides(f: Fn, n: number, k: number): boolean {
  const usual = numbers(f, operands(n));
  const withNan = numbers(f, operands(n, k, NaN));
  if (usual === null || withNan === null) return false;
  const moved = moves.map((m) => numbers(f, operands(n, k, m)));
  return usual.some((x, i) => {
    const depends = moved.some((o) => o !== null && Math.abs(o[i] - x) > 1e-12 * (1 + Math.abs(x)));
    return depends && !Number.isNaN(withNan[i]);
  });
}

const total =
  (f: Fn): ((...xs: NDArray[]) => NDArray) =>
  (...xs) =>
    floats(f(...xs))
      .map((o) => np.sum(o))
      .reduce((a, b) => np.add(a, b));

interface Verdict {
  readonly reached: boolean;
  readonly faults: Set<Part>;
}

function judge(name: string, f: Fn): Verdict {
  const faults = new Set<Part>();
  let reached = false;
  const most = /^(numpy|lax)/.test(name) ? 3 : 5;
  for (let n = 1; n <= most; n++) {
    const usual = numbers(f, operands(n));
    if (usual === null || usual.length === 0) continue;
    reached = true;
    for (let k = 0; k < n; k++) {
      if (hides(f, n, k)) faults.add("all");
      for (let j = 0; j < n; j++) {
        const slope = grad(total(f) as Fn as (...xs: unknown[]) => NDArray, { argnums: j }) as Fn;
        if (hides(slope, n, k)) faults.add("gradient");
      }
    }
  }
  return { reached, faults };
}

function* functionsOf(value: unknown, name: string): Generator<[string, Fn]> {
  if (typeof value === "function") yield [name, value as Fn];
  else if (typeof value === "object" && value !== null && !(value instanceof NDArray))
    for (const [key, child] of Object.entries(value)) yield* functionsOf(child, `${name}.${key}`);
}
const spaces = {
  numpy: lib.numpy,
  lax: lib.lax,
  nn: lib.nn,
  special: lib.scipy.special,
  stats: lib.scipy.stats,
  losses: lib.optim.losses,
  image: lib.image,
};

describe("NaN in, NaN out", () => {
  const reached: Record<string, number> = {};

  it.each(Object.entries(spaces))(
    "%s",
    (space, namespace) => {
      const faults: string[] = [];
      const missed: string[] = [];
      reached[space] = 0;
      for (const [name, f] of functionsOf(namespace, space)) {
        const verdict = judge(name, f);
        if (verdict.reached) reached[space]++;
        else missed.push(name);
        const [part] = allowed[name] ?? [];
        for (const fault of verdict.faults)
          if (part !== "all" && part !== fault) faults.push(`${name}: ${fault === "all" ? "value" : fault}`);
      }
      expect(faults).toEqual([]);
      if (complete.includes(space))
        expect(missed.filter((name) => !elsewhere.some((e) => e.test(name)))).toEqual([]);
    },
    240_000,
  );

  it("reaches most functions of numpy and lax", () => {
    expect(reached.numpy).toBeGreaterThan(190);
    expect(reached.lax).toBeGreaterThan(60);
  });

  it("holds for functions of other things too", () => {
    const x = np.array([NaN, 0.5]);
    for (const [f, args] of [
      [(v: NDArray) => lib.scipy.special.besselJn(v, { v: 2 }).slice([], 0), [x]],
      [(v: NDArray) => lib.scipy.special.polygamma(1, v).slice(0), [x]],
      [(v: NDArray) => lib.scipy.special.multigammaln(v, 2).slice(0), [x]],
      [(v: NDArray) => lib.scipy.stats.multivariateNormal.logpdf(v, np.zeros([2]), np.eye(2)), [x]],
    ] as const) {
      expect(np.all(np.isnan(f(args[0]))).item()).toBe(true);
      expect(grad((v: NDArray) => np.sum(f(v)))(x).js<number[]>()[0]).toBeNaN();
    }
  });
});
