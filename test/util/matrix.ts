/**
 * @file Programs under every transformation, eager, compiled to JavaScript and to WebAssembly, interpreted: each beside the same computation as
 * straight-line host code, whose derivatives are known to be right.
 */
import { beforeAll, describe, it } from "vitest";
import { init } from "../../src/api/compile/init.ts";
import { checkpoint, grad, hessian, jacfwd, jit, jvp, vmap } from "../../src/api/index.ts";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import { add } from "../../src/lax/index.ts";
import { array, expectArraysClose } from "./arrays.ts";

type A = NDArray;
type F = (x: A, w: A) => A;

/** Names, the program, the same as host code; `forward`: no reverse mode. */
export interface Pair {
  readonly name: string;
  readonly program: F;
  readonly plain: F;
  readonly forward?: boolean;
  /** Relative tolerance, 1e-12 by default. */
  readonly tol?: number;
}

const wrappings: readonly { readonly name: string; readonly reverse: boolean; readonly of: (f: F) => F }[] = [
  { name: "value", reverse: false, of: (f) => f },
  {
    name: "jvp",
    reverse: false,
    of: (f) => (x, w) => jvp(f, [x, w], [array([], [0.3]), array([], [-0.7])])[1],
  },
  {
    name: "jacfwd of jacfwd",
    reverse: false,
    of: (f) => (x, w) => jacfwd((a: A) => jacfwd((b: A) => f(b, w))(a))(x),
  },
  { name: "grad", reverse: true, of: (f) => (x, w) => add(...grad(f, [0, 1])(x, w)) },
  {
    name: "jvp of grad",
    reverse: true,
    of: (f) => (x, w) => jvp((a: A) => grad(f, 1)(a, w), [x], [array([], [1])])[1],
  },
  { name: "grad of grad", reverse: true, of: (f) => (x, w) => grad((a: A) => grad(f)(a, w))(x) },
  { name: "hessian", reverse: true, of: (f) => (x, w) => hessian((a: A) => f(x, a))(w) },
  { name: "grad of checkpoint", reverse: true, of: (f) => (x, w) => grad(checkpoint(f), 1)(x, w) },
];

/** As it is, over lanes of one argument, of both. */
const lanes: readonly { readonly name: string; readonly run: (f: F) => A }[] = [
  { name: "alone", run: (f) => f(array([], [0.6]), array([], [1.2])) },
  {
    name: "vmap of the first",
    run: (f) => vmap(f, [0, null])(array([3], [0.1, 0.4, 0.8]), array([], [1.2])),
  },
  { name: "vmap of both", run: (f) => vmap(f)(array([3], [0.1, 0.4, 0.8]), array([3], [1.2, 0.9, -0.5])) },
];

const modes: readonly {
  readonly name: string;
  readonly run: (f: () => A) => A;
  readonly compile: boolean;
}[] = [
  { name: "eager", run: (f) => f(), compile: false },
  { name: "jit", run: (f) => config.with({ backend: "js" }, f), compile: true },
  { name: "jit wasm", run: (f) => config.with({ backend: "wasm" }, f), compile: true },
  { name: "interpreter", run: (f) => config.with({ jitless: true }, f), compile: true },
];

/** A test for each program, wrapping and way to vectorise it. */
export function describePairs(pairs: readonly Pair[]): void {
  beforeAll(() => init());
  for (const p of pairs) {
    describe(p.name, () => {
      for (const w of wrappings.filter((v) => !v.reverse || p.forward !== true)) {
        for (const l of lanes) {
          it(`${w.name}, ${l.name}`, () => {
            const wanted = l.run(w.of(p.plain));
            for (const m of modes) {
              const f = w.of(p.program);
              expectArraysClose(
                m.run(() => l.run(m.compile ? jit(f) : f)),
                wanted,
                p.tol ?? 1e-12,
              );
            }
          });
        }
      }
    });
  }
}
