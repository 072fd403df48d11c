/**
 * @file The discrete Fourier transform along one axis, in an order of loops that suits the caches.
 *
 * The array is `outer` matrices of `n` rows and `inner` columns. Large ones are transformed in two steps, for n = a·b: a
 * rows and then b rows at a time, of a few columns, in buffers that stay in the cache. The result of the first step is
 * turned by roots of order n; D. H. Bailey, "FFTs in external or hierarchical memory" (1990).
 */
import { type DType, bitWidth } from "../../dtypes/dtype.ts";
import { iadd, intConst, iscale } from "../../loops/ir/affine.ts";
import type { Block } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import { type Roots, rootsOfUnity, someRoots } from "./roots.ts";
import { type Columns, type Place, emitColumns, radices } from "./stages.ts";

/** How an array is transformed: `outer` × `n` × `inner` elements, along the middle. */
interface Transform {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
  readonly inverse: boolean;
}

type Buffers = readonly [re: Buffer, im: Buffer];

/** Columns of this length or more are transformed in two steps. */
const longColumn = 1 << 15;
/**
 * Bytes of wide matrices from which on two steps pay: of any, and of those with rows that lie a multiple of a power of two
 * apart, which compete for few places of the cache.
 */
const largeMatrix = 1 << 24;
const largeAligned = 1 << 18;
const alignedRow = 512;

/** Elements of a block of columns. */
const blockSize = 1 << 13;

/** Columns of a block: whole lines of the cache. */
function blockWidth(dtype: DType, n: number): number {
  const line = 512 / bitWidth(dtype);
  return line * Math.max(1, Math.floor(blockSize / (n * line)));
}

/** The larger of the two factors of n that are closest to each other. */
function halfOf(n: number): number {
  let d = Math.ceil(Math.sqrt(n));
  while (n % d !== 0) d++;
  return d;
}

const place = ([re, im]: Buffers, from: Expr, row: number): Place => ({ re, im, from, row });

/** Buffers for real and imaginary parts. */
const alloc = (b: Block, dtype: DType, size: number, perThread = false): Buffers => [
  b.alloc(dtype, size, "re", perThread),
  b.alloc(dtype, size, "im", perThread),
];

/** Loops over the first columns of blocks; the last block may begin within the one before it. */
function forBlocks(b: Block, count: number, width: number, body: (b: Block, first: Expr) => void): void {
  b.nest(
    [Math.ceil(count / width)],
    (x, [k]) => {
      const start = iscale(k, width);
      body(x, count % width === 0 ? start : x.within(e.min(start, count - width), 0, count - width));
    },
    "block",
  );
}

/** Whole matrices at once: small ones, or narrow ones. */
function emitPlain(b: Block, { outer, n, inner, inverse }: Transform, source: Buffers, out: Buffers): void {
  const { dtype } = out[0];
  const columns: Columns = { n, width: inner, inverse, roots: rootsOfUnity(b, n, dtype) };
  const size = n * inner;
  const spare = radices(n)!.length === 1 ? out : alloc(b, dtype, size, true);
  b.nest(
    [outer],
    (x, [o]) => {
      const start = iscale(o, size);
      const target = place(out, start, inner);
      const other = place(spare, intConst(0), inner);
      emitColumns(x, columns, place(source, start, inner), target, [target, other]);
    },
    "row",
  );
}

function twoPlaces(b: Block, dtype: DType, n: number, width: number): [Place, Place] {
  const buffers = (): Place => place(alloc(b, dtype, n * width, true), intConst(0), width);
  return [buffers(), buffers()];
}

/** Two roots multiplied, in float64. */
type Root = readonly [cos: Expr, sin: Expr];

const product = ([a, b]: Root, [c, d]: Root): Root => [
  e.sub(e.mul(a, c), e.mul(b, d)),
  e.add(e.mul(a, d), e.mul(b, c)),
];

const rootAt = (b: Block, { cos, sin }: Roots, at: Expr): Root => [
  b.let(e.load(cos, at), "cos"),
  b.let(e.load(sin, at), "sin"),
];

