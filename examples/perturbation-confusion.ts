/**
 * @file Nested derivatives that a careless implementation gets wrong: it takes the inner derivative's perturbation for
 * the outer one ("perturbation confusion", Siskind and Pearlmutter 2005). Here each derivative has a trace of its own.
 */
import { type Array, grad, jvp, numpy as np, vmap } from "../src/index.ts";
import { table } from "./lib/table.ts";

/** The derivative by forward mode. */
const forward =
  (f: (x: Array) => Array) =>
  (x: Array | number): Array =>
    jvp(f, [x], [1])[1];
const reverse =
  (f: (x: Array) => Array) =>
  (x: Array | number): Array =>
    grad(f)(x);

type Derivative = typeof forward;

/** d/dx (x · d/dy (x + y) at y = 1) at x = 1: the inner derivative is 1, so the whole is 1; confused, it is 2. */
const classic = (outer: Derivative, inner: Derivative): Array =>
  outer((x) => x.mul(inner((y) => x.add(y))(1)))(1);

/** d/dx (x · d/dy (x · y) at y = 2) at x = 3: x·x, so 6. */
const product = (outer: Derivative, inner: Derivative): Array =>
  outer((x) => x.mul(inner((y) => x.mul(y))(2)))(3);

/** The inner function ignores its own argument: its derivative is 0 although x is a variable outside. */
const constant = (outer: Derivative, inner: Derivative): Array =>
  outer((x) => inner(() => x.mul(x))(1).add(x))(2);

/** Three levels: d/dx (x · d/dy (y · d/dz (x·y·z) at z = 1) at y = 2) at x = 3: x · d/dy (x·y²) = 4x², so 24. */
const three = (outer: Derivative, inner: Derivative): Array =>
  outer((x) => x.mul(inner((y) => y.mul(outer((z) => x.mul(y).mul(z))(1)))(2)))(3);

/** The inner derivative is taken at a value that depends on x: d/dx (d/dy sin(x·y) at y = x) at x = 1. */
const moving = (outer: Derivative, inner: Derivative): Array =>
  outer((x) => inner((y) => np.sin(x.mul(y)))(x))(1);

/** The same, with the inner derivative inside a `vmap`. */
const mapped = (outer: Derivative, inner: Derivative): Array =>
  outer((x) => vmap((y: Array) => x.mul(inner((z) => z.mul(x).mul(y))(1)))(np.array([1, 2, 3])).sum())(2);

export interface ConfusionRow {
  readonly name: string;
  readonly expected: number;
  /** Outer and inner derivative by forward or reverse mode: all four pairs. */
  readonly results: readonly number[];
}

export function run(): ConfusionRow[] {
  const cases: [string, number, (outer: Derivative, inner: Derivative) => Array][] = [
    ["d/dx x · d/dy (x+y)", 1, classic],
    ["d/dx x · d/dy (x·y)", 6, product],
    ["d/dx (d/dy x² + x)", 1, constant],
    ["three levels", 24, three],
    ["inner point moves", Math.cos(1) - 2 * Math.sin(1), moving],
    ["inner under vmap", 24, mapped],
  ];
  const modes = [forward, reverse];
  const rows = cases.map(([name, expected, f]) => ({
    name,
    expected,
    results: modes.flatMap((outer) => modes.map((inner) => Number(f(outer, inner)))),
  }));
  const heading = ["", "expected", "fwd of fwd", "fwd of rev", "rev of fwd", "rev of rev"];
  console.log(
    table(
      heading,
      rows.map((r) => [r.name, ...[r.expected, ...r.results].map((v) => v.toFixed(6))]),
    ),
  );
  return rows;
}
