/**
 * @file Derivatives of derivatives: `grad` nested five times, against closed forms, exact to rounding. Finite differences
 * of the fifth order have no correct digits left.
 */
import { type Array as NDArray, grad, numpy as np } from "../src/index.ts";
import { table } from "./lib/table.ts";

type Scalar = (x: NDArray) => NDArray;

/** The derivatives of orders 0 to `order`. */
export function derivatives(f: Scalar, order: number): Scalar[] {
  const out = [f];
  for (let k = 1; k <= order; k++) out.push(grad(out[k - 1]));
  return out;
}

/** Polynomials in s = sin x and c = cos x, as coefficients by "powers of s, powers of c". */
type Polynomial = ReadonlyMap<string, number>;

/** The factor Pₙ in (d/dx)ⁿ e^(sin x) = Pₙ e^(sin x): P₀ = 1, Pₙ₊₁ = Pₙ' + c Pₙ. */
function nextFactor(p: Polynomial): Polynomial {
  const out = new Map<string, number>();
  const add = (s: number, c: number, k: number): void => {
    if (k !== 0) out.set(`${s},${c}`, (out.get(`${s},${c}`) ?? 0) + k);
  };
  for (const [powers, k] of p) {
    const [s, c] = powers.split(",").map(Number);
    add(s - 1, c + 1, s * k);
    add(s + 1, c - 1, -c * k);
    add(s, c + 1, k);
  }
  return out;
}

function expSinDerivatives(x: number, order: number): number[] {
  let p: Polynomial = new Map([["0,0", 1]]);
  return Array.from({ length: order + 1 }, (_, k) => {
    if (k > 0) p = nextFactor(p);
    const terms = [...p].map(([powers, coefficient]) => {
      const [s, c] = powers.split(",").map(Number);
      return coefficient * Math.sin(x) ** s * Math.cos(x) ** c;
    });
    return terms.reduce((a, b) => a + b, 0) * Math.exp(Math.sin(x));
  });
}

/** The n-th derivative by central differences with step h. */
function difference(f: (x: number) => number, x: number, n: number, h: number): number {
  let sum = 0;
  let binomial = 1;
  for (let k = 0; k <= n; k++) {
    sum += (k % 2 === 0 ? 1 : -1) * binomial * f(x + (n / 2 - k) * h);
    binomial = (binomial * (n - k)) / (k + 1);
  }
  return sum / h ** n;
}

export interface OrderRow {
  readonly order: number;
  readonly sin: number;
  readonly sinExact: number;
  readonly expSin: number;
  readonly expSinExact: number;
}

export function run(x = 0.7): OrderRow[] {
  const order = 5;
  const bySin = derivatives((v) => np.sin(v), order);
  const byExpSin = derivatives((v) => np.exp(np.sin(v)), order);
  const exact = expSinDerivatives(x, order);
  const at = np.array(x);
  const rows = bySin.map((f, k) => ({
    order: k,
    sin: Number(f(at)),
    sinExact: Math.sin(x + (k * Math.PI) / 2),
    expSin: Number(byExpSin[k](at)),
    expSinExact: exact[k],
  }));
  const error = (a: number, b: number): string => Math.abs(a - b).toExponential(1);
  const cells = rows.map((r) => {
    const differences = difference((v) => Math.exp(Math.sin(v)), x, r.order, 1e-3);
    return [
      r.order,
      r.sin.toFixed(15),
      error(r.sin, r.sinExact),
      r.expSin.toFixed(15),
      error(r.expSin, r.expSinExact),
      error(differences, r.expSinExact),
    ];
  });
  console.log(`Derivatives at x = ${x}, and their errors:\n`);
  console.log(table(["order", "of sin x", "error", "of exp(sin x)", "error", "error of differences"], cells));
  return rows;
}
