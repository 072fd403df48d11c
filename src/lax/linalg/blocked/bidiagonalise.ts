/**
 * @file The reduction of large tall matrices to a real bidiagonal form in panels (LAPACK's gebrd and labrd): half of the work is
 * products of the matrix with vectors, the other half updates of what is left by products of panels.
 *
 * With reflectors v from the left and u from the right, what is left of A is A − V·Yᴴ − X·Uᴴ. A is held transposed, and all vectors are
 * rows.
 */
import { type Block, lt } from "../../../loops/ir/build.ts";
import { iadd } from "../../../loops/ir/affine.ts";
import type { DType } from "../../../dtypes/dtype.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { blockSize, eachBlock, fillAcross, setProduct, subtractProduct } from "../elements/blocks.ts";
import type { Field } from "../elements/field.ts";
import { type Matrix, type Vector, asColumn, newMatrix, newVector } from "../elements/matrix.ts";
import { type Span, each, real } from "../elements/scalars.ts";
import type { SvdState } from "../orthogonal/bidiagonalise.ts";
import { reflector } from "../orthogonal/householder.ts";
import { type Reflectors, formTriangles, newReflectors, productOf } from "./reflectors.ts";

interface Panel<E> extends Pick<SvdState<E>, "b" | "s" | "e"> {
  readonly left: Reflectors<E>;
  readonly right: Reflectors<E>;
  readonly leftTaus: Vector<E>;
  readonly rightTaus: Vector<E>;
  readonly x: Matrix<E>;
  readonly y: Matrix<E>;
  /** Products of a new vector with those before. */
  readonly shares: Matrix<E>;
  readonly lo: Expr;
}

/** Vectors of a panel: rows, the first of them at `from`. */
interface Rows<E> {
  readonly of: Matrix<E>;
  readonly from: Expr | number;
}

const rowOf = <E>({ of, from }: Rows<E>, t: Expr, i: Expr): E => of.at(iadd(t, from), i);

/** to[row, span] −= Σ factor(t)·(row t of `rows`), for t below `count`. */
function subtractRows<E>(
  b: Block,
  [to, row]: readonly [Matrix<E>, Expr],
  span: Span,
  [rows, count, columns]: readonly [Rows<E>, Expr, number],
  factor: (t: Expr) => E,
): void {
  subtractProduct(b, to, {
    ...{ rows: [row, iadd(row, 1)], cols: span, terms: [0, count], size: blockSize, columns },
    x: (_, t) => factor(t),
    y: (t, i) => rowOf(rows, t, i),
  });
}

/** Subtracts from row q of `to` the rows of `rows`, times the products of `other` (conjugated) with a vector over a span. */
function subtractShares<E>(
  b: Block,
  p: Panel<E>,
  [to, q, span]: readonly [Matrix<E>, Expr, Span],
  [rows, count, columns]: readonly [Rows<E>, Expr, number],
  [other, vector, terms, size]: readonly [Rows<E>, Vector<E>, Span, number],
): void {
  const f = to.field;
  const column = asColumn(p.shares.row(0), blockSize);
  setProduct(b, column, {
    ...{ rows: [0, count], cols: [0, 1], terms, size },
    x: (t, j) => f.conj(rowOf(other, t, j)),
    y: (j) => vector.at(j),
  });
  subtractRows(b, [to, q], span, [rows, count, columns], (t) => p.shares.at(0, t));
}

function scale<E>(b: Block, x: Vector<E>, tau: E, span: Span): void {
  const f = x.field;
  const factor = f.kept(b, tau, "tau");
  each(b, "i", span, (y, i) => x.put(y, i, f.mul(factor, f.once(y, x.at(i)))));
}

/** The head of a reflector's row becomes 1, with zeros before it from the beginning of the panel. */
function unitHead<E>(b: Block, x: Vector<E>, lo: Expr, head: Expr): void {
  x.put(b, head, x.field.one);
  each(b, "i", [lo, head], (y, i) => x.put(y, i, x.field.zero));
}

/** Column k, number q of its panel: the reflector from the left. */
function eliminateColumn<E>(b: Block, p: Panel<E>, q: Expr, k: Expr): void {
  const { b: w, x, y, lo, left, right } = p;
  const f = w.field;
  const rows = w.cols;
  const v = left.v.row(k);
  const span: Span = [k, rows];
  each(b, "i", span, (z, i) => v.put(z, i, w.at(k, i)));
  const to = [left.v, k] as const;
  subtractRows(b, to, span, [{ of: left.v, from: lo }, q, rows], (t) => f.conj(y.at(t, k)));
  subtractRows(b, to, span, [{ of: x, from: 0 }, q, rows], (t) => f.conj(right.v.at(iadd(t, lo), k)));
  const tau = reflector(b, v, k, [iadd(k, 1), rows]);
  p.leftTaus.put(b, k, tau);
  p.s.put(b, k, f.re(v.at(k)));
  unitHead(b, v, lo, k);
}

