/**
 * @file WebAssembly computes what generated JavaScript computes: every primitive, every dtype, special values, at sizes
 * that fill vectors and leave rests. Bit for bit, except for the rounding of transcendental functions and the order of
 * sums (test/util/exactness.ts).
 */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { init } from "../../src/api/compile/init.ts";
import { makeJaxpr } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import type { DType } from "../../src/dtypes/dtype.ts";
import { clearEagerCache } from "../../src/jit/eager.ts";
import { array, flat } from "../util/arrays.ts";
import { type Bounds, exactnessOfJaxpr, expectModesAgree } from "../util/exactness.ts";
import { Random } from "../util/random.ts";
import { type OpCase, caseName, drawAll, outputs } from "./row.ts";
import { type ScalarRow, acceptedDtypes } from "./scalar-row.ts";
import { opRows, scalarRows } from "./table.ts";

beforeAll(() => init());
afterEach(() => clearEagerCache());

type A = NDArray;

const inMode = (backend: "js" | "wasm", f: () => A | readonly A[]): readonly A[] =>
  config.with({ backend }, () => outputs(f()));

/** |x|: what bounds the terms of a sum. */
const magnitude = (x: A): A =>
  x.dtype.startsWith("float") ? array(x.shape, flat(x).map(Math.abs), x.dtype) : x;

function boundsOf(c: OpCase, args: readonly A[]): Bounds {
  const exactness = exactnessOfJaxpr(makeJaxpr((...xs: A[]) => outputs(c.call(...xs)))(...args));
  const base = { exactness, tol: Math.max(c.tol, 1e-13) };
  if (exactness !== "sum") return base;
  const sums = inMode("js", () => c.call(...args.map(magnitude)));
  const terms = args.reduce((n, a) => Math.max(n, a.size), 1);
  return { ...base, magnitudes: sums.map((s) => flat(s).map(Math.abs)), terms };
}

describe("every primitive", () => {
  for (const r of opRows) {
    it(r.primitive, () => {
      for (const c of r.cases) {
        const args = drawAll(c, new Random(caseName(r, c)));
        const bounds = boundsOf(c, args);
        const want = inMode("js", () => c.call(...args));
        const got = inMode("wasm", () => c.call(...args));
        got.forEach((x, i) => expectModesAgree(x, want[i], bounds, i, caseName(r, c)));
      }
    });
  }
});

/** For functions with loops of their own. */
const few = [0, -0, 0.5, 3, NaN];
const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  -2.5,
  3,
  7,
  31,
  32,
  100,
  -100,
  127,
  -128,
  1e-30,
  1e30,
  65504,
  3e-8,
  1e-310,
  Infinity,
  -Infinity,
  NaN,
];

/** Combinations of values, one list for each operand. */
function combinations(values: readonly number[], n: number): number[][] {
  const count = values.length ** n;
  // All combinations of three would be many: every seventh.
  const step = n > 2 ? 7 : 1;
  const at = Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
  return Array.from({ length: n }, (_, k) =>
    at.map((i) => values[Math.floor(i / values.length ** k) % values.length]),
  );
}

const name = (r: ScalarRow): string => `${r.primitive}${r.variant === undefined ? "" : ` (${r.variant})`}`;

/** Elements `at` of each list as arrays. */
const pick = (lists: readonly (readonly number[])[], at: readonly number[], dtype: DType): A[] =>
  lists.map((xs) =>
    array(
      [at.length],
      at.map((i) => xs[i]),
      dtype,
    ),
  );

/** The value of an element does not depend on where it stands, nor on how many there are. */
function checkPositions(
  r: ScalarRow,
  dtype: DType,
  lists: readonly number[][],
  whole: readonly number[],
): void {
  const count = whole.length;
  const small = 1 + (Math.floor(new Random(`${name(r)} ${dtype}`).next() * 36) % 36);
  for (const size of [37, small]) {
    for (let turn = 0; turn < Math.min(16, count); turn++) {
      const at = Array.from({ length: size }, (_, i) => (turn * 5 + i) % count);
      const got = flat(inMode("wasm", () => r.call(...pick(lists, at, dtype)))[0]);
      const wrong = at.flatMap((from, i) =>
        Object.is(got[i], whole[from])
          ? []
          : [
              `element ${i} of ${size}: f(${lists.map((l) => l[from]).join(", ")}) = ${got[i]}, not ${whole[from]}`,
            ],
      );
      expect(wrong).toEqual([]);
    }
  }
}

describe("every element-wise primitive of every dtype, special values included", () => {
  for (const r of scalarRows) {
    for (const dtype of acceptedDtypes(r)) {
      it(`${name(r)} of ${dtype}`, () => {
        const slow = r.tol !== undefined;
        const lists = combinations(slow ? few : special, r.domains.length);
        const args = pick(lists, [...lists[0].keys()], dtype);
        const [want] = inMode("js", () => r.call(...args));
        const [got] = inMode("wasm", () => r.call(...args));
        const exactness = exactnessOfJaxpr(makeJaxpr((...xs: A[]) => r.call(...xs))(...args));
        expectModesAgree(got, want, { exactness, tol: r.tol });
        checkPositions(r, dtype, lists, flat(got));
      });
    }
  }
});
