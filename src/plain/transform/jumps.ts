/** @file Statements that leave: `return`, `break`, `continue`, `throw`, and what contains them. */
import type TypeScript from "typescript";
import type { Compiler, Node } from "./scope.ts";

export class Jumps {
  readonly #ts: Compiler;

  constructor(ts: Compiler) {
    this.#ts = ts;
  }

  /** Whether what comes after a statement is never reached. */
  always(s: TypeScript.Statement): boolean {
    const ts = this.#ts;
    if (ts.isReturnStatement(s) || ts.isThrowStatement(s) || ts.isBreakOrContinueStatement(s)) return true;
    if (ts.isBlock(s)) return s.statements.some((t) => this.always(t));
    if (ts.isIfStatement(s))
      return s.elseStatement !== undefined && this.always(s.thenStatement) && this.always(s.elseStatement);
    return false;
  }

  /** Whether a node holds a jump that may lead out of it. */
  some(n: Node): boolean {
    const ts = this.#ts;
    if (ts.isFunctionLike(n) || ts.isClassLike(n)) return false;
    if (ts.isReturnStatement(n) || ts.isBreakOrContinueStatement(n)) return true;
    return ts.forEachChild(n, (c) => this.some(c) || undefined) === true;
  }
}