/** Row q of Y: τ·Aᴴ·v of what is left. */
function imageOfLeft<E>(b: Block, p: Panel<E>, q: Expr, k: Expr, rest: Span): void {
  const { b: w, x, y, lo, left, right } = p;
  const f = w.field;
  const [n, rows] = [w.rows, w.cols];
  const v = left.v.row(k);
  const span: Span = [k, rows];
  setProduct(b, asColumn(y.row(q), n), {
    ...{ rows: rest, cols: [0, 1], terms: span, size: rows },
    x: (j, i) => f.conj(w.at(j, i)),
    y: (i) => v.at(i),
  });
  const to = [y, q, rest] as const;
  const before = [v, span, rows] as const;
  subtractShares(b, p, to, [{ of: y, from: 0 }, q, n], [{ of: left.v, from: lo }, ...before]);
  subtractShares(b, p, to, [{ of: right.v, from: lo }, q, n], [{ of: x, from: 0 }, ...before]);
  scale(b, y.row(q), p.leftTaus.at(k), rest);
}

/** Row k: the reflector from the right, and row q of X, σ·A·u of what is left. */
function eliminateRow<E>(b: Block, p: Panel<E>, q: Expr, k: Expr): void {
  const { b: w, x, y, lo, left, right } = p;
  const f = w.field;
  const [n, rows] = [w.rows, w.cols];
  const head = b.within(iadd(k, 1), 1, n - 1);
  const rest: Span = [head, n];
  imageOfLeft(b, p, q, k, rest);
  const u = right.v.row(k);
  each(b, "j", rest, (z, j) => u.put(z, j, f.conj(w.at(j, k))));
  const [vs, us] = [
    { of: left.v, from: lo },
    { of: right.v, from: lo },
  ];
  const [xs, ys] = [
    { of: x, from: 0 },
    { of: y, from: 0 },
  ];
  const next = iadd(q, 1);
  subtractRows(b, [right.v, k], rest, [ys, next, n], (t) => f.conj(rowOf(vs, t, k)));
  subtractRows(b, [right.v, k], rest, [us, q, n], (t) => f.conj(x.at(t, k)));
  const tau = reflector(b, u, head, [iadd(head, 1), n]);
  p.rightTaus.put(b, k, tau);
  p.e.put(b, k, f.re(u.at(head)));
  unitHead(b, u, lo, head);
  const below: Span = [head, rows];
  setProduct(b, x, {
    ...{ rows: [q, next], cols: below, terms: rest, size: n, columns: rows },
    x: (_, j) => u.at(j),
    y: (j, i) => w.at(j, i),
  });
  subtractShares(b, p, [x, q, below], [vs, next, rows], [ys, u, rest, n]);
  subtractShares(b, p, [x, q, below], [xs, q, rows], [us, u, rest, n]);
  scale(b, x.row(q), tau, below);
}

/** What is left behind a panel. */
function update<E>(b: Block, { b: w, x, y, lo, left, right }: Panel<E>, hi: Expr, width: Expr): void {
  const f = w.field;
  const spans = {
    rows: [hi, w.rows] as Span,
    cols: [hi, w.cols] as Span,
    terms: [0, width] as Span,
    size: blockSize,
  };
  const row = (t: Expr): Expr => iadd(t, lo);
  subtractProduct(b, w, { ...spans, x: (j, t) => f.conj(y.at(t, j)), y: (t, i) => left.v.at(row(t), i) });
  subtractProduct(b, w, { ...spans, x: (j, t) => f.conj(right.v.at(row(t), j)), y: (t, i) => x.at(t, i) });
}

/** B = U·(bidiagonal)·Vᴴ for p × q matrices in some dtype, with so many left vectors, or without any. */
export function bidiagonaliseBlocks<E>(
  outer: Block,
  f: Field<E>,
  [q, p]: readonly [number, number],
  dtype: DType,
  leftVectors: number | null,
): (b: Block, state: SvdState<E>) => void {
  const left = newReflectors(f, outer, [q, p, leftVectors ?? blockSize], dtype);
  const right = newReflectors(f, outer, [q - 1, q, leftVectors === null ? blockSize : q], dtype);
  const [leftTaus, rightTaus] = ["left", "right"].map((name) => newVector(f, outer, q, name));
  const [x, y] = [left, right].map(({ v }, k) =>
    newMatrix(f, outer, blockSize, v.cols, k === 0 ? "x" : "y", dtype),
  );
  const shares = newMatrix(f, outer, 1, blockSize, "shares", dtype);
  const uFactor = leftVectors === null ? null : newMatrix(f, outer, p, leftVectors, "q", dtype);
  const vFactor = leftVectors === null ? null : newMatrix(f, outer, q, q, "p", dtype);
  return (b, { b: w, s, e, u, v }) => {
    eachBlock(b, q, (block, lo, hi, width) => {
      const panel: Panel<E> = { b: w, s, e, left, right, leftTaus, rightTaus, x, y, shares, lo };
      block.for(0, width, (z, t) => {
        const k = z.within(iadd(lo, t), 0, q - 1);
        eliminateColumn(z, panel, t, k);
        z.if(lt(k, q - 1), (inner) => eliminateRow(inner, panel, t, inner.within(k, 0, q - 2)));
      });
      update(block, panel, hi, width);
    });
    e.put(b, q - 1, real(0));
    if (u !== null && uFactor !== null) {
      formTriangles(b, left, leftTaus);
      productOf(b, uFactor, left);
      fillAcross(b, u, "all", (i, j) => uFactor.at(j, i), p);
    }
    if (v !== null && vFactor !== null) {
      formTriangles(b, right, rightTaus);
      productOf(b, vFactor, right, 1);
      fillAcross(b, v, "all", (i, j) => vFactor.at(j, i), q);
    }
  };
}
