/**
 * @file The Faddeeva function w(z) = e^(−z²)·erfc(−iz) of complex z = x + iy, and its derivatives of every order n.
 *
 * Far from 0 (where |y| > 7 or x > 8, or x > 6 and |y| > 0.1) by Laplace's continued fraction: with Tₖ = z − (k/2)/Tₖ₊₁ the
 * derivative of order n is (i/√π)·(−1)ⁿ·n!/(T₁⋯Tₙ₊₁), and below the real axis w(z) = 2e^(−z²) − w(−z); on it e^(−x²) is added. Elsewhere by the sums of
 * Zaghloul and Ali's algorithm 916 (ACM TOMS 38, 2011), the trapezoidal rule of step a corrected for its poles; derivatives
 * there by w′ = −2zw + 2i/√π, w⁽ᵏ⁺¹⁾ = −2z·w⁽ᵏ⁾ − 2k·w⁽ᵏ⁻¹⁾. Which where, and lengths: S. G. Johnson's Faddeeva package. The
 * left half plane is the mirror image: w(−z̄) is the conjugate of w(z).
 */
import type { NDArray } from "../../../core/array.ts";
import type { Primitive } from "../../../core/primitive.ts";
import { bind1 } from "../../../core/trace.ts";
import { type Block, scalarFunction } from "../../../loops/ir/build.ts";
import * as e from "../../../loops/ir/expressions.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { complex, imag, real } from "./primitives.ts";
import * as lax from "../index.ts";
import { elementwise } from "../../families/elementwise.ts";
import { erfcxScalar } from "../../special/error-function.ts";
import { type Scalar, choose, expMinusSquare, perKey } from "../../special/scalar.ts";

const INV_SQRT_PI = 1 / Math.sqrt(Math.PI);
/** The step, for which the error is below 2⁻⁵³. */
const A = 0.5183214804300859;
const STEP_FACTOR = (2 / Math.PI) * A;
/** Terms on either side of the largest. */
const WIDTH = 12;

/** A complex number in the making. */
type Pair = readonly [re: Expr, im: Expr];

const product = (b: Block, [p, q]: Pair, [r, s]: Pair): Pair => [
  b.let(e.sub(e.mul(p, r), e.mul(q, s))),
  b.let(e.add(e.mul(p, s), e.mul(q, r))),
];

/** sin(t)/t, of t and its sine. */
const sinc = (t: Expr, sine: Expr): Expr =>
  e.select(e.lt(e.abs(t), 1e-4), e.sub(1, e.div(e.mul(t, t), 6)), e.div(sine, t));

/** (i/√π)·(−1)ⁿ·n!/(T₁⋯Tₙ₊₁) for y ≥ 0. */
function fraction(b: Block, n: number, x: Expr, y: Expr): Pair {
  const length = e.add(3.9, e.div(11.398, e.add(e.add(e.mul(x, 0.08254), e.mul(y, 0.1421)), 0.2023)));
  const k = b.variable(e.add(e.floor(length), n), "k");
  const [tr, ti] = [b.variable(x, "tr"), b.variable(y, "ti")];
  // Nothing but NaN where x or y is.
  const none = b.let(e.mul(e.add(x, y), 0));
  const sign = n % 2 === 0 ? INV_SQRT_PI : -INV_SQRT_PI;
  const [pr, pi] = [b.variable(none, "pr"), b.variable(e.add(none, sign), "pi")];
  b.while(e.gt(k, 1), (loop) => {
    loop.set(k, e.sub(k, 1));
    const scale = loop.let(e.div(e.mul(k, 0.5), e.add(e.mul(tr, tr), e.mul(ti, ti))));
    const [r, i] = [loop.let(e.sub(x, e.mul(scale, tr))), loop.let(e.add(y, e.mul(scale, ti)))];
    loop.set(tr, r);
    loop.set(ti, i);
    loop.if(e.le(k, n + 1), (then) => {
      const size = then.let(e.add(e.mul(tr, tr), e.mul(ti, ti)));
      const factor = then.let(e.div(e.select(e.gt(k, 1), e.sub(k, 1), e.f64(1)), size));
      const [u, v] = product(then, [pr, pi], [e.mul(factor, tr), e.neg(e.mul(factor, ti))]);
      then.set(pr, u);
      then.set(pi, v);
    });
  });
  return [pr, pi];
}

