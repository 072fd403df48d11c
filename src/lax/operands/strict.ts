/** @file Operands of lax functions: scalars and weak types adopt the dtype of the others, but strong dtypes must agree. */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { promote } from "./convert.ts";

/** Operands ready to bind. Strong dtypes that differ are left to the primitive's own error. */
export function promoteStrict(name: string, ...xs: readonly ArrayLike[]): readonly NDArray[] {
  let strong: string | null = null;
  let same = true;
  let mixed = false;
  const [first] = xs;
  for (const x of xs) {
    if (!(x instanceof NDArray)) {
      same = false;
      continue;
    }
    if (first instanceof NDArray && x.dtype !== first.dtype) same = false;
    if (x.weakType) continue;
    if (strong !== null && strong !== x.dtype) mixed = true;
    strong = x.dtype;
  }
  if (same || (mixed && xs.every((x) => x instanceof NDArray))) return xs as readonly NDArray[];
  return promote(name, ...xs);
}
