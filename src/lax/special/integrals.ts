/**
 * @file Functions defined by integrals: dawsn, fresnelS, fresnelC, si, ci, spence (the dilogarithm), Owen's T.
 *
 * Polynomials near 0, and far from it the slowly varying factors of the asymptotic form: D(x) ≈ 1/(2x), and the auxiliary
 * functions f and g that multiply the sine and cosine.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { bind1 } from "../../core/trace.ts";
import {
  type Block,
  add,
  apply,
  cast,
  div,
  eq,
  ge,
  gt,
  le,
  lt,
  mul,
  neg,
  scalarFunction,
  select,
  sub,
} from "../../loops/ir/build.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { add as plus, div as over, mul as times, sub as minus } from "../elementwise/arithmetic.ts";
import { lt as less } from "../elementwise/compare.ts";
import { asArray } from "../operands/convert.ts";
import {
  abs as magnitude,
  cos as cosOf,
  exp as expOf,
  log as logOf,
  neg as negate,
  sin as sinOf,
  square,
} from "../elementwise/functions.ts";
import { none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";
import { select as pick } from "../elementwise/select.ts";
import { normalTail } from "./elementary.ts";
import { erf } from "./error-function.ts";
import * as table from "./integral-coefficients.ts";
import {
  abs,
  choose,
  exp,
  f64,
  floor,
  horner,
  isNan,
  iterate,
  log,
  log1p,
  signOf,
  special,
} from "./scalar.ts";

/** The polynomial in v − centre. */
const centred = (b: Block, v: Expr, centre: number, coefficients: readonly number[]): Expr =>
  horner(b.let(centre === 0 ? v : sub(v, centre)), coefficients);
const reciprocalSquare = (b: Block, x: Expr): Expr => {
  const r = b.let(div(f64(1), x));
  return b.let(mul(r, r));
};
const sin = (x: Expr): Expr => apply("sin", x);
const cos = (x: Expr): Expr => apply("cos", x);

const dawsnScalar = scalarFunction("dawsn", 1, (b, [x]) => {
  const a = b.let(abs(x));
  const size = choose(
    b,
    [
      [lt(a, 1), (t) => add(a, mul(a, centred(t, mul(a, a), 0, table.DAWSON_CENTRE)))],
      [lt(a, 2), (t) => centred(t, a, 1.5, table.DAWSON_LOW)],
      [lt(a, 3.25), (t) => centred(t, a, 2.625, table.DAWSON_MID)],
      [lt(a, 5), (t) => centred(t, a, 4.125, table.DAWSON_HIGH)],
    ],
    (t) => div(mul(horner(reciprocalSquare(t, a), table.DAWSON_FAR), 0.5), a),
  );
  return select(eq(a, 0), x, mul(signOf(x), size));
});

export const dawsnP = special("dawsn", dawsnScalar, [
  (g, ans, [x]) => times(g, minus(1, times(2, times(x, ans)))),
]);
/** Dawson's integral e^(−x²)·∫₀ˣ e^(t²) dt. */
export const dawsn = (x: ArrayLike): NDArray => bind1(dawsnP, [asArray(x, "dawsn")], none);

/** S or C of a ≥ 0. */
function fresnel(b: Block, a: Expr, sine: boolean): Expr {
  return choose(
    b,
    [
      [
        lt(a, 1.6),
        (t) => {
          const s = t.let(mul(a, a));
          return sine
            ? mul(mul(s, a), centred(t, mul(s, s), 3.25, table.FRESNEL_S_CENTRE))
            : mul(a, centred(t, mul(s, s), 3.25, table.FRESNEL_C_CENTRE));
        },
      ],
      [gt(a, 1e8), () => f64(0.5)],
    ],
    (t) => {
      const w = reciprocalSquare(t, a);
      const w2 = t.let(mul(w, w));
      const near = lt(a, 2.5);
      const pick2 = (mid: readonly number[], far: readonly number[]): Expr =>
        t.let(choose(t, [[near, (u) => centred(u, w2, 0.0893, mid)]], (u) => centred(u, w2, 0.0128, far)));
      const f = t.let(div(pick2(table.FRESNEL_F_MID, table.FRESNEL_F_FAR), mul(a, Math.PI)));
      const g = t.let(div(mul(pick2(table.FRESNEL_G_MID, table.FRESNEL_G_FAR), w), mul(a, Math.PI ** 2)));
      // a² modulo 4, from the square of an exact half of a and the rest.
      const high = t.let(cast(cast(a, "float32"), "float64"));
      const low = t.let(sub(a, high));
      const square = add(apply("rem", mul(high, high), f64(4)), mul(low, add(high, a)));
      const phase = t.let(mul(square, Math.PI / 2));
      return sine
        ? sub(f64(0.5), add(mul(f, cos(phase)), mul(g, sin(phase))))
        : add(f64(0.5), sub(mul(f, sin(phase)), mul(g, cos(phase))));
    },
  );
}
const fresnelSScalar = scalarFunction("fresnel_s", 1, (b, [x]) =>
  mul(signOf(x), fresnel(b, b.let(abs(x)), true)),
);
const fresnelCScalar = scalarFunction("fresnel_c", 1, (b, [x]) =>
  mul(signOf(x), fresnel(b, b.let(abs(x)), false)),
);

