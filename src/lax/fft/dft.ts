/**
 * @file The primitive of discrete Fourier transforms of real and imaginary parts, along one axis and not normalised, and
 * transforms of every length made of it.
 *
 * Lengths with a prime factor above 13 become convolutions of a length without one: L. I. Bluestein, "A linear filtering
 * approach to the computation of the discrete Fourier transform" (1968).
 */
import type { NDArray } from "../../core/array.ts";
import { Parts, type Primitive, definePrimitive, isUndef } from "../../core/primitive.ts";
import { insertAt } from "../../dtypes/shape.ts";
import { bind } from "../../core/trace.ts";
import { ArgumentError } from "../../base/errors.ts";
import { axisBeside, batchAlong } from "../../interpreters/rules.ts";
import { instantiate } from "../../interpreters/tangents.ts";
import { inBuffer } from "../../loops/pull.ts";
import { prod } from "../../base/util.ts";
import { mul, rem } from "../elementwise/arithmetic.ts";
import { bitwiseOr } from "../elementwise/bitwise.ts";
import { eq } from "../elementwise/compare.ts";
import * as c from "../elementwise/complex/arithmetic.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { broadcastedIota, iota } from "../shapes/creation.ts";
import { cos, neg, sin } from "../elementwise/functions.ts";
import { checkDtypes } from "../families/elementwise.ts";
import { broadcastInDim, expandDims, reshape, rev } from "../shapes/movement.ts";
import { select } from "../elementwise/select.ts";
import { concatenate, padInDim, sliceInDim } from "../shapes/slicing.ts";
import { radices } from "./stages.ts";
import { emitTransform } from "./transform.ts";

type DftParams = { axis: number; inverse: boolean };

export const dftP: Primitive<DftParams> = definePrimitive<DftParams>({
  name: "dft",
  kind: "opaque",
  abstractEval: ([re, im], { axis }) => {
    checkDtypes("dft", [re, im], "float");
    if (re.shape.some((d, i) => d !== im.shape[i]) || radices(re.shape[axis]) === null)
      throw new ArgumentError(
        `dft: parts ${String(re)} and ${String(im)} do not transform along axis ${axis}.`,
      );
    return [re.strong, re.strong];
  },
  lower: ({ outAvals: [{ shape }] }, _args, { axis, inverse }) => ({
    kind: "routine",
    emit: (b, [re, im], [outRe, outIm]) => {
      const transform = {
        outer: prod(shape.slice(0, axis)),
        n: shape[axis],
        inner: prod(shape.slice(axis + 1)),
        inverse,
      };
      if (prod(shape) === 0) return;
      const source = [inBuffer(b, re, "re"), inBuffer(b, im, "im")] as const;
      emitTransform(b, transform, source, [outRe, outIm]);
    },
  }),
  jvp: (args, tangents, params) => [bind(dftP, args, params), bind(dftP, tangents.map(instantiate), params)],
  // As a real matrix [[C, S], [−S, C]] with symmetric blocks: transposed it is that of the other direction.
  transpose: (cts, args, { axis, inverse }) =>
    args.map((x, part) =>
      isUndef(x) ? bind(dftP, cts.map(instantiate), { axis, inverse: !inverse })[part] : null,
    ),
  batch: batchAlong(
    () => dftP,
    ({ axis, inverse }, dim) => ({ axis: axisBeside(axis, dim), inverse }),
  ),
});

/** e^(iθ) for angles θ given in float64, in the dtype of a transform. */
const unit = (angle: NDArray, like: NDArray): Parts =>
  new Parts(convertElementType(cos(angle), like.dtype), convertElementType(sin(angle), like.dtype));

const onBoth = (x: Parts, f: (part: NDArray) => NDArray): Parts => new Parts(f(x.re), f(x.im));

/** The least length from n on without a factor other than 2, 3 and 5. */
export function smoothLength(n: number): number {
  let best = Infinity;
  for (let fives = 1; fives < 2 * n; fives *= 5)
    for (let threes = fives; threes < 2 * n; threes *= 3) {
      const m = threes * 2 ** Math.max(0, Math.ceil(Math.log2(n / threes)));
      if (m >= n) best = Math.min(best, m);
    }
  return best;
}

