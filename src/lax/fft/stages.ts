/**
 * @file The discrete Fourier transform along one axis as loops: Stockham's algorithm (autosorting, mixed radix).
 *
 * A stage of radix r reads r elements that lie a part of the axis apart, combines them, multiplies them by powers of the
 * root of unity and writes them next to each other. Axes behind the transformed one make the innermost loop longer, over
 * neighbouring elements. Sources: W. T. Cochran et al., "What is the fast Fourier transform?" (1967); C. Van Loan,
 * "Computational frameworks for the fast Fourier transform" (1992), 1.7.
 */
import type { DType } from "../../core/dtype.ts";
import { iadd, intConst, iscale } from "../../jit/loop/affine.ts";
import { type Block, add, apply, cast, load, mul, neg, sub } from "../../jit/loop/build.ts";
import type { Buffer, Expr } from "../../jit/loop/ir.ts";
import { range } from "../../util.ts";

/** A complex scalar. */
type Pair = readonly [re: Expr, im: Expr];

/** Real and imaginary parts in memory, from an offset on. */
interface Place {
  readonly re: Buffer;
  readonly im: Buffer;
  readonly from: Expr;
}

const primes = [2, 3, 5, 7, 11, 13];

/** The radices of a length, fours first; null if it has a prime factor that is too large. */
export function radices(n: number): number[] | null {
  const out: number[] = [];
  let rest = n;
  for (; rest % 4 === 0; rest /= 4) out.push(4);
  for (const p of primes) for (; rest % p === 0; rest /= p) out.push(p);
  return rest === 1 ? out : null;
}

/** cos and sin of 2πk/n for all k below n, as products of two short tables. */
function rootsOfUnity(b: Block, n: number, dtype: DType): { cos: Buffer; sin: Buffer } {
  const rows = Math.ceil(Math.sqrt(n));
  const fine = [b.alloc("float64", rows, "fineCos"), b.alloc("float64", rows, "fineSin")] as const;
  b.for(0, rows, (x, k) => {
    const angle = x.let(mul(cast(k, "float64"), (2 * Math.PI) / n), "angle");
    x.store(fine[0], k, apply("cos", angle));
    x.store(fine[1], k, apply("sin", angle));
  });
  const [cos, sin] = [b.alloc(dtype, n, "cos"), b.alloc(dtype, n, "sin")];
  const line = (y: Block, start: Expr, length: number): void => {
    const angle = y.let(mul(cast(start, "float64"), (2 * Math.PI) / n), "angle");
    const [c, s] = [y.let(apply("cos", angle), "c"), y.let(apply("sin", angle), "s")];
    y.for(0, length, (z, k) => {
      const [fc, fs] = [z.let(load(fine[0], k), "fc"), z.let(load(fine[1], k), "fs")];
      z.store(cos, iadd(start, k), cast(sub(mul(c, fc), mul(s, fs)), dtype));
      z.store(sin, iadd(start, k), cast(add(mul(s, fc), mul(c, fs)), dtype));
    });
  };
  const full = Math.floor(n / rows);
  b.for(0, full, (y, j) => line(y, iscale(j, rows), rows));
  if (full * rows < n) line(b, intConst(full * rows), n - full * rows);
  return { cos, sin };
}

/** Names the parts of a value. */
const keep = (b: Block, [re, im]: Pair): Pair => [b.let(re, "re"), b.let(im, "im")];

/** ∓i·x, by the direction of the transform. */
const quarter = ([re, im]: Pair, inverse: boolean): Pair => (inverse ? [neg(im), re] : [im, neg(re)]);

const plus = (b: Block, x: Pair, y: Pair): Pair => keep(b, [add(x[0], y[0]), add(x[1], y[1])]);
const minus = (b: Block, x: Pair, y: Pair): Pair => keep(b, [sub(x[0], y[0]), sub(x[1], y[1])]);

/** The transform of r values. */
function butterfly(b: Block, x: readonly Pair[], inverse: boolean): Pair[] {
  if (x.length === 2) return [plus(b, x[0], x[1]), minus(b, x[0], x[1])];
  if (x.length === 4) {
    const [even, odd] = [plus(b, x[0], x[2]), plus(b, x[1], x[3])];
    const [evenRest, oddRest] = [minus(b, x[0], x[2]), quarter(minus(b, x[1], x[3]), inverse)];
    return [plus(b, even, odd), plus(b, evenRest, oddRest), minus(b, even, odd), minus(b, evenRest, oddRest)];
  }
  return oddButterfly(b, x, inverse);
}

