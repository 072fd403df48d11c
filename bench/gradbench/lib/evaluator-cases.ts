/** @file Sizes that GradBench's evaluators use by default, from the smallest to the largest of each eval. */
import type { Case } from "./cases.ts";
import type { Json } from "./evaluation.ts";
import {
  baInput,
  detInput,
  gmmInput,
  htInput,
  kmeansInput,
  llsqInput,
  lseInput,
  lstmInput,
  odeInput,
} from "./inputs.ts";

type EvaluatorCase = Pick<Case, "eval" | "size" | "input">;

const seed = 31337;

/** Cases of an eval whose sizes are lists of numbers, named in order. */
const sized = (
  name: string,
  names: readonly string[],
  sizes: readonly (readonly number[])[],
  input: (...size: number[]) => Json,
): EvaluatorCase[] =>
  sizes.map((size) => ({
    eval: name,
    size: names.map((n, i) => `${n}=${size[i]}`).join(", "),
    input: () => input(...size),
  }));

/** Every combination of one number of each list. */
const all = (...lists: readonly (readonly number[])[]): number[][] =>
  lists.reduce<number[][]>((rows, list) => rows.flatMap((row) => list.map((x) => [...row, x])), [[]]);

const each = (list: readonly number[]): number[][] => list.map((x) => [x]);

/** Cameras, points and observations of ba1, ba5, ba10 and ba14. */
const adjustments = [
  [49, 7776, 31_843],
  [257, 65_132, 225_911],
  [1197, 126_327, 563_734],
  [356, 226_730, 1_255_268],
];

export const evaluatorCases: readonly EvaluatorCase[] = [
  ...sized("llsq", ["n", "m"], all([16, 128, 1024, 4096, 16_392], [128]), (n, m) => llsqInput(seed, n, m)),
  ...sized("lse", ["n"], each([2500, 20_000, 160_000, 1_280_000]), (n) => lseInput(seed, n)),
  ...sized("gmm", ["d", "k"], all([2, 10, 32, 64], [5, 25, 100]), (d, k) => gmmInput(seed, d, k, 1000)),
  ...sized("kmeans", ["k", "n", "d"], all([10, 100, 1000], [1000, 10_000], [8, 16]), (k, n, d) =>
    kmeansInput(seed, k, n, d),
  ),
  ...sized("det", ["ℓ"], each([5, 6, 7, 8, 9, 10, 11]), (ell) => detInput(seed, ell)),
  ...sized("ode", ["n", "s"], all([1000, 10_000, 100_000], [1, 10, 100]), (n, s) => odeInput(seed, n, s)),
  ...sized("lstm", ["l", "c"], all([2, 4, 6], [1024, 8192]), (l, c) => lstmInput(seed, l, c)),
  ...sized("ba", ["n", "m", "p"], adjustments, (n, m, p) => baInput(seed, n, m, p)),
  ...[true, false].flatMap((simple) =>
    sized("ht", ["vertices", "c"], all([544, 10_000], [100, 800, 6400, 100_000]), (vertices, c) =>
      htInput(seed, c, simple, vertices),
    ).map((c) => ({ ...c, size: `${simple ? "simple" : "complicated"}, ${c.size}` })),
  ),
];
