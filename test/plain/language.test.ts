/** @file What TypeScript has, differentiated: beside derivatives in closed form, in every mode and nesting. */
import { describe, expect, it } from "vitest";
import * as plain from "../../src/plain/index.ts";
import { grad as gradOfArrays, numpy as np } from "../../src/index.ts";
import { load } from "./load.ts";

type F = (x: number) => number;

const { sin, cos, exp, sqrt, log } = Math;

/** A function of one number in TypeScript, where, and its derivative. */
const rows: readonly (readonly [what: string, code: string, at: readonly number[], slope: F])[] = [
  [
    "operators",
    `(x) => (x * x - 3 / x + x ** 3) * -x + +x % 2`,
    [1.5, 2.5],
    (x) => -3 * x * x - 4 * x ** 3 + 1,
  ],
  [
    "compound assignments",
    `(x) => { let y = x; y *= x; y += 1; y /= 2; y -= x; y **= 2; y++; return y--; }`,
    [0.4, 3],
    (x) => 2 * ((x * x + 1) / 2 - x) * (x - 1),
  ],
  [
    "functions of Math by other names",
    `(x) => { const { sin, exp } = Math; const f = Math.log; return sin(x) * exp(x) + f(x); }`,
    [0.7],
    (x) => exp(x) * (sin(x) + cos(x)) + 1 / x,
  ],
  [
    "?:",
    `(x) => x > 1 ? x * x : x < 0 ? -x : Math.sin(x)`,
    [2, -1, 0.5],
    (x) => (x > 1 ? 2 * x : x < 0 ? -1 : cos(x)),
  ],
  [
    "early return",
    `(x) => { if (x < 0) return -2 * x; const k = 3; if (x > 2) { return k * x; } return x * x; }`,
    [-1, 3, 1],
    (x) => (x < 0 ? -2 : x > 2 ? 3 : 2 * x),
  ],
  [
    "return from a loop",
    `(x) => { for (let i = 0; i < 10; i++) { x = x * 1.5; if (x > 4) return x * i; } return -x; }`,
    [1, 2, 0.01],
    (x) => (x === 1 ? 3 * 1.5 ** 4 : x === 2 ? 1.5 ** 2 : -(1.5 ** 10)),
  ],
  [
    "break and continue",
    `(x) => { let s = 0; for (let i = 0; i < 9; i++) { if (i % 2 === 1) continue; if (s > 3) break; s += x * i; } return s; }`,
    [0.7, 0.1],
    (x) => (x === 0.7 ? 6 : 20),
  ],
  [
    "labels",
    `(x) => { let s = 0; outer: for (let i = 0; i < 4; i++) { for (let j = 0; j < 4; j++) { if (j > i) continue outer; s += x * j; if (s > 5) break outer; } } return s; }`,
    [1, 2],
    (x) => (x === 1 ? 7 : 4),
  ],
  [
    "while and do",
    `(x) => { let y = x; while (y < 10) y *= 2; do { y -= 3; } while (y > 0); return y * y; }`,
    [1.3, 3],
    (x) => (x === 1.3 ? 2 * (10.4 - 12) * 8 : 2 * (12 - 12) * 4),
  ],
  [
    "switch with falls",
    `(x) => { let s = x; switch (Math.floor(x)) { case 0: s *= 2; case 1: s += x; break; case 2: case 3: return x * x; default: s = 5 * x; } return s; }`,
    [0.5, 1.5, 3.5, 7],
    (x) => (x === 0.5 ? 3 : x === 1.5 ? 2 : x === 3.5 ? 7 : 5),
  ],
  [
    "&&, || and !",
    `(x) => { let n = 0; if (x > 0 && (n = 1) && !(x > 5) || x < -5) n += x * x; return n; }`,
    [2, 7, -6],
    (x) => (x === 7 ? 0 : 2 * x),
  ],
  [
    "lists",
    `(x) => { const a = [x, 2 * x, 3]; a[1] *= x; a.push(x ** 3); [a[0], a[2]] = [a[2], a[0]]; return a.map((v, i) => v * i).reduce((p, c) => p + c, 0); }`,
    [1.2],
    (x) => 4 * x + 2 + 9 * x * x,
  ],
  [
    "typed arrays",
    `(x) => { const a = new Float64Array(3); a.fill(x); const b = a.subarray(1); b[0] = x * x; a.set([1], 2); return a[0] * a[1] + a[2] + b.length; }`,
    [1.3],
    (x) => 3 * x * x,
  ],
  [
    "places that depend on numbers",
    `(x) => { const t = [1, 4, 9, 16]; const i = Math.floor(x); const out = [0, 0, 0, 0]; out[i] = x * t[i]; let s = 0; for (const v of out) s += v; return s; }`,
    [1.5, 2.5],
    (x) => (x === 1.5 ? 4 : 9),
  ],
  [
    "objects and destructuring",
    `(x) => { const p = { a: x, b: [x * x, 2] }; let { a, b: [c, d = 1] } = p; p.a += c; ({ a } = p); return a * d; }`,
    [1.1],
    (x) => 2 + 4 * x,
  ],
  [
    "closures that assign",
    `(x) => { let n = 0; let s = 0; const add = (v) => { s += v; n++; }; for (let i = 0; i < 3; i++) if (x > i) add(x * i); return s / (n + 1); }`,
    [0.5, 2.5],
    (x) => (x === 0.5 ? 0 : 0.75),
  ],
  [
    "default and rest parameters",
    `(x) => { const f = (a, b = a * a, ...more) => a + b + more.length; return f(x) * f(x, 1, 2); }`,
    [0.8],
    (x) => (1 + 2 * x) * (x + 2) + x + x * x,
  ],
  [
    "for of and for in",
    `(x) => { const o = { a: x, b: x * x }; let s = 0; for (const k in o) s += o[k]; for (const [i, v] of [x, 2].entries()) s *= v + i; return s; }`,
    [0.6],
    (x) => 3 * ((1 + 2 * x) * x + x + x * x),
  ],
  [
    "throw that does not happen",
    `(x) => { if (!(x > 0)) throw new RangeError("no"); return Math.sqrt(x); }`,
    [2],
    (x) => 0.5 / sqrt(x),
  ],
  [
    "try and finally",
    `(x) => { let y = 0; try { y = x * x; if (x > 100) throw new Error("no"); } finally { y += x; } return y; }`,
    [2],
    (x) => 2 * x + 1,
  ],
  [
    "bit operators",
    `(x) => { const n = (x * 10) | 0; return x * (n & 6) + (n >> 1) * (~n) + (n >>> 0); }`,
    [1.25, 0.9],
    (x) => (x === 1.25 ? 4 : 0),
  ],
  [
    "var that is set in branches",
    `(x) => { if (x > 1) { var t = x * 3; } else { t = x; } for (var i = 0; i < 2; i++) t *= x; return t + i; }`,
    [2, 0.5],
    (x) => (x > 1 ? 9 * x * x : 3 * x * x),
  ],
  [
    "a loop of swapped variables",
    `(x) => { let a = 0, b = x; while (b < 20) { [a, b] = [b, a + b]; } return a; }`,
    [1, 3],
    (x) => (x === 1 ? 13 : 5),
  ],
  [
    "exponentials of a traced count",
    `(x) => { let y = 1, n = x; while (n > 1) { y *= x; n /= 2; } return y; }`,
    [9, 3],
    (x) => (x === 9 ? 4 * x ** 3 : 2 * x),
  ],
  [
    "a function chosen by a number",
    `(x) => (x > 1 ? Math.sin : Math.exp)(2 * x)`,
    [2, 0.5],
    (x) => (x > 1 ? 2 * cos(2 * x) : 2 * exp(2 * x)),
  ],
  [
    "Math.max of a list",
    `(x) => Math.max(...[x, x * x, 1]) * Math.min(x, 3) + Math.hypot(x, 2 * x)`,
    [2, 5],
    (x) => (x === 2 ? 3 * x * x : 6 * x) + sqrt(5),
  ],
  [
    "logarithms",
    `(x) => Math.log2(x) + Math.log10(x) + Math.log1p(x) + Math.cbrt(x) + Math.atan2(x, 2)`,
    [1.7],
    (x) => 1 / (x * log(2)) + 1 / (x * log(10)) + 1 / (1 + x) + 1 / (3 * x ** (2 / 3)) + 2 / (4 + x * x),
  ],
];

