/** @file What `jit` makes of the functions of a program: recorded at their first call, and shown when it has run. */
import { type Array as NDArray, jit } from "adjoint";
import type { Program } from "./protocol.ts";

export type AnyFunction = (...args: NDArray[]) => unknown;
type Compiled = ReturnType<typeof jit<NDArray[], unknown>>;
type Options = Parameters<typeof jit>[1];

/** No page shows more. */
const most = 12;

function programOf(f: Compiled, args: readonly unknown[], name: string): Program {
  const { jaxpr, simplified, loops, source, wasm } = f.lower(...(args as NDArray[])).compile();
  return { name, jaxpr, simplified, loops, source, wasm };
}

const isCompiled = (f: AnyFunction | Compiled): f is Compiled => "lower" in f;
const nameOf = (f: AnyFunction, given?: string): string => given ?? (f.name === "" ? "f" : f.name);

/** The program of a function for arguments like these. */
export function inspected(f: AnyFunction | Compiled, args: readonly unknown[]): Program {
  return programOf(isCompiled(f) ? f : jit(f), args, nameOf(f));
}

/** A `jit` that remembers what it compiled. */
export function recordingJit(show: (program: Program) => void): {
  readonly jit: (f: AnyFunction, options?: Options) => Compiled;
  readonly report: () => void;
} {
  const calls: { readonly f: Compiled; readonly args: readonly unknown[]; readonly name: string }[] = [];
  return {
    jit: (f, options) => {
      const compiled = jit(f, options);
      let seen = false;
      return new Proxy(compiled, {
        apply(_, self, args: NDArray[]) {
          if (!seen && calls.length < most) calls.push({ f: compiled, args, name: nameOf(f, options?.name) });
          seen = true;
          return Reflect.apply(compiled, self, args);
        },
      });
    },
    report: () => {
      for (const { f, args, name } of calls) {
        try {
          show(programOf(f, args, name));
        } catch {
          // it was called with tracers, which are gone: the program around it shows it
        }
      }
    },
  };
}
