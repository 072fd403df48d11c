/**
 * @file Attention in one pass over the keys: the loops of its results.
 *
 * For a block of queries, blocks of keys are visited one after another. Of each row of logits the maximum m so far, Σ e^(logit − m)
 * and Σ e^(logit − m)·value are kept; where the maximum grows, both sums are multiplied by what e^(−m) changes by. Sources: M. Milakov
 * and N. Gimelshein, "Online normalizer calculation for softmax" (2018); T. Dao et al., "FlashAttention" (2022).
 */
import { flatten, iadd, intConst, iscale } from "../../loops/ir/affine.ts";
import * as e from "../../loops/ir/build.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import {
  Attention,
  type FusedParams,
  type Head,
  type Place,
  type Range,
  elementOf,
  multiply,
} from "./blocks.ts";
import { eachQueryBlock, shiftOf } from "./visits.ts";

/** What is kept while a block of queries meets the keys. */
interface State {
  readonly scores: Buffer;
  readonly most: Buffer;
  readonly sum: Buffer;
  readonly results: Buffer;
}

function begin(b: e.Block, a: Attention, { most, sum, results }: State): void {
  b.for(0, a.queries.size, (y, i) => {
    y.store(most, i, a.number(-Infinity));
    y.store(sum, i, a.number(0));
  });
  b.for(0, a.queries.size * a.width, (y, i) => y.store(results, i, a.number(0)));
}

/** A row of scores becomes e^(logit − m), and what is kept of the row is brought up to date. */
function row(b: e.Block, a: Attention, s: State, head: Head, place: Place, i: Expr): void {
  const { size } = a.keys;
  const at = (j: Expr): Expr => iadd(iscale(i, size), j);
  const before = b.let(e.load(s.most, i), "before");
  const most = b.variable(before, "most");
  b.for(0, size, (y, j) => {
    const logit = y.let(a.logit(e.load(s.scores, at(j)), head, place, i, j), "logit");
    y.store(s.scores, at(j), logit);
    y.accumulate(most, "max", logit);
  });
  const now = b.snapshot(most);
  const shift = b.let(shiftOf(a, now), "shift");
  const sum = b.variable(a.number(0), "sum");
  b.for(0, size, (y, j) => {
    const weight = y.let(e.exp(e.sub(e.load(s.scores, at(j)), shift)), "weight");
    y.store(s.scores, at(j), weight);
    y.accumulate(sum, "add", weight);
  });
  const factor = b.let(e.exp(e.sub(before, shift)), "factor");
  b.store(s.most, i, now);
  b.store(s.sum, i, e.add(e.mul(e.load(s.sum, i), factor), sum));
  b.for(0, a.width, (y, h) => {
    const at = iadd(iscale(i, a.width), h);
    y.store(s.results, at, e.mul(e.load(s.results, at), factor));
  });
}

/** A block of queries meets some blocks of keys. */
function meet(b: e.Block, a: Attention, s: State, head: Head, query: Expr, [first, end]: Range): void {
  const { keys, queries, width, o } = a;
  const each = (y: e.Block, n: Expr): void => {
    const key = keys.start(y, n);
    const place = { query, key, oldQueries: intConst(0), oldKeys: keys.before(y, n, key) };
    multiply(y, {
      ...{ rows: queries.size, columns: keys.size, terms: width, to: s.scores },
      x: (i, h) => a.query(o.q, head, iadd(query, i), h),
      y: (h, j) => a.key(o.k, head, iadd(key, j), h),
    });
    y.for(0, queries.size, (z, i) => row(z, a, s, head, place, i));
    multiply(y, {
      ...{ rows: queries.size, columns: width, terms: keys.size, to: s.results, adds: true },
      x: (i, j) => elementOf(s.scores, keys.size, i, j),
      y: (j, h) => a.key(o.v, head, iadd(key, j), h),
    });
  };
  b.for(first, end, each, "block", 1, false, keys.count);
}

/**
 * Visits all keys if those that may be attended to have left a row empty: then all keys have the same weight, and it has to meet
 * the others too.
 */
function meetAll(b: e.Block, a: Attention, s: State, head: Head, query: Expr): void {
  const { queries, keys } = a;
  const some = a.keysFor(b, head, query);
  if (!a.mayBeEmpty) {
    begin(b, a, s);
    meet(b, a, s, head, query, some);
    return;
  }
  const empty = b.variable(intConst(1), "empty");
  b.for(0, 2, (y, pass) => {
    const isFirst = e.eq(pass, intConst(0));
    const bound = (x: Expr, all: number): Expr =>
      y.within(e.select(isFirst, x, intConst(all)), 0, keys.count);
    const range = [bound(some[0], 0), bound(some[1], keys.count)] as const;
    y.if(e.gt(empty, 0), (z) => {
      begin(z, a, s);
      meet(z, a, s, head, query, range);
      z.set(empty, intConst(0));
      z.for(0, queries.size, (row, i) => {
        const isEmpty = e.le(e.load(s.most, i), a.number(a.excluded));
        row.accumulate(empty, "max", e.select(isEmpty, intConst(1), intConst(0)));
      });
    });
  });
}

/** Writes results [B, T, K, G, H], and of each row the maximum and Σ e^(logit − maximum), [B, K, G, T]. */
export function emitForward(
  b: e.Block,
  args: readonly Pull[],
  [out, most, sum]: readonly Buffer[],
  p: FusedParams,
): void {
  const a = new Attention(args, p);
  const { queries, keys, width } = a;
  const s: State = {
    scores: a.scratch(b, queries.size * keys.size, "scores"),
    most: a.scratch(b, queries.size, "most"),
    sum: a.scratch(b, queries.size, "sum"),
    results: a.scratch(b, queries.size * width, "results"),
  };
  const outShape = args[0].aval.shape;
  const rowShape = [a.batch, a.heads, a.groups, queries.total];
  eachQueryBlock(b, a, (y, head, query) => {
    if (a.skips) meetAll(y, a, s, head, query);
    else {
      begin(y, a, s);
      meet(y, a, s, head, query, [intConst(0), intConst(keys.count)]);
    }
    y.for(0, queries.size, (z, i) => {
      const t = iadd(query, i);
      const total = z.let(e.load(s.sum, i), "total");
      const at = flatten([head.batch, head.head, head.group, t], rowShape);
      z.store(most, at, e.load(s.most, i));
      z.store(sum, at, total);
      z.for(0, width, (c, h) => {
        const mean = e.div(elementOf(s.results, width, i, h), total);
        c.store(out, flatten([head.batch, t, head.head, head.group, h], outShape), e.cast(mean, out.dtype));
      });
    });
  });
}
