/** @file The equations that run other programs: loops and branches, with their bodies and how often these run. */
import type { ClosedJaxpr, Eqn } from "../../core/jaxpr/ir.ts";
import { subJaxprs } from "../../core/jaxpr/ir.ts";
import { type CondParams, condP } from "../../control-flow/branches/cond.ts";
import type { ScanParams, WhileParams } from "../../control-flow/loops/params.ts";
import { scanP } from "../../control-flow/loops/scan.ts";
import { whileP } from "../../control-flow/loops/while.ts";
import { looked } from "./traced.ts";

/** One of the programs that an equation runs. */
export interface Body {
  readonly label: string;
  /** Simplified. */
  readonly jaxpr: ClosedJaxpr;
}

/** What an equation runs: each body `times` (null: as often as the data say), or one of them. */
export interface Bodies {
  readonly kind: "loop" | "branches" | "other";
  readonly times: number | null;
  readonly bodies: readonly Body[];
}

const isScan = (e: Eqn): e is Eqn & { readonly params: ScanParams } => e.primitive === scanP;
const isWhile = (e: Eqn): e is Eqn & { readonly params: WhileParams } => e.primitive === whileP;
const isCond = (e: Eqn): e is Eqn & { readonly params: CondParams } => e.primitive === condP;

/** The bodies of an equation; null for one that has none. Those of other primitives than loops and branches run as they like. */
export function bodiesOf(eqn: Eqn): Bodies | null {
  if (isScan(eqn)) {
    const { length, jaxpr } = eqn.params;
    return { kind: "loop", times: length, bodies: [{ label: `${length} times`, jaxpr: looked(jaxpr) }] };
  }
  if (isWhile(eqn)) {
    const { cond, body } = eqn.params;
    const bodies = [
      { label: "while", jaxpr: looked(cond) },
      { label: "do", jaxpr: looked(body) },
    ];
    return { kind: "loop", times: null, bodies };
  }
  if (isCond(eqn)) {
    const { branches } = eqn.params;
    const named = branches.length === 2 ? ["else", "then"] : branches.map((_, i) => `case ${i}`);
    const bodies = branches.map((jaxpr, i) => ({ label: named[i], jaxpr: looked(jaxpr) }));
    return { kind: "branches", times: 1, bodies };
  }
  const others = subJaxprs(eqn.params);
  if (others.length === 0) return null;
  return {
    kind: "other",
    times: null,
    bodies: others.map((jaxpr) => ({ label: eqn.primitive.name, jaxpr: looked(jaxpr) })),
  };
}
