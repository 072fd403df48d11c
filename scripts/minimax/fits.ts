/**
 * @file What is fitted: for each polynomial of src/jit/wasm/math its interval, its target and the weight of its error.
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

/** expm1(2x)/2 = x + x²·p(x). */
const halfExpm1 = (bits: 32 | 64, terms: number, from: number, to: number): Fit => ({
  name: `HALF_EXPM1_${bits}`,
  bits,
  from,
  to,
  terms,
  target: (x) => B.div(B.sub(half(M.expm1(B.scale(x, 1))), x), square(x)),
  weight: (x) => B.div(square(x), B.abs(half(M.expm1(B.scale(x, 1))))),
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

export const fits: readonly Fit[] = [
  exp(32, 5),
  exp(64, 10),
  halfExpm1(32, 5, -0.0867, 0.26),
  halfExpm1(64, 11, -0.0867, 0.26),
  log(32, 4),
  log(64, 7),
];