/** Where |z| > 10⁷: i/(√π·z) without overflow; derivatives beyond the square root of the largest number are 0. */
function farthest(b: Block, n: number, x: Expr, y: Expr): Pair {
  const wide = b.let(e.gt(x, y));
  const ratio = b.let(e.select(wide, e.div(y, x), e.div(x, y)));
  const size = b.let(e.div(INV_SQRT_PI, e.add(e.select(wide, x, y), e.mul(ratio, e.select(wide, y, x)))));
  const small = b.let(e.mul(size, ratio));
  const infinite = b.let(e.eq(y, Infinity));
  if (n > 0) {
    const here = b.let(e.lt(e.add(x, y), 1e150));
    const [re, im] = [b.variable(e.f64(0), "re"), b.variable(e.f64(0), "im")];
    b.if(here, (then) => {
      const [r, i] = fraction(then, n, x, y);
      then.set(re, r);
      then.set(im, i);
    });
    return [re, im];
  }
  const of = (value: Expr): Expr => e.select(infinite, e.f64(0), value);
  return [of(e.select(wide, small, size)), of(e.select(wide, size, small))];
}

/** The derivative of order n of factor·e^(−z²). */
function gaussianPart(b: Block, n: number, x: Expr, y: Expr, factor: Expr): Pair {
  const size = b.let(e.mul(e.exp(e.mul(e.sub(y, x), e.add(y, x))), factor));
  const onAxis = e.or(e.eq(x, 0), e.eq(y, 0));
  const angle = b.let(e.select(onAxis, e.f64(0), e.mul(e.mul(x, y), -2)));
  const sine = b.let(e.sin(angle));
  const g: Pair = [
    b.let(e.mul(size, e.cos(angle))),
    b.let(e.select(e.eq(sine, 0), e.f64(0), e.mul(size, sine))),
  ];
  return recurrence(b, n, [x, y], g, [e.f64(0), e.f64(0)]);
}

/** f⁽ⁿ⁾ of f′ = −2zf + c. */
function recurrence(b: Block, n: number, [x, y]: Pair, f: Pair, c: Pair): Pair {
  let [before, last]: [Pair, Pair] = [f, f];
  for (let k = 0; k < n; k++) {
    const [r, i] = product(b, [e.mul(x, -2), e.mul(y, -2)], last);
    const next: Pair =
      k === 0
        ? [b.let(e.add(r, c[0])), b.let(e.add(i, c[1]))]
        : [b.let(e.sub(r, e.mul(before[0], 2 * k))), b.let(e.sub(i, e.mul(before[1], 2 * k)))];
    [before, last] = [last, next];
  }
  return last;
}

/** w by the sums of algorithm 916, for x ≥ 0. */
function sums(b: Block, x: Expr, y: Expr): Pair {
  const [both, ahead, slope] = ["both", "ahead", "slope"].map((name) => b.variable(e.f64(0), name));
  const k = b.variable(e.f64(0), "k");
  const last = b.let(e.add(e.floor(e.add(e.div(x, A), 0.5)), WIDTH));
  const y2 = b.let(e.mul(y, y));
  b.while(e.lt(k, last), (loop) => {
    loop.set(k, e.add(k, 1));
    const at = loop.let(e.mul(k, A));
    const d = loop.let(e.sub(at, x));
    const size = loop.let(e.add(e.mul(at, at), y2));
    const near = loop.let(e.div(e.exp(e.neg(e.mul(d, d))), size));
    // e^(−(at + x)²) is e^(−(at − x)²)·e^(−4·at·x).
    const drop = loop.let(e.expm1(e.mul(e.mul(at, x), -4)));
    loop.set(both, e.add(both, e.div(e.exp(e.neg(e.mul(at, at))), size)));
    loop.set(ahead, e.add(ahead, e.mul(near, e.add(drop, 2))));
    loop.set(slope, e.sub(slope, e.mul(e.mul(near, at), drop)));
  });
  const decay = b.let(expMinusSquare(b, x));
  const head = b.let(
    choose(b, [e.gt(y, -6), () => e.mul(decay, erfcxScalar(y))], () =>
      e.mul(e.exp(e.mul(e.sub(y, x), e.add(y, x))), 2),
    ),
  );
  const first = b.let(e.sub(head, e.mul(e.mul(y, both), e.mul(decay, STEP_FACTOR))));
  const second = b.let(e.mul(e.mul(x, decay), STEP_FACTOR));
  const xy = b.let(e.mul(x, y));
  const [sine, sine2] = [b.let(e.sin(xy)), b.let(e.sin(e.mul(xy, 2)))];
  const re = e.add(e.mul(first, e.cos(e.mul(xy, 2))), e.mul(e.mul(second, sine), sinc(xy, sine)));
  const im = e.sub(e.mul(second, sinc(b.let(e.mul(xy, 2)), sine2)), e.mul(first, sine2));
  const half = STEP_FACTOR / 2;
  return [b.let(e.add(re, e.mul(e.mul(y, ahead), half))), b.let(e.add(im, e.mul(slope, half)))];
}

