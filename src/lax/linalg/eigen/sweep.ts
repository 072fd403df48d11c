/**
 * @file Rotations of one iteration step: each turns a row and the next one. They are kept while the step goes on, and then applied
 * to a matrix in one pass, in which every row is read and written once and the row between two rotations stays where it is computed.
 */
import { type Block, add, cast, load, mul, sub } from "../../../loops/ir/build.ts";
import { iadd, intConst, iscale } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../../loops/ir/ir.ts";
import type { Matrix } from "../elements/matrix.ts";

export class Sweep {
  readonly rows: Matrix<Expr>;
  readonly #cos: Buffer;
  readonly #sin: Buffer;

  /** For rotations of some matrix, in its dtype. */
  constructor(b: Block, rows: Matrix<Expr>) {
    this.rows = rows;
    this.#cos = b.alloc(rows.dtype, rows.rows, "cosines");
    this.#sin = b.alloc(rows.dtype, rows.rows, "sines");
  }

  /** Rotation number `step` of a sweep: (p, q) becomes (c·p + s·q, c·q − s·p). */
  put(b: Block, step: Expr, c: Expr, s: Expr): void {
    b.store(this.#cos, step, cast(c, this.rows.dtype));
    b.store(this.#sin, step, cast(s, this.rows.dtype));
  }

  /** Applies the first rotations to row `start` and the one after it (with −1 before it), that one and the next, and so on. */
  apply(b: Block, start: Expr, count: Expr, direction: 1 | -1): void {
    const { cols, places } = this.rows;
    const [{ buffer, base }] = places;
    const first = b.snapshot(start, "first");
    const at = (step: Expr, j: Expr): Expr =>
      iadd(iadd(base, iscale(iadd(first, iscale(step, direction)), cols)), j);
    b.for(
      0,
      cols,
      (y, j) => {
        const p = y.variable(load(buffer, at(intConst(0), j)), "p");
        y.for(
          0,
          count,
          (z, step) => {
            const [c, s] = [load(this.#cos, step), load(this.#sin, step)];
            const q = z.snapshot(load(buffer, at(iadd(step, 1), j)), "q");
            z.store(buffer, at(step, j), add(mul(c, p), mul(s, q)));
            z.set(p, sub(mul(c, q), mul(s, p)));
          },
          "step",
        );
        y.store(buffer, at(count, j), p);
      },
      "j",
    );
  }
}
