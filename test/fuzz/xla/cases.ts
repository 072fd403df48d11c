/**
 * @file What XLA is asked to judge: functions with arguments, drawn by fast-check from the grammars of the other fuzzers and
 * from the table of primitives; their values, derivatives and lanes.
 */
import fc from "fast-check";
import { grad, jacfwd, jvp, vmap } from "../../../src/api/index.ts";
import type { NDArray } from "../../../src/core/array.ts";
import { type DType, isFloat } from "../../../src/dtypes/dtype.ts";
import * as lax from "../../../src/lax/index.ts";
import { array, sizeOf } from "../../util/make-arrays.ts";
import { Random } from "../../util/random.ts";
import { type OpCase, caseName, drawOperand, outputs } from "../../primitives/row.ts";
import { opRows } from "../../primitives/table.ts";
import { type ExactProgram, exactFunction, exactInputs, exactPrograms, exactScalar } from "../exact.ts";
import { type Program, directionsOf, functionOf, inputsOf, programs, scalarOf } from "../program.ts";

type A = NDArray;

export interface Case {
  readonly name: string;
  readonly f: (...xs: A[]) => readonly A[];
  readonly args: readonly A[];
  /** Of float64 results, relative to the largest of their array; those of narrower dtypes follow from it. */
  readonly tolerance: number;
  /** The size of what results are differences of, where they may cancel. */
  readonly size?: number | undefined;
}

/** A case, or null where the program has none (no float to differentiate, say). */
type Maker<T> = (x: T) => Case | null;

const all = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const floats = (xs: readonly A[]): number[] =>
  xs.flatMap((x, i) => (isFloat(x.dtype) && x.size > 0 ? [i] : []));

const exact: Record<string, Maker<ExactProgram>> = {
  "values of exact programs": (p) => ({ name: "", f: exactFunction(p), args: exactInputs(p), tolerance: 0 }),
  "lanes of exact programs": (p) => ({
    name: "",
    f: (...xs) => vmap(exactFunction(p))(...xs),
    args: exactInputs(p, [3]),
    tolerance: 0,
  }),
  "gradients of exact programs": (p) => {
    const args = exactInputs(p);
    const which = floats(args);
    if (which.length === 0) return null;
    const f = (...xs: A[]): readonly A[] => grad(exactScalar(p), which)(...xs);
    return { name: "", f, args, tolerance: 1e-12 };
  },
};

const smooth: Record<string, Maker<Program>> = {
  "values of smooth programs": (p) => ({
    name: "",
    f: (...xs) => [functionOf(p)(...xs)],
    args: inputsOf(p),
    tolerance: 1e-11,
  }),
  "gradients of smooth programs": (p) => ({
    name: "",
    f: (...xs) => grad(scalarOf(p), all(p.inputs.length))(...xs),
    args: inputsOf(p),
    tolerance: 1e-10,
  }),
  "Hessian-vector products of smooth programs": (p) => ({
    name: "",
    f: (...xs) => {
      const gradient = (...ys: A[]): A[] => grad(scalarOf(p), all(p.inputs.length))(...ys);
      return jvp(gradient, xs, directionsOf(p))[1];
    },
    args: inputsOf(p),
    tolerance: 1e-9,
  }),
  "Jacobians of smooth programs": (p) => ({
    name: "",
    f: (...xs) => [jacfwd((x: A) => functionOf(p)(x, ...xs.slice(1)))(xs[0])],
    args: inputsOf(p),
    tolerance: 1e-10,
  }),
};

/** A call of a primitive. */
interface Call {
  readonly index: number;
  readonly seed: number;
  readonly k: number;
}

const calls = opRows.flatMap((r) => r.cases.map((c) => ({ name: caseName(r, c), c })));

/** Operands, of another dtype for some of those that may have one. */
function operandsOf(c: OpCase, { seed, k }: Call): A[] {
  const random = new Random(seed);
  const others = c.dtypes.filter((d) => !d.startsWith("complex"));
  const dtype: DType | null = others.length > 0 && k % 2 === 1 ? others[(k >> 1) % others.length] : null;
  const [low, high] = dtype === "bool" ? [0, 1] : dtype?.startsWith("u") === true ? [0, 3] : [-3, 3];
  return c.operands.map((o) => {
    if (dtype === null || o.dtype !== "float64") return drawOperand(o, random);
    const values = Array.from({ length: sizeOf(o.shape) }, () => random.int(low, high));
    return array(o.shape, values, dtype);
  });
}

/** Two of each operand, along a first axis. */
function lanesOf(c: OpCase, call: Call): A[] {
  const [first, second] = [0, 1].map((n) => operandsOf(c, { ...call, seed: call.seed + n }));
  return first.map((x, i) => lax.concatenate([lax.expandDims(x, [0]), lax.expandDims(second[i], [0])], 0));
}

/** A weighted sum of the real results. */
function weighted(outs: readonly A[]): A {
  const terms = outs
    .filter((x) => isFloat(x.dtype))
    .map((x, i) => {
      const flat = lax.reshape(x, [x.size]);
      const weights = lax.add(lax.mul(lax.iota(x.dtype, x.size), 0.13), 0.7 + 0.21 * i);
      return lax.convertElementType(lax.reduceSum(lax.mul(flat, weights), [0]), "float64");
    });
  return terms.reduce((a, b) => lax.add(a, b), array([], [0]));
}

const table: Record<string, Maker<Call>> = {
  "values of primitives": (call) => {
    const { name, c } = calls[call.index % calls.length];
    return {
      name,
      f: (...xs) => outputs(c.call(...xs)),
      args: operandsOf(c, call),
      tolerance: 1e-9,
      size: c.size,
    };
  },
  "lanes of primitives": (call) => {
    const { name, c } = calls[call.index % calls.length];
    if (c.operands.length === 0) return null;
    return {
      name,
      f: (...xs) => vmap((...ys: A[]) => outputs(c.call(...ys)) as A[])(...xs),
      args: lanesOf(c, call),
      tolerance: 1e-9,
      size: c.size,
    };
  },
  "gradients of primitives": (call) => {
    const { name, c } = calls[call.index % calls.length];
    if (c.diff.length === 0 || c.order < 1) return null;
    const args = operandsOf(c, { ...call, k: 0 });
    const f = (...xs: A[]): readonly A[] =>
      grad((...ys: A[]) => weighted(outputs(c.call(...ys))), [...c.diff])(...xs);
    return { name, f, args, tolerance: 1e-7 };
  },
};

const anyCall: fc.Arbitrary<Call> = fc.record({
  index: fc.nat({ max: calls.length - 1 }),
  seed: fc.nat({ max: 1e6 }),
  k: fc.nat({ max: 63 }),
});

/** A kind of cases: drawn as data, which can be shrunk and printed. */
export interface Kind {
  readonly name: string;
  readonly draw: fc.Arbitrary<unknown>;
  readonly make: (data: unknown) => Case | null;
}

const kindsOf = <T>(makers: Readonly<Record<string, Maker<T>>>, draw: fc.Arbitrary<T>): Kind[] =>
  Object.entries(makers).map(([name, make]) => ({ name, draw, make: (data) => make(data as T) }));

export const kinds: readonly Kind[] = [
  ...kindsOf(exact, exactPrograms(8)),
  ...kindsOf(smooth, programs(true, 60)),
  ...kindsOf(table, anyCall),
];
