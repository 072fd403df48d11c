/**
 * @file What the loops of fused attention are made of: blocks of queries and of keys, the logits of a block of pairs, products of
 * blocks.
 *
 * The blocks of an axis have one size. Where it does not divide the axis the last one begins earlier, so that no index needs a bound:
 * what of it belongs to the block before is left out where it would count twice.
 */
import { type DType, promoteTypes } from "../../dtypes/dtype.ts";
import { iadd, idiv, intConst, iscale, isub } from "../../loops/ir/affine.ts";
import * as e from "../../loops/ir/build.ts";
import { contractVariable, valueOf } from "../../loops/ir/contract.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import {
  type AttentionParams,
  type Operands,
  excludedOf,
  operandsOf,
  reachOf,
  wideOf,
} from "./parameters.ts";

/** The most queries and keys of a block. */
export type BlockSizes = readonly [queries: number, keys: number];

export type FusedParams = AttentionParams & { readonly blocks: BlockSizes };

/** What vectors and panels of products take at once: larger blocks are a multiple of it. */
const lanes = 16;

/** The blocks of an axis. */
export class Blocks {
  readonly total: number;
  readonly size: number;
  readonly count: number;

  constructor(total: number, most: number) {
    const even = Math.ceil(total / Math.ceil(total / most));
    this.total = total;
    this.size = Math.min(total, even > lanes ? Math.ceil(even / lanes) * lanes : even);
    this.count = Math.ceil(total / this.size);
  }

  get isEven(): boolean {
    return this.total % this.size === 0;
  }

  /** Where block n begins. */
  start(b: e.Block, n: Expr): Expr {
    const last = this.total - this.size;
    const at = iscale(n, this.size);
    return this.isEven ? at : b.within(e.min(at, intConst(last)), 0, last);
  }

  /** How many elements of block n, which begins at `start`, belong to the one before. */
  before(b: e.Block, n: Expr, start: Expr): Expr {
    return this.isEven ? intConst(0) : b.within(isub(iscale(n, this.size), start), 0, this.size - 1);
  }
}

/** One head of the queries of one image. */
export interface Head {
  readonly batch: Expr;
  /** The head of keys and values, and the query head among those that share it. */
  readonly head: Expr;
  readonly group: Expr;
  readonly queryLength: Expr | null;
  readonly keyLength: Expr | null;
}

/** A block of pairs: its first query and key, and how many of each belong to blocks before. */
export interface Place {
  readonly query: Expr;
  readonly key: Expr;
  readonly oldQueries: Expr;
  readonly oldKeys: Expr;
}

/** Blocks from one up to, but not including, another. */
export type Range = readonly [first: Expr, end: Expr];

/** A product of blocks: to[i, j] ← Σₖ x(i, k)·y(k, j), or that added to what is there. */
interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly terms: number;
  readonly x: (i: Expr, k: Expr) => Expr;
  readonly y: (k: Expr, j: Expr) => Expr;
  readonly to: Buffer;
  /** Where the rows of the result, `columns` each, begin. */
  readonly from?: Expr;
  readonly adds?: boolean;
}

/** The dtype in which products are added up: WebAssembly adds those of float32 in float32. */
const sum = "float64";

/** An element of a block of so many columns. */
export const elementOf = (to: Buffer, columns: number, i: Expr, j: Expr): Expr =>
  e.load(to, iadd(iscale(i, columns), j));

export function multiply(b: e.Block, p: Product): void {
  const [row, column] = [contractVariable("i", p.rows), contractVariable("j", p.columns)];
  const inner = contractVariable("k", p.terms);
  const [i, j, k] = [row, column, inner].map(valueOf);
  const index = iadd(p.from ?? intConst(0), iadd(iscale(i, p.columns), j));
  b.contract({
    ...{ batch: contractVariable("b", 1), row, column, inner, sum },
    x: e.cast(p.x(i, k), sum),
    y: e.cast(p.y(k, j), sum),
    ...(p.adds === true ? { base: e.cast(e.load(p.to, index), sum) } : {}),
    buffer: p.to,
    index,
  });
}

/** One attention: its operands, and their sizes. */
export class Attention {
  readonly o: Operands<Pull>;
  readonly p: FusedParams;
  readonly batch: number;
  readonly heads: number;
  readonly groups: number;
  readonly width: number;
  readonly queries: Blocks;
  readonly keys: Blocks;
  readonly wide: DType;
  readonly excluded: number;

  constructor(args: readonly Pull[], p: FusedParams) {
    this.o = operandsOf(args, p);
    this.p = p;
    const [batch, length, heads, groups, width] = this.o.q.aval.shape;
    [this.batch, this.heads, this.groups, this.width] = [batch, heads, groups, width];
    this.queries = new Blocks(length, p.blocks[0]);
    this.keys = new Blocks(this.o.k.aval.shape[1], p.blocks[1]);
    this.wide = wideOf(this.o.q.aval.dtype);
    this.excluded = excludedOf(this.wide);
  }

  /** An array that only one iteration of the loops for threads uses. */
  scratch(b: e.Block, size: number, name: string): Buffer {
    return b.alloc(this.wide, size, name, true);
  }

  /** A number of the dtype of logits. */
  number(value: number): Expr {
    return e.constant(value, this.wide);
  }

