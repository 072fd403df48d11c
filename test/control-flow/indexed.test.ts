/**
 * @file Gradients of loops that read an array by index: each step backwards touches what it read, not the whole array,
 * so that the gradient takes time in proportion to the loop.
 */
import { describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  grad,
  hessian,
  jit,
  lax,
  makeJaxpr,
  numpy as np,
  vmap,
} from "../../src/index.ts";
import { type ClosedJaxpr, subJaxprs } from "../../src/core/jaxpr/ir.ts";
import { flat } from "../util/arrays.ts";

type A = NDArray;
type Program = (x: A) => A;

const n = 7;
const values = Array.from({ length: n }, (_, i) => Math.sin(i + 1));
const start = np.array(0, { dtype: "int32" });
const places = np.array([2, 5, 2, 0, 6, 3, 3], { dtype: "int32" });

const squareAt = jit((x: A, i: A): A => np.square(x.at(i).get()));

/** Programs, and how many times the reading step uses each element, for the sum of squares of what is read. */
const programs: Readonly<Record<string, { f: Program; counts: readonly number[] }>> = {
  "an element in each step": {
    f: (x) => lax.foriLoop(0, n, (i: A, s: A) => s.add(x.at(i).get().mul(x.at(i).get())), 0),
    counts: [1, 1, 1, 1, 1, 1, 1],
  },
  "neighbours, some of them the same at the end": {
    f: (x) => lax.foriLoop(0, n, (i: A, s: A) => s.add(np.sum(np.square(lax.dynamicSlice(x, [i], [3])))), 0),
    // Starts are clamped to 4.
    counts: Array.from(
      { length: n },
      (_, k) =>
        flat(np.arange(n)).filter((i) => Math.min(i, n - 3) <= k && k < Math.min(i, n - 3) + 3).length,
    ),
  },
  "elements chosen by an index array": {
    f: (x) =>
      lax.foriLoop(
        0,
        n,
        (i: A, s: A) =>
          s.add(np.sum(np.square(x.at(places.at(i).get().add(np.arange(2))).get({ mode: "clip" })))),
        0,
      ),
    counts: Array.from({ length: n }, (_, k) =>
      flat(places).reduce((c, p) => c + Number(p === k) + Number(Math.min(p + 1, n - 1) === k), 0),
    ),
  },
  "in a loop with a bound known when it runs": {
    f: (x) =>
      lax.whileLoop(
        ([i, s]: [A, A]) => np.logicalAnd(i.less(n), s.less(1e9)),
        ([i, s]: [A, A]): [A, A] => [i.add(1), s.add(np.square(x.at(i).get()))],
        [start, np.array(0)],
      )[1],
    counts: [1, 1, 1, 1, 1, 1, 1],
  },
  "by a compiled function, in a loop inside the loop": {
    f: (x) =>
      lax.foriLoop(
        0,
        n,
        (i: A, s: A) =>
          lax.foriLoop(0, 2, (k: A, t: A) => t.add(squareAt(x, np.minimum(i.add(k), n - 1))), s),
        0,
      ),
    counts: [1, 2, 2, 2, 2, 2, 3],
  },
  "in a scan that keeps few states": {
    f: (x) =>
      lax.scan((s: A, i: A): [A, null] => [s.add(np.square(x.at(i).get())), null], np.array(0), places, {
        checkpoint: "sqrt",
      })[0],
    counts: Array.from({ length: n }, (_, k) => flat(places).filter((p) => p === k).length),
  },
};

describe.each(Object.entries(programs))("the gradient of a loop that reads %s", (_, { f, counts }) => {
  const want = values.map((v, k) => 2 * v * counts[k]);
  const close = (got: A, expected: readonly number[]): void =>
    flat(got).forEach((g, k) => expect(g).toBeCloseTo(expected[k], 12));

  it("is right, compiled and not", () => {
    close(grad(f)(np.array(values)), want);
    close(jit(grad(f))(np.array(values)), want);
  });

  it("is right in lanes, and once more differentiated", () => {
    const xs = np.stack([np.array(values), np.array(values).mul(2)]);
    close(vmap(grad(f))(xs), [...want, ...want.map((w) => 2 * w)]);
    const h = hessian(f)(np.array(values));
    close(
      h,
      counts.flatMap((c, k) => counts.map((_, j) => (j === k ? 2 * c : 0))),
    );
  });
});

/** All equations of a program and of the bodies in it, with how deep they are. */
function* equations(
  closed: ClosedJaxpr,
  depth = 0,
): Generator<{ name: string; sizes: number[]; depth: number }> {
  for (const eqn of closed.jaxpr.eqns) {
    yield { name: eqn.primitive.name, sizes: eqn.outputs.map((v) => v.aval.size), depth };
    for (const body of subJaxprs(eqn.params)) yield* equations(body, depth + 1);
  }
}

it("adds to the cotangent of the array in place: no step makes another array of its size", () => {
  const size = 1000;
  const f: Program = (x) =>
    lax.foriLoop(
      1,
      size,
      (i: A, s: A) =>
        s
          .mul(0.5)
          .add(np.sin(x.at(i).get()))
          .mul(x.at(i.sub(1)).get()),
      0,
    );
  const inner = [...equations(makeJaxpr(grad(f))(np.zeros([size])))].filter((e) => e.depth > 0);
  const large = inner.filter((e) => e.sizes.some((s) => s >= size)).map((e) => e.name);
  expect(large).toEqual(["dynamic_update_slice", "dynamic_update_slice"]);
  const nested = [
    ...equations(
      makeJaxpr(grad(programs["by a compiled function, in a loop inside the loop"].f))(np.zeros([n])),
    ),
  ];
  expect(nested.filter((e) => e.depth > 0 && e.sizes.includes(n)).map((e) => e.name)).not.toContain("add");
  const loops = jit(grad(f))
    .lower(np.zeros([size]))
    .compile().loops;
  // The body of the backward loop has no loop over the array.
  const back = loops.slice(loops.lastIndexOf("for step"));
  expect(back.split("\n").filter((l) => /^\s{4,}for /.test(l))).toEqual([]);
});
