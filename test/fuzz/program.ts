/**
 * @file Random smooth programs for property tests: a list of steps over earlier values, and its interpreter.
 *
 * Every list of steps is a program (operands are taken modulo what there is, shapes are made to fit), so that fast-check
 * can shrink freely. Values stay of magnitude about 1.
 */
import fc from "fast-check";
import { checkpoint, customJvp, grad, jit, jvp, linearize, stopGradient, vmap } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { array, sizeOf } from "../util/make-arrays.ts";
import { Random } from "../util/random.ts";

const unary = {
  sin: lax.sin,
  cos: lax.cos,
  tanh: lax.tanh,
  atan: lax.atan,
  logistic: lax.logistic,
  neg: lax.neg,
  erf: lax.erf,
  gaussian: (x) => lax.exp(lax.neg(lax.square(x))),
  softplus: (x) => lax.log1p(lax.exp(x)),
  root: (x) => lax.sqrt(lax.add(lax.square(x), 1)),
  cube: (x) => lax.mul(0.2, lax.integerPow(lax.tanh(x), 3)),
  half: (x) => lax.mul(x, 0.5),
  unit: (x) => lax.div(x, lax.add(1, lax.square(x))),
} satisfies Readonly<Record<string, (x: NDArray) => NDArray>>;

const binary = {
  add: (x, y) => lax.mul(0.6, lax.add(x, y)),
  sub: lax.sub,
  mul: lax.mul,
  atan2: (x, y) => lax.atan2(x, lax.add(1.5, lax.square(y))),
  div: (x, y) => lax.div(x, lax.add(1.2, lax.square(y))),
  pow: (x, y) => lax.pow(lax.add(1.1, lax.square(x)), lax.tanh(y)),
  select: (x, y) => lax.select(lax.gt(stopGradient(x), 0), x, y),
} satisfies Readonly<Record<string, (x: NDArray, y: NDArray) => NDArray>>;

const all = (x: NDArray): number[] => x.shape.map((_, i) => i);
export const total = (x: NDArray): NDArray => lax.reduceSum(x, all(x));

/** What changes shapes, with a number to choose by. Operands of rank 0 stay. */
const shaping = {
  sumAxis: (x, k) => (x.ndim === 0 ? x : lax.mul(0.5, lax.reduceSum(x, [k % x.ndim]))),
  prodAxis: (x, k) => (x.ndim === 0 ? x : lax.reduceProd(lax.tanh(x), [k % x.ndim])),
  newAxis: (x, k) => {
    if (x.ndim >= 3 || x.size > 12) return x;
    const at = k % (x.ndim + 1);
    const shape = [...x.shape.slice(0, at), 2, ...x.shape.slice(at)];
    return lax.broadcastInDim(
      x,
      shape,
      shape.map((_, i) => i).filter((i) => i !== at),
    );
  },
  transpose: (x) => lax.transpose(x, all(x).reverse()),
  flatten: (x) => lax.reshape(x, [x.size]),
  rev: (x, k) => (x.ndim === 0 ? x : lax.rev(x, [k % x.ndim])),
  tail: (x, k) => (x.ndim === 0 || x.shape[k % x.ndim] < 2 ? x : lax.sliceInDim(x, 1, null, 1, k % x.ndim)),
  padded: (x, k) =>
    x.ndim === 0 || x.size > 12
      ? x
      : lax.pad(
          x,
          0.3,
          x.shape.map((_, i) => (i === k % x.ndim ? [1, 0, 0] : [0, 0, 0])),
        ),
  doubled: (x, k) => (x.ndim === 0 || x.size > 12 ? x : lax.concatenate([x, lax.sin(x)], k % x.ndim)),
  cumsum: (x, k) => (x.ndim === 0 ? x : lax.mul(0.5, lax.cumsum(x, k % x.ndim, k % 2 === 1))),
  cumprod: (x, k) => (x.ndim === 0 ? x : lax.cumprod(lax.tanh(x), k % x.ndim)),
  picked: (x, k) => {
    if (x.ndim === 0 || x.shape[0] === 0) return x;
    const rows = array(
      [3, 1],
      [0, k, k + 1].map((i) => i % x.shape[0]),
      "int32",
    );
    const numbers = { offsetDims: all(x).slice(1), collapsedSliceDims: [0], startIndexMap: [0] };
    return lax.gather(x, rows, numbers, [1, ...x.shape.slice(1)]);
  },
  moved: (x, k) => {
    if (x.ndim === 0 || x.shape[0] < 2) return x;
    const row = lax.sliceInDim(x, 0, 1, 1, 0);
    return lax.dynamicUpdateSliceInDim(x, lax.sin(row), array([], [k % x.shape[0]], "int32"), 0);
  },
  gram: (x) =>
    x.ndim === 0
      ? x
      : lax.mul(
          0.3,
          lax.dotGeneral(x, lax.sin(x), [
            [[x.ndim - 1], [x.ndim - 1]],
            [[], []],
          ]),
        ),
} satisfies Readonly<Record<string, (x: NDArray, k: number) => NDArray>>;

const markedSine = customJvp((x: NDArray) => lax.sin(x));
markedSine.defJvp(([x]: [NDArray], [t]: [NDArray]) => [markedSine(x), lax.mul(t, lax.cos(x))]);

