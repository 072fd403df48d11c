/**
 * @file What a computation is before it is loops: what primitives are lowered to.
 *
 * A tensor is a *pull array*: its type and a function from an index to the scalar expression of that element. Element-wise
 * and movement primitives return pull arrays (`map`), which fuse by composition. A reduction says what it accumulates
 * (`reduce`). Everything else writes buffers (`routine`). What becomes a buffer is decided in src/jit/schedule.ts; the
 * loops are written by nests.ts.
 */
import type { ArrayType } from "../dtypes/shape.ts";
import type { DType } from "../dtypes/dtype.ts";
import { prod } from "../base/util.ts";
import { type Block, load } from "./ir/build.ts";
import { flatten, iadd, intConst, keyOf, unflatten } from "./ir/affine.ts";
import { type AccumulateOp, type Buffer, type Expr, type Local, newLocal } from "./ir/ir.ts";
import { bindShared } from "./ir/share.ts";
import { visitExpr } from "./ir/traverse.ts";

/** An array as a function of its index (one int32 expression per axis, within the shape). */
export interface Pull {
  readonly aval: ArrayType;
  at(index: readonly Expr[]): Expr;
  /** The buffer that holds exactly this array, if it is one. */
  readonly buffer?: Buffer;
  /** The array of which this one is another shape: the same elements in row-major order. */
  readonly source?: Pull;
}

/** One accumulator of a reduction. */
export interface Accumulator {
  readonly dtype: DType;
  readonly init: Expr;
  /** If given, `step` yields what is accumulated with it; otherwise it yields the new value itself. */
  readonly op?: AccumulateOp;
}

export type Lowered =
  | { readonly kind: "map"; readonly outs: readonly Pull[] }
  | {
      readonly kind: "reduce";
      /** Extents of the reduced axes. */
      readonly extent: readonly number[];
      readonly accumulators: readonly Accumulator[];
      /** For one element: `out` is the output's index, `at` that within the reduced extents. */
      step(state: readonly Local[], out: readonly Expr[], at: readonly Expr[]): Expr[];
      /** The outputs, from the final state. */
      finish(state: readonly Local[], out: readonly Expr[]): Expr[];
    }
  | {
      readonly kind: "routine";
      /** Writes every element of every output. */
      emit(b: Block, args: readonly Pull[], outs: readonly Buffer[]): void;
    };

export function map(...outs: readonly Pull[]): Lowered {
  return { kind: "map", outs };
}

/** A pull array that computes each element once per distinct index, however often it is asked. */
export function pull(aval: ArrayType, at: (index: readonly Expr[]) => Expr): Pull {
  const memo = new Map<string, Expr>();
  return {
    aval,
    at(index) {
      const key = index.map(keyOf).join(";");
      let e = memo.get(key);
      if (e === undefined) memo.set(key, (e = at(index)));
      return e;
    },
  };
}

/** The array held by a buffer. */
export function bufferPull(aval: ArrayType, buffer: Buffer): Pull {
  return { ...pull(aval, (index) => load(buffer, flatten(index, aval.shape))), buffer };
}

/** A 0-d array held by a local. */
export function scalarPull(aval: ArrayType, value: Expr): Pull {
  return { aval, at: () => value };
}

/** A buffer with the elements of `x`: its own, or a new one filled in a loop. */
export function inBuffer(b: Block, x: Pull, name = "tmp"): Buffer {
  if (x.buffer !== undefined) return x.buffer;
  const buffer = b.alloc(x.aval.dtype, prod(x.aval.shape), name);
  copyInto(b, x, buffer);
  return buffer;
}

/**
 * An update of a part of `x`, made a buffer of its own if it is computed from elements of `x`: then it is complete before
 * the first element is written, and `x` may be updated in place.
 */
export function detached(b: Block, update: Pull, x: Pull): Pull {
  if (x.buffer === undefined || update.buffer !== undefined || update.aval.size <= 1) return update;
  const index = update.aval.shape.map((d, i) => newLocal(`i${i}`, "int32", 0, d - 1));
  let reads = false;
  visitExpr(update.at(index), (e) => {
    if (e.kind === "load" && e.buffer === x.buffer) reads = true;
  });
  return reads ? bufferPull(update.aval, inBuffer(b, update, "update")) : update;
}

/** `x` under another shape. */
export function reshaped(aval: ArrayType, x: Pull): Pull {
  const out = pull(aval, (index) => x.at(unflatten(flatten(index, aval.shape), x.aval.shape)));
  const source = x.source ?? x;
  return x.buffer === undefined ? { ...out, source } : { ...out, source, buffer: x.buffer };
}

/** Writes the elements of `x` into a buffer, from position `start` on. */
export function copyInto(b: Block, x: Pull, buffer: Buffer, start = 0): void {
  // In the shape in which they are computed: positions are the same, and indices need no division.
  const source = x.source ?? x;
  const { shape } = source.aval;
  b.nest(shape, (inner, index) => {
    const [value] = bindShared(inner, [source.at(index)]);
    inner.store(buffer, iadd(flatten(index, shape), start), value);
  });
}

/** The element of `x` at an index of the shape that it is broadcast to as an operand: 0-d operands have no index. */
export function elementAt(x: Pull, index: readonly Expr[]): Expr {
  return x.at(x.aval.ndim === 0 ? [] : index);
}

/** Index constants of an axis list. */
export const zeros = (n: number): Expr[] => Array.from({ length: n }, () => intConst(0));
