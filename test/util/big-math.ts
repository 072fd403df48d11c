/**
 * @file Elementary functions of `Big` numbers, good to about 180 bits: the reference for the vector functions of the
 * WebAssembly backend. Series are summed in fixed point after textbook argument reductions; none is shared with what
 * they test.
 */
import * as B from "./big-float.ts";
import { type Big, ONE, big } from "./big-float.ts";

/** Fraction bits of the fixed-point series. */
const F = 256;
const UNIT = 1n << BigInt(F);

/** Σ z^i·c(i) with c(0) = 1, for the fixed-point number z, where c(i)/c(i−1) = p(i)/q(i). */
function series(z: bigint, ratio: (i: number) => readonly [number, number]): bigint {
  let term = UNIT;
  let sum = UNIT;
  for (let i = 1; term !== 0n && term !== -1n; i++) {
    const [p, q] = ratio(i);
    term = ((term * z) >> BigInt(F)) * BigInt(p);
    term /= BigInt(q);
    sum += term;
  }
  return sum;
}

const times = (x: Big, sum: bigint): Big => B.mul(x, B.fromFixed(sum, F));

/** Σ z^i/(2i+1): atanh(s)/s for z = s², atan(s)/s for z = −s². */
function oddReciprocals(z: bigint): bigint {
  let power = UNIT;
  let sum = UNIT;
  for (let i = 1; power !== 0n && power !== -1n; i++) {
    power = (power * z) >> BigInt(F);
    sum += power / BigInt(2 * i + 1);
  }
  return sum;
}

/** 2^bits·atan(1/n), or atanh. */
function inverse(n: bigint, bits: number, hyperbolic: boolean): bigint {
  let power = (1n << BigInt(bits)) / n;
  let sum = 0n;
  for (let i = 1n; power !== 0n; i += 2n) {
    sum += !hyperbolic && (i & 2n) !== 0n ? -power / i : power / i;
    power /= n * n;
  }
  return sum;
}

export const CONSTANT_BITS = 1500;

/** π·2^CONSTANT_BITS, by Machin's formula. */
export const PI_FIXED = 16n * inverse(5n, CONSTANT_BITS, false) - 4n * inverse(239n, CONSTANT_BITS, false);
const LN2_FIXED =
  18n * inverse(26n, CONSTANT_BITS, true) -
  2n * inverse(4801n, CONSTANT_BITS, true) +
  8n * inverse(8749n, CONSTANT_BITS, true);

export const PI = B.fromFixed(PI_FIXED, CONSTANT_BITS);
export const LN2 = B.fromFixed(LN2_FIXED, CONSTANT_BITS);

/** Arguments beyond ±2^13 give 2^±9999: out of the range of every float format, as the true values are. */
export function exp(x: Big): Big {
  if (B.exponentOf(x) > 12) return B.scale(ONE, 9999 * B.signOf(x));
  const k = Math.round(B.round(x) / Math.LN2);
  const r = B.sub(x, B.mul(big(k), LN2));
  // exp(r) = exp(r/2^8)^(2^8)
  let y = series(B.toFixed(B.scale(r, -8), F), (i) => [1, i]);
  for (let i = 0; i < 8; i++) y = (y * y) >> BigInt(F);
  return B.scale(B.fromFixed(y, F), k);
}

export function expm1(x: Big): Big {
  if (B.exponentOf(x) >= -2) return B.sub(exp(x), ONE);
  return times(
    x,
    series(B.toFixed(x, F), (i) => [1, i + 1]),
  );
}

const atanhSeries = (s: Big): Big => times(s, oddReciprocals(B.toFixed(B.mul(s, s), F)));

export function log(x: Big): Big {
  let k = B.exponentOf(x);
  if (B.round(B.scale(x, -k)) > Math.SQRT2) k++;
  const m = B.scale(x, -k);
  const y = B.scale(atanhSeries(B.div(B.sub(m, ONE), B.add(m, ONE))), 1);
  return k === 0 ? y : B.add(B.mul(big(k), LN2), y);
}

export function log1p(x: Big): Big {
  if (B.exponentOf(x) >= -2) return log(B.add(ONE, x));
  return B.scale(atanhSeries(B.div(x, B.add(big(2), x))), 1);
}