const quarter = (x: NDArray): NDArray => times(Math.PI / 2, square(x));

export const fresnelSP = special("fresnel_s", fresnelSScalar, [(g, _, [x]) => times(g, sinOf(quarter(x)))]);
/** Fresnel integral S(x) = ∫₀ˣ sin(πt²/2) dt. */
export const fresnelS = (x: ArrayLike): NDArray => bind1(fresnelSP, [asArray(x, "fresnel")], none);

export const fresnelCP = special("fresnel_c", fresnelCScalar, [(g, _, [x]) => times(g, cosOf(quarter(x)))]);
/** Fresnel integral C(x) = ∫₀ˣ cos(πt²/2) dt. */
export const fresnelC = (x: ArrayLike): NDArray => bind1(fresnelCP, [asArray(x, "fresnel")], none);

/** Σ (−1)ᵏ aⁿ / (n·n!) over n = first, first + 2, …: Si for 1, Ci − γ − log a for 2. All of it for a ≤ 4. */
function trigSeries(b: Block, a: Expr, first: 1 | 2): Expr {
  const s = b.let(mul(a, a));
  const coefficients: number[] = [];
  let factorial = first === 1 ? 1 : 2;
  for (let n = first as number, sign = first === 1 ? 1 : -1; n <= 33; n += 2, sign = -sign) {
    coefficients.push(sign / (n * factorial));
    factorial *= (n + 1) * (n + 2);
  }
  return mul(first === 1 ? a : s, horner(s, coefficients));
}

/** f and g of the sine and cosine integrals, for a ≥ 4. */
function sineAuxiliary(b: Block, a: Expr): { f: Expr; g: Expr } {
  const w = reciprocalSquare(b, a);
  const pick3 = (low: readonly number[], mid: readonly number[], far: readonly number[]): Expr =>
    choose(
      b,
      [
        [lt(a, 6), (t) => centred(t, w, 0.045, low)],
        [lt(a, 11), (t) => centred(t, w, 0.018, mid)],
      ],
      () => horner(w, far),
    );
  return {
    f: b.let(div(pick3(table.SICI_F_LOW, table.SICI_F_MID, table.SICI_F_FAR), a)),
    g: b.let(mul(pick3(table.SICI_G_LOW, table.SICI_G_MID, table.SICI_G_FAR), w)),
  };
}

const siScalar = scalarFunction("si", 1, (b, [x]) => {
  const a = b.let(abs(x));
  const size = choose(
    b,
    [
      [lt(a, 4), (t) => trigSeries(t, a, 1)],
      [eq(a, Infinity), () => f64(Math.PI / 2)],
    ],
    (t) => {
      const { f, g } = sineAuxiliary(t, a);
      return sub(f64(Math.PI / 2), add(mul(f, cos(a)), mul(g, sin(a))));
    },
  );
  return mul(signOf(x), size);
});
const EULER = 0.5772156649015329;
const ciScalar = scalarFunction("ci", 1, (b, [x]) => {
  const a = b.let(abs(x));
  return choose(
    b,
    [
      [eq(a, 0), () => f64(-Infinity)],
      [lt(a, 4), (t) => add(add(log(a), EULER), trigSeries(t, a, 2))],
      [eq(a, Infinity), () => select(lt(x, 0), f64(NaN), f64(0))],
    ],
    (t) => {
      const { f, g } = sineAuxiliary(t, a);
      return sub(mul(f, sin(a)), mul(g, cos(a)));
    },
  );
});

/** The polynomial in x with the given coefficients, lowest power first. */
const polynomial = (x: NDArray, coefficients: readonly number[]): NDArray =>
  coefficients.reduceRight<NDArray>((sum, c) => plus(times(sum, x), c), times(x, 0));
/**
 * `outside(x)`, and where |x| < `radius`, where it would be 0/0, its Taylor polynomial: so that derivatives of every order
 * that matters are right there too.
 */
function removable(
  x: NDArray,
  radius: number,
  taylor: readonly number[],
  outside: (x: NDArray) => NDArray,
): NDArray {
  const near = less(magnitude(x), radius);
  return pick(near, polynomial(pick(near, x, 0), taylor), outside(pick(near, radius, x)));
}

const SINC = [1, 0, -1 / 6, 0, 1 / 120, 0, -1 / 5040, 0, 1 / 362880];
const sinc = (x: NDArray): NDArray => removable(x, 0.05, SINC, (y) => over(sinOf(y), y));
export const siP = special("si", siScalar, [(g, _, [x]) => times(g, sinc(x))]);
/** Sine integral ∫₀ˣ sin(t)/t dt. */
export const si = (x: ArrayLike): NDArray => bind1(siP, [asArray(x, "sici")], none);

export const ciP = special("ci", ciScalar, [(g, _, [x]) => times(g, over(cosOf(x), x))]);
/** Cosine integral γ + log|x| + ∫₀ˣ (cos(t) − 1)/t dt. */
export const ci = (x: ArrayLike): NDArray => bind1(ciP, [asArray(x, "sici")], none);

