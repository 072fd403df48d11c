/** @file Rows of the random primitives: hashes and draws. Their numbers are compared with JAX's elsewhere (test/golden). */
import { bind, bind1 } from "../../src/core/trace.ts";
import { primitives } from "../../src/core/primitive.ts";
import * as rng from "../../src/lax/random-bits/threefry.ts";
import * as counts from "../../src/lax/random-bits/counts.ts";
import { randomGamma } from "../../src/lax/random-bits/gamma.ts";
import type { NDArray } from "../../src/core/array.ts";
import { type OpCase, type Operand, type OpRow, ints, real, row } from "./row.ts";
import { type Ref } from "../util/reference.ts";

const word = (shape: readonly number[]): Operand => ints(shape, 0, 2 ** 31, "uint32");

/** A draw has no derivative. */
const draw = (
  call: OpCase["call"],
  ...operands: Operand[]
): Partial<OpCase> & Pick<OpCase, "call" | "operands"> => ({
  call,
  operands,
  diff: [],
  order: 0,
});

/** Threefry-2x32 of Salmon et al., on one counter. */
function threefry(k1: number, k2: number, x1: number, x2: number): [number, number] {
  const keys = [k1, k2, k1 ^ k2 ^ 0x1bd11bda];
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  let [a, b] = [(x1 + k1) | 0, (x2 + k2) | 0];
  for (let round = 0; round < 20; round++) {
    a = (a + b) | 0;
    const r = rotations[round % 8];
    b = a ^ ((b << r) | (b >>> (32 - r)));
    if (round % 4 !== 3) continue;
    const i = (round + 1) / 4;
    a = (a + keys[i % 3]) | 0;
    b = (b + keys[(i + 1) % 3] + i) | 0;
  }
  return [a >>> 0, b >>> 0];
}

const perElement =
  (pick: 0 | 1) =>
  (...xs: Ref[]): Ref => ({
    shape: xs[2].shape,
    data: xs[2].data.map((_, i) => {
      const get = (x: Ref): number => x.data[x.shape.length === 0 ? 0 : i];
      return threefry(get(xs[0]), get(xs[1]), get(xs[2]), get(xs[3]))[pick];
    }),
  });

const keyed = (name: string, params: Record<string, unknown>): OpRow =>
  row(
    name,
    draw((keys) => bind1(primitives.get(name)!, [keys], params), word([3, 2])),
  );

const rounds = (n: readonly number[]): Operand => ints(n, 1, 3);

export const randomRows: readonly OpRow[] = [
  row("threefry2x32", {
    ...draw((...xs) => bind(rng.threefry2x32P, xs, {}), word([]), word([]), word([2, 3]), word([2, 3])),
    reference: (...xs) => [perElement(0)(...xs), perElement(1)(...xs)],
  }),
  row("random_bits", {
    ...draw((keys) => rng.randomBits(keys, [4], 32), word([2])),
    reference: (keys) => ({
      shape: [4],
      data: [0, 1, 2, 3].map((n) => {
        const [a, b] = threefry(keys.data[0], keys.data[1], 0, n);
        return (a ^ b) >>> 0;
      }),
    }),
  }),
  keyed("random_unit", { dtype: "float64", shape: [4] }),
  keyed("random_split", { shape: [2] }),
  row(
    "random_fold_in",
    draw((keys, data) => rng.randomFoldIn(keys, data), word([3, 2]), word([3])),
  ),
  row("random_gamma", {
    call: (keys, a) => randomGamma(keys, a, false),
    operands: [word([2]), real([3], 1, 3)],
    // The derivative is implicit, along the quantile: the draw itself jumps where a rejection flips.
    diff: [],
    order: 0,
  }),
  row("random_poisson_knuth", draw(counts.randomPoissonKnuth, word([2]), real([3], 0.5, 5))),
  row("random_poisson_rounds", draw(counts.randomPoissonRounds, word([2]), real([3], 12, 20))),
  row(
    "random_poisson",
    draw(
      (k: NDArray, n: NDArray, lam: NDArray) => counts.randomPoisson(k, n, lam),
      word([2]),
      rounds([]),
      real([3], 12, 20),
    ),
  ),
  row(
    "random_binomial_inversion",
    draw(counts.randomBinomialInversion, word([2]), ints([3], 3, 8, "float64"), real([3], 0.2, 0.4)),
  ),
  row(
    "random_binomial_rounds",
    draw(counts.randomBinomialRounds, word([2]), ints([3], 40, 60, "float64"), real([3], 0.3, 0.5)),
  ),
  row(
    "random_binomial",
    draw(counts.randomBinomial, word([2]), rounds([]), ints([3], 40, 60, "float64"), real([3], 0.3, 0.5)),
  ),
];
