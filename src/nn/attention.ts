/** @file Scaled dot-product attention, with groups of query heads that share keys and values. */
import { show } from "../base/checks.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import { type DType, promoteTypes } from "../dtypes/dtype.ts";
import { shapeString } from "../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../base/errors.ts";
import { asArray } from "../lax/operands/convert.ts";
import { broadcastedIota, convertElementType } from "../lax/index.ts";
import { type RestOf, settle, signature } from "../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../arguments/parameters.ts";
import * as np from "../numpy/index.ts";
import { logsumexp, softmax } from "./normalisation.ts";

const positional = [
  /** Added to the logits: of a shape that broadcasts to [B, N, T, S]. */
  param<[bias: ArrayLike | null]>()("bias", null),
  /** True where a query may attend to a key: bool, of a shape that broadcasts to [B, N, T, S]. */
  param<[mask: ArrayLike | null]>()("mask", null),
] as const;
const byName = [
  /** Factor of the logits: 1/√H by default. */
  param<[scale: number | null]>()("scale", null),
  /** Query t attends to the keys up to t only. */
  param<[isCausal: boolean]>()("isCausal", false),
  /** Lengths of the query sequences, int32[B]. */
  param<[querySeqLengths: ArrayLike | null]>()("querySeqLengths", null),
  /** Lengths of the key and value sequences, int32[B]. */
  param<[keyValueSeqLengths: ArrayLike | null]>()("keyValueSeqLengths", null),
  /** How many keys to the left and right of its own position a query may attend to. */
  param<[localWindowSize: number | readonly [number, number] | null]>()("localWindowSize", null),
  /** Accepted for JAX's sake: "xla" or null. */
  param<[implementation: string | null]>()("implementation", null),
  /** Also return the log-sum-exp of the logits, [B, T, N]. */
  param<[returnResidual: boolean]>()("returnResidual", false),
] as const;
const attentionSignature = signature("dotProductAttention", 3, positional, byName);
/** Options of `dotProductAttention`. */
export type AttentionOptions = OptionsOf<typeof attentionSignature.params>;
type AttentionValues = Values<typeof attentionSignature.params>;

const where = "dotProductAttention";

/** Adds leading axes up to four. */
function fourAxes(x: ArrayLike): NDArray {
  const a = asArray(x, where);
  return a.ndim >= 4 ? a : np.reshape(a, [...new Array<number>(4 - a.ndim).fill(1), ...a.shape]);
}

function check(name: string, x: NDArray, shape: readonly (number | null)[], dtype?: DType): void {
  if (x.ndim !== shape.length || x.shape.some((d, i) => shape[i] !== null && d !== shape[i])) {
    throw new ShapeError(
      `${where}: ${name} should have shape [${shape.map((d) => d ?? "any").join(", ")}]; got ${shapeString(x.shape)}.`,
    );
  }
  if (dtype !== undefined && x.dtype !== dtype)
    throw new DTypeError(`${where}: ${name} should have dtype ${dtype}; got ${x.dtype}.`);
}

/** The sizes of an attention: batch, targets, sources, key heads, groups of query heads. */
interface Sizes {
  readonly b: number;
  readonly t: number;
  readonly s: number;
  readonly k: number;
  readonly g: number;
}

/** A bias or mask [B, N, T, S], any axis of which may be 1, as [B, K, G, T, S]. */
function grouped(name: string, x: NDArray, { b, t, s, k, g }: Sizes): NDArray {
  const fits = [b, k * g, t, s].every((d, i) => x.shape[i] === d || x.shape[i] === 1);
  if (x.ndim !== 4 || !fits) {
    throw new ShapeError(
      `${where}: ${name} should broadcast to shape ${shapeString([b, k * g, t, s])}; got ${shapeString(x.shape)}.`,
    );
  }
  const [bx, nx, tx, sx] = x.shape as [number, number, number, number];
  return np.reshape(x, nx === 1 ? [bx, 1, 1, tx, sx] : [bx, k, g, tx, sx]);
}

const positions = (shape: readonly number[], axis: number): NDArray => broadcastedIota("int32", shape, axis);

function lengthsOf(name: string, x: ArrayLike | null, batch: number): NDArray | null {
  if (x === null) return null;
  const a = asArray(x, where);
  check(name, a, [batch], "int32");
  return np.reshape(a, [batch, 1, 1, 1, 1]);
}

/** Where attention is allowed: arrays that broadcast to [B, K, G, T, S]; none if it is everywhere. */
function masksOf(o: AttentionValues, sizes: Sizes, queryLengths: NDArray | null): NDArray[] {
  const { b, t, s } = sizes;
  const masks: NDArray[] = [];
  if (o.mask !== null) {
    const mask = fourAxes(o.mask);
    check("mask", mask, [null, null, null, null], "bool");
    masks.push(grouped("mask", mask, sizes));
  }
  const target = positions([t, s], 0);
  const source = positions([t, s], 1);
  if (o.isCausal) masks.push(np.greaterEqual(target, source));
  const window = o.localWindowSize;
  if (window !== null) {
    const [left, right] = typeof window === "number" ? [window, window] : window;
    masks.push(np.lessEqual(target, np.add(source, left)));
    masks.push(np.greaterEqual(target, np.subtract(source, right)));
  }
  const keyLengths = lengthsOf("keyValueSeqLengths", o.keyValueSeqLengths, b);
  if (queryLengths !== null) masks.push(np.less(positions([t, 1], 0), queryLengths));
  if (keyLengths !== null) masks.push(np.less(positions([1, s], 1), keyLengths));
  return masks;
}

