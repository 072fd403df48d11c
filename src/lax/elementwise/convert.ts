/** @file Conversions between dtypes: of values and of bits. */
import { type NDArray, scalarArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { type DType, bitWidth, isComplex, isInexact, realPart, toDType } from "../../dtypes/dtype.ts";
import { definePrimitive, notLinear, Parts, type Primitive, zeroTangent } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { Zero } from "../../core/zero.ts";
import { DTypeError, ShapeError } from "../../base/errors.ts";
import { batchElementwise, batchInFront } from "../../interpreters/rules.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { linear } from "../families/linear.ts";
import { ne } from "./compare.ts";
import { real } from "./complex/primitives.ts";
import { elementAt, map, pull } from "../../loops/pull.ts";

type ConvertParams = { newDtype: DType; weakType: boolean };

export const convertElementTypeP: Primitive<ConvertParams> = linear<ConvertParams>({
  name: "convert_element_type",
  kind: "elementwise",
  abstractEval: ([x], { newDtype, weakType }) => [shaped(x.shape, newDtype, weakType)],
  lower: ({ outAvals }, [x], { newDtype }) =>
    map(pull(outAvals[0], (i) => e.cast(elementAt(x, i), newDtype))),
  // Integers have no tangents.
  tangent: ([t], { newDtype }) =>
    isInexact(newDtype) ? convertElementType(t, newDtype) : new Zero(shaped(t.shape, newDtype)),
  transpose: (ct, [x]) => convertElementType(ct, x.dtype),
  batch: batchElementwise(() => convertElementTypeP),
  complex: ([x], { newDtype, weakType }) => {
    const part = (y: NDArray): NDArray => convertElementType(y, realPart(newDtype), weakType);
    if (x instanceof Parts) return [new Parts(part(x.re), part(x.im))];
    return [new Parts(part(x), scalarArray(0, realPart(newDtype), weakType))];
  },
});

/** `x` in another dtype. */
export function convertElementType(x: NDArray, newDtype: DType, weakType = false): NDArray {
  if (x.dtype === newDtype && x.weakType === weakType) return x;
  const dtype = toDType(newDtype, "convertElementType");
  if (isComplex(x.dtype) && !isComplex(dtype))
    return dtype === "bool" ? ne(x, 0) : convertElementType(real(x), dtype, weakType);
  return bind1(convertElementTypeP, [x], { newDtype: dtype, weakType });
}

type BitcastParams = { newDtype: DType };

/** Little-endian parts: a wide element is the list of its narrow ones. */
const bitcastConvertTypeP: Primitive<BitcastParams> = definePrimitive<BitcastParams>({
  name: "bitcast_convert_type",
  kind: "elementwise",
  stablehlo: "bitcast_convert",
  abstractEval: ([x], { newDtype }) => {
    const from = bitWidth(x.dtype);
    const to = bitWidth(newDtype);
    if ((x.dtype === "bool") !== (newDtype === "bool") || isComplex(x.dtype) || isComplex(newDtype)) {
      throw new DTypeError(`bitcastConvertType: cannot reinterpret ${x.dtype} as ${newDtype}.`);
    }
    if (from === to) return [shaped(x.shape, newDtype)];
    if (from > to) return [shaped([...x.shape, from / to], newDtype)];
    if (x.shape[x.ndim - 1] !== to / from) {
      throw new ShapeError(
        `bitcastConvertType: to join ${x.dtype} into ${newDtype} the last axis must have size ${to / from}; the shape is [${x.shape.join(",")}].`,
      );
    }
    return [shaped(x.shape.slice(0, -1), newDtype)];
  },
  lower: ({ outAvals }, [x], { newDtype }) => {
    const from = x.aval.dtype;
    const [a, b] = [bitWidth(from), bitWidth(newDtype)];
    if (a === b) return map(pull(outAvals[0], (i) => e.bits(x.at(i), newDtype)));
    if (a > b) {
      return map(
        pull(outAvals[0], (i) => {
          const part = i[i.length - 1];
          return narrowPart(x.at(i.slice(0, -1)), part, newDtype, a / b);
        }),
      );
    }
    return map(
      pull(outAvals[0], (i) => joinParts((k) => x.at([...i, e.constant(k, "int32")]), newDtype, b / a)),
    );
  },
  jvp: zeroTangent,
  transpose: notLinear,
  // Where widths differ the last axis has a meaning of its own: lanes go to the front.
  batch: batchInFront(() => bitcastConvertTypeP),
});

/** Word `part` (an int32 index expression) of a wide value. */
function narrowPart(x: Expr, part: Expr, to: DType, count: number): Expr {
  const width = bitWidth(to);
  const word = (w: Expr, k: Expr): Expr => {
    if (width === 32) return e.bits(w, to);
    const shifted = e.shrl(w, e.mul(e.cast(k, "uint32"), width));
    return e.bits(e.cast(shifted, width === 16 ? "uint16" : "uint8"), to);
  };
  if (bitWidth(x.dtype) < 64)
    return word(e.cast(e.bits(x, `uint${bitWidth(x.dtype)}` as DType), "uint32"), part);
  const perWord = count / 2;
  const low = e.lt(part, e.constant(perWord, "int32"));
  const w =
    x.dtype === "float64"
      ? e.select(low, e.f64Low(x), e.f64High(x))
      : e.cast(e.select(low, x, e.shrl(x, 32)), "uint32");
  const within = e.select(low, part, e.sub(part, e.constant(perWord, "int32")));
  return word(w, within);
}

function joinParts(part: (k: number) => Expr, to: DType, count: number): Expr {
  const wordOf = (start: number, n: number): Expr => {
    let out: Expr | null = null;
    for (let k = 0; k < n; k++) {
      const p = part(start + k);
      const width = bitWidth(p.dtype);
      const raw = e.cast(e.bits(p, `uint${width}` as DType), "uint32");
      const placed = k === 0 ? raw : e.shl(raw, e.constant(width * k, "uint32"));
      out = out === null ? placed : e.or(out, placed);
    }
    return out!;
  };
  if (bitWidth(to) === 64) {
    const [low, high] = [wordOf(0, count / 2), wordOf(count / 2, count / 2)];
    if (to === "float64") return e.bitsToF64(low, high);
    return e.or(e.shl(e.cast(high, to), 32), e.cast(low, to));
  }
  return e.bits(e.cast(wordOf(0, count), `uint${bitWidth(to)}` as DType), to);
}

/** The bits of `x` as another dtype. */
export function bitcastConvertType(x: NDArray, newDtype: DType): NDArray {
  const dtype = toDType(newDtype, "bitcastConvertType");
  return x.dtype === dtype ? x : bind1(bitcastConvertTypeP, [x], { newDtype: dtype });
}
