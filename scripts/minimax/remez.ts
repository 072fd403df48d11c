/**
 * @file Weighted minimax polynomials by Remez exchange on a grid, in 200-bit arithmetic. Coefficients are rounded to
 * the format one after another, from the lowest, and the rest is fitted anew each time.
 */
import * as B from "../../test/util/big-float.ts";
import type { Big } from "../../test/util/big-float.ts";

export interface Fit {
  readonly name: string;
  readonly bits: 32 | 64;
  readonly from: number;
  readonly to: number;
  /** Number of coefficients. */
  readonly terms: number;
  /** What the polynomial approximates, and the weight of its error. Not called at 0. */
  readonly target: (x: Big) => Big;
  readonly weight: (x: Big) => Big;
  /** Leading coefficients that are given. */
  readonly given?: readonly number[];
}

interface Point {
  readonly x: Big;
  readonly weight: Big;
  /** What is left for the coefficients not yet fixed. */
  target: Big;
}

export interface Fitted {
  readonly coefficients: readonly number[];
  /** Largest weighted error. */
  readonly error: number;
}

function grid(fit: Fit): Point[] {
  const n = 24 * (fit.terms + 2);
  const points: Point[] = [];
  for (let i = 0; i <= n; i++) {
    const t = (1 - Math.cos((Math.PI * i) / n)) / 2;
    const x = B.big(fit.from + (fit.to - fit.from) * t);
    // Next to a removable singularity at 0 the target cancels.
    if (B.exponentOf(x) < -30) continue;
    points.push({ x, weight: fit.weight(x), target: fit.target(x) });
  }
  return points;
}

function powers(x: Big, first: number, count: number): Big[] {
  let p = B.ONE;
  for (let i = 0; i < first; i++) p = B.mul(p, x);
  const out: Big[] = [];
  for (let i = 0; i < count; i++) {
    out.push(p);
    p = B.mul(p, x);
  }
  return out;
}

/** Gaussian elimination with pivots. */
function solve(a: Big[][]): Big[] {
  const n = a.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (B.exponentOf(a[i][k]) > B.exponentOf(a[pivot][k])) pivot = i;
    [a[k], a[pivot]] = [a[pivot], a[k]];
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = B.div(a[i][k], a[k][k]);
      for (let j = k; j <= n; j++) a[i][j] = B.sub(a[i][j], B.mul(factor, a[k][j]));
    }
  }
  return a.map((row, i) => B.div(row[n], row[i]));
}

const dot = (a: readonly Big[], b: readonly Big[]): Big =>
  a.reduce((sum, x, i) => B.add(sum, B.mul(x, b[i])), B.ZERO);

/** Indices of extrema of alternating sign; surplus ones are dropped at the smaller end. */
function alternation(errors: readonly number[], count: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < errors.length; i++) {
    const last = found.at(-1);
    if (last === undefined || Math.sign(errors[i]) !== Math.sign(errors[last])) found.push(i);
    else if (Math.abs(errors[i]) > Math.abs(errors[last])) found[found.length - 1] = i;
  }
  while (found.length > count)
    if (Math.abs(errors[found[0]]) < Math.abs(errors[found.at(-1)!])) found.shift();
    else found.pop();
  return found;
}

/**
 * Coefficients of x^first, x^(first+1), … that minimise the largest weighted error. Around 0 powers above the first
 * are not a Haar system and the exchange may wander: the best polynomial met is taken.
 */
function remez(points: readonly Point[], first: number, count: number): Big[] {
  const basis = points.map((p) => powers(p.x, first, count));
  let nodes = Array.from({ length: count + 1 }, (_, i) =>
    Math.round(((points.length - 1) * (i + 0.5)) / (count + 1)),
  );
  let best: Big[] = [];
  let least = Infinity;
  for (let round = 0; round < 30; round++) {
    const solution = solve(
      nodes.map((index, i) => {
        const { weight, target } = points[index];
        const level = B.div(B.big(i % 2 === 0 ? 1 : -1), weight);
        return [...basis[index], level, target];
      }),
    );
    const found = solution.slice(0, count);
    const errors = points.map((p, i) => B.round(B.mul(B.sub(dot(basis[i], found), p.target), p.weight)));
    const level = Math.abs(B.round(solution[count]));
    const next = alternation(errors, count + 1);
    const worst = Math.max(...errors.map(Math.abs));
    if (worst < least) [best, least] = [found, worst];
    if (next.length < count + 1 || worst <= level * 1.0001) break;
    nodes = next;
  }
  return best;
}

export function minimax(fit: Fit): Fitted {
  const points = grid(fit);
  const coefficients: number[] = [];
  while (coefficients.length < fit.terms) {
    const done = coefficients.length;
    const c = fit.given?.[done] ?? B.round(remez(points, done, fit.terms - done)[0], fit.bits);
    coefficients.push(c);
    for (const p of points) p.target = B.sub(p.target, B.mul(B.big(c), powers(p.x, done, 1)[0]));
  }
  const error = Math.max(...points.map((p) => Math.abs(B.round(B.mul(p.target, p.weight)))));
  return { coefficients, error };
}
