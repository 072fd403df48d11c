/**
 * @file Functions defined by integrals: dawsn, fresnelS, fresnelC, si, ci, spence (the dilogarithm), Owen's T.
 *
 * Polynomials near 0, and far from it the slowly varying factors of the asymptotic form: D(x) ≈ 1/(2x), and the auxiliary
 * functions f and g that multiply the sine and cosine.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import * as lax from "../elementwise/index.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { normalTail } from "./normal.ts";
import { erf } from "./error-function.ts";
import * as table from "./integral-coefficients.ts";
import { type Scalar, choose, gaussian, horner, iterate, sequence, signOf, special } from "./scalar.ts";
import type { Unary } from "../families/functions.ts";

/** The polynomial in v − centre. */
const centred = (b: Block, v: Expr, centre: number, coefficients: readonly number[]): Expr =>
  horner(b.let(centre === 0 ? v : e.sub(v, centre)), coefficients);
const reciprocalSquare = (b: Block, x: Expr): Expr => {
  const r = b.let(e.div(1, x));
  return b.let(e.mul(r, r));
};
const sin = (x: Expr): Expr => e.sin(x);
const cos = (x: Expr): Expr => e.cos(x);

const dawsnScalar = scalarFunction("dawsn", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  const size = choose(
    b,
    [e.lt(a, 1), (t) => e.add(a, e.mul(a, centred(t, e.mul(a, a), 0, table.DAWSON_CENTRE)))],
    [e.lt(a, 2), (t) => centred(t, a, 1.5, table.DAWSON_LOW)],
    [e.lt(a, 3.25), (t) => centred(t, a, 2.625, table.DAWSON_MID)],
    [e.lt(a, 5), (t) => centred(t, a, 4.125, table.DAWSON_HIGH)],
    (t) => e.div(e.mul(horner(reciprocalSquare(t, a), table.DAWSON_FAR), 0.5), a),
  );
  return e.select(e.eq(a, 0), x, e.mul(signOf(x), size));
});

/** Dawson's integral e^(−x²)·∫₀ˣ e^(t²) dt. */
export const dawsn: Unary = special("dawsn", dawsnScalar, (g, _, [x]) => lax.mul(g, dawsnSlope(1, x)));

/** From here on the asymptotic series of Dawson's integral is exact: its smallest term is e^(−x²). */
const DAWSON_ASYMPTOTIC = 6.5;
/**
 * The n-th derivative of Dawson's integral D. From D' = 1 − 2x·D the derivatives follow by D⁽ⁿ⁺¹⁾ = −2(x·D⁽ⁿ⁾ + n·D⁽ⁿ⁻¹⁾),
 * which cancels where x is large; there, term by term from D(x) = Σ (2k − 1)!!/(2ᵏ⁺¹·x²ᵏ⁺¹).
 */
const dawsnSlopeScalar = (n: number): Scalar =>
  scalarFunction(`dawsn_slope${n}`, 1, (b, [x]) =>
    choose(
      b,
      [
        e.lt(e.abs(x), DAWSON_ASYMPTOTIC),
        (t) => {
          let before: Expr = t.let(dawsnScalar(x));
          let last: Expr = t.let(e.sub(1, e.mul(e.mul(x, 2), before)));
          for (let k = 1; k < n; k++)
            [before, last] = [last, t.let(e.mul(e.add(e.mul(x, last), e.mul(before, k)), -2))];
          return last;
        },
      ],
      (t) => {
        const coefficients: number[] = [];
        for (let k = 0, c = 0.5; k < 40; k++) {
          // (−1)ⁿ·(2k + 1)(2k + 2)…(2k + n)
          let rising = n % 2 === 0 ? 1 : -1;
          for (let j = 1; j <= n; j++) rising *= 2 * k + j;
          coefficients.push(c * rising);
          c *= (2 * k + 1) / 2;
        }
        const r = t.let(e.div(1, x));
        let power: Expr = r;
        for (let j = 0; j < n; j++) power = e.mul(power, r);
        return e.mul(horner(t.let(e.mul(r, r)), coefficients), power);
      },
    ),
  );
const dawsnSlope = sequence("dawsn_slope", dawsnSlopeScalar, [
  (g, _, [x], { n }) => lax.mul(g, dawsnSlope(n + 1, x)),
]);

/** From here on the square of every number is a multiple of 4. */
const FRESNEL_FAR = 2 ** 54;
/**
 * πa²/2 modulo 2π. With a in parts of 24 and 29 bits the products are exact modulo 4, but for the square of the lower, whose
 * error is below a²·2⁻¹⁰².
 */
