/**
 * @file Laws of the transformations on random programs. A failure prints the seed and the smallest program; repeat it with
 * FUZZ_SEED=<seed>, search longer with FUZZ_RUNS=<runs>.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkpoint,
  customJvp,
  customVjp,
  grad,
  hessian,
  jacfwd,
  jacrev,
  jit,
  jvp,
  linearize,
  makeJaxpr,
  vjp,
  vmap,
} from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { checkClosedJaxpr } from "../../src/core/jaxpr/check.ts";
import { jaxprAsFun } from "../../src/core/jaxpr/eval.ts";
import * as lax from "../../src/lax/index.ts";
import { array, describeArray, flat, isClose, value } from "../util/arrays.ts";
import {
  type Program,
  directionsOf,
  draw,
  functionOf,
  inputsOf,
  programs,
  scalarOf,
  total,
} from "./program.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 40);
const seed = Number(process.env.FUZZ_SEED ?? 20250);
type A = NDArray;

function law(name: string, check: (p: Program) => void, withNested = true): void {
  it(name, () => fc.assert(fc.property(programs(withNested), check), { numRuns: runs, seed }));
}

function expectEqual(got: readonly A[], want: readonly A[], tol = 1e-9): void {
  expect(got.map((x) => x.aval.short())).toEqual(want.map((x) => x.aval.short()));
  got.forEach((x, i) => {
    const w = flat(want[i]);
    const scale = w.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
    if (flat(x).some((v, k) => !isClose(v / scale, w[k] / scale, tol)))
      expect(describeArray(x)).toBe(describeArray(want[i]));
  });
}

const dot = (xs: readonly A[], ys: readonly A[]): number =>
  xs.reduce((sum, x, i) => sum + flat(x).reduce((s, v, k) => s + v * flat(ys[i])[k], 0), 0);

function expectNumber(got: number, want: number, tol = 1e-9): void {
  if (!isClose(got, want, tol)) expect(got).toBe(want);
}

/** Two lanes of every input. */
const laneInputs = (p: Program, salt: string): A[] =>
  draw(
    p.inputs.map((s) => [2, ...s]),
    `${salt} ${p.seed}`,
  );
const lane = (xs: readonly A[], k: number): A[] =>
  xs.map((x) => array(x.shape.slice(1), flat(x).slice((k * x.size) / 2, ((k + 1) * x.size) / 2)));
const argnumsOf = (p: Program): number[] => p.inputs.map((_, i) => i);

describe("evaluation", () => {
  law("a program staged and evaluated is the program", (p) => {
    const f = functionOf(p);
    const closed = makeJaxpr(f)(...inputsOf(p));
    checkClosedJaxpr(closed);
    expectEqual(jaxprAsFun(closed)(inputsOf(p)), [f(...inputsOf(p))], 0);
  });
  law("vmap is a loop", (p) => {
    const xs = laneInputs(p, "lanes");
    const out = vmap(functionOf(p))(...xs);
    const want = [0, 1].map((k) => functionOf(p)(...lane(xs, k)));
    expectEqual(
      [0, 1].map((k) => lane([out], k)[0]),
      want,
    );
  });
  law("nested vmap is vmap over the product", (p) => {
    const xs = draw(
      p.inputs.map((s) => [4, ...s]),
      `flat ${p.seed}`,
    );
    const square = xs.map((x) => array([2, 2, ...x.shape.slice(1)], flat(x)));
    const out = vmap(vmap(functionOf(p)))(...square);
    expectEqual([array([4, ...out.shape.slice(2)], flat(out))], [vmap(functionOf(p))(...xs)]);
  });
});

