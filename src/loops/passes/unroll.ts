/**
 * @file Loops of very few iterations inside other loops become the statements of their iterations: coordinates of space,
 * corners of a triangle, a state of two numbers. They are too short for vectors, their counting costs as much as their
 * work, and what one iteration stores for the next stays in a variable (forward.ts) once all its indices are known.
 *
 *   for i in 0 … n { … for j in 0 … 2 { A } … }   →   for i in 0 … n { … A[j := 0]; A[j := 1] … }
 */
import { forwardValues } from "./forward.ts";
import { intConst } from "../ir/affine.ts";
import { apply, cast, withOrigin } from "../ir/expressions.ts";
import {
  type Buffer,
  type Expr,
  type For,
  type Local,
  type Program,
  type Stmt,
  newLocal,
  plainExtent,
} from "../ir/ir.ts";
import {
  mapBodies,
  mapOperands,
  mapStmtExprs,
  someStmt,
  stmtExprs,
  visitExpr,
  visitReads,
  visitStmts,
  visitWrites,
} from "../ir/traverse.ts";

/** Four iterations fill vectors. */
const mostIterations = 3;

/** How often a loop runs before its unrolling is worth the compiler's time. */
const leastRuns = 512;

/** Expressions, operands counted, that the iterations of one loop may have together. */
const mostExpressions = 400;

const hasLoops = (stmts: readonly Stmt[]): boolean =>
  someStmt(
    stmts,
    (s) => s.kind === "for" || s.kind === "while" || s.kind === "contract" || s.kind === "tile",
  );

function countExpressions(stmts: readonly Stmt[]): number {
  let n = 0;
  visitStmts(stmts, (s) => {
    for (const e of stmtExprs(s)) visitExpr(e, () => n++);
  });
  return n;
}

/** An expression with values for some locals; what is known then is computed. */
function substitute(values: ReadonlyMap<number, Expr>): (e: Expr) => Expr {
  const memo = new Map<Expr, Expr>();
  const fold = (e: Expr, mapped: Expr): Expr => {
    if (mapped === e) return e;
    if (mapped.kind === "op") return withOrigin(apply(mapped.op, ...mapped.args), mapped.origin);
    return mapped.kind === "cast" ? withOrigin(cast(mapped.arg, mapped.dtype), mapped.origin) : mapped;
  };
  const go = (e: Expr): Expr => {
    if (e.kind === "local") return values.get(e.id) ?? e;
    let out = memo.get(e);
    if (out === undefined) memo.set(e, (out = fold(e, mapOperands(e, go))));
    return out;
  };
  return go;
}

/** One iteration's statements, with variables of their own. */
function iteration(loop: For, at: number): Stmt[] {
  const values = new Map<number, Expr>([[loop.local.id, intConst(at)]]);
  const renamed = new Map<number, Local>();
  const copy = (stmts: readonly Stmt[]): Stmt[] =>
    stmts.map((s) => {
      const inside = mapStmtExprs(s, substitute(values));
      switch (inside.kind) {
        case "let":
        case "var": {
          const { name, dtype, lo, hi } = inside.local;
          const local = newLocal(name, dtype, lo, hi);
          renamed.set(inside.local.id, local);
          values.set(inside.local.id, local);
          return { ...inside, local };
        }
        case "set":
        case "accumulate":
          return { ...inside, local: renamed.get(inside.local.id) ?? inside.local };
        default:
          return mapBodies(inside, copy);
      }
    });
  return copy(loop.body);
}

/** Buffers that a program both writes and reads. */
function passedOn(program: Program): ReadonlySet<Buffer> {
  const read = new Set<Buffer>();
  visitReads(program.body, (b) => read.add(b));
  const out = new Set<Buffer>();
  visitWrites(program.body, (b) => {
    if (read.has(b)) out.add(b);
  });
  return out;
}

/** True if iterations leave something to others: only then their statements gain by standing together. */
const leaves = (body: readonly Stmt[], passed: ReadonlySet<Buffer>): boolean =>
  someStmt(
    body,
    (s) => s.kind === "accumulate" || s.kind === "set" || (s.kind === "store" && passed.has(s.buffer)),
  );

/** What a loop that is to be unrolled becomes; null for others. */
function unrolled(loop: For, passed: ReadonlySet<Buffer>): Stmt[] | null {
  const extent = plainExtent(loop);
  if (extent === null || extent > mostIterations || hasLoops(loop.body)) return null;
  if (!leaves(loop.body, passed)) return null;
  if (extent * countExpressions(loop.body) > mostExpressions) return null;
  return Array.from({ length: extent }, (_, at) => iteration(loop, at)).flat();
}

/** Maps statements and keeps the list if nothing changes. */
function mapEach(stmts: readonly Stmt[], f: (s: Stmt) => readonly Stmt[]): readonly Stmt[] {
  const out = stmts.map(f);
  return out.every((list, i) => list.length === 1 && list[0] === stmts[i]) ? stmts : out.flat();
}

/** How often what is in a statement runs, if the statement runs `times`: often enough, where nothing is known. */
function inside(s: Stmt, times: number): number {
  if (s.kind === "while") return Infinity;
  return s.kind === "for" ? times * (plainExtent(s) ?? leastRuns) : times;
}

/** Statements that run so many times: nests from the inside, as a loop without loops may be unrolled. */
function within(stmts: readonly Stmt[], times: number, passed: ReadonlySet<Buffer>): readonly Stmt[] {
  return mapEach(stmts, (s) => {
    if (s.kind === "contract") return [s];
    const inner = mapBodies(s, (body) => within(body, inside(s, times), passed));
    return (inner.kind === "for" && times >= leastRuns ? unrolled(inner, passed) : null) ?? [inner];
  });
}

/** The program with the shortest loops inside its loops unrolled, and their values where they are used. */
export function unrollLoops(program: Program): Program {
  const body = within(program.body, 1, passedOn(program));
  return body === program.body ? program : forwardValues({ ...program, body });
}
