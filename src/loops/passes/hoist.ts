/** @file Moves the allocation of temporaries out of loops and branches to the beginning of the program. */
import type { Stmt } from "../ir/ir.ts";
import { replaceStmts } from "../ir/traverse.ts";

export function hoistAllocations(stmts: readonly Stmt[]): readonly Stmt[] {
  const allocations: Stmt[] = [];
  const rest = replaceStmts(stmts, (s) => {
    if (s.kind !== "alloc") return null;
    allocations.push(s);
    return [];
  });
  return [...allocations, ...rest];
}
