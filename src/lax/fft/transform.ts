/**
 * @file The discrete Fourier transform along one axis, in an order of loops that suits the caches.
 *
 * The array is `outer` matrices of `n` rows and `inner` columns. Large matrices are transformed a few columns at a time,
 * in buffers that stay in the cache. A long single column is taken as a matrix of a × b: its columns are transformed,
 * turned by roots of order n and written as rows, the columns of which are transformed again; D. H. Bailey, "FFTs in
 * external or hierarchical memory" (1990).
 */
import { type DType, bitWidth } from "../../core/dtype.ts";
import { iadd, intConst, iscale } from "../../jit/loop/affine.ts";
import { type Block, add, apply, cast, load, mul, neg, sub } from "../../jit/loop/build.ts";
import { type Buffer, type Expr, newBuffer } from "../../jit/loop/ir.ts";
import { type Roots, rootsOfUnity, someRoots } from "./roots.ts";
import { type Columns, type Place, emitColumns, radices } from "./stages.ts";

/** How an array is transformed: `outer` × `n` × `inner` elements, along the middle. */
export interface Transform {
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
  readonly inverse: boolean;
}

type Buffers = readonly [re: Buffer, im: Buffer];

/** Columns of this length or more are transformed in two steps. */
const longColumn = 1 << 15;
/** Bytes of a matrix from which on it is worth to copy columns together. */
const largeMatrix = 1 << 18;
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

/** Real and imaginary parts for the time of one block of columns; threads have their own. */
function blockBuffers(b: Block, dtype: DType, size: number): Buffers {
  const [re, im] = [newBuffer("re", dtype, size, true), newBuffer("im", dtype, size, true)];
  b.stmts.push({ kind: "alloc", buffer: re }, { kind: "alloc", buffer: im });
  return [re, im];
}

const alloc = (b: Block, dtype: DType, size: number): Buffers => [
  b.alloc(dtype, size, "re"),
  b.alloc(dtype, size, "im"),
];

/** Loops over the first columns of blocks; the last block may begin within the one before it. */
function forBlocks(b: Block, count: number, width: number, body: (b: Block, first: Expr) => void): void {
  b.nest(
    [Math.ceil(count / width)],
    (x, [k]) => {
      const start = iscale(k, width);
      body(x, count % width === 0 ? start : x.within(apply("min", start, count - width), 0, count - width));
    },
    "block",
  );
}

