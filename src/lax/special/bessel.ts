/**
 * @file Modified Bessel functions of the first kind, exponentially scaled: besselI0e, besselI1e.
 *
 * Up to 8 the power series (all terms positive) times e^(−|x|), beyond it √x·e⁻ˣ·I(x) as polynomials in 8/x.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { range } from "../../base/util.ts";
import { BESSEL_I0_FAR, BESSEL_I0_MID, BESSEL_I1_FAR, BESSEL_I1_MID } from "./coefficients.ts";
import { type Scalar, choose, horner, sequence, signOf, special } from "./scalar.ts";
import type { Unary } from "../families/functions.ts";

/**
 * 1/(k!·(k + order)!) for k below `terms`: Iₙ(x)·(2/x)ⁿ in v = x²/4. Of orders 0 and 1 those up to k = 17 are correctly
 * rounded, where the terms that matter end; those beyond are off by two units in the last place at most.
 */
function powerSeries(order: number, terms: number): number[] {
  let product = 1;
  for (let k = 2; k <= order; k++) product *= k;
  return range(terms).map((k) => {
    const coefficient = 1 / product;
    product *= (k + 1) * (order + k + 1);
    return coefficient;
  });
}

/** e^(−a)·series(a²/4), and beyond 8 the polynomials, for a ≥ 0. */
function scaled(
  name: string,
  order: 0 | 1,
  mid: readonly number[],
  far: readonly number[],
): (x: Expr) => Expr {
  return scalarFunction(name, 1, (b, [a]) => {
    const far8 = (poly: readonly number[], centre: number) => (t: typeof b) =>
      e.div(horner(t.let(e.sub(e.div(8, a), centre)), poly), e.sqrt(a));
    return choose(
      b,
      [
        e.le(a, 8),
        (t) => e.mul(e.exp(e.neg(a)), horner(t.let(e.mul(e.mul(a, a), 0.25)), powerSeries(order, 29))),
      ],
      [e.le(a, 20), far8(mid, 0.7)],
      far8(far, 0.2),
    );
  });
}

const i0e = scaled("i0e_positive", 0, BESSEL_I0_MID, BESSEL_I0_FAR);
const i1e = scaled("i1e_positive", 1, BESSEL_I1_MID, BESSEL_I1_FAR);

const i0eScalar = scalarFunction("bessel_i0e", 1, (_, [x]) => i0e(e.abs(x)));
const i1eScalar = scalarFunction("bessel_i1e", 1, (b, [x]) =>
  choose(b, [e.le(e.abs(x), 8), e.mul(e.mul(x, 0.5), i1e(e.abs(x)))], e.mul(signOf(x), i1e(e.abs(x)))),
);

/** Beyond it derivatives are those of the asymptotic series, whose terms go down to e^(−2x). */
const FAR = 20;
/**
 * e^(−|x|)·Iₙ(x)/xⁿ = e^(−|x|)·Σ (x²/4)ᵏ/(2ⁿ·k!·(n + k)!), for |x| ≤ 20: with Iₙ(x)/xⁿ rₙ' = x·rₙ₊₁ − sign(x)·rₙ, of which
 * derivatives of every order follow at and near 0 too.
 */
const ratioScalar = (n: number): Scalar =>
  scalarFunction(`bessel_ratio${n}`, 1, (b, [x]) => {
    const coefficients = powerSeries(n, 60).map((c) => c * 2 ** -n);
    return e.mul(e.exp(e.neg(e.abs(x))), horner(b.let(e.mul(e.mul(x, x), 0.25)), coefficients));
  });
const besselRatio = sequence("bessel_ratio", ratioScalar, [
  (g, ans, [x], { n }) => lax.mul(g, lax.sub(lax.mul(x, besselRatio(n + 1, x)), lax.mul(lax.sign(x), ans))),
]);
/** The n-th derivative of e^(−x)·I(x), x ≥ 20, term by term from (2πx)^(−½)·Σ ∏(μ − (2j − 1)²)/(k!·(−8x)ᵏ), μ = 4·order². */
const farScalar =
  (order: 0 | 1) =>
  (n: number): Scalar =>
    scalarFunction(`bessel_i${order}e_far${n}`, 1, (b, [x]) => {
      const coefficients: number[] = [];
      let c = 1 / Math.sqrt(2 * Math.PI);
      for (let k = 0; k < 40; k++) {
        // (−1)ⁿ·(k + ½)(k + 3/2)…(k + n − ½)
        let rising = 1;
        for (let j = 0; j < n; j++) rising *= -(k + j + 0.5);
        coefficients.push(c * rising);
        c *= -(4 * order * order - (2 * k + 1) ** 2) / (8 * (k + 1));
      }
      const r = b.let(e.div(1, x));
      let scale: Expr = e.sqrt(r);
      for (let j = 0; j < n; j++) scale = e.mul(scale, r);
      return e.mul(horner(r, coefficients), scale);
    });
const farSequence = (order: 0 | 1): ((n: number, x: ArrayLike) => NDArray) => {
  const self = sequence(`bessel_i${order}e_far`, farScalar(order), [
    (g, _, [x], { n }) => lax.mul(g, self(n + 1, x)),
  ]);
  return self;
};
const far0 = farSequence(0);
const far1 = farSequence(1);
/** x within and |x| beyond 20; elsewhere numbers at which both forms are finite. */
function split(x: NDArray): { far: NDArray; near: NDArray; distant: NDArray } {
  const size = lax.abs(x);
  const far = lax.gt(size, FAR);
  return { far, near: lax.select(far, 0, x), distant: lax.select(far, size, FAR) };
}

/**
 * The exponentially scaled modified Bessel function of the first kind and order 0: e^(−|x|)·I₀(x), even, 1 at 0 and 0 at ±∞,
 * in the operand's dtype. The derivative is e^(−|x|)·(I₁(x) − sign(x)·I₀(x)), at the kink 0 its mean 0.
 * @throws DTypeError unless the dtype is a real float
 * @see jax.lax.bessel_i0e
 * @example
 * lax.besselI0e(np.array([0, 1, -1])).js(); // [1, 0.46576, 0.46576]
 */
export const besselI0e: Unary = special("bessel_i0e", i0eScalar, (g, _, [x]) => {
  const { far, near, distant } = split(x);
  const slope = lax.sub(lax.mul(near, besselRatio(1, near)), lax.mul(lax.sign(near), besselRatio(0, near)));
  return lax.mul(g, lax.select(far, lax.mul(lax.sign(x), far0(1, distant)), slope));
});

/**
 * The exponentially scaled modified Bessel function of the first kind and order 1: e^(−|x|)·I₁(x), odd, 0 at 0 and at ±∞, in
 * the operand's dtype. The derivative at 0 is ½.
 * @throws DTypeError unless the dtype is a real float
 * @see jax.lax.bessel_i1e
 * @example
 * lax.besselI1e(np.array([0, 1, -1])).js(); // [0, 0.20791, -0.20791]
 */
export const besselI1e: Unary = special("bessel_i1e", i1eScalar, (g, _, [x]) => {
  // (x·r₁)' = r₁ + x²·r₂ − |x|·r₁
  const { far, near, distant } = split(x);
  const [first, second] = [besselRatio(1, near), besselRatio(2, near)];
  const slope = lax.add(
    lax.mul(lax.sub(1, lax.mul(lax.sign(near), near)), first),
    lax.mul(lax.square(near), second),
  );
  return lax.mul(g, lax.select(far, far1(1, distant), slope));
});
