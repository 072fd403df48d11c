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
import { Block, apply, cast, constant, eq, load, select } from "../../ir/build.ts";
import { contractLoops, epilogueLoops, extent, over, substitute } from "../../ir/contract.ts";
import {
  type Buffer,
  type Contract,
  type Expr,
  type Local,
  type Stmt,
  type Tile,
  numberOf,
} from "../../ir/ir.ts";

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
  b.for(0, size, (inner, i) => inner.store(c.buffer, i, cast(load(sums, i), c.buffer.dtype)));
  b.stmts.push(...epilogueLoops(c));
  return b.stmts;
}

/** The panels of one operand. */
interface Panels {
  readonly operand: Expr;
  /** The operand's variable beside that of the sum. */
  readonly free: "row" | "column";
  /** If each thread has its own, each packs its own; otherwise threads share the packing. */
  readonly buffer: Buffer;
  /** Elements side by side in a panel. */
  readonly width: number;
}

/** A part of the range of a variable. */
interface Span {
  readonly from: Expr;
  readonly count: Expr;
}

/** A block of the product: some steps of the sums of some rows and columns. */
interface Place {
  readonly batch: Expr;
  readonly rows: Span;
  readonly columns: Span;
  readonly steps: Span;
}

const min = (a: Expr, b: number): Expr =>
  a.kind === "const" ? intConst(Math.min(numberOf(a), b)) : apply("min", a, intConst(b));

/** An index of which is known that it is below `n`. */
function bounded(e: Expr, n: number): Expr {
  return e.kind === "local" ? { ...e, lo: Math.max(0, e.lo), hi: Math.min(n - 1, e.hi) } : e;
}

/** How many panels of some width hold the elements of a span. */
const panels = (span: Span, width: number): Expr => idiv(iadd(span.count, width - 1), width);

/** A variable's range in spans of a length, and what is left. */
function spans(
  b: Block,
  size: number,
  length: number,
  name: string,
  body: (b: Block, span: Span) => void,
): void {
  if (size <= length) {
    body(b, { from: intConst(0), count: intConst(size) });
    return;
  }
  const write = (inner: Block, from: Local): void => {
    const rest = (): Expr =>
      bounded(inner.let(min(iadd(intConst(size), iscale(from, -1)), length), "n"), length + 1);
    const count = size % length === 0 ? intConst(length) : rest();
    body(inner, { from: { ...from, hi: Math.floor((size - 1) / length) * length }, count });
  };
  b.for(0, size, write, name, length, name === "ic");
}

/** Writes the loops of one contraction in packed panels. */
class PackedProduct {
  readonly #c: Contract;
  readonly #left: Panels;
  readonly #right: Panels;
  /** For tiles of which a part lies outside the matrix. */
  readonly #edge: Buffer;

  constructor(b: Block, c: Contract) {
    this.#c = c;
    const panelSize = (limit: number, size: number, width: number): number =>
      Math.ceil(Math.min(limit, size) / width) * width * blockSteps;
    const columns = c.sum === "float32" ? 16 : 8;
    const left = b.alloc(c.sum, panelSize(blockRows, extent(c.row), panelRows), "left", true);
    this.#left = { operand: c.x, free: "row", buffer: left, width: panelRows };
    const right = b.alloc(c.sum, panelSize(blockColumns, extent(c.column), columns), "right");
    this.#right = { operand: c.y, free: "column", buffer: right, width: columns };
    this.#edge = b.alloc(c.sum, panelRows * columns, "edge", true);
  }

  write(b: Block, threads: number): void {
    const c = this.#c;
    const [m, n, k] = [extent(c.row), extent(c.column), extent(c.inner)];
    over(b, c.batch, (b0, batch) =>
      spans(b0, n, blockColumns, "jc", (b1, columns) =>
        spans(b1, k, blockSteps, "pc", (b2, steps) => {
          this.#pack(b2, this.#right, batch, columns, steps);
          spans(b2, m, rowsPerBlock(m, threads), "ic", (b3, rows) => {
            this.#pack(b3, this.#left, batch, rows, steps);
            this.#multiply(b3, { batch, rows, columns, steps });
            // The sums are complete with the last steps.
            const end = ({ from, count }: Span): readonly [Expr, Expr] => [from, iadd(from, count)];
            const finish = epilogueLoops(c, end(rows), end(columns));
            if (finish.length === 0) return;
            if (k <= blockSteps) b3.stmts.push(...finish);
            else
              b3.if(apply("ge", iadd(steps.from, blockSteps), intConst(k)), (last) =>
                last.stmts.push(...finish),
              );
          });
        }),
      ),
    );
  }

