/**
 * @file Two ways down Rosenbrock's valley f(x, y) = (1 − x)² + 100 (y − x²)²: steepest descent with `grad`, and Newton's
 * method with `grad` and `hessian`.
 */
import { type Array, grad, hessian, numpy as np } from "../src/index.ts";
import { table } from "./lib/table.ts";

function rosenbrock(p: Array): Array {
  const [x, y] = p;
  const valley = y.sub(x.mul(x));
  return np.square(x.neg().add(1)).add(np.square(valley).mul(100));
}

const gradient = grad(rosenbrock);
const curvature = hessian(rosenbrock);

/** The solution of a system of two equations, by Cramer's rule. */
function solve2(a: Array, b: Array): Array {
  const [[p, q], [r, s]] = a.js<number[][]>();
  const [u, v] = b.js<number[]>();
  const det = p * s - q * r;
  return np.array([(u * s - q * v) / det, (p * v - u * r) / det]);
}

export interface Descent {
  readonly point: readonly number[];
  readonly value: number;
  readonly steps: number;
  /** The value after each step. */
  readonly values: readonly number[];
}

/** Repeats `step` until the gradient is tiny. */
function descend(start: readonly number[], most: number, step: (p: Array, g: Array) => Array): Descent {
  let p = np.array(start);
  const values = [Number(rosenbrock(p))];
  while (values.length <= most) {
    const g = gradient(p);
    if (Number(np.abs(g).max()) < 1e-9) break;
    p = step(p, g);
    values.push(Number(rosenbrock(p)));
  }
  return { point: p.js<number[]>(), value: values.at(-1)!, steps: values.length - 1, values };
}

export const newton = (start: readonly number[]): Descent =>
  descend(start, 50, (p, g) => p.sub(solve2(curvature(p), g)));

/** Steepest descent; the step is halved until the value falls enough (Armijo's rule). */
export const steepest = (start: readonly number[], most: number): Descent =>
  descend(start, most, (p, g) => {
    const now = Number(rosenbrock(p));
    const slope = Number(np.dot(g, g));
    let rate = 1;
    while (Number(rosenbrock(p.sub(g.mul(rate)))) > now - 0.3 * rate * slope) rate /= 2;
    return p.sub(g.mul(rate));
  });

export interface RosenbrockResult {
  readonly newton: Descent;
  readonly steepest: Descent;
  readonly hessian: number[][];
}

export function run(): RosenbrockResult {
  const start = [-1.2, 1];
  const h = curvature(np.array(start)).js<number[][]>();
  const byNewton = newton(start);
  const byDescent = steepest(start, 1000);
  console.log(`f(-1.2, 1) = ${byNewton.values[0].toFixed(4)}, Hessian there ${JSON.stringify(h)}\n`);
  const marks = [0, 1, 2, 3, 4, 5, 6, 10, 100, 300, 600].filter((n) => n <= byDescent.steps);
  const show = (v: number | undefined): string => (v === undefined ? "" : v.toExponential(2));
  const rows = marks.map((n) => [n, show(byNewton.values[n]), show(byDescent.values[n])]);
  console.log(table(["step", "f by Newton", "f by descent"], rows));
  const where = (d: Descent): string =>
    `(${d.point.map((v) => v.toFixed(6)).join(", ")}) after ${d.steps} steps`;
  console.log(`\nNewton:  ${where(byNewton)}\ndescent: ${where(byDescent)}; the minimum is at (1, 1)`);
  return { newton: byNewton, steepest: byDescent, hessian: h };
}
