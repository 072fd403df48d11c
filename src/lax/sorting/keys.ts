/**
 * @file Sort keys as unsigned integers: the words of a number, most significant first, order as the numbers do.
 *
 * Floats: the bits of positive numbers order like integers and those of negative ones the other way round. NaNs are one
 * greatest key and −0 is 0. A descending order complements all words, so that equal elements keep their places.
 */
import { type DType, bitWidth, isFloat, isSigned, isWide } from "../../dtypes/dtype.ts";
import type { Block } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Expr } from "../../loops/ir/ir.ts";

/** How a dtype is made words, each held in an int32. */
export interface KeyFormat {
  readonly dtype: DType;
  readonly descending: boolean;
  /** The bits of each word, most significant word first. */
  readonly widths: readonly number[];
}

export function keyFormat(dtype: DType, descending: boolean): KeyFormat {
  const width = dtype === "bool" ? 1 : bitWidth(dtype);
  return { dtype, descending, widths: width === 64 ? [32, 32] : [width] };
}

const xor = (x: Expr, y: Expr | number): Expr => e.xor(x, y);
/** The bits of a float, most significant word first, 0 for −0; of 16 bits with the sign extended. */
function floatWords(b: Block, x: Expr): Expr[] {
  if (bitWidth(x.dtype) === 16) {
    const word = b.let(e.cast(e.bits(x, "int16"), "int32"), "word");
    return [b.let(e.select(e.eq(word, -0x8000), 0, word), "word")];
  }
  const value = b.let(e.add(x, e.constant(0, x.dtype)), "x");
  const words =
    x.dtype === "float32"
      ? [e.bits(value, "int32")]
      : [e.cast(e.f64High(value), "int32"), e.cast(e.f64Low(value), "int32")];
  return words.map((w) => b.let(w, "word"));
}

const allOnes = ({ widths }: KeyFormat): number => (widths[0] === 32 ? -1 : 2 ** widths[0] - 1);
/** The bit of the sign, as an int32. */
const signOf = ({ widths }: KeyFormat): number => (widths[0] === 32 ? -0x80000000 : 2 ** (widths[0] - 1));

/** The words of a number, within their widths. */
export function keyWords(b: Block, x: Expr, format: KeyFormat): Expr[] {
  const { dtype, descending, widths } = format;
  const [full, least] = [allOnes(format), signOf(format)];
  const turn = (w: Expr): Expr => (descending ? xor(w, full) : w);
  if (isWide(dtype)) {
    const [high, low] = [e.cast(e.shrl(x, 32), "int32"), e.cast(x, "int32")];
    return [isSigned(dtype) ? e.add(high, least) : high, low].map((w) => b.let(turn(w), "key"));
  }
  if (!isFloat(dtype)) {
    const word = e.cast(x, "int32");
    return [b.let(turn(isSigned(dtype) ? e.add(word, least) : word), "key")];
  }
  const value = b.let(x, "x");
  const words = floatWords(b, value);
  const negative = b.let(e.shra(words[0], 31), "negative");
  const isNan = b.let(e.ne(value, value), "isNan");
  return words.map((w, i) => {
    const flipped = xor(w, i > 0 ? negative : e.or(negative, least));
    const ordered = turn(widths[0] === 32 ? flipped : e.and(flipped, full));
    return b.let(e.select(isNan, descending ? 0 : full, ordered), "key");
  });
}

/** The number of given words: 0 for −0, and any NaN for a NaN. */
export function keyValue(b: Block, keys: readonly Expr[], format: KeyFormat): Expr {
  const { dtype, descending, widths } = format;
  const [full, least] = [allOnes(format), signOf(format)];
  const words = descending ? keys.map((w) => b.let(xor(w, full), "word")) : keys;
  if (isWide(dtype)) {
    const high = isSigned(dtype) ? e.sub(words[0], least) : words[0];
    const wide = (w: Expr): Expr => e.cast(e.cast(w, "uint32"), dtype);
    return e.or(e.shl(wide(high), 32), wide(words[1]));
  }
  if (!isFloat(dtype)) return e.cast(isSigned(dtype) ? e.sub(words[0], least) : words[0], dtype);
  const positive = b.let(e.ne(e.and(words[0], least), 0), "positive");
  const [high, low] = words.map((w, i) =>
    xor(w, e.select(positive, e.constant(i > 0 ? 0 : least, "int32"), full)),
  );
  if (dtype === "float64") return e.bitsToF64(e.cast(low, "uint32"), e.cast(high, "uint32"));
  return widths[0] === 32 ? e.bits(high, dtype) : e.bits(e.cast(high, "int16"), dtype);
}

/** True for the words of NaN and of 0 (which −0 has too): numbers that their words do not give back. */
export function isAmbiguous(keys: readonly Expr[], format: KeyFormat): Expr {
  const [full, least] = [allOnes(format), signOf(format)];
  const { descending } = format;
  const all = (...values: readonly number[]): Expr =>
    keys.map((w, i) => e.eq(w, values[i])).reduce((x, y) => e.and(x, y));
  const nan = descending ? 0 : full;
  const zero = descending ? [xor32(least, full), full] : [least, 0];
  return e.or(all(nan, nan), all(...zero));
}

const xor32 = (x: number, y: number): number => x ^ y;