  /** Packs a span of one operand in panels of its free variable. */
  #pack(b: Block, { operand, free, buffer, width }: Panels, batch: Expr, span: Span, steps: Span): void {
    const c = this.#c;
    const total = extent(c[free]);
    const read = (f: Expr, p: Expr): Expr =>
      substitute(c, operand, { batch, [free]: bounded(f, total), inner: bounded(p, extent(c.inner)) });
    const padded = (f: Expr, p: Expr): Expr =>
      select(apply("lt", f, intConst(total)), read(min(f, total - 1), p), constant(0, c.sum));
    const write = (panel: Block, index: Local): void => {
      const first = panel.let(iadd(span.from, iscale(index, width)), "f");
      const base = panel.let(iscale(index, width * blockSteps), "o");
      const copy = (block: Block, element: (free: Expr, step: Expr) => Expr): void => {
        const row = (inner: Block, p: Local): void => {
          const one = (b1: Block, q: Local): void => {
            const value = element(iadd(first, q), iadd(steps.from, p));
            b1.store(buffer, iadd(iadd(base, iscale(p, width)), q), value);
          };
          inner.for(0, width, one, "q");
        };
        block.for(0, steps.count, row, "p");
      };
      if (total % width === 0) {
        copy(panel, read);
        return;
      }
      panel.if(
        apply("le", iadd(first, width), intConst(total)),
        (then) => copy(then, read),
        (otherwise) => copy(otherwise, padded),
      );
    };
    b.for(0, panels(span, width), write, "panel", 1, buffer.perThread !== true);
  }

  /** All tiles of one block. */
  #multiply(b: Block, place: Place): void {
    const { rows, columns } = place;
    const { width } = this.#right;
    const column = (bj: Block, jp: Local): void => {
      const j = bj.let(iadd(columns.from, iscale(jp, width)), "j");
      const row = (bi: Block, ip: Local): void => {
        const i = bi.let(iadd(rows.from, iscale(ip, panelRows)), "i");
        this.#tile(bi, place, [i, j], [ip, jp]);
      };
      bj.for(0, panels(rows, panelRows), row, "ip");
    };
    b.for(0, panels(columns, width), column, "jp");
  }

  /** The tile at a row and a column, of a panel of each operand. */
  #tile(b: Block, { batch, steps }: Place, [i, j]: readonly Expr[], [ip, jp]: readonly Local[]): void {
    const c = this.#c;
    const [m, n, columns] = [extent(c.row), extent(c.column), this.#right.width];
    const first = steps.from.kind === "const" ? constant(1, "bool") : eq(steps.from, 0);
    const place = (row: Expr, column: Expr): Expr => substitute(c, c.index, { batch, row, column });
    const write = (block: Block, to: Pick<Tile, "first" | "buffer" | "index" | "stride">): void => {
      block.stmts.push({
        kind: "tile",
        rows: panelRows,
        columns,
        length: steps.count,
        a: this.#left.buffer,
        aIndex: iscale(ip, panelRows * blockSteps),
        b: this.#right.buffer,
        bIndex: iscale(jp, columns * blockSteps),
        ...to,
      });
    };
    const inPlace = (block: Block): void =>
      write(block, { first, buffer: c.buffer, index: place(i, block.within(j, 0, n - columns)), stride: n });
    if (m % panelRows === 0 && n % columns === 0) {
      inPlace(b);
      return;
    }
    const whole = (from: Expr, width: number, size: number): Expr =>
      apply("le", iadd(from, width), intConst(size));
    b.if(apply("and", whole(i, panelRows, m), whole(j, columns, n)), inPlace, (block) => {
      write(block, { first: constant(1, "bool"), buffer: this.#edge, index: intConst(0), stride: columns });
      this.#copyEdge(block, [i, j], first, place);
    });
  }

  /** What lies inside the matrix of a tile at its edge. */
  #copyEdge(b: Block, [i, j]: readonly Expr[], first: Expr, place: (row: Expr, column: Expr) => Expr): void {
    const { buffer, row, column } = this.#c;
    const { width } = this.#right;
    const rest = (from: Expr, v: Local, most: number): Expr =>
      bounded(b.let(min(iadd(intConst(extent(v)), iscale(from, -1)), most), "n"), most + 1);
    const [rows, columns] = [rest(i, row, panelRows), rest(j, column, width)];
    b.for(0, rows, (br, r) =>
      br.for(0, columns, (bc, q) => {
        const at = place(iadd(i, r), bc.within(iadd(j, q), 0, extent(column) - 1));
        const value = load(this.#edge, iadd(iscale(r, width), q));
        bc.if(
          first,
          (then) => then.store(buffer, at, value),
          (otherwise) => otherwise.store(buffer, at, apply("add", load(buffer, at), value)),
        );
      }),
    );
  }
}

function packedLoops(c: Contract, threads: number): Stmt[] {
  const b = new Block();
  new PackedProduct(b, c).write(b, threads);
  return b.stmts;
}
