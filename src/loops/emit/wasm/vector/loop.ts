/**
 * @file A loop in vectors: its whole groups of iterations, wide ones first, then the iterations that fill no vector.
 *
 * What the loop accumulates is kept in vectors that begin with the operation's identity, one vector for each width, and is
 * added to the variable once at the end. That order of additions depends on the trip count alone.
 */
import { type For, numberOf } from "../../../ir/ir.ts";
import { identity } from "../../../ir/values.ts";
import type { Ref } from "../generators/module.ts";
import type { ScalarCode } from "../scalar-code.ts";
import { VectorCode } from "./code.ts";
import type { LoopPlan } from "./vectorise.ts";

/** 16, 8, 4 or 1, of which the number of iterations is a multiple. */
export function knownMultiple(s: For): number {
  if (s.lo.kind !== "const" || s.hi.kind !== "const") return 1;
  const trips = Math.max(0, numberOf(s.hi) - numberOf(s.lo));
  return [16, 8, 4].find((n) => trips % n === 0) ?? 1;
}

/**
 * Writes a loop in vectors.
 * @param multiple of which the number of iterations is one: the rest that cannot be is not written.
 * @param scalarBody writes the body for one iteration.
 */
export function vectorLoop(
  code: ScalarCode,
  s: For,
  { lanes, accumulators }: LoopPlan,
  multiple: number,
  scalarBody: () => void,
): void {
  const { f } = code;
  const { i32 } = f.m;
  const end = s.hi.kind === "const" ? (): Ref => code.expr(s.hi) : f.hold(code.expr(s.hi), "i32");
  code.assign(s.local, code.expr(s.lo));
  const widths = lanes === 4 || multiple % lanes === 0 ? [lanes] : [lanes, 4];
  let before: VectorCode | null = null;
  for (const width of widths) {
    const vector: VectorCode = new VectorCode(code, s, width);
    const most = s.hi.kind === "const" && s.lo.kind === "const" ? numberOf(s.hi) - numberOf(s.lo) : Infinity;
    if (most < width) continue;
    vector.prepare(s.body);
    for (const [local, op] of accumulators) {
      vector.bind(
        local,
        before === null
          ? vector.ops.constant(local.dtype, width, identity(op, local.dtype))
          : vector.fold(op, before.read(local)),
      );
    }
    before = vector;
    const more = (): Ref => i32.le_s(i32.add(code.read(s.local), i32.const(width)), end());
    f.if(more(), () =>
      f.repeat(() => {
        vector.stmts(s.body);
        code.assign(s.local, i32.add(code.read(s.local), i32.const(width)));
      }, more),
    );
  }
  if (before !== null) {
    for (const [local, op] of accumulators) {
      code.accumulate(local, op, before.horizontal(op, before.fold(op, before.read(local))));
    }
  }
  if (multiple % 4 !== 0) rest(code, s, end, scalarBody);
}

/** The iterations that fill no vector: from the present one on. */
export function rest(code: ScalarCode, s: For, end: () => Ref, scalarBody: () => void): void {
  const { f } = code;
  const { i32 } = f.m;
  const more = (): Ref => i32.lt_s(code.read(s.local), end());
  f.if(more(), () =>
    f.repeat(() => {
      scalarBody();
      code.assign(s.local, i32.add(code.read(s.local), i32.const(1)));
    }, more),
  );
}
