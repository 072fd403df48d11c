/**
 * @file The functions of GradBench's evals on plain numbers, loop by loop as their specifications state them, and
 * derivatives by central differences. Nothing here uses the library.
 */
import type { Json } from "../../bench/gradbench/lib/evaluation.ts";

export type Vector = number[];
export type Matrix = number[][];

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const dot = (a: readonly number[], b: readonly number[]): number => total(a.map((x, i) => x * b[i]));

/** ∂f/∂x by central differences of fourth order. */
export function gradientOf(f: (x: Vector) => number, x: readonly number[]): Vector {
  return jacobianOf((v) => [f(v)], x)[0];
}

export function jacobianOf(f: (x: Vector) => Vector, x: readonly number[]): Matrix {
  const columns = x.map((xi, i) => {
    const h = 1e-3 * Math.max(1, Math.abs(xi));
    const at = (step: number): Vector => f(x.map((v, j) => (j === i ? v + step * h : v)));
    const [a, b, c, d] = [at(-2), at(-1), at(1), at(2)];
    return a.map((_, k) => (a[k] - 8 * b[k] + 8 * c[k] - d[k]) / (12 * h));
  });
  return columns[0].map((_, k) => columns.map((column) => column[k]));
}

export function llsq(x: readonly number[], n: number): number {
  const residuals = Array.from({ length: n }, (_, i) => {
    const t = -1 + (i * 2) / (n - 1);
    return Math.sign(t) - total(x.map((c, j) => c * t ** j));
  });
  return dot(residuals, residuals) / 2;
}

export function logSumExp(x: readonly number[]): number {
  const top = Math.max(...x);
  return top + Math.log(total(x.map((v) => Math.exp(v - top))));
}

export interface Mixture {
  readonly alpha: Vector;
  readonly mu: Matrix;
  readonly q: Matrix;
  readonly l: Matrix;
}

/** log Γ_d(a) for a that is a multiple of ½. */
function logMultigamma(a: number, d: number): number {
  const logGamma = (x: number): number => {
    if (x === 0.5) return 0.5 * Math.log(Math.PI);
    return x === 1 ? 0 : Math.log(x - 1) + logGamma(x - 1);
  };
  const terms = Array.from({ length: d }, (_, j) => logGamma(a - j / 2));
  return 0.25 * d * (d - 1) * Math.log(Math.PI) + total(terms);
}

/** The logarithm of densities, by the textbook: Gaussians with precision QᵀQ, Wishart prior with scale γ⁻² I. */
export function gmm({ alpha, mu, q, l }: Mixture, x: Matrix, m: number, gamma: number): number {
  const d = mu[0].length;
  const factors = mu.map((_, k) => {
    const rows: Matrix = Array.from({ length: d }, () => Array.from({ length: d }, () => 0));
    let at = 0;
    for (let column = 0; column < d; column++) {
      rows[column][column] = Math.exp(q[k][column]);
      for (let row = column + 1; row < d; row++) rows[row][column] = l[k][at++];
    }
    return rows;
  });
  const logWeights = alpha.map((a) => a - logSumExp(alpha));
  const logDensity = (point: Vector, k: number): number => {
    const scaled = factors[k].map((row) =>
      dot(
        row,
        point.map((v, i) => v - mu[k][i]),
      ),
    );
    return total(q[k]) - 0.5 * d * Math.log(2 * Math.PI) - 0.5 * dot(scaled, scaled);
  };
  const likelihood = total(x.map((p) => logSumExp(logWeights.map((w, k) => w + logDensity(p, k)))));
  const nu = d + m + 1;
  const prior = total(
    factors.map((rows, k) => {
      const trace = total(rows.map((row) => dot(row, row)));
      const logDeterminant = 2 * total(q[k]); // of the precision; that of the scale is −2d log γ
      const norm = 0.5 * nu * d * Math.log(2) - nu * d * Math.log(gamma) + logMultigamma(nu / 2, d);
      return 0.5 * (nu - d - 1) * logDeterminant - 0.5 * gamma * gamma * trace - norm;
    }),
  );
  return likelihood + prior;
}

export function kmeansCost(points: Matrix, centroids: Matrix): number {
  const distance = (a: Vector, b: Vector): number => total(a.map((x, i) => (x - b[i]) ** 2));
  return total(points.map((p) => Math.min(...centroids.map((c) => distance(p, c)))));
}

/** Newton's step moves each centroid to the mean of its points; the direction is minus that. */
export function kmeansDirection(points: Matrix, centroids: Matrix): Matrix {
  const owner = points.map((p) => {
    const distances = centroids.map((c) => total(p.map((x, i) => (x - c[i]) ** 2)));
    return distances.indexOf(Math.min(...distances));
  });
  return centroids.map((c, k) => {
    const own = points.filter((_, i) => owner[i] === k);
    return c.map((x, i) => x - total(own.map((p) => p[i])) / own.length);
  });
}

