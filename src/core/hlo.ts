/**
 * @file How a primitive is written in StableHLO: what its rule is given. Types alone: a program that exports nothing has
 * nothing of it but the rules.
 */
import type { Scalar } from "../dtypes/dtype.ts";
import type { ArrayType } from "../dtypes/shape.ts";
import type { ConcreteArray, NDArray } from "./array.ts";
import type { ShapedArray } from "./aval.ts";
import type { ClosedJaxpr } from "./jaxpr/ir.ts";
import type { Cuts, Mesh } from "./sharding/mesh.ts";

/** A value of a StableHLO program. */
export interface HloValue {
  /** Its name in the text. */
  readonly name: string;
  readonly type: ArrayType;
}

/** An attribute: a number is an `i64`, a list of numbers (booleans) an `array<i64>`, a table a tensor; text stands as it is. */
export type HloAttribute = number | boolean | string | readonly number[] | readonly boolean[] | HloTable;
/** Rows of equal lengths. */
export type HloTable = readonly (readonly number[])[];

/** A region of an operation: its arguments' types, and what it returns. */
export interface HloRegion {
  readonly args: readonly ArrayType[];
  body(b: HloBuilder, args: readonly HloValue[]): readonly HloValue[];
}

/** What an operation has beside its operands and results. */
export interface HloDetails {
  readonly attributes?: Readonly<Record<string, HloAttribute | undefined>>;
  readonly regions?: readonly HloRegion[];
}

/** Writes operations one after another. */
export interface HloBuilder {
  /** An operation of one result; the dialect is `stablehlo` unless the name has one. */
  op(name: string, args: readonly HloValue[], out: ArrayType, details?: HloDetails): HloValue;
  /** An operation of several results, or of one that is a list. */
  ops(name: string, args: readonly HloValue[], outs: readonly ArrayType[], details?: HloDetails): HloValue[];
  /** The same number everywhere. */
  constant(value: Scalar, type: ArrayType): HloValue;
  /** An array that is part of the program. */
  array(value: ConcreteArray): HloValue;
  /** The program of a body, as a function that is written once. */
  call(body: ClosedJaxpr, args: readonly HloValue[]): HloValue[];
  /** What a function of arrays computes. */
  compute(f: (args: readonly NDArray[]) => readonly NDArray[], args: readonly HloValue[]): HloValue[];
  /** How a value lies on a mesh (null: the one that the program is exported for), as an attribute. */
  sharding(mesh: Mesh | null, cuts: Cuts, type: ArrayType, where: string): string;
}

/** How an equation is written; null if not by this rule but as what follows from its `lower` or `complex` rule. */
export type HloRule<P> = (
  b: HloBuilder,
  args: readonly HloValue[],
  params: P,
  outs: readonly ShapedArray[],
) => readonly HloValue[] | null;