/** For odd r: elements j and r − j have conjugate factors, so do outputs k and r − k. */
function oddButterfly(b: Block, x: readonly Pair[], inverse: boolean): Pair[] {
  const r = x.length;
  const half = range((r - 1) / 2, 1);
  const sums = half.map((j) => plus(b, x[j], x[r - j]));
  const differences = half.map((j) => quarter(minus(b, x[j], x[r - j]), inverse));
  const weighted = (values: readonly Pair[], weight: (j: number) => number, part: 0 | 1): Expr =>
    values.map((v, j) => mul(v[part], weight(half[j]))).reduce((s, t) => add(s, t));
  const out = new Array<Pair>(r);
  out[0] = sums.reduce((s, t) => plus(b, s, t), x[0]);
  for (const k of half) {
    const cos = (j: number): number => Math.cos((2 * Math.PI * ((j * k) % r)) / r);
    const sin = (j: number): number => Math.sin((2 * Math.PI * ((j * k) % r)) / r);
    const even = keep(b, [add(x[0][0], weighted(sums, cos, 0)), add(x[0][1], weighted(sums, cos, 1))]);
    const odd = keep(b, [weighted(differences, sin, 0), weighted(differences, sin, 1)]);
    out[k] = plus(b, even, odd);
    out[r - k] = minus(b, even, odd);
  }
  return out;
}

/** How an array is transformed: `outer` × `n` × `inner` elements, along the middle. */
export interface Transform {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
  readonly inverse: boolean;
}

/** One stage: parts of `length` elements, of which there are `n / length` already interleaved. */
function emitStage(
  b: Block,
  { n, inner, inverse }: Transform,
  radix: number,
  length: number,
  roots: { readonly cos: Buffer; readonly sin: Buffer },
  from: Place,
  to: Place,
): void {
  const m = length / radix;
  const done = n / length;
  const stride = done * inner;
  b.nest(
    [m],
    (x, [p]) => {
      const twiddles = range(radix).map((j): Pair | null => {
        if (j === 0 || m === 1) return null;
        const at = iscale(p, j * done);
        const sin = load(roots.sin, at);
        return keep(x, [load(roots.cos, at), inverse ? sin : neg(sin)]);
      });
      x.nest(
        [stride],
        (y, [q]) => {
          const values = range(radix).map((j): Pair => {
            const at = iadd(from.from, iadd(iadd(q, iscale(p, stride)), j * m * stride));
            return keep(y, [load(from.re, at), load(from.im, at)]);
          });
          butterfly(y, values, inverse).forEach(([re, im], j) => {
            const at = iadd(to.from, iadd(iadd(q, iscale(p, radix * stride)), j * stride));
            const w = twiddles[j];
            y.store(to.re, at, w === null ? re : sub(mul(re, w[0]), mul(im, w[1])));
            y.store(to.im, at, w === null ? im : add(mul(re, w[1]), mul(im, w[0])));
          });
        },
        "q",
      );
    },
    "p",
  );
}

/** Σⱼ xⱼ e^(∓2πijk/n) along the middle axis. */
export function emitTransform(
  b: Block,
  t: Transform,
  factors: readonly number[],
  [re, im]: readonly [Buffer, Buffer],
  [outRe, outIm]: readonly [Buffer, Buffer],
): void {
  const { outer, n, inner } = t;
  const size = n * inner;
  const { dtype } = outRe;
  if (factors.length === 0) {
    b.for(0, outer * size, (x, i) => {
      x.store(outRe, i, load(re, i));
      x.store(outIm, i, load(im, i));
    });
    return;
  }
  const roots = rootsOfUnity(b, n, dtype);
  const spare = factors.length === 1 ? null : [b.alloc(dtype, size, "re"), b.alloc(dtype, size, "im")];
  b.nest(
    [outer],
    (row, [o]) => {
      const start = iscale(o, size);
      const out: Place = { re: outRe, im: outIm, from: start };
      const other: Place = spare === null ? out : { re: spare[0], im: spare[1], from: intConst(0) };
      let source: Place = { re, im, from: start };
      let length = n;
      factors.forEach((radix, k) => {
        const target = (factors.length - 1 - k) % 2 === 0 ? out : other;
        emitStage(row, t, radix, length, roots, source, target);
        source = target;
        length /= radix;
      });
    },
    "row",
  );
}
