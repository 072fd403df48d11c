/**
 * @file The logarithm of Student's t density and its derivatives. With many degrees of freedom ν what depends on them is of
 * size 1/ν², the remainder of terms of size 1/ν (or ν·log ν) that cancel: the slope and the curvature with respect to ν are
 * functions of their own, of remainders.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { betalnScalar } from "./gamma.ts";
import { polygammaStepScalar } from "./gamma-steps.ts";
import { log1pmx } from "./log1pmx.ts";
import { choose, horner, noDerivative, special } from "./scalar.ts";

/** From here on the series of ψ(ν/2 + ½) − ψ(ν/2) is exact. */
const MANY = 64;
/** 2ν²·(ψ(ν/2 + ½) − ψ(ν/2) − 1/ν) in 1/ν², from Bₖ; and the same of the derivative, by −ν³. */
const SLOPE = [1, -1 / 2, 1, -17 / 4, 31, -691 / 2];
const CURVATURE = SLOPE.map((c, k) => (k + 1) * c);

/** log(1 + z²/ν), without overflow. */
function logTail(b: Block, nu: Expr, z: Expr): Expr {
  const a = b.let(e.div(e.abs(z), e.sqrt(nu)));
  return choose(b, [e.gt(a, 1e10), e.mul(e.log(a), 2)], e.log1p(e.mul(a, a)));
}

const densityScalar = scalarFunction("t_log_density", 2, (b, [nu, z]) => {
  const normaliser = e.add(betalnScalar(e.mul(nu, 0.5), e.f64(0.5)), e.mul(e.log(nu), 0.5));
  return e.neg(e.add(normaliser, e.mul(e.mul(e.add(nu, 1), 0.5), logTail(b, nu, z))));
});

/** u/(1 + u), u = z²/ν, without overflow. */
function share(b: Block, nu: Expr, z: Expr): Expr {
  const u = b.let(e.div(e.mul(z, z), nu));
  return b.let(e.select(e.gt(u, 1), e.div(1, e.add(1, e.div(1, u))), e.div(u, e.add(u, 1))));
}

const slopeScalar = scalarFunction("t_slope", 2, (b, [nu, z]) => {
  const r = b.let(e.div(1, nu));
  const w = b.let(e.mul(r, r));
  const ofNormaliser = choose(
    b,
    [e.ge(nu, MANY), e.mul(e.mul(w, horner(w, SLOPE)), 0.25)],
    e.mul(e.sub(polygammaStepScalar(0)(e.f64(0.5), e.mul(nu, 0.5)), r), 0.5),
  );
  const u = b.let(e.div(e.mul(z, z), nu));
  const s = share(b, nu, z);
  // −½·(log(1 + u) − u/(1 + u)) + ½·u/(ν·(1 + u)); the first difference is of the order of u².
  const difference = choose(
    b,
    [e.lt(u, 0.4), (t) => e.add(log1pmx(t.let(e.add(u, 1)), u), e.mul(u, s))],
    (t) => e.sub(logTail(t, nu, z), s),
  );
  return e.add(ofNormaliser, e.mul(e.sub(e.mul(s, r), difference), 0.5));
});

const curvatureScalar = scalarFunction("t_curvature", 2, (b, [nu, z]) => {
  const r = b.let(e.div(1, nu));
  const w = b.let(e.mul(r, r));
  const ofNormaliser = choose(
    b,
    [e.ge(nu, MANY), e.mul(e.mul(e.mul(w, r), horner(w, CURVATURE)), -0.5)],
    e.add(e.mul(polygammaStepScalar(1)(e.f64(0.5), e.mul(nu, 0.5)), 0.25), e.mul(w, 0.5)),
  );
  // With s = u/(1 + u): ½·s²/ν − ½·s·(2 − s)/ν².
  const s = share(b, nu, z);
  const ofTail = e.mul(e.sub(e.mul(e.mul(s, s), r), e.mul(e.mul(s, e.sub(2, s)), w)), 0.5);
  return e.add(ofNormaliser, ofTail);
});

type OfTwo = (nu: ArrayLike, z: ArrayLike) => NDArray;
/** The second derivative with respect to ν; without derivatives itself. */
const curvature: OfTwo = special(
  "t_curvature",
  curvatureScalar,
  noDerivative("the second derivative of t.logpdf with respect to df", "df", "z"),
);
/** z·(ν + 1)/(ν + z²), without overflow. */
function pull(nu: NDArray, z: NDArray): NDArray {
  const far = lax.gt(lax.abs(z), 1);
  const [large, small] = [lax.select(far, z, 1), lax.select(far, 0, z)];
  const near = lax.div(small, lax.add(nu, lax.square(small)));
  const distant = lax.reciprocal(lax.add(large, lax.div(nu, large)));
  return lax.mul(lax.add(nu, 1), lax.select(far, distant, near));
}
/** The derivative with respect to ν. */
const slope: OfTwo = special("t_slope", slopeScalar, [
  (g, _, [nu, z]) => lax.mul(g, curvature(nu, z)),
  // d/dν of −(ν + 1)·z/(ν + z²) is z·(1 − z²)/(ν + z²)².
  (g, _, [nu, z]) => {
    const square = lax.square(z);
    const sum = lax.add(nu, square);
    return lax.mul(g, lax.mul(lax.div(z, sum), lax.div(lax.sub(1, square), sum)));
  },
]);
/** The logarithm of the density of Student's t distribution with ν degrees of freedom at z; called with ν, z. */
export const logTDensity: OfTwo = special("t_log_density", densityScalar, [
  (g, _, [nu, z]) => lax.mul(g, slope(nu, z)),
  (g, _, [nu, z]) => lax.neg(lax.mul(g, pull(nu, z))),
]);
