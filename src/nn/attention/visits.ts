/** @file The loops around blocks of pairs, those for threads outermost; and the weights of pairs, from the statistics of their rows. */
import { iadd, idiv, imod, intConst } from "../../loops/ir/affine.ts";
import * as e from "../../loops/ir/build.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import type { Attention, Head, Place, Range } from "./blocks.ts";

/** A loop from 0 on. */
interface Loop {
  readonly name: "image" | "head" | "block";
  readonly count: number;
}

/** Iterations from which a loop is worth sharing among threads before one with more of them. */
const enough = 4;

/** Loops of which nothing depends on the order, that for threads first. */
function inOrder(loops: readonly Loop[]): readonly Loop[] {
  const most = Math.max(...loops.map(({ count }) => count));
  const first = loops.find(({ count }) => count >= Math.min(enough, most));
  return first === undefined ? loops : [first, ...loops.filter((l) => l !== first)];
}

/** Nested loops, the first for threads. */
function nest(
  b: e.Block,
  loops: readonly Loop[],
  body: (b: e.Block, at: ReadonlyMap<Loop["name"], Expr>) => void,
): void {
  const at = new Map<Loop["name"], Expr>();
  const go = (block: e.Block, depth: number): void => {
    if (depth === loops.length) {
      body(block, at);
      return;
    }
    const { name, count } = loops[depth];
    const each = (y: e.Block, i: Expr): void => {
      at.set(name, i);
      go(y, depth + 1);
    };
    if (count === 1) each(block, intConst(0));
    else block.for(0, count, each, name, 1, depth === 0);
  };
  go(b, 0);
}

const at = (values: ReadonlyMap<Loop["name"], Expr>, name: Loop["name"]): Expr =>
  values.get(name) ?? intConst(0);

/** Visits every block of queries of every head. */
export function eachQueryBlock(
  b: e.Block,
  a: Attention,
  body: (b: e.Block, head: Head, query: Expr) => void,
): void {
  const { batch, heads, groups, queries } = a;
  const outer: Loop[] = [
    { name: "image", count: batch },
    { name: "head", count: heads * groups },
  ];
  const blocks: Loop = { name: "block", count: queries.count };
  // Blocks that overlap write some rows twice: the same numbers, but not for threads.
  const loops = queries.isEven ? inOrder([...outer, blocks]) : [...inOrder(outer), blocks];
  nest(b, loops, (y, values) => {
    const n = at(values, "head");
    const head = a.headOf(y, at(values, "image"), idiv(n, groups), imod(n, groups));
    body(y, head, queries.start(y, at(values, "block")));
  });
}

/** Visits every head of keys of every image. */
export function eachKeyHead(b: e.Block, a: Attention, body: (b: e.Block, head: Head) => void): void {
  const loops: Loop[] = [
    { name: "image", count: a.batch },
    { name: "head", count: a.heads },
  ];
  nest(b, inOrder(loops), (y, values) =>
    body(y, a.headOf(y, at(values, "image"), at(values, "head"), intConst(0))),
  );
}

/** What is known of each row of logits: its maximum, and Σ e^(logit − maximum), [B, K, G, T]. */
export interface Statistics {
  readonly most: Pull;
  readonly sum: Pull;
}

/** What a row's weights are computed from. */
interface RowStatistics {
  readonly shift: Expr;
  readonly factor: Expr;
}

/** A maximum that may be subtracted: where there is nothing but −∞, 0 is. */
export const shiftOf = (a: Attention, most: Expr): Expr =>
  e.select(e.eq(most, a.number(-Infinity)), a.number(0), most);

export function statisticsOf(
  b: e.Block,
  a: Attention,
  { most, sum }: Statistics,
  head: Head,
  t: Expr,
): RowStatistics {
  const shift = b.let(shiftOf(a, b.let(a.row(most, head, t), "most")), "shift");
  return { shift, factor: b.let(e.div(a.number(1), a.row(sum, head, t)), "factor") };
}

/** The weight of a pair, given the product of its query and key. */
export const weightOf = (
  a: Attention,
  raw: Expr,
  { shift, factor }: RowStatistics,
  head: Head,
  place: Place,
  i: Expr,
  j: Expr,
): Expr => e.mul(e.exp(e.sub(a.logit(raw, head, place, i, j), shift)), factor);

/** The blocks of a range; but all if one of some rows is empty: its weights are equal, of all keys. */
export function unlessEmpty(
  b: e.Block,
  a: Attention,
  { most }: Statistics,
  head: Head,
  rows: { readonly from: Expr; readonly count: number },
  range: Range,
  all: number,
): Range {
  if (!a.skips) return [intConst(0), intConst(all)];
  if (!a.mayBeEmpty) return range;
  const empty = b.variable(intConst(0), "empty");
  b.for(0, rows.count, (y, i) => {
    const isEmpty = e.le(a.row(most, head, iadd(rows.from, i)), a.number(a.excluded));
    y.accumulate(empty, "max", e.select(isEmpty, intConst(1), intConst(0)));
  });
  const isSome = b.let(e.eq(empty, 0), "some");
  const [first, end] = range;
  return [
    b.within(e.select(isSome, first, intConst(0)), 0, all),
    b.within(e.select(isSome, end, intConst(all)), 0, all),
  ];
}