/** By elimination with pivots. */
export function determinant(matrix: Matrix): number {
  const a = matrix.map((row) => [...row]);
  let product = 1;
  for (let k = 0; k < a.length; k++) {
    const pivot = a
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(a[best][k]) ? k + i : best), k);
    if (pivot !== k) [a[k], a[pivot], product] = [a[pivot], a[k], -product];
    product *= a[k][k];
    for (let i = k + 1; i < a.length; i++) {
      const factor = a[i][k] / a[k][k];
      for (let j = k; j < a.length; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return product;
}

export function ode(x: readonly number[], steps: number): Vector {
  const h = 2 / steps;
  const slope = (y: Vector): Vector => x.map((v, i) => (i === 0 ? v : v * y[i - 1]));
  let y: Vector = x.map(() => 0);
  for (let step = 0; step < steps; step++) {
    const moved = (k: Vector, by: number): Vector => y.map((v, i) => v + by * k[i]);
    const k1 = slope(y);
    const k2 = slope(moved(k1, h / 2));
    const k3 = slope(moved(k2, h / 2));
    const k4 = slope(moved(k3, h));
    y = y.map((v, i) => v + (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]));
  }
  return y;
}

export interface Network {
  readonly main_params: Matrix;
  readonly extra_params: Matrix;
  readonly state: Matrix;
  readonly sequence: Matrix;
}

export function lstm({ main_params: main, extra_params: extra, state, sequence }: Network): number {
  const bits = sequence[0].length;
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const values = state.map((row) => [...row]);
  let gain = 0;
  for (let t = 0; t + 1 < sequence.length; t++) {
    let signal = sequence[t].map((x, i) => x * extra[0][i]);
    for (let layer = 0; layer < main.length / 2; layer++) {
      const [weights, biases] = [main[2 * layer], main[2 * layer + 1]];
      const [hidden, cell] = [values[2 * layer], values[2 * layer + 1]];
      const gate = (which: number, x: number, i: number): number =>
        x * weights[which * bits + i] + biases[which * bits + i];
      for (let i = 0; i < bits; i++) {
        const [forget, out] = [sigmoid(gate(0, signal[i], i)), sigmoid(gate(2, signal[i], i))];
        const [enter, change] = [sigmoid(gate(1, hidden[i], i)), Math.tanh(gate(3, hidden[i], i))];
        cell[i] = cell[i] * forget + enter * change;
        hidden[i] = out * Math.tanh(cell[i]);
      }
      signal = hidden;
    }
    const predicted = signal.map((x, i) => x * extra[1][i] + extra[2][i]);
    const norm = Math.log(total(predicted.map(Math.exp)) + 2);
    gain += total(sequence[t + 1].map((g, i) => g * (predicted[i] - norm)));
  }
  return -gain / ((sequence.length - 1) * bits);
}

/** The residual of one observation: camera (11), point (3), weight, and the feature seen. */
export function reprojection(parameters: readonly number[], feature: readonly number[]): Vector {
  const rotation = parameters.slice(0, 3);
  const relative = [0, 1, 2].map((i) => parameters[11 + i] - parameters[3 + i]);
  const angle = Math.sqrt(dot(rotation, rotation));
  const [a, b, c] = rotation.map((x) => x / angle);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const matrix = [
    [cos + a * a * (1 - cos), a * b * (1 - cos) - c * sin, a * c * (1 - cos) + b * sin],
    [b * a * (1 - cos) + c * sin, cos + b * b * (1 - cos), b * c * (1 - cos) - a * sin],
    [c * a * (1 - cos) - b * sin, c * b * (1 - cos) + a * sin, cos + c * c * (1 - cos)],
  ];
  const [x, y, z] = matrix.map((row) => dot(row, relative));
  const square = (x / z) ** 2 + (y / z) ** 2;
  const distortion = 1 + parameters[9] * square + parameters[10] * square ** 2;
  return [x, y].map((v, i) => {
    const seen = (v / z) * distortion * parameters[6] + parameters[7 + i];
    return parameters[14] * (seen - feature[i]);
  });
}

export interface HandModel {
  readonly parents: Vector;
  readonly base_relatives: Matrix[];
  readonly inverse_base_absolutes: Matrix[];
  readonly base_positions: Matrix;
  readonly weights: Matrix;
  readonly triangles: Matrix;
  readonly is_mirrored: boolean;
}

export interface Hand {
  readonly theta: Vector;
  readonly us: Matrix;
  readonly data: { readonly model: HandModel; readonly correspondences: Vector; readonly points: Matrix };
}

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, j) => total(row.map((x, k) => x * b[k][j]))));

