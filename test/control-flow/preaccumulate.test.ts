/** @file Tangents in loops over numbers, whose coefficients are accumulated: the same derivatives, by a shorter way. */
import { describe, expect, it } from "vitest";
import { type Array as NDArray, grad, jit, jvp, lax, makeJaxpr, numpy as np, vmap } from "../../src/index.ts";
import { Random } from "../util/random.ts";

type A = NDArray;

const logistic =
  (steps: number) =>
  (r: A): A =>
    lax.foriLoop(0, steps, (_: A, x: A) => r.mul(x).mul(np.subtract(1, x)), 0.3);

/** The derivative by r, by hand. */
function logisticTangent(r: number, steps: number): number {
  let [x, dx] = [0.3, 0];
  for (let i = 0; i < steps; i++) {
    dx = x * (1 - x) + r * (1 - 2 * x) * dx;
    x = r * x * (1 - x);
  }
  return dx;
}

describe("the tangent of a loop over numbers", () => {
  it("passes one product and one sum in each step of the logistic map", () => {
    const text = String(makeJaxpr((r: A) => jvp(logistic(100), [r], [1])[1])(3.5));
    const body = /lambda ; a:f64\[\] b:f64\[\] c:f64\[\] d:f64\[\]\. let\n([^}]*)in/.exec(text)![1];
    const last = body.trim().split("\n").slice(-2);
    expect(last[0]).toMatch(/ = mul \w d$/);
    expect(last[1]).toMatch(/ = add \w \w$/);
    expect(body.match(/\bd\b/g)).toHaveLength(1);
  });

  it.each([3.2, 3.5, 3.9])("is the one by hand at r = %d", (r) => {
    const f = jit((x: A) => jvp(logistic(40), [x], [1])[1]);
    const want = logisticTangent(r, 40);
    expect(Math.abs(f(r).item() - want)).toBeLessThan(1e-9 * Math.abs(want));
  });

  it("has derivatives of its own", () => {
    const d = (x: A): A => jvp(logistic(10), [x], [1])[1];
    const h = 1e-5;
    const second = (logisticTangent(3.3 + h, 10) - logisticTangent(3.3 - h, 10)) / (2 * h);
    const by = { forward: jvp(d, [np.array(3.3)], [1])[1].item(), backward: grad(d)(3.3).item() };
    expect(Math.abs(by.forward / second - 1)).toBeLessThan(1e-7);
    expect(Math.abs(by.backward / second - 1)).toBeLessThan(1e-7);
    const rs = [3.1, 3.3, 3.6];
    const lanes = vmap(d)(np.array(rs)).dataSync();
    lanes.forEach((v, i) => expect(Math.abs(v / logisticTangent(rs[i], 10) - 1)).toBeLessThan(1e-9));
  });

  /** A random step from three numbers to three, from operations that are accumulated and some that are not. */
  function randomStep(random: Random): (state: readonly A[]) => A[] {
    const plan = Array.from({ length: random.int(3, 14) }, (_, k) => ({
      op: random.int(0, 7),
      i: random.int(0, k + 2),
      j: random.int(0, k + 2),
    }));
    return (state) => {
      const xs = [...state];
      for (const { op, i, j } of plan) {
        const [x, y] = [xs[i], xs[j]];
        const made = [
          () => x.mul(y),
          () => x.add(y),
          () => x.sub(y),
          () => x.neg(),
          () => x.div(y.mul(y).add(1)),
          () => x.mul(0.5),
          () => np.sin(x),
          () => np.where(x.less(y), x.mul(0.3), y),
        ][op]();
        xs.push(made);
      }
      // Bounded, so that no derivative is large by chance.
      return xs.slice(-3).map((x) => np.divide(x, x.mul(x).add(1)));
    };
  }

  it.each(Array.from({ length: 40 }, (_, k) => k))("is that of the steps one by one: program %d", (k) => {
    const random = new Random(`accumulate ${k}`);
    const step = randomStep(random);
    const three = (): [A, A, A] => {
      const [x, y, z] = [0, 1, 2].map(() => np.array(random.uniform(-1, 1)));
      return [x, y, z];
    };
    const [at, direction] = [three(), three()];
    const steps = 4;
    const loop = (x: A, y: A, z: A): A[] => lax.foriLoop(0, steps, (_: A, s: A[]) => step(s), [x, y, z]);
    const unrolled = (x: A, y: A, z: A): A[] => {
      let state = [x, y, z];
      for (let i = 0; i < steps; i++) state = step(state);
      return state;
    };
    const want = jvp(unrolled, at, direction)[1].map((t) => t.item());
    for (const found of [
      jvp(loop, at, direction)[1],
      jit((...xs: [A, A, A]) => jvp(loop, xs, direction)[1])(...at),
    ])
      found.forEach((t, i) =>
        expect(Math.abs(t.item() - want[i])).toBeLessThan(1e-12 + 1e-10 * Math.abs(want[i])),
      );
  });

  it("is found in time that grows with the step's length, not its square, and without recursion", () => {
    const long = (r: A): A =>
      lax.foriLoop(
        0,
        2,
        (_: A, x: A) => {
          let y = x;
          for (let k = 0; k < 5000; k++) y = k % 2 === 0 ? y.mul(r) : y.add(r);
          return y;
        },
        0.5,
      );
    const [, d] = jvp(long, [np.array(0.5)], [1]);
    let [x, dx] = [0.5, 0];
    for (let k = 0; k < 10000; k++) {
      dx = k % 2 === 0 ? dx * 0.5 + x : dx + 1;
      x = k % 2 === 0 ? x * 0.5 : x + 0.5;
    }
    expect(Math.abs(d.item() / dx - 1)).toBeLessThan(1e-12);
  });
});
