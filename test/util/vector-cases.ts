/**
 * @file What the vector functions are measured by: for each its exact value (big-math.ts), the function of Math whose
 * special values it shares, the arguments where the interest is, and points around which an algorithm may change.
 */
import * as B from "./big-float.ts";
import type { Big } from "./big-float.ts";
import * as M from "./big-math.ts";

export type Width = 32 | 64;

export interface VectorCase {
  readonly arity: 1 | 2;
  readonly exact: (...xs: Big[]) => Big;
  /** Special values as in C. */
  readonly math: (...xs: number[]) => number;
  /** Magnitudes of interest; `to32` in 32-bit lanes, where results overflow earlier. */
  readonly from: number;
  readonly to: number;
  readonly to32?: number;
  /** Neighbours of ± these are tried. */
  readonly points: readonly number[];
  /** Second arguments, for a first one. */
  readonly second?: (x: number, random: () => number, bits: Width) => number;
  /** The second argument is a function of the first. */
  readonly dependent?: boolean;
  /** Negative arguments are of interest. */
  readonly signed?: boolean;
}

const unary = (
  name: Exclude<keyof typeof M & keyof Math, "pow" | "atan2" | "PI" | "LN2">,
  from: number,
  to: number,
  points: readonly number[],
  signed = true,
): VectorCase => ({
  arity: 1,
  exact: (x) => M[name](x),
  math: (x) => Math[name](x),
  from,
  to,
  to32: to > 700 && to < 1000 ? 106 : to,
  points,
  signed,
});

const expPoints = [
  88.7228391, 87.3365447, 103.2789, 103.9720841, 709.782712893384, 708.3964185322641, 744.4400719213812,
  745.1332191019411, 0.34657359, 1.0397208, 18, 37.5, 40, 89, 710,
];
const quarters = Array.from({ length: 60 }, (_, i) => ((i + 1) * Math.PI) / 4);
const trigPoints = [
  ...quarters,
  ...[355, 710, 5152, 8191, 8192, 100_000].map((k) => (k * Math.PI) / 2),
  12_800,
  200_000,
  1e22,
  6381956970095103 * 2 ** 797,
];
const around1 = [Math.SQRT1_2, Math.SQRT2, 1, 0.5, 2, 2 ** -126, 2 ** -1022, 0.41421356, 2.41421356];

const cPow = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;

const tanhCase = unary("tanh", 1e-5, 20, [0.55, 0.6, 9.010913, 9.1, 19.06154746539849, 19.1, 0.5493]);

export const vectorCases: Readonly<Record<string, VectorCase>> = {
  exp: unary("exp", 1e-3, 746, expPoints),
  exp2: {
    arity: 1,
    exact: M.exp2,
    math: (x) => 2 ** x,
    from: 1e-3,
    to: 1076,
    to32: 152,
    points: [0.5, 1.5, 126, 127.5, 128, 149, 149.5, 150, 1022, 1023.5, 1024, 1074, 1074.5, 1075],
    signed: true,
  },
  expm1: unary("expm1", 1e-9, 710, expPoints),
  log: unary("log", 1e-6, 1e6, around1, false),
  log1p: unary("log1p", 1e-12, 1e6, [...around1, 0.29289322], true),
  sin: unary("sin", 1e-4, 13_000, trigPoints),
  cos: unary("cos", 1e-4, 13_000, trigPoints),
  tan: unary("tan", 1e-4, 13_000, trigPoints),
  asin: unary("asin", 1e-5, 1, [0.5, 1, 0.8386]),
  acos: unary("acos", 1e-5, 1, [0.5, 1]),
  atan: unary("atan", 1e-5, 1e3, around1),
  sinh: unary("sinh", 1e-5, 711, [1.45, 89.415985, 710.4758600739439, ...expPoints]),
  cosh: unary("cosh", 1e-5, 711, [89.415985, 710.4758600739439, ...expPoints]),
  tanh: tanhCase,
  tanhFrom: {
    ...tanhCase,
    arity: 2,
    second: (x) => 1 / (Math.exp(2 * Math.abs(x)) + 1),
    dependent: true,
  },
  asinh: unary("asinh", 1e-6, 1e6, [2 ** -8, 2 ** 60, ...around1]),
  acosh: unary("acosh", 1, 1e6, [2 ** 60, ...around1], false),
  atanh: unary("atanh", 1e-6, 1, [2 ** -8, 1, 0.5]),
  cbrt: unary("cbrt", 1e-6, 1e6, [...around1, 8, 27, 2 ** -1000, 2 ** 1023]),
  atan2: {
    arity: 2,
    exact: M.atan2,
    math: Math.atan2,
    from: 1e-8,
    to: 1e8,
    points: around1,
    signed: true,
    second: (x, random) =>
      (random() < 0.5 ? 1 : -1) * x * Math.exp((random() - 0.5) * (random() < 0.5 ? 4 : 40)),
  },
  pow: {
    arity: 2,
    exact: M.pow,
    math: cPow,
    from: 1e-8,
    to: 1e8,
    points: [1, 0.5, 2, 3, 10],
    // up to a little beyond overflow and underflow
    second: (x, random, bits) => {
      const largest = (bits === 64 ? 750 : 105) / Math.abs(Math.log(Math.abs(x)));
      return (random() * 2 - 1) * (random() < 0.3 ? 3 : Math.min(largest, 1e15));
    },
  },
};

