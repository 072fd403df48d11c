/**
 * @file Attention by definition: the logits of all pairs, their softmax, the weighted sum of values; and, on the same numbers, how
 * results change with the operands and how operands' cotangents follow from those of the results.
 *
 * These functions take what the fused form (fused.ts) takes and give what it gives. They are differentiable in all they are given,
 * statistics of the rows included: so they are the derivatives of its rules.
 */
import type { NDArray } from "../../core/array.ts";
import { stopped } from "../../lax/identities/stop-gradient.ts";
import { broadcastedIota, convertElementType } from "../../lax/index.ts";
import * as np from "../../numpy/index.ts";
import { type AttentionParams, type Operands, excludedOf, operandsOf, wideOf } from "./parameters.ts";

const positions = (size: number, axis: 0 | 1): NDArray =>
  broadcastedIota("int32", axis === 0 ? [size, 1] : [1, size], axis);

const perImage = (lengths: NDArray): NDArray => np.reshape(lengths, [lengths.shape[0], 1, 1, 1, 1]);

/** Where attention is allowed: an array that broadcasts to [B, K, G, T, S]; null if it is everywhere. */
function allowedOf(o: Operands<NDArray>, { isCausal, window }: AttentionParams): NDArray | null {
  const [target, source] = [positions(o.q.shape[1], 0), positions(o.k.shape[1], 1)];
  const masks: NDArray[] = [];
  if (o.mask !== null) masks.push(o.mask);
  if (isCausal) masks.push(np.greaterEqual(target, source));
  if (window !== null) {
    masks.push(np.lessEqual(target, np.add(source, window[0])));
    masks.push(np.greaterEqual(target, np.subtract(source, window[1])));
  }
  if (o.queryLengths !== null) masks.push(np.less(target, perImage(o.queryLengths)));
  if (o.keyLengths !== null) masks.push(np.less(source, perImage(o.keyLengths)));
  return masks.length === 0 ? null : masks.reduce((x, y) => np.logicalAnd(x, y));
}

const widened = (x: NDArray): NDArray => convertElementType(x, wideOf(x.dtype));

/** Σ over the width: [B, K, G, T, S]. */
const products = (q: NDArray, k: NDArray): NDArray => np.einsum("btkgh,bskh->bkgts", widened(q), widened(k));

/** Σ over the keys: [B, T, K, G, H]. */
const weighted = (weights: NDArray, v: NDArray): NDArray => np.einsum("bkgts,bskh->btkgh", weights, v);

/** The logits of all pairs, and where they are allowed. */
export function logitsOf(o: Operands<NDArray>, p: AttentionParams): [NDArray, NDArray | null] {
  const raw = np.multiply(products(o.q, o.k), p.scale);
  const logits = o.bias === null ? raw : convertElementType(np.add(raw, o.bias), raw.dtype);
  const allowed = allowedOf(o, p);
  return [allowed === null ? logits : np.where(allowed, logits, excludedOf(logits.dtype)), allowed];
}

/** What of the tangents or cotangents of logits counts. */
const whereAllowed = (allowed: NDArray | null, x: NDArray): NDArray =>
  allowed === null ? x : np.where(allowed, x, 0);

/** Statistics [B, K, G, T] beside logits. */
const beside = (x: NDArray): NDArray => np.expandDims(x, -1);
/** Statistics [B, K, G, T] beside results. */
const besideRows = (x: NDArray): NDArray => np.expandDims(np.transpose(x, [0, 3, 1, 2]), -1);

/** A row's maximum is subtracted, unless that makes NaN of the others. */
const shiftOf = (most: NDArray): NDArray => np.where(np.equal(most, -Infinity), 0, most);

/** The results, and of each row of logits the maximum m and Σ e^(logit − m), in which m is a constant. */
export function composedAttention(list: readonly NDArray[], p: AttentionParams): NDArray[] {
  const o = operandsOf(list, p);
  const [logits] = logitsOf(o, p);
  const most = stopped(np.max(logits, -1));
  const scaled = np.exp(np.subtract(logits, beside(shiftOf(most))));
  const sum = np.sum(scaled, -1);
  const weights = np.divide(scaled, beside(sum));
  return [convertElementType(weighted(weights, widened(o.v)), o.v.dtype), most, sum];
}

/** The weights, from the statistics of the rows, and where they depend on logits. */
function weightsOf(
  o: Operands<NDArray>,
  [most, sum]: readonly NDArray[],
  p: AttentionParams,
): [NDArray, NDArray | null] {
  const [logits, allowed] = logitsOf(o, p);
  const scaled = np.exp(np.subtract(logits, beside(shiftOf(most))));
  return [np.divide(scaled, beside(sum)), allowed];
}

/** Operands, results (and statistics), tangents of q, k and v ↦ tangents of the results and of the log-sum-exp of the logits. */
export function composedTangent(list: readonly NDArray[], p: AttentionParams): NDArray[] {
  const o = operandsOf(list, p);
  const [out, most, sum, dq, dk, dv] = list.slice(-6);
  const [weights, allowed] = weightsOf(o, [most, sum], p);
  const raw = np.multiply(np.add(products(dq, o.k), products(o.q, dk)), p.scale);
  const changes = np.multiply(weights, whereAllowed(allowed, raw));
  const mean = np.sum(changes, -1);
  const moved = np.add(weighted(changes, widened(o.v)), weighted(weights, widened(dv)));
  const tangent = np.subtract(moved, np.multiply(besideRows(mean), widened(out)));
  return [convertElementType(tangent, out.dtype), mean];
}

/** Operands, results (and statistics), cotangents of the results and of the log-sum-exp ↦ cotangents of q, k and v. */
export function composedGradient(list: readonly NDArray[], p: AttentionParams): NDArray[] {
  const o = operandsOf(list, p);
  const [out, most, sum, dout, dlse] = list.slice(-5);
  const [weights, allowed] = weightsOf(o, [most, sum], p);
  const rows = np.sum(np.multiply(widened(dout), widened(out)), -1);
  const mean = np.subtract(np.transpose(rows, [0, 2, 3, 1]), dlse);
  const slopes = np.subtract(products(dout, o.v), beside(mean));
  const changes = np.multiply(np.multiply(weights, whereAllowed(allowed, slopes)), p.scale);
  return [
    convertElementType(weighted(changes, widened(o.k)), o.q.dtype),
    convertElementType(np.einsum("bkgts,btkgh->bskh", changes, widened(o.q)), o.k.dtype),
    convertElementType(np.einsum("bkgts,btkgh->bskh", weights, widened(dout)), o.v.dtype),
  ];
}
