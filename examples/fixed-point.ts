/**
 * @file A layer that is a fixed point, x = tanh(W x + U u + b): its gradient from the equation itself, which needs the
 * fixed point alone, beside that of the iteration unrolled, which keeps every step and is wrong until it has converged.
 */
import { type Array, grad, implicit, jit, lax, numpy as np, random } from "../src/index.ts";
import { table } from "./lib/table.ts";

interface Layer {
  readonly w: Array; // [n, n]
  readonly u: Array; // [n, k]
  readonly b: Array; // [n]
}

const n = 12;

const apply =
  (input: Array) =>
  ({ w, u, b }: Layer, x: Array): Array =>
    np.tanh(np.matmul(w, x).add(np.matmul(u, input)).add(b));

function randomLayer(inputs: number): Layer {
  const [kw, ku, kb] = random.split(random.key(4), 3);
  return {
    w: random.normal(kw, [n, n]).mul(0.9 / Math.sqrt(n)),
    u: random.normal(ku, [n, inputs]),
    b: random.normal(kb, [n]).mul(0.1),
  };
}

export interface UnrolledRow {
  readonly steps: number;
  /** Largest difference from the gradient at the fixed point. */
  readonly error: number;
}

export interface FixedPointResult {
  /** How well the result is a fixed point. */
  readonly residual: number;
  /** The implicit gradient beside differences along a direction. */
  readonly slope: readonly [number, number];
  readonly rows: readonly UnrolledRow[];
}

export function run(): FixedPointResult {
  const input = np.array([0.5, -1, 2]);
  const layer = randomLayer(input.size);
  const f = apply(input);
  const read = (x: Array): Array => np.sum(np.square(x.sub(0.3)));

  const solve = (p: Layer): Array => implicit.fixedPoint(f, p, np.zeros([n]));
  const loss = (p: Layer): Array => read(solve(p));
  const unrolled =
    (steps: number) =>
    (p: Layer): Array =>
      read(lax.foriLoop(0, steps, (_: Array, x: Array) => f(p, x), np.zeros([n])));

  const x = solve(layer);
  const exact = jit(grad(loss))(layer);
  const difference = (a: Layer, b: Layer): number =>
    Math.max(...(["w", "u", "b"] as const).map((k) => Number(np.abs(a[k].sub(b[k])).max())));
  const rows = [5, 10, 20, 40, 80, 160].map((steps) => ({
    steps,
    error: difference(jit(grad(unrolled(steps)))(layer), exact),
  }));
  const h = 1e-5;
  const direction = random.normal(random.key(9), [n, n]);
  const along = (t: number): number => Number(loss({ ...layer, w: layer.w.add(direction.mul(t)) }));
  const result = {
    residual: Number(np.abs(f(layer, x).sub(x)).max()),
    slope: [Number(np.sum(exact.w.mul(direction))), (along(h) - along(-h)) / (2 * h)] as const,
    rows,
  };
  console.log(`x = f(x) up to ${result.residual.toExponential(1)}`);
  console.log(
    `slope along a direction: implicit ${result.slope[0].toFixed(9)}, differences ${result.slope[1].toFixed(9)}\n`,
  );
  console.log(
    table(
      ["steps unrolled", "error of the gradient"],
      rows.map((r) => [r.steps, r.error.toExponential(1)]),
    ),
  );
  return result;
}
