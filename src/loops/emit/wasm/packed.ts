/**
 * @file Products in packed panels, register-blocked.
 *
 * Packing copies a block of each operand into panels that the inner kernel (a `tile` statement) reads one element after
 * another: panels of two rows, and of 16 (float32) or 8 (float64) columns, which keeps accumulators and operands within
 * V8's vector registers. Whatever the layout of an operand is, or what is computed to get its elements, happens while it is
 * packed. A left operand whose rows lie in memory as they are needed is read where it is. Source: K. Goto and R. van de
 * Geijn, "Anatomy of high-performance matrix multiplication" (2008).
 */
import { factorOf, iadd, idiv, intConst, iscale, isub, keyOf, termsOf } from "../../ir/affine.ts";
import { Block, apply, constant, eq, load, select } from "../../ir/build.ts";
import {
  type ContractVariable,
  epilogueLoops,
  extent,
  mostOf,
  over,
  rangeOfVariable,
  substitute,
} from "../../ir/contract.ts";
import { effectsOfExprs } from "../../ir/effects.ts";
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

/** How far apart the rows of the result lie, if its columns are adjacent. */
export function strideOf(c: Contract): number | null {
  return factorOf(c.index, c.column) === 1 ? factorOf(c.index, c.row) : null;
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

/** Is a count known to be a multiple of some width? */
const isWhole = (count: Expr, width: number): boolean =>
  count.kind === "const" && numberOf(count) % width === 0;

/** How many panels of some width hold the elements of a span. */
const panels = (span: Span, width: number): Expr => idiv(iadd(span.count, width - 1), width);

/** A variable's range in spans of a length, and what is left. */
function spans(
  b: Block,
  c: Contract,
  v: ContractVariable,
  length: number,
  name: string,
  body: (b: Block, span: Span) => void,
  parallel = false,
): void {
  const [lo, hi] = rangeOfVariable(c, v);
  const whole = isub(hi, lo);
  const most = mostOf(c, v);
  if (most <= length) {
    body(b, { from: lo, count: bounded(b.let(whole, "n"), most + 1) });
    return;
  }
  const isMultiple = whole.kind === "const" && numberOf(whole) % length === 0;
  const write = (inner: Block, from: Local): void => {
    const rest = (): Expr => bounded(inner.let(min(isub(hi, from), length), "n"), length + 1);
    const last = lo.kind === "const" ? Math.floor((most - 1) / length) * length + numberOf(lo) : c[v].hi;
    body(inner, { from: { ...from, hi: last }, count: isMultiple ? intConst(length) : rest() });
  };
  b.for(lo, hi, write, name, length, parallel, extent(c[v]));
}

/** Every place of the result of a contraction. */
export function eachPlace(
  b: Block,
  c: Contract,
  body: (b: Block, at: { readonly batch: Expr; readonly row: Expr; readonly column: Expr }) => void,
): void {
  over(b, c, "batch", (b1, batch) =>
    over(b1, c, "row", (b2, row) => over(b2, c, "column", (b3, column) => body(b3, { batch, row, column }))),
  );
}

/** Do so many from `from` on come before the end? */
const fits = (from: Expr, width: number, end: Expr): Expr => apply("le", iadd(from, width), end);

/** A left operand that is read where it is: the elements of a row are adjacent. */
interface Rows {
  readonly buffer: Buffer;
  readonly index: Expr;
  /** How far apart rows are. */
  readonly stride: number;
}

/** The left operand as rows in memory, if it is that. */
function rowsOf(c: Contract): Rows | null {
  const { x } = c;
  if (x.kind !== "load" || x.buffer.dtype !== c.sum) return null;
  const [stride, step] = [c.row, c.inner].map((v) => factorOf(x.index, v));
  const fixed = termsOf(x.index).terms.filter(({ atom }) => atom.kind !== "local");
  const { uses } = effectsOfExprs(fixed.map(({ atom }) => atom));
  const isSum = !uses.has(c.row.id) && !uses.has(c.inner.id);
  return isSum && step === 1 && stride >= 0 ? { buffer: x.buffer, index: x.index, stride } : null;
}

/** Writes the loops of one contraction in packed panels. */
class PackedProduct {
  readonly #c: Contract;
  readonly #left: Panels | Rows;
  readonly #right: Panels;
  /** For tiles of which a part lies outside the matrix. */
  readonly #edge: Buffer;
  /** The most steps of a block. */
  readonly #steps: number;
  /** Does the result hold what sums are added to? */
  readonly #adds: boolean;
  readonly #stride: number;

  constructor(b: Block, c: Contract, isShared: boolean) {
    this.#c = c;
    this.#steps = Math.min(blockSteps, mostOf(c, "inner"));
    const panelSize = (limit: number, v: ContractVariable, width: number): number =>
      Math.ceil(Math.min(limit, mostOf(c, v)) / width) * width * this.#steps;
    const columns = c.sum === "float32" ? 16 : 8;
    this.#left = rowsOf(c) ?? {
      operand: c.x,
      free: "row",
      buffer: b.alloc(c.sum, panelSize(blockRows, "row", panelRows), "left", true),
      width: panelRows,
    };
    const right = b.alloc(c.sum, panelSize(blockColumns, "column", columns), "right", isShared);
    this.#right = { operand: c.y, free: "column", buffer: right, width: columns };
    this.#edge = b.alloc(c.sum, panelRows * columns, "edge", true);
    // Without a step there is no tile either.
    this.#adds = c.base !== undefined || rangeOfVariable(c, "inner").some((e) => e.kind !== "const");
    this.#stride = strideOf(c) ?? extent(c.column);
  }

  write(b: Block, threads: number): void {
    const c = this.#c;
    this.#begin(b);
    over(b, c, "batch", (b0, batch) =>
      spans(b0, c, "column", blockColumns, "jc", (b1, columns) =>
        spans(b1, c, "inner", blockSteps, "pc", (b2, steps) => {
          this.#pack(b2, this.#right, batch, columns, steps, threads > 1);
          const block = (b3: Block, rows: Span): void => {
            if ("width" in this.#left) this.#pack(b3, this.#left, batch, rows, steps);
            this.#multiply(b3, { batch, rows, columns, steps });
            this.#finish(b3, { batch, rows, columns, steps });
          };
          spans(b2, c, "row", rowsPerBlock(mostOf(c, "row"), threads), "ic", block, threads > 1);
        }),
      ),
    );
  }

  /** What the sums are added to is put in their place, unless it is there. */
  #begin(b: Block): void {
    const c = this.#c;
    const { base } = c;
    const isThere = base?.kind === "load" && base.buffer === c.buffer && keyOf(base.index) === keyOf(c.index);
    if (!this.#adds || isThere) return;
    eachPlace(b, c, (inner, at) => {
      const value = base === undefined ? constant(0, c.sum) : substitute(c, base, at);
      inner.store(c.buffer, substitute(c, c.index, at), value);
    });
  }

  /** The work behind the sums, which are complete with the last steps. */
  #finish(b: Block, { rows, columns, steps }: Place): void {
    const end = ({ from, count }: Span): readonly [Expr, Expr] => [from, iadd(from, count)];
    const finish = epilogueLoops(this.#c, end(rows), end(columns));
    if (finish.length === 0) return;
    const [, k] = rangeOfVariable(this.#c, "inner");
    if (mostOf(this.#c, "inner") <= blockSteps) b.stmts.push(...finish);
    else b.if(apply("ge", iadd(steps.from, blockSteps), k), (last) => last.stmts.push(...finish));
  }

  /** Packs a span of one operand in panels of its free variable. */
  #pack(
    b: Block,
    { operand, free, buffer, width }: Panels,
    batch: Expr,
    span: Span,
    steps: Span,
    parallel = false,
  ): void {
    const c = this.#c;
    const [lo, total] = rangeOfVariable(c, free);
    const read = (f: Expr, p: Expr): Expr =>
      substitute(c, operand, {
        batch,
        [free]: bounded(f, extent(c[free])),
        inner: bounded(p, extent(c.inner)),
      });
    const padded = (f: Expr, p: Expr): Expr =>
      select(apply("lt", f, total), read(apply("min", f, iadd(total, -1)), p), constant(0, c.sum));
    const write = (panel: Block, index: Local): void => {
      const first = panel.let(iadd(span.from, iscale(index, width)), "f");
      const base = panel.let(iscale(index, width * this.#steps), "o");
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
      if (isWhole(isub(total, lo), width)) {
        copy(panel, read);
        return;
      }
      panel.if(
        apply("le", iadd(first, width), total),
        (then) => copy(then, read),
        (otherwise) => copy(otherwise, padded),
      );
    };
    b.for(0, panels(span, width), write, "panel", 1, parallel);
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
    const columns = this.#right.width;
    const [[rowLo, m], [columnLo, n]] = [rangeOfVariable(c, "row"), rangeOfVariable(c, "column")];
    const first = this.#adds
      ? constant(0, "bool")
      : steps.from.kind === "const"
        ? constant(1, "bool")
        : eq(steps.from, rangeOfVariable(c, "inner")[0]);
    const place = (row: Expr, column: Expr): Expr => substitute(c, c.index, { batch, row, column });
    const left = this.#left;
    const isWholeRow = isWhole(isub(m, rowLo), panelRows);
    // The row behind the last one is read as that one again.
    const apart = (r: Rows): Expr =>
      isWholeRow ? intConst(r.stride) : select(fits(i, panelRows, m), intConst(r.stride), intConst(0));
    const from =
      "width" in left
        ? { a: left.buffer, aIndex: iscale(ip, panelRows * this.#steps) }
        : {
            a: left.buffer,
            aIndex: substitute(c, left.index, { batch, row: i, inner: steps.from }),
            aRow: apart(left),
          };
    const write = (block: Block, to: Pick<Tile, "first" | "buffer" | "index" | "stride">): void => {
      block.stmts.push({
        kind: "tile",
        rows: panelRows,
        columns,
        length: steps.count,
        ...from,
        b: this.#right.buffer,
        bIndex: iscale(jp, columns * this.#steps),
        ...to,
      });
    };
    const inPlace = (block: Block): void => {
      const index = place(i, block.within(j, 0, extent(c.column) - columns));
      write(block, { first, buffer: c.buffer, index, stride: this.#stride });
    };
    if (isWholeRow && isWhole(isub(n, columnLo), columns)) {
      inPlace(b);
      return;
    }
    b.if(apply("and", fits(i, panelRows, m), fits(j, columns, n)), inPlace, (block) => {
      write(block, { first: constant(1, "bool"), buffer: this.#edge, index: intConst(0), stride: columns });
      this.#copyEdge(block, [i, j], first, place);
    });
  }

  /** What lies inside the matrix of a tile at its edge. */
  #copyEdge(b: Block, [i, j]: readonly Expr[], first: Expr, place: (row: Expr, column: Expr) => Expr): void {
    const { buffer, column } = this.#c;
    const { width } = this.#right;
    const rest = (from: Expr, v: ContractVariable, most: number): Expr =>
      bounded(b.let(min(isub(rangeOfVariable(this.#c, v)[1], from), most), "n"), most + 1);
    const [rows, columns] = [rest(i, "row", panelRows), rest(j, "column", width)];
    b.for(0, rows, (br, r) =>
      br.for(0, columns, (bc, q) => {
        const at = place(iadd(i, r), bc.within(iadd(j, q), 0, column.hi));
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

/** The loops of a contraction in packed panels, for so many threads, or for one of those that share the loop around it. */
export function packedLoops(c: Contract, threads: number, isShared: boolean): Stmt[] {
  const b = new Block();
  b.origin = c.origin;
  new PackedProduct(b, c, isShared).write(b, threads);
  return b.stmts;
}
