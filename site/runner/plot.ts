/**
 * @file The helper `plot` of programs: `plot(y)`, `plot(x, y)`, `plot(x, [y1, y2])`, each with options behind it. `x` and `y`
 * are arrays of the library, typed arrays or lists; a matrix of `y` is one line for each row.
 */
import type { Entry, Series } from "./protocol.ts";

interface Options {
  readonly title?: string;
  readonly labels?: readonly string[];
  readonly points?: boolean;
}

/** No line has more points: what is drawn is at most as wide as a screen. */
const most = 4000;

type Nested = number | readonly Nested[];

function plain(value: unknown): Nested {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  if (typeof value === "object" && value !== null) {
    if ("js" in value && typeof value.js === "function") return plain((value as { js(): unknown }).js());
    if (Symbol.iterator in value) return Array.from(value as Iterable<unknown>, plain);
  }
  throw new TypeError(`plot: expected numbers, lists of numbers or arrays; got ${typeof value}.`);
}

const isRow = (value: Nested): value is readonly number[] =>
  Array.isArray(value) && value.every((v) => typeof v === "number");

function rows(value: Nested): readonly (readonly number[])[] {
  if (isRow(value)) return [value];
  if (Array.isArray(value) && value.every((v: Nested) => isRow(v))) return value;
  throw new TypeError("plot: expected one axis of numbers, or two: a line for each row.");
}

function thinned(row: readonly number[]): readonly number[] {
  const step = Math.ceil(row.length / most);
  return step === 1 ? row : row.filter((_, i) => i % step === 0);
}

const isOptions = (value: unknown): value is Options =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

export function plotted(args: readonly unknown[]): Entry {
  const last = args[args.length - 1];
  const options = isOptions(last) ? last : {};
  const data = isOptions(last) ? args.slice(0, -1) : args;
  if (data.length < 1 || data.length > 2) throw new TypeError("plot: expected plot(y) or plot(x, y).");
  const ys = rows(plain(data[data.length - 1]));
  const xs = data.length === 2 ? rows(plain(data[0])) : [ys[0].map((_, i) => i)];
  if (xs.length !== 1 && xs.length !== ys.length)
    throw new TypeError(
      `plot: x has ${xs.length} rows, y has ${ys.length}; expected one x, or one for each row of y.`,
    );
  const series = ys.map((y, k): Series => {
    const x = xs[xs.length === 1 ? 0 : k];
    if (x.length !== y.length) throw new TypeError(`plot: x has ${x.length} points, y has ${y.length}.`);
    return { x: thinned(x), y: thinned(y), label: options.labels?.[k], points: options.points };
  });
  return { kind: "plot", series, title: options.title ?? "" };
}
