/**
 * @file Checks for users' own derivative rules: `checkGrads` compares forward and reverse mode, to the order asked for,
 * with numerical derivatives along random directions. Exported as `adjoint/testing`.
 *
 * Numerical derivatives are central differences at two step widths, extrapolated (Richardson): their error is of fourth
 * order in the step. One random direction per check suffices, since a wrong derivative is wrong along almost all.
 */
import { uniformNumbers } from "./base/uniform.ts";
import { checkFunction, checkListOf, refuseMore, show } from "./base/checks.ts";
import "./wiring.ts";
import { ConcreteArray, type NDArray, encodeData } from "./core/array.ts";
import { type ShapedArray, sameType } from "./core/aval.ts";
import { Key } from "./random/key.ts";
import { type DType, isComplex, isFloat } from "./dtypes/dtype.ts";
import { type TreeDef, treeUnflatten } from "./core/tree.ts";
import { AdjointError, ArgumentError, checkOptions } from "./base/errors.ts";
import { jvp, vjp } from "./api/index.ts";
import { type AnyFunction, callWith, flattenArgs, flattenArrays } from "./api/flatten.ts";
import { castValue } from "./loops/ir/values.ts";

/** A derivative that does not agree with the numerical one. */
export class GradientMismatchError extends AdjointError {
  constructor(detail: string) {
    super("gradient-mismatch", detail);
  }
}

/** Options of `checkGrads`. */
export interface CheckGradsOptions {
  /** Derivatives up to which order are checked: 2 by default. */
  readonly order?: number | undefined;
  /** Which modes: both by default. Above the first order, every succession of them. */
  readonly modes?: readonly ("fwd" | "rev")[] | undefined;
  /** Relative tolerance; by default that of the narrowest dtype among the arguments. */
  readonly rtol?: number | undefined;
  /** Absolute tolerance; by default as `rtol`. */
  readonly atol?: number | undefined;
  /** Step width of the differences, times the scale of the arguments (about 1); by default from the dtype. */
  readonly step?: number | undefined;
  /** Seed of the random directions. */
  readonly seed?: number | undefined;
}

const steps: { readonly [D in DType]?: number } = { float32: 0.03, float16: 0.2, bfloat16: 0.4 };
const tolerances: { readonly [D in DType]?: number } = { float32: 2e-3, float16: 5e-2, bfloat16: 0.3 };

interface Settings {
  readonly modes: readonly ("fwd" | "rev")[];
  readonly rtol: number;
  readonly atol: number;
  readonly step: number;
  readonly random: () => number;
}

/** Flat arrays to flat arrays: what is checked. */
type Flat = (xs: readonly NDArray[]) => NDArray[];

/** An array with the given values rounded to its dtype. */
function fromValues(aval: ShapedArray, values: readonly number[]): NDArray {
  const rounded = values.map((v) => castValue(v, "float64", aval.dtype));
  return new ConcreteArray(aval.strong, aval.ndim === 0 ? rounded[0] : encodeData(aval.dtype, rounded));
}

const valuesOf = (x: NDArray): number[] => Array.from(x.dataSync());

function directionLike(xs: readonly NDArray[], random: () => number): NDArray[] {
  return xs.map((x) =>
    fromValues(
      x.aval,
      valuesOf(x).map(() => (random() < 0.5 ? -1 : 1) * (0.3 + 0.7 * random())),
    ),
  );
}

function moved(xs: readonly NDArray[], direction: readonly NDArray[], h: number): NDArray[] {
  return xs.map((x, i) => {
    const v = valuesOf(direction[i]);
    return fromValues(
      x.aval,
      valuesOf(x).map((value, k) => value + h * v[k]),
    );
  });
}

/** The derivative of every output element along `direction`, by differences, flat; NaN-free only where `f` is smooth. */
function numericalJvp(
  f: Flat,
  xs: readonly NDArray[],
  direction: readonly NDArray[],
  step: number,
): number[][] {
  const slope = (h: number): number[][] => {
    const ahead = f(moved(xs, direction, h)).map(valuesOf);
    const behind = f(moved(xs, direction, -h)).map(valuesOf);
    return ahead.map((a, i) => a.map((value, k) => (value - behind[i][k]) / (2 * h)));
  };
  const [wide, narrow] = [slope(step), slope(step / 2)];
  return narrow.map((n, i) => n.map((value, k) => (4 * value - wide[i][k]) / 3));
}

function close(got: number, want: number, scale: number, s: Settings): boolean {
  return Object.is(got, want) || Math.abs(got - want) <= s.atol + s.rtol * Math.max(Math.abs(want), scale);
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + (x === 0 || b[i] === 0 ? 0 : x * b[i]), 0);

const largest = (a: readonly number[]): number => a.reduce((m, x) => Math.max(m, Math.abs(x)), 0);

function checkForward(f: Flat, xs: readonly NDArray[], what: string, s: Settings): NDArray[] {
  const direction = directionLike(xs, s.random);
  const [, tangents] = jvp((...args: NDArray[]) => f(args), [...xs], [...direction]);
  const expected = numericalJvp(f, xs, direction, s.step);
  tangents.forEach((t, i) => {
    const values = valuesOf(t);
    const scale = largest(expected[i]);
    values.forEach((value, k) => {
      if (close(value, expected[i][k], scale, s)) return;
      throw new GradientMismatchError(
        `${what}, forward: output ${i}, element ${k} (row-major): the derivative along a random direction is ${value}, ` +
          `numerically ${expected[i][k]}.`,
      );
    });
  });
  return direction;
}

