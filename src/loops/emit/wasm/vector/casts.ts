/** @file Conversions between dtypes, of several lanes at once. */
import { type DType, bitWidth, isBool, isFloat } from "../../../../dtypes/dtype.ts";
import { castValue, integerLimits } from "../../../ir/scalar.ts";
import type { Ref } from "../binaryen.ts";
import { type Lane, lowHalves, splatBytes } from "./lanes.ts";
import { isHalf, laneBits } from "../machine.ts";
import { fromNumber, toNumber } from "../module.ts";
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
      return isFloat(to) ? this.cast({ ...one, dtype: "int32" }, to) : { ...one, dtype: to };
    }
    if (isHalf(to) && (bitWidth(from) === 32 ? !isFloat(from) : bitWidth(from) === 64))
      return this.#castLanes(x, to);
    if (isFloat(from) && !isFloat(to)) return this.#floatToInt(x, to);
    if (isFloat(to)) return isFloat(from) ? this.#floatToFloat(x, to) : this.#intToFloat(x, to);
    return this.wrap({ ...x, dtype: to });
  }

  #nonzero(x: Vec): Vec {
    const { m } = this.f;
    const wide = laneBits(x.dtype) === 64;
    const { ne } = wide ? m.f64x2 : isFloat(x.dtype) ? m.f32x4 : m.i32x4;
    const zero = this.constant(x.dtype, this.count(x), 0);
    const parts = x.parts.map(
      (p, i): Lane =>
        () =>
          ne(p(), zero.parts[i]()),
    );
    return wide ? this.narrowMask(parts) : { dtype: "bool", parts };
  }

  /** Conversions that must round once, in JavaScript. */
  #castLanes(x: Vec, to: DType): Vec {
    const held = this.hold(x);
    return this.build(to, this.count(x), (lane) => {
      const number = toNumber(this.f, this.extract(held, lane), x.dtype);
      const y = this.module.callImport(`cast:${x.dtype}:${to}`, (v) => castValue(v, x.dtype, to), [number]);
      return fromNumber(this.f, y, to);
    });
  }

  #pairs(parts: readonly Lane[], join: (lo: Lane, hi: Lane) => Lane): Lane[] {
    const out: Lane[] = [];
    for (let i = 0; i < parts.length; i += 2) out.push(join(parts[i], parts[i + 1]));
    return out;
  }

  #floatToInt(x: Vec, to: DType): Vec {
    const { m } = this.f;
    const wide = laneBits(x.dtype) === 64;
    const unsigned = to === "uint32";
    const t = m.i32x4;
    const convert = wide
      ? unsigned
        ? t.trunc_sat_f64x2_u_zero
        : t.trunc_sat_f64x2_s_zero
      : unsigned
        ? t.trunc_sat_f32x4_u
        : t.trunc_sat_f32x4_s;
    const parts = wide
      ? this.#pairs(x.parts, (lo, hi) => () => m.i8x16.shuffle(convert(lo()), convert(hi()), lowHalves))
      : x.parts.map(
          (p): Lane =>
            () =>
              convert(p()),
        );
    if (bitWidth(to) === 32) return { dtype: to, parts };
    const [lo, hi] = integerLimits(to);
    const limit = (v: number): Ref => this.f.vector(splatBytes(32, "int", v));
    return {
      dtype: to,
      parts: parts.map(
        (p): Lane =>
          () =>
            t.min_s(t.max_s(p(), limit(lo)), limit(hi)),
      ),
    };
  }

  #floatToFloat(x: Vec, to: DType): Vec {
    const { m } = this.f;
    if (to === "float64") return { dtype: to, parts: this.#split(x, m.f64x2.promote_low_f32x4) };
    if (x.dtype !== "float64") return this.wrap({ ...x, dtype: to });
    const narrow = m.f32x4.demote_f64x2_zero;
    return {
      dtype: to,
      parts: this.#pairs(x.parts, (lo, hi) => () => m.i8x16.shuffle(narrow(lo()), narrow(hi()), lowHalves)),
    };
  }

  /** The lower and the upper two lanes of each part, widened. */
  #split(x: Vec, widen: (v: Ref) => Ref): Lane[] {
    const { m } = this.f;
    return x.parts.flatMap((p): Lane[] => {
      const held = this.f.hold(p(), "v128");
      return [() => widen(held()), () => widen(m.i8x16.shuffle(held(), held(), upper))];
    });
  }

  #intToFloat(x: Vec, to: DType): Vec {
    const { m } = this.f;
    const unsigned = x.dtype === "uint32";
    if (to === "float64")
      return {
        dtype: to,
        parts: this.#split(x, unsigned ? m.f64x2.convert_low_i32x4_u : m.f64x2.convert_low_i32x4_s),
      };
    const convert = unsigned ? m.f32x4.convert_i32x4_u : m.f32x4.convert_i32x4_s;
    return this.wrap({
      dtype: to,
      parts: x.parts.map(
        (p): Lane =>
          () =>
            convert(p()),
      ),
    });
  }

  /** Reinterprets bits of one width. */
  bits(x: Vec, to: DType): Vec {
    const raw = isHalf(x.dtype) ? this.storedBits(x) : x;
    if (isHalf(to)) {
      const bits16 = this.wrap({ dtype: "uint16", parts: raw.parts });
      return this.half(to === "float16" ? "decodeF16" : "decodeBF16", to, bits16.parts);
    }
    return this.wrap({ dtype: to, parts: raw.parts });
  }
}
