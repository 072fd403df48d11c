/** @file Cuts long lists of statements into parts of a size that V8 optimises. */
import type { Expr, Local, Stmt } from "../../ir/ir.ts";
import { operands, stmtAssigns, stmtBodies, stmtExprs, visitLocals } from "../../ir/traverse.ts";

/**
 * Characters of one function. V8 does not optimise functions of more than 60 KB of bytecode, which is half to three
 * quarters of the text, and the time it takes grows faster than the size: parts stay well below.
 */
const partSize = 8_000;

/** Characters that a node of an expression, and what is around the expressions of a statement, come to. */
const nodeSize = 8;
const stmtSize = 16;

const exprSizes = new WeakMap<Expr, number>();

/** Characters of an expression; what is shared is written again. */
function exprSize(e: Expr): number {
  let n = exprSizes.get(e);
  if (n === undefined) {
    n = nodeSize;
    for (const x of operands(e)) n += exprSize(x);
    exprSizes.set(e, n);
  }
  return n;
}

const sizes = new WeakMap<Stmt, number>();

/** Characters of a statement, about. */
function sizeOf(s: Stmt): number {
  let n = sizes.get(s);
  if (n === undefined) {
    n = stmtSize;
    for (const e of stmtExprs(s)) n += exprSize(e);
    for (const body of stmtBodies(s)) for (const inner of body) n += sizeOf(inner);
    sizes.set(s, n);
  }
  return n;
}

/** Where statements end and where variables are used last, in the order of the text: found once for all lists of a body. */
export class Uses {
  readonly #ends = new Map<Stmt, number>();
  readonly #last = new Map<number, number>();
  #position = 0;

  /** @param after the expressions behind the statements. */
  constructor(stmts: readonly Stmt[], after: readonly Expr[]) {
    this.#walk(stmts);
    this.#use(after);
  }

  readonly #note = ({ id }: Local): void => {
    this.#last.set(id, this.#position);
  };

  #use(exprs: readonly Expr[]): void {
    this.#position++;
    visitLocals(exprs, this.#note);
  }

  #walk(stmts: readonly Stmt[]): void {
    for (const s of stmts) {
      this.#use(stmtExprs(s));
      stmtAssigns(s).forEach(this.#note);
      for (const body of stmtBodies(s)) this.#walk(body);
      // A statement that stands in two places ends at the first of them: that makes more variables shared.
      if (!this.#ends.has(s)) this.#ends.set(s, this.#position);
    }
  }

  /** True if a variable is used behind a statement. */
  isUsedAfter(local: Local, s: Stmt): boolean {
    return (this.#last.get(local.id) ?? 0) > this.#ends.get(s)!;
  }
}

/** The parts of a list, and the locals that more than one of them (or what comes behind) uses. Null if it is short. */
export function partition(
  stmts: readonly Stmt[],
  uses: Uses,
): { readonly lists: readonly (readonly Stmt[])[]; readonly shared: readonly Local[] } | null {
  const total = stmts.reduce((n, s) => n + sizeOf(s), 0);
  if (stmts.length < 2 || total <= 2 * partSize) return null;
  const lists: Stmt[][] = [[]];
  let size = 0;
  for (const s of stmts) {
    if (size > 0 && size + sizeOf(s) > partSize) {
      lists.push([]);
      size = 0;
    }
    lists[lists.length - 1].push(s);
    size += sizeOf(s);
  }
  const shared = lists.flatMap((list) =>
    list.flatMap((s) =>
      (s.kind === "let" || s.kind === "var") && uses.isUsedAfter(s.local, list[list.length - 1])
        ? [s.local]
        : [],
    ),
  );
  return { lists, shared };
}