/** spence(x) for ½ ≤ x ≤ 2: in u = −log x, Σ Bₖ uᵏ⁺¹/(k + 1)!. */
const spenceCentre = scalarFunction("spence_centre", 1, (b, [x]) => {
  const u = b.let(neg(log(x)));
  const s = b.let(mul(u, u));
  return add(u, mul(s, add(mul(u, horner(s, table.DILOG)), -0.25)));
});
const spenceBelow2 = scalarFunction("spence_below_2", 1, (b, [x]) =>
  choose(
    b,
    [
      [eq(x, 0), () => f64(Math.PI ** 2 / 6)],
      [
        lt(x, 0.5),
        () => sub(sub(f64(Math.PI ** 2 / 6), mul(log(x), log1p(neg(x)))), spenceCentre(sub(f64(1), x))),
      ],
    ],
    () => spenceCentre(x),
  ),
);
const spenceScalar = scalarFunction("spence", 1, (b, [x]) =>
  choose(
    b,
    [
      [lt(x, 0), () => f64(NaN)],
      [le(x, 2), () => spenceBelow2(x)],
      [eq(x, Infinity), () => f64(NaN)],
    ],
    (t) => {
      const l = t.let(log(x));
      return sub(neg(spenceBelow2(div(f64(1), x))), mul(mul(l, l), 0.5));
    },
  ),
);
const LOG_RATIO = Array.from({ length: 9 }, (_, k) => (k % 2 === 0 ? -1 : 1) / (k + 1));
export const spenceP = special("spence", spenceScalar, [
  // log(x)/(1 − x) = −log(1 + u)/u, u = x − 1.
  (g, _, [x]) =>
    times(
      g,
      removable(minus(x, 1), 0.01, LOG_RATIO, (u) => negate(over(logOf(plus(u, 1)), u))),
    ),
]);
/** Dilogarithm in Spence's form, ∫₁ˣ log(t)/(1 − t) dt; NaN for x < 0. */
export const spence = (x: ArrayLike): NDArray => bind1(spenceP, [asArray(x, "spence")], none);

/** T(h, a) for h ≥ 0 and 0 ≤ a ≤ 1, by Gauss's rule where the integrand is not negligible. */
const owensSmall = scalarFunction("owens_small", 2, (b, [h, a]) => {
  const end = b.let(apply("min", a, div(f64(8.5), apply("max", h, f64(1e-300)))), "end");
  // Panels of at most two standard deviations.
  const panels = b.let(add(floor(mul(mul(h, end), 0.5)), 1), "panels");
  const half = b.let(div(mul(end, 0.5), panels), "half");
  const c = b.let(mul(mul(h, h), -0.5), "c");
  const sum = b.variable(f64(0), "sum");
  iterate(b, 6, (loop, n, stop) => {
    const middle = loop.let(mul(half, sub(mul(n, 2), 1)), "middle");
    table.GAUSS_NODES.forEach((node, k) => {
      for (const s of [-node, node]) {
        const t = loop.let(add(middle, mul(half, s)));
        const q = loop.let(add(mul(t, t), 1));
        loop.set(sum, add(sum, mul(div(exp(mul(c, q)), q), table.GAUSS_WEIGHTS[k])));
      }
    });
    stop(loop, ge(n, panels));
  });
  return mul(mul(sum, half), 1 / (2 * Math.PI));
});
const owensTScalar = scalarFunction("owens_t", 2, (b, [x, y]) => {
  const h = b.let(abs(x), "h");
  const a = b.let(abs(y), "a");
  const size = choose(
    b,
    [
      [apply("or", isNan(h), isNan(a)), () => f64(NaN)],
      [eq(h, Infinity), () => f64(0)],
      [le(a, 1), () => owensSmall(h, a)],
      [eq(a, Infinity), () => mul(normalTail(h), 0.5)],
      [ge(mul(h, a), 1e150), () => mul(normalTail(h), 0.5)],
    ],
    (t) => {
      const ah = t.let(mul(a, h));
      const [p, q] = [t.let(normalTail(h)), t.let(normalTail(ah))];
      return sub(sub(mul(add(p, q), 0.5), mul(p, q)), owensSmall(ah, div(f64(1), a)));
    },
  );
  return mul(signOf(y), size);
});
export const owensTP = special("owens_t", owensTScalar, [
  (g, _, [h, a]) => {
    const edge = times(erf(times(times(a, h), Math.SQRT1_2)), expOf(times(-0.5, square(h))));
    return times(g, times(-0.5 / Math.sqrt(2 * Math.PI), edge));
  },
  (g, _, [h, a]) => {
    const s = plus(1, square(a));
    return times(g, over(times(1 / (2 * Math.PI), expOf(times(-0.5, times(square(h), s)))), s));
  },
]);
/** Owen's T function (1/2π)·∫₀ᵃ e^(−h²(1 + t²)/2)/(1 + t²) dt. */
export const owensT = (h: ArrayLike, a: ArrayLike): NDArray =>
  bind1(owensTP, promoteStrict("owensT", h, a), none);
