/**
 * @file The gradient of the Helmholtz free energy of a mixed fluid (the survey's example for the cost of gradients):
 *
 *   f(x) = R T Σᵢ log(xᵢ / (1 − bᵀx)) − (xᵀAx / (√8 bᵀx)) · log((1 + (1+√2) bᵀx) / (1 + (1−√2) bᵀx))
 *
 * For n components, forward mode needs n runs, finite differences 2n evaluations; reverse mode needs one run.
 */
import { type Array as NDArray, grad, jvp, numpy as np, random } from "../src/index.ts";
import { table } from "./lib/table.ts";

export interface Fluid {
  readonly rt: number;
  readonly b: NDArray; // [n]
  readonly a: NDArray; // [n, n]
}

export function energy(x: NDArray, { rt, b, a }: Fluid): NDArray {
  const bx = np.dot(b, x);
  const ideal = np
    .log(x.div(bx.neg().add(1)))
    .sum()
    .mul(rt);
  const attraction = np.dot(x, np.dot(a, x)).div(bx.mul(Math.sqrt(8)));
  const ratio = bx
    .mul(1 + Math.SQRT2)
    .add(1)
    .div(bx.mul(1 - Math.SQRT2).add(1));
  return ideal.sub(attraction.mul(np.log(ratio)));
}

export function randomFluid(n: number): [NDArray, Fluid] {
  const [kx, kb, ka] = random.split(random.key(n), 3);
  const a = random.uniform(ka, [n, n]);
  const b = random.uniform(kb, [n]).div(2 * n);
  return [random.uniform(kx, [n], { minval: 0.1 }), { rt: 1, b, a: a.add(a.T).div(2) }];
}

/** One run along each unit vector. */
export function forwardGradient(x: NDArray, fluid: Fluid): number[] {
  const unit = np.eye(x.size);
  return Array.from({ length: x.size }, (_, i) =>
    Number(jvp((y: NDArray) => energy(y, fluid), [x], [unit.slice(i)])[1]),
  );
}

export const reverseGradient = (x: NDArray, fluid: Fluid): number[] =>
  grad((y: NDArray) => energy(y, fluid))(x).js<number[]>();

/** Central differences with step h. */
export function differences(x: NDArray, fluid: Fluid, h = 1e-6): number[] {
  const at = (i: number, d: number): number => Number(energy(x.at(i).add(d), fluid));
  return Array.from({ length: x.size }, (_, i) => (at(i, h) - at(i, -h)) / (2 * h));
}

/** The least time of a few runs, in milliseconds. */
function time(f: () => unknown, runs: number): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    f();
    return performance.now() - start;
  });
  return Math.min(...times);
}

const largest = (xs: readonly number[], ys: readonly number[]): number =>
  Math.max(...xs.map((x, i) => Math.abs(x - ys[i]) / Math.abs(ys[i])));

export interface HelmholtzRow {
  readonly n: number;
  /** Largest relative difference from reverse mode. */
  readonly forwardError: number;
  readonly differencesError: number;
  /** Time of the gradient in units of one evaluation. */
  readonly reverseCost: number;
  readonly forwardCost: number;
  readonly differencesCost: number;
}

export function run(sizes: readonly number[] = [4, 16, 64], runs = 5): HelmholtzRow[] {
  const rows = sizes.map((n): HelmholtzRow => {
    const [x, fluid] = randomFluid(n);
    const exact = reverseGradient(x, fluid);
    const forward = forwardGradient(x, fluid);
    const central = differences(x, fluid);
    const one = time(() => {
      for (let i = 0; i < 20; i++) Number(energy(x, fluid));
    }, 3 * runs);
    const cost = (f: (x: NDArray, fluid: Fluid) => unknown): number =>
      time(() => f(x, fluid), runs) / (one / 20);
    return {
      n,
      forwardError: largest(forward, exact),
      differencesError: largest(central, exact),
      reverseCost: cost(reverseGradient),
      forwardCost: cost(forwardGradient),
      differencesCost: cost(differences),
    };
  });
  const heading = ["n", "forward − reverse", "differences − reverse", "reverse", "forward", "differences"];
  const cells = rows.map((r) => [
    r.n,
    r.forwardError.toExponential(1),
    r.differencesError.toExponential(1),
    ...[r.reverseCost, r.forwardCost, r.differencesCost].map((c) => `${c.toFixed(0)} ×`),
  ]);
  console.log("Largest relative differences, and times in units of one evaluation of f:\n");
  console.log(table(heading, cells));
  return rows;
}
