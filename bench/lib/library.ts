/**
 * @file The library as it ships: built by `npm run build`, not through the loader that runs these files (which wraps
 * every closure in a call that keeps its name, and would be measured too). Its WebAssembly backend is loaded, if it has one.
 */
import type * as Source from "../../src/index.ts";

type Library = typeof Source & { readonly init?: () => Promise<unknown> };

const built = new URL("../../dist/index.js", import.meta.url).href;

export const adjoint = (await import(built)) as Library;
await adjoint.init?.();

type Jit = typeof Source.jit;

/** `jit` with a given backend. */
export function jitWith(backend: string): Jit {
  const compile = (f: Parameters<Jit>[0], options: object = {}): unknown =>
    adjoint.jit(f, { ...options, backend } as Parameters<Jit>[1]);
  return compile as Jit;
}

/** Whether the library knows a backend. */
function has(backend: string): boolean {
  try {
    jitWith(backend)((x: Source.Array) => x)(1);
    return true;
  } catch {
    return false;
  }
}

/** The backends that can be asked for by name, with their `jit`: only the default one, if there is no choice. */
export function backends(): readonly (readonly [name: string, jit: Jit])[] {
  return has("auto")
    ? ["js", "wasm"].filter(has).map((b) => [b, jitWith(b)] as const)
    : [["js", adjoint.jit]];
}

/** The backend of all measurements that do not compare backends: `npm run bench -- --backend=js`. */
export const chosenBackend = process.argv.find((a) => a.startsWith("--backend="))?.slice(10);

export const jit: Jit = chosenBackend === undefined ? adjoint.jit : jitWith(chosenBackend);
