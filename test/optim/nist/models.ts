/** @file The 27 nonlinear models of NIST's Statistical Reference Datasets, as residuals of a vector of parameters. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NDArray } from "../../../src/core/array.ts";
import * as np from "../../../src/numpy/index.ts";

type A = NDArray;

/** A data set, with what NIST certifies: parameters to eleven digits, their deviations, the sum of squares. */
export interface Dataset {
  readonly level: "Lower" | "Average" | "Higher";
  readonly starts: readonly (readonly number[])[];
  readonly certified: readonly number[];
  readonly deviations: readonly number[];
  readonly rss: number;
  readonly data: Readonly<Record<string, readonly number[]>>;
}

export const datasets = JSON.parse(readFileSync(join(import.meta.dirname, "strd.json"), "utf8")) as Readonly<
  Record<string, Dataset>
>;

const exp = np.exp;
/** c₀ + c₁ x + c₂ x² … */
const poly = (x: A, ...c: readonly (A | number)[]): A =>
  c.reduceRight<A>((sum, a) => sum.mul(x).add(a), np.zerosLike(x));
const bell = (x: A, height: A, centre: A, width: A): A =>
  exp(x.sub(centre).div(width).pow(2).neg()).mul(height);
const decays = (b: readonly A[], x: A): A =>
  exp(b[1].neg().mul(x))
    .mul(b[0])
    .add(exp(b[3].neg().mul(x)).mul(b[2]))
    .add(exp(b[5].neg().mul(x)).mul(b[4]));
const gauss = (b: readonly A[], x: A): A =>
  exp(b[1].neg().mul(x))
    .mul(b[0])
    .add(bell(x, b[2], b[3], b[4]))
    .add(bell(x, b[5], b[6], b[7]));
const cubics = (b: readonly A[], x: A): A =>
  poly(x, b[0], b[1], b[2], b[3]).div(poly(x, 1, b[4], b[5], b[6]));
const wave = (x: A, period: A | number, c: A, s: A): A => {
  const angle = x.mul(2 * Math.PI).div(period);
  return np.cos(angle).mul(c).add(np.sin(angle).mul(s));
};
const saturation = (b: readonly A[], x: A): A => exp(b[1].neg().mul(x)).sub(1).neg().mul(b[0]);
const chwirut = (b: readonly A[], x: A): A => exp(b[0].neg().mul(x)).div(poly(x, b[1], b[2]));

/** What each model predicts, for its parameters and its predictors. */
const models: Readonly<Record<string, (b: readonly A[], x: A, second: A) => A>> = {
  Bennett5: (b, x) => b[1].add(x).pow(np.divide(-1, b[2])).mul(b[0]),
  BoxBOD: saturation,
  Chwirut1: chwirut,
  Chwirut2: chwirut,
  DanWood: (b, x) => x.pow(b[1]).mul(b[0]),
  ENSO: (b, x) =>
    wave(x, 12, b[1], b[2])
      .add(b[0])
      .add(wave(x, b[3], b[4], b[5]))
      .add(wave(x, b[6], b[7], b[8])),
  Eckerle4: (b, x) => exp(x.sub(b[2]).div(b[1]).pow(2).mul(-0.5)).mul(b[0].div(b[1])),
  Gauss1: gauss,
  Gauss2: gauss,
  Gauss3: gauss,
  Hahn1: cubics,
  Kirby2: (b, x) => poly(x, b[0], b[1], b[2]).div(poly(x, 1, b[3], b[4])),
  Lanczos1: decays,
  Lanczos2: decays,
  Lanczos3: decays,
  MGH09: (b, x) =>
    x
      .mul(x)
      .add(x.mul(b[1]))
      .mul(b[0])
      .div(poly(x, b[3], b[2], 1)),
  MGH10: (b, x) => exp(b[1].div(x.add(b[2]))).mul(b[0]),
  MGH17: (b, x) => b[0].add(exp(x.mul(b[3]).neg()).mul(b[1])).add(exp(x.mul(b[4]).neg()).mul(b[2])),
  Misra1a: saturation,
  Misra1b: (b, x) => poly(x, 1, b[1].div(2)).pow(-2).sub(1).neg().mul(b[0]),
  Misra1c: (b, x) => poly(x, 1, b[1].mul(2)).pow(-0.5).sub(1).neg().mul(b[0]),
  Misra1d: (b, x) =>
    b[0]
      .mul(b[1])
      .mul(x)
      .div(poly(x, 1, b[1])),
  Nelson: (b, x, second) => b[0].sub(b[1].mul(x).mul(exp(b[2].neg().mul(second)))),
  Rat42: (b, x) => b[0].div(exp(b[1].sub(b[2].mul(x))).add(1)),
  Rat43: (b, x) =>
    b[0].div(
      exp(b[1].sub(b[2].mul(x)))
        .add(1)
        .pow(np.divide(1, b[3])),
    ),
  Roszman1: (b, x) => b[0].sub(b[1].mul(x)).sub(np.arctan(b[2].div(x.sub(b[3]))).div(Math.PI)),
  Thurber: cubics,
};

/** The residuals of a data set. */
export function residualsOf(name: string): (b: A) => A {
  const { data, certified } = datasets[name];
  const column = (key: string): A => np.array(Float64Array.from(data[key] ?? data.x));
  const [x, second] = [column("x1"), column("x2")];
  // Nelson's model is one of log y.
  const y = name === "Nelson" ? np.log(column("y")) : column("y");
  return (b) => models[name](b.unpack(certified.length), x, second).sub(y);
}

/** To how many digits parameters agree with certified ones: the least, as −log₁₀ of the relative error, at most 11. */
export function digits(got: readonly number[], certified: readonly number[]): number {
  const each = got.map((x, i) => -Math.log10(Math.abs(x - certified[i]) / Math.abs(certified[i])));
  return Math.min(11, ...each.map((d) => (Number.isNaN(d) ? 0 : d)));
}
