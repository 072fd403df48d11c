/**
 * @file Arrays and numbers as NumPy and Python write them: what `debug.print` shows.
 *
 * Follows numpy.array2string with NumPy's default options: 8 digits at most, the fewest that tell the numbers apart, columns
 * aligned, exponents where magnitudes differ by more than 1000, long arrays elided.
 */
import { ComplexArray, type ConcreteArray } from "../core/array.ts";
import type { DType, Scalar } from "../dtypes/dtype.ts";
import { isComplex, isFloat } from "../dtypes/dtype.ts";

const precision = 8;
const edge = 3;
const threshold = 1000;
const lineWidth = 75;

/** Of two texts that are equally near, the one that ends in an even digit. */
function toEven(text: string, x: number): string {
  const [, head, last, exponent] = /^(.*)(\d)(e.*)$/.exec(text)!;
  if (Number(last) % 2 === 0) return text;
  const other = `${head}${Number(last) - 1}${exponent}`;
  return Number(text) - x === x - Number(other) ? other : text;
}

/** The fewest digits that read back as the number, of float32 if it is one. */
function shortest(x: number, single: boolean): string {
  if (!single) return x.toExponential();
  for (let digits = 0; ; digits++) {
    const text = toEven(x.toExponential(digits), x);
    if (digits === 9 || Math.fround(Number(text)) === x) return text;
  }
}

interface Digits {
  readonly negative: boolean;
  /** d.ddd… × 10^exponent. */
  readonly digits: string;
  readonly exponent: number;
}

function digitsOf(x: number, single: boolean): Digits {
  const [mantissa, exponent] = shortest(Math.abs(x), single).split("e");
  return {
    negative: x < 0 || Object.is(x, -0),
    digits: mantissa.replace(".", ""),
    exponent: Number(exponent),
  };
}

/** Whole and fractional digits of a number, rounded to so many of the latter. */
function positional(x: number, single: boolean, most: number): [whole: string, fraction: string] {
  const { negative, digits, exponent } = digitsOf(x, single);
  const point = exponent + 1;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  const fraction = point > 0 ? digits.slice(point) : "0".repeat(-point) + digits;
  const sign = negative ? "-" : "";
  if (fraction.length <= most) return [sign + whole, fraction.replace(/0+$/, "")];
  const [w, f = ""] = Math.abs(x).toFixed(most).split(".");
  return [sign + w, f.replace(/0+$/, "")];
}

