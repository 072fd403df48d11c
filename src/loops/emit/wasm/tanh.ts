/**
 * @file tanh x beside its slope: what the slope computes, u = e⁻²ᵃ/(e⁻²ᵃ + 1) for a = |x|, is all that tanh x = ±(1 − 2u) needs
 * where x is not small. Where a block has both, the value is made from it: one exponential and one division less in vectors.
 *
 *   let t = exp(mul(abs(x), -2));  let u = div(t, add(t, 1));  … tanh(x) …   →   … tanhFrom(x, u) …
 */
import { apply } from "../../ir/expressions.ts";
import { keyOf } from "../../ir/affine.ts";
import type { Buffer, Expr, Load, Local, Program, Stmt } from "../../ir/ir.ts";
import type { OpName } from "../../ir/scalar.ts";
import { mapBodies, mapExprs, rewriter, stmtAssigns, visitStmts, visitWrites } from "../../ir/traverse.ts";

type Let = Extract<Stmt, { kind: "let" | "var" | "set" }>;

const isConst = (e: Expr | undefined, value: number): boolean => e?.kind === "const" && e.value === value;

/** The operands of an operation of this name, or none. */
const argsOf = (e: Expr | undefined, op: OpName): readonly Expr[] =>
  e?.kind === "op" && e.op === op ? e.args : [];

/** The variable x of which this is e⁻²ᵃ, or null. */
function exponentOf(e: Expr | undefined): Local | null {
  const [twice] = argsOf(e, "exp");
  const [size, factor] = argsOf(twice, "mul");
  const [x] = argsOf(size, "abs");
  return x?.kind === "local" && isConst(factor, -2) ? x : null;
}

/** What a block computes of the slope at x. */
interface Slope {
  /** x, under its name, and as the load that it is if that is known to be the same all through the block. */
  readonly x: Local;
  readonly load: Load | null;
  /** The definitions of x (if it is a load), of e⁻²ᵃ, of the sum and of u, in order. */
  readonly definitions: readonly Let[];
}

function slopesOf(stmts: readonly Stmt[], mutable: ReadonlySet<number>): Slope[] {
  const lets = new Map<number, Let>();
  const letOf = (e: Expr | undefined): Let | undefined => (e?.kind === "local" ? lets.get(e.id) : undefined);
  const out: Slope[] = [];
  for (const s of stmts) {
    if (s.kind !== "let") continue;
    lets.set(s.local.id, s);
    const [above, below] = argsOf(s.value, "div");
    const [t, sum] = [letOf(above), letOf(below)];
    const x = t === undefined ? null : exponentOf(t.value);
    const [same, one] = argsOf(sum?.value ?? below, "add");
    if (t === undefined || x === null || letOf(same) !== t || !isConst(one, 1) || mutable.has(x.id)) continue;
    const named = lets.get(x.id);
    const load = named?.value.kind === "load" ? named.value : null;
    const written = new Set<Buffer>();
    if (load !== null) visitWrites(stmts, (b) => written.add(b));
    const known = load !== null && !written.has(load.buffer);
    const definitions = [known ? named : undefined, t, sum, s].filter((d) => d !== undefined);
    out.push({ x, load: known ? load : null, definitions });
  }
  return out;
}

/** True for tanh of x, under its name or loaded again. */
function isTanhOf(e: Expr, { x, load }: Slope): boolean {
  const [of] = argsOf(e, "tanh");
  if (of?.kind === "local") return of.id === x.id;
  return of?.kind === "load" && of.buffer === load?.buffer && keyOf(of.index) === keyOf(load.index);
}

/** The definitions, moved to before the statement that is to use them if they come later: they need x alone. */
function before(stmts: readonly Stmt[], at: number, definitions: readonly Let[]): readonly Stmt[] {
  const late = definitions.filter((d) => stmts.indexOf(d) > at);
  const rest = stmts.filter((s) => !late.includes(s as Let));
  return [...rest.slice(0, at), ...late, ...rest.slice(at)];
}

function shareIn(block: readonly Stmt[], mutable: ReadonlySet<number>): readonly Stmt[] {
  let stmts = block;
  for (const slope of slopesOf(block, mutable)) {
    const u = slope.definitions[slope.definitions.length - 1].local;
    const share = rewriter((e) => (isTanhOf(e, slope) ? apply("tanhFrom", slope.x, u) : e));
    const shared = mapExprs(stmts, share);
    const at = shared.findIndex((s, i) => s !== stmts[i]);
    if (at >= 0) stmts = before(shared, at, slope.definitions);
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
