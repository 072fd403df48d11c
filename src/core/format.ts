/**
 * @file Text of concrete arrays, as NumPy prints them: columns aligned, long axes elided, dtype named when it is not the
 * obvious one.
 */
import type { ShapedArray } from "./aval.ts";
import { type TypedArray, isComplex, isFloat } from "../dtypes/dtype.ts";

const maxElements = 1000;
const edge = 3;
const lineWidth = 88;

function formatFloat(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (Object.is(x, -0)) return "-0.";
  const a = Math.abs(x);
  if (a !== 0 && (a < 1e-4 || a >= 1e16)) return trimZeros(x.toExponential(8));
  const digits = a >= 1e8 ? 0 : 8;
  return trimZeros(x.toFixed(digits));
}

function trimZeros(text: string): string {
  const [mantissa, exponent] = text.split("e") as [string, string | undefined];
  const trimmed = mantissa.includes(".") ? mantissa.replace(/0+$/, "") : `${mantissa}.`;
  return exponent === undefined ? trimmed : `${trimmed}e${exponent}`;
}

function elementFormatter(aval: ShapedArray, data: TypedArray): (i: number) => string {
  if (aval.dtype === "bool") return (i) => (data[i] !== 0 ? "true" : "false");
  const number = (i: number): number => Number(data[i]);
  if (isComplex(aval.dtype)) {
    return (i) => {
      const im = number(2 * i + 1);
      return `${formatFloat(number(2 * i))}${im < 0 || Object.is(im, -0) ? "-" : "+"}${formatFloat(Math.abs(im))}j`;
    };
  }
  return isFloat(aval.dtype) ? (i) => formatFloat(number(i)) : (i) => String(data[i]);
}

/** `Array([1., 2.])`, with `dtype=float32` where it is neither float64, bool nor int32. */
export function formatArray(aval: ShapedArray, data: TypedArray): string {
  const element = elementFormatter(aval, data);
  const elide = aval.size > maxElements;
  const shownIndices = (n: number): (number | null)[] =>
    elide && n > 2 * edge
      ? [
          ...Array.from({ length: edge }, (_, i) => i),
          null,
          ...Array.from({ length: edge }, (_, i) => n - edge + i),
        ]
      : Array.from({ length: n }, (_, i) => i);
  const cells: string[] = [];
  const collect = (axis: number, offset: number): void => {
    if (axis === aval.ndim) {
      cells.push(element(offset));
      return;
    }
    for (const i of shownIndices(aval.shape[axis]))
      if (i !== null) collect(axis + 1, offset * aval.shape[axis] + i);
  };
  collect(0, 0);
  const width = Math.max(0, ...cells.map((c) => c.length));
  let at = 0;
  const render = (axis: number, indent: number): string => {
    if (axis === aval.ndim) return cells[at++].padStart(aval.ndim === 0 ? 0 : width);
    const parts = shownIndices(aval.shape[axis]).map((i) =>
      i === null ? "..." : render(axis + 1, indent + 1),
    );
    if (axis < aval.ndim - 1)
      return `[${parts.join(`,${"\n".repeat(aval.ndim - 1 - axis)}${" ".repeat(indent + 1)}`)}]`;
    return `[${wrap(parts, indent + 1)}]`;
  };
  const body = render(0, "Array(".length);
  const usual = aval.dtype === "float64" || aval.dtype === "bool" || aval.dtype === "int32";
  const shapeNote = aval.size === 0 && aval.ndim > 1 ? `, shape=[${aval.shape.join(", ")}]` : "";
  return `Array(${body}${shapeNote}${usual ? "" : `, dtype=${aval.dtype}`})`;
}

/** The text of an array without its name and dtype, and without points if all numbers are whole: ` 9`; of several lines, below. */
export function bareText(text: string): string {
  const bare = text.replace(/^Array\(|(?:, \w+=.*)?\)$/g, "").replace(/\n {6}/g, "\n");
  const short = /\d\.\d|e/.test(bare) ? bare : bare.replace(/(\d)\./g, "$1");
  return (bare.includes("\n") ? "\n" : " ") + short;
}

function wrap(parts: readonly string[], indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const part of parts) {
    if (line !== "" && indent + line.length + part.length + 2 > lineWidth) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? part : `, ${part}`;
  }
  lines.push(line);
  return lines.join(`,\n${" ".repeat(indent)}`);
}