const exponentText = (e: number): string => `e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;

/** Mantissa digits behind the point, and the exponent. */
function scientific(x: number, single: boolean): [whole: string, fraction: string, exponent: number] {
  const { negative, digits, exponent } = digitsOf(x, single);
  if (digits.length <= precision + 1)
    return [(negative ? "-" : "") + digits[0], digits.slice(1).replace(/0+$/, ""), exponent];
  const [mantissa, e] = Math.abs(x).toExponential(precision).split("e");
  const [w, f = ""] = mantissa.split(".");
  return [(negative ? "-" : "") + w, f.replace(/0+$/, ""), Number(e)];
}

/** Digits of whole numbers that are written without an exponent, where these are fewer than 8. */
const decimals: Readonly<Partial<Record<DType, number>>> = {
  float32: 6,
  complex64: 6,
  float16: 3,
  bfloat16: 2,
};

const special = (x: number): string => (Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf");

/** How the elements of an array of floats are written: all alike. */
function floatFormat(values: readonly number[], dtype: DType): (x: number) => string {
  const single = dtype !== "float64" && dtype !== "complex128";
  const finite = values.filter((x) => Number.isFinite(x));
  const sizes = finite.filter((x) => x !== 0).map((x) => Math.abs(x));
  const most = sizes.reduce((a, b) => Math.max(a, b), 0);
  const least = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const odd = values.some((x) => !Number.isFinite(x));
  const widest = (texts: readonly string[]): number => texts.reduce((n, t) => Math.max(n, t.length), 0);
  const oddWidth = odd ? widest(values.filter((x) => !Number.isFinite(x)).map(special)) : 0;
  if (sizes.length > 0 && (most >= 10 ** (decimals[dtype] ?? 8) || least < 1e-4 || most / least > 1000)) {
    const all = finite.map((x) => scientific(x, single));
    const digits = widest(all.map(([, f]) => f));
    const left = Math.max(widest(all.map(([w]) => w)), oddWidth - digits - 5);
    return (x) => {
      if (!Number.isFinite(x)) return special(x).padStart(left + digits + 5);
      const a = Math.abs(x);
      const [mantissa, e] = toEven(a.toExponential(digits), a).split("e");
      const [w, f = ""] = mantissa.split(".");
      const sign = x < 0 || Object.is(x, -0) ? "-" : "";
      return `${(sign + w).padStart(left)}.${f}${exponentText(Number(e))}`;
    };
  }
  const all = finite.map((x) => positional(x, single, precision));
  const right = widest(all.map(([, f]) => f));
  const left = Math.max(widest(all.map(([w]) => w)), oddWidth - right - 1);
  return (x) => {
    if (!Number.isFinite(x)) return special(x).padStart(left + right + 1);
    const [w, f] = positional(x, single, precision);
    return `${w.padStart(left)}.${f.padEnd(right)}`;
  };
}

function aligned(texts: readonly string[]): string[] {
  const width = texts.reduce((n, t) => Math.max(n, t.length), 0);
  return texts.map((t) => t.padStart(width));
}

/** The texts of the elements that are shown. */
function elementTexts(x: ConcreteArray, at: readonly number[]): string[] {
  if (x instanceof ComplexArray) {
    const [re, im] = [x.re.dataSync(), x.im.dataSync()].map((d) => at.map((i) => d[i]));
    const [left, right] = [floatFormat(re, x.dtype), floatFormat(im.map(Math.abs), x.dtype)];
    return at.map((_, k) => {
      const sign = im[k] < 0 || Object.is(im[k], -0) ? "-" : "+";
      const text = right(Math.abs(im[k]));
      return `${left(re[k])}${sign}${text.trimStart().replace(/( *)$/, "j$1")}`;
    });
  }
  const data = x.dataSync();
  if (isFloat(x.dtype)) {
    const values = at.map((i) => data[i]);
    return values.map(floatFormat(values, x.dtype));
  }
  return aligned(at.map((i) => (x.dtype === "bool" ? (data[i] ? "True" : "False") : String(data[i]))));
}

/** An array's text. 0-d arrays are as Python writes a number. */
export function arrayText(x: ConcreteArray): string {
  if (x.ndim === 0) return scalarText(x);
  if (x.size === 0) return "[]";
  const { shape } = x;
  const elide = x.size > threshold;
  const shown = (n: number): (number | null)[] =>
    elide && n > 2 * edge ? [0, 1, 2, null, n - 3, n - 2, n - 1] : Array.from({ length: n }, (_, i) => i);
  const places: number[] = [];
  const collect = (axis: number, offset: number): void => {
    if (axis === shape.length) places.push(offset);
    else for (const i of shown(shape[axis])) if (i !== null) collect(axis + 1, offset * shape[axis] + i);
  };
  collect(0, 0);
  const texts = elementTexts(x, places);
  let next = 0;
  const write = (axis: number, indent: string): string => {
    const parts = shown(shape[axis]);
    if (axis < shape.length - 1) {
      const gap = `${"\n".repeat(shape.length - 1 - axis)}${indent} `;
      const rows = parts.map((i) => (i === null ? "..." : write(axis + 1, `${indent} `)));
      return `[${rows.join(gap)}]`;
    }
    let out = "[";
    let line = `${indent}[`.length;
    parts.forEach((i, k) => {
      const word = i === null ? "..." : texts[next++];
      if (k > 0 && line + 1 + word.length > lineWidth - shape.length) {
        out = `${out.trimEnd()}\n${indent} ${word}`;
        line = indent.length + 1 + word.length;
      } else {
        out += (k === 0 ? "" : " ") + word;
        line += (k === 0 ? 0 : 1) + word.length;
      }
    });
    return `${out}]`;
  };
  return write(0, "");
}

/** A float as Python writes it. */
export function floatText(x: number): string {
  if (!Number.isFinite(x)) return special(x);
  const { negative, digits, exponent } = digitsOf(x, false);
  const sign = negative ? "-" : "";
  if (exponent < -4 || exponent >= 16) {
    const rest = digits.slice(1);
    return `${sign}${digits[0]}${rest === "" ? "" : `.${rest}`}${exponentText(exponent)}`;
  }
  const [whole, fraction] = positional(x, false, Infinity);
  return `${whole}.${fraction === "" ? "0" : fraction}`;
}

function scalarText(x: ConcreteArray): string {
  if (x instanceof ComplexArray) {
    const [re, im] = [x.re.item(), x.im.item()].map(Number);
    const plain = (y: number): string => floatText(y).replace(/\.0$/, "");
    if (re === 0 && !Object.is(re, -0)) return `${plain(im)}j`;
    return `(${plain(re)}${im < 0 || Object.is(im, -0) ? "-" : "+"}${plain(Math.abs(im))}j)`;
  }
  const value = x.raw as Scalar;
  if (x.dtype === "bool") return value === 0 ? "False" : "True";
  return isFloat(x.dtype) ? floatText(Number(value)) : String(value);
}

/** True if the value is written with a point. */
export const isFractional = (x: ConcreteArray): boolean => isFloat(x.dtype) || isComplex(x.dtype);