/** Transformations inside programs, of functions that close over a second value. */
const nested = {
  checkpointed: (x, y) => checkpoint((a: NDArray) => lax.mul(lax.sin(a), first0(y)))(x),
  compiled: (x, y) => jit((a: NDArray) => lax.mul(lax.sin(a), first0(y)))(x),
  custom: (x) => markedSine(x),
  gradient: (x, y) => grad((a: NDArray) => total(lax.mul(lax.sin(a), first0(y))))(x),
  tangent: (x, y) => jvp((a: NDArray) => lax.mul(lax.tanh(a), first0(y)), [x], [lax.cos(x)])[1],
  linearized: (x) => linearize((a: NDArray) => lax.sin(lax.mul(a, a)), [x])[1](lax.mul(x, 0.5)),
  lanes: (x, y) =>
    x.ndim === 0
      ? lax.sin(x)
      : vmap((a: NDArray) => lax.mul(lax.sin(a), lax.mul(0.3, lax.add(total(a), first0(y)))))(x),
  centred: (x) =>
    x.ndim === 0 ? x : vmap((a: NDArray) => lax.sub(a, lax.pmean(a, "lane")), 0, { axisName: "lane" })(x),
} satisfies Readonly<Record<string, (x: NDArray, y: NDArray) => NDArray>>;

/** A bounded scalar made of a value. */
const first0 = (y: NDArray): NDArray => lax.tanh(total(y));

type Name<T> = keyof T & string;

export type Step =
  | { readonly kind: "unary"; readonly op: Name<typeof unary>; readonly a: number }
  | { readonly kind: "binary"; readonly op: Name<typeof binary>; readonly a: number; readonly b: number }
  | { readonly kind: "shaping"; readonly op: Name<typeof shaping>; readonly a: number; readonly k: number }
  | { readonly kind: "nested"; readonly op: Name<typeof nested>; readonly a: number; readonly b: number };

export interface Program {
  /** Shapes of the inputs. */
  readonly inputs: readonly (readonly number[])[];
  readonly steps: readonly Step[];
  /** What has more elements is left out. */
  readonly largest: number;
  /** For the values of inputs and directions. */
  readonly seed: number;
}

const keys = <T extends object>(table: T): Name<T>[] => Object.keys(table) as Name<T>[];
const which = fc.nat({ max: 9 });

const steps = (withNested: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("unary" as const),
        op: fc.constantFrom(...keys(unary)),
        a: which,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("binary" as const),
        op: fc.constantFrom(...keys(binary)),
        a: which,
        b: which,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("shaping" as const),
        op: fc.constantFrom(...keys(shaping)),
        a: which,
        k: fc.nat({ max: 5 }),
      }),
    },
    {
      weight: withNested ? 2 : 0,
      arbitrary: fc.record({
        kind: fc.constant("nested" as const),
        op: fc.constantFrom(...keys(nested)),
        a: which,
        b: which,
      }),
    },
  );

/** Sizes of axes: small, or such that vectors of 4, 8 and 16 lanes are filled and leave rests. */
const small = fc.integer({ min: 1, max: 3 });
const wide = fc.constantFrom(1, 2, 3, 4, 5, 8, 11, 17, 35, 64);

/** Such that most arrays of two axes are worth sharing among threads, and vectors and parts of threads leave rests. */
const large = fc.constantFrom(1, 3, 31, 64, 131, 257, 701, 1003, 50_021);

/** Programs of up to 8 steps on one or two inputs of rank at most 3, of at most `most` elements. */
export const programs = (withNested = true, most = 12): fc.Arbitrary<Program> =>
  fc.record({
    inputs: fc.array(
      fc
        .array(most > 1000 ? large : most > 12 ? wide : small, { maxLength: 3 })
        .filter((s) => sizeOf(s) <= most && sizeOf(s) >= (most > 1000 ? most / 8 : 0)),
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
    steps: fc.array(steps(withNested), { minLength: 1, maxLength: 8 }),
    largest: fc.constant(4 * Math.max(most, 1000)),
    seed: fc.nat({ max: 1e6 }),
  });

/** The second operand in a shape that fits: itself, or its bounded sum. */
const fit = (x: NDArray, y: NDArray): NDArray =>
  y.ndim === x.ndim && y.shape.every((d, i) => d === x.shape[i]) ? y : first0(y);

function runStep(s: Step, values: readonly NDArray[]): NDArray {
  const at = (i: number): NDArray => values[values.length - 1 - (i % values.length)];
  const x = at(s.a);
  switch (s.kind) {
    case "unary":
      return unary[s.op](x);
    case "binary":
      return binary[s.op](x, fit(x, at(s.b)));
    case "shaping":
      return shaping[s.op](x, s.k);
    case "nested":
      return nested[s.op](x, at(s.b));
  }
}

/** The function that a program is: the last value, to which every input contributes. */
export function functionOf(p: Program): (...inputs: NDArray[]) => NDArray {
  return (...inputs) => {
    const values = [...inputs];
    for (const s of p.steps) {
      const value = runStep(s, values);
      if (value.size <= p.largest) values.push(value);
    }
    const last = values[values.length - 1];
    return inputs.reduce((out, x) => lax.add(out, lax.mul(0.1, first0(x))), last);
  };
}

/** The function made a scalar one. */
export const scalarOf =
  (p: Program) =>
  (...inputs: NDArray[]): NDArray =>
    lax.sin(lax.mul(0.3, total(functionOf(p)(...inputs))));

/** Arrays of some shapes with values in [−1, 1]. */
export function draw(shapes: readonly (readonly number[])[], seed: number | string): NDArray[] {
  const random = new Random(seed);
  return shapes.map((shape) =>
    array(
      shape,
      Array.from({ length: sizeOf(shape) }, () => random.uniform(-1, 1)),
    ),
  );
}

export const inputsOf = (p: Program): NDArray[] => draw(p.inputs, p.seed);
export const directionsOf = (p: Program, salt = "direction"): NDArray[] =>
  draw(p.inputs, `${salt} ${p.seed}`);
