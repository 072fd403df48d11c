/**
 * @file The discrete Fourier transform of the columns of a matrix as loops: Stockham's algorithm (autosorting, mixed radix).
 *
 * A stage of radix r reads r rows that lie a part of the matrix apart, combines them, multiplies them by powers of the
 * root of unity and writes them next to each other. Sources: W. T. Cochran et al., "What is the fast Fourier transform?"
 * (1967); C. Van Loan, "Computational frameworks for the fast Fourier transform" (1992), 1.7.
 */
import { iadd, iscale } from "../../loops/ir/affine.ts";
import type { Block } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import { range } from "../../base/util.ts";
import type { Roots } from "./roots.ts";

/** A complex scalar. */
type Pair = readonly [re: Expr, im: Expr];

/** The real and the imaginary part of a matrix in memory: where it begins, and the distance of its rows. */
export interface Place {
  readonly re: Buffer;
  readonly im: Buffer;
  readonly from: Expr;
  readonly row: number;
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

/** Names the parts of a value. */
const keep = (b: Block, [re, im]: Pair): Pair => [b.let(re, "re"), b.let(im, "im")];

/** ∓i·x, by the direction of the transform. */
const quarter = ([re, im]: Pair, inverse: boolean): Pair => (inverse ? [e.neg(im), re] : [im, e.neg(re)]);

const plus = (b: Block, x: Pair, y: Pair): Pair => keep(b, [e.add(x[0], y[0]), e.add(x[1], y[1])]);
const minus = (b: Block, x: Pair, y: Pair): Pair => keep(b, [e.sub(x[0], y[0]), e.sub(x[1], y[1])]);

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
    values.map((v, j) => e.mul(v[part], weight(half[j]))).reduce((s, t) => e.add(s, t));
  const out = new Array<Pair>(r);
  out[0] = sums.reduce((s, t) => plus(b, s, t), x[0]);
  for (const k of half) {
    const cos = (j: number): number => Math.cos((2 * Math.PI * ((j * k) % r)) / r);
    const sin = (j: number): number => Math.sin((2 * Math.PI * ((j * k) % r)) / r);
    const even = keep(b, [e.add(x[0][0], weighted(sums, cos, 0)), e.add(x[0][1], weighted(sums, cos, 1))]);
    const odd = keep(b, [weighted(differences, sin, 0), weighted(differences, sin, 1)]);
    out[k] = plus(b, even, odd);
    out[r - k] = minus(b, even, odd);
  }
  return out;
}

/** A matrix of `n` rows and `width` columns, each of which is transformed. */
export interface Columns {
  readonly n: number;
  readonly width: number;
  readonly inverse: boolean;
  /** Of order n. */
  readonly roots: Roots;
}

/** The loops over `done` rows of `width` elements each: one, where neighbouring rows are neighbours in memory. */
function rowLoops(
  b: Block,
  [done, width]: readonly [number, number],
  places: readonly Place[],
  body: (b: Block, at: (place: Place) => Expr) => void,
): void {
  if (done === 1 || places.every((p) => p.row === width)) {
    b.nest([done * width], (x, [q]) => body(x, (place) => iadd(place.from, q)), "q");
    return;
  }
  b.nest([done, width], (x, [q, c]) => body(x, (p) => iadd(iadd(p.from, iscale(q, p.row)), c)), "q");
}

/** One stage: parts of `length` rows, of which there are `n / length` already interleaved. */
function emitStage(
  b: Block,
  { n, width, inverse, roots }: Columns,
  radix: number,
  length: number,
  from: Place,
  to: Place,
): void {
  const m = length / radix;
  const done = n / length;
  b.nest(
    [m],
    (x, [p]) => {
      const twiddles = range(radix).map((j): Pair | null => {
        if (j === 0 || m === 1) return null;
        const at = iscale(p, j * done);
        const sin = e.load(roots.sin, at);
        return keep(x, [e.load(roots.cos, at), inverse ? sin : e.neg(sin)]);
      });
      rowLoops(x, [done, width], [from, to], (y, place) => {
        const values = range(radix).map((j): Pair => {
          const at = iadd(place(from), iadd(iscale(p, done * from.row), j * m * done * from.row));
          return keep(y, [e.load(from.re, at), e.load(from.im, at)]);
        });
        butterfly(y, values, inverse).forEach(([re, im], j) => {
          const at = iadd(place(to), iadd(iscale(p, radix * done * to.row), j * done * to.row));
          const w = twiddles[j];
          y.store(to.re, at, w === null ? re : e.sub(e.mul(re, w[0]), e.mul(im, w[1])));
          y.store(to.im, at, w === null ? im : e.add(e.mul(re, w[1]), e.mul(im, w[0])));
        });
      });
    },
    "p",
  );
}

/**
 * Transforms all columns: Σⱼ xⱼ e^(∓2πijk/n).
 * @param between two places for what lies between stages. The first may be the target, not the second.
 */
export function emitColumns(
  b: Block,
  columns: Columns,
  source: Place,
  target: Place,
  between: readonly [Place, Place],
): void {
  const factors = radices(columns.n)!;
  let from = source;
  let length = columns.n;
  factors.forEach((radix, k) => {
    const left = factors.length - 1 - k;
    const to = left === 0 ? target : between[left % 2];
    emitStage(b, columns, radix, length, from, to);
    from = to;
    length /= radix;
  });
}
