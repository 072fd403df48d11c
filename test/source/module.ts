/** @file Written modules, run: their types taken away, with the library of these tests in place of the package. */
import { compileFunction } from "node:vm";
import { transformSync } from "esbuild";
import { expect } from "vitest";
import { sameArray } from "../../src/source/constants.ts";
import * as adjoint from "../../src/index.ts";
import * as source from "../../src/source/index.ts";
import { treeFlatten } from "../../src/core/tree.ts";
import type { NDArray } from "../../src/core/array.ts";
import { evalJaxpr } from "../../src/core/jaxpr/eval.ts";
import { asArray } from "../../src/lax/operands/convert.ts";

const modules: Readonly<Record<string, unknown>> = { adjoint, "adjoint/source": source };

/** All exports of a module with this text. */
export function load(text: string): Record<string, unknown> {
  const { code } = transformSync(text, { loader: "ts", format: "cjs", target: "es2022" });
  const module = { exports: {} as Record<string, unknown> };
  const run = compileFunction(code, ["require", "module", "exports"]) as (...args: unknown[]) => void;
  run((name: string) => modules[name], module, module.exports);
  return module.exports;
}

export type Fn = (...args: never[]) => unknown;

/** The default export of a module. */
export const defaultOf = (text: string): Fn => load(text).default as Fn;

const call = (f: Fn, args: readonly unknown[]): unknown =>
  (f as (...args: readonly unknown[]) => unknown)(...args);

/** The arrays of two results are the same: structure, types and bits. */
export function expectSameTree(got: unknown, want: unknown, what: string): void {
  const [a, defA] = treeFlatten(got);
  const [b, defB] = treeFlatten(want);
  expect(defA.toString(), what).toBe(defB.toString());
  b.forEach((x, i) => {
    const array = adjoint.numpy.asarray(x as NDArray);
    const other = a[i] as NDArray;
    if (!sameArray(other, array) && other.dtype === array.dtype && other.shape.join() === array.shape.join())
      expect(String(other), what).toBe(String(array));
    expect(String(other.aval), what).toBe(String(array.aval));
    expect(other.weakType === array.weakType, `${what}: weak types`).toBe(true);
    expect(sameArray(other, array), `${what}: bits of ${String(other)} and ${String(array)}`).toBe(true);
  });
}

/** Numbers as the arrays that transformations make of them. */
const entered = (args: readonly unknown[]): unknown[] =>
  args.map((x) => adjoint.treeUtil.treeMap((leaf: unknown) => asArray(leaf as NDArray, "test"), x));

/** The program that tracing gives, evaluated operation by operation. */
function evaluated(f: Fn, args: readonly unknown[]): readonly NDArray[] {
  const closed = call(adjoint.makeJaxpr(f as never), args) as adjoint.ClosedJaxpr;
  const [leaves] = treeFlatten(entered(args));
  return evalJaxpr(closed.jaxpr, closed.consts, leaves as NDArray[]);
}

/**
 * The written module computes what the function does, eagerly and compiled. Gives its text.
 * @param compare with what: the function; the program that tracing gives (forward mode on concrete values computes values and
 * tangents of loops in one); or, what would take long operation by operation, the compiled function alone.
 */
function check(f: Fn, args: readonly unknown[], compare: "function" | "program" | "compiled"): string {
  const text = call(source.toSource, [f, ...args]) as string;
  try {
    const written = defaultOf(text);
    if (compare === "function") expectSameTree(call(written, args), call(f, entered(args)), "eager");
    if (compare === "program")
      expectSameTree(treeFlatten(call(written, args))[0], evaluated(f, args), "eager");
    const [a, b] = [adjoint.jit(written as never), adjoint.jit(f as never)] as unknown as Fn[];
    expectSameTree(call(a, args), call(b, args), "jit");
  } catch (error) {
    if (error instanceof Error) error.message += `\n${text}`;
    throw error;
  }
  return text;
}

export const roundTrip = (f: Fn, ...args: readonly unknown[]): string => check(f, args, "function");
export const roundTripOfProgram = (f: Fn, ...args: readonly unknown[]): string => check(f, args, "program");
export const roundTripCompiled = (f: Fn, ...args: readonly unknown[]): string => check(f, args, "compiled");
