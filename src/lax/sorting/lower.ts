/**
 * @file The loops of sorting, row by row, stable. Short rows: insertion. Longer ones: radix sort from the least
 * significant digit on, of the keys' words (sort-keys.ts), which travel with the position that they come from.
 *
 * An entry of the radix sort is `[position?, word…]`. Two halves of one buffer hold the entries in turn. All digits of a
 * key are counted while its words are made; a digit that all entries share moves nothing.
 */
import type { Block } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { flatten, iadd, intConst, iscale } from "../../loops/ir/affine.ts";
import { isFloat } from "../../dtypes/dtype.ts";
import { replaceAt } from "../../dtypes/shape.ts";
import { type Buffer, type Expr, type Local } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { type KeyFormat, isAmbiguous, keyFormat, keyValue, keyWords } from "./keys.ts";

/** `first`: only so many results are wanted. */
export type SortParams = { dimension: number; numKeys: number; descending: boolean; first?: number };

/** Rows are sorted by insertion up to this length for each word of their keys: longer keys have more digits. */
const insertionLength = 40;

/** Up to so many first results are found by insertion in rows of any length. */
const fewResults = 16;

/** The bits of digits: longer rows are worth more counters, and so fewer digits. */
const digitWidth = (n: number): number => (n < 128 ? 6 : n < 8192 ? 8 : 11);

/** One row to be sorted: its operands and results by position. */
interface Row {
  readonly n: number;
  /** How many results are wanted. */
  readonly keep: number;
  readonly args: readonly ((at: Expr) => Expr)[];
  readonly outs: readonly ((at: Expr) => readonly [Buffer, Expr])[];
  readonly numKeys: number;
  readonly descending: boolean;
}

/** A buffer that each row fills anew. */
const temporary = (b: Block, size: number, name: string): Buffer => b.alloc("int32", size, name, true);

/** a before b. */
function keyLess(a: Expr, b: Expr, descending: boolean): Expr {
  const before = e.apply(descending ? "gt" : "lt", a, b);
  if (!isFloat(a.dtype)) return before;
  const [nan, number] = descending ? [a, b] : [b, a];
  return e.or(before, e.and(e.ne(nan, nan), e.eq(number, number)));
}

/** Lexicographic order of keys. */
function less(a: readonly Expr[], b: readonly Expr[], descending: boolean): Expr {
  const [x, y] = [a[0], b[0]];
  const here = keyLess(x, y, descending);
  if (a.length === 1) return here;
  const rest = less(a.slice(1), b.slice(1), descending);
  return e.or(here, e.and(e.not(keyLess(y, x, descending)), rest));
}

const store = (b: Block, [buffer, at]: readonly [Buffer, Expr], value: Expr): void =>
  b.store(buffer, at, value);

/**
 * Each element moves left past those it comes before; keys are sorted in their results. If fewer results than elements
 * are wanted, the last one makes room.
 */
function emitInsertion(b: Block, row: Row, order: Buffer | null): void {
  const { n, keep, args, outs, numKeys, descending } = row;
  const sorted = outs.slice(0, numKeys);
  b.for(0, n, (x, i) => {
    const keys = args.slice(0, numKeys).map((arg) => x.let(arg(i), "key"));
    const at = x.variable(keep === n ? i : e.min(i, keep), "at");
    const more = x.variable(e.gt(i, 0), "more");
    const put = (y: Block, place: Expr, values: readonly Expr[], from: () => Expr): void => {
      sorted.forEach((out, k) => store(y, out(place), values[k]));
      if (order !== null) y.store(order, place, from());
    };
    const whereKept = (y: Block, least: number, f: (z: Block, place: Expr) => void): void => {
      if (keep === n) f(y, y.within(at, least, n - 1));
      else y.if(e.lt(at, keep), (z) => f(z, z.within(at, least, keep - 1)));
    };
    x.while(more, (y) => {
      const left = iadd(y.within(at, 1, Math.min(keep, n - 1)), -1);
      const before = sorted.map((out) => y.let(e.load(...out(left)), "left"));
      y.if(
        less(keys, before, descending),
        (z) => {
          whereKept(z, 1, (w, here) => put(w, here, before, () => e.load(order!, left)));
          z.set(at, left);
          z.set(more, e.gt(left, 0));
        },
        (z) => z.set(more, e.constant(0, "bool")),
      );
    });
    whereKept(x, 0, (y, place) => put(y, place, keys, () => i));
  });
  if (order === null) return;
  b.for(0, keep, (x, i) => {
    const from = x.within(e.load(order, i), 0, n - 1);
    args.forEach((arg, k) => {
      if (k >= numKeys) store(x, outs[k](i), arg(from));
    });
  });
}

