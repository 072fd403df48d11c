/** @file The passes over loop programs, in order. Each is a pure function of programs; checks run after each in tests. */
import { config } from "../../base/config.ts";
import { checkProgram } from "../ir/check.ts";
import { collapseLoops } from "./collapse.ts";
import type { Program } from "../ir/ir.ts";
import { coalesceCopies } from "./coalesce.ts";
import { attachEpilogues } from "./epilogue.ts";
import { forwardValues } from "./forward.ts";
import { fuseLoops } from "./fuse.ts";
import { hoistAllocations } from "./hoist.ts";
import { narrowTemporaries } from "./narrow.ts";
import { planMemory } from "./memory.ts";
import { straightenLoops } from "./straighten.ts";
import { unrollLoops } from "./unroll.ts";

export interface Pass {
  readonly name: string;
  readonly run: (program: Program) => Program;
}

export const passes: readonly Pass[] = [
  { name: "hoist", run: (p) => ({ ...p, body: hoistAllocations(p.body) }) },
  { name: "coalesce", run: coalesceCopies },
  { name: "fuse", run: (p) => ({ ...p, body: fuseLoops(p.body) }) },
  { name: "forward", run: forwardValues },
  { name: "narrow", run: narrowTemporaries },
  { name: "epilogue", run: attachEpilogues },
  { name: "collapse", run: (p) => ({ ...p, body: collapseLoops(p.body) }) },
  { name: "straighten", run: straightenLoops },
  { name: "unroll", run: unrollLoops },
  { name: "memory", run: planMemory },
];

/** Runs all passes. */
export function optimize(program: Program): Program {
  let out = program;
  for (const pass of passes) {
    out = pass.run(out);
    if (config.values.enableChecks) checkProgram(out);
  }
  return out;
}
