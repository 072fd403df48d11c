/**
 * @file What does a gradient cost, in units of the function? The Helmholtz free energy of a mixed fluid of n components (the
 * example of the survey "Automatic differentiation in machine learning", Table 4), float64, by the bare functions:
 *
 *   f(x) = RT Σ log(xᵢ / (1 − bᵀx)) − (xᵀAx / (√8 bᵀx)) · log((1 + (1+√2) bᵀx) / (1 + (1−√2) bᵀx))
 */
import type { Array } from "../../src/index.ts";
import { generator } from "../lib/data.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { xlaOf } from "../lib/xla.ts";

const { grad, numpy: np } = adjoint;

const [up, down, root8] = [1 + Math.SQRT2, 1 - Math.SQRT2, Math.sqrt(8)];

function energy(x: Array, a: Array, b: Array): Array {
  const bx = np.dot(b, x);
  const ideal = np.sum(np.log(x.div(bx.neg().add(1))));
  const attraction = np.dot(x, np.matmul(a, x)).div(bx.mul(root8));
  return ideal.sub(attraction.mul(np.log(bx.mul(up).add(1).div(bx.mul(down).add(1)))));
}

interface Fluid {
  readonly x: Float64Array;
  /** Symmetric. */
  readonly a: Float64Array;
  readonly b: Float64Array;
}

function fluid(n: number): Fluid {
  const next = generator(n);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = next();
  return {
    x: Float64Array.from({ length: n }, () => 0.1 + 0.9 * next()),
    b: Float64Array.from({ length: n }, () => next() / (2 * n)),
    a,
  };
}

function energyByHand({ x, a, b }: Fluid): number {
  const n = x.length;
  let [bx, xax, ideal] = [0, 0, 0];
  for (let i = 0; i < n; i++) bx += b[i] * x[i];
  for (let i = 0; i < n; i++) {
    ideal += Math.log(x[i] / (1 - bx));
    let ax = 0;
    for (let j = 0; j < n; j++) ax += a[i * n + j] * x[j];
    xax += x[i] * ax;
  }
  return ideal - (xax / (root8 * bx)) * Math.log((1 + up * bx) / (1 + down * bx));
}

function gradientByHand({ x, a, b }: Fluid, out: Float64Array): Float64Array {
  const n = x.length;
  let [bx, xax] = [0, 0];
  for (let i = 0; i < n; i++) bx += b[i] * x[i];
  for (let i = 0; i < n; i++) {
    let ax = 0;
    for (let j = 0; j < n; j++) ax += a[i * n + j] * x[j];
    out[i] = ax;
    xax += x[i] * ax;
  }
  const logarithm = Math.log((1 + up * bx) / (1 + down * bx));
  const factor = logarithm / (root8 * bx);
  const slope = up / (1 + up * bx) - down / (1 + down * bx);
  const common = n / (1 - bx) + (xax * factor) / bx - (xax / (root8 * bx)) * slope;
  for (let i = 0; i < n; i++) out[i] = 1 / x[i] + common * b[i] - 2 * factor * out[i];
  return out;
}

async function contenders(n: number): Promise<Entry[]> {
  const data = fluid(n);
  const { x, a, b } = data;
  const args: [Array, Array, Array] = [np.array(x), np.array(a).reshape([n, n]), np.array(b)];
  const f = jit(energy)
    .lower(...args)
    .compile().fn;
  const slope = grad(energy);
  const g = jit(slope)
    .lower(...args)
    .compile().fn;
  const [out, outByHand] = [new Float64Array(n), new Float64Array(n)];
  const gradient = (): Float64Array => {
    g(x, a, b, out);
    return out;
  };
  return [
    { name: "function", call: () => Number(f(x, a, b)) },
    arrays("gradient", () => [gradient()], { like: "gradient" }),
    { name: "function by hand", call: () => energyByHand(data), like: "function" },
    arrays("gradient by hand", () => [gradientByHand(data, outByHand)], { like: "gradient" }),
    await xlaOf(energy, args, { name: "function on XLA", like: "function" }),
    await xlaOf(slope, args, { name: "gradient on XLA", like: "gradient" }),
    await numpyOf("helmholtz", args, { name: "function in NumPy", like: "function" }),
    await numpyOf("helmholtz_gradient", args, { name: "gradient in NumPy", like: "gradient" }),
  ];
}

export const helmholtzWorkloads: Workload[] = [1, 8, 15, 22, 29, 36, 43, 50].map((n) => ({
  name: `helmholtz ${n}`,
  group: "helmholtz",
  text: `Helmholtz free energy of a fluid of ${n} component${n === 1 ? "" : "s"}, and its gradient.`,
  tolerance: 1e-12,
  make: () => contenders(n),
}));