describe("first derivatives", () => {
  law("grad along a direction is jvp", (p) => {
    const f = scalarOf(p);
    const v = directionsOf(p);
    const gradients = grad(f, argnumsOf(p))(...inputsOf(p));
    expectNumber(dot(gradients, v), value(jvp(f, inputsOf(p), v)[1]));
  });
  law("vjp is adjoint to jvp", (p) => {
    const f = functionOf(p);
    const v = directionsOf(p);
    const [out, t] = jvp(f, inputsOf(p), v);
    const [w] = draw([out.shape], `cotangent ${p.seed}`);
    expectNumber(dot([t], [w]), dot(vjp(f, inputsOf(p))[1](w), v));
  });
  law("linearize is jvp", (p) => {
    const f = functionOf(p);
    const v = directionsOf(p);
    expectEqual([linearize(f, inputsOf(p))[1](...v)], [jvp(f, inputsOf(p), v)[1]], 1e-12);
  });
  law("jvp agrees with differences", (p) => {
    const f = functionOf(p);
    const [x, v] = [inputsOf(p), directionsOf(p)];
    const moved = (h: number): number[] =>
      flat(
        f(
          ...x.map((a, i) =>
            array(
              a.shape,
              flat(a).map((e, k) => e + h * flat(v[i])[k]),
            ),
          ),
        ),
      );
    const slope = (h: number): number[] => moved(h).map((e, k) => (e - moved(-h)[k]) / (2 * h));
    const [wide, narrow] = [slope(1e-3), slope(5e-4)];
    const numeric = narrow.map((e, k) => (4 * e - wide[k]) / 3);
    const [, t] = jvp(f, x, v);
    const scale = numeric.reduce((m, e) => Math.max(m, Math.abs(e)), 1);
    flat(t).forEach((e, k) => expectNumber(e / scale, numeric[k] / scale, 1e-6));
  });
  law("jacfwd is jacrev", (p) => {
    const f = functionOf(p);
    expectEqual(jacfwd(f, argnumsOf(p))(...inputsOf(p)), jacrev(f, argnumsOf(p))(...inputsOf(p)));
  });
});

describe("batching and derivatives commute", () => {
  law("jvp of vmap is vmap of jvp", (p) => {
    const f = functionOf(p);
    const [xs, vs] = [laneInputs(p, "lanes"), laneInputs(p, "directions")];
    const outside = jvp(vmap(f), xs, vs)[1];
    const n = xs.length;
    const inside = vmap((...args: A[]) => jvp(f, args.slice(0, n), args.slice(n))[1])(...xs, ...vs);
    expectEqual([outside], [inside]);
  });
  law("vmap of grad is grad lane by lane", (p) => {
    const xs = laneInputs(p, "lanes");
    const got = vmap(grad(scalarOf(p), argnumsOf(p)))(...xs);
    for (const k of [0, 1]) expectEqual(lane(got, k), grad(scalarOf(p), argnumsOf(p))(...lane(xs, k)));
  });
  law("vjp of vmap is vmap of vjp", (p) => {
    const f = functionOf(p);
    const xs = laneInputs(p, "lanes");
    const [out, pull] = vjp(vmap(f), xs);
    const [w] = draw([out.shape], `cotangent ${p.seed}`);
    const inside = vmap((ct: A, ...args: A[]) => vjp(f, args)[1](ct))(w, ...xs);
    expectEqual(pull(w), inside);
  });
});

describe("second derivatives", () => {
  law("grad of a directional grad is jvp of grad", (p) => {
    const f = scalarOf(p);
    const v = directionsOf(p);
    const nums = argnumsOf(p);
    const along = (...xs: A[]): A => jvp(f, xs, v)[1];
    const reverse = grad(along, nums)(...inputsOf(p));
    const forward = jvp((...xs: A[]) => grad(f, nums)(...xs), inputsOf(p), v)[1];
    expectEqual(forward, reverse, 1e-8);
  });
  law("the hessian is symmetric", (p) => {
    const f = (x: A): A => scalarOf({ ...p, inputs: p.inputs.slice(0, 1) })(x);
    const [x] = inputsOf(p);
    const h = flat(hessian(f)(x));
    const n = x.size;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) expectNumber(h[i * n + j], h[j * n + i], 1e-8);
  });
  law("vjp of vjp is adjoint to its jvp", (p) => {
    const f = scalarOf(p);
    const pulled = (...xs: A[]): A[] => vjp(f, xs)[1](1);
    const [u, w] = [directionsOf(p, "u"), directionsOf(p, "w")];
    const [, t] = jvp(pulled, inputsOf(p), u);
    expectNumber(dot(t, w), dot(vjp(pulled, inputsOf(p))[1](w), u), 1e-8);
  });
  law("third derivatives: every succession of modes agrees", (p) => {
    const f = scalarOf(p);
    const [x, u] = [inputsOf(p), directionsOf(p, "u")];
    const forward =
      (g: (...xs: A[]) => A) =>
      (...xs: A[]): A =>
        jvp(g, xs, u)[1];
    const reverse =
      (g: (...xs: A[]) => A) =>
      (...xs: A[]): A =>
        pairing(grad(g, argnumsOf(p))(...xs), u);
    const modes = [forward, reverse];
    const results = modes.flatMap((a) => modes.flatMap((b) => modes.map((c) => value(a(b(c(f)))(...x)))));
    for (const r of results) expectNumber(r, results[0], 1e-7);
  });
});

