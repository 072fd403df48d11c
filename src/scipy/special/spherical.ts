/**
 * @file scipy.special, spherical harmonics. Their associated Legendre functions are normalised throughout the recurrence, so
 * that degrees in the hundreds neither overflow nor vanish.
 */
import { type ArrayLike, ConcreteArray, type NDArray } from "../../core/array.ts";
import { isInteger } from "../../dtypes/dtype.ts";
import { foriLoop } from "../../control-flow/loops/api.ts";
import { ArgumentError, DTypeError } from "../../base/errors.ts";
import * as lax from "../../lax/index.ts";
import { define } from "../../arguments/declare.ts";
import { type OptionsOf, param } from "../../arguments/parameters.ts";
import { asarray } from "../../numpy/creation/array.ts";
import { broadcastArrays } from "../../numpy/shapes/manipulation.ts";
import { promoteInexact } from "../../numpy/operands/promote.ts";
import { max } from "../../numpy/reductions/reductions.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import { wholeNumber } from "./combinatorial.ts";

const sphHarmYParams = [
  /** Must be null: derivatives are what `grad` is for. */
  param<[diffN: null]>()("diffN", null),
  /** The highest degree among `n`, found if not given. Given where `n` is traced, it fixes the number of steps. */
  param<[nMax: number | null]>()("nMax", null),
] as const;
/** Options of `sphHarmY`. */
export type SphHarmYOptions = OptionsOf<typeof sphHarmYParams>;

/** Degrees or orders: whole numbers. */
function whole(x: ArrayLike, what: string): NDArray {
  const a = asarray(x, typeof x === "number" ? { dtype: "int32" } : {});
  if (!isInteger(a.dtype) || (typeof x === "number" && !Number.isInteger(x)))
    throw new DTypeError(
      `special.sphHarmY: ${what} must be of an integer dtype; got ${typeof x === "number" ? x : a.dtype}.`,
    );
  return lax.convertElementType(a, "int32");
}

/** The number of steps: known now where the degrees are, and else when the program runs. */
function highest(n: NDArray): ArrayLike {
  if (n.size === 0) return 0;
  const most = max(n);
  return most instanceof ConcreteArray ? Math.max(0, Number(most.item())) : lax.max(most, 0);
}

/** The normalised associated Legendre function of cos θ, for m ≥ 0: with the factor e^{imφ} it is the spherical harmonic. */
function legendre(n: NDArray, m: NDArray, theta: NDArray, nMax: ArrayLike): NDArray {
  const [x, s] = [lax.cos(theta), lax.sin(theta)];
  const order = lax.convertElementType(m, theta.dtype);
  const at = (k: NDArray): NDArray => lax.convertElementType(k, theta.dtype);
  const end = typeof nMax === "number" ? nMax + 1 : lax.add(nMax, 1);
  const diagonal = foriLoop(
    1,
    end,
    (k: NDArray, p: NDArray): NDArray => {
      const factor = lax.neg(lax.sqrt(lax.div(lax.add(lax.mul(at(k), 2), 1), lax.mul(at(k), 2))));
      return where(lax.le(k, m), lax.mul(p, lax.mul(factor, s)), p);
    },
    lax.fullLike(theta, Math.sqrt(0.25 / Math.PI)),
  );
  const square = lax.square(order);
  const step = (l: NDArray, [before, p]: [NDArray, NDArray]): [NDArray, NDArray] => {
    const going = lax.bitwiseAnd(lax.gt(l, m), lax.le(l, n));
    const [now, last] = [lax.square(at(l)), lax.square(lax.sub(at(l), 1))];
    // Where nothing is to be done, factors of 1 keep derivatives finite.
    const rest = where(going, lax.sub(now, square), 1);
    const scale = lax.sqrt(lax.div(lax.sub(lax.mul(now, 4), 1), rest));
    const less = lax.sqrt(where(going, lax.div(lax.sub(last, square), lax.sub(lax.mul(last, 4), 1)), 1));
    const next = lax.mul(scale, lax.sub(lax.mul(x, p), lax.mul(less, before)));
    return [where(going, p, before), where(going, next, p)];
  };
  return foriLoop(1, end, step, [lax.fullLike(theta, 0), diagonal])[1];
}

/**
 * Spherical harmonics Yₙᵐ(θ, φ) of degree n ≥ 0 and order |m| ≤ n (0 for larger orders, NaN for negative degrees), with the
 * phase of Condon and Shortley; complex. Arguments are broadcast. Differentiable with respect to the angles.
 *
 * Operands: n, m, the polar angle theta in [0, π], the azimuth phi in [0, 2π]. Parameters: diffN = null, nMax = null.
 * @throws DTypeError if n or m are not integers
 * @see jax.scipy.special.sph_harm_y
 * @example
 * scipy.special.sphHarmY(0, 0, 0.3, 0.7).js(); // { re: 0.28209479177387814, im: 0 }
 */
export const sphHarmY = define(
  "special.sphHarmY",
  sphHarmYParams,
  [],
  ({ diffN, nMax }, n: ArrayLike, m: ArrayLike, theta: ArrayLike, phi: ArrayLike) => {
    if ((diffN as unknown) !== null)
      throw new ArgumentError("special.sphHarmY: diffN is not supported; use grad or jvp.");
    const [polar, azimuth] = promoteInexact("special.sphHarmY", theta, phi);
    const [degree, order, t, p] = broadcastArrays(whole(n, "n"), whole(m, "m"), polar, azimuth);
    const most = nMax !== null ? wholeNumber("special.sphHarmY", "nMax", nMax, 0) : highest(degree);
    const size = lax.abs(order);
    const value = legendre(degree, size, t, most);
    const defined = where(lax.lt(degree, 0), NaN, where(lax.gt(size, degree), 0, value));
    // Y of order −m is (−1)^m times the conjugate of that of order m.
    const odd = lax.eq(lax.bitwiseAnd(size, 1), 1);
    const signed = where(lax.bitwiseAnd(lax.lt(order, 0), odd), lax.neg(defined), defined);
    const angle = lax.mul(lax.convertElementType(order, t.dtype), p);
    return lax.complex(lax.mul(signed, lax.cos(angle)), lax.mul(signed, lax.sin(angle)));
  },
);
