/**
 * @file What the forms of attention share: the operands, their axes, and what is allowed.
 *
 * Axes: B batch, T queries, S keys, K heads of keys and values, G query heads that share one of these, H width. Queries are
 * [B, T, K, G, H], keys and values [B, S, K, H], statistics of the rows [B, K, G, T].
 */
import type { DType } from "../../dtypes/dtype.ts";
import { promoteTypes } from "../../dtypes/dtype.ts";

/** How many keys to the left and right of its own position a query may attend to. */
export type Window = readonly [left: number, right: number];

export type AttentionParams = {
  /** Factor of the logits. */
  readonly scale: number;
  readonly isCausal: boolean;
  readonly window: Window | null;
  /** Which of the optional operands there are: they follow q, k and v in this order. */
  readonly bias: boolean;
  readonly mask: boolean;
  readonly queryLengths: boolean;
  readonly keyLengths: boolean;
};

/** Queries, keys and values; bias and mask with any axis of [B, K, G, T, S] 1; lengths, int32[B]. */
export interface Operands<X> {
  readonly q: X;
  readonly k: X;
  readonly v: X;
  readonly bias: X | null;
  readonly mask: X | null;
  readonly queryLengths: X | null;
  readonly keyLengths: X | null;
}

/** How many operands there are. */
export const operandCount = (p: AttentionParams): number =>
  3 + [p.bias, p.mask, p.queryLengths, p.keyLengths].filter((is) => is).length;

/** The operands by name, of a list that they begin. */
export function operandsOf<X>(list: readonly X[], p: AttentionParams): Operands<X> {
  let at = 3;
  const next = (is: boolean): X | null => (is ? list[at++] : null);
  const [q, k, v] = list;
  const [bias, mask] = [next(p.bias), next(p.mask)];
  return { q, k, v, bias, mask, queryLengths: next(p.queryLengths), keyLengths: next(p.keyLengths) };
}

/** The operands as a list. */
export const listOf = <X>(o: Operands<X>): X[] =>
  [o.q, o.k, o.v, o.bias, o.mask, o.queryLengths, o.keyLengths].filter((x): x is X & {} => x !== null);

/** The dtype of logits, weights and sums: float32, or float64 for operands of that. */
export const wideOf = (dtype: DType): DType =>
  promoteTypes([
    { dtype, weakType: false },
    { dtype: "float32", weakType: false },
  ]).dtype;

/** What stands for a logit where attention is not allowed: finite, so that rows without any are no NaN. */
export const excludedOf = (wide: DType): number =>
  wide === "float32" ? -0.7 * 3.4028234663852886e38 : -0.7 * Number.MAX_VALUE;

/** The most keys to the left and right of its own position that a query may attend to; null where there is no bound. */
export function reachOf({ isCausal, window }: AttentionParams): readonly [number | null, number | null] {
  const [left, right] = window ?? [null, null];
  return [left, isCausal ? Math.min(0, right ?? 0) : right];
}
