/**
 * @file Rotations of the steps of an iteration, each of which turns a row and the next one, the one after that, and so on. They are
 * kept, and the rotations of several steps applied together: to a few columns, which lie together and fit the nearest cache, after the
 * others. The row between two rotations stays where it is computed. (F. G. Van Zee, R. A. van de Geijn and G. Quintana-Ortí,
 * "Restructuring the tridiagonal and bidiagonal QR algorithms for performance", 2014.)
 */
import { type Block, add, cast, constant, ge, load, mul, sub } from "../../../loops/ir/build.ts";
import { iadd, imod, idiv, intConst, iscale } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr, Local } from "../../../loops/ir/ir.ts";
import { invariant } from "../../../base/util.ts";
import { type Matrix, rotateRows } from "../elements/matrix.ts";

/** Rotations are applied once there are so many for each row. */
const capacity = 8;

/** Columns that lie together. */
const panel = 16;

/** Rows below which it does not pay to keep rotations. */
const directSize = 16;

export class Sweeps {
  readonly #rows: Matrix<Expr>;
  /** Few short rows are turned at once. */
  readonly #isDirect: boolean;
  readonly #panels: number;
  /** The rows, some columns after the others. */
  readonly #packed: Buffer;
  readonly #cos: Buffer;
  readonly #sin: Buffer;
  /** Of each sequence of rotations, its first row, how far its rows are apart, its number of rotations, and the first of them. */
  readonly #sequences: Buffer;
  /** How many sequences are kept, and how many rotations. */
  #counts: { readonly sequences: Local; readonly rotations: Local } | null = null;

  /** For the rows of a matrix, in its dtype. */
  constructor(b: Block, rows: Matrix<Expr>) {
    this.#rows = rows;
    this.#isDirect = rows.rows < directSize;
    this.#panels = Math.ceil(rows.cols / panel);
    this.#packed = b.alloc(rows.dtype, this.#isDirect ? 0 : this.#panels * panel * rows.rows, "packed");
    // What one step adds finds room.
    const most = this.#isDirect ? 0 : (capacity + 1) * rows.rows;
    this.#cos = b.alloc(rows.dtype, most, "cosines");
    this.#sin = b.alloc(rows.dtype, most, "sines");
    this.#sequences = b.alloc("int32", 4 * most, "sequences");
  }

  get #kept(): { readonly sequences: Local; readonly rotations: Local } {
    invariant(this.#counts !== null, "rotations before there are rows");
    return this.#counts;
  }

  /** The place of an element of what is packed. */
  #at(p: Expr, row: Expr, lane: Expr): Expr {
    const size = panel * this.#rows.rows;
    return iadd(iadd(iscale(p, size), iscale(row, panel)), lane);
  }

  /** Takes the rows. */
  begin(b: Block): void {
    if (this.#isDirect) return;
    this.#counts = {
      sequences: b.variable(intConst(0), "sequenceCount"),
      rotations: b.variable(intConst(0), "rotationCount"),
    };
    const { cols, dtype } = this.#rows;
    if (cols % panel !== 0)
      b.for(0, this.#packed.size, (y, i) => y.store(this.#packed, i, constant(0, dtype)));
    this.#eachElement(b, (y, packed, i, j) =>
      y.store(this.#packed, packed, cast(this.#rows.at(i, j), dtype)),
    );
  }

  #eachElement(b: Block, body: (b: Block, packed: Expr, i: Expr, j: Expr) => void): void {
    const { rows, cols } = this.#rows;
    b.nest([rows, cols], (y, [i, j]) => body(y, this.#at(idiv(j, panel), i, imod(j, panel)), i, j));
  }

  /** Rotation number `step` of a sequence: rows (p, q) become (c·p + s·q, c·q − s·p), and q is the next one's p. */
  put(b: Block, step: Expr, [p, q]: readonly [Expr, Expr], c: Expr, s: Expr): void {
    if (this.#isDirect) {
      const [cosine, sine] = [b.snapshot(c, "cos"), b.snapshot(s, "sin")];
      rotateRows(b, this.#rows.row(p), this.#rows.row(q), cosine, sine, [0, this.#rows.cols]);
      return;
    }
    const at = b.let(add(this.#kept.rotations, step), "at");
    b.store(this.#cos, at, cast(c, this.#rows.dtype));
    b.store(this.#sin, at, cast(s, this.#rows.dtype));
  }

  /** The rotations that were put are of row `start` and the one `by` further, then of that and the next. A step keeps at most one for each row. */
  keep(b: Block, start: Expr, by: Expr, count: Expr): void {
    if (this.#isDirect) return;
    const { sequences, rotations } = this.#kept;
    const first = b.let(mul(sequences, 4), "sequence");
    [start, by, count, rotations].forEach((e, i) => b.store(this.#sequences, iadd(first, i), e));
    b.set(sequences, add(sequences, 1));
    b.set(rotations, add(rotations, count));
  }

  /** A step has been taken. */
  next(b: Block): void {
    if (this.#isDirect) return;
    b.if(ge(this.#kept.rotations, (capacity - 1) * this.#rows.rows), (y) => this.#apply(y));
  }

  #apply(b: Block): void {
    const { sequences, rotations } = this.#kept;
    const count = b.snapshot(sequences, "count");
    b.for(0, this.#panels, (y, p) =>
      y.for(0, count, (z, k) => {
        const sequence = [0, 1, 2, 3].map((i) =>
          z.snapshot(load(this.#sequences, iadd(iscale(k, 4), i)), "sequence"),
        );
        z.for(0, panel, (x, lane) => this.#turn(x, p, lane, sequence), "lane");
      }),
    );
    b.set(sequences, intConst(0));
    b.set(rotations, intConst(0));
  }

  #turn(b: Block, p: Expr, lane: Expr, [start, by, count, first]: readonly Expr[]): void {
    const buffer = this.#packed;
    const row = (y: Block, step: Expr): Expr => y.snapshot(add(start, mul(by, step)), "row");
    const x = b.variable(load(buffer, this.#at(p, start, lane)), "p");
    b.for(
      0,
      count,
      (y, step) => {
        const c = y.snapshot(load(this.#cos, iadd(first, step)), "c");
        const s = y.snapshot(load(this.#sin, iadd(first, step)), "s");
        const [here, there] = [row(y, step), row(y, iadd(step, 1))];
        const q = y.snapshot(load(buffer, this.#at(p, there, lane)), "q");
        y.store(buffer, this.#at(p, here, lane), add(mul(c, x), mul(s, q)));
        y.set(x, sub(mul(c, q), mul(s, x)));
      },
      "step",
    );
    b.store(buffer, this.#at(p, row(b, count), lane), x);
  }

  /** Turns two rows that need not be neighbours. */
  rotate(b: Block, i: Expr, k: Expr, c: Expr, s: Expr): void {
    this.put(b, intConst(0), [i, k], c, s);
    this.keep(b, i, b.let(sub(k, i), "by"), intConst(1));
  }

  /** Gives the rows back. */
  finish(b: Block): void {
    if (this.#isDirect) return;
    this.#apply(b);
    this.#eachElement(b, (y, packed, i, j) =>
      this.#rows.put(y, i, j, cast(load(this.#packed, packed), "float64")),
    );
  }
}