function quarterPhase(b: Block, a: Expr): Expr {
  const high = b.let(e.cast(e.cast(a, "float32"), "float64"));
  const low = b.let(e.sub(a, high));
  const turns = (x: Expr): Expr => e.rem(x, e.f64(4));
  const square = e.add(
    e.add(turns(e.mul(high, high)), turns(e.mul(e.mul(high, low), 2))),
    turns(e.mul(low, low)),
  );
  return b.let(e.select(e.gt(a, FRESNEL_FAR), e.f64(0), e.mul(square, Math.PI / 2)));
}

/** S or C of a ≥ 0. */
function fresnel(b: Block, a: Expr, sine: boolean): Expr {
  return choose(
    b,
    [
      e.lt(a, 1.6),
      (t) => {
        const s = t.let(e.mul(a, a));
        return sine
          ? e.mul(e.mul(s, a), centred(t, e.mul(s, s), 3.25, table.FRESNEL_S_CENTRE))
          : e.mul(a, centred(t, e.mul(s, s), 3.25, table.FRESNEL_C_CENTRE));
      },
    ],
    [e.gt(a, FRESNEL_FAR), 0.5],
    (t) => {
      const w = reciprocalSquare(t, a);
      const w2 = t.let(e.mul(w, w));
      const near = e.lt(a, 2.5);
      const pick2 = (mid: readonly number[], far: readonly number[]): Expr =>
        t.let(choose(t, [near, (u) => centred(u, w2, 0.0893, mid)], (u) => centred(u, w2, 0.0128, far)));
      const f = t.let(e.div(pick2(table.FRESNEL_F_MID, table.FRESNEL_F_FAR), e.mul(a, Math.PI)));
      const g = t.let(
        e.div(e.mul(pick2(table.FRESNEL_G_MID, table.FRESNEL_G_FAR), w), e.mul(a, Math.PI ** 2)),
      );
      const phase = quarterPhase(t, a);
      return sine
        ? e.sub(0.5, e.add(e.mul(f, cos(phase)), e.mul(g, sin(phase))))
        : e.add(0.5, e.sub(e.mul(f, sin(phase)), e.mul(g, cos(phase))));
    },
  );
}
const fresnelSScalar = scalarFunction("fresnel_s", 1, (b, [x]) =>
  e.mul(signOf(x), fresnel(b, b.let(e.abs(x)), true)),
);
const fresnelCScalar = scalarFunction("fresnel_c", 1, (b, [x]) =>
  e.mul(signOf(x), fresnel(b, b.let(e.abs(x)), false)),
);

const wave = (name: string, of: (x: Expr) => Expr): Scalar =>
  scalarFunction(name, 1, (b, [x]) => of(quarterPhase(b, b.let(e.abs(x)))));
/** sin(πx²/2) and cos(πx²/2), of the phase within one turn. */
const fresnelSin: Unary = special("fresnel_sin", wave("fresnel_sin", sin), (g, _, [x]) =>
  lax.mul(g, lax.mul(lax.mul(Math.PI, x), fresnelCos(x))),
);
const fresnelCos: Unary = special("fresnel_cos", wave("fresnel_cos", cos), (g, _, [x]) =>
  lax.neg(lax.mul(g, lax.mul(lax.mul(Math.PI, x), fresnelSin(x)))),
);

/** Fresnel integral S(x) = ∫₀ˣ sin(πt²/2) dt. */
export const fresnelS: Unary = special(
  "fresnel_s",
  fresnelSScalar,
  (g, _, [x]) => lax.mul(g, fresnelSin(x)),
  "fresnel",
);

/** Fresnel integral C(x) = ∫₀ˣ cos(πt²/2) dt. */
export const fresnelC: Unary = special(
  "fresnel_c",
  fresnelCScalar,
  (g, _, [x]) => lax.mul(g, fresnelCos(x)),
  "fresnel",
);

/** Σ (−1)ᵏ aⁿ / (n·n!) over n = first, first + 2, …: Si for 1, Ci − γ − log a for 2. All of it for a ≤ 4. */
function trigSeries(b: Block, a: Expr, first: 1 | 2): Expr {
  const s = b.let(e.mul(a, a));
  const coefficients: number[] = [];
  let factorial = first === 1 ? 1 : 2;
  for (let n = first as number, sign = first === 1 ? 1 : -1; n <= 33; n += 2, sign = -sign) {
    coefficients.push(sign / (n * factorial));
    factorial *= (n + 1) * (n + 2);
  }
  return e.mul(first === 1 ? a : s, horner(s, coefficients));
}