function checkReverse(f: Flat, xs: readonly NDArray[], what: string, s: Settings): NDArray[] {
  const direction = directionLike(xs, s.random);
  const [outs, pull] = vjp((...args: NDArray[]) => f(args), [...xs]);
  const weights = directionLike(outs, s.random);
  const cotangents = pull(weights);
  const expected = numericalJvp(f, xs, direction, s.step);
  const right = expected.map((t, i) => dot(t, valuesOf(weights[i])));
  const left = cotangents.map((ct, i) => dot(valuesOf(ct), valuesOf(direction[i])));
  const [got, want] = [left.reduce((a, b) => a + b, 0), right.reduce((a, b) => a + b, 0)];
  if (!close(got, want, Math.max(largest(left), largest(right)), s)) {
    throw new GradientMismatchError(
      `${what}, reverse: ⟨pulled-back cotangent, direction⟩ is ${got}, numerically ${want}.`,
    );
  }
  return weights;
}

function checkOrder(f: Flat, xs: readonly NDArray[], order: number, what: string, s: Settings): void {
  if (order === 0) return;
  if (s.modes.includes("fwd")) {
    const direction = checkForward(f, xs, what, s);
    const pushed: Flat = (args) => jvp((...a: NDArray[]) => f(a), [...args], [...direction])[1];
    if (order > 1) checkOrder(pushed, xs, order - 1, `jvp of ${what}`, s);
  }
  if (s.modes.includes("rev")) {
    const weights = checkReverse(f, xs, what, s);
    const pulled: Flat = (args) => vjp((...a: NDArray[]) => f(a), [...args])[1](weights);
    if (order > 1) checkOrder(pulled, xs, order - 1, `vjp of ${what}`, s);
  }
}

/** The function on the floating-point leaves of its arguments and results alone. */
function onFloats(f: AnyFunction, arrays: readonly NDArray[], defs: readonly TreeDef[]): Flat {
  const active = arrays.map((x) => isFloat(x.dtype));
  return (xs) => {
    let at = 0;
    const all = arrays.map((x, i) => (active[i] ? xs[at++] : x));
    let from = 0;
    const args = defs.map((def) => {
      const leaves = all.slice(from, from + def.numLeaves);
      from += def.numLeaves;
      return treeUnflatten(def, leaves);
    });
    const [outs] = flattenArrays(callWith(f, args), "checkGrads: the result");
    return outs.filter((o) => isFloat(o.dtype));
  };
}

/**
 * Compares the derivatives of a function at `args` (a list; arrays, numbers and trees of them) with numerical ones:
 * forward and reverse mode and, to second order by default, each mode over each. Integer arguments and results are left
 * out. The function must be smooth near `args`, which should be of magnitude about 1.
 *
 * @throws GradientMismatchError naming the succession of modes, the output and both numbers
 * @throws ArgumentError if an argument is complex, or an option is unknown or out of range
 * @see jax.test_util.check_grads
 * @example
 * checkGrads((x: Array, y: Array) => lax.mul(lax.sin(x), y), [0.5, 2]);
 */
export function checkGrads<A extends unknown[]>(
  f: (...args: A) => unknown,
  args: readonly unknown[],
  options?: CheckGradsOptions,
  ...more: []
): void {
  refuseMore("checkGrads", 3, more);
  checkFunction("checkGrads", "the first argument", f);
  checkListOf("checkGrads", "the arguments", args);
  checkOptions("checkGrads", options, ["order", "modes", "rtol", "atol", "step", "seed"]);
  const order = options?.order ?? 2;
  if (!Number.isInteger(order) || order < 1)
    throw new ArgumentError(`checkGrads: order must be a whole number from 1 on; got ${show(order)}.`);
  const { arrays, defs } = flattenArgs(args, "checkGrads");
  if (arrays.some((x) => isComplex(x.dtype)))
    throw new ArgumentError(
      "checkGrads: complex arguments are not supported; pass real and imaginary parts.",
    );
  const floats = arrays.filter((x) => isFloat(x.dtype));
  if (floats.length === 0)
    throw new ArgumentError(
      `checkGrads: no argument is floating-point; got ${arrays.map((x) => x.aval.short()).join(", ")}.`,
    );
  const narrowest = (table: { readonly [D in DType]?: number }, otherwise: number): number =>
    Math.max(...floats.map((x) => table[x.dtype] ?? otherwise));
  const rtol = options?.rtol ?? narrowest(tolerances, 1e-7);
  checkOrder(onFloats(f, arrays, defs), floats, order, "the function", {
    modes: options?.modes ?? ["fwd", "rev"],
    rtol,
    atol: options?.atol ?? rtol,
    step: options?.step ?? narrowest(steps, 1e-3),
    random: uniformNumbers(options?.seed ?? 0),
  });
}

/**
 * Custom equality testers for vitest and jest, by which `toEqual`, `toStrictEqual` and their kind compare arrays: equal
 * dtypes, shapes and elements, NaN equal to NaN. Put it into the setup file of your tests:
 * `expect.addEqualityTesters(equalityTesters)`. (Node's `assert` and chai compare arrays rightly without it; `toEqual` of
 * vitest and jest would go through the elements of an array as of any iterable, and throw at the last ones.)
 * @example
 * equalityTesters[0](np.array([1, 2]), np.array([1, 3])); // false
 */
export const equalityTesters: [(a: unknown, b: unknown) => boolean | undefined] = [
  (a, b) => {
    if (a instanceof Key && b instanceof Key) return areSame(a.data, b.data);
    return a instanceof ConcreteArray || b instanceof ConcreteArray ? areSame(a, b) : undefined;
  },
];

function areSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!(a instanceof ConcreteArray && b instanceof ConcreteArray)) return false;
  if (!sameType(a.aval, b.aval) || a.disposed || b.disposed) return false;
  const [x, y] = [a.dataSync(), b.dataSync()];
  return x.every((v, i) => v === y[i] || (v !== v && y[i] !== y[i]));
}