describe("wrappers change nothing", () => {
  const derivatives = (f: (...xs: A[]) => A, p: Program): A[] => {
    const x = inputsOf(p);
    const v = directionsOf(p);
    return [f(...x), jvp(f, x, v)[1], ...grad(f, argnumsOf(p))(...x)];
  };
  law("checkpoint", (p) => {
    const f = scalarOf(p);
    expectEqual(derivatives(checkpoint(f), p), derivatives(f, p));
    const second =
      (g: typeof f) =>
      (...xs: A[]): A =>
        pairing(grad(g, argnumsOf(p))(...xs), directionsOf(p));
    expectEqual(derivatives(second(checkpoint(f)), p), derivatives(second(f), p), 1e-8);
  });
  law("customJvp with the function's own jvp", (p) => {
    const f = scalarOf(p);
    const wrapped = customJvp(f);
    wrapped.defJvp((xs: A[], ts: A[]) => jvp(f, xs, ts));
    expectEqual(derivatives(wrapped, p), derivatives(f, p));
    expectEqual([vmap(wrapped as typeof f)(...laneInputs(p, "lanes"))], [vmap(f)(...laneInputs(p, "lanes"))]);
  });
  law("customVjp with the function's own vjp", (p) => {
    const f = scalarOf(p);
    const wrapped = customVjp(f);
    wrapped.defVjp(
      (...xs: A[]) => [f(...xs), xs],
      (xs: A[], ct: A) => vjp(f, xs)[1](ct),
    );
    const nums = argnumsOf(p);
    expectEqual(grad(wrapped as typeof f, nums)(...inputsOf(p)), grad(f, nums)(...inputsOf(p)));
    const lanes = laneInputs(p, "lanes");
    expectEqual(vmap(grad(wrapped as typeof f, nums))(...lanes), vmap(grad(f, nums))(...lanes));
  });
  law("jit, inside and outside of derivatives", (p) => {
    const f = scalarOf(p);
    const [x, nums] = [inputsOf(p), argnumsOf(p)];
    expectEqual(derivatives(jit(f), p), derivatives(f, p), 1e-11);
    expectEqual(jit(grad(jit(f), nums))(...x), grad(f, nums)(...x), 1e-11);
    const lanes = laneInputs(p, "lanes");
    expectEqual(
      [vmap(jit(f))(...lanes), jit(vmap(f))(...lanes)],
      [vmap(f)(...lanes), vmap(f)(...lanes)],
      1e-11,
    );
    const second =
      (g: typeof f) =>
      (...xs: A[]): A =>
        pairing(grad(g, nums)(...xs), directionsOf(p));
    expectEqual(derivatives(second(jit(f)), p), derivatives(second(f), p), 1e-8);
  });
  law("staging", (p) => {
    const f = scalarOf(p);
    const staged = (...xs: A[]): A => jaxprAsFun(makeJaxpr(f)(...xs))(xs)[0];
    expectEqual(derivatives(staged, p), derivatives(f, p), 1e-11);
    expectEqual([vmap(staged)(...laneInputs(p, "lanes"))], [vmap(f)(...laneInputs(p, "lanes"))], 1e-11);
  });
});

/** Σ ⟨x, y⟩ as an array, so that it can be differentiated. */
function pairing(xs: readonly A[], ys: readonly A[]): A {
  return xs.map((x, i) => total(lax.mul(x, ys[i]))).reduce((a, b) => lax.add(a, b));
}
