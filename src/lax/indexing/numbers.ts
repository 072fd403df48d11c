/**
 * @file The dimension numbers of gathers and scatters: which axes of operand, indices and windows belong together. What a
 * scatter writes a gather of the same numbers reads, under other names.
 */
import { checkListOf, checkWhole } from "../../base/checks.ts";
import { checkOptions } from "../../base/errors.ts";
import { isPlainObject } from "../../base/util.ts";
import type { BatchDim } from "../../core/primitive.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import type { GatherDimensionNumbers } from "./gather.ts";
import type { ScatterDimensionNumbers } from "./scatter.ts";

/** @throws ArgumentError unless dimension numbers are lists of axes, by their names. */
export function checkNumbers(where: string, numbers: unknown, names: readonly string[]): void {
  checkOptions(`${where}: the dimension numbers`, isPlainObject(numbers) ? numbers : null, names);
  for (const name of names) {
    const axes: unknown = (numbers as Readonly<Record<string, unknown>>)[name];
    checkListOf(where, `'${name}'`, axes);
    for (const axis of axes) checkWhole(where, `an axis of '${name}'`, axis);
  }
}

export type GatherNumbers = Required<GatherDimensionNumbers>;
export type ScatterNumbers = Required<ScatterDimensionNumbers>;

export const gatherNumbers = (d: ScatterNumbers): GatherNumbers => ({
  offsetDims: d.updateWindowDims,
  collapsedSliceDims: d.insertedWindowDims,
  startIndexMap: d.scatterDimsToOperandDims,
  operandBatchingDims: d.operandBatchingDims,
  startIndicesBatchingDims: d.scatterIndicesBatchingDims,
});

export const scatterNumbers = (d: GatherNumbers): ScatterNumbers => ({
  updateWindowDims: d.offsetDims,
  insertedWindowDims: d.collapsedSliceDims,
  scatterDimsToOperandDims: d.startIndexMap,
  operandBatchingDims: d.operandBatchingDims,
  scatterIndicesBatchingDims: d.startIndicesBatchingDims,
});

/** The numbers where a batch axis stands in front of the windows, and of whichever of operand and indices has one. */
export function batchedNumbers(d: ScatterNumbers, operand: BatchDim, indices: BatchDim): ScatterNumbers {
  const up = (dims: readonly number[]): number[] => dims.map((k) => k + 1);
  const ofOperand = (dims: readonly number[]): readonly number[] => (operand === null ? dims : up(dims));
  const windows = up(d.updateWindowDims);
  const both = operand !== null && indices !== null ? [0] : [];
  return {
    // Where only the operand has lanes, they are one more axis of every window.
    updateWindowDims: indices === null ? [0, ...windows] : windows,
    insertedWindowDims: ofOperand(d.insertedWindowDims),
    scatterDimsToOperandDims: ofOperand(d.scatterDimsToOperandDims),
    operandBatchingDims: [...both, ...ofOperand(d.operandBatchingDims)],
    scatterIndicesBatchingDims:
      indices === null ? d.scatterIndicesBatchingDims : [...both, ...up(d.scatterIndicesBatchingDims)],
  };
}

const lastIndex = 2 ** 31 - 1;

/** An index operand as an int32 expression; values beyond its range stay out of bounds. */
export function toIndex(index: Expr): Expr {
  if (index.dtype === "int64") return e.cast(e.max(e.min(index, lastIndex), -lastIndex - 1), "int32");
  const mayExceed = index.dtype === "uint32" || index.dtype === "uint64";
  return e.cast(mayExceed ? e.min(index, lastIndex) : index, "int32");
}

/** Both conditions, or the one there is. */
export const also = (condition: Expr | null, more: Expr): Expr =>
  condition === null ? more : e.and(condition, more);

/** Whether an int32 lies in a range. */
export const isWithin = (index: Expr, lo: number, hi: number): Expr =>
  e.and(e.ge(index, lo), e.le(index, hi));
