/**
 * @file Random programs of all dtypes whose values every execution mode must compute bit for bit: a grammar, and its
 * interpreter. Complements program.ts, whose programs are smooth.
 *
 * After each step floats are rounded to quarters between −8 and 8. So sums and products are exact in whatever order they
 * are computed, and what a function's last bit says is forgotten. Every list of steps is a program: operands are taken
 * modulo what there is, dtypes are converted and shapes made to fit, so that fast-check can shrink freely.
 */
import fc from "fast-check";
import type { NDArray } from "../../src/core/array.ts";
import { type DType, type Scalar, isFloat } from "../../src/dtypes/dtype.ts";
import * as lax from "../../src/control-flow/lax.ts";
import { array, sizeOf } from "../util/make-arrays.ts";
import { Random } from "../util/random.ts";
import { coerce, tame } from "./coerce.ts";
import { flatOperations, operations, withBodies } from "./exact-operations.ts";

type A = NDArray;

export interface Step {
  readonly op: string;
  /** Operands, counted from the last value. */
  readonly a: number;
  readonly b: number;
  /** Chooses axes, indices, dtypes, whatever there is to choose. */
  readonly k: number;
  /** The body of a loop, a branch, a function. */
  readonly body: readonly Step[];
}

export interface ExactProgram {
  readonly inputs: readonly { readonly shape: readonly number[]; readonly dtype: DType }[];
  readonly steps: readonly Step[];
  /** Arrays stay below this many elements. */
  readonly largest: number;
  readonly seed: number;
}

function runStep(s: Step, values: readonly A[], largest: number): A {
  const at = (i: number): A => values[values.length - 1 - (i % values.length)];
  const run = (more: readonly A[]): A => runSteps(s.body, [...values, ...more], largest).at(-1)!;
  const out = tame(operations[s.op](at(s.a), at(s.b), { k: s.k, run }));
  return out.size <= largest ? out : coerce(out, [largest], out.dtype);
}

function runSteps(steps: readonly Step[], values: readonly A[], largest: number): A[] {
  const all = [...values];
  for (const s of steps) all.push(runStep(s, all, largest));
  return all;
}

/** The function that a program is: its last three values, which share what they are made of. */
export const exactFunction =
  (p: ExactProgram) =>
  (...xs: A[]): A[] =>
    runSteps(p.steps, xs, p.largest).slice(-3);

/** The sum of all floats that a program gives, and of all its inputs. */
export const exactScalar =
  (p: ExactProgram) =>
  (...xs: A[]): A =>
    [...exactFunction(p)(...xs), ...xs]
      .filter((x) => isFloat(x.dtype))
      .map((x) => lax.convertElementType(lax.reduceSum(x, [...x.shape.keys()]), "float64"))
      .reduce((a, b) => lax.add(a, b), array([], [0]));

/** Inputs, with axes in front. */
export function exactInputs(p: ExactProgram, lanes: readonly number[] = []): A[] {
  const random = new Random(p.seed);
  return p.inputs.map(({ shape, dtype }) => {
    const all = [...lanes, ...shape];
    // 64-bit integers are mostly so large that no other dtype has them.
    const wide = (): bigint =>
      (BigInt(random.int(0, 2 ** 31)) << BigInt(random.int(0, 33))) - BigInt(random.int(0, 9));
    const draw = (): number =>
      isFloat(dtype) ? random.int(-12, 12) / 4 : dtype === "bool" ? random.int(0, 1) : random.int(0, 9);
    return array(
      all,
      Array.from<unknown, Scalar>({ length: sizeOf(all) }, dtype.endsWith("int64") ? wide : draw),
      dtype,
    );
  });
}

function anyStep(depth: number): fc.Arbitrary<Step> {
  const step = (ops: readonly string[], body: fc.Arbitrary<Step[]>): fc.Arbitrary<Step> =>
    fc.record({
      op: fc.constantFrom(...ops),
      a: fc.nat({ max: 9 }),
      b: fc.nat({ max: 9 }),
      k: fc.nat({ max: 63 }),
      body,
    });
  const plain = step(flatOperations, fc.constant([]));
  if (depth === 0) return plain;
  const bodies = fc.array(anyStep(depth - 1), { minLength: 1, maxLength: 4 });
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: step(withBodies, bodies) });
}

const dtypes: readonly DType[] = ["float64", "float32", "int32", "uint8", "bool"];
const rareDtypes: readonly DType[] = [
  "float16",
  "bfloat16",
  "int8",
  "int16",
  "uint16",
  "uint32",
  "int64",
  "uint64",
];
const sizes = [0, 1, 2, 3, 4, 5, 8, 17, 33];
const largeSizes = [1, 3, 16, 31, 64, 100, 129, 500];
const sharedSizes = [1, 3, 31, 64, 131, 257, 701, 1003, 50_021];

/** Lengths of axes, the number of elements of inputs, and the most that an array may have. */
const scales = {
  small: { lengths: sizes, rank: 0, least: 0, most: 600, largest: 3000 },
  large: { lengths: largeSizes, rank: 1, least: 0, most: 20_000, largest: 50_000 },
  shared: { lengths: sharedSizes, rank: 1, least: 100_000, most: 300_000, largest: 600_000 },
};

interface Kind {
  /** Of the inputs; any if there are none. */
  readonly dtypes?: readonly DType[];
  /** Arrays so large that products are packed and tiles are full; or that threads share almost all loops. */
  readonly size?: keyof typeof scales;
}

/** Programs of up to `length` steps, with bodies of bodies, on one to three inputs of rank at most 3. */
export const exactPrograms = (
  length: number,
  { dtypes: given = [], size = "small" }: Kind = {},
): fc.Arbitrary<ExactProgram> => {
  const { lengths, rank, least, most, largest } = scales[size];
  return fc.record({
    inputs: fc.array(
      fc.record({
        shape: fc
          .array(fc.constantFrom(...lengths), { minLength: rank, maxLength: 3 })
          .filter((s) => sizeOf(s) <= most && sizeOf(s) >= least),
        dtype:
          given.length > 0
            ? fc.constantFrom(...given)
            : fc.oneof(
                { weight: 5, arbitrary: fc.constantFrom(...dtypes) },
                { weight: 1, arbitrary: fc.constantFrom(...rareDtypes) },
              ),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    steps: fc.array(anyStep(2), { minLength: 1, maxLength: length }),
    largest: fc.constant(largest),
    seed: fc.nat({ max: 1e6 }),
  });
};