/** A digit of a key: its word, its lowest bit and its width, and where its counts begin. */
interface Digit {
  readonly word: number;
  readonly shift: number;
  readonly width: number;
  readonly counts: number;
}

/** The digits of a key, least significant first. */
function digitsOf({ widths }: KeyFormat, n: number): Digit[] {
  const out: Digit[] = [];
  let counts = 0;
  for (let word = widths.length - 1; word >= 0; word--) {
    const parts = Math.ceil(widths[word] / digitWidth(n));
    const even = Math.ceil(widths[word] / parts);
    for (let shift = 0; shift < widths[word]; shift += even) {
      const width = Math.min(even, widths[word] - shift);
      out.push({ word, shift, width, counts });
      counts += 2 ** width;
    }
  }
  return out;
}

const countsOf = (digits: readonly Digit[]): number => digits.reduce((sum, d) => sum + 2 ** d.width, 0);

/** What the radix sort of rows of one length works with. */
class RadixSort {
  readonly #n: number;
  readonly #formats: readonly KeyFormat[];
  /** int32 in an entry, and where its words begin: behind the position, if there is one. */
  readonly #size: number;
  readonly #first: number;
  readonly #entries: Buffer;
  readonly #counts: Buffer;

  constructor(b: Block, n: number, formats: readonly KeyFormat[], carries: boolean) {
    this.#n = n;
    this.#formats = formats;
    this.#first = carries ? 1 : 0;
    this.#size = this.#first + Math.max(...formats.map((f) => f.widths.length));
    const counters = Math.max(...formats.map((f) => countsOf(digitsOf(f, n))));
    this.#entries = temporary(b, 2 * n * this.#size, "entries");
    this.#counts = temporary(b, counters, "counts");
  }