describe.each(rows)("%s", (_, code, at, slope) => {
  const { f } = load<{ f: F }>(`export const f: (x: number) => number = ${code};`);

  it.each(at)("at %d", (x) => {
    const d = slope(x);
    expect(plain.grad(f)(x)).toBeCloseTo(d, 9);
    expect(plain.jvp(f, [x], [1])[1]).toBeCloseTo(d, 9);
    expect(plain.jit(f)(x)).toBeCloseTo(f(x), 9);
    expect(plain.grad(plain.jit(f))(x)).toBeCloseTo(d, 9);
    expect(plain.jit(plain.grad(f))(x)).toBeCloseTo(d, 9);
    const [same, other] = plain.vmap(plain.grad(f))([x, at[0]]);
    expect([same, other]).toEqual([expect.closeTo(d, 9), expect.closeTo(slope(at[0]), 9)]);
    // Perturbations are not confused: the inner derivative is that of x·y alone.
    const outer = (y: number): number => plain.grad((z: number) => product(f(y), z))(2);
    expect(plain.grad(outer)(x)).toBeCloseTo(d, 9);
    expect(gradOfArrays(f as never)(np.array(x)).item()).toBeCloseTo(d, 9);
  });
});

const { product } = load<{ product: (a: number, b: number) => number }>(
  `export const product = (a, b) => a * b;`,
);