/** Whole matrices at once: small ones, or narrow ones. */
function emitPlain(b: Block, { outer, n, inner, inverse }: Transform, source: Buffers, out: Buffers): void {
  const { dtype } = out[0];
  const columns: Columns = { n, width: inner, inverse, roots: rootsOfUnity(b, n, dtype) };
  const size = n * inner;
  const spare = radices(n)!.length === 1 ? out : blockBuffers(b, dtype, size);
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

/** Blocks of columns, in buffers of their own but for the first stage's reading and the last one's writing. */
function emitBlocked(b: Block, { outer, n, inner, inverse }: Transform, source: Buffers, out: Buffers): void {
  const { dtype } = out[0];
  const width = Math.min(blockWidth(dtype, n), inner);
  const columns: Columns = { n, width, inverse, roots: rootsOfUnity(b, n, dtype) };
  const between = twoPlaces(b, dtype, n, width);
  b.nest(
    [outer],
    (x, [o]) => {
      forBlocks(x, inner, width, (y, first) => {
        const start = iadd(iscale(o, n * inner), first);
        emitColumns(y, columns, place(source, start, inner), place(out, start, inner), between);
      });
    },
    "row",
  );
}

function twoPlaces(b: Block, dtype: DType, n: number, width: number): [Place, Place] {
  const buffers = (): Place => place(blockBuffers(b, dtype, n * width), intConst(0), width);
  return [buffers(), buffers()];
}

/** Two roots multiplied, in float64. */
type Root = readonly [cos: Expr, sin: Expr];

const product = ([a, b]: Root, [c, d]: Root): Root => [sub(mul(a, c), mul(b, d)), add(mul(a, d), mul(b, c))];

const rootAt = (b: Block, { cos, sin }: Roots, at: Expr): Root => [
  b.let(load(cos, at), "cos"),
  b.let(load(sin, at), "sin"),
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
      const [cos, sin] = blockBuffers(b, "float64", size);
      return { cos, sin };
    };
    this.#low = table(this.#part);
    this.#high = table(rows / this.#part);
  }

  /** The powers column·step·k of the root, for k below `length`. */
  #powers(b: Block, into: Roots, length: number, column: Expr, step: number): void {
    b.for(0, length, (x, k) => {
      const power = x.within(apply("mul", column, iscale(k, step)), 0, this.#n - 1);
      const fine = x.within(apply("imod", power, this.#step), 0, this.#step - 1);
      const coarse = x.within(apply("idiv", power, this.#step), 0, this.#n / this.#step - 1);
      const [cos, sin] = product(rootAt(x, this.#coarse, coarse), rootAt(x, this.#fine, fine));
      x.store(into.cos, k, cos);
      x.store(into.sin, k, this.#inverse ? sin : neg(sin));
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
          const [cos, sin] = product(high, rootAt(z, this.#low, l)).map((e) => z.let(cast(e, dtype), "w"));
          const k = iadd(iscale(h, part), l);
          const at = iadd(iadd(from.from, c), iscale(k, from.row));
          const [re, im] = [z.let(load(from.re, at), "re"), z.let(load(from.im, at), "im")];
          const target = iadd(iscale(column, rows), k);
          z.store(to[0], target, sub(mul(re, cos), mul(im, sin)));
          z.store(to[1], target, add(mul(re, sin), mul(im, cos)));
        });
      });
    });
  }
}

/** Long columns, in two steps: with j = j₁·b + j₂ and k = k₁ + k₂·a, e^(jk/ab) = e^(j₁k₁/a) e^(j₂k₁/ab) e^(j₂k₂/b). */
function emitTwoSteps(b: Block, { outer, n, inverse }: Transform, source: Buffers, out: Buffers): void {
  const { dtype } = out[0];
  const rows = halfOf(n);
  const others = n / rows;
  const roots = rootsOfUnity(b, rows, dtype);
  const otherRoots = rows === others ? roots : rootsOfUnity(b, others, dtype);
  const turn = new Turn(b, n, rows, inverse);
  const middle = alloc(b, dtype, n);
  const step = (m: number, columns: number, table: Roots): Columns => {
    return { n: m, width: Math.min(blockWidth(dtype, m), columns), inverse, roots: table };
  };
  const [first, second] = [step(rows, others, roots), step(others, rows, otherRoots)];
  const between = twoPlaces(b, dtype, 1, Math.max(rows * first.width, others * second.width));
  b.nest(
    [outer],
    (x, [o]) => {
      const start = iscale(o, n);
      forBlocks(x, others, first.width, (y, column) => {
        const [done, spare] = between.map((p) => ({ ...p, row: first.width }));
        emitColumns(y, first, place(source, iadd(start, column), others), done, [done, spare]);
        turn.emit(y, first.width, column, done, middle);
      });
      forBlocks(x, rows, second.width, (y, column) => {
        const [p, q] = between.map((w) => ({ ...w, row: second.width }));
        emitColumns(y, second, place(middle, column, rows), place(out, iadd(start, column), rows), [p, q]);
      });
    },
    "row",
  );
}

/** Σⱼ xⱼ e^(∓2πijk/n) along the middle axis. */
export function emitTransform(b: Block, t: Transform, source: Buffers, out: Buffers): void {
  const { outer, n, inner } = t;
  const { dtype } = out[0];
  if (n === 1) {
    b.for(0, outer * inner, (x, i) => {
      source.forEach((part, k) => x.store(out[k], i, load(part, i)));
    });
    return;
  }
  const bytes = (2 * n * inner * bitWidth(dtype)) / 8;
  if (inner === 1 && n >= longColumn && halfOf(n) < n / 16) emitTwoSteps(b, t, source, out);
  else if (bytes >= largeMatrix && inner >= 2 * blockWidth(dtype, n) && radices(n)!.length > 1)
    emitBlocked(b, t, source, out);
  else emitPlain(b, t, source, out);
}
