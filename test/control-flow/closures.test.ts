/**
 * @file Arrays that functions close over, in every kind of body, under every transformation: plain functions, customJvp and
 * customVjp whose functions and rules close over them. All must be as if the array had been an argument.
 */
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  checkpoint,
  config,
  customJvp,
  customVjp,
  grad,
  hessian,
  init,
  jit,
  jvp,
  lax,
  linearize,
  numpy as np,
  vjp,
  vmap,
} from "../../src/index.ts";
import { UnexpectedTracerError } from "../../src/base/errors.ts";
import { expectArraysClose } from "../util/arrays.ts";

beforeAll(() => init());

type F = (x: NDArray) => NDArray;

const x = np.array([1.25, -0.5, 2]);
/** What is closed over: one small, one with another dtype, one that is large, one complex. */
const constants = {
  vector: np.array([1.5, -2, 0.25]),
  integers: np.array([3, 1, 2], "int32"),
  row: np.array([[1.5, -2, 0.25]]),
  table: np
    .arange(3000)
    .mul(1 / 1024)
    .reshape([1000, 3]),
  complex: lax.complex(np.array([1, 2, 3]), np.array([0.5, -1, 2])),
} as const;
type Name = keyof typeof constants;

/** Multiplies by what is closed over, as it is given (`c` is read only when the function runs). */
const use =
  (c: NDArray): F =>
  (u) => {
    if (c.dtype === "complex128") return lax.real(c.mul(c).mul(u));
    if (c.ndim === 2) return np.tanh(u.mul(c).sum(0).mul(1e-3)).add(u);
    return u.mul(c);
  };

const functions: Readonly<Record<string, (c: NDArray) => F>> = {
  plain: use,
  customJvp: (c) => {
    const f = customJvp(use(c));
    f.defJvp(([u]: NDArray[], [t]: NDArray[]) => [use(c)(u), jvp(use(c), [u], [t])[1]]);
    return f;
  },
  customVjp: (c) => {
    const f = customVjp(use(c));
    f.defVjp(
      (u: NDArray) => [use(c)(u), u],
      (u: NDArray, g: NDArray) => [vjp(use(c), [u])[1](g)[0]],
    );
    return f;
  },
};

const places: Readonly<Record<string, (f: F) => F>> = {
  call: (f) => f,
  jit: (f) => jit(f),
  checkpoint: (f) => checkpoint(f),
  cond: (f) => (y) => lax.cond(y.sum().greater(0), f, (z: NDArray) => z.neg(), y),
  switch: (f) => (y) => lax.switch(np.array(1, "int32"), [(z: NDArray) => z, f], y),
  scan: (f) => (y) => lax.scan((c: NDArray) => [f(c), c], y, null, 2)[0],
  outputs: (f) => (y) => lax.scan((c: NDArray) => [c.mul(0.5), f(c)], y, null, 3)[1].sum(0),
  foriLoop: (f) => (y) => lax.foriLoop(0, 2, (_i: NDArray, c: NDArray) => f(c), y),
  map: (f) => (y) => lax.map((e: NDArray) => f(y.mul(e)), y).sum(0),
  vmap: (f) => (y) => vmap((e: NDArray) => f(y.mul(e)))(y).sum(0),
  nested: (f) => (y) =>
    lax.scan((c: NDArray) => [lax.cond(c.sum().greater(0), f, (z: NDArray) => z, c), null], y, null, 2)[0],
};

const loss =
  (f: F): F =>
  (y) =>
    np.sin(f(y)).sum();
const lanes = np.stack([x, x.mul(0.5)]);

const transformations: Readonly<Record<string, (f: F) => NDArray>> = {
  value: (f) => f(x),
  grad: (f) => grad(loss(f))(x),
  "jit(grad)": (f) => jit(grad(loss(f)))(x),
  "grad(jit)": (f) => grad(jit(loss(f)))(x),
  "vmap(grad)": (f) => vmap(grad(loss(f)))(lanes),
  "jit(vmap(grad))": (f) => jit(vmap(grad(loss(f))))(lanes),
  vjp: (f) => vjp(f, [x])[1](x)[0],
  vmap: (f) => vmap(f)(lanes),
};
const forward: Readonly<Record<string, (f: F) => NDArray>> = {
  jvp: (f) => jvp(f, [x], [x])[1],
  linearize: (f) => linearize(f, [x])[1](x),
  hessian: (f) => hessian(loss(f))(x),
  "grad(grad)": (f) => grad((y: NDArray) => np.sum(grad(loss(f))(y).mul(y)))(x),
};

for (const backend of ["js", "wasm"] as const) {
  describe(`arrays closed over, ${backend}`, () => {
    const names: readonly Name[] =
      backend === "js" ? (Object.keys(constants) as Name[]) : ["vector", "complex"];
    for (const name of names) {
      for (const [place, inside] of Object.entries(places)) {
        it(`are constants of every body: ${name}, ${place}`, () => {
          config.with({ backend }, () => {
            const c = constants[name];
            for (const [kind, make] of Object.entries(functions)) {
              const cases = kind === "customVjp" ? transformations : { ...transformations, ...forward };
              for (const [what, run] of Object.entries(cases)) {
                // The judge is the plain function outside any body, with loops unrolled.
                const wanted = run(unrolled[place](use(c)));
                expectArraysClose(run(inside(make(c))), wanted, 1e-12, `${kind}, ${what}`);
              }
            }
          });
        });
      }
    }
  });
}

/** What the places compute, without bodies. */
const unrolled: Readonly<Record<string, (f: F) => F>> = {
  call: (f) => f,
  jit: (f) => f,
  checkpoint: (f) => f,
  cond: (f) => f,
  switch: (f) => f,
  scan: (f) => (y) => f(f(y)),
  outputs: (f) => (y) =>
    f(y)
      .add(f(y.mul(0.5)))
      .add(f(y.mul(0.25))),
  foriLoop: (f) => (y) => f(f(y)),
  map: (f) => (y) =>
    f(y.mul(y.slice(0)))
      .add(f(y.mul(y.slice(1))))
      .add(f(y.mul(y.slice(2)))),
  vmap: (f) => (y) =>
    f(y.mul(y.slice(0)))
      .add(f(y.mul(y.slice(1))))
      .add(f(y.mul(y.slice(2)))),
  nested: (f) => (y) => f(f(y)),
};

describe("a rule that closes over a traced value", () => {
  it("is an error that says to pass it as an argument", () => {
    const run = grad((w: NDArray) => {
      const f = customVjp((u: NDArray) => u.mul(2));
      f.defVjp(
        (u: NDArray) => [u.mul(2), null],
        (_: null, g: NDArray) => [g.mul(w)],
      );
      return lax.scan((c: NDArray) => [f(c), null], w, null, 2)[0].sum();
    });
    expect(() => run(x)).toThrow(UnexpectedTracerError);
    expect(() => run(x)).toThrow("pass it as an argument");
  });
});