/** Writes columns as rows, the element at (k, c) turned by the root of order n to the power k·c. */
class Turn {
  readonly #n: number;
  readonly #rows: number;
  readonly #part: number;
  readonly #inverse: boolean;
  readonly #fine: Roots;
  readonly #coarse: Roots;
  readonly #low: Roots;
  readonly #high: Roots;
  readonly #step: number;

  constructor(b: Block, n: number, rows: number, inverse: boolean) {
    this.#n = n;
    this.#rows = rows;
    this.#part = halfOf(rows);
    this.#inverse = inverse;
    this.#step = halfOf(n);
    this.#fine = someRoots(b, n, this.#step, 1);
    this.#coarse = someRoots(b, n, n / this.#step, this.#step);
    const table = (size: number): Roots => {
      const [cos, sin] = alloc(b, "float64", size, true);
      return { cos, sin };
    };
    this.#low = table(this.#part);
    this.#high = table(rows / this.#part);
  }

  /** The powers column·step·k of the root, for k below `length`. */
  #powers(b: Block, into: Roots, length: number, column: Expr, step: number): void {
    b.for(0, length, (x, k) => {
      const power = x.within(e.mul(column, iscale(k, step)), 0, this.#n - 1);
      const fine = x.within(e.apply("imod", power, this.#step), 0, this.#step - 1);
      const coarse = x.within(e.apply("idiv", power, this.#step), 0, this.#n / this.#step - 1);
      const [cos, sin] = product(rootAt(x, this.#coarse, coarse), rootAt(x, this.#fine, fine));
      x.store(into.cos, k, cos);
      x.store(into.sin, k, this.#inverse ? sin : e.neg(sin));
    });
  }

  emit(b: Block, width: number, first: Expr, from: Place, to: Buffers): void {
    const [rows, part] = [this.#rows, this.#part];
    b.for(0, width, (x, c) => {
      const column = iadd(first, c);
      this.#powers(x, this.#low, part, column, 1);
      this.#powers(x, this.#high, rows / part, column, part);
      x.nest([rows / part], (y, [h]) => {
        const high = rootAt(y, this.#high, h);
        y.for(0, part, (z, l) => {
          const { dtype } = from.re;
          const [cos, sin] = product(high, rootAt(z, this.#low, l)).map((w) => z.let(e.cast(w, dtype), "w"));
          const k = iadd(iscale(h, part), l);
          const at = iadd(iadd(from.from, c), iscale(k, from.row));
          const [re, im] = [z.let(e.load(from.re, at), "re"), z.let(e.load(from.im, at), "im")];
          const target = iadd(iscale(column, rows), k);
          z.store(to[0], target, e.sub(e.mul(re, cos), e.mul(im, sin)));
          z.store(to[1], target, e.add(e.mul(re, sin), e.mul(im, cos)));
        });
      });
    });
  }
}

/** The two steps of columns of n = a·b: columns of a rows and of b rows, with tables and buffers for blocks of either. */
function twoSteps(b: Block, dtype: DType, n: number, inverse: boolean, columns: (rows: number) => number) {
  const rows = halfOf(n);
  const others = n / rows;
  const roots = rootsOfUnity(b, rows, dtype);
  const otherRoots = rows === others ? roots : rootsOfUnity(b, others, dtype);
  const step = (m: number, table: Roots): Columns => ({
    n: m,
    width: Math.min(blockWidth(dtype, m), columns(m)),
    inverse,
    roots: table,
  });
  const [first, second] = [step(rows, roots), step(others, otherRoots)];
  const between = twoPlaces(b, dtype, 1, Math.max(rows * first.width, others * second.width));
  const placesFor = ({ width }: Columns): [Place, Place] => [
    { ...between[0], row: width },
    { ...between[1], row: width },
  ];
  return { first, second, placesFor };
}

/**
 * A long column: with j = j₁·b + j₂ and k = k₁ + k₂·a, e^(jk/ab) = e^(j₁k₁/a) e^(j₂k₁/ab) e^(j₂k₂/b). The elements of
 * one j₁ are neighbours, and so are those of one k₂.
 */
function emitLong(b: Block, { outer, n, inverse }: Transform, source: Buffers, out: Buffers): void {
  const { dtype } = out[0];
  const { first, second, placesFor } = twoSteps(b, dtype, n, inverse, (m) => n / m);
  const [rows, others] = [first.n, second.n];
  const turn = new Turn(b, n, rows, inverse);
  const middle = alloc(b, dtype, n);
  b.nest(
    [outer],
    (x, [o]) => {
      const start = iscale(o, n);
      forBlocks(x, others, first.width, (y, column) => {
        const [done, spare] = placesFor(first);
        emitColumns(y, first, place(source, iadd(start, column), others), done, [done, spare]);
        turn.emit(y, first.width, column, done, middle);
      });
      forBlocks(x, rows, second.width, (y, column) => {
        const target = place(out, iadd(start, column), rows);
        emitColumns(y, second, place(middle, column, rows), target, placesFor(second));
      });
    },
    "row",
  );
}

/** Many columns, by the same two steps: rows of one j₂, and then those of one k₁, in blocks of neighbouring columns. */
function emitWide(b: Block, { outer, n, inner, inverse }: Transform, source: Buffers, out: Buffers): void {
  const { dtype } = out[0];
  const { first, second, placesFor } = twoSteps(b, dtype, n, inverse, () => inner);
  const [rows, others] = [first.n, second.n];
  const roots = rootsOfUnity(b, n, dtype);
  const middle = alloc(b, dtype, n * inner);
  const turned = (x: Block, from: Place, j: Expr, column: Expr): void =>
    x.for(0, rows, (y, k) => {
      const power = y.within(e.mul(j, k), 0, n - 1);
      const [cos, sine] = rootAt(y, roots, power);
      const sin = inverse ? sine : y.let(e.neg(sine), "sin");
      y.for(0, first.width, (z, c) => {
        const at = iadd(from.from, iadd(iscale(k, from.row), c));
        const [re, im] = [z.let(e.load(from.re, at), "re"), z.let(e.load(from.im, at), "im")];
        const target = iadd(iadd(iscale(k, others * inner), iscale(j, inner)), iadd(column, c));
        z.store(middle[0], target, e.sub(e.mul(re, cos), e.mul(im, sin)));
        z.store(middle[1], target, e.add(e.mul(re, sin), e.mul(im, cos)));
      });
    });
  b.nest(
    [outer],
    (x, [o]) => {
      const start = iscale(o, n * inner);
      x.for(0, others, (y, j) => {
        forBlocks(y, inner, first.width, (z, column) => {
          const [done, spare] = placesFor(first);
          const from = iadd(iadd(start, iscale(j, inner)), column);
          emitColumns(z, first, place(source, from, others * inner), done, [done, spare]);
          turned(z, done, j, column);
        });
      });
      x.for(0, rows, (y, k) => {
        forBlocks(y, inner, second.width, (z, column) => {
          const from = place(middle, iadd(iscale(k, others * inner), column), inner);
          const to = place(out, iadd(iadd(start, iscale(k, inner)), column), rows * inner);
          emitColumns(z, second, from, to, placesFor(second));
        });
      });
    },
    "row",
  );
}

function isLarge({ n, inner }: Transform, dtype: DType): boolean {
  const row = (inner * bitWidth(dtype)) / 8;
  return row >= 64 && 2 * n * row >= (row % alignedRow === 0 ? largeAligned : largeMatrix);
}

/** Σⱼ xⱼ e^(∓2πijk/n) along the middle axis. */
export function emitTransform(b: Block, t: Transform, source: Buffers, out: Buffers): void {
  const { outer, n, inner } = t;
  const { dtype } = out[0];
  if (n === 1) {
    b.for(0, outer * inner, (x, i) => {
      source.forEach((part, k) => x.store(out[k], i, e.load(part, i)));
    });
    return;
  }
  const splits = 4 * halfOf(n) <= n;
  if (inner === 1 && n >= longColumn && splits) emitLong(b, t, source, out);
  else if (isLarge(t, dtype) && splits) emitWide(b, t, source, out);
  else emitPlain(b, t, source, out);
}
