/**
 * @file What is measured: inputs of the live evals' sizes, and the times of hand-written C++ for the same function and
 * derivative: GradBench's tool `manual`, gcc -O3 -march=native (AVX-512), one thread, median milliseconds. `ode`'s
 * derivative is the closed form of the exact solution there, and `particle` and `saddle` are not among its evals: the
 * 150 ms that stand for them is the limit set for each combination.
 */
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

export interface Case {
  readonly eval: string;
  readonly size: string;
  readonly input: () => Json;
  /** The functions measured, with the milliseconds they are compared with. */
  readonly functions: Readonly<Record<string, number>>;
}

const seed = 31337;
const limits = { rr: 150, rf: 150, fr: 150, ff: 150 };

export const cases: readonly Case[] = [
  {
    eval: "llsq",
    size: "n=4096, m=128",
    input: () => llsqInput(seed, 4096, 128),
    functions: { primal: 0.41, gradient: 0.82 },
  },
  {
    eval: "lse",
    size: "n=320000",
    input: () => lseInput(seed, 320_000),
    functions: { primal: 2.9, gradient: 2.1 },
  },
  {
    eval: "gmm",
    size: "d=10, k=25, n=1000",
    input: () => gmmInput(seed, 10, 25, 1000),
    functions: { objective: 2.0, jacobian: 4.8 },
  },
  {
    eval: "gmm",
    size: "d=32, k=25, n=1000",
    input: () => gmmInput(seed, 32, 25, 1000),
    functions: { objective: 6.8, jacobian: 17.6 },
  },
  {
    eval: "kmeans",
    size: "k=100, n=10000, d=8",
    input: () => kmeansInput(seed, 100, 10_000, 8),
    functions: { cost: 2.8, dir: 3.1 },
  },
  { eval: "det", size: "ℓ=7", input: () => detInput(seed, 7), functions: { primal: 0.046, gradient: 0.42 } },
  { eval: "det", size: "ℓ=8", input: () => detInput(seed, 8), functions: { primal: 0.33, gradient: 2.7 } },
  { eval: "det", size: "ℓ=9", input: () => detInput(seed, 9), functions: { primal: 4.3, gradient: 37 } },
  {
    eval: "ode",
    size: "n=1000, s=100",
    input: () => odeInput(seed, 1000, 100),
    functions: { primal: 0.158, gradient: 0.0016 },
  },
  {
    eval: "lstm",
    size: "l=2, c=1024",
    input: () => lstmInput(seed, 2, 1024),
    functions: { objective: 0.74, jacobian: 4.5 },
  },
  {
    eval: "lstm",
    size: "l=4, c=1024",
    input: () => lstmInput(seed, 4, 1024),
    functions: { objective: 1.4, jacobian: 14.6 },
  },
  {
    eval: "ba",
    size: "n=49, m=7776, p=31843",
    input: () => baInput(seed, 49, 7776, 31_843),
    functions: { objective: 0.84, jacobian: 5.8 },
  },
  {
    eval: "ht",
    size: "t=26, c=100",
    input: () => htInput(seed, 100, false),
    functions: { objective: 0.105, jacobian: 0.49 },
  },
  { eval: "particle", size: "w=0", input: () => ({ w: 0 }), functions: limits },
  { eval: "saddle", size: "start=(1, 1)", input: () => ({ start: [1, 1] }), functions: limits },
];
