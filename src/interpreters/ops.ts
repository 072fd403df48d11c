/**
 * @file The few operations that interpreters themselves need. They are bound late, for src/lax defines them.
 */
import type { ShapedArray } from "../core/aval.ts";
import type { NDArray } from "../core/array.ts";
import { LateBinding } from "../core/late.ts";

export interface InterpreterOps {
  /** Sum of two arrays of one aval. */
  add(a: NDArray, b: NDArray): NDArray;
  /** An array times a number. */
  scale(x: NDArray, factor: number): NDArray;
  /** Zeros of an aval. */
  zeros(aval: ShapedArray): NDArray;
  /** Copies of `x` along a new axis at position `dim`. */
  broadcastAxis(x: NDArray, dim: number, size: number): NDArray;
  /** Moves one axis. */
  moveAxis(x: NDArray, from: number, to: number): NDArray;
  /** Sums over one axis. */
  sumAxis(x: NDArray, axis: number): NDArray;
}

export const operations = new LateBinding<InterpreterOps>("the interpreters' operations");

export const ops = (): InterpreterOps => operations.value;
