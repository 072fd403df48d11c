/**
 * @file Contractions for WebAssembly: small ones as loops that vectorise, large ones in packed panels (packed.ts).
 */
import { isHalf } from "../../ir/values.ts";
import { Block, apply, cast, load } from "../../ir/build.ts";
import {
  contractLoops,
  contractVariable,
  epilogueLoops,
  extent,
  isRanged,
  mostOf,
  over,
  substitute,
} from "../../ir/contract.ts";
import { effectsOfExprs } from "../../ir/effects.ts";
import { type Contract, type Expr, type Stmt, numberOf } from "../../ir/ir.ts";
import { eachPlace, packedLoops, strideOf } from "./packed.ts";

/** Products below which packing does not pay. */
const smallWork = 20_000;

/** Products, of ranges that are known when they run, below which threads do not share them: most are smaller. */
const sharedWork = 2 ** 23;

/** The statements of a contraction, for so many threads, or for one of those that share the loop around it. */
export function contractWasm(given: Contract, threads: number, isShared = false): readonly Stmt[] {
  const c = narrowed(given);
  const [m, n, k] = [mostOf(c, "row"), mostOf(c, "column"), mostOf(c, "inner")];
  const packs = c.sum === "float32" || c.sum === "float64";
  if (!packs || m * n * k < smallWork || m < 8 || n < 8 || k < 8) return smallLoops(c);
  const direct = c.buffer.dtype === c.sum;
  if (isRanged(c)) {
    if (!direct || strideOf(c) === null) return smallLoops(c);
    return packedLoops(c, m * n * k < sharedWork ? 1 : threads, isShared);
  }
  return direct ? packedLoops(c, threads, isShared) : viaBuffer(c, threads, isShared);
}

/**
 * Loops over rows, columns and terms. Factors of a row that are read where results are written are copied before: then
 * columns run in vectors, and the copy is what all of them read.
 */
function smallLoops(c: Contract): Stmt[] {
  if (!effectsOfExprs([c.x]).loads.has(c.buffer) || mostOf(c, "column") < 4) return contractLoops(c);
  const b = new Block();
  b.origin = c.origin;
  const factors = b.alloc(c.sum, extent(c.inner), "factors", true);
  over(b, c, "batch", (b1, batch) =>
    over(b1, c, "row", (b2, row) => {
      over(b2, c, "inner", (b3, inner) =>
        b3.store(factors, inner, substitute(c, c.x, { batch, row, inner })),
      );
      const { epilogue: _later, ...plain } = c;
      const fixed = (e: Expr): Expr => substitute(c, e, { batch, row });
      const columns = {
        ...plain,
        batch: contractVariable("b", 1),
        row: contractVariable("i", 1),
        rowLo: undefined,
        rowHi: undefined,
        x: load(factors, c.inner),
        y: fixed(c.y),
        index: fixed(c.index),
        base: c.base && fixed(c.base),
      };
      b2.stmts.push(...contractLoops(columns));
    }),
  );
  b.stmts.push(...epilogueLoops(c));
  return b.stmts;
}

/** Products of float32 are added in float32: the loop IR asks for float64, which vectors would pay for twice. */
function narrowed(c: Contract): Contract {
  const outIsNarrow = c.buffer.dtype === "float32" || isHalf(c.buffer.dtype);
  if (c.sum !== "float64" || !outIsNarrow) return c;
  const from = (e: Expr | undefined): Expr | null => {
    if (e?.kind === "op" && e.op === "neg") {
      const arg = from(e.args[0]);
      return arg && apply("neg", arg);
    }
    if (e?.kind === "const" && Math.fround(numberOf(e)) === e.value) return cast(e, "float32");
    const narrow = e?.kind === "cast" && (e.arg.dtype === "float32" || isHalf(e.arg.dtype));
    return narrow ? cast(e.arg, "float32") : null;
  };
  const [x, y, base] = [c.x, c.y, c.base].map(from);
  if (x === null || y === null) return c;
  if (c.base === undefined) return { ...c, x, y, sum: "float32" };
  return base === null ? c : { ...c, x, y, base, sum: "float32" };
}

/** Sums in a buffer of their own, converted afterwards. */
function viaBuffer(c: Contract, threads: number, isShared: boolean): Stmt[] {
  const size = c.buffer.size;
  const b = new Block();
  b.origin = c.origin;
  const sums = b.alloc(c.sum, size, "sums", isShared);
  const { epilogue: _later, base, ...plain } = c;
  b.stmts.push(...packedLoops({ ...plain, buffer: sums }, threads, isShared));
  eachPlace(b, c, (inner, at) => {
    const index = substitute(c, c.index, at);
    const sum = load(sums, index);
    const whole = base === undefined ? sum : apply("add", substitute(c, base, at), sum);
    inner.store(c.buffer, index, cast(whole, c.buffer.dtype));
  });
  b.stmts.push(...epilogueLoops(c));
  return b.stmts;
}
