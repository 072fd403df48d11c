/** @file The library as it ships: built by `npm run build`. Its WebAssembly backend is loaded. */
import type * as Source from "../../src/index.ts";

const built = new URL("../../dist/index.js", import.meta.url).href;

export const adjoint = (await import(built)) as typeof Source;
await adjoint.init({ threads: 1 });

type Jit = typeof Source.jit;

export type Backend = NonNullable<NonNullable<Parameters<Jit>[1]>["backend"]>;

/** `jit` with a given backend. */
function jitWith(backend: Backend): Jit {
  const compile = (f: Parameters<Jit>[0], options: object = {}): unknown =>
    adjoint.jit(f, { ...options, backend });
  return compile as Jit;
}

export const backends: readonly (readonly [name: Backend, jit: Jit])[] = (["js", "wasm"] as const).map(
  (b) => [b, jitWith(b)],
);

/** The backend of all measurements that do not compare backends: `npm run bench -- --backend=js`. */
export const chosenBackend = process.argv.find((a) => a.startsWith("--backend="))?.slice(10) as
  Backend | undefined;

export const jit: Jit = chosenBackend === undefined ? adjoint.jit : jitWith(chosenBackend);
