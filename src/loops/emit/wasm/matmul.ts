/**
 * @file Contractions for WebAssembly: small ones as loops that vectorise, large ones packed and register-blocked.
 *
 * Packing copies a block of each operand into panels that the inner kernel (a `tile` statement) reads one element after
 * another: panels of two rows, and of 16 (float32) or 8 (float64) columns, which keeps accumulators and operands within
 * V8's vector registers. Whatever the layout of an operand is, or what is computed to get its elements, happens while it is
 * packed. Source: K. Goto and R. van de Geijn, "Anatomy of high-performance matrix multiplication" (2008).
 */

import { iadd, idiv, intConst, iscale } from "../../ir/affine.ts";
import { isHalf } from "../../ir/scalar.ts";
import { Block, apply, cast, constant, eq, select } from "../../ir/build.ts";
import { contractLoops, epilogueLoops, extent, over, substitute } from "../../ir/contract.ts";
import { type Buffer, type Contract, type Expr, type Local, type Stmt } from "../../ir/ir.ts";

/** Steps, rows and columns of a block: two panels of columns and a block of rows fit the nearer caches. */
const blockSteps = 256;
const blockRows = 128;
const blockColumns = 512;

const panelRows = 2;

/** Rows of a block: fewer if there are threads to share them. */
function rowsPerBlock(m: number, threads: number): number {
  if (threads === 1) return blockRows;
  return Math.min(blockRows, Math.max(8, Math.ceil(m / threads / panelRows) * panelRows));
}

/** Products below which packing does not pay. */
const smallWork = 20_000;

/** The statements of a contraction, for so many threads. */
export function contractWasm(given: Contract, threads: number): readonly Stmt[] {
  const c = narrowed(given);
  const [m, n, k] = [extent(c.row), extent(c.column), extent(c.inner)];
  const packs = c.sum === "float32" || c.sum === "float64";
  if (!packs || m * n * k < smallWork || m < 8 || n < 8 || k < 8) return contractLoops(c);
  return isHalf(c.buffer.dtype) || c.buffer.dtype !== c.sum ? viaBuffer(c, threads) : packedLoops(c, threads);
}

/** Products of float32 are added in float32: the loop IR asks for float64, which vectors would pay for twice. */
function narrowed(c: Contract): Contract {
  const { x, y } = c;
  const from = (e: Expr): Expr | null =>
    e.kind === "cast" && (e.arg.dtype === "float32" || isHalf(e.arg.dtype)) ? cast(e.arg, "float32") : null;
  const [a, b] = [from(x), from(y)];
  const outIsNarrow = c.buffer.dtype === "float32" || isHalf(c.buffer.dtype);
  return c.sum === "float64" && outIsNarrow && a !== null && b !== null
    ? { ...c, x: a, y: b, sum: "float32" }
    : c;
}

/** Sums in a buffer of their own, converted afterwards. */
function viaBuffer(c: Contract, threads: number): Stmt[] {
  const size = c.buffer.size;
  const b = new Block();
  const sums = b.alloc(c.sum, size, "sums");
  const { epilogue: _later, ...plain } = c;
  b.stmts.push(...packedLoops({ ...plain, buffer: sums }, threads));
  b.for(0, size, (inner, i) =>
    inner.store(c.buffer, i, cast({ kind: "load", dtype: c.sum, buffer: sums, index: i }, c.buffer.dtype)),
  );
  b.stmts.push(...epilogueLoops(c));
  return b.stmts;
}

/** The panels of one operand. */
interface Panels {
  readonly operand: Expr;
  /** The operand's variable beside that of the sum. */
  readonly free: Local;
  /** If each thread has its own, each packs its own; otherwise threads share the packing. */
  readonly buffer: Buffer;
  /** Elements side by side in a panel. */
  readonly width: number;
}

const min = (a: Expr, b: number): Expr =>
  a.kind === "const" ? intConst(Math.min(a.value, b)) : apply("min", a, intConst(b));

