/**
 * @file LSMR: least squares of a linear map and its transpose, by Golub and Kahan's bidiagonalisation; the norm of the
 * gradient falls in each round. Source: Fong and Saunders, SIAM J. Sci. Comput. 33 (2011), as in scipy.sparse.linalg.lsmr.
 */
import type { NDArray } from "../../core/array.ts";
import * as lax from "../../control-flow/lax.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { sign } from "../../numpy/ufuncs/arithmetic.ts";
import { where } from "../../numpy/ufuncs/logic.ts";
import { and, int, norm, not, number, or } from "../../scipy/optimize/traced.ts";

/** A linear map and its transpose. */
export interface LinearMap {
  readonly apply: (x: NDArray) => NDArray;
  readonly transposed: (u: NDArray) => NDArray;
}

export interface LsmrOptions {
  readonly atol: number;
  readonly btol: number;
  readonly maxiter: number;
}

interface State {
  readonly x: NDArray;
  readonly u: NDArray;
  readonly v: NDArray;
  readonly h: NDArray;
  readonly hbar: NDArray;
  readonly alpha: NDArray;
  readonly alphabar: NDArray;
  readonly zetabar: NDArray;
  readonly zeta: NDArray;
  readonly rho: NDArray;
  readonly rhobar: NDArray;
  readonly cbar: NDArray;
  readonly sbar: NDArray;
  readonly betadd: NDArray;
  readonly betad: NDArray;
  readonly rhodold: NDArray;
  readonly tautilde: NDArray;
  readonly thetatilde: NDArray;
  readonly normA2: NDArray;
  readonly rounds: NDArray;
  readonly done: NDArray;
}

/** c, s and r with c a + s b = r, c b = s a. */
function rotation(a: NDArray, b: NDArray): [c: NDArray, s: NDArray, r: NDArray] {
  const size = lax.max(lax.abs(a), lax.abs(b));
  const none = size.equal(0);
  const scale = where(none, lax.fullLike(size, 1), size);
  const [p, q] = [a.div(scale), b.div(scale)];
  const length = lax.sqrt(p.mul(p).add(q.mul(q)));
  const safe = where(none, lax.fullLike(length, 1), length);
  // With a = 0 the rotation is by a right angle.
  return [where(none, sign(a), p.div(safe)), where(none, sign(b), q.div(safe)), length.mul(size)];
}

const unit = (x: NDArray, size: NDArray): NDArray => x.div(where(size.equal(0), lax.fullLike(size, 1), size));

/** One round: the bidiagonalisation, three rotations, and the estimates that say when to stop. */
function round(a: LinearMap, s: State, normb: NDArray, { atol, btol }: LsmrOptions): State {
  const u0 = a.apply(s.v).sub(s.u.mul(s.alpha));
  const beta = norm(u0);
  const u = unit(u0, beta);
  const v0 = a.transposed(u).sub(s.v.mul(beta));
  const alpha = norm(v0);
  const v = unit(v0, alpha);
  const [c, sn, rho] = rotation(s.alphabar, beta);
  const thetanew = sn.mul(alpha);
  const thetabar = s.sbar.mul(rho);
  const [cbar, sbar, rhobar] = rotation(s.cbar.mul(rho), thetanew);
  const zeta = cbar.mul(s.zetabar);
  const zetabar = sbar.mul(s.zetabar).neg();
  const hbar = s.h.sub(s.hbar.mul(thetabar.mul(rho).div(s.rho.mul(s.rhobar))));
  const x = s.x.add(hbar.mul(zeta.div(rho.mul(rhobar))));
  const h = v.sub(s.h.mul(thetanew.div(rho)));
  const betahat = c.mul(s.betadd);
  const betadd = sn.mul(s.betadd).neg();
  const [ctilde, stilde, rhotilde] = rotation(s.rhodold, thetabar);
  const thetatilde = stilde.mul(rhobar);
  const rhodold = ctilde.mul(rhobar);
  const betad = ctilde.mul(betahat).sub(stilde.mul(s.betad));
  const tautilde = s.zeta.sub(s.thetatilde.mul(s.tautilde)).div(rhotilde);
  const taud = zeta.sub(thetatilde.mul(tautilde)).div(rhodold);
  const gap = betad.sub(taud);
  const normr = lax.sqrt(gap.mul(gap).add(betadd.mul(betadd)));
  const withBeta = s.normA2.add(beta.mul(beta));
  const normA = lax.sqrt(withBeta);
  const rounds = s.rounds.add(int(1));
  const size = normA.mul(norm(x)).div(normb);
  const left = normr.div(normb);
  const gradient = lax.abs(zetabar).div(normA.mul(normr));
  const { eps } = finfo(x.dtype);
  const done = or(
    left.lessEqual(size.mul(atol).add(btol)),
    not(gradient.greater(atol)),
    gradient.lessEqual(eps),
    left.div(size.add(1)).lessEqual(eps),
  );
  return {
    x,
    u,
    v,
    h,
    hbar,
    alpha,
    alphabar: c.mul(alpha),
    zetabar,
    zeta,
    rho,
    rhobar,
    cbar,
    sbar,
    betadd,
    betad,
    rhodold,
    tautilde,
    thetatilde,
    normA2: withBeta.add(alpha.mul(alpha)),
    rounds,
    done,
  };
}

/** The x for which ‖a x − b‖ is least. */
export function lsmr(a: LinearMap, b: NDArray, n: number, options: LsmrOptions): NDArray {
  const beta = norm(b);
  const u = unit(b, beta);
  const v0 = a.transposed(u);
  const alpha = norm(v0);
  const v = unit(v0, alpha);
  const [zero, one] = [number(beta, 0), number(beta, 1)];
  const start: State = {
    x: lax.full([n], 0, b.dtype),
    u,
    v,
    h: v,
    hbar: lax.full([n], 0, b.dtype),
    alpha,
    alphabar: alpha,
    zetabar: alpha.mul(beta),
    zeta: zero,
    rho: one,
    rhobar: one,
    cbar: one,
    sbar: zero,
    betadd: beta,
    betad: zero,
    rhodold: one,
    tautilde: zero,
    thetatilde: zero,
    normA2: alpha.mul(alpha),
    rounds: int(0),
    done: not(alpha.mul(beta).greater(0)),
  };
  const goesOn = (s: State): NDArray => and(not(s.done), s.rounds.less(options.maxiter));
  return lax.whileLoop(goesOn, (s: State) => round(a, s, beta, options), start).x;
}
