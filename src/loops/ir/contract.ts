/**
 * @file Contractions as loops: plainly, and in blocks of 4 × 4 whose sums are kept in locals, as JavaScript wants it. The
 * terms of each sum are added in the same order in both.
 */
import { Block, apply, cast, constant } from "./build.ts";
import { iadd, intConst } from "./affine.ts";
import { type Contract, type Expr, type Local, type Stmt, newLocal } from "./ir.ts";
import { range } from "../../base/util.ts";
import { replaceStmts, rewriter } from "./traverse.ts";

/** A variable of a contraction. */
export const contractVariable = (name: string, size: number): Local => newLocal(name, "int32", 0, size - 1);

/** A contraction's variable in its operands: one of a single value is that value, so that indices stay simple. */
export const valueOf = (v: Local): Expr => (v.hi === 0 ? intConst(0) : v);

/** Extent of a contraction's variable. */
export const extent = (v: Local): number => v.hi + 1;

const variables = ["batch", "row", "column", "inner"] as const;

/** Values of a contraction's variables. */
type Values = { readonly [V in (typeof variables)[number]]?: Expr };

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
export function over(b: Block, v: Local, body: (b: Block, i: Expr) => void): void {
  if (v.hi === 0) body(b, intConst(0));
  else if (v.hi > 0) b.for(0, extent(v), body, v.name);
}

/** The element-wise work behind a contraction, over the whole of its result or a part. */
export function epilogueLoops(
  c: Contract,
  rows: readonly [lo: Expr, hi: Expr] = [intConst(0), intConst(extent(c.row))],
  columns: readonly [lo: Expr, hi: Expr] = [intConst(0), intConst(extent(c.column))],
): Stmt[] {
  if (c.epilogue === undefined) return [];
  const [row] = c.epilogue;
  const [column] = row.body;
  return [{ ...row, lo: rows[0], hi: rows[1], body: [{ ...column, lo: columns[0], hi: columns[1] }] }];
}

/** One sum after another. */
export function contractLoops(c: Contract): Stmt[] {
  const b = new Block();
  over(b, c.batch, (b1, batch) =>
    over(b1, c.row, (b2, row) =>
      over(b2, c.column, (b3, column) => {
        const acc = b3.variable(constant(0, c.sum), "c");
        over(b3, c.inner, (b4, inner) => {
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
  const [m, n] = [extent(c.row), extent(c.column)];
  const block = (b: Block, batch: Expr, i: Expr, j: Expr, rows: number, columns: number): void => {
    const acc = range(rows * columns).map(() => b.variable(constant(0, c.sum), "c"));
    over(b, c.inner, (b1, inner) => {
      const xs = range(rows).map((r) => b1.let(substitute(c, c.x, { batch, inner, row: iadd(i, r) }), "a"));
      const ys = range(columns).map((q) =>
        b1.let(substitute(c, c.y, { batch, inner, column: iadd(j, q) }), "b"),
      );
      acc.forEach((local, p) =>
        b1.accumulate(local, "add", apply("mul", xs[Math.floor(p / columns)], ys[p % columns])),
      );
    });
    acc.forEach((local, p) => {
      const at = { batch, row: iadd(i, Math.floor(p / columns)), column: iadd(j, p % columns) };
      b.store(c.buffer, substitute(c, c.index, at), cast(local, c.buffer.dtype));
    });
  };
  // Small products are many: they stay short.
  const rowTile = m * n * extent(c.inner) < smallProduct ? 1 : tile;
  const mFull = m - (m % rowTile);
  const nFull = n - (n % tile);
  const b = new Block();
  over(b, c.batch, (bb, batch) => {
    const columns = (outer: Block, i: Expr, rows: number): void => {
      stepped(outer, 0, nFull, (inner, j) => block(inner, batch, i, j, rows, tile), "j");
      if (nFull < n) outer.for(nFull, n, (inner, j) => block(inner, batch, i, j, rows, 1), "j");
    };
    if (rowTile === 1) over(bb, c.row, (outer, i) => columns(outer, i, 1));
    else stepped(bb, 0, mFull, (outer, i) => columns(outer, i, tile), "i");
    if (mFull < m) bb.for(mFull, m, (outer, i) => columns(outer, i, 1), "i");
  });
  b.stmts.push(...epilogueLoops(c));
  return b.stmts;
}

/** A loop by whole tiles. */
function stepped(b: Block, lo: number, hi: number, body: (b: Block, i: Expr) => void, name: string): void {
  if (lo < hi) b.for(lo, hi, (inner, i) => body(inner, { ...i, hi: hi - tile }), name, tile);
}