/** Packs elements `from …` of one operand in panels of its free variable, for steps `step …`. */
function pack(
  b: Block,
  c: Contract,
  { operand, free, buffer, width }: Panels,
  at: { batch: Expr; from: Expr; count: Expr; step: Expr; steps: Expr },
): void {
  const total = extent(free);
  const wide = c.sum;
  b.for(
    0,
    idiv(iadd(at.count, width - 1), width),
    (panel, index) => {
      const first = panel.let(iadd(at.from, iscale(index, width)), "f");
      const base = panel.let(iscale(index, width * blockSteps), "o");
      const copy = (block: Block, element: (free: Expr, step: Expr) => Expr): void =>
        block.for(
          0,
          at.steps,
          (inner, p) =>
            inner.for(
              0,
              width,
              (lane, q) => {
                const value = element(iadd(first, q), iadd(at.step, p));
                lane.store(buffer, iadd(iadd(base, iscale(p, width)), q), value);
              },
              "q",
            ),
          "p",
        );
      const read = (f: Expr, p: Expr): Expr =>
        substitute(
          operand,
          new Map([
            [c.batch.id, at.batch],
            [free.id, bounded(f, total)],
            [c.inner.id, bounded(p, extent(c.inner))],
          ]),
        );
      if (total % width === 0) {
        copy(panel, read);
        return;
      }
      const whole = apply("le", iadd(first, width), intConst(total));
      panel.if(
        whole,
        (then) => copy(then, read),
        (otherwise) =>
          copy(otherwise, (f, p) =>
            select(apply("lt", f, intConst(total)), read(min(f, total - 1), p), constant(0, wide)),
          ),
      );
    },
    "panel",
    1,
    buffer.perThread !== true,
  );
}

/** An index of which is known that it is below `n`. */
function bounded(e: Expr, n: number): Expr {
  return e.kind === "local" ? { ...e, lo: Math.max(0, e.lo), hi: Math.min(n - 1, e.hi) } : e;
}

function packedLoops(c: Contract, threads: number): Stmt[] {
  const columns = c.sum === "float32" ? 16 : 8;
  const [m, n, k] = [extent(c.row), extent(c.column), extent(c.inner)];
  const panelSize = (limit: number, size: number, width: number): number =>
    Math.ceil(Math.min(limit, size) / width) * width * blockSteps;
  const b = new Block();
  const left: Panels = {
    operand: c.x,
    free: c.row,
    buffer: b.alloc(c.sum, panelSize(blockRows, m, panelRows), "left", true),
    width: panelRows,
  };
  const right: Panels = {
    operand: c.y,
    free: c.column,
    buffer: b.alloc(c.sum, panelSize(blockColumns, n, columns), "right"),
    width: columns,
  };
  const edge = b.alloc(c.sum, panelRows * columns, "edge", true);
  const blocks = (
    block: Block,
    size: number,
    length: number,
    name: string,
    body: (b: Block, from: Expr, count: Expr) => void,
  ): void => {
    if (size <= length) body(block, intConst(0), intConst(size));
    else
      block.for(
        0,
        size,
        (inner, from) => {
          const count =
            size % length === 0
              ? intConst(length)
              : inner.let(min(iadd(intConst(size), iscale(from, -1)), length), "n");
          body(inner, { ...from, hi: Math.floor((size - 1) / length) * length }, count);
        },
        name,
        length,
        name === "ic",
      );
  };
  over(b, c.batch, (b0, batch) =>
    blocks(b0, n, blockColumns, "jc", (b1, jc, nc) =>
      blocks(b1, k, blockSteps, "pc", (b2, pc, kc) => {
        pack(b2, c, right, { batch, from: jc, count: nc, step: pc, steps: kc });
        blocks(b2, m, rowsPerBlock(m, threads), "ic", (b3, ic, mc) => {
          pack(b3, c, left, { batch, from: ic, count: mc, step: pc, steps: kc });
          multiplyPanels(b3, c, { batch, ic, mc, jc, nc, pc, kc }, left, right, edge);
          // The sums are complete with the last steps.
          const finish = epilogueLoops(c, [ic, iadd(ic, mc)], [jc, iadd(jc, nc)]);
          if (finish.length === 0) return;
          if (k <= blockSteps) b3.stmts.push(...finish);
          else b3.if(apply("ge", iadd(pc, blockSteps), intConst(k)), (last) => last.stmts.push(...finish));
        });
      }),
    ),
  );
  return b.stmts;
}

