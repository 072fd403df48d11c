/**
 * @file The structure of the loop IR: where expressions, buffers, variables and blocks stand in statements, and operands
 * in expressions. Whatever reads or rewrites programs without regard to what statements mean follows from it.
 *
 * Rewriting builds anew what has changed, and keeps every other object: what is known of statements (effects.ts) stays.
 */
import { iadd, intConst, iscale } from "./affine.ts";
import type { Buffer, Expr, Host, HostCall, Local, Program, ScalarFunction, Stmt } from "./ir.ts";

type StmtOf<K, S = Stmt> = S extends { readonly kind: infer J } ? (K extends J ? S : never) : never;

/** The names of the fields of S that hold a T, or a T or nothing. */
type FieldsOf<S, T> = {
  [K in keyof S]-?: NonNullable<S[K]> extends T ? K : never;
}[keyof S];

interface Structure<S> {
  readonly exprs?: readonly FieldsOf<S, Expr>[];
  /** Buffers that are read, besides by loads in the expressions; that are written; that come to be. */
  readonly reads?: readonly FieldsOf<S, Buffer>[];
  readonly writes?: readonly FieldsOf<S, Buffer>[];
  readonly allocates?: readonly FieldsOf<S, Buffer>[];
  /** Variables that come to be, and those that are given another value. */
  readonly binds?: readonly FieldsOf<S, Local>[];
  readonly assigns?: readonly FieldsOf<S, Local>[];
  readonly bodies?: readonly FieldsOf<S, readonly Stmt[]>[];
  /** Lists of buffers that are read, and that are written. */
  readonly readLists?: readonly FieldsOf<S, readonly Buffer[]>[];
  readonly writeLists?: readonly FieldsOf<S, readonly Buffer[]>[];
}

/** What calls of the host read and change, beside their buffers: so nothing that sees it changes their order. */
const world: Buffer = { kind: "buffer", id: -1, name: "host", dtype: "uint8", size: 1 };

const structures: { readonly [K in Stmt["kind"]]: Structure<StmtOf<K>> } = {
  let: { exprs: ["value"], binds: ["local"] },
  var: { exprs: ["value"], binds: ["local"] },
  set: { exprs: ["value"], assigns: ["local"] },
  accumulate: { exprs: ["value"], assigns: ["local"] },
  store: { exprs: ["index", "value"], writes: ["buffer"] },
  alloc: { allocates: ["buffer"] },
  for: { exprs: ["lo", "hi"], binds: ["local"], bodies: ["body"] },
  while: { exprs: ["test"], bodies: ["body"] },
  if: { exprs: ["test"], bodies: ["then", "else"] },
  contract: {
    exprs: ["index", "x", "y", "base", "rowLo", "rowHi", "columnLo", "columnHi", "innerLo", "innerHi"],
    writes: ["buffer"],
    binds: ["batch", "row", "column", "inner"],
    bodies: ["epilogue"],
  },
  tile: {
    exprs: ["length", "first", "aIndex", "aRow", "bIndex", "index"],
    reads: ["a", "b", "buffer"],
    writes: ["buffer"],
  },
  host: { readLists: ["inputs"], writeLists: ["outputs"] },
};

type Role = keyof Structure<Stmt>;
type FieldValues = Readonly<Record<string, unknown>>;

const none: readonly never[] = [];
const namesOf = (s: Stmt, role: Role): readonly string[] => structures[s.kind][role] ?? none;

function fields<T>(s: Stmt, role: Role): readonly T[] {
  const names = namesOf(s, role);
  if (names.length === 0) return none;
  const out: T[] = [];
  for (const name of names) {
    const x = (s as unknown as FieldValues)[name] as T | undefined;
    if (x !== undefined) out.push(x);
  }
  return out;
}

function mapFields<T>(s: Stmt, names: Iterable<string>, f: (x: T) => T): Stmt {
  let out = s;
  for (const name of names) {
    const before = (out as unknown as FieldValues)[name] as T | undefined;
    if (before === undefined) continue;
    const after = f(before);
    if (after !== before) out = { ...out, [name]: after };
  }
  return out;
}

/** The expressions that stand directly in a statement. */
export const stmtExprs = (s: Stmt): readonly Expr[] => fields(s, "exprs");

/** The blocks inside a statement. */
export const stmtBodies = (s: Stmt): readonly (readonly Stmt[])[] => fields(s, "bodies");

