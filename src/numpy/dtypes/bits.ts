/** @file Bits and bytes: packbits, unpackbits. */
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { insertAt, replaceAt } from "../../dtypes/shape.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import * as p from "../operands/parameters.ts";
import { alongAxis } from "../operands/shapes.ts";

type BitOrder = "big" | "little";

/** Which bit comes first: the most significant one ("big"), or the least. */
const bitorderParam = param<[bitorder: BitOrder]>()("bitorder", "big");
/** How many bits to return; negative: how many to leave out at the end. */
const countParam = param<[count: number | null]>()("count", null);

/** For each of 8 bits along axis `k` its shift, in the order they are stored. */
function shifts(name: string, bitorder: BitOrder, shape: readonly number[], k: number): NDArray {
  if (bitorder !== "big" && bitorder !== "little")
    throw new ArgumentError(`${name}: unknown bitorder ${show(bitorder)}; expected "big" or "little".`);
  const bits = Uint8Array.from(range(8).map((i) => (bitorder === "big" ? 7 - i : i)));
  return lax.broadcastInDim(bits, shape, [k]);
}

/** Zeros behind the elements of axis `k`, up to `size` of them. */
const extended = (x: NDArray, k: number, size: number): NDArray =>
  lax.pad(
    x,
    0,
    x.shape.map((d, i): lax.PadConfig => [0, i === k ? size - d : 0, 0]),
  );

/**
 * Eight elements (0, or 1 if not 0) along an axis (default: of the flattened array) to each byte, the end filled with 0. It
 * has no derivative.
 * @throws DTypeError for inexact arrays, ArgumentError for an unknown `bitorder`
 * @see jax.numpy.packbits
 * @example
 * np.packbits(np.array([1, 0, 0, 0, 0, 0, 0, 1], "int32")).js(); // [129]
 */
export const packbits = define(
  "packbits",
  [p.oneAxis, bitorderParam],
  [],
  ({ axis, bitorder }, a: ArrayLike) => {
    const array = asArray(a, "packbits");
    if (isInexact(array.dtype))
      throw new DTypeError(`packbits: expected an integer or bool array; got ${array.dtype}.`);
    const [x, k] = alongAxis("packbits", array, axis);
    const bytes = Math.ceil(x.shape[k] / 8);
    const shape = insertAt(replaceAt(x.shape, k, bytes), k + 1, 8);
    const bits = extended(lax.convertElementType(lax.ne(x, 0), "uint8"), k, bytes * 8);
    const shifted = lax.shiftLeft(lax.reshape(bits, shape), shifts("packbits", bitorder, shape, k + 1));
    return lax.reduceSum(shifted, [k + 1]);
  },
);

/**
 * The bits of bytes along an axis (default: of the flattened array), as uint8. It has no derivative.
 * @throws DTypeError for other than uint8 arrays, ArgumentError for an unknown `bitorder`
 * @see jax.numpy.unpackbits
 * @example
 * np.unpackbits(np.array([129], "uint8")).js(); // [1, 0, 0, 0, 0, 0, 0, 1]
 */
export const unpackbits = define(
  "unpackbits",
  [p.oneAxis, countParam, bitorderParam],
  [],
  ({ axis, count, bitorder }, a: ArrayLike) => {
    const array = asArray(a, "unpackbits");
    if (array.dtype !== "uint8")
      throw new DTypeError(`unpackbits: expected a uint8 array; got ${array.dtype}.`);
    const [x, k] = alongAxis("unpackbits", array, axis);
    const shape = insertAt(x.shape, k + 1, 8);
    const places = range(x.ndim).map((i) => (i <= k ? i : i + 1));
    const wide = lax.broadcastInDim(x, shape, places);
    const shifted = lax.shiftRightLogical(wide, shifts("unpackbits", bitorder, shape, k + 1));
    const total = x.shape[k] * 8;
    const bits = lax.reshape(lax.bitwiseAnd(shifted, 1), replaceAt(x.shape, k, total));
    const wanted = count ?? total;
    const n = wanted < 0 ? Math.max(0, total + wanted) : wanted;
    return n <= total ? lax.sliceInDim(bits, 0, n, 1, k) : extended(bits, k, n);
  },
);