/** f and g of the sine and cosine integrals, for a ≥ 4. */
function sineAuxiliary(b: Block, a: Expr): { f: Expr; g: Expr } {
  const w = reciprocalSquare(b, a);
  const pick3 = (low: readonly number[], mid: readonly number[], far: readonly number[]): Expr =>
    choose(
      b,
      [e.lt(a, 6), (t) => centred(t, w, 0.045, low)],
      [e.lt(a, 11), (t) => centred(t, w, 0.018, mid)],
      horner(w, far),
    );
  return {
    f: b.let(e.div(pick3(table.SICI_F_LOW, table.SICI_F_MID, table.SICI_F_FAR), a)),
    g: b.let(e.mul(pick3(table.SICI_G_LOW, table.SICI_G_MID, table.SICI_G_FAR), w)),
  };
}

const siScalar = scalarFunction("si", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  const size = choose(b, [e.lt(a, 4), (t) => trigSeries(t, a, 1)], [e.eq(a, Infinity), Math.PI / 2], (t) => {
    const { f, g } = sineAuxiliary(t, a);
    return e.sub(Math.PI / 2, e.add(e.mul(f, cos(a)), e.mul(g, sin(a))));
  });
  return e.mul(signOf(x), size);
});
const EULER = 0.5772156649015329;
const ciScalar = scalarFunction("ci", 1, (b, [x]) => {
  const a = b.let(e.abs(x));
  return choose(
    b,
    [e.eq(a, 0), -Infinity],
    [e.lt(a, 4), (t) => e.add(e.add(e.log(a), EULER), trigSeries(t, a, 2))],
    [e.eq(a, Infinity), e.select(e.lt(x, 0), e.f64(NaN), e.f64(0))],
    (t) => {
      const { f, g } = sineAuxiliary(t, a);
      return e.sub(e.mul(f, sin(a)), e.mul(g, cos(a)));
    },
  );
});

/** The polynomial in x with the given coefficients, lowest power first. */
const polynomial = (x: NDArray, coefficients: readonly number[]): NDArray =>
  coefficients.reduceRight<NDArray>((sum, c) => lax.add(lax.mul(sum, x), c), lax.mul(x, 0));
/**
 * `outside(x)`, and within `radius` of `centre`, where it would be 0/0, its Taylor polynomial there: so that derivatives of
 * every order that matters are right there too.
 */
function removable(
  x: NDArray,
  centre: number,
  radius: number,
  taylor: readonly number[],
  outside: (x: NDArray) => NDArray,
): NDArray {
  const offset = centre === 0 ? x : lax.sub(x, centre);
  const near = lax.lt(lax.abs(offset), radius);
  const far = lax.select(near, centre + radius, x);
  return lax.select(near, polynomial(lax.select(near, offset, 0), taylor), outside(far));
}

const SINC = [1, 0, -1 / 6, 0, 1 / 120, 0, -1 / 5040, 0, 1 / 362880, 0, -1 / 39916800, 0, 1 / 6227020800];
const sinc = (x: NDArray): NDArray => removable(x, 0, 0.5, SINC, (y) => lax.div(lax.sin(y), y));
/** Sine integral ∫₀ˣ sin(t)/t dt. */
export const si: Unary = special("si", siScalar, (g, _, [x]) => lax.mul(g, sinc(x)), "sici");

/** Cosine integral γ + log|x| + ∫₀ˣ (cos(t) − 1)/t dt. */
export const ci: Unary = special("ci", ciScalar, (g, _, [x]) => lax.mul(g, lax.div(lax.cos(x), x)), "sici");

