/** @file Tiles, which are written for WebAssembly alone, as the loops that say what they compute: for the interpreter. */
import { iadd, iscale } from "../../src/loops/ir/affine.ts";
import { Block, apply, constant, load } from "../../src/loops/ir/build.ts";
import type { Observer } from "../../src/loops/emit/interpreter.ts";
import type { Stmt, Tile } from "../../src/loops/ir/ir.ts";

/** Each element of a tile: its sum continued, or begun, in the buffer's dtype. */
export function tileLoops(s: Tile): readonly Stmt[] {
  const block = new Block();
  block.for(0, s.rows, (b1, row) =>
    b1.for(0, s.columns, (b2, column) => {
      const at = iadd(iadd(s.index, iscale(row, s.stride)), column);
      const sum = b2.variable(constant(0, s.buffer.dtype), "sum");
      b2.if(
        s.first,
        () => undefined,
        (goesOn) => goesOn.set(sum, load(s.buffer, at)),
      );
      b2.for(0, s.length, (b3, k) => {
        const place =
          s.aRow === undefined ? iadd(iscale(k, s.rows), row) : iadd(apply("mul", row, s.aRow), k);
        const x = load(s.a, iadd(s.aIndex, place));
        const y = load(s.b, iadd(iadd(s.bIndex, iscale(k, s.columns)), column));
        b3.accumulate(sum, "add", apply("mul", x, y));
      });
      b2.store(s.buffer, at, sum);
    }),
  );
  return block.stmts;
}

/** Lets the interpreter run tiles, and watches nothing. */
export const runsTiles: Observer = { access: () => undefined, iteration: () => undefined, tile: tileLoops };
