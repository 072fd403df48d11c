/**
 * @file Contractions as loops: plainly, and in blocks of 4 × 4 whose sums are kept in locals, as JavaScript wants it. The
 * terms of each sum are added in the same order in both.
 */
import { Block, apply, cast, constant } from "./build.ts";
import { iadd, idiv, intConst, iscale, isub, rangeOf } from "./affine.ts";
import { type Contract, type Expr, type Local, type Stmt, newLocal, numberOf } from "./ir.ts";
import { range } from "../../base/util.ts";
import { replaceStmts, rewriter } from "./traverse.ts";

/** A variable of a contraction. */
export const contractVariable = (name: string, size: number): Local => newLocal(name, "int32", 0, size - 1);

/** A contraction's variable in its operands: one of a single value is that value, so that indices stay simple. */
export const valueOf = (v: Local): Expr => (v.hi === 0 ? intConst(0) : v);

/** Extent of a contraction's variable. */
export const extent = (v: Local): number => v.hi + 1;

const variables = ["batch", "row", "column", "inner"] as const;

export type ContractVariable = (typeof variables)[number];

/** The first value of a contraction's variable, and what its values are below. */
export function rangeOfVariable(c: Contract, v: ContractVariable): readonly [lo: Expr, hi: Expr] {
  const [lo, hi] = v === "batch" ? [undefined, undefined] : [c[`${v}Lo`], c[`${v}Hi`]];
  return [lo ?? intConst(0), hi ?? intConst(extent(c[v]))];
}

/** The most values that a contraction's variable takes. */
export function mostOf(c: Contract, v: ContractVariable): number {
  const [lo, hi] = rangeOfVariable(c, v);
  return Math.max(0, Math.min(extent(c[v]), rangeOf(isub(hi, lo))[1]));
}

/** Does a variable take other values than all of them? */
export const isRanged = (c: Contract): boolean =>
  [c.rowLo, c.rowHi, c.columnLo, c.columnHi, c.innerLo, c.innerHi].some((e) => e !== undefined);

/** Values of a contraction's variables. */
type Values = { readonly [V in ContractVariable]?: Expr };

/** An expression of a contraction with values in the place of variables. */
export function substitute(c: Contract, e: Expr, values: Values): Expr {
  const valueOfLocal = (x: Local): Expr | undefined => {
    const variable = variables.find((v) => c[v].id === x.id);
    return variable === undefined ? undefined : values[variable];
  };
  return rewriter((x) => (x.kind === "local" ? (valueOfLocal(x) ?? x) : x))(e);
}

/** Replaces every contraction by the statements that `write` makes. */
export function expandContracts(
  stmts: readonly Stmt[],
  write: (c: Contract) => readonly Stmt[],
): readonly Stmt[] {
  return replaceStmts(stmts, (s) => (s.kind === "contract" ? write(s) : null));
}

/** A loop over a variable, which is a constant if there is one iteration only. */
export function over(b: Block, c: Contract, v: ContractVariable, body: (b: Block, i: Expr) => void): void {
  const [lo, hi] = rangeOfVariable(c, v);
  const known = lo.kind === "const" && hi.kind === "const" ? numberOf(hi) - numberOf(lo) : null;
  if (known === 1) body(b, lo);
  else if (known === null || known > 0) b.for(lo, hi, body, c[v].name, 1, false, extent(c[v]));
}

/** The element-wise work behind a contraction, over the whole of its result or a part. */
export function epilogueLoops(
  c: Contract,
  rows = rangeOfVariable(c, "row"),
  columns = rangeOfVariable(c, "column"),
): Stmt[] {
  if (c.epilogue === undefined) return [];
  const [row] = c.epilogue;
  const [column] = row.body;
  return [{ ...row, lo: rows[0], hi: rows[1], body: [{ ...column, lo: columns[0], hi: columns[1] }] }];
}

