/**
 * @file tanh x beside its slope: what the slope computes, u = e⁻²ᵃ/(e⁻²ᵃ + 1) for a = |x|, is all that tanh x = ±(1 − 2u) needs
 * where x is not small. Where a block has both, the value is made from it: one exponential and one division less.
 *
 *   let t = exp(mul(abs(x), -2));  let u = div(t, add(t, 1));  … tanh(x) …   →   … tanhFrom(x, u) …
 */
import { apply } from "../ir/expressions.ts";
import type { Expr, Program, Stmt } from "../ir/ir.ts";
import type { OpName } from "../ir/scalar.ts";
import {
  mapBodies,
  mapExprs,
  rewriter,
  someStmt,
  stmtAssigns,
  stmtExprs,
  visitExpr,
  visitStmts,
} from "../ir/traverse.ts";

type Let = Extract<Stmt, { kind: "let" | "var" | "set" }>;

const isConst = (e: Expr | undefined, value: number): boolean => e?.kind === "const" && e.value === value;

/** The operands of an operation of this name, or none. */
const argsOf = (e: Expr | undefined, op: OpName): readonly Expr[] =>
  e?.kind === "op" && e.op === op ? e.args : [];

/** The number of the variable x of which this is e⁻²ᵃ, or null. */
function exponentOf(e: Expr | undefined): number | null {
  const [twice] = argsOf(e, "exp");
  const [size, factor] = argsOf(twice, "mul");
  const [x] = argsOf(size, "abs");
  return x?.kind === "local" && isConst(factor, -2) ? x.id : null;
}

/** Of each x in a block whose slope it computes, by its number: the definitions of e⁻²ᵃ, of the sum and of u, in order. */
function slopesOf(stmts: readonly Stmt[]): ReadonlyMap<number, readonly Let[]> {
  const lets = new Map<number, Let>();
  const letOf = (e: Expr | undefined): Let | undefined => (e?.kind === "local" ? lets.get(e.id) : undefined);
  const out = new Map<number, readonly Let[]>();
  for (const s of stmts) {
    if (s.kind !== "let") continue;
    lets.set(s.local.id, s);
    const [above, below] = argsOf(s.value, "div");
    const [t, sum] = [letOf(above), letOf(below)];
    const x = t === undefined ? null : exponentOf(t.value);
    const [same, one] = argsOf(sum?.value ?? below, "add");
    if (t === undefined || x === null || letOf(same) !== t || !isConst(one, 1)) continue;
    out.set(x, sum === undefined ? [t, s] : [t, sum, s]);
  }
  return out;
}

const isTanhOf = (e: Expr, x: number): boolean => {
  const [of] = argsOf(e, "tanh");
  return of?.kind === "local" && of.id === x;
};

const hasTanhOf = (s: Stmt, x: number): boolean =>
  someStmt([s], (inner) => {
    let found = false;
    for (const e of stmtExprs(inner))
      visitExpr(e, (part) => {
        found ||= isTanhOf(part, x);
      });
    return found;
  });

/** The definitions, moved to before the statement that is to use them if they come later: they need x alone. */
function before(stmts: readonly Stmt[], at: number, definitions: readonly Let[]): readonly Stmt[] {
  const late = definitions.filter((d) => stmts.indexOf(d) > at);
  const rest = stmts.filter((s) => !late.includes(s as Let));
  return [...rest.slice(0, at), ...late, ...rest.slice(at)];
}

function shareIn(block: readonly Stmt[], mutable: ReadonlySet<number>): readonly Stmt[] {
  let stmts = block;
  for (const [x, definitions] of slopesOf(block)) {
    const at = mutable.has(x) ? -1 : stmts.findIndex((s) => hasTanhOf(s, x));
    if (at === -1) continue;
    const u = definitions[definitions.length - 1].local;
    const share = rewriter((e) => (isTanhOf(e, x) ? apply("tanhFrom", ...argsOf(e, "tanh"), u) : e));
    stmts = mapExprs(before(stmts, at, definitions), share);
  }
  const out = stmts.map((s) => mapBodies(s, (body) => shareIn(body, mutable)));
  return out.every((s, i) => s === block[i]) ? block : out;
}

export function shareSlopes(program: Program): Program {
  const mutable = new Set<number>();
  visitStmts(program.body, (s) => {
    for (const local of stmtAssigns(s)) mutable.add(local.id);
  });
  return { ...program, body: shareIn(program.body, mutable) };
}
