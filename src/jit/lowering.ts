/**
 * @file What a primitive's `lower` rule is given and returns.
 *
 * A tensor is a *pull array*: its aval and a function from an index to the scalar expression of that element. Element-wise
 * and movement primitives return pull arrays (`map`), which fuse by composition. A reduction says what it accumulates
 * (`reduce`). Everything else writes buffers (`routine`). Who decides what becomes a buffer, and writes the loops, is the
 * scheduler: src/jit/schedule.ts.
 */
import { type ShapedArray } from "../core/aval.ts";
import type { DType } from "../core/dtype.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { prod } from "../util.ts";
import { type Block, load } from "./loop/build.ts";
import { flatten, intConst, keyOf } from "./loop/affine.ts";
import type { AccumulateOp, Buffer, Expr, Local } from "./loop/ir.ts";
import { bindShared } from "./share.ts";

/** An array as a function of its index (one int32 expression per axis, within the shape). */
export interface Pull {
  readonly aval: ShapedArray;
  at(index: readonly Expr[]): Expr;
  /** The buffer that holds exactly this array, if it is one. */
  readonly buffer?: Buffer;
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
    }
  | { readonly kind: "inline"; readonly jaxpr: ClosedJaxpr };

/** What `lower` may ask of the compiler. */
export interface LowerContext {
  readonly outAvals: readonly ShapedArray[];
  /** The body of a call, to be compiled in its place. */
  inline(jaxpr: ClosedJaxpr, args: readonly Pull[]): Lowered;
  /** Writes the program of a body (a loop's, a branch's) into a block and returns its outputs. */
  emit(b: Block, jaxpr: ClosedJaxpr, args: readonly Pull[]): Pull[];
}

export function map(...outs: readonly Pull[]): Lowered {
  return { kind: "map", outs };
}

/** A pull array that computes each element once per distinct index, however often it is asked. */
export function pull(aval: ShapedArray, at: (index: readonly Expr[]) => Expr): Pull {
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
export function bufferPull(aval: ShapedArray, buffer: Buffer): Pull {
  return { ...pull(aval, (index) => load(buffer, flatten(index, aval.shape))), buffer };
}

/** A 0-d array held by a local. */
export function scalarPull(aval: ShapedArray, value: Expr): Pull {
  return { aval, at: () => value };
}

/** A buffer with the elements of `x`: its own, or a new one filled in a loop. */
export function materialise(b: Block, x: Pull, name = "tmp"): Buffer {
  if (x.buffer !== undefined) return x.buffer;
  const buffer = b.alloc(x.aval.dtype, prod(x.aval.shape), name);
  copyInto(b, x, buffer);
  return buffer;
}

/** Writes the elements of `x` into a buffer. */
export function copyInto(b: Block, x: Pull, buffer: Buffer): void {
  b.nest(x.aval.shape, (inner, index) => {
    const [value] = bindShared(inner, [x.at(index)]);
    inner.store(buffer, flatten(index, x.aval.shape), value);
  });
}

/** The element of `x` at an index of the shape that it is broadcast to as an operand: 0-d operands have no index. */
export function elementAt(x: Pull, index: readonly Expr[]): Expr {
  return x.at(x.aval.ndim === 0 ? [] : index);
}

/** Index constants of an axis list. */
export const zeros = (n: number): Expr[] => Array.from({ length: n }, () => intConst(0));