/** With wₖ = e^(∓πik²/n): Xₖ = wₖ Σⱼ (xⱼ wⱼ) conj(wₖ₋ⱼ), as jk = (j² + k² − (k − j)²)/2. */
function chirpTransform(x: Parts, axis: number, inverse: boolean): Parts {
  const { shape } = x.re;
  const n = shape[axis];
  const m = smoothLength(2 * n - 1);
  const k = iota("float64", n);
  // k² modulo 2n is exact, so that angles are small.
  const phase = mul(rem(mul(k, k), 2 * n), (inverse ? Math.PI : -Math.PI) / n);
  const chirp = unit(phase, x.re);
  const along = (p: NDArray, to: readonly number[]): NDArray => broadcastInDim(p, to, [axis]);
  const w = onBoth(chirp, (p) => along(p, shape));
  const input = onBoth(c.mul(x, w), (p) => padInDim(p, 0, [0, m - n], axis));
  const filter = onBoth(c.conjugate(chirp), (p) =>
    concatenate([padInDim(p, 0, [0, m - 2 * n + 1], 0), rev(sliceInDim(p, 1, n, 1, 0), [0])], 0),
  );
  const long = insertAt(
    shape.filter((_, i) => i !== axis),
    axis,
    m,
  );
  const spectrum = onBoth(dft(filter, 0, false), (p) => along(p, long));
  const product = dft(c.mul(dft(input, axis, false), spectrum), axis, true);
  const cut = onBoth(product, (p) => sliceInDim(p, 0, n, 1, axis));
  return c.scale(c.mul(cut, w), 1 / m);
}

/** Σⱼ xⱼ e^(∓2πijk/n) along an axis. */
export function dft(x: Parts, axis: number, inverse: boolean): Parts {
  if (x.re.shape[axis] > 1 && radices(x.re.shape[axis]) === null) return chirpTransform(x, axis, inverse);
  const [re, im] = bind(dftP, [x.re, x.im], { axis, inverse });
  return new Parts(re, im);
}

/** e^(2πik/n) for k from 0 on along the last axis, over a shape. */
function rotations(shape: readonly number[], n: number, like: NDArray): Parts {
  const k = broadcastedIota("float64", shape, shape.length - 1);
  return unit(mul(k, (2 * Math.PI) / n), like);
}

const last = (x: NDArray, from: number, to: number, step = 1): NDArray =>
  sliceInDim(x, from, to, step, x.ndim - 1);

/** The elements 0 … ⌊n/2⌋ of the transform of real numbers along the last axis. */
export function realTransform(x: NDArray): Parts {
  const axis = x.ndim - 1;
  const n = x.shape[axis];
  const half = n / 2;
  if (n % 2 === 1 || n < 4) {
    const out = dft(new Parts(x, mul(x, 0)), axis, false);
    return onBoth(out, (p) => last(p, 0, Math.floor(half) + 1));
  }
  // Even elements as real parts, odd ones as imaginary parts: one transform of half the length, taken apart again.
  const z = dft(new Parts(last(x, 0, n, 2), last(x, 1, n, 2)), axis, false);
  const there = onBoth(z, (p) => concatenate([p, last(p, 0, 1)], axis));
  const back = c.conjugate(onBoth(there, (p) => rev(p, [axis])));
  const w = rotations(there.re.shape, n, x);
  const even = c.add(there, back);
  const odd = c.sub(there, back);
  // −i e^(−2πik/n)
  const factor = new Parts(neg(w.im), neg(w.re));
  return c.scale(c.add(even, c.mul(factor, odd)), 0.5);
}

/** The real numbers of length n whose transform along the last axis is given in its elements 0 … ⌊n/2⌋, times n. */
export function inverseRealTransform(x: Parts, n: number): NDArray {
  const axis = x.re.ndim - 1;
  const half = Math.floor(n / 2);
  // What is real by symmetry counts as real.
  const k = broadcastedIota("int32", x.re.shape, axis);
  const isReal = n % 2 === 0 ? bitwiseOr(eq(k, 0), eq(k, half)) : eq(k, 0);
  const given = new Parts(x.re, select(isReal, 0, x.im));
  if (n % 2 === 1 || n < 4) {
    const mirrored = c.conjugate(onBoth(given, (p) => rev(last(p, 1, n - half), [axis])));
    const all = new Parts(
      concatenate([given.re, mirrored.re], axis),
      concatenate([given.im, mirrored.im], axis),
    );
    return dft(all, axis, true).re;
  }
  const back = c.conjugate(onBoth(given, (p) => rev(last(p, 1, half + 1), [axis])));
  const there = onBoth(given, (p) => last(p, 0, half));
  const w = rotations(there.re.shape, n, x.re);
  const even = c.add(there, back);
  const odd = c.mul(w, c.sub(there, back));
  const z = dft(c.add(even, new Parts(neg(odd.im), odd.re)), axis, true);
  const pair = [z.re, z.im].map((p) => expandDims(p, [axis + 1]));
  return reshape(concatenate(pair, axis + 1), [...z.re.shape.slice(0, -1), n]);
}