/** The part of the derivative of order n. */
const partScalar = (n: number, imaginary: boolean): Scalar =>
  scalarFunction(`wofz${n}_${imaginary ? "im" : "re"}`, 2, (b, [given, y]) => {
    const x = b.let(e.abs(given));
    const depth = b.let(e.abs(y));
    const [re, im] = [b.variable(e.f64(NaN), "re"), b.variable(e.f64(NaN), "im")];
    const put = (block: Block, [r, i]: Pair): void => {
      block.set(re, r);
      block.set(im, i);
    };
    const far = e.or(e.gt(depth, 7), e.and(e.gt(x, 6), e.or(e.gt(depth, 0.1), e.gt(x, 8))));
    b.if(
      far,
      (outside) => {
        outside.if(
          e.gt(e.add(x, depth), 1e7),
          (then) => put(then, farthest(then, n, x, depth)),
          (other) => put(other, fraction(other, n, x, depth)),
        );
        outside.if(e.lt(y, 0), (then) => {
          // Of −z = −x + i|y|, the mirror image of x + i|y|: its derivative of order n is (−1)ⁿ times the conjugate.
          then.set(re, e.neg(re));
        });
        // The fraction stands for a mean of both half planes along the real axis, where e^(−z²) has half its weight.
        const beside = outside.let(e.le(depth, 1e-10));
        const gone = e.ge(e.mul(e.sub(x, depth), e.add(x, depth)), 750);
        outside.if(e.and(e.or(beside, e.lt(y, 0)), e.not(gone)), (then) => {
          const [r, i] = gaussianPart(then, n, x, y, e.select(beside, e.f64(1), e.f64(2)));
          put(then, [e.add(re, r), e.add(im, i)]);
        });
      },
      (near) => {
        const c: Pair = [e.f64(0), e.f64(2 * INV_SQRT_PI)];
        put(near, recurrence(near, n, [x, y], sums(near, x, y), c));
      },
    );
    // The mirror image again, for the left half plane.
    const turns = (n % 2 === 1) !== imaginary;
    const out = imaginary ? im : re;
    if (!turns) return out;
    const turned = e.select(e.lt(given, 0), e.neg(out), out);
    return n === 0 ? e.select(e.eq(given, 0), e.mul(given, e.add(1, out)), turned) : turned;
  });

const partOf = perKey((key: string) => {
  const [n, imaginary] = key.split(" ");
  return partScalar(Number(n), imaginary === "im");
});

type WofzParams = { n: number; imaginary: boolean };

const wofzP: Primitive<WofzParams> = elementwise<WofzParams>({
  name: "wofz",
  accepts: "float",
  scalar: (args, { n, imaginary }) =>
    e.cast(
      partOf(`${n} ${imaginary ? "im" : "re"}`)(...args.map((x) => e.cast(x, "float64"))),
      args[0].dtype,
    ),
  // Cauchy and Riemann: along x the derivative is w⁽ⁿ⁺¹⁾, along y it is i times that.
  jvp: [
    (g, _, [x, y], { n, imaginary }) => lax.mul(g, part(n + 1, imaginary, x, y)),
    (g, _, [x, y], { n, imaginary }) => {
      const slope = lax.mul(g, part(n + 1, !imaginary, x, y));
      return imaginary ? slope : lax.neg(slope);
    },
  ],
});

const part = (n: number, imaginary: boolean, x: NDArray, y: NDArray): NDArray =>
  bind1(wofzP, [x, y], { n, imaginary });

/** w(z) of an array of complex numbers. */
export function wofz(z: NDArray): NDArray {
  const [x, y] = [real(z), imag(z)];
  return complex(part(0, false, x, y), part(0, true, x, y));
}