/**
 * The buffers that a statement itself reads (otherwise than by loads) and writes. Calls of the host count as reading what they
 * write: it is there whether or not anything else reads it.
 */
export const stmtReads = (s: Stmt): readonly Buffer[] =>
  s.kind === "host" ? [...s.inputs, ...s.outputs, world] : fields(s, "reads");
export const stmtWrites = (s: Stmt): readonly Buffer[] =>
  s.kind === "host" ? [...s.outputs, world] : fields(s, "writes");

/** The variables that come to be in a statement, and those that it assigns. */
export const stmtBinds = (s: Stmt): readonly Local[] => fields(s, "binds");
export const stmtAssigns = (s: Stmt): readonly Local[] => fields(s, "assigns");

/** Visits statements and those inside them, each before what is in it. */
export function visitStmts(stmts: readonly Stmt[], visit: (s: Stmt) => void): void {
  for (const s of stmts) {
    visit(s);
    for (const body of stmtBodies(s)) visitStmts(body, visit);
  }
}

/** True if one of the statements, or of those inside them, is such a one. */
export const someStmt = (stmts: readonly Stmt[], is: (s: Stmt) => boolean): boolean =>
  stmts.some((s) => is(s) || stmtBodies(s).some((body) => someStmt(body, is)));

/** The direct operands of an expression. */
export function operands(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case "const":
    case "local":
      return none;
    case "affine":
      return e.terms.map((t) => t.atom);
    case "load":
      return [e.index];
    case "op":
    case "call":
      return e.args;
    case "cast":
    case "bits":
      return [e.arg];
  }
}

/** The expression with other operands. Affine indices are normalised again. */
function withOperands(e: Expr, xs: readonly Expr[]): Expr {
  switch (e.kind) {
    case "const":
    case "local":
      return e;
    case "affine":
      return e.terms.reduce<Expr>((sum, t, i) => iadd(sum, iscale(xs[i], t.factor)), intConst(e.offset));
    case "load":
      return { ...e, index: xs[0] };
    case "op":
    case "call":
      return { ...e, args: xs };
    case "cast":
    case "bits":
      return { ...e, arg: xs[0] };
  }
}

type ExprMap = (e: Expr) => Expr;

/** An expression with its direct operands mapped. */
export function mapOperands(e: Expr, f: ExprMap): Expr {
  const before = operands(e);
  if (before.length === 0) return e;
  const after = before.map(f);
  return after.every((x, i) => x === before[i]) ? e : withOperands(e, after);
}

/** Visits an expression and all below it, each distinct node once. Iterative: graphs may be deep and widely shared. */
export function visitExpr(root: Expr, visit: (e: Expr) => void): void {
  if (isLeaf(root)) visit(root);
  else visitBelow([root], new Set(), visit);
}

const isLeaf = (e: Expr): boolean => e.kind === "const" || e.kind === "local";

/** Visits what is on the stack and all below it, but for what was seen. */
function visitBelow(stack: Expr[], seen: Set<Expr>, visit: (e: Expr) => void): void {
  for (let e = stack.pop(); e !== undefined; e = stack.pop()) {
    if (seen.has(e)) continue;
    seen.add(e);
    visit(e);
    switch (e.kind) {
      case "const":
      case "local":
        break;
      case "affine":
        for (const t of e.terms) stack.push(t.atom);
        break;
      case "load":
        stack.push(e.index);
        break;
      case "op":
      case "call":
        for (const x of e.args) stack.push(x);
        break;
      case "cast":
      case "bits":
        stack.push(e.arg);
    }
  }
}

/** Visits the buffers that statements read, those inside them included; a buffer perhaps several times. */
export function visitReads(stmts: readonly Stmt[], visit: (b: Buffer) => void): void {
  const seen = new Set<Expr>();
  visitStmts(stmts, (s) => {
    for (const b of stmtReads(s)) visit(b);
    visitBelow([...stmtExprs(s)], seen, (e) => {
      if (e.kind === "load") visit(e.buffer);
    });
  });
}

/** Visits the buffers that statements write, those inside them included. */
export const visitWrites = (stmts: readonly Stmt[], visit: (b: Buffer) => void): void =>
  visitStmts(stmts, (s) => {
    for (const b of stmtWrites(s)) visit(b);
  });

/** Visits the buffers that statements read or write. */
export function visitBuffers(stmts: readonly Stmt[], visit: (b: Buffer) => void): void {
  visitReads(stmts, visit);
  visitWrites(stmts, visit);
}

