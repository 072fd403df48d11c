/**
 * @file What the table says of a primitive: how to call it, on which operands, and what is true of it. The checks in
 * test/primitives/*.test.ts run over all rows.
 */
import type { NDArray } from "../../src/core/array.ts";
import type { DType } from "../../src/dtypes/dtype.ts";
import type { Random } from "../util/random.ts";
import type { Ref } from "../util/reference.ts";
import { array, sizeOf } from "../util/arrays.ts";

/** One operand of a case: its values are drawn anew for each check. */
export interface Operand {
  readonly shape: readonly number[];
  readonly dtype: DType;
  values(random: Random, size: number): number[];
}

/** One way to call a primitive. */
export interface OpCase {
  readonly name: string;
  call(...xs: NDArray[]): NDArray | readonly NDArray[];
  readonly operands: readonly Operand[];
  /** Operands with a derivative. */
  readonly diff: readonly number[];
  /** The highest order of derivatives that exists and is checked: 2 by default. */
  readonly order: number;
  /** Groups of operands in which the function is jointly linear, the others fixed. */
  readonly linear: readonly (readonly number[])[];
  /** What it computes, naively. */
  readonly reference?: (...xs: Ref[]) => Ref | readonly Ref[];
  readonly tol: number;
  readonly gradTol: number;
  /** The size of what its results are differences of, where they vanish but for rounding. */
  readonly size?: number | undefined;
  /** Can a lane of `vmap` be empty or missing? */
  readonly lanes: readonly number[];
  /**
   * Dtypes beside the operands' own that the float64 operands may have; small whole numbers are then drawn, so that the
   * reference, wrapped or rounded once, is the exact result.
   */
  readonly dtypes: readonly DType[];
}

export interface OpRow {
  readonly kind: "op";
  readonly primitive: string;
  readonly cases: readonly OpCase[];
}

/** A primitive that is no function of arrays alone (it holds jaxprs or rules, or needs a named axis): tested on its own. */
export interface CallRow {
  readonly kind: "call";
  readonly primitive: string;
  /** The test file. */
  readonly testedIn: string;
}

export type Row = OpRow | CallRow;

type CaseSpec = Pick<OpCase, "call" | "operands"> & Partial<OpCase>;

export const isFloatName = (d: DType): boolean => d.startsWith("float") || d === "bfloat16";

/** A case with the usual properties: all float operands differentiable to second order, nothing linear. */
export function opCase(spec: CaseSpec): OpCase {
  return {
    name: "",
    diff: spec.operands.flatMap((o, i) => (isFloatName(o.dtype) ? [i] : [])),
    order: 2,
    linear: [],
    tol: 1e-13,
    gradTol: 1e-6,
    lanes: [0, 1],
    dtypes: [],
    ...spec,
  };
}

export const row = (primitive: string, ...cases: readonly CaseSpec[]): OpRow => ({
  kind: "op",
  primitive,
  cases: cases.map(opCase),
});

export const callRow = (primitive: string, testedIn: string): CallRow => ({
  kind: "call",
  primitive,
  testedIn,
});

const each =
  (draw: (random: Random) => number) =>
  (random: Random, size: number): number[] =>
    Array.from({ length: size }, () => draw(random));

/** Uniform reals. */
export const real = (shape: readonly number[], lo = -2, hi = 2, dtype: DType = "float64"): Operand => ({
  shape,
  dtype,
  values: each((r) => r.uniform(lo, hi)),
});

/** Uniform reals of either sign, at least `gap` away from 0. */
export const nonzero = (shape: readonly number[], gap = 0.3, hi = 2): Operand => ({
  shape,
  dtype: "float64",
  values: each((r) => (r.next() < 0.5 ? -1 : 1) * r.uniform(gap, hi)),
});

/** Distinct reals, any two of them at least 0.2 apart: for what orders or compares. */
export const distinct = (shape: readonly number[]): Operand => ({
  shape,
  dtype: "float64",
  values: (random, size) =>
    random.shuffle(Array.from({ length: size }, (_, i) => 0.3 * (i - size / 2) + random.uniform(0, 0.1))),
});

/** Reals at least 0.1 from every multiple of ½. */
export const offGrid = (shape: readonly number[]): Operand => ({
  shape,
  dtype: "float64",
  values: each((r) => r.int(-4, 4) / 2 + r.uniform(0.1, 0.4)),
});

/** Whole numbers from lo to hi. */
export const ints = (shape: readonly number[], lo: number, hi: number, dtype: DType = "int32"): Operand => ({
  shape,
  dtype,
  values: each((r) => r.int(lo, hi)),
});

export const bools = (shape: readonly number[]): Operand => ints(shape, 0, 1, "bool");

/** A value of an operand, or of an operand with further axes. */
export function drawOperand(operand: Operand, random: Random): NDArray {
  return array(operand.shape, operand.values(random, sizeOf(operand.shape)), operand.dtype);
}

export const drawAll = (c: OpCase, random: Random): NDArray[] =>
  c.operands.map((o) => drawOperand(o, random));

export const outputs = (out: NDArray | readonly NDArray[]): readonly NDArray[] =>
  Array.isArray(out) ? (out as readonly NDArray[]) : [out as NDArray];

/** The results of a reference as a list. */
export const refs = (out: Ref | readonly Ref[]): readonly Ref[] =>
  Array.isArray(out) ? (out as readonly Ref[]) : [out as Ref];

export const caseName = (r: OpRow, c: OpCase): string =>
  c.name === "" ? r.primitive : `${r.primitive} (${c.name})`;
