/**
 * @file How the functions of scipy.special and scipy.stats are called on rows of `reference.json`: values and derivatives by
 * mpmath, of every exported name. A row is [arguments, value, first derivatives, second derivatives]; a name that ends in a
 * number is that element of a result that is a list.
 */
import { grad, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as np from "../../src/numpy/index.ts";
import * as special from "../../src/scipy/special/index.ts";
import { readJson } from "../util/files.ts";
import * as stats from "../../src/scipy/stats/index.ts";

export type Num = number | "inf" | "-inf" | "nan";
export type Row = readonly [args: number[], value: Num, d1: Num[], d2: Num[]];
export interface Entry {
  /** The arguments with first, and with second derivatives. */
  readonly d1: number[];
  readonly d2: number[];
  readonly rows: Row[];
}

export const reference = (await readJson("reference.json", import.meta.url)) as Readonly<
  Record<string, Entry>
>;

export const numberOf = (x: Num): number => (x === "inf" ? Infinity : x === "-inf" ? -Infinity : Number(x));

type Fn = (...xs: NDArray[]) => NDArray;

/** Functions of whole numbers known beforehand: their rows run one by one. */
const static_: Readonly<Record<string, (...xs: (NDArray | number)[]) => NDArray>> = {
  "special.bernoulli": (n) => special.bernoulli(n).slice(-1),
  "special.multigammaln": (a, d) => special.multigammaln(a, Number((d as NDArray).item())),
};

const list =
  (f: (...xs: NDArray[]) => readonly NDArray[], k: number): Fn =>
  (...xs) =>
    f(...xs)[k];
const vector =
  (f: (x: NDArray) => NDArray, k?: number): Fn =>
  (...xs) =>
    k === undefined ? f(np.stack(xs)) : f(np.stack(xs)).slice(k);
const covariance = (s: NDArray, r: NDArray): NDArray =>
  np.stack([np.stack([s, r]), np.stack([r, np.onesLike(s)])]);
const normal =
  (f: typeof stats.multivariateNormal.pdf): Fn =>
  (x, y, m, s, r) =>
    f(np.stack([x, y]), np.stack([m, np.zerosLike(m)]), covariance(s, r));
const simplex =
  (f: typeof stats.dirichlet.pdf): Fn =>
  (x, y, ...alpha) =>
    f(np.stack([x, y, np.subtract(np.subtract(1, x), y)]), np.stack(alpha));
const counts =
  (f: typeof stats.multinomial.pmf): Fn =>
  (a, b, n, p, q) =>
    f(np.stack([a, b]), n, np.stack([p, q]));

const adapters: Readonly<Record<string, Fn>> = {
  "special.fresnel.0": list(special.fresnel, 0),
  "special.fresnel.1": list(special.fresnel, 1),
  "special.sici.0": list(special.sici, 0),
  "special.sici.1": list(special.sici, 1),
  "special.logSoftmax.0": vector(special.logSoftmax, 0),
  "special.logSoftmax.2": vector(special.logSoftmax, 2),
  "special.softmax.0": vector(special.softmax, 0),
  "special.softmax.2": vector(special.softmax, 2),
  "special.logsumexp": vector((x) => special.logsumexp(x)),
  "special.besselJn.0": (x) => special.besselJn(x, { v: 0 }).slice(0),
  "special.besselJn.1": (x) => special.besselJn(x, { v: 1 }).slice(1),
  "special.besselJn.3": (x) => special.besselJn(x, { v: 3 }).slice(3),
  // Whole numbers, in an integer dtype.
  "special.polygamma": (n, x) => special.polygamma(n.astype("int32"), x),
  "stats.dirichlet.pdf": simplex(stats.dirichlet.pdf),
  "stats.dirichlet.logpdf": simplex(stats.dirichlet.logpdf),
  "stats.multinomial.pmf": counts(stats.multinomial.pmf),
  "stats.multinomial.logpmf": counts(stats.multinomial.logpmf),
  "stats.multivariateNormal.pdf": normal(stats.multivariateNormal.pdf),
  "stats.multivariateNormal.logpdf": normal(stats.multivariateNormal.logpdf),
  "stats.gaussianKde.pdf": (x, ...data) => new stats.gaussianKde(np.stack(data)).pdf(x).slice(0),
  "stats.gaussianKde.logpdf": (x, ...data) => new stats.gaussianKde(np.stack(data)).logpdf(x).slice(0),
  "stats.sem": vector((x) => stats.sem(x)),
};

function resolve(name: string): Fn {
  if (adapters[name] !== undefined) return adapters[name];
  const [space, ...path] = name.split(".");
  let at: unknown = space === "special" ? special : stats;
  for (const key of path) at = (at as Readonly<Record<string, unknown>>)[key];
  return at as Fn;
}

/** Values, first derivatives and second derivatives, each as a list by rows. */
export interface Found {
  readonly value: number[];
  readonly d1: number[][];
  readonly d2: number[][];
}

const numbers = (x: NDArray): number[] => [...x.dataSync()].map(Number);

/** The function called `name`, on rows, in a dtype. */
export function evaluate(name: string, rows: readonly Row[], dtype: "float32" | "float64"): Found {
  const entry = reference[name];
  const apply = (f: Fn): number[] => {
    if (static_[name] !== undefined)
      return rows.flatMap(([args]) => numbers(f(...args.map((a) => np.array(a, { dtype })))));
    return numbers(
      vmap(f)(
        ...rows[0][0].map((_, k) =>
          np.array(
            rows.map(([args]) => args[k]),
            { dtype },
          ),
        ),
      ),
    );
  };
  const f: Fn = static_[name] ?? resolve(name);
  const slope = (g: Fn, k: number): Fn => grad(g as (...xs: unknown[]) => NDArray, { argnums: k });
  return {
    value: apply(f),
    d1: entry.d1.map((k) => apply(slope(f, k))),
    d2: entry.d2.map((k) => apply(slope(slope(f, k), k))),
  };
}