/** Visits the variables that expressions read. */
export function visitLocals(exprs: readonly Expr[], visit: (local: Local) => void): void {
  for (const root of exprs)
    visitExpr(root, (e) => {
      if (e.kind === "local") visit(e);
    });
}

/** A mapping of expressions, bottom up, each distinct node once. */
export function rewriter(change: ExprMap): ExprMap {
  const memo = new Map<Expr, Expr>();
  const go: ExprMap = (e) => {
    let out = memo.get(e);
    if (out === undefined) memo.set(e, (out = change(mapOperands(e, go))));
    return out;
  };
  return go;
}

/** Puts a value in the place of a variable. */
export const replaceLocal = (local: Local, value: Expr): ExprMap =>
  rewriter((e) => (e.kind === "local" && e.id === local.id ? value : e));

/** Maps every expression of a statement (not of the blocks inside it). */
export const mapStmtExprs = (s: Stmt, f: ExprMap): Stmt => mapFields(s, namesOf(s, "exprs"), f);

/** Maps the blocks inside a statement. */
export const mapBodies = (s: Stmt, f: (body: readonly Stmt[]) => readonly Stmt[]): Stmt =>
  mapFields(s, namesOf(s, "bodies"), f);

/** The statements with some replaced by none or several; `replace` gives null for those that stay, and is asked of what is in them. */
export function replaceStmts(
  stmts: readonly Stmt[],
  replace: (s: Stmt) => readonly Stmt[] | null,
): readonly Stmt[] {
  const go = (body: readonly Stmt[]): readonly Stmt[] => replaceStmts(body, replace);
  let same = true;
  const out = stmts.flatMap((s) => {
    const list = replace(s);
    if (list !== null) {
      same = false;
      return list;
    }
    const kept = mapBodies(s, go);
    same &&= kept === s;
    return kept;
  });
  return same ? stmts : out;
}

/** Maps every expression of a list of statements, at every depth. */
export function mapExprs(stmts: readonly Stmt[], f: ExprMap): readonly Stmt[] {
  const out = stmts.map((s) => mapBodies(mapStmtExprs(s, f), (body) => mapExprs(body, f)));
  return out.every((s, i) => s === stmts[i]) ? stmts : out;
}

/** A program with other buffers in the place of its own, wherever they are used. */
export function renameBuffers(program: Program, names: ReadonlyMap<Buffer, Buffer>): Program {
  const to = (b: Buffer): Buffer => names.get(b) ?? b;
  const loads = rewriter((e) =>
    e.kind === "load" && names.has(e.buffer) ? { ...e, buffer: to(e.buffer) } : e,
  );
  const inStmts = (stmts: readonly Stmt[]): readonly Stmt[] =>
    stmts.map((s) => {
      const names = new Set([...namesOf(s, "reads"), ...namesOf(s, "writes"), ...namesOf(s, "allocates")]);
      const renamed = mapFields(mapStmtExprs(s, loads), names, to);
      const lists = [...namesOf(s, "readLists"), ...namesOf(s, "writeLists")];
      return mapBodies(
        mapFields<readonly Buffer[]>(renamed, lists, (list) => list.map(to)),
        inStmts,
      );
    });
  return { ...program, body: inStmts(program.body), results: program.results.map(loads) };
}

/** The scalar functions that a program calls, callees first. */
export function calledFunctions(program: Pick<Program, "body" | "results">): ScalarFunction[] {
  const met = new Set<ScalarFunction>();
  const inExpr = (e: Expr): void => {
    if (e.kind === "call" && !met.has(e.fn)) {
      inBody(e.fn.body);
      inExpr(e.fn.result);
      met.add(e.fn);
    }
    operands(e).forEach(inExpr);
  };
  const inBody = (stmts: readonly Stmt[]): void =>
    visitStmts(stmts, (s) => {
      stmtExprs(s).forEach(inExpr);
    });
  inBody(program.body);
  program.results.forEach(inExpr);
  return [...met];
}

/** True if no call of the host may run other programs meanwhile. */
export const isUndisturbed = (calls: readonly HostCall[]): boolean => calls.every((c) => c.light === true);

/** The calls of the host in a program, in the order of its text. */
export function hostCalls(stmts: readonly Stmt[]): Host[] {
  const out: Host[] = [];
  visitStmts(stmts, (s) => {
    if (s.kind === "host") out.push(s);
  });
  return out;
}
