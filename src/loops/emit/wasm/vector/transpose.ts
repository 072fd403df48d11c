/**
 * @file Copies that transpose: `for p { for q { to[… + q] := from[… + p] } }`, where neighbours of one side are far apart on
 * the other. Four by four elements at a time are read along p, and turned in registers, so that both sides are touched in
 * vectors.
 */
import { bitWidth, isBool } from "../../../../dtypes/dtype.ts";
import { range } from "../../../../base/util.ts";
import { iadd, intConst } from "../../../ir/affine.ts";
import { type Expr, type For, type Load, type Local, type Store, numberOf } from "../../../ir/ir.ts";
import { effectsOf } from "../../../ir/effects.ts";
import { operands, replaceLocal } from "../../../ir/traverse.ts";
import { isHalf } from "../../../ir/values.ts";
import type { Ref, WasmModule } from "../generators/module.ts";
import type { FunctionBuilder } from "../function.ts";
import type { ScalarCode } from "../scalar-code.ts";
import { VectorCode } from "./code.ts";
import { type Vector, lowHalves } from "./lanes.ts";
import { rest } from "./loop.ts";
import { Iterations, tripCount } from "./vectorise.ts";

/** A loop that transposes. */
interface Transposition {
  readonly inner: For;
  readonly store: Store;
}

/** What is turned at once. */
const side = 4;

/** Iterations of the inner loop that are written one after another. */
const unrolled = 16;

/** The loops as a transposition, if they are one: of 32- or 64-bit elements, whole groups of them along the inner loop. */
export function transposition(s: For): Transposition | null {
  const [inner] = s.body;
  if (s.body.length !== 1 || inner.kind !== "for" || s.step !== 1 || inner.step !== 1) return null;
  const [store] = inner.body;
  if (inner.body.length !== 1 || store.kind !== "store") return null;
  if (inner.lo.kind !== "const" || numberOf(inner.lo) !== 0 || inner.hi.kind !== "const") return null;
  const { dtype } = store.buffer;
  const trips = tripCount(inner);
  if (trips === 0 || trips % side !== 0 || isBool(dtype) || isHalf(dtype) || bitWidth(dtype) < 32)
    return null;
  if (effectsOf(s).loads.has(store.buffer)) return null;
  const [along, across] = [new Iterations(s), new Iterations(inner)];
  if (across.stride(store.index) !== 1 || along.stride(store.index) === null) return null;
  const loads = loadsOf(store.value);
  const suits = ({ index }: Load): boolean => [0, 1].includes(along.stride(index) ?? -1);
  const turns = ({ index }: Load): boolean =>
    along.stride(index) === 1 && ![0, 1].includes(across.stride(index) ?? 0);
  return loads.every(suits) && loads.some(turns) ? { inner, store } : null;
}

function loadsOf(e: Expr): readonly Load[] {
  const inside = operands(e).flatMap(loadsOf);
  return e.kind === "load" ? [e, ...inside] : inside;
}

/** Writes the loop; `scalarBody` writes one iteration of those that fill no group. */
export function transposedLoop(
  code: ScalarCode,
  s: For,
  { inner, store }: Transposition,
  scalarBody: () => void,
): void {
  const { f } = code;
  const { i32 } = f.m;
  const end = f.hold(code.expr(s.hi), "i32");
  code.assign(s.local, code.expr(s.lo));
  const more = (): Ref => i32.le_s(i32.add(code.read(s.local), i32.const(side)), end());
  const block = (q: Expr): void => turn(code, s, store, inner.local, q);
  const vectors = (): void => {
    if (tripCount(inner) <= unrolled) for (let q = 0; q < tripCount(inner); q += side) block(intConst(q));
    else code.forLoop({ ...inner, step: side }, () => block(inner.local));
    code.assign(s.local, i32.add(code.read(s.local), i32.const(side)));
  };
  f.if(more(), () => f.repeat(vectors, more));
  rest(code, s, end, scalarBody);
}

/** Four by four elements, the first of which is at the loops' present values. */
function turn(code: ScalarCode, s: For, store: Store, inner: Local, q: Expr): void {
  const vector = new VectorCode(code, s, side);
  const { ops } = vector;
  const columns = range(side).map(
    (k) => ops.hold(vector.expr(replaceLocal(inner, iadd(q, k))(store.value))).vectors,
  );
  const { dtype } = store.buffer;
  const rows = bitWidth(dtype) === 64 ? turned64(code.f.m, columns) : turned32(code.f, columns);
  rows.forEach((vectors, p) => {
    const index = replaceLocal(s.local, iadd(s.local, p))(replaceLocal(inner, q)(store.index));
    const { offset, base } = code.address(store.buffer, index);
    ops.store({ dtype, vectors }, offset, base);
  });
}

/** Words of two vectors, in turn: of their lower halves, and of their upper ones. */
const lowWords = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const highWords = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];
/** The upper halves of two vectors. */
const highHalves = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];

const shuffled =
  (m: WasmModule, x: Vector, y: Vector, lanes: readonly number[]): Vector =>
  () =>
    m.i8x16.shuffle(x(), y(), [...lanes]);

function turned32(
  f: FunctionBuilder,
  columns: readonly (readonly Vector[])[],
): readonly (readonly Vector[])[] {
  const [[a], [b], [c], [d]] = columns;
  const hold = (v: Vector): Vector => f.hold(v(), "v128");
  const pair = (x: Vector, y: Vector, lanes: readonly number[]): Vector => hold(shuffled(f.m, x, y, lanes));
  const [low, high] = [lowWords, highWords].map((words) => [pair(a, b, words), pair(c, d, words)] as const);
  return [low, high].flatMap(([x, y]) => [
    [shuffled(f.m, x, y, lowHalves)],
    [shuffled(f.m, x, y, highHalves)],
  ]);
}

/** A row of four 64-bit elements is two vectors, as is a column. */
function turned64(m: WasmModule, columns: readonly (readonly Vector[])[]): readonly (readonly Vector[])[] {
  const [a, b, c, d] = columns;
  return range(side).map((p) => {
    const [half, lanes] = [Math.floor(p / 2), p % 2 === 0 ? lowHalves : highHalves];
    return [shuffled(m, a[half], b[half], lanes), shuffled(m, c[half], d[half], lanes)];
  });
}