  headOf(b: e.Block, batch: Expr, head: Expr, group: Expr): Head {
    const length = (x: Pull | null): Expr | null => x && b.let(x.at([batch]), "length");
    const [queryLength, keyLength] = [length(this.o.queryLengths), length(this.o.keyLengths)];
    return { batch, head, group, queryLength, keyLength };
  }

  /** An element of an array like the queries. */
  query(x: Pull, { batch, head, group }: Head, t: Expr, h: Expr): Expr {
    return x.at([batch, t, head, group, h]);
  }

  /** An element of an array like the keys. */
  key(x: Pull, { batch, head }: Head, s: Expr, h: Expr): Expr {
    return x.at([batch, s, head, h]);
  }

  /** A statistic of a row of logits. */
  row(x: Pull, { batch, head, group }: Head, t: Expr): Expr {
    return x.at([batch, head, group, t]);
  }

  /** The logit of a pair, given the product of its query and key. Keys of the block before have none: −∞. */
  logit(raw: Expr, head: Head, place: Place, i: Expr, j: Expr): Expr {
    const [t, s] = [iadd(place.query, i), iadd(place.key, j)];
    const scaled = e.mul(raw, this.number(this.p.scale));
    const biased = this.o.bias === null ? scaled : this.#biased(scaled, this.o.bias, head, t, s);
    const allowed = this.allowed(head, t, s);
    const logit = allowed === null ? biased : e.select(allowed, biased, this.number(this.excluded));
    return this.keys.isEven ? logit : e.select(e.ge(j, place.oldKeys), logit, this.number(-Infinity));
  }

  /** The sum is taken in the dtype that both promote to, and rounded. */
  #biased(scaled: Expr, bias: Pull, head: Head, t: Expr, s: Expr): Expr {
    const dtypes = [this.wide, bias.aval.dtype];
    const both = promoteTypes(dtypes.map((dtype) => ({ dtype, weakType: false }))).dtype;
    const added = e.add(e.cast(scaled, both), e.cast(this.#pair(bias, head, t, s), both));
    return e.cast(added, this.wide);
  }

  /** An element of an array of which any axis of [B, K, G, T, S] may be 1. */
  #pair(x: Pull, { batch, head, group }: Head, t: Expr, s: Expr): Expr {
    return x.at([batch, head, group, t, s].map((at, i) => (x.aval.shape[i] === 1 ? intConst(0) : at)));
  }

  /** May a query attend to a key? Null if every one may. */
  allowed(head: Head, t: Expr, s: Expr): Expr | null {
    const [left, right] = reachOf(this.p);
    const tests: Expr[] = [];
    if (this.o.mask !== null) tests.push(this.#pair(this.o.mask, head, t, s));
    if (right !== null) tests.push(e.ge(iadd(t, right), s));
    if (left !== null) tests.push(e.ge(iadd(s, left), t));
    if (head.queryLength !== null) tests.push(e.lt(t, head.queryLength));
    if (head.keyLength !== null) tests.push(e.lt(s, head.keyLength));
    return tests.length === 0 ? null : tests.reduce((x, y) => e.and(x, y));
  }

  /** The slope of a pair's logit where it has one: 0 where attention is not allowed. */
  slope(x: Expr, head: Head, place: Place, i: Expr, j: Expr): Expr {
    const allowed = this.allowed(head, iadd(place.query, i), iadd(place.key, j));
    return allowed === null ? x : e.select(allowed, x, this.number(0));
  }

  /** Are there blocks of pairs of which none is allowed, known without looking at masks? */
  get skips(): boolean {
    return this.o.keyLengths !== null || reachOf(this.p).some((n) => n !== null);
  }

  /** May a row of which some pairs are left out have no other? Its weights are then equal, of all keys. */
  get mayBeEmpty(): boolean {
    const { o, p } = this;
    return p.window !== null || [o.bias, o.mask, o.queryLengths, o.keyLengths].some((x) => x !== null);
  }

  /** The blocks of keys that some query of a block may attend to. */
  keysFor(b: e.Block, head: Head, query: Expr): Range {
    const [left, right] = reachOf(this.p);
    const ends = right === null ? [] : [iadd(query, this.queries.size - 1 + right)];
    if (head.keyLength !== null) ends.push(isub(head.keyLength, 1));
    return rangeOf(b, this.keys, left === null ? null : isub(query, left), ends);
  }

  /** The blocks of queries of which some may attend to a key of block n. */
  queriesFor(b: e.Block, n: Expr): Range {
    const [left, right] = reachOf(this.p);
    const key = iscale(n, this.keys.size);
    const ends = left === null ? [] : [iadd(key, this.keys.size - 1 + left)];
    return rangeOf(b, this.queries, right === null ? null : isub(key, right), ends);
  }
}

/** The blocks of an axis that hold its elements from `first` on, up to the last ones, these included. */
function rangeOf(
  b: e.Block,
  { size, count, total }: Blocks,
  first: Expr | null,
  lasts: readonly Expr[],
): Range {
  const block = (x: Expr): Expr => {
    const most = (count + 1) * size - 1;
    return b.within(idiv(b.within(e.max(x, intConst(0)), 0, most), size), 0, count);
  };
  const last = lasts.reduce((x, y) => e.min(x, y), intConst(total - 1));
  const from = first === null ? intConst(0) : block(e.min(first, intConst(count * size)));
  return [from, lasts.length === 0 ? intConst(count) : block(iadd(last, size))];
}
