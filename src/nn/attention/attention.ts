/** @file Scaled dot-product attention, with groups of query heads that share keys and values. */
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind } from "../../core/trace.ts";
import { type DType, isComplex, isFloat } from "../../dtypes/dtype.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { convertElementType } from "../../lax/index.ts";
import { type RestOf, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import * as np from "../../numpy/index.ts";
import { logsumexp, softmax } from "../normalisation.ts";
import type { BlockSizes } from "./blocks.ts";
import { logitsOf } from "./composed.ts";
import { attentionP } from "./fused.ts";
import { type AttentionParams, type Operands, listOf, reachOf, wideOf } from "./parameters.ts";

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
  /** Lengths of the query sequences, int32[B]: results beyond are 0. */
  param<[querySeqLengths: ArrayLike | null]>()("querySeqLengths", null),
  /** Lengths of the key and value sequences, int32[B]. */
  param<[keyValueSeqLengths: ArrayLike | null]>()("keyValueSeqLengths", null),
  /** How many keys to the left and right of its own position a query may attend to. */
  param<[localWindowSize: number | readonly [number, number] | null]>()("localWindowSize", null),
  /** How it is computed: "xla" by definition, "fused" in one pass over the keys; null chooses. */
  param<[implementation: string | null]>()("implementation", null),
  /** Also return the log-sum-exp of the logits, [B, T, N] (in JAX without a derivative; here it has one). */
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

function lengthsOf(name: string, x: ArrayLike | null, batch: number): NDArray | null {
  if (x === null) return null;
  const a = asArray(x, where);
  check(name, a, [batch], "int32");
  return a;
}

function maskOf(x: ArrayLike | null, sizes: Sizes): NDArray | null {
  if (x === null) return null;
  const mask = fourAxes(x);
  check("mask", mask, [null, null, null, null], "bool");
  return grouped("mask", mask, sizes);
}

/** Brings operands to four axes and checks that they fit each other. */
function arraysOf(query: ArrayLike, key: ArrayLike, value: ArrayLike): [NDArray, NDArray, NDArray, Sizes] {
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

/** Names of the forms: by definition (JAX's name for it), and in one pass over the keys. */
const implementations: readonly unknown[] = ["xla", "fused"];

/** Queries and keys of a block. */
const blockSizes: BlockSizes = [128, 128];

/**
 * When the fused form is chosen: from so many pairs of a query and a key on, where it skips some, and so takes less time; else where
 * the logits take so many bytes. (Where it skips none, its results take the same time, but its gradient, which computes logits again,
 * takes 1.3 times as long: docs/memory.md.)
 */
const manyPairs = 2 ** 16;
const manyBytes = 2 ** 26;

/** Can the loops of the fused form do it? They take floats, whole numbers for a window, and no axis of size 0. */
function mayFuse({ q, k, bias }: Operands<NDArray>, { scale, window }: AttentionParams): boolean {
  const isReal = (x: NDArray | null): boolean => x === null || (!isComplex(x.dtype) && x.size > 0);
  return (
    isFloat(k.dtype) &&
    [q, k, bias].every(isReal) &&
    typeof scale === "number" &&
    (window === null || window.every((n) => Number.isInteger(n)))
  );
}

function wantsFused(implementation: string | null, p: AttentionParams, sizes: Sizes, dtype: DType): boolean {
  if (implementation !== null) return implementation === "fused";
  const { b, t, s, k, g } = sizes;
  const skips = reachOf(p).some((n) => n !== null);
  const bytes = b * k * g * t * s * (dtype === "float64" ? 8 : 4);
  return t * s >= manyPairs && (skips || bytes >= manyBytes);
}

/**
 * softmax(query·keyᵀ·scale + bias)·value, per head. Axes: query [B, T, N, H], key and value [B, S, K, H] (or all without
 * B), where N is a multiple of K: query heads share keys and values in groups. The softmax is computed in float32 at
 * least; of float64 in float64. Long sequences are computed in one pass over blocks of keys, without the logits of all pairs, and so are
 * their gradients; see `implementation`.
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
  if (o.implementation !== null && !implementations.includes(o.implementation))
    throw new ArgumentError(
      `${where}: unknown implementation ${show(o.implementation)}; there are 'xla' and 'fused'.`,
    );
  const [q, k, v, sizes] = arraysOf(query, key, value);
  const [operands, params] = settled(o, q, k, v, sizes);
  const isFused = mayFuse(operands, params) && wantsFused(o.implementation, params, sizes, k.dtype);
  const [out, lse] = isFused ? fused(operands, params) : composed(operands, params, o.returnResidual);
  const { queryLengths } = operands;
  const { b, t } = sizes;
  let whole = out;
  if (queryLengths !== null) {
    const real = np.less(
      np.reshape(np.arange(t, { dtype: "int32" }), [1, t, 1, 1, 1]),
      np.reshape(queryLengths, [b, 1, 1, 1, 1]),
    );
    whole = np.multiply(out, convertElementType(real, out.dtype));
  }
  const given = asArray(query, where).shape;
  const result = np.reshape(whole, given);
  if (lse === null || !o.returnResidual) return result;
  const sums = convertElementType(lse, k.dtype);
  const residual = np.moveaxis(np.reshape(sums, [b, q.shape[2], t]), 1, 2);
  return [result, np.reshape(residual, given.slice(0, -1))];
}

/** The operands as all forms take them, and how they are meant. */
function settled(
  o: AttentionValues,
  q: NDArray,
  k: NDArray,
  v: NDArray,
  sizes: Sizes,
): [Operands<NDArray>, AttentionParams] {
  const { b, t } = sizes;
  const h = q.shape[3];
  const split = np.reshape(q, [b, t, sizes.k, sizes.g, h]);
  const given = o.bias === null ? null : grouped("bias", fourAxes(o.bias), sizes);
  // Where it is a number it takes the dtype of the logits.
  const bias = given?.aval.weakType === true ? convertElementType(given, wideOf(k.dtype)) : given;
  const queryLengths = lengthsOf("querySeqLengths", o.querySeqLengths, b);
  const mask = maskOf(o.mask, sizes);
  const keyLengths = lengthsOf("keyValueSeqLengths", o.keyValueSeqLengths, b);
  const window = o.localWindowSize;
  const params: AttentionParams = {
    scale: o.scale ?? 1 / Math.sqrt(h),
    isCausal: o.isCausal,
    window: typeof window === "number" ? [window, window] : window,
    bias: bias !== null,
    mask: mask !== null,
    queryLengths: queryLengths !== null,
    keyLengths: keyLengths !== null,
  };
  return [{ q: split, k, v, bias, mask, queryLengths, keyLengths }, params];
}

/** By definition: the results [B, T, K, G, H], and the log-sum-exp of each row if it is wanted. */
function composed(o: Operands<NDArray>, p: AttentionParams, wantsSums: boolean): [NDArray, NDArray | null] {
  const [logits] = logitsOf(o, p);
  const weights = convertElementType(softmax(logits, -1), o.k.dtype);
  return [np.einsum("bkgts,bskh->btkgh", weights, o.v), wantsSums ? logsumexp(logits, -1) : null];
}

/** In one pass over the keys. */
function fused(o: Operands<NDArray>, p: AttentionParams): [NDArray, NDArray] {
  const [out, most, sum] = bind(attentionP, listOf(o), { ...p, blocks: blockSizes });
  return [out, np.add(most, np.log(sum))];
}
