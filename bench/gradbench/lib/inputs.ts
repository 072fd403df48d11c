/**
 * @file Inputs of the sizes that the live evals use, from seeded random numbers, distributed as the evals' own generators
 * say. The data of `ba`, `ht` and `lstm` are files there; here they are made with the same shapes.
 */
import type { Json } from "./evaluation.ts";

type JsonObject = { readonly [key: string]: Json };

/** Uniform and normal numbers from a seed (Mulberry32; Box and Muller). */
export class Numbers {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  uniform(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  uniforms(n: number): number[] {
    return Array.from({ length: n }, () => this.uniform());
  }

  normals(n: number): number[] {
    return Array.from({ length: n }, () => this.normal());
  }
}

const rows = (n: number, row: () => number[]): number[][] => Array.from({ length: n }, row);

export function llsqInput(seed: number, n: number, m: number): JsonObject {
  return { x: new Numbers(seed).uniforms(m), n };
}

export function lseInput(seed: number, n: number): JsonObject {
  return { x: new Numbers(seed).uniforms(n) };
}

export function gmmInput(seed: number, d: number, k: number, n: number, m = 0, gamma = 1): JsonObject {
  const random = new Numbers(seed);
  return {
    ...{ d, k, n, m, gamma },
    x: rows(n, () => random.normals(d)),
    mu: rows(k, () => random.uniforms(d)),
    q: rows(k, () => random.normals(d)),
    l: rows(k, () => random.normals((d * (d - 1)) / 2)),
    alpha: random.normals(k),
  };
}

/** The centroids are among the points: none is without points of its own. */
export function kmeansInput(seed: number, k: number, n: number, d: number): JsonObject {
  const random = new Numbers(seed);
  const points = rows(n, () => random.uniforms(d));
  return { points, centroids: points.slice(-k) };
}

export function detInput(seed: number, ell: number): JsonObject {
  return { A: new Numbers(seed).uniforms(ell * ell), ell };
}

export function odeInput(seed: number, n: number, s: number): JsonObject {
  return { x: new Numbers(seed).uniforms(n), s };
}

/** l layers, a text of c characters of b bits. */
export function lstmInput(seed: number, l: number, c: number, b = 7): JsonObject {
  const random = new Numbers(seed);
  return {
    state: rows(2 * l, () => random.uniforms(b)),
    main_params: rows(2 * l, () => random.uniforms(4 * b)),
    extra_params: rows(3, () => random.uniforms(b)),
    sequence: rows(c, () => random.uniforms(b).map(Math.round)),
  };
}

/** One camera, point, weight and feature, which stand for n, m, p and p alike ones. */
export function baInput(seed: number, n: number, m: number, p: number): JsonObject {
  const random = new Numbers(seed);
  const near = (value: number, spread: number): number => value + spread * (random.uniform() - 0.5);
  const rotation = rows(1, () => [near(0.3, 0.4), near(-0.2, 0.4), near(0.5, 0.4)])[0];
  const centre = [near(0, 2), near(0, 2), near(-8, 2)];
  return {
    ...{ n, m, p },
    cam: [...rotation, ...centre, near(500, 100), near(0, 20), near(0, 20), near(0.02, 0.04), near(0, 0.01)],
    x: [near(0, 4), near(0, 4), near(0, 4)],
    w: random.uniform(),
    feat: [near(0, 500), near(0, 500)],
  };
}

/** A rotation about an axis of space, with a shift, as a 4 × 4 matrix. */
function rigid(random: Numbers): number[][] {
  const [c, s] = [Math.cos(random.uniform()), Math.sin(random.uniform())];
  const [i, j, k] = [
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
  ][random.below(3)];
  const matrix = rows(4, () => [0, 0, 0, 0]);
  for (const [row, column, value] of [
    [i, i, c],
    [i, j, -s],
    [j, i, s],
    [j, j, c],
    [k, k, 1],
    [3, 3, 1],
  ])
    matrix[row][column] = value;
  for (const row of [0, 1, 2]) matrix[row][3] = random.uniform() - 0.5;
  return matrix;
}

/**
 * A wrist, five fingers of four bones, a forearm, of which up to four move a vertex; `simple` leaves points at vertices
 * instead of within triangles.
 */
export function htInput(seed: number, correspondences: number, simple: boolean, vertices = 544): JsonObject {
  const random = new Numbers(seed);
  const [bones, triangles] = [22, 1084];
  const fingers = Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? 0 : i));
  return {
    theta: random.normals(26).map((x) => 0.5 * x),
    us: simple ? [] : rows(correspondences, () => random.uniforms(2).map((u) => u / 2)),
    data: {
      model: {
        bone_count: bones,
        bone_names: Array.from({ length: bones }, (_, i) => `bone${i}`),
        parents: [-1, ...fingers, 0],
        base_relatives: Array.from({ length: bones }, () => rigid(random)),
        inverse_base_absolutes: Array.from({ length: bones }, () => rigid(random)),
        base_positions: rows(vertices, () => [...random.normals(3), 1]),
        weights: rows(vertices, () => {
          const all = new Array<number>(bones).fill(0);
          const count = 1 + random.below(4);
          for (let i = 0; i < count; i++) all[random.below(bones)] += 1 / count;
          return all;
        }),
        triangles: rows(triangles, () => [0, 1, 2].map(() => random.below(vertices))),
        is_mirrored: seed % 2 === 1,
      },
      correspondences: Array.from({ length: correspondences }, () =>
        random.below(simple ? vertices : triangles),
      ),
      points: rows(correspondences, () => random.normals(3)),
    },
  };
}
