/**
 * @file Copies of two neighbours at a time, `for q in 0 … 2 { to[… + q] := from[… + q] }`: one load and one store of twice the width.
 * Panels of two rows are packed so from a matrix that holds columns.
 */
import { bitWidth, isBool } from "../../../../dtypes/dtype.ts";
import { factorOf, intConst, rangeOf } from "../../../ir/affine.ts";
import { type For, type Load, type Store, plainExtent } from "../../../ir/ir.ts";
import { replaceLocal } from "../../../ir/traverse.ts";
import type { ScalarCode } from "../scalar-code.ts";

/** What is copied, in terms of the loop's variable. */
interface PairCopy {
  readonly load: Load;
  readonly store: Store;
}

/** The loop as such a copy, if it is one: of 32- or 64-bit elements. */
export function pairCopy(s: For): PairCopy | null {
  const [store] = s.body;
  if (s.body.length !== 1 || store.kind !== "store" || plainExtent(s) !== 2) return null;
  const load = store.value;
  if (load.kind !== "load" || load.buffer === store.buffer || isBool(load.dtype) || bitWidth(load.dtype) < 32)
    return null;
  const isAdjacent = [load.index, store.index].every(
    (index) => factorOf(index, s.local) === 1 && rangeOf(index)[0] >= 0,
  );
  return isAdjacent ? { load, store } : null;
}

/** Writes the copy. */
export function copyPair(code: ScalarCode, s: For, { load, store }: PairCopy): void {
  const { m } = code.f;
  const first = replaceLocal(s.local, intConst(0));
  const [from, to] = [
    code.address(load.buffer, first(load.index)),
    code.address(store.buffer, first(store.index)),
  ];
  const bytes = bitWidth(load.dtype) / 8;
  code.f.push(
    bytes === 4
      ? m.i64.store(to.offset, bytes, to.base(), m.i64.load(from.offset, bytes, from.base()))
      : m.v128.store(to.offset, bytes, to.base(), m.v128.load(from.offset, bytes, from.base())),
  );
}
