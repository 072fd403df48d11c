/**
 * @file Index arithmetic: integer expressions kept as affine sums with known ranges.
 *
 * Sums normalise, so that equal indices have equal keys; division and remainder by a constant cancel whenever the
 * ranges allow it (a reshape that splits or merges axes leaves no division behind). Dividends are never negative.
 */
import { invariant } from "../../base/util.ts";
import { type Affine, type AffineTerm, type Const, type Expr, type Local, type Op, numberOf } from "./ir.ts";

export function intConst(value: number): Const {
  return { kind: "const", dtype: "int32", value };
}

const keys = new WeakMap<Expr, string>();
let nextKey = 0;

/** Equal keys mean equal values; the converse holds for index arithmetic on the same variables. */
export function keyOf(e: Expr): string {
  if (e.kind === "const")
    return `${e.dtype === "int32" ? "" : e.dtype}${Object.is(e.value, -0) ? "-0" : e.value}`;
  if (e.kind === "local") return `v${e.id}`;
  let key = keys.get(e);
  if (key === undefined) {
    key =
      e.kind === "affine"
        ? affineKey(e)
        : isIndexOp(e)
          ? `${e.op}(${e.args.map(keyOf).join(",")})`
          : `#${nextKey++}`;
    keys.set(e, key);
  }
  return key;
}

function isIndexOp(e: Expr): e is Op {
  return (
    e.kind === "op" &&
    e.dtype === "int32" &&
    (e.op === "idiv" || e.op === "imod" || e.op === "min" || e.op === "max")
  );
}

const affineKey = (e: Affine): string =>
  `(${e.terms.map((t) => `${t.factor}*${t.key}`).join("+")}+${e.offset})`;

/** Smallest and largest value, both included. */
export function rangeOf(e: Expr): [number, number] {
  switch (e.kind) {
    case "const":
      return typeof e.value === "number" ? [e.value, e.value] : [-Infinity, Infinity];
    case "local":
      return [e.lo, e.hi];
    case "affine": {
      let lo = e.offset;
      let hi = e.offset;
      for (const { atom, factor } of e.terms) {
        const [a, b] = rangeOf(atom);
        lo += factor > 0 ? factor * a : factor * b;
        hi += factor > 0 ? factor * b : factor * a;
      }
      return [lo, hi];
    }
    case "op":
      return rangeOfOp(e.op, e.args);
    default:
      return [-Infinity, Infinity];
  }
}

function rangeOfOp(op: string, args: readonly Expr[]): [number, number] {
  if (op !== "idiv" && op !== "imod" && op !== "min" && op !== "max") return [-Infinity, Infinity];
  const [alo, ahi] = rangeOf(args[0]);
  const [blo, bhi] = rangeOf(args[1]);
  if (op === "idiv") return [Math.floor(alo / blo), Math.floor(ahi / blo)];
  if (op === "imod") return alo >= 0 && ahi < blo ? [alo, ahi] : [0, blo - 1];
  const pick = op === "min" ? Math.min : Math.max;
  return [pick(alo, blo), pick(ahi, bhi)];
}

/** The terms and the offset of a sum; anything else is one term. */
export function termsOf(e: Expr): { terms: readonly AffineTerm[]; offset: number } {
  if (e.kind === "const") return { terms: [], offset: numberOf(e) };
  if (e.kind === "affine") return e;
  return { terms: [{ atom: e, key: keyOf(e), factor: 1 }], offset: 0 };
}

/** What a variable is multiplied by in a sum; 0 if it is no term of it. */
export const factorOf = (e: Expr, local: Local): number =>
  termsOf(e).terms.find((t) => t.key === keyOf(local))?.factor ?? 0;

function fromTerms(terms: readonly AffineTerm[], offset: number): Expr {
  if (terms.length === 0) return intConst(offset);
  if (terms.length === 1 && terms[0].factor === 1 && offset === 0) return terms[0].atom;
  return { kind: "affine", dtype: "int32", terms, offset };
}

/** Variables come last, in the order in which they were made (9 before 10), so that texts do not depend on ids. */
const inOrder = (s: AffineTerm, t: AffineTerm): number =>
  s.atom.kind === "local" && t.atom.kind === "local" ? s.atom.id - t.atom.id : s.key < t.key ? -1 : 1;

/** a + b. */
export function iadd(a: Expr, b: Expr | number): Expr {
  const y = typeof b === "number" ? { terms: [], offset: b } : termsOf(b);
  if (y.terms.length === 0 && y.offset === 0) return a;
  const x = termsOf(a);
  const merged = new Map<string, AffineTerm>();
  for (const t of [...x.terms, ...y.terms]) {
    const before = merged.get(t.key);
    merged.set(t.key, before === undefined ? t : { ...t, factor: before.factor + t.factor });
  }
  recombine(merged);
  const terms = [...merged.values()].filter((t) => t.factor !== 0).sort(inOrder);
  return fromTerms(terms, x.offset + y.offset);
}

