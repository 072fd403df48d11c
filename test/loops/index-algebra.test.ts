/** @file Index algebra against brute force: every expression and its range, on all values of its variables. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  flatten,
  iadd,
  iclamp,
  idiv,
  imod,
  intConst,
  iscale,
  isub,
  keyOf,
  rangeOf,
  unflatten,
} from "../../src/loops/ir/affine.ts";
import { type Expr, type Local, newLocal } from "../../src/loops/ir/ir.ts";
import { indices } from "../util/reference.ts";
import { operands } from "../../src/loops/ir/traverse.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 300);
const seed = Number(process.env.FUZZ_SEED ?? 20250);

/** The value of an index expression. */
function evaluate(e: Expr, env: ReadonlyMap<number, number>): number {
  switch (e.kind) {
    case "const":
      return Number(e.value);
    case "local":
      return env.get(e.id)!;
    case "affine":
      return e.terms.reduce((sum, t) => sum + t.factor * evaluate(t.atom, env), e.offset);
    case "op": {
      const [a, b] = e.args.map((x) => evaluate(x, env));
      if (e.op === "idiv" || e.op === "imod") expect(a).toBeGreaterThanOrEqual(0);
      if (e.op === "idiv") return Math.floor(a / b);
      if (e.op === "imod") return a % b;
      return e.op === "min" ? Math.min(a, b) : Math.max(a, b);
    }
    default:
      throw new Error(`no index expression: ${e.kind}`);
  }
}

/** A program of index operations: each step refers to earlier values by number. */
type Step =
  | { readonly op: "add" | "sub"; readonly a: number; readonly b: number }
  | { readonly op: "shift" | "scale" | "div" | "mod"; readonly a: number; readonly k: number }
  | { readonly op: "clamp"; readonly a: number; readonly lo: number; readonly width: number };

const pick = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ op: fc.constantFrom("add" as const, "sub" as const), a: pick, b: pick }),
  fc.record({
    op: fc.constantFrom("shift" as const, "scale" as const),
    a: pick,
    k: fc.integer({ min: -4, max: 6 }),
  }),
  fc.record({
    op: fc.constantFrom("div" as const, "mod" as const),
    a: pick,
    k: fc.integer({ min: 1, max: 7 }),
  }),
  fc.record({
    op: fc.constant("clamp" as const),
    a: pick,
    lo: fc.integer({ min: -3, max: 5 }),
    width: fc.nat({ max: 8 }),
  }),
);

interface Value {
  readonly expr: Expr;
  /** On each assignment of the variables. */
  readonly numbers: readonly number[];
}

function apply(values: readonly Value[], s: Step): Value | null {
  const at = (i: number): Value => values[i % values.length];
  const a = at(s.a);
  const build = (expr: Expr, f: (x: number, i: number) => number): Value => ({
    expr,
    numbers: a.numbers.map(f),
  });
  switch (s.op) {
    case "add":
      return build(iadd(a.expr, at(s.b).expr), (x, i) => x + at(s.b).numbers[i]);
    case "sub":
      return build(isub(a.expr, at(s.b).expr), (x, i) => x - at(s.b).numbers[i]);
    case "shift":
      return build(iadd(a.expr, s.k), (x) => x + s.k);
    case "scale":
      return build(iscale(a.expr, s.k), (x) => x * s.k);
    case "clamp":
      return build(iclamp(a.expr, s.lo, s.lo + s.width), (x) => Math.min(Math.max(x, s.lo), s.lo + s.width));
    case "div":
    case "mod":
      // Dividends are never negative.
      if (rangeOf(a.expr)[0] < 0) return null;
      return s.op === "div"
        ? build(idiv(a.expr, s.k), (x) => Math.floor(x / s.k))
        : build(imod(a.expr, s.k), (x) => x % s.k);
  }
}

