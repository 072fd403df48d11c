/** @file The bytes of arrays: `byteswap` and `tobytes`, methods of arrays. */
import { refuseMore, show } from "../../base/checks.ts";
import { ComplexArray, ConcreteArray, type NDArray, encodeData, scalarArray } from "../../core/array.ts";
import { type TypedArray, allocate, bitWidth, isComplex, realPart } from "../../dtypes/dtype.ts";
import { readElement } from "../../dtypes/float16.ts";
import { ArgumentError } from "../../base/errors.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";
import { transpose } from "../shapes/manipulation.ts";

/** The stored data, as bytes of their own. Complex numbers are pairs. */
function bytesOf(x: ConcreteArray): Uint8Array {
  const data = storedData(x);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function storedData(x: ConcreteArray): TypedArray {
  if (x instanceof ComplexArray) return x.dataSync();
  const { raw } = x;
  return typeof raw === "object" ? raw.slice() : encodeData(x.dtype, [raw]);
}

/** The bytes of the elements in memory's order, each from the least significant one. */
export function tobytes(x: NDArray, order: "C" | "F" = "C"): Uint8Array {
  if (order !== "C" && order !== "F")
    throw new ArgumentError(`tobytes: order must be "C" or "F"; got ${show(order)}.`);
  const ordered = order === "F" && x.ndim > 1 ? transpose(x) : x;
  // Of a tracer this is an error that says what to do instead.
  if (!(ordered instanceof ConcreteArray)) return new Uint8Array(ordered.dataSync().buffer);
  return bytesOf(ordered);
}

/** Bit patterns with their bytes in reverse. */
function swapBits(bits: NDArray, width: number): NDArray {
  const bytes = range(width / 8).map((k) => {
    const byte = lax.bitwiseAnd(lax.shiftRightLogical(bits, lax.fullLike(bits, 8 * k)), 255);
    return lax.shiftLeft(byte, lax.fullLike(bits, width - 8 - 8 * k));
  });
  return bytes.reduce((a, b) => lax.bitwiseOr(a, b));
}

/** Under a transformation: by operations on bits. */
function swapTraced(x: NDArray): NDArray {
  if (isComplex(x.dtype)) return lax.complex(swapTraced(lax.real(x)), swapTraced(lax.imag(x)));
  const width = bitWidth(x.dtype);
  if (width === 8) return x;
  if (width < 64) {
    const word = width === 16 ? "uint16" : "uint32";
    return lax.bitcastConvertType(swapBits(lax.bitcastConvertType(x, word), width), x.dtype);
  }
  const words = swapBits(lax.bitcastConvertType(x, "uint32"), 32);
  return lax.bitcastConvertType(lax.rev(words, [words.ndim - 1]), x.dtype);
}

/** The bytes of each element (of each part of complex ones) in reverse. */
export function byteswap(x: NDArray, ...more: []): NDArray {
  refuseMore("byteswap", 0, more);
  if (!(x instanceof ConcreteArray)) return swapTraced(x);
  if (x instanceof ComplexArray)
    return new ComplexArray(x.aval, byteswap(x.re) as ConcreteArray, byteswap(x.im) as ConcreteArray);
  const size = bitWidth(realPart(x.dtype)) / 8;
  const bytes = bytesOf(x);
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  const data = allocate(x.dtype, x.size);
  new Uint8Array(data.buffer).set(bytes);
  if (x.ndim === 0) return scalarArray(readElement(data, x.dtype, 0), x.dtype, x.weakType);
  return new ConcreteArray(x.aval, data);
}
