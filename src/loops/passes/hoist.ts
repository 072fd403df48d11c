/** @file Moves the allocation of temporaries out of loops and branches to the beginning of the program. */
import type { Stmt } from "../ir/ir.ts";
import { mapBodies } from "../ir/rewrite.ts";

export function hoistAllocations(stmts: readonly Stmt[]): Stmt[] {
  const found: Stmt[] = [];
  const strip = (list: readonly Stmt[]): Stmt[] =>
    list.flatMap((s) => {
      if (s.kind !== "alloc") return [mapBodies(s, strip)];
      found.push(s);
      return [];
    });
  const rest = strip(stmts);
  return [...found, ...rest];
}