/** What the sum at a place begins with. */
const begin = (c: Contract, at: Values): Expr =>
  c.base === undefined ? constant(0, c.sum) : substitute(c, c.base, at);

/** One sum after another. */
export function contractLoops(c: Contract): Stmt[] {
  const b = new Block();
  b.origin = c.origin;
  over(b, c, "batch", (b1, batch) =>
    over(b1, c, "row", (b2, row) =>
      over(b2, c, "column", (b3, column) => {
        const acc = b3.variable(begin(c, { batch, row, column }), "c");
        over(b3, c, "inner", (b4, inner) => {
          const at = { batch, row, column, inner };
          b4.accumulate(acc, "add", apply("mul", substitute(c, c.x, at), substitute(c, c.y, at)));
        });
        b3.store(c.buffer, substitute(c, c.index, { batch, row, column }), cast(acc, c.buffer.dtype));
      }),
    ),
  );
  b.stmts.push(...epilogueLoops(c));
  return b.stmts;
}

/** Rows and columns whose sums are held in locals at once. */
const tile = 4;

/** Multiplications of a product below which one row is computed at a time. */
const smallProduct = 512;

/** Loops in blocks of rows and columns. */
export function contractTiles(c: Contract): Stmt[] {
  const block = (b: Block, batch: Expr, i: Expr, j: Expr, rows: number, columns: number): void => {
    const place = (p: number): Values => ({
      batch,
      row: iadd(i, Math.floor(p / columns)),
      column: iadd(j, p % columns),
    });
    const acc = range(rows * columns).map((p) => b.variable(begin(c, place(p)), "c"));
    over(b, c, "inner", (b1, inner) => {
      const xs = range(rows).map((r) => b1.let(substitute(c, c.x, { batch, inner, row: iadd(i, r) }), "a"));
      const ys = range(columns).map((q) =>
        b1.let(substitute(c, c.y, { batch, inner, column: iadd(j, q) }), "b"),
      );
      acc.forEach((local, p) =>
        b1.accumulate(local, "add", apply("mul", xs[Math.floor(p / columns)], ys[p % columns])),
      );
    });
    acc.forEach((local, p) =>
      b.store(c.buffer, substitute(c, c.index, place(p)), cast(local, c.buffer.dtype)),
    );
  };
  // Small products are many: they stay short.
  const isSmall = mostOf(c, "row") * mostOf(c, "column") * mostOf(c, "inner") < smallProduct;
  const b = new Block();
  b.origin = c.origin;
  over(b, c, "batch", (bb, batch) => {
    const columns = (outer: Block, i: Expr, rows: number): void =>
      inTiles(outer, c, "column", (inner, j, width) => block(inner, batch, i, j, rows, width));
    if (isSmall) over(bb, c, "row", (outer, i) => columns(outer, i, 1));
    else inTiles(bb, c, "row", columns);
  });
  b.stmts.push(...epilogueLoops(c));
  return b.stmts;
}

/** Loops over a variable by whole tiles, and over what is left. */
function inTiles(
  b: Block,
  c: Contract,
  v: ContractVariable,
  body: (b: Block, i: Expr, width: number) => void,
): void {
  const [lo, hi] = rangeOfVariable(c, v);
  const name = v === "row" ? "i" : "j";
  const count = isub(hi, lo);
  const whole = b.within(iadd(lo, iscale(idiv(count, tile), tile)), 0, extent(c[v]));
  const end = extent(c[v]);
  const write = (from: Expr, to: Expr, width: number): void => {
    const known = from.kind === "const" && to.kind === "const";
    if ((known && numberOf(from) >= numberOf(to)) || end < width) return;
    const last = rangeOf(to)[1] - width + 1;
    b.for(
      from,
      to,
      (y, i) => body(y, { ...i, hi: Math.min(i.hi, last - 1) }, width),
      name,
      width,
      false,
      end,
    );
  };
  write(lo, whole, tile);
  write(whole, hi, 1);
}
