/** @file The carry of a loop while it runs: a mutable local for each scalar, a buffer for each array. */
import type { ArrayType } from "../../dtypes/shape.ts";
import type { Block } from "../../loops/ir/build.ts";
import { flatten, intConst } from "../../loops/ir/affine.ts";
import type { Buffer, Expr, Local } from "../../loops/ir/ir.ts";
import { type Pull, bufferPull, copyInto, pull, scalarPull } from "../../loops/pull.ts";
import { unstacked } from "../bodies.ts";

/** One element of the carry: a mutable local, or a buffer. */
export type Cell = { readonly aval: ArrayType } & ({ readonly local: Local } | { readonly buffer: Buffer });

/** Cells holding the initial values. */
export function makeCells(b: Block, init: readonly Pull[], buffers: readonly Buffer[]): Cell[] {
  return init.map((x, i): Cell => {
    const { aval } = x;
    if (aval.ndim === 0) return { aval, local: b.variable(x.at([]), "carry") };
    copyInto(b, x, buffers[i]);
    return { aval, buffer: buffers[i] };
  });
}

/** The present values of cells. Scalars are kept, since the cells change at the end of the step. */
export function readCells(b: Block, cells: readonly Cell[]): Pull[] {
  return cells.map((c) =>
    "local" in c ? scalarPull(c.aval, b.snapshot(c.local)) : bufferPull(c.aval, c.buffer),
  );
}

/** Gives cells their next values: all are computed before any changes. Copies that are not needed go later. */
export function writeCells(b: Block, cells: readonly Cell[], next: readonly Pull[]): void {
  const own = new Set<Buffer>(cells.flatMap((c) => ("local" in c ? [] : [c.buffer])));
  const held = next.map((x, i) => {
    const cell = cells[i];
    if ("local" in cell) return x.at([]);
    if (x.buffer === cell.buffer) return null;
    if (x.buffer !== undefined && !own.has(x.buffer)) return x.buffer;
    const temporary = b.alloc(x.aval.dtype, x.aval.size, "next");
    copyInto(b, x, temporary);
    return temporary;
  });
  cells.forEach((cell, i) => {
    const value = held[i];
    if (value === null) return;
    if ("local" in cell) b.set(cell.local, value as Expr);
    else copyInto(b, bufferPull(next[i].aval, value as Buffer), cell.buffer);
  });
}

/** Stores the final values of scalar cells into the outputs (array cells are the outputs). */
export function finishCells(b: Block, cells: readonly Cell[], outs: readonly Buffer[]): void {
  cells.forEach((cell, i) => {
    if ("local" in cell) b.store(outs[i], intConst(0), cell.local);
  });
}

/** The elements of stacked operands at a step. */
export function elementsAt(b: Block, xs: readonly Pull[], at: Expr): Pull[] {
  return xs.map((x) => {
    const aval = unstacked(x.aval);
    return aval.ndim === 0
      ? scalarPull(aval, b.let(x.at([at]), "x"))
      : pull(aval, (index) => x.at([at, ...index]));
  });
}

/** Stores what a step gave into stacked outputs of so many elements. */
export function storeElements(
  b: Block,
  outs: readonly Buffer[],
  at: Expr,
  elements: readonly Pull[],
  length: number,
): void {
  outs.forEach((out, k) => {
    const { aval } = elements[k];
    b.nest(aval.shape, (inner, index) =>
      inner.store(out, flatten([at, ...index], [length, ...aval.shape]), elements[k].at(index)),
    );
  });
}
