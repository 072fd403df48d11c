/**
 * @file The derivative checks of a golden vector: each key that is present (jvp, vjp, grad, hessian, jacfwd, jacrev,
 * hvp, third, jet) differentiates the same function at the same arguments with the public transformation.
 */
import * as library from "./library.ts";
import type { Arr } from "./library.ts";
import { compare } from "./compare.ts";
import type { Tolerance } from "./compare.ts";
import { decode, isObject } from "./codec.ts";
import type { Json } from "./codec.ts";
import type { Vector } from "./vectors.ts";

/** The function of a vector, with everything decoded. */
export interface Subject {
  readonly f: (...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
}

type Fn = (...args: unknown[]) => unknown;

/** What an execution mode does with a function before it is used. */
export type Wrap = (f: Fn) => Fn;

/** `f` as a function of some of its arguments. */
export function restrict({ f, args }: Subject, argnums: readonly number[]): Fn {
  return (...xs) => {
    const all = [...args];
    argnums.forEach((n, i) => (all[n] = xs[i]));
    return f(...all);
  };
}

const pick = (args: readonly unknown[], argnums: readonly number[]): unknown[] => argnums.map((n) => args[n]);

/** Keeps the outputs that have derivatives: those whose cotangent (tangent) in the vector is not null. */
function differentiable(f: Fn, marks: Json): Fn {
  if (!Array.isArray(marks) || !(marks as Json[]).includes(null)) return f;
  return (...xs) => (f(...xs) as unknown[]).filter((_, i) => marks[i] !== null);
}

const dropNull = (x: Json): Json => (Array.isArray(x) ? (x as Json[]).filter((v) => v !== null) : x);

type Check = (v: Vector, s: Subject, wrap: Wrap, tolerance: Tolerance) => void;

const checkJvp: Check = (v, s, wrap, tolerance) => {
  const { argnums, tangents, out } = v.jvp!;
  const f = differentiable(wrap(restrict(s, argnums)), out);
  const [, tangent] = library.jvp<[unknown, unknown]>(f, pick(s.args, argnums), tangents.map(decode));
  compare(tangent, dropNull(out), tolerance, "jvp");
};

const checkVjp: Check = (v, s, wrap, tolerance) => {
  const { argnums, cotangent, grads } = v.vjp!;
  const f = differentiable(wrap(restrict(s, argnums)), cotangent);
  const [, pullback] = library.vjp<[unknown, Fn]>(f, pick(s.args, argnums));
  compare(pullback(decode(dropNull(cotangent))), grads, tolerance, "vjp");
};

const checkGrad: Check = (v, s, wrap, tolerance) => {
  const { argnums, out } = v.grad!;
  const f = wrap(restrict(s, argnums));
  const g = library.grad<Fn>(f, { argnums: argnums.map((_, i) => i) });
  compare(g(...pick(s.args, argnums)), out, tolerance, "grad");
};

/** A derivative with respect to one argument, by a transformation that takes the function alone. */
const checkOne =
  (key: "hessian" | "jacfwd" | "jacrev" | "third", transform: (f: Fn) => Fn): Check =>
  (v, s, wrap, tolerance) => {
    const { argnum, out } = v[key]!;
    compare(transform(wrap(restrict(s, [argnum])))(s.args[argnum]), out, tolerance, key);
  };

const grad = (f: Fn): Fn => library.grad<Fn>(f);

const checkHvp: Check = (v, s, wrap, tolerance) => {
  const { argnum, v: direction, out } = v.hvp!;
  const got = library.hvp<unknown>(wrap(restrict(s, [argnum])), [s.args[argnum]], [decode(direction)]);
  compare(Array.isArray(got) && got.length === 1 ? (got as unknown[])[0] : got, out, tolerance, "hvp");
};

const checkJet: Check = (v, s, wrap, tolerance) => {
  const { series_in: series, series_out: out } = v.jet!;
  const argnums = series.map((_, i) => i);
  const f = wrap(restrict(s, argnums));
  const [, terms] = library.jet<[Arr, Arr[]]>(f, pick(s.args, argnums), series.map(decode));
  compare(terms, out, tolerance, "jet");
};

/** The derivative keys of vectors and their checks. */
export const derivativeChecks = {
  jvp: checkJvp,
  vjp: checkVjp,
  grad: checkGrad,
  hessian: checkOne("hessian", (f) => library.hessian<Fn>(f)),
  jacfwd: checkOne("jacfwd", (f) => library.jacfwd<Fn>(f)),
  jacrev: checkOne("jacrev", (f) => library.jacrev<Fn>(f)),
  third: checkOne("third", (f) => grad(grad(grad(f)))),
  hvp: checkHvp,
  jet: checkJet,
} as const satisfies Partial<Record<keyof Vector, Check>>;

export type DerivativeKey = keyof typeof derivativeChecks;

/** Whether a decoded argument holds an array or a key somewhere: what a compiled function takes as a parameter. */
export function holdsArray(x: unknown): boolean {
  if (Array.isArray(x)) return x.some(holdsArray);
  if (!isObject(x)) return false;
  if ("dtype" in x && "shape" in x) return true;
  return Object.getPrototypeOf(x) === Object.prototype ? Object.values(x).some(holdsArray) : false;
}