const buffer = new DataView(new ArrayBuffer(8));

/** The number `steps` representable numbers further from zero. */
function neighbour(x: number, steps: number, bits: Width): number {
  if (bits === 64) {
    buffer.setFloat64(0, x);
    buffer.setBigInt64(0, buffer.getBigInt64(0) + BigInt(steps));
    return buffer.getFloat64(0);
  }
  buffer.setFloat32(0, x);
  buffer.setInt32(0, buffer.getInt32(0) + steps);
  return buffer.getFloat32(0);
}

function anyBits(random: () => number, bits: Width): number {
  buffer.setUint32(0, random() * 2 ** 32);
  buffer.setUint32(4, random() * 2 ** 32);
  return bits === 64 ? buffer.getFloat64(0) : buffer.getFloat32(0);
}

const specials = [
  0,
  1,
  Infinity,
  NaN,
  0.5,
  2,
  3,
  4,
  1e300,
  1e-300,
  5e-324,
  2 ** -149,
  2 ** -126,
  2 ** -1022,
  1.7976931348623157e308,
  3.4028234663852886e38,
  2 ** 53 + 2,
].flatMap((x) => [x, -x]);

function firstArgument(c: VectorCase, random: () => number, bits: Width): number {
  const kind = random();
  if (kind < 0.2) return anyBits(random, bits);
  const spread = kind < 0.6;
  const to = bits === 32 ? (c.to32 ?? c.to) : c.to;
  const x = spread ? c.from * (to / c.from) ** random() : to * random();
  // near 1, where logarithms and the inverse functions are delicate
  const y =
    kind > 0.9 && c.to <= 1 ? 1 - random() ** 4 : kind > 0.9 && c.to >= 1e3 ? 1 + (random() - 0.5) / 4 : x;
  return c.signed === true && random() < 0.5 ? -y : y;
}

/** Arguments of a case: specials, neighbours of its points, and random ones of every magnitude. */
export function samples(name: string, bits: Width, count: number, random: () => number): number[][] {
  const c = vectorCases[name];
  const round = bits === 32 ? Math.fround : (x: number): number => x;
  const first = [...specials];
  const second: number[] = [];
  if (c.arity === 2 && c.dependent !== true) {
    second.push(...specials.flatMap((y) => specials.map(() => y)));
    first.splice(0, first.length, ...specials.flatMap(() => specials));
  }
  for (const point of c.points)
    for (let i = -8; i <= 8; i++) for (const s of [1, -1]) first.push(neighbour(s * round(point), i, bits));
  while (first.length < count) first.push(firstArgument(c, random, bits));
  const xs = first.map(round);
  if (c.second === undefined) return [xs];
  while (second.length < xs.length) second.push(c.second(xs[second.length], random, bits));
  return [xs, second.map(round)];
}

const poles: Readonly<Record<string, (x: number) => boolean>> = {
  atanh: (x) => Math.abs(x) === 1,
  log: (x) => x === 0,
  log1p: (x) => x === -1,
};

/** Error of a result in ulp: against the exact value, or against Math where an argument is special. */
export function errorOf(name: string, bits: Width, args: readonly number[], got: number): number {
  const c = vectorCases[name];
  const want = c.math(...args);
  const special =
    Number.isNaN(want) ||
    poles[name]?.(args[0]) ||
    args.some((x) => !Number.isFinite(x)) ||
    (c.arity === 2 && c.dependent !== true && args.includes(0)) ||
    (name === "pow" && args[0] < 0);
  if (special) {
    if (Object.is(got, bits === 32 ? Math.fround(want) : want)) return 0;
    return Number.isFinite(want) && want !== 0 ? B.ulpError(got, B.big(want), bits) : Infinity;
  }
  const exact = c.exact(...args.map(B.big));
  if (exact.m === 0n) return Object.is(got, want) ? 0 : Infinity;
  // A result that vanishes keeps its sign.
  if (got === 0 && Object.is(got, -0) !== exact.m < 0n) return Infinity;
  return B.ulpError(got, exact, bits);
}

/** The same for 32-bit results by a reference in 64 bits that is itself good to 1 ulp there: much faster. */
export function quickError32(name: string, args: readonly number[], got: number): number {
  const want = vectorCases[name].math(...args);
  const rounded = Math.fround(want);
  if (Object.is(got, rounded) && (!Number.isFinite(rounded) || rounded === 0)) return 0;
  if (Number.isNaN(got) || Number.isNaN(want) || want === 0) return Infinity;
  const size = Math.abs(want);
  const exponent = size >= 2 ** 128 ? 127 : Math.max(-126, Math.floor(Math.log2(size)));
  const [value, reference] = [got, want].map((x) => Math.max(-(2 ** 128), Math.min(2 ** 128, x)));
  return Math.abs(value - reference) / 2 ** (exponent - 23);
}