interface Place {
  readonly batch: Expr;
  readonly ic: Expr;
  readonly mc: Expr;
  readonly jc: Expr;
  readonly nc: Expr;
  readonly pc: Expr;
  readonly kc: Expr;
}

/** All tiles of one block. */
function multiplyPanels(
  b: Block,
  c: Contract,
  { batch, ic, mc, jc, nc, pc, kc }: Place,
  { buffer: left }: Panels,
  { buffer: right, width: columns }: Panels,
  edge: Buffer,
): void {
  const [m, n] = [extent(c.row), extent(c.column)];
  const first = pc.kind === "const" ? constant(1, "bool") : eq(pc, 0);
  b.for(
    0,
    idiv(iadd(nc, columns - 1), columns),
    (bj, jp) => {
      const j = bj.let(iadd(jc, iscale(jp, columns)), "j");
      bj.for(
        0,
        idiv(iadd(mc, panelRows - 1), panelRows),
        (bi, ip) => {
          const i = bi.let(iadd(ic, iscale(ip, panelRows)), "i");
          const place = (row: Expr, column: Expr): Expr =>
            substitute(
              c.index,
              new Map([
                [c.batch.id, batch],
                [c.row.id, row],
                [c.column.id, column],
              ]),
            );
          const common = {
            kind: "tile" as const,
            rows: panelRows,
            columns,
            length: kc,
            a: left,
            aIndex: iscale(ip, panelRows * blockSteps),
            b: right,
            bIndex: iscale(jp, columns * blockSteps),
          };
          const inPlace = (block: Block): void => {
            block.stmts.push({ ...common, first, buffer: c.buffer, index: place(i, j), stride: n });
          };
          if (m % panelRows === 0 && n % columns === 0) {
            inPlace(bi);
            return;
          }
          const inside = apply(
            "and",
            apply("le", iadd(i, panelRows), intConst(m)),
            apply("le", iadd(j, columns), intConst(n)),
          );
          bi.if(inside, inPlace, (block) => {
            block.stmts.push({
              ...common,
              first: constant(1, "bool"),
              buffer: edge,
              index: intConst(0),
              stride: columns,
            });
            copyEdge(block, c, { i, j, first }, edge, columns, place);
          });
        },
        "ip",
      );
    },
    "jp",
  );
}

/** What lies inside the matrix of a tile at its edge. */
function copyEdge(
  b: Block,
  c: Contract,
  { i, j, first }: { i: Expr; j: Expr; first: Expr },
  edge: Buffer,
  columns: number,
  place: (row: Expr, column: Expr) => Expr,
): void {
  const [m, n] = [extent(c.row), extent(c.column)];
  const rest = (from: Expr, size: number, width: number): Expr =>
    min(iadd(intConst(size), iscale(from, -1)), width);
  const [rows, count] = [b.let(rest(i, m, panelRows), "rows"), b.let(rest(j, n, columns), "columns")];
  b.for(0, rows, (br, r) =>
    br.for(0, count, (bc, q) => {
      const at = place(iadd(i, r), iadd(j, q));
      const value: Expr = { kind: "load", dtype: c.sum, buffer: edge, index: iadd(iscale(r, columns), q) };
      bc.if(
        first,
        (then) => then.store(c.buffer, at, value),
        (otherwise) =>
          otherwise.store(
            c.buffer,
            at,
            apply("add", { kind: "load", dtype: c.sum, buffer: c.buffer, index: at }, value),
          ),
      );
    }),
  );
}
