/**
 * @file Linear systems with tridiagonal matrices, by elimination with partial pivoting (LAPACK's gtsv): O(n) each.
 * The diagonals are [..., n] each: row i of the matrix is (dlᵢ, dᵢ, duᵢ); dl₀ and the last du are not used.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray } from "../../core/aval.ts";
import { type NoParams, type Primitive, definePrimitive } from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { addTangents, instantiate } from "../../interpreters/tangents.ts";
import { type Block, add, div, ge, mul, neg, sub } from "../../loops/ir/build.ts";
import { iadd } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { mul as times } from "../elementwise/arithmetic.ts";
import { neg as negative } from "../elementwise/functions.ts";
import { checkDtypes, none } from "../families/elementwise.ts";
import { promoteStrict } from "../operands/strict.ts";
import { pad } from "../shapes/slicing.ts";
import { asColumns, batchLeading } from "./algebra.ts";
import { type Input, type Output, batchOf } from "./elements/arrays.ts";
import { realField } from "./elements/field.ts";
import { type Matrix, type Vector, newMatrix, newVector } from "./elements/matrix.ts";
import { abs, each, eachFromEnd, real } from "./elements/scalars.ts";
import { lowerReal } from "./families/factorisation.ts";
import { transposeSolution } from "./families/solution.ts";

/** The diagonals while rows are eliminated: a row keeps up to three elements, from its diagonal on. */
interface Rows {
  readonly lower: Vector<Expr>;
  readonly d: Vector<Expr>;
  readonly u: Vector<Expr>;
  readonly uu: Vector<Expr>;
  readonly x: Matrix<Expr>;
}

/** Eliminates the element below the diagonal of row i, after an exchange of the rows if it is the larger one. */
function eliminate(b: Block, { lower, d, u, uu, x }: Rows, i: Expr): void {
  const next = iadd(i, 1);
  const below = b.let(lower.at(next), "below");
  const pivot = b.let(d.at(i), "pivot");
  b.if(
    ge(abs(pivot), abs(below)),
    (y) => {
      const f = y.let(div(below, pivot), "f");
      d.put(y, next, sub(d.at(next), mul(f, u.at(i))));
      x.subtractRow(y, next, f, x, i);
    },
    (y) => {
      const f = y.let(div(pivot, below), "f");
      const [p, q, r] = [y.let(d.at(next), "p"), y.let(u.at(i), "q"), y.let(u.at(next), "r")];
      d.put(y, i, below);
      d.put(y, next, sub(q, mul(f, p)));
      u.put(y, i, p);
      u.put(y, next, neg(mul(f, r)));
      uu.put(y, i, r);
      x.swapRows(y, i, next);
      x.subtractRow(y, next, f, x, i);
    },
  );
}

function emitTridiagonal(
  b: Block,
  [dl, d, du, rhs]: readonly Input<Expr>[],
  [out]: readonly Output<Expr>[],
): void {
  const { shape } = rhs;
  if (shape.includes(0)) return;
  const [n, k] = shape.slice(-2);
  // Two more rows of zeros, so that the last rows need no case of their own.
  const vector = (name: string): Vector<Expr> => newVector(realField, b, n + 2, name);
  const rows: Rows = {
    lower: vector("lower"),
    d: vector("d"),
    u: vector("u"),
    uu: vector("uu"),
    x: newMatrix(realField, b, n + 2, k, "x"),
  };
  const { x } = rows;
  b.nest(batchOf(shape), (y, batch) => {
    y.for(0, n, (z, i) => {
      rows.lower.put(z, i, dl.at([...batch, i]));
      rows.d.put(z, i, d.at([...batch, i]));
      rows.u.put(z, i, du.at([...batch, i]));
      rows.uu.put(z, i, real(0));
      each(z, "j", [0, k], (t, j) => x.put(t, i, j, rhs.at([...batch, i, j])));
    });
    rows.u.put(y, n - 1, real(0));
    y.for(0, k, (z, j) => {
      x.put(z, n, j, real(0));
      x.put(z, n + 1, j, real(0));
    });
    each(y, "i", [0, n - 1], (z, i) => eliminate(z, rows, i));
    eachFromEnd(y, n, (z, i) => {
      const [pivot, f, g] = [z.let(rows.d.at(i)), z.let(rows.u.at(i)), z.let(rows.uu.at(i))];
      each(z, "j", [0, k], (t, j) => {
        const due = add(mul(f, x.at(iadd(i, 1), j)), mul(g, x.at(iadd(i, 2), j)));
        x.put(t, i, j, div(sub(x.at(i, j), due), pivot));
      });
    });
    out.copyFrom(y, batch, x);
  });
}