/** Remainder of x by π/2, in [−π/4, π/4], and the quotient modulo 4. */
function reduce(x: Big): readonly [r: Big, quadrant: number] {
  const bits = B.exponentOf(x) > 60 ? CONSTANT_BITS - 1 : 2 * F;
  const half = PI_FIXED >> BigInt(CONSTANT_BITS + 1 - bits);
  if (B.exponentOf(x) < -1) return [x, 0];
  const fixed = B.toFixed(x, bits);
  const doubled = 2n * fixed + half;
  let k = doubled / (2n * half);
  if (doubled < 0n && k * 2n * half !== doubled) k -= 1n;
  return [B.fromFixed(fixed - k * half, bits), Number(((k % 4n) + 4n) % 4n)];
}

function sinCos(x: Big, quarter: number): Big {
  const [r, quadrant] = reduce(x);
  const z = -B.toFixed(B.mul(r, r), F);
  const q = (quadrant + quarter) % 4;
  const y =
    q % 2 === 0
      ? times(
          r,
          series(z, (i) => [1, 2 * i * (2 * i + 1)]),
        )
      : B.fromFixed(
          series(z, (i) => [1, 2 * i * (2 * i - 1)]),
          F,
        );
  return q >= 2 ? B.neg(y) : y;
}

export const sin = (x: Big): Big => sinCos(x, 0);
export const cos = (x: Big): Big => sinCos(x, 1);
export const tan = (x: Big): Big => B.div(sin(x), cos(x));

/** atan, by halving the angle three times: tan(θ/2) = t/(1 + √(1 + t²)). */
export function atan(x: Big): Big {
  if (B.exponentOf(x) >= 1) {
    const rest = atan(B.div(ONE, x));
    return B.sub(B.scale(B.signOf(x) < 0 ? B.neg(PI) : PI, -1), rest);
  }
  let t = x;
  for (let i = 0; i < 3; i++) t = B.div(t, B.add(ONE, B.sqrt(B.add(ONE, B.mul(t, t)))));
  return B.scale(times(t, oddReciprocals(-B.toFixed(B.mul(t, t), F))), 3);
}

/** For finite arguments that are not both zero. */
export function atan2(y: Big, x: Big): Big {
  if (B.signOf(x) > 0) return atan(B.div(y, x));
  const right = B.signOf(y) < 0 ? B.neg(PI) : PI;
  if (B.signOf(x) === 0) return B.scale(right, -1);
  return B.add(right, atan(B.div(y, x)));
}

const oneMinusSquare = (x: Big): Big => B.mul(B.sub(ONE, x), B.add(ONE, x));

export function asin(x: Big): Big {
  const c = oneMinusSquare(x);
  if (B.signOf(c) === 0) return B.scale(B.signOf(x) < 0 ? B.neg(PI) : PI, -1);
  return atan(B.div(x, B.sqrt(c)));
}

export function acos(x: Big): Big {
  const below = B.add(ONE, x);
  if (B.signOf(below) === 0) return PI;
  return B.scale(atan(B.sqrt(B.div(B.sub(ONE, x), below))), 1);
}

export function sinh(x: Big): Big {
  const t = expm1(B.abs(x));
  const y = B.scale(B.add(t, B.div(t, B.add(t, ONE))), -1);
  return B.signOf(x) < 0 ? B.neg(y) : y;
}

export function cosh(x: Big): Big {
  const t = exp(x);
  return B.scale(B.add(t, B.div(ONE, t)), -1);
}

export function tanh(x: Big): Big {
  const t = expm1(B.scale(x, 1));
  return B.div(t, B.add(t, big(2)));
}

export function asinh(x: Big): Big {
  const a = B.abs(x);
  const square = B.mul(a, a);
  const y = log1p(B.add(a, B.div(square, B.add(ONE, B.sqrt(B.add(ONE, square))))));
  return B.signOf(x) < 0 ? B.neg(y) : y;
}

export function acosh(x: Big): Big {
  const t = B.sub(x, ONE);
  return log1p(B.add(t, B.sqrt(B.mul(t, B.add(t, big(2))))));
}

export const atanh = (x: Big): Big => B.scale(log1p(B.div(B.scale(x, 1), B.sub(ONE, x))), -1);

export const exp2 = (x: Big): Big => exp(B.mul(x, LN2));

export function cbrt(x: Big): Big {
  const y = B.root(B.abs(x), 3);
  return B.signOf(x) < 0 ? B.neg(y) : y;
}

/** For x > 0. */
export const pow = (x: Big, y: Big): Big => exp(B.mul(y, log(x)));