it("classes keep what they are", () => {
  const { Vector, swing } = load<{
    Vector: new (x: number, y: number) => { x: number; y: number; length: number };
    swing: (v: { x: number; y: number }, n: number) => number;
  }>(`
export class Vector {
  #norm = 0; log = [0]; static made = 0;
  constructor(x, y) { this.x = x; this.y = y; }
  get length() { return Math.hypot(this.x, this.y); }
  set length(r) { const k = r / this.length; this.x *= k; this.y *= k; }
  turned(t) { return new Vector(this.x * Math.cos(t) - this.y * Math.sin(t), this.x * Math.sin(t) + this.y * Math.cos(t)); }
  note() { this.#norm = this.length; this.log[0] = this.#norm; return this; }
  get noted() { return this.#norm; }
}
export function swing(v, n) {
  let w = v;
  for (let i = 0; i < n; i++) { w = w.turned(0.1).note(); if (w.x > 0) w.length = w.noted * 1.5; }
  return w.x * w.x + w.y * w.y;
}`);
  const v = new Vector(3, 4);
  const expected = [2 * 3 * 1.5 ** 4, 2 * 4 * 1.5 ** 4];
  for (const slope of [plain.grad(swing), plain.grad(plain.jit(swing)), plain.jit(plain.grad(swing))]) {
    const g = slope(v, 2);
    expect(g).toBeInstanceOf(Vector);
    expect([g.x, g.y]).toEqual(expected.map((x) => expect.closeTo(x, 9) as number));
  }
});

it("arguments keep their forms", () => {
  const { f } = load<{ f: (a: Float64Array, o: { k: number; name: string }) => number }>(
    `export const f = (a, o) => a.reduce((s, x) => s + x * x, 0) * o.k;`,
  );
  const a = Float64Array.of(1, 2, 3);
  const o = { k: 2, name: "n" };
  expect(plain.grad(f)(a, o)).toEqual(Float64Array.of(4, 8, 12));
  expect(plain.grad(f, [0, 1])(a, o)).toEqual([Float64Array.of(4, 8, 12), { k: 14, name: "n" }]);
  expect(plain.jit(plain.grad(f))(a, o)).toEqual(Float64Array.of(4, 8, 12));
  expect(plain.hessian(f)(a, o)).toEqual([
    Float64Array.of(4, 0, 0),
    Float64Array.of(0, 4, 0),
    Float64Array.of(0, 0, 4),
  ]);
});

it("loops keep their carries apart from what they only read", () => {
  const { f, seen } = load<{ f: F; seen: { count: number } }>(`
export const seen = { count: 0 };
export const f = (x) => { const m = [[1, 0], [0, 1]]; while (x < 50) { x *= 2; m[0][1] += x; const row = []; row.push(x); m[1][0] += row[0]; } return m[0][1] + m[1][0] * x; };`);
  const at = 3;
  // x doubles to 96: 6 + 12 + 24 + 48 + 96 = 62x; the result is 62x + 62x · 32x.
  expect(f(at)).toBe(62 * at + 62 * 32 * at * at);
  expect(plain.grad(plain.jit(f))(at)).toBeCloseTo(62 + 2 * 62 * 32 * at, 6);
  expect(plain.vmap(f)([at, 60])).toEqual([f(at), f(60)]);
  expect(seen.count).toBe(0);
});

it("what is thrown under a traced condition is thrown when the program runs", () => {
  const { f } = load<{ f: F }>(
    `export const f = (x) => { if (x < 0) throw new RangeError("negative: it must not be"); return Math.sqrt(x); };`,
  );
  const compiled = plain.jit(f);
  expect(compiled(4)).toBe(2);
  expect(() => compiled(-4)).toThrow("negative: it must not be");
  expect(plain.grad(compiled)(4)).toBe(0.25);
});
