/**
 * @file The error of derivatives, first and second, in units in the last place of the true ones, in every combination of
 * forward and reverse mode.
 */
import { grad, jvp } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { numpy as np } from "../../src/index.ts";
import * as B from "../util/big-float.ts";
import { type Big, ZERO, big } from "../util/big-float.ts";
import { type Part, constant, variableX, variableY } from "../util/big-jet.ts";
import type { Case, Range } from "./cases.ts";
import type { Call, Found } from "./names.ts";

export type Width = 32 | 64;

const formats = {
  32: { largest: 3.4e38, smallest: 2 ** -126 },
  64: { largest: 1.7e308, smallest: 2 ** -1022 },
};

function draw(r: Range, width: Width, random: () => number, round: (x: number) => number): number {
  const { largest, smallest } = formats[width];
  const [from, to] = [Math.max(r.from, smallest), Math.min(width === 32 ? (r.to32 ?? r.to) : r.to, largest)];
  for (;;) {
    const kind = random();
    const points = r.points ?? [];
    const size =
      kind < 0.2 && points.length > 0
        ? points[Math.floor(random() * points.length)] *
          (1 + (random() - 0.5) * 10 ** -Math.floor(random() * 16))
        : kind < 0.5 && from < 0.1 && to > 10
          ? 0.05 * 400 ** random()
          : from * (to / from) ** random();
    const sign = r.signs[Math.floor(random() * r.signs.length)];
    const x = round(sign * (r.map?.(size) ?? size));
    if (Number.isFinite(x) && x !== 0 && Math.abs(x) >= smallest && r.rejects?.(x) !== true) return x;
  }
}

/** Operands of a case, rounded to the width. */
export function operands(
  c: Case,
  arity: 1 | 2,
  width: Width,
  count: number,
  random: () => number,
): number[][] {
  const round = width === 32 ? Math.fround : (x: number): number => x;
  const { largest, smallest } = formats[width];
  const xs = Array.from({ length: count }, () => draw(c.x, width, random, round));
  if (arity === 1) return [xs];
  const ys = xs.map((x) => {
    const y = draw(c.y ?? c.x, width, random, round);
    const near = round(c.second?.(x, y, random) ?? y);
    return Math.sign(near) * Math.min(Math.max(Math.abs(near), smallest), largest);
  });
  return [xs, ys];
}

const sumOf =
  (f: Call): ((...xs: NDArray[]) => NDArray) =>
  (...xs) =>
    np.sum(f(...xs));

/** Derivative along operand `i`, as a function of all, in both modes. */
const derivatives: Readonly<Record<"forward" | "reverse", (f: Call, i: number) => Call>> = {
  forward:
    (f, i) =>
    (...xs) =>
      jvp((x: NDArray) => f(...xs.map((old, k) => (k === i ? x : old))), [xs[i]], [np.onesLike(xs[i])])[1],
  reverse:
    (f, i) =>
    (...xs) =>
      grad(sumOf(f), i)(...xs),
};
type Mode = keyof typeof derivatives;
const modes: readonly Mode[] = ["forward", "reverse"];

export interface Worst {
  readonly error: number;
  readonly at: string;
}
export interface Measured {
  readonly first: Worst;
  readonly second: Worst;
}

const zero: Worst = { error: 0, at: "" };
const larger = (a: Worst, b: Worst): Worst => (b.error > a.error ? b : a);

/** In units of the last place of the derivative, or of the scale where that is larger. */
function errorOf(got: number, exact: Big, unit: Big, width: Width): number {
  const format = B.formats[width];
  if (exact.m === 0n) return got === 0 ? 0 : errorAgainst(got, exact, unit, width);
  const exponent = B.exponentOf(exact);
  // Beyond the range of normal numbers there is nothing to be exact about, but the size must be right.
  if (exponent < format.minExponent) return Math.abs(got) <= 2 ** (format.minExponent + 1) ? 0 : Infinity;
  if (exponent >= format.maxExponent) return Math.abs(got) >= 2 ** (format.maxExponent - 1) ? 0 : Infinity;
  return errorAgainst(got, exact, unit, width);
}

function errorAgainst(got: number, exact: Big, unit: Big, width: Width): number {
  if (B.exponentOf(unit) <= B.exponentOf(exact)) return B.ulpError(got, exact, width);
  if (!Number.isFinite(got)) return Infinity;
  const difference = B.abs(B.sub(big(got), exact));
  return difference.m === 0n ? 0 : B.round(B.scale(difference, -B.ulpExponent(unit, B.formats[width])));
}

const secondParts: readonly (readonly [Part, number, number])[] = [
  ["xx", 0, 0],
  ["xy", 0, 1],
  ["xy", 1, 0],
  ["yy", 1, 1],
];

export function measure(found: Found, c: Case, width: Width, count: number, random: () => number): Measured {
  const { arity, call } = found;
  const xs = operands(c, arity, width, count, random);
  const args = xs.map((x) => np.array(x, width === 32 ? "float32" : "float64"));
  const jets = xs[0].map((x, i) => {
    const [a, b] = [variableX(big(x)), arity === 2 ? variableY(big(xs[1][i])) : constant(ZERO)];
    return { exact: c.exact(a, b), units: c.scale?.(a, b) ?? ([ZERO, ZERO] as const) };
  });
  const compare = (f: Call, part: Part, order: 0 | 1, what: string): Worst => {
    const got = f(...args).dataSync();
    return jets.reduce<Worst>((worst, { exact, units }, i) => {
      const error = errorOf(got[i], exact[part], units[order], width);
      const at = `${what} at ${xs.map((x) => x[i]).join(", ")}: ${got[i]}, not ${B.round(exact[part], width)}`;
      return larger(worst, { error, at });
    }, zero);
  };
  let first = zero;
  let second = zero;
  for (const outer of modes) {
    for (const i of arity === 1 ? [0] : [0, 1])
      first = larger(first, compare(derivatives[outer](call, i), i === 0 ? "x" : "y", 0, `${outer} ${i}`));
    for (const inner of modes) {
      for (const [part, i, j] of secondParts.filter(([, k, l]) => arity === 2 || k + l === 0)) {
        const f = derivatives[outer](derivatives[inner](call, i), j);
        second = larger(second, compare(f, part, 1, `${outer} of ${inner} ${i}${j}`));
      }
    }
  }
  return { first, second };
}
