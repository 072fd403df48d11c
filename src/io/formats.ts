/**
 * @file How dtypes are called in files, and arrays as bytes.
 *
 * Files are little-endian unless they say otherwise, as are all hosts of WebAssembly; bytes become arrays in place.
 */
import { ComplexArray, ConcreteArray, type NDArray, partAval, scalarArray } from "../core/array.ts";
import { shaped } from "../core/aval.ts";
import { type DType, allocate, bitWidth, dtypes, isComplex, realPart, typedView } from "../dtypes/dtype.ts";
import { readElement } from "../dtypes/float16.ts";
import { FileError } from "../base/errors.ts";
import { maxSize, mostAxes } from "../base/checks.ts";
import { prod } from "../base/util.ts";

/** Bytes in a buffer that is theirs alone. */
export type OwnBytes = Uint8Array<ArrayBuffer>;

interface Names {
  /** The kind and size of NumPy's `dtype.str`. bfloat16 is written as ml_dtypes writes it and read as JAX's `load` does. */
  readonly npy: string;
  /** Null where the format has no name for it. */
  readonly safetensors: string | null;
}

const names: { readonly [D in DType]: Names } = {
  bool: { npy: "b1", safetensors: "BOOL" },
  int8: { npy: "i1", safetensors: "I8" },
  uint8: { npy: "u1", safetensors: "U8" },
  int16: { npy: "i2", safetensors: "I16" },
  uint16: { npy: "u2", safetensors: "U16" },
  int32: { npy: "i4", safetensors: "I32" },
  uint32: { npy: "u4", safetensors: "U32" },
  int64: { npy: "i8", safetensors: "I64" },
  uint64: { npy: "u8", safetensors: "U64" },
  float16: { npy: "f2", safetensors: "F16" },
  bfloat16: { npy: "V2", safetensors: "BF16" },
  float32: { npy: "f4", safetensors: "F32" },
  float64: { npy: "f8", safetensors: "F64" },
  complex64: { npy: "c8", safetensors: "C64" },
  complex128: { npy: "c16", safetensors: null },
};

/** What a format calls a dtype; null if it cannot hold it. */
export const nameIn = (format: keyof Names, dtype: DType): string | null => names[dtype][format];

/** The dtype that a format calls so; null if the library has none. */
export const dtypeIn = (format: keyof Names, name: string): DType | null =>
  dtypes.find((d) => names[d][format] === name) ?? null;

/** The dtypes that a format can hold, for messages. */
export const dtypesIn = (format: keyof Names): string =>
  dtypes.filter((d) => names[d][format] !== null).join(", ");

/** The bytes of one number: of a part, if the dtype is complex. */
export const unitOf = (dtype: DType): number => bitWidth(realPart(dtype)) / 8;

/** True for what a file may say of a size. */
export const isSize = (x: unknown): x is number =>
  typeof x === "number" && Number.isSafeInteger(x) && x >= 0 && !Object.is(x, -0);

/**
 * The number of elements of a shape that a file claims.
 * @throws FileError if there is no such array
 */
export function sizeOfShape(shape: readonly number[], where: string): number {
  if (shape.length > mostAxes)
    throw new FileError(`${where}: a shape of ${shape.length} axes; arrays have at most ${mostAxes}.`);
  const size = prod(shape);
  if (size > maxSize || shape.some((n) => n > maxSize))
    throw new FileError(
      `${where}: shape [${shape.slice(0, 8).join(",")}${shape.length > 8 ? ",…" : ""}] is more than arrays can have ` +
        `(${maxSize} elements, and as many along an axis).`,
    );
  return size;
}

/** The array of these bytes, which it takes over. Their number is that of shape and dtype. */
export function arrayOf(bytes: OwnBytes, dtype: DType, shape: readonly number[]): NDArray {
  const aval = shaped(shape, dtype);
  if (isComplex(dtype)) {
    const pairs = typedView(dtype, bytes.buffer, 0, aval.size);
    const part = (offset: number): ConcreteArray => {
      const data = allocate(realPart(dtype), aval.size);
      for (let i = 0; i < aval.size; i++) data[i] = pairs[2 * i + offset];
      if (aval.ndim === 0) return scalarArray(readElement(data, realPart(dtype), 0), realPart(dtype));
      return new ConcreteArray(partAval(aval), data);
    };
    return new ComplexArray(aval, part(0), part(1));
  }
  // Any byte but 0 is true, as for NumPy.
  if (dtype === "bool") for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
  const data = typedView(dtype, bytes.buffer, 0, aval.size);
  return aval.ndim === 0 ? scalarArray(readElement(data, dtype, 0), dtype) : new ConcreteArray(aval, data);
}

/** Reverses the bytes of each unit, in place. */
export function swapBytes(bytes: Uint8Array, unit: number): void {
  for (let at = 0; at < bytes.length; at += unit) {
    for (let i = at, j = at + unit - 1; i < j; i++, j--) {
      const byte = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = byte;
    }
  }
}

type Words = Uint8Array | Uint16Array | Uint32Array;

function wordsOf(bytes: OwnBytes, item: number): Words {
  if (item === 1) return bytes;
  return item === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
}

/** Elements whose first index varies fastest, reordered so that the last one does. `item` is the bytes of an element. */
export function fromFortran(bytes: OwnBytes, shape: readonly number[], item: number): OwnBytes {
  if (shape.filter((n) => n !== 1).length < 2 || bytes.length === 0) return bytes;
  const out = new Uint8Array(bytes.length);
  const from = wordsOf(bytes, item);
  const to = wordsOf(out, item);
  const each = item / from.BYTES_PER_ELEMENT;
  const strides = shape.map((_, axis) => each * prod(shape.slice(0, axis)));
  const last = shape.length - 1;
  const index = shape.map(() => 0);
  let source = 0;
  for (let at = 0; at < to.length;) {
    for (let k = 0; k < shape[last]; k++) {
      for (let word = 0; word < each; word++) to[at++] = from[source + k * strides[last] + word];
    }
    for (let axis = last - 1; axis >= 0; axis--) {
      source += strides[axis];
      if (++index[axis] < shape[axis]) break;
      source -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return out;
}

/** Bytes one after another, in one buffer. */
export function join(parts: readonly Uint8Array[]): OwnBytes {
  const out = newBytes(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Memory for so many bytes. @throws OutOfMemoryError where the host has none */
export const newBytes = (length: number): OwnBytes => {
  const { buffer } = allocate("uint8", length);
  return new Uint8Array(buffer as ArrayBuffer);
};
