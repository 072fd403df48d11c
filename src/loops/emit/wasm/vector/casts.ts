/** @file Conversions between dtypes, of several lanes at once. */
import { type DType, bitWidth, isBool, isFloat, isSigned, isWide } from "../../../../dtypes/dtype.ts";
import { integerLimits, isHalf } from "../../../ir/values.ts";
import type { Ref } from "../generators/module.ts";
import { laneBits, scalarType } from "../machine.ts";
import { type Vector, lowHalves, splatBytes } from "./lanes.ts";
import { type Vec, VectorValues } from "./values.ts";

const upper = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];

/** Values that can be converted. */
export class VectorCasts extends VectorValues {
  cast(x: Vec, to: DType): Vec {
    const from = x.dtype;
    if (from === to) return x;
    if (to === "bool") return this.#nonzero(x);
    if (isBool(from)) {
      const one = this.storedBits(x);
      return isFloat(to) || isWide(to) ? this.cast({ ...one, dtype: "int32" }, to) : { ...one, dtype: to };
    }
    if (isHalf(to) && (bitWidth(from) === 32 ? !isFloat(from) : bitWidth(from) === 64))
      return this.#byLane(x, to, (lane) => this.module.callCast(this.f, lane, from, to));
    if (isWide(from) || isWide(to)) return this.#castWide(x, to);
    if (isFloat(from) && !isFloat(to)) return this.#floatToInt(x, to);
    if (isFloat(to)) return isFloat(from) ? this.#floatToFloat(x, to) : this.#intToFloat(x, to);
    return this.wrap({ ...x, dtype: to });
  }

  #nonzero(x: Vec): Vec {
    const { m } = this.f;
    const wide = laneBits(x.dtype) === 64;
    const { ne } = isWide(x.dtype) ? m.i64x2 : wide ? m.f64x2 : isFloat(x.dtype) ? m.f32x4 : m.i32x4;
    const out = this.zip(x, this.constant(x.dtype, this.count(x), 0), ne, "bool");
    return wide ? this.narrowMask(out.vectors) : out;
  }

  /** A conversion of each lane by itself. */
  #byLane(x: Vec, to: DType, convert: (lane: Ref) => Ref): Vec {
    const held = this.hold(x);
    return this.build(to, this.count(x), (lane) => convert(this.extract(held, lane)));
  }

  /** From and to 64-bit integers; of vectors of floats there are no such instructions. */
  #castWide(x: Vec, to: DType): Vec {
    const { m } = this.f;
    const from = x.dtype;
    if (isFloat(from)) {
      const type = scalarType(from) as "f32" | "f64";
      return this.#byLane(x, to, m.i64[`trunc_sat_${type}_${isSigned(to) ? "s" : "u"}`]);
    }
    if (isFloat(to)) {
      const t = m[scalarType(to) as "f32" | "f64"];
      return this.#byLane(x, to, isSigned(from) ? t.convert_i64_s : t.convert_i64_u);
    }
    if (!isWide(to)) return this.wrap(this.narrowMask(x.vectors, to));
    if (isWide(from)) return { ...x, dtype: to };
    const extend = from === "uint32" ? m.i64x2.extend_low_i32x4_u : m.i64x2.extend_low_i32x4_s;
    return { dtype: to, vectors: this.#widen(x, extend) };
  }

  /** Vectors of two 64-bit lanes converted to two 32-bit ones, and joined two by two. */
  #narrow(vectors: readonly Vector[], convert: (v: Ref) => Ref): Vector[] {
    return this.joinPairs(vectors, (lo, hi) =>
      this.f.m.i8x16.shuffle(convert(lo()), convert(hi()), lowHalves),
    );
  }

  /** The lower and the upper two lanes of each vector, widened. */
  #widen(x: Vec, convert: (v: Ref) => Ref): Vector[] {
    const { m } = this.f;
    return x.vectors.flatMap((v): Vector[] => {
      const held = this.f.hold(v(), "v128");
      return [() => convert(held()), () => convert(m.i8x16.shuffle(held(), held(), upper))];
    });
  }

  #floatToInt(x: Vec, to: DType): Vec {
    const t = this.f.m.i32x4;
    const sign = to === "uint32" ? "u" : "s";
    const whole =
      laneBits(x.dtype) === 64
        ? { dtype: to, vectors: this.#narrow(x.vectors, t[`trunc_sat_f64x2_${sign}_zero`]) }
        : this.map(x, t[`trunc_sat_f32x4_${sign}`], to);
    if (bitWidth(to) === 32) return whole;
    const [lo, hi] = integerLimits(to).map(Number);
    const limit = (v: number): Ref => this.f.vector(splatBytes(32, "int", v));
    return this.map(whole, (v) => t.min_s(t.max_s(v, limit(lo)), limit(hi)));
  }

  #floatToFloat(x: Vec, to: DType): Vec {
    const { m } = this.f;
    if (to === "float64") return { dtype: to, vectors: this.#widen(x, m.f64x2.promote_low_f32x4) };
    if (x.dtype !== "float64") return this.wrap({ ...x, dtype: to });
    return { dtype: to, vectors: this.#narrow(x.vectors, m.f32x4.demote_f64x2_zero) };
  }

  #intToFloat(x: Vec, to: DType): Vec {
    const { m } = this.f;
    const sign = x.dtype === "uint32" ? "u" : "s";
    if (to === "float64") return { dtype: to, vectors: this.#widen(x, m.f64x2[`convert_low_i32x4_${sign}`]) };
    return this.wrap(this.map(x, m.f32x4[`convert_i32x4_${sign}`], to));
  }

  /** Reinterprets bits of one width. */
  bits(x: Vec, to: DType): Vec {
    const raw = isHalf(x.dtype) ? this.storedBits(x) : x;
    if (isHalf(to)) return this.half("decode", to, this.wrap({ ...raw, dtype: "uint16" }).vectors);
    return this.wrap({ ...raw, dtype: to });
  }
}
