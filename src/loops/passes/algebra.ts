/**
 * @file Algebra that changes no result, signed zeros included (and NaNs but for their bits): signs move out of products and
 * into sums, division by a power of two is multiplication, comparisons of truth values are truth values.
 *
 * a + (−b) → a − b   (−a)·b → −(a·b)   a·(−1) → −a   a / 2ᵏ → a · 2⁻ᵏ   −(−a) → a   a − 0 → a
 */
import { isFloat } from "../../dtypes/dtype.ts";
import { constant } from "../ir/build.ts";
import { type Expr, type Op, numberOf } from "../ir/ir.ts";
import type { OpName } from "../ir/scalar.ts";

/** What an expression is, seen through names; itself, if that is not known or may have changed. */
export type Definition = (e: Expr) => Expr;

const op = (like: Op, name: OpName, ...args: readonly Expr[]): Op => ({ ...like, op: name, args });

const isConst = (e: Expr, value: number): boolean => e.kind === "const" && Object.is(e.value, value);

/** The power of two whose product with anything is the quotient by this constant, exactly; null if there is none. */
function reciprocal(e: Expr): Expr | null {
  if (e.kind !== "const" || (e.dtype !== "float32" && e.dtype !== "float64")) return null;
  const size = Math.abs(numberOf(e));
  const exponent = Math.log2(size);
  if (!Number.isInteger(exponent) || Math.abs(exponent) > 100 || 2 ** exponent !== size) return null;
  return constant(1 / numberOf(e), e.dtype);
}

/** x, if the expression is −x; else null. */
function negated(e: Expr, definition: Definition): Expr | null {
  const d = definition(e);
  return d.kind === "op" && d.op === "neg" ? d.args[0] : null;
}

/** A factor or divisor with the other sign, without an operation: null if there is none. */
function flipped(e: Expr, definition: Definition): Expr | null {
  if (e.kind === "const" && isFloat(e.dtype)) return e.value < 0 ? constant(-numberOf(e), e.dtype) : null;
  return negated(e, definition);
}

function simplifyProduct(e: Op, definition: Definition): Expr {
  const [a, b] = e.args;
  for (const [x, y] of [
    [a, b],
    [b, a],
  ]) {
    if (isConst(y, -1) && (e.op === "mul" || y === b)) return op(e, "neg", x);
  }
  const by = e.op === "div" ? reciprocal(b) : null;
  if (by !== null) return simplifyProduct(op(e, "mul", a, by), definition);
  const [na, nb] = [negated(a, definition), negated(b, definition)];
  if (na === null && nb === null) return e;
  const [fa, fb] = [flipped(a, definition), flipped(b, definition)];
  if (fa !== null && fb !== null) return op(e, e.op, fa, fb);
  if (na !== null && b.kind === "const" && isFloat(b.dtype))
    return op(e, e.op, na, constant(-numberOf(b), b.dtype));
  if (nb !== null && a.kind === "const" && isFloat(a.dtype))
    return op(e, e.op, constant(-numberOf(a), a.dtype), nb);
  // Integer division rounds towards zero whatever the signs, but its least number has no negative.
  if (e.op === "div" && !isFloat(e.dtype)) return e;
  return op(e, "neg", op(e, e.op, na ?? a, nb ?? b));
}

/** A truth value that stands for 0 or 1, compared with 0. */
function simplifyComparison(e: Op, definition: Definition): Expr {
  const d = definition(e.args[0]);
  if (d.kind !== "cast" || d.arg.dtype !== "bool" || !isConst(e.args[1], 0)) return e;
  if (e.op === "ne" || e.op === "gt") return d.arg;
  return e.op === "eq" || e.op === "le" ? not(d.arg) : e;
}

/** The opposite of a truth value. */
export function not(test: Expr): Expr {
  if (test.kind === "op" && test.op === "not") return test.args[0];
  return { kind: "op", dtype: "bool", op: "not", args: [test] };
}

/** An operation whose operands are simple already. */
export function simplifyOp(e: Op, definition: Definition): Expr {
  const [a, b] = e.args;
  switch (e.op) {
    case "add": {
      const nb = negated(b, definition);
      if (nb !== null) return op(e, "sub", a, nb);
      const na = negated(a, definition);
      return na === null ? e : op(e, "sub", b, na);
    }
    case "sub": {
      if (isConst(b, 0)) return a;
      const nb = negated(b, definition);
      return nb === null ? e : op(e, "add", a, nb);
    }
    case "mul":
    case "div":
      return simplifyProduct(e, definition);
    case "neg":
      return negated(a, definition) ?? e;
    case "eq":
    case "ne":
    case "le":
    case "gt":
      return simplifyComparison(e, definition);
    default:
      return e;
  }
}
