/**
 * @file What is fitted: for each polynomial of src/loops/emit/wasm/math its interval, its target and the weight of its error.
 * The error that is printed is relative to the function the polynomial is a part of.
 */
import * as B from "../../test/util/big-float.ts";
import { type Big, ONE, big } from "../../test/util/big-float.ts";
import * as M from "../../test/util/big-math.ts";
import type { Fit } from "./remez.ts";

const half = (x: Big): Big => B.scale(x, -1);
const square = (x: Big): Big => B.mul(x, x);

/** exp(x) = 1 + x + x²·p(x). */
const exp = (bits: 32 | 64, terms: number): Fit => ({
  name: `EXP_${bits}`,
  bits,
  from: -0.3467,
  to: 0.3467,
  terms,
  target: (x) => B.div(B.sub(M.expm1(x), x), square(x)),
  weight: (x) => B.div(square(x), M.exp(x)),
});

/** 2^x = 1 + x·p(x). */
const exp2 = (bits: 32 | 64, terms: number): Fit => ({
  name: `EXP2_${bits}`,
  bits,
  from: -0.5,
  to: 0.5,
  terms,
  target: (x) => B.div(M.expm1(B.mul(x, M.LN2)), x),
  weight: (x) => B.div(B.abs(x), M.exp2(x)),
});

/** exp(2x) = 1 + x·p(x). */
const expTwice = (bits: 32 | 64, terms: number): Fit => ({
  name: `EXP_TWICE_${bits}`,
  bits,
  from: -0.1734,
  to: 0.1734,
  terms,
  target: (x) => B.div(M.expm1(B.scale(x, 1)), x),
  weight: (x) => B.div(B.abs(x), M.exp(B.scale(x, 1))),
});

/** f(x) = x·(1 + z·p(z)), z = x², for |x| ≤ limit. */
const odd = (name: string, bits: 32 | 64, f: (x: Big) => Big, limit: number, terms: number): Fit => ({
  name: `${name}_${bits}`,
  bits,
  from: 0,
  to: limit ** 2,
  terms,
  target: (z) => {
    const x = B.sqrt(z);
    return B.div(B.sub(B.div(f(x), x), ONE), z);
  },
  weight: (z) => {
    const x = B.sqrt(z);
    return B.div(B.mul(z, x), f(x));
  },
});

/** cos(x) = 1 + z·p(z), z = x². */
const cos = (bits: 32 | 64, terms: number): Fit => ({
  name: `COS_${bits}`,
  bits,
  from: 0,
  to: 0.7855 ** 2,
  terms,
  target: (z) => B.div(B.sub(M.cos(B.sqrt(z)), ONE), z),
  weight: (z) => B.div(z, M.cos(B.sqrt(z))),
});

/** log((1 + s)/(1 − s)) = 2s + s·z·p(z), z = s². */
const log = (bits: 32 | 64, terms: number): Fit => ({
  name: `LOG_${bits}`,
  bits,
  from: 0,
  to: 0.02945,
  terms,
  target: (z) => {
    const s = B.sqrt(z);
    const ratio = B.div(B.add(ONE, s), B.sub(ONE, s));
    return B.div(B.sub(B.div(M.log(ratio), s), big(2)), z);
  },
  weight: (z) => half(z),
});

/** 3·atanh(s)/s = 3 + z + z²·p(z), z = s². */
const powLog: Fit = {
  name: "POW_LOG_64",
  bits: 64,
  from: 0,
  to: 0.02945,
  terms: 8,
  target: (z) => {
    const s = B.sqrt(z);
    const ratio = B.div(B.mul(big(3), M.atanh(s)), s);
    return B.div(B.sub(B.sub(ratio, big(3)), z), square(z));
  },
  weight: (z) => B.div(square(z), big(3)),
};

export const fits: readonly Fit[] = [
  exp(32, 5),
  exp(64, 10),
  expTwice(32, 6),
  odd("TANH", 32, M.tanh, 0.6, 5),
  odd("SIN", 32, M.sin, 0.7855, 3),
  odd("SIN", 64, M.sin, 0.7855, 6),
  cos(32, 4),
  cos(64, 7),
  odd("SINH", 32, M.sinh, 1.0001, 4),
  odd("SINH", 64, M.sinh, 1.0001, 8),
  odd("ASIN", 32, M.asin, 0.5, 5),
  odd("ASIN", 64, M.asin, 0.5, 12),
  odd("ATAN", 32, M.atan, 1, 9),
  odd("ATAN", 64, M.atan, 0.4143, 11),
  exp2(32, 6),
  exp2(64, 11),
  log(32, 4),
  log(64, 7),
  powLog,
];
