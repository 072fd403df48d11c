/**
 * @file How results of attention change with queries, keys and values, in one pass over the keys: the loops.
 *
 * With the weights P of a row, from its statistics, and Ṡ = (q̇·kᵀ + q·k̇ᵀ)·scale where attention is allowed: the log-sum-exp changes by
 * r = Σ P∘Ṡ, the results by Σ (P∘Ṡ)·v + Σ P·v̇ − r·out.
 */
import { flatten, iadd, intConst, iscale } from "../../loops/ir/affine.ts";
import * as e from "../../loops/ir/build.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { Attention, type FusedParams, type Head, type Place, elementOf, multiply } from "./blocks.ts";
import { type Statistics, eachQueryBlock, statisticsOf, unlessEmpty, weightOf } from "./visits.ts";

/** What follows the operands. */
interface Given extends Statistics {
  readonly out: Pull;
  readonly dq: Pull;
  readonly dk: Pull;
  readonly dv: Pull;
}

interface State {
  /** The weights. */
  readonly scores: Buffer;
  /** The weights times the changes of the logits. */
  readonly changes: Buffer;
  readonly mean: Buffer;
  readonly results: Buffer;
}

function row(b: e.Block, a: Attention, g: Given, s: State, head: Head, place: Place, i: Expr): void {
  const { size } = a.keys;
  const stats = statisticsOf(b, a, g, head, iadd(place.query, i));
  const mean = b.variable(e.load(s.mean, i), "mean");
  b.for(0, size, (y, j) => {
    const at = iadd(iscale(i, size), j);
    const weight = y.let(weightOf(a, e.load(s.scores, at), stats, head, place, i, j), "weight");
    const scaled = e.mul(e.load(s.changes, at), a.number(a.p.scale));
    const change = y.let(e.mul(weight, a.slope(scaled, head, place, i, j)), "change");
    y.store(s.scores, at, weight);
    y.store(s.changes, at, change);
    y.accumulate(mean, "add", change);
  });
  b.store(s.mean, i, mean);
}

function meet(b: e.Block, a: Attention, g: Given, s: State, head: Head, query: Expr, n: Expr): void {
  const { keys, queries, width, o } = a;
  const key = keys.start(b, n);
  const place = { query, key, oldQueries: intConst(0), oldKeys: keys.before(b, n, key) };
  const logits = (q: Pull, k: Pull, to: Buffer, adds: boolean): void =>
    multiply(b, {
      ...{ rows: queries.size, columns: keys.size, terms: width, to, adds },
      x: (i, h) => a.query(q, head, iadd(query, i), h),
      y: (h, j) => a.key(k, head, iadd(key, j), h),
    });
  logits(o.q, o.k, s.scores, false);
  logits(g.dq, o.k, s.changes, false);
  logits(o.q, g.dk, s.changes, true);
  b.for(0, queries.size, (y, i) => row(y, a, g, s, head, place, i));
  const results = (weights: Buffer, v: Pull): void =>
    multiply(b, {
      ...{ rows: queries.size, columns: width, terms: keys.size, to: s.results, adds: true },
      x: (i, j) => elementOf(weights, keys.size, i, j),
      y: (j, h) => a.key(v, head, iadd(key, j), h),
    });
  results(s.changes, o.v);
  results(s.scores, g.dv);
}

/** Writes the tangents of the results [B, T, K, G, H] and of the log-sum-exp of each row [B, K, G, T]. */
export function emitTangent(
  b: e.Block,
  args: readonly Pull[],
  [dout, dlse]: readonly Buffer[],
  p: FusedParams,
): void {
  const a = new Attention(args, p);
  const [out, most, sum, dq, dk, dv] = args.slice(-6);
  const g: Given = { out, most, sum, dq, dk, dv };
  const { queries, keys, width } = a;
  const s: State = {
    scores: a.scratch(b, queries.size * keys.size, "scores"),
    changes: a.scratch(b, queries.size * keys.size, "changes"),
    mean: a.scratch(b, queries.size, "mean"),
    results: a.scratch(b, queries.size * width, "results"),
  };
  const outShape = args[0].aval.shape;
  const rowShape = [a.batch, a.heads, a.groups, queries.total];
  eachQueryBlock(b, a, (y, head, query) => {
    y.for(0, queries.size, (z, i) => z.store(s.mean, i, a.number(0)));
    y.for(0, queries.size * width, (z, i) => z.store(s.results, i, a.number(0)));
    const rows = { from: query, count: queries.size };
    const range = unlessEmpty(y, a, g, head, rows, a.keysFor(y, head, query), keys.count);
    y.for(...range, (z, n) => meet(z, a, g, s, head, query, n), "block", 1, false, keys.count);
    y.for(0, queries.size, (z, i) => {
      const t = iadd(query, i);
      const mean = z.let(e.load(s.mean, i), "mean");
      z.store(dlse, flatten([head.batch, head.head, head.group, t], rowShape), mean);
      z.for(0, width, (c, h) => {
        const moved = e.mul(mean, e.cast(a.query(out, head, t, h), a.wide));
        const tangent = e.sub(elementOf(s.results, width, i, h), moved);
        const at = flatten([head.batch, t, head.head, head.group, h], outShape);
        c.store(dout, at, e.cast(tangent, dout.dtype));
      });
    });
  });
}