/** The matrix exponential of the cross product with v: a rotation. */
function exponential([a, b, c]: readonly number[]): Matrix {
  const k = [
    [0, -c, b],
    [c, 0, -a],
    [-b, a, 0],
  ];
  const identity: Matrix = k.map((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
  let [sum, term] = [identity, identity];
  for (let n = 1; n < 60; n++) {
    term = product(term, k).map((row) => row.map((x) => x / n));
    sum = sum.map((row, i) => row.map((x, j) => x + term[i][j]));
  }
  return sum;
}

export function hand(theta: readonly number[], us: Matrix, data: Hand["data"]): Vector {
  const { model, correspondences, points } = data;
  const angles = model.parents.map(() => [0, 0]); // about x, about z
  let next = 6;
  for (let finger = 0; finger < 5; finger++)
    for (let joint = 0; joint < 3; joint++) {
      angles[4 * finger + 2 + joint][0] = theta[next++];
      if (joint === 0) angles[4 * finger + 2][1] = theta[next++];
    }
  const absolutes: Matrix[] = [];
  const transforms = model.parents.map((parent, bone) => {
    const [x, z] = angles[bone];
    const turn = product(exponential([0, 0, z]), exponential([x, 0, 0]));
    const wide = [...turn.map((row) => [...row, 0]), [0, 0, 0, 1]];
    const relative = product(model.base_relatives[bone], wide);
    absolutes[bone] = parent === -1 ? relative : product(absolutes[parent], relative);
    return product(absolutes[bone], model.inverse_base_absolutes[bone]);
  });
  const global = exponential(theta.slice(0, 3));
  const vertex = (v: number): Vector => {
    const still = [0, 1, 2].map((i) =>
      total(transforms.map((t, bone) => model.weights[v][bone] * dot(t[i], model.base_positions[v]))),
    );
    if (model.is_mirrored) still[0] = -still[0];
    return global.map((row, i) => dot(row, still) + theta[3 + i]);
  };
  return correspondences.flatMap((c, i) => {
    if (us.length === 0) return points[i].map((p, j) => p - vertex(c)[j]);
    const shares = [us[i][0], us[i][1], 1 - us[i][0] - us[i][1]];
    const corners = model.triangles[c].map(vertex);
    return points[i].map((p, j) => p - total(shares.map((s, k) => s * corners[k][j])));
  });
}

/** Gradient descent as `particle` and `saddle` prescribe it. */
export function argmin(f: (x: Vector) => number, gradient: (x: Vector) => Vector, start: Vector): Vector {
  let [x, value, slope] = [start, f(start), gradient(start)];
  let [rate, count] = [1e-5, 0];
  while (Math.hypot(...slope) > 1e-5) {
    if (count === 10) {
      [rate, count] = [rate * 2, 0];
      continue;
    }
    const next = x.map((v, i) => v - rate * slope[i]);
    if (Math.hypot(...next.map((v, i) => v - x[i])) <= 1e-5) break;
    const nextValue = f(next);
    if (nextValue < value) {
      [x, value, slope] = [next, nextValue, gradient(next)];
      count++;
    } else [rate, count] = [rate / 2, 0];
  }
  return x;
}

/** Where the particle of the eval meets the axis, squared; the force by the formula of Coulomb's law. */
export function particleMiss(w: number): number {
  const charges = [
    [10, 10 - w],
    [10, 0],
  ];
  let [x, y, vx, vy] = [0, 8, 0.75, 0];
  for (;;) {
    let [ax, ay] = [0, 0];
    for (const [cx, cy] of charges) {
      const cube = Math.hypot(x - cx, y - cy) ** 3;
      ax += (x - cx) / cube;
      ay += (y - cy) / cube;
    }
    const [nextX, nextY] = [x + 0.1 * vx, y + 0.1 * vy];
    if (nextY <= 0) return (x - (y / vy) * vx) ** 2;
    [x, y, vx, vy] = [nextX, nextY, vx + 0.1 * ax, vy + 0.1 * ay];
  }
}

/**
 * Largest difference of two JSON values, relative to the sum of their sizes where that exceeds 1, as the evals measure
 * it; NaN where structures differ.
 */
export function difference(a: Json, b: Json): number {
  if (typeof a === "number" && typeof b === "number")
    return Math.abs(a - b) / Math.max(1, Math.abs(a) + Math.abs(b));
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return NaN;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return NaN;
  const [left, right] = [a, b] as Record<string, Json>[];
  return keys.reduce((worst, key) => {
    const d = difference(left[key], right[key] ?? null);
    return Number.isNaN(worst) ? worst : Number.isNaN(d) ? NaN : Math.max(worst, d);
  }, 0);
}
