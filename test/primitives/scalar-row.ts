/**
 * @file Rows of element-wise primitives: one scalar reference for floats (JavaScript numbers) and one for integers
 * (bigint), from which both the cases of the table and the dtype tests are made.
 */
import type { NDArray } from "../../src/core/array.ts";
import { type DType, type Scalar, dtypes, isInteger } from "../../src/dtypes/dtype.ts";
import { type Ref, mapScalars } from "../util/reference.ts";
import { type OpRow, type Operand, bools, ints, opCase } from "./row.ts";

export interface IntType {
  readonly bits: number;
  readonly signed: boolean;
}

export interface ScalarRow {
  readonly primitive: string;
  /** To tell variants of parameters apart. */
  readonly variant?: string;
  call(...xs: NDArray[]): NDArray;
  /** One maker of operands per operand. */
  readonly domains: readonly ((shape: readonly number[]) => Operand)[];
  readonly float?: (...xs: number[]) => number;
  /** Exact; wrapped by the test. */
  readonly int?: (xs: readonly bigint[], type: IntType) => bigint | boolean;
  readonly bool?: (...xs: number[]) => number;
  readonly result?: DType;
  /** Units in the last place that a compound formula may lose in float32 and narrower. */
  readonly ulps?: number;
  readonly diff?: readonly number[];
  readonly order?: number;
  readonly linear?: readonly (readonly number[])[];
  readonly tol?: number;
  readonly gradTol?: number;
  /** The dtypes it accepts, where they are not those that have a reference. */
  readonly accepts?: readonly DType[];
}

export const floatDtypes: readonly DType[] = ["float16", "bfloat16", "float32", "float64"];
export const intDtypes = dtypes.filter(isInteger);
export const realDtypes = dtypes.filter((d) => !d.startsWith("complex"));

export const acceptedDtypes = (r: ScalarRow): readonly DType[] =>
  r.accepts ??
  realDtypes.filter((d) =>
    d === "bool" ? r.bool !== undefined : intDtypes.includes(d) ? r.int !== undefined : r.float !== undefined,
  );

/** The integer of the given width that is congruent to x: a number, or of 64 bits a BigInt. */
export function wrapInt(x: bigint, { bits, signed }: IntType): Scalar {
  const out = signed ? BigInt.asIntN(bits, x) : BigInt.asUintN(bits, x);
  return bits === 64 ? out : Number(out);
}

export const intType = (d: DType): IntType => ({
  bits: Number(/\d+$/.exec(d)![0]),
  signed: d.startsWith("int"),
});

/** The cases: arrays of one shape, 0-d arrays, and each mixture of the two. */
export function scalarOpRow(r: ScalarRow, ...more: readonly ScalarRow[]): OpRow {
  return { kind: "op", primitive: r.primitive, cases: [r, ...more].flatMap(casesOf) };
}

function casesOf(r: ScalarRow): OpRow["cases"] {
  const n = r.domains.length;
  const full = [2, 3];
  const mixtures = n === 1 ? [[full], [[]]] : [r.domains.map(() => full), r.domains.map(() => [])];
  if (n > 1) for (let i = 0; i < n; i++) mixtures.push(r.domains.map((_, k) => (k === i ? [] : full)));
  const ofInt32 = (...xs: number[]): number => Number(intReference(r, "int32")(...xs));
  const scalar = r.float ?? (r.int === undefined ? r.bool : ofInt32);
  return mixtures.map((shapes) =>
    opCase({
      name: [r.variant ?? "", shapes.map((s) => `[${s.join()}]`).join(" ")].join(" ").trim(),
      call: (...xs) => r.call(...xs),
      operands: r.domains.map((domain, i) => domain(shapes[i])),
      ...(scalar === undefined ? {} : { reference: (...xs: Ref[]) => mapScalars(scalar, xs) }),
      ...(r.diff === undefined ? {} : { diff: r.diff }),
      order: r.order ?? 2,
      linear: r.linear ?? [],
      ...(r.tol === undefined ? {} : { tol: r.tol }),
      ...(r.gradTol === undefined ? {} : { gradTol: r.gradTol }),
    }),
  );
}

/** The integer reference on scalars. */
export function intReference(r: ScalarRow, dtype: DType): (...xs: Scalar[]) => Scalar {
  const type = intType(dtype);
  return (...xs) => {
    const out = r.int!(
      xs.map((x) => BigInt(x)),
      type,
    );
    return typeof out === "boolean"
      ? Number(out)
      : wrapInt(out, r.result === undefined ? type : intType(r.result));
  };
}

export const int32 =
  (lo = -100, hi = 100) =>
  (shape: readonly number[]): Operand =>
    ints(shape, lo, hi);
export const bool = bools;