/** f·k·⌊e/k⌋ + f·(e mod k) → f·e: what splitting and joining axes leaves. */
function recombine(terms: Map<string, AffineTerm>): void {
  for (const t of [...terms.values()]) {
    if (t.atom.kind !== "op" || t.atom.op !== "imod" || t.factor === 0) continue;
    const [e, k] = t.atom.args as readonly [Expr, Const];
    const quotient = terms.get(keyOf({ kind: "op", dtype: "int32", op: "idiv", args: [e, k] }));
    if (quotient?.factor !== t.factor * numberOf(k)) continue;
    terms.delete(t.key);
    terms.delete(quotient.key);
    const whole = termsOf(iscale(e, t.factor));
    if (whole.offset !== 0) {
      terms.set(t.key, t);
      terms.set(quotient.key, quotient);
      continue;
    }
    for (const w of whole.terms) {
      const before = terms.get(w.key);
      terms.set(w.key, before === undefined ? w : { ...w, factor: before.factor + w.factor });
    }
  }
}

/** k·a. */
export function iscale(a: Expr, k: number): Expr {
  if (k === 1) return a;
  if (k === 0) return intConst(0);
  const { terms, offset } = termsOf(a);
  return fromTerms(
    terms.map((t) => ({ ...t, factor: t.factor * k })),
    offset * k,
  );
}

export const isub = (a: Expr, b: Expr | number): Expr => iadd(a, typeof b === "number" ? -b : iscale(b, -1));

/** Splits e = k·q + r with the largest affine q. */
function split(e: Expr, k: number): [q: Expr, r: Expr] {
  const { terms, offset } = termsOf(e);
  const whole = terms.filter((t) => t.factor % k === 0).map((t) => ({ ...t, factor: t.factor / k }));
  const rest = terms.filter((t) => t.factor % k !== 0);
  const offsetQ = Math.floor(offset / k);
  return [fromTerms(whole, offsetQ), fromTerms(rest, offset - offsetQ * k)];
}

const inRange = (e: Expr, k: number): boolean => {
  const [lo, hi] = rangeOf(e);
  return lo >= 0 && hi < k;
};

/** ⌊e / k⌋ for e ≥ 0, k > 0. */
export function idiv(e: Expr, k: number): Expr {
  invariant(k > 0, "division of an index by zero");
  if (k === 1) return e;
  if (e.kind === "const") return intConst(Math.floor(numberOf(e) / k));
  const [q, r] = split(e, k);
  if (inRange(r, k)) return q;
  if (rangeOf(r)[0] < 0) return { kind: "op", dtype: "int32", op: "idiv", args: [e, intConst(k)] };
  return iadd(q, { kind: "op", dtype: "int32", op: "idiv", args: [r, intConst(k)] });
}

/** e mod k for e ≥ 0, k > 0. */
export function imod(e: Expr, k: number): Expr {
  invariant(k > 0, "remainder of an index by zero");
  if (k === 1) return intConst(0);
  if (e.kind === "const") return intConst(numberOf(e) % k);
  const [, r] = split(e, k);
  if (inRange(r, k)) return r;
  return { kind: "op", dtype: "int32", op: "imod", args: [rangeOf(r)[0] < 0 ? e : r, intConst(k)] };
}

/** e limited to lo … hi. */
export function iclamp(e: Expr, lo: number, hi: number): Expr {
  const [a, b] = rangeOf(e);
  let out = e;
  if (b > hi) out = { kind: "op", dtype: "int32", op: "min", args: [out, intConst(hi)] };
  if (a < lo) out = { kind: "op", dtype: "int32", op: "max", args: [out, intConst(lo)] };
  return out.kind === "op" && lo === hi ? intConst(lo) : out;
}

/** The row-major position of an index. */
export function flatten(index: readonly Expr[], shape: readonly number[]): Expr {
  let out: Expr = intConst(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) out = iadd(out, iscale(index[axis], stride));
    stride *= shape[axis];
  }
  return out;
}

/** The index of a row-major position. No axis may have size 0. */
export function unflatten(position: Expr, shape: readonly number[]): Expr[] {
  const out = new Array<Expr>(shape.length);
  let rest = position;
  let left = shape.reduce((n, d) => n * d, 1);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const d = shape[axis];
    left /= d;
    // What remains above this axis is 1: the position itself is in range.
    out[axis] = left === 1 ? rest : imod(rest, d);
    rest = left === 1 ? intConst(0) : idiv(rest, d);
  }
  return out;
}