/** spence(x) for ½ ≤ x ≤ 2: in u = −log x, Σ Bₖ uᵏ⁺¹/(k + 1)!. */
const spenceCentre = scalarFunction("spence_centre", 1, (b, [x]) => {
  const u = b.let(e.neg(e.log(x)));
  const s = b.let(e.mul(u, u));
  return e.add(u, e.mul(s, e.add(e.mul(u, horner(s, table.DILOG)), -0.25)));
});
const spenceBelow2 = scalarFunction("spence_below_2", 1, (b, [x]) =>
  choose(
    b,
    [e.eq(x, 0), Math.PI ** 2 / 6],
    [
      e.lt(x, 0.5),
      e.sub(e.sub(Math.PI ** 2 / 6, e.mul(e.log(x), e.log1p(e.neg(x)))), spenceCentre(e.sub(1, x))),
    ],
    spenceCentre(x),
  ),
);
const spenceScalar = scalarFunction("spence", 1, (b, [x]) =>
  choose(b, [e.lt(x, 0), NaN], [e.le(x, 2), spenceBelow2(x)], [e.eq(x, Infinity), NaN], (t) => {
    const l = t.let(e.log(x));
    return e.sub(e.neg(spenceBelow2(e.div(1, x))), e.mul(e.mul(l, l), 0.5));
  }),
);
const LOG_RATIO = Array.from({ length: 14 }, (_, k) => (k % 2 === 0 ? -1 : 1) / (k + 1));
/** Dilogarithm in Spence's form, ∫₁ˣ log(t)/(1 − t) dt; NaN for x < 0. */
export const spence: Unary = special(
  "spence",
  spenceScalar,
  // log(x)/(1 − x), whose series at 1 is in u = x − 1.
  (g, _, [x]) =>
    lax.mul(
      g,
      removable(x, 1, 0.05, LOG_RATIO, (y) => lax.div(lax.log(y), lax.sub(1, y))),
    ),
);

/** T(h, a) for h ≥ 0 and 0 ≤ a ≤ 1, by Gauss's rule where the integrand is not negligible. */
const owensSmall = scalarFunction("owens_small", 2, (b, [h, a]) => {
  const end = b.let(e.min(a, e.div(8.5, e.max(h, e.f64(1e-300)))), "end");
  // Panels of at most two standard deviations.
  const panels = b.let(e.add(e.floor(e.mul(e.mul(h, end), 0.5)), 1), "panels");
  const half = b.let(e.div(e.mul(end, 0.5), panels), "half");
  const c = b.let(e.mul(e.mul(h, h), -0.5), "c");
  const sum = b.variable(e.f64(0), "sum");
  iterate(b, 6, (loop, n, stop) => {
    const middle = loop.let(e.mul(half, e.sub(e.mul(n, 2), 1)), "middle");
    table.GAUSS_NODES.forEach((node, k) => {
      for (const s of [-node, node]) {
        const t = loop.let(e.add(middle, e.mul(half, s)));
        const q = loop.let(e.add(e.mul(t, t), 1));
        loop.set(sum, e.add(sum, e.mul(e.div(e.exp(e.mul(c, q)), q), table.GAUSS_WEIGHTS[k])));
      }
    });
    stop(loop, e.ge(n, panels));
  });
  return e.mul(e.mul(sum, half), 1 / (2 * Math.PI));
});
const owensTScalar = scalarFunction("owens_t", 2, (b, [x, y]) => {
  const h = b.let(e.abs(x), "h");
  const a = b.let(e.abs(y), "a");
  const size = choose(
    b,
    [e.or(e.isNan(h), e.isNan(a)), NaN],
    [e.eq(h, Infinity), 0],
    [e.le(a, 1), owensSmall(h, a)],
    [e.eq(a, Infinity), e.mul(normalTail(h), 0.5)],
    [e.ge(e.mul(h, a), 1e150), e.mul(normalTail(h), 0.5)],
    (t) => {
      const ah = t.let(e.mul(a, h));
      const [p, q] = [t.let(normalTail(h)), t.let(normalTail(ah))];
      return e.sub(e.sub(e.mul(e.add(p, q), 0.5), e.mul(p, q)), owensSmall(ah, e.div(1, a)));
    },
  );
  return e.mul(signOf(y), size);
});
/** Owen's T function (1/2π)·∫₀ᵃ e^(−h²(1 + t²)/2)/(1 + t²) dt. */
export const owensT: (h: ArrayLike, a: ArrayLike) => NDArray = special("owens_t", owensTScalar, [
  (g, _, [h, a]) => {
    const edge = lax.mul(erf(lax.mul(lax.mul(a, h), Math.SQRT1_2)), gaussian(h, 0.5));
    return lax.mul(g, lax.mul(-0.5 / Math.sqrt(2 * Math.PI), edge));
  },
  (g, _, [h, a]) => {
    const s = lax.add(1, lax.square(a));
    return lax.mul(
      g,
      lax.div(lax.mul(1 / (2 * Math.PI), lax.exp(lax.mul(-0.5, lax.mul(lax.square(h), s)))), s),
    );
  },
]);