function checkSystem(avals: readonly ShapedArray[]): void {
  checkDtypes("tridiagonalSolve", avals, "float");
  const [dl, d, du, b] = avals;
  const fits = [dl, d, du].every((x) => x.ndim > 0 && x.shape.join() === b.shape.slice(0, -1).join());
  if (!fits || b.ndim < 2) {
    throw new ShapeError(
      `tridiagonalSolve: the diagonals must have shape [..., n] and the right sides [..., n, k]; got shapes ` +
        `${[dl, d, du].map((x) => shapeString(x.shape)).join(", ")} and ${shapeString(b.shape)}.`,
    );
  }
}

/** The elements moved by one place along an axis from the end, a zero coming in: +1 downwards, −1 upwards. */
function moved(x: NDArray, by: 1 | -1, axisFromEnd: number): NDArray {
  const axis = x.ndim - axisFromEnd;
  return pad(
    x,
    0,
    x.shape.map((_, i) => (i === axis ? ([by, -by, 0] as const) : ([0, 0, 0] as const))),
  );
}

export const tridiagonalSolveP: Primitive<NoParams> = definePrimitive<NoParams>({
  name: "tridiagonal_solve",
  kind: "opaque",
  abstractEval: (avals) => {
    checkSystem(avals);
    return [avals[3].strong];
  },
  lower: lowerReal(emitTridiagonal),
  jvp: ([dl, d, du, b], [tl, td, tu, tb]) => {
    const solve = (r: NDArray): NDArray => bind1(tridiagonalSolveP, [dl, d, du, r], none);
    const x = solve(b);
    const k = x.shape[x.ndim - 1];
    // Ẋ = A⁻¹(Ḃ − Ȧ·X): row i of Ȧ·X joins xᵢ₋₁, xᵢ and xᵢ₊₁.
    const parts = [
      [tl, moved(x, 1, 2)],
      [td, x],
      [tu, moved(x, -1, 2)],
    ] as const;
    const due = parts.reduce<Tangent>(
      (sum, [t, near]) => (isZero(t) ? sum : addTangents(sum, times(asColumns(t, k), near))),
      new Zero(x.aval),
    );
    const right = isZero(due) ? tb : addTangents(tb, negative(due));
    return [[x], [solve(instantiate(right))]];
  },
  transpose: transposeSolution("tridiagonal_solve", ([dl, d, du], ct) =>
    bind1(tridiagonalSolveP, [moved(du, 1, 1), d, moved(dl, -1, 1), ct], none),
  ),
  batch: batchLeading(() => tridiagonalSolveP),
});

/**
 * Solves A·X = B for tridiagonal matrices with the rows (dlᵢ, dᵢ, duᵢ): diagonals [..., n], right sides b [..., n, k], of one
 * real dtype; the first of dl and the last of du are not read. Linear in b; differentiable in the diagonals.
 * @throws ShapeError, DTypeError where the operands do not fit; ArgumentError for `perturbSingular`
 * @see jax.lax.linalg.tridiagonal_solve
 * @example
 * const [dl, d, du] = [np.array([0, 1, 1]), np.array([2, 2, 2]), np.array([1, 1, 0])];
 * lax.linalg.tridiagonalSolve(dl, d, du, np.array([[4], [8], [8]])).js(); // [[1.0000], [2.0000], [3.0000]]
 */
export function tridiagonalSolve(
  dl: ArrayLike,
  d: ArrayLike,
  du: ArrayLike,
  b: ArrayLike,
  options?: { readonly perturbSingular?: boolean | undefined },
  ...more: []
): NDArray {
  refuseMore("tridiagonalSolve", 5, more);
  checkOptions("tridiagonalSolve", options, ["perturbSingular"]);
  if (options?.perturbSingular === true)
    throw new ArgumentError(
      "tridiagonalSolve: perturbSingular is not supported (in JAX, on GPUs only); leave it out.",
    );
  return bind1(tridiagonalSolveP, promoteStrict("tridiagonalSolve", dl, d, du, b), none);
}
