/** @file Names the subexpressions that several users share, so that each is computed once. */
import type { Block } from "./build.ts";
import type { Expr, Origin } from "./ir.ts";
import { scalarOp } from "./scalar.ts";
import { mapOperands, operands } from "./traverse.ts";

const trivial = (e: Expr): boolean => e.kind === "const" || e.kind === "local" || e.kind === "affine";

/** The expressions with every value that is used more than once bound by a `let` in the block. Iterative: graphs may be deep. */
export function bindShared(b: Block, roots: readonly Expr[]): Expr[] {
  const uses = new Map<Expr, number>();
  const order: Expr[] = [];
  // What an operation is made of was written for it, where that is recorded.
  const owners = b.origin === undefined ? null : new Map<Expr, Origin>();
  const own = (e: Expr, parent?: Expr): void => {
    const origin = ("origin" in e ? e.origin : undefined) ?? (parent && owners?.get(parent));
    if (origin !== undefined) owners?.set(e, origin);
  };
  const visit = (root: Expr): void => {
    own(root);
    const stack: [Expr, number][] = [[root, 0]];
    if (bump(root, 1)) return;
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const [e, next] = top;
      const children = operands(e);
      if (next === children.length) {
        order.push(e);
        stack.pop();
        continue;
      }
      top[1]++;
      const child = children[next];
      if (bump(child, repeats(e) ? 2 : 1)) continue;
      own(child, e);
      stack.push([child, 0]);
    }
  };
  /** True if the expression was met before. */
  const bump = (e: Expr, n: number): boolean => {
    const before = uses.get(e);
    uses.set(e, (before ?? 0) + n);
    return before !== undefined;
  };
  roots.forEach(visit);

  const done = new Map<Expr, Expr>();
  const { origin } = b;
  for (const e of order) {
    const rebuilt = rebuild(e, done);
    b.origin = owners?.get(e) ?? origin;
    done.set(e, uses.get(e)! > 1 && !trivial(e) ? b.let(rebuilt) : rebuilt);
  }
  b.origin = origin;
  return roots.map((e) => done.get(e)!);
}

const repeats = (e: Expr): boolean => e.kind === "op" && scalarOp(e.op).repeats === true;

function rebuild(e: Expr, done: ReadonlyMap<Expr, Expr>): Expr {
  const get = (x: Expr): Expr => done.get(x)!;
  // The order of the terms stays.
  if (e.kind === "affine") return { ...e, terms: e.terms.map((t) => ({ ...t, atom: get(t.atom) })) };
  return mapOperands(e, get);
}