/** What stands for a logit where attention is not allowed: finite, so that rows without any are no NaN. */
const excluded: { readonly [D in DType]?: number } = { float32: -0.7 * 3.4028234663852886e38 };

/** Brings operands to four axes and checks that they fit each other. */
function operandsOf(query: ArrayLike, key: ArrayLike, value: ArrayLike): [NDArray, NDArray, NDArray, Sizes] {
  const [q, k, v] = [fourAxes(query), fourAxes(key), fourAxes(value)];
  check("key", k, [null, null, null, null]);
  const [b, s, heads, h] = k.shape as [number, number, number, number];
  check("value", v, [b, s, heads, h], k.dtype);
  check("query", q, [b, null, null, h], k.dtype);
  const [, t, n] = q.shape as [number, number, number, number];
  if (heads === 0 || n % heads !== 0) {
    throw new ShapeError(
      `${where}: the ${n} query heads must be a multiple of the ${heads} key and value heads.`,
    );
  }
  return [q, k, v, { b, t, s, k: heads, g: n / heads }];
}

/**
 * softmax(query·keyᵀ·scale + bias)·value, per head. Axes: query [B, T, N, H], key and value [B, S, K, H] (or all without
 * B), where N is a multiple of K: query heads share keys and values in groups. The softmax is computed in float32 at
 * least; of float64 in float64.
 * @param rest bias, mask; see `AttentionOptions`
 * @returns an array of the query's shape; with `returnResidual` a list of it and the log-sum-exp of the logits
 * @throws ShapeError, DTypeError for operands that do not fit each other; ArgumentError for another implementation
 * @see jax.nn.dot_product_attention
 * @example
 * nn.dotProductAttention(np.ones([4, 2, 8]), np.ones([5, 1, 8]), np.ones([5, 1, 8])).shape; // [4, 2, 8]
 */
export function dotProductAttention(
  query: ArrayLike,
  key: ArrayLike,
  value: ArrayLike,
  options: AttentionOptions & { readonly returnResidual: true },
): [NDArray, NDArray];
export function dotProductAttention(
  query: ArrayLike,
  key: ArrayLike,
  value: ArrayLike,
  ...rest: RestOf<typeof positional, typeof byName>
): NDArray;
export function dotProductAttention(
  query: ArrayLike,
  key: ArrayLike,
  value: ArrayLike,
  ...rest: readonly unknown[]
): NDArray | [NDArray, NDArray] {
  const o = settle(attentionSignature, rest);
  const implementation = o.implementation ?? "xla";
  if (implementation !== "xla")
    throw new ArgumentError(
      `${where}: unknown implementation ${show(implementation)}; the only one is 'xla'.`,
    );
  const [q, k, v, sizes] = operandsOf(query, key, value);
  const { b, t } = sizes;
  const [heads, h] = [q.shape[2], q.shape[3]];
  const { dtype } = promoteTypes([
    { dtype: q.dtype, weakType: false },
    { dtype: "float32", weakType: false },
  ]);
  const wide = (x: NDArray): NDArray => convertElementType(x, dtype);
  const split = np.reshape(q, [b, t, sizes.k, sizes.g, h]);
  let logits = np.multiply(np.einsum("btkgh,bskh->bkgts", wide(split), wide(k)), o.scale ?? 1 / Math.sqrt(h));
  if (o.bias !== null) {
    const bias = grouped("bias", fourAxes(o.bias), sizes);
    logits = wide(np.add(logits, bias));
  }
  const queryLengths = lengthsOf("querySeqLengths", o.querySeqLengths, b);
  const masks = masksOf(o, sizes, queryLengths);
  if (masks.length > 0) {
    const allowed = masks.reduce((x, y) => np.logicalAnd(x, y));
    logits = np.where(allowed, logits, excluded[dtype] ?? -0.7 * Number.MAX_VALUE);
  }
  const weights = convertElementType(softmax(logits, -1), k.dtype);
  let out = np.einsum("bkgts,bskh->btkgh", weights, v);
  if (queryLengths !== null && o.keyValueSeqLengths !== null) {
    const real = np.less(np.reshape(positions([t], 0), [1, t, 1, 1, 1]), queryLengths);
    out = np.multiply(out, convertElementType(real, out.dtype));
  }
  const given = asArray(query, where).shape;
  const result = np.reshape(out, given);
  if (!o.returnResidual) return result;
  const sums = convertElementType(logsumexp(logits, -1), k.dtype);
  const residual = np.moveaxis(np.reshape(sums, [b, heads, t]), 1, 2);
  return [result, np.reshape(residual, given.slice(0, -1))];
}