  /** Sorts one row by its keys, the least significant first. */
  emit(b: Block, row: Row): void {
    const from = b.variable(intConst(0), "from");
    const ambiguous = b.variable(e.constant(0, "bool"), "ambiguous");
    const selects = this.#formats.length === 1 && this.#first === 1 && 4 * row.keep <= this.#n;
    let count: Expr = intConst(this.#n);
    for (let k = this.#formats.length - 1; k >= 0; k--) {
      const digits = digitsOf(this.#formats[k], this.#n);
      if (selects) count = this.#select(b, row, digits);
      else this.#fill(b, row, k, digits, from, ambiguous);
      for (const digit of digits) this.#pass(b, digit, from, count);
    }
    if (this.#first === 0) this.#values(b, row, from, ambiguous);
    else this.#permuted(b, row, from);
  }

  #clear(b: Block, digits: readonly Digit[]): void {
    b.for(0, countsOf(digits), (x, j) => x.store(this.#counts, j, intConst(0)));
  }

  #count(b: Block, words: readonly Expr[], digit: Digit): void {
    const counter = b.let(this.#counter(b, words[digit.word], digit), "counter");
    b.store(this.#counts, counter, e.add(e.load(this.#counts, counter), 1));
  }

  /** Takes only entries of which the highest digit may be among the first ones wanted. Returns their number. */
  #select(b: Block, { args, keep }: Row, digits: readonly Digit[]): Expr {
    const [format] = this.#formats;
    const highest = digits[digits.length - 1];
    this.#clear(b, digits);
    b.for(0, this.#n, (x, i) => this.#count(x, keyWords(x, args[0](i), format), highest));
    const limit = b.variable(intConst(highest.counts), "limit");
    const atLimit = (x: Block): Expr =>
      e.load(this.#counts, x.within(limit, highest.counts, highest.counts + 2 ** highest.width - 1));
    const total = b.variable(atLimit(b), "total");
    b.while(e.lt(total, keep), (x) => {
      x.set(limit, e.add(limit, 1));
      x.accumulate(total, "add", atLimit(x));
    });
    this.#clear(b, digits);
    const count = b.variable(intConst(0), "count");
    b.for(0, this.#n, (x, i) => {
      const words = keyWords(x, args[0](i), format);
      x.if(e.le(this.#counter(x, words[0], highest), limit), (y) => {
        const place = y.within(count, 0, this.#n - 1);
        y.store(this.#entries, this.#at(intConst(0), place, 0), i);
        words.forEach((w, j) => y.store(this.#entries, this.#at(intConst(0), place, 1 + j), w));
        for (const digit of digits) this.#count(y, words, digit);
        y.accumulate(count, "add", intConst(1));
      });
    });
    return b.within(b.snapshot(count, "count"), 0, this.#n);
  }

  /** The half of the buffer that a variable points to, as it is now. */
  #half(b: Block, from: Expr): Expr {
    return b.within(from, 0, this.#n * this.#size);
  }

  #at(half: Expr, i: Expr, slot: number): Expr {
    return iadd(iadd(half, iscale(i, this.#size)), slot);
  }

  #word(b: Block, half: Expr, i: Expr, word: number): Expr {
    return b.let(e.load(this.#entries, this.#at(half, i, this.#first + word)), "word");
  }

  /** The counter of a digit of a word. */
  #counter(b: Block, word: Expr, { shift, width, counts }: Digit): Expr {
    const mask = 2 ** width - 1;
    const low = shift === 0 ? word : e.shrl(word, shift);
    return iadd(b.within(e.and(low, mask), 0, mask), counts);
  }

  /** Makes the words of a key and counts their digits. */
  #fill(b: Block, row: Row, k: number, digits: readonly Digit[], from: Local, ambiguous: Local): void {
    const format = this.#formats[k];
    const carries = this.#first === 1;
    const isFirst = k === this.#formats.length - 1;
    this.#clear(b, digits);
    const half = this.#half(b, b.snapshot(from, "half"));
    b.for(0, this.#n, (x, i) => {
      const position = this.#at(half, i, 0);
      const source = isFirst ? i : x.within(e.load(this.#entries, position), 0, this.#n - 1);
      const value = x.let(row.args[k](source), "x");
      if (carries && isFirst) x.store(this.#entries, position, i);
      const words = keyWords(x, value, format);
      words.forEach((w, j) => x.store(this.#entries, this.#at(half, i, this.#first + j), w));
      for (const digit of digits) this.#count(x, words, digit);
      if (!carries && isFloat(format.dtype)) x.accumulate(ambiguous, "or", isAmbiguous(words, format));
    });
  }

  /** Distributes so many entries by a digit. */
  #pass(b: Block, digit: Digit, from: Local, total: Expr): void {
    const { width, counts, word } = digit;
    const first = this.#word(b, this.#half(b, from), intConst(0), word);
    const shared = e.load(this.#counts, this.#counter(b, first, digit));
    b.if(e.ne(shared, total), (x) => {
      const start = x.variable(intConst(0), "start");
      x.for(0, 2 ** width, (y, j) => {
        const count = y.let(e.load(this.#counts, iadd(j, counts)), "count");
        y.store(this.#counts, iadd(j, counts), start);
        y.accumulate(start, "add", count);
      });
      const source = this.#half(x, x.snapshot(from, "source"));
      const target = this.#half(x, x.snapshot(e.sub(this.#n * this.#size, source), "target"));
      x.for(0, total, (y, i) => {
        const slots = Array.from({ length: this.#size }, (_, slot) =>
          y.let(e.load(this.#entries, this.#at(source, i, slot)), "slot"),
        );
        const counter = y.let(this.#counter(y, slots[this.#first + word], digit), "counter");
        const place = y.within(e.load(this.#counts, counter), 0, this.#n - 1);
        y.store(this.#counts, counter, e.add(place, 1));
        slots.forEach((value, slot) => y.store(this.#entries, this.#at(target, place, slot), value));
      });
      x.set(from, target);
    });
  }

  /** Writes all results where entries know their positions. */
  #permuted(b: Block, { keep, args, outs }: Row, from: Local): void {
    const [format] = this.#formats;
    const half = this.#half(b, b.snapshot(from, "half"));
    b.for(0, keep, (x, i) => {
      const source = x.within(e.load(this.#entries, this.#at(half, i, 0)), 0, this.#n - 1);
      const words = format.widths.map((_, j) => this.#word(x, half, i, j));
      const value = keyValue(x, words, format);
      if (isFloat(format.dtype))
        x.if(
          isAmbiguous(words, format),
          (y) => store(y, outs[0](i), args[0](source)),
          (y) => store(y, outs[0](i), value),
        );
      else store(x, outs[0](i), value);
      args.forEach((arg, k) => {
        if (k > 0) store(x, outs[k](i), arg(source));
      });
    });
  }

  /** Writes the sorted words as numbers; zeros and NaNs, which may differ, in the order of the operand. */
  #values(b: Block, { args, outs, descending }: Row, from: Local, ambiguous: Local): void {
    const [format] = this.#formats;
    const half = this.#half(b, b.snapshot(from, "half"));
    b.for(0, this.#n, (x, i) => {
      const words = format.widths.map((_, j) => this.#word(x, half, i, j));
      store(x, outs[0](i), keyValue(x, words, format));
    });
    if (!isFloat(format.dtype)) return;
    const [arg, out] = [args[0], outs[0]];
    const isNan = (x: Expr): Expr => e.ne(x, x);
    b.if(ambiguous, (x) => {
      const before = x.variable(intConst(0), "before");
      const nans = x.variable(intConst(0), "nans");
      x.for(0, this.#n, (y, i) => {
        const value = y.let(arg(i), "x");
        y.accumulate(before, "add", e.cast(e.apply(descending ? "gt" : "lt", value, 0), "int32"));
        y.accumulate(nans, "add", e.cast(isNan(value), "int32"));
      });
      const zero = x.variable(descending ? e.add(before, nans) : before, "zero");
      const nan = x.variable(descending ? intConst(0) : e.sub(this.#n, nans), "nan");
      x.for(0, this.#n, (y, i) => {
        const value = y.let(arg(i), "x");
        const put = (z: Block, at: Local): void => {
          store(z, out(z.within(at, 0, this.#n - 1)), value);
          z.accumulate(at, "add", intConst(1));
        };
        y.if(e.eq(value, 0), (z) => put(z, zero));
        y.if(isNan(value), (z) => put(z, nan));
      });
    });
  }
}

/** Sorts all operands by the first `numKeys` of them, along one dimension. */
export function emitSort(
  b: Block,
  args: readonly Pull[],
  outs: readonly Buffer[],
  { dimension, numKeys, descending, first }: SortParams,
): void {
  const { shape } = args[0].aval;
  const n = shape[dimension];
  const keep = first ?? n;
  if (shape.includes(0) || keep === 0) return;
  const formats = args.slice(0, numKeys).map((k) => keyFormat(k.aval.dtype, descending));
  const words = formats.reduce((sum, f) => sum + f.widths.length, 0);
  const short = n <= insertionLength * words || keep <= fewResults;
  const order = short && args.length > numKeys ? temporary(b, keep, "order") : null;
  const radix = short ? null : new RadixSort(b, n, formats, args.length > 1 || keep < n);
  const outShape = replaceAt(shape, dimension, keep);
  b.nest(replaceAt(shape, dimension, 1), (x, index) => {
    const along = (i: Expr): Expr[] => replaceAt(index, dimension, i);
    const row: Row = {
      n,
      keep,
      args: args.map((arg) => (i) => arg.at(along(i))),
      outs: outs.map((out) => (i) => [out, flatten(along(i), outShape)]),
      numKeys,
      descending,
    };
    if (radix === null) emitInsertion(x, row, order);
    else radix.emit(x, row);
  });
}