function checkProgram(extents: readonly number[], steps: readonly Step[]): void {
  const locals = extents.map((n, i) => newLocal(`i${i}`, "int32", 0, n - 1));
  const points = indices(extents);
  const values: Value[] = locals.map((l, i) => ({ expr: l, numbers: points.map((p) => p[i]) }));
  values.push({ expr: intConst(3), numbers: points.map(() => 3) });
  for (const s of steps) {
    const v = apply(values, s);
    if (v !== null) values.push(v);
  }
  const env = new Map<number, number>();
  points.forEach((p, n) => {
    locals.forEach((l, i) => env.set(l.id, p[i]));
    for (const { expr, numbers } of values) {
      const got = evaluate(expr, env);
      expect(got + 0).toBe(numbers[n] + 0);
      const [lo, hi] = rangeOf(expr);
      expect(got).toBeGreaterThanOrEqual(lo);
      expect(got).toBeLessThanOrEqual(hi);
    }
  });
  const byKey = new Map<string, readonly number[]>();
  for (const { expr, numbers } of values) {
    const before = byKey.get(keyOf(expr));
    if (before !== undefined) expect(numbers.map((x) => x + 0)).toEqual(before.map((x) => x + 0));
    byKey.set(keyOf(expr), numbers);
    checkNormal(expr);
  }
}

/** Affine sums hold no constants and no sums, no zero factors, and are sorted. */
function checkNormal(e: Expr): void {
  operands(e).forEach(checkNormal);
  if (e.kind !== "affine") return;
  expect(e.terms.every((t) => t.factor !== 0 && t.atom.kind !== "const" && t.atom.kind !== "affine")).toBe(
    true,
  );
  const keys = e.terms.map((t) => t.key);
  expect(new Set(keys).size).toBe(keys.length);
  const variables = e.terms.flatMap((t) => (t.atom.kind === "local" ? [t.atom.id] : []));
  expect(variables).toEqual([...variables].sort((a, b) => a - b));
  const others = keys.slice(0, keys.length - variables.length);
  expect(others).toEqual([...others].sort());
}

describe("index expressions", () => {
  it("have the value and lie in the range they should, and equal keys mean equal values", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.array(step, { maxLength: 10 }),
        checkProgram,
      ),
      { numRuns: runs, seed },
    );
  });

  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

  it("flatten and unflatten are inverse, and leave no division when an index goes round", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const index = shape.map((d, i): Expr =>
          d === 1 ? intConst(0) : newLocal(`i${i}`, "int32", 0, d - 1),
        );
        const back = unflatten(flatten(index, shape), shape);
        expect(back.map(keyOf)).toEqual(index.map(keyOf));
      }),
      { numRuns: runs, seed },
    );
  });

  it("reshape there and back is the identity, whatever lies between", () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, n) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const divisors = Array.from({ length: size }, (_, i) => i + 1).filter((d) => size % d === 0);
        const first = divisors[n % divisors.length];
        const between = [first, size / first];
        const locals = shape.map((d, i): Expr =>
          d === 1 ? intConst(0) : newLocal(`i${i}`, "int32", 0, d - 1),
        );
        const position = flatten(unflatten(flatten(locals, shape), between), between);
        const env = new Map<number, number>();
        indices(shape).forEach((p, want) => {
          locals.forEach((l, i) => l.kind === "local" && env.set(l.id, p[i]));
          expect(evaluate(position, env)).toBe(want);
        });
        expect(keyOf(position)).toBe(keyOf(flatten(locals, shape)));
      }),
      { numRuns: runs, seed },
    );
  });
});

describe("known simplifications", () => {
  const i: Local = newLocal("i", "int32", 0, 3);
  const j: Local = newLocal("j", "int32", 0, 4);
  it.each([
    ["(5i + j) / 5", idiv(iadd(iscale(i, 5), j), 5), i],
    ["(5i + j) mod 5", imod(iadd(iscale(i, 5), j), 5), j],
    ["i − i", isub(i, i), intConst(0)],
    ["0·i", iscale(i, 0), intConst(0)],
    ["i / 4", idiv(i, 4), intConst(0)],
    ["i mod 4", imod(i, 4), i],
    ["5·(i / 5) + i mod 5 of a wide i", iadd(iscale(idiv(j, 2), 2), imod(j, 2)), j],
    ["clamp of what is inside", iclamp(i, 0, 3), i],
    ["clamp to one value", iclamp(i, 2, 2), intConst(2)],
  ] as const)("%s", (_, got, want) => expect(keyOf(got)).toBe(keyOf(want)));

  it("a dividend that may be negative is not split", () => {
    // (2i − 3 + 3) with the offset taken apart would divide −3 by 2.
    const e = iadd(iscale(i, 2), -1);
    const shifted = iadd(e, 1);
    expect(keyOf(idiv(shifted, 2))).toBe(keyOf(i));
  });
});
