/**
 * @file The cotangents of queries, keys and values, given those of the results of attention and of the log-sum-exp of its rows: the
 * loops.
 *
 * Blocks of weights P are computed again from the statistics of the rows. With D = Σ dout∘out − dlse of each row and
 * dS = P∘(dout·vᵀ − D)·scale where attention is allowed: dv = Pᵀ·dout, dq = dS·k, dk = dSᵀ·q. Source: T. Dao et al.,
 * "FlashAttention" (2022), appendix B.
 */
import { flatten, iadd, intConst, iscale } from "../../loops/ir/affine.ts";
import * as e from "../../loops/ir/build.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { Attention, type FusedParams, type Head, type Place, elementOf, multiply } from "./blocks.ts";
import { type Statistics, eachKeyHead, statisticsOf, unlessEmpty, weightOf } from "./visits.ts";

/** What follows the operands. */
interface Given extends Statistics {
  readonly out: Pull;
  readonly dout: Pull;
  readonly dlse: Pull;
}

interface State {
  /** The weights. */
  readonly scores: Buffer;
  /** The cotangents of the products of queries and keys. */
  readonly slopes: Buffer;
  /** D of all query heads of one head of keys. */
  readonly means: Buffer;
  /** Cotangents of all queries of these, and of a block of keys and values. */
  readonly dq: Buffer;
  readonly dk: Buffer;
  readonly dv: Buffer;
}

const clear = (b: e.Block, a: Attention, buffer: Buffer): void =>
  b.for(0, buffer.size, (y, i) => y.store(buffer, i, a.number(0)));

function row(b: e.Block, a: Attention, g: Given, s: State, head: Head, place: Place, i: Expr): void {
  const { size } = a.keys;
  const t = iadd(place.query, i);
  const stats = statisticsOf(b, a, g, head, t);
  const mean = b.let(e.load(s.means, iadd(iscale(head.group, a.queries.total), t)), "mean");
  const isOld = a.queries.isEven ? null : b.let(e.lt(i, place.oldQueries), "old");
  const unlessOld = (x: Expr): Expr => (isOld === null ? x : e.select(isOld, a.number(0), x));
  b.for(0, size, (y, j) => {
    const at = iadd(iscale(i, size), j);
    const weight = y.let(unlessOld(weightOf(a, e.load(s.scores, at), stats, head, place, i, j)), "weight");
    const slope = e.mul(e.sub(e.load(s.slopes, at), mean), a.number(a.p.scale));
    y.store(s.scores, at, weight);
    y.store(s.slopes, at, e.mul(weight, a.slope(slope, head, place, i, j)));
  });
}

function meet(b: e.Block, a: Attention, g: Given, s: State, head: Head, place: Place): void {
  const { keys, queries, width, o } = a;
  const { query, key } = place;
  const pairs = (x: Pull, y: Pull, to: Buffer): void =>
    multiply(b, {
      ...{ rows: queries.size, columns: keys.size, terms: width, to },
      x: (i, h) => a.query(x, head, iadd(query, i), h),
      y: (h, j) => a.key(y, head, iadd(key, j), h),
    });
  pairs(o.q, o.k, s.scores);
  pairs(g.dout, o.v, s.slopes);
  b.for(0, queries.size, (y, i) => row(y, a, g, s, head, place, i));
  const ofKeys = (weights: Buffer, x: Pull, to: Buffer): void =>
    multiply(b, {
      ...{ rows: keys.size, columns: width, terms: queries.size, to, adds: true },
      x: (j, i) => elementOf(weights, keys.size, i, j),
      y: (i, h) => a.query(x, head, iadd(query, i), h),
    });
  ofKeys(s.scores, g.dout, s.dv);
  ofKeys(s.slopes, o.q, s.dk);
  multiply(b, {
    ...{ rows: queries.size, columns: width, terms: keys.size, to: s.dq, adds: true },
    from: iscale(iadd(iscale(head.group, queries.total), query), width),
    x: (i, j) => elementOf(s.slopes, keys.size, i, j),
    y: (j, h) => a.key(o.k, head, iadd(key, j), h),
  });
}

/** D of each row. */
function means(b: e.Block, a: Attention, g: Given, to: Buffer, given: Head): void {
  const { queries, groups, width } = a;
  b.nest([groups, queries.total], (y, [group, t]) => {
    const head = { ...given, group };
    const sum = y.variable(a.number(0), "sum");
    const wide = (x: Pull, h: Expr): Expr => e.cast(a.query(x, head, t, h), a.wide);
    y.for(0, width, (z, h) => z.accumulate(sum, "add", e.mul(wide(g.dout, h), wide(g.out, h))));
    y.store(to, iadd(iscale(group, queries.total), t), e.sub(sum, a.row(g.dlse, head, t)));
  });
}

/** One head of keys: block after block of these meets the queries. */
function keyHead(
  b: e.Block,
  a: Attention,
  g: Given,
  s: State,
  given: Head,
  [dq, dk, dv]: readonly Buffer[],
): void {
  const { keys, queries, width, groups, heads, batch } = a;
  means(b, a, g, s.means, given);
  clear(b, a, s.dq);
  b.for(0, keys.count, (y, n) => {
    const key = keys.start(y, n);
    const oldKeys = keys.before(y, n, key);
    clear(y, a, s.dk);
    clear(y, a, s.dv);
    y.nest([groups], (z, [group]) => {
      const head = { ...given, group };
      const rows = { from: intConst(0), count: queries.total };
      const range = unlessEmpty(z, a, g, head, rows, a.queriesFor(z, n), queries.count);
      const each = (c: e.Block, m: Expr): void => {
        const query = queries.start(c, m);
        meet(c, a, g, s, head, { query, key, oldQueries: queries.before(c, m, query), oldKeys });
      };
      z.for(...range, each, "block", 1, false, queries.count);
    });
    y.for(oldKeys, keys.size, (z, j) =>
      z.for(0, width, (c, h) => {
        const shape = [batch, keys.total, heads, width];
        const at = flatten([given.batch, iadd(key, j), given.head, h], shape);
        c.store(dk, at, e.cast(elementOf(s.dk, width, j, h), dk.dtype));
        c.store(dv, at, e.cast(elementOf(s.dv, width, j, h), dv.dtype));
      }),
    );
  });
  b.nest([groups, queries.total, width], (y, [group, t, h]) => {
    const at = flatten([given.batch, t, given.head, group, h], [batch, queries.total, heads, groups, width]);
    const element = e.load(s.dq, flatten([group, t, h], [groups, queries.total, width]));
    y.store(dq, at, e.cast(element, dq.dtype));
  });
}

/** Writes the cotangents of queries [B, T, K, G, H], keys and values [B, S, K, H]. */
export function emitGradient(
  b: e.Block,
  args: readonly Pull[],
  outs: readonly Buffer[],
  p: FusedParams,
): void {
  const a = new Attention(args, p);
  const [out, most, sum, dout, dlse] = args.slice(-5);
  const g: Given = { out, most, sum, dout, dlse };
  const { queries, keys, groups, width } = a;
  const rows = groups * queries.total;
  const s: State = {
    scores: a.scratch(b, queries.size * keys.size, "scores"),
    slopes: a.scratch(b, queries.size * keys.size, "slopes"),
    means: a.scratch(b, rows, "means"),
    dq: a.scratch(b, rows * width, "dq"),
    dk: a.scratch(b, keys.size * width, "dk"),
    dv: a.scratch(b, keys.size * width, "dv"),
  };
  eachKeyHead(b, a, (y, head) => keyHead(y, a, g, s, head, outs));
}
