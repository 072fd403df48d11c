/** @file The methods of arrays that index, sort or repeat: too large for programs that do not use them. */
import { refuseMore } from "../base/checks.ts";
import { type ArrayLike, NDArray } from "../core/array.ts";
import type { ArrayMethods, IndexEntry, IndexUpdater } from "../core/methods.ts";
import { type Functions, type LaterMethod, described, passing } from "./array-methods.ts";
import { diagonal, trace } from "./creation/triangular.ts";
import { byteswap, tobytes } from "./dtypes/bytes.ts";
import { choose, compress } from "./indexing/choosing.ts";
import { index, updater } from "./indexing/indexing.ts";
import { nonzero } from "./indexing/nonzero.ts";
import { take } from "./indexing/take.ts";
import { repeat } from "./shapes/repetition.ts";
import { argpartition, argsort, searchsorted, sort } from "./sorting/sorting.ts";
import { ufuncIndexing } from "./ufuncs/ufunc.ts";

const functions = {
  argpartition,
  argsort,
  byteswap,
  choose,
  diagonal,
  nonzero,
  repeat,
  searchsorted,
  sort,
  take,
  tobytes,
  trace,
} satisfies Functions;

const others = {
  compress(this: NDArray, condition: ArrayLike, axis: number | null = null, ...more: []): NDArray {
    refuseMore("compress", 2, more);
    return compress(condition, this, axis);
  },
  slice(this: NDArray, ...entries: IndexEntry[]): NDArray {
    return index(this, entries);
  },
  at(this: NDArray, ...entries: IndexEntry[]): IndexUpdater {
    return updater(this, entries);
  },
} satisfies Omit<Pick<ArrayMethods, LaterMethod>, keyof typeof functions>;

/** Gives arrays these methods. To do so again changes nothing. */
export function installIndexingMethods(): void {
  ufuncIndexing.install({ index, updater });
  Object.defineProperties(NDArray.prototype, {
    ...described(functions, passing),
    ...described(others, (f) => f),
  });
}
