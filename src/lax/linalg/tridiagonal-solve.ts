/**
 * @file Linear systems with tridiagonal matrices, by elimination with partial pivoting (LAPACK's gtsv): O(n) each.
 * The diagonals are [..., n] each: row i of the matrix is (dlᵢ, dᵢ, duᵢ); dl₀ and the last du are not used.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray } from "../../core/aval.ts";
import {
  type NoParams,
  type Primitive,
  checkOneLinear,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { addTangents } from "../../interpreters/tangents.ts";
import { type Block, apply } from "../../loops/ir/build.ts";
import { iadd } from "../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { mul } from "../elementwise/arithmetic.ts";
import { neg } from "../elementwise/functions.ts";
import { checkDtypes, none } from "../elementwise/family.ts";
import { promoteStrict } from "../operands/strict.ts";
import { pad } from "../shapes/slicing.ts";
import { asColumns, batchLeading } from "./algebra.ts";
import {
  type Matrix,
  type Vector,
  batchOf,
  element,
  fill,
  mirrored,
  newMatrix,
  newVector,
  outputMatrix,
  real,
} from "./matrix.ts";

/** The diagonals while rows are eliminated: a row keeps up to three elements, from its diagonal on. */
interface Rows {
  readonly lower: Vector;
  readonly d: Vector;
  readonly u: Vector;
  readonly uu: Vector;
  readonly x: Matrix;
}

/** Eliminates the element below the diagonal of row i, after an exchange of the rows if it is the larger one. */
function eliminate(b: Block, { lower, d, u, uu, x }: Rows, i: Expr): void {
  const next = iadd(i, 1);
  const below = b.let(lower.at(next), "below");
  const pivot = b.let(d.at(i), "pivot");
  b.if(
    apply("ge", apply("abs", pivot), apply("abs", below)),
    (y) => {
      const f = y.let(apply("div", below, pivot), "f");
      d.put(y, next, apply("sub", d.at(next), apply("mul", f, u.at(i))));
      x.subtractRow(y, next, f, x, i);
    },
    (y) => {
      const f = y.let(apply("div", pivot, below), "f");
      const [p, q, r] = [y.let(d.at(next), "p"), y.let(u.at(i), "q"), y.let(u.at(next), "r")];
      d.put(y, i, below);
      d.put(y, next, apply("sub", q, apply("mul", f, p)));
      u.put(y, i, p);
      u.put(y, next, apply("neg", apply("mul", f, r)));
      uu.put(y, i, r);
      x.swapRows(y, i, next);
      x.subtractRow(y, next, f, x, i);
    },
  );
}

function emitTridiagonal(b: Block, [dl, d, du, rhs]: readonly Pull[], out: Buffer): void {
  const { shape } = rhs.aval;
  if (shape.includes(0)) return;
  const [n, k] = shape.slice(-2);
  // Two more rows of zeros, so that the last rows need no case of their own.
  const vector = (name: string): Vector => newVector(b, n + 2, name);
  const rows: Rows = {
    lower: vector("lower"),
    d: vector("d"),
    u: vector("u"),
    uu: vector("uu"),
    x: newMatrix(b, n + 2, k, "x"),
  };
  const { x } = rows;
  b.nest(batchOf(shape), (y, batch) => {
    y.for(0, n, (z, i) => {
      rows.lower.put(z, i, element(dl, [...batch, i]));
      rows.d.put(z, i, element(d, [...batch, i]));
      rows.u.put(z, i, element(du, [...batch, i]));
      rows.uu.put(z, i, real(0));
      z.for(0, k, (t, j) => x.put(t, i, j, element(rhs, [...batch, i, j])), "j");
    });
    rows.u.put(y, n - 1, real(0));
    y.for(0, k, (z, j) => {
      x.put(z, n, j, real(0));
      x.put(z, n + 1, j, real(0));
    });
    y.for(0, n - 1, (z, i) => eliminate(z, rows, i), "i");
    y.for(
      0,
      n,
      (z, step) => {
        const i = mirrored(n, step);
        const [pivot, f, g] = [z.let(rows.d.at(i)), z.let(rows.u.at(i)), z.let(rows.uu.at(i))];
        z.for(
          0,
          k,
          (t, j) => {
            const due = apply(
              "add",
              apply("mul", f, x.at(iadd(i, 1), j)),
              apply("mul", g, x.at(iadd(i, 2), j)),
            );
            x.put(t, i, j, apply("div", apply("sub", x.at(i, j), due), pivot));
          },
          "j",
        );
      },
      "step",
    );
    fill(y, outputMatrix(out, shape, batch), (i, j) => x.at(i, j));
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
  lower: () => ({ kind: "routine", emit: (b, args, [out]) => emitTridiagonal(b, args, out) }),
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
      (sum, [t, near]) => (isZero(t) ? sum : addTangents(sum, mul(asColumns(t, k), near))),
      new Zero(x.aval),
    );
    const right = isZero(due) ? tb : addTangents(tb, neg(due));
    return [[x], [isZero(right) ? new Zero(x.aval) : solve(right)]];
  },
  transpose: ([ct], args) => {
    checkOneLinear("tridiagonal_solve", args);
    const [dl, d, du, b] = args;
    if (!isUndef(b)) return [null, null, null, null];
    if (ct === undefined || isZero(ct)) return [null, null, null, new Zero(b.aval)];
    const below = moved(du as NDArray, 1, 1);
    const above = moved(dl as NDArray, -1, 1);
    return [null, null, null, bind1(tridiagonalSolveP, [below, d as NDArray, above, ct], none)];
  },
  batch: batchLeading(() => tridiagonalSolveP),
});

/**
 * Solves A·X = B for tridiagonal matrices with the rows (dlᵢ, dᵢ, duᵢ): diagonals [..., n], right sides b [..., n, k].
 * @see jax.lax.linalg.tridiagonal_solve
 */
export function tridiagonalSolve(
  dl: ArrayLike,
  d: ArrayLike,
  du: ArrayLike,
  b: ArrayLike,
  options?: { readonly perturbSingular?: boolean | undefined },
): NDArray {
  checkOptions("tridiagonalSolve", options, ["perturbSingular"]);
  if (options?.perturbSingular === true)
    throw new ArgumentError(
      "tridiagonalSolve: perturbSingular is not supported (in JAX, on GPUs only); leave it out.",
    );
  return bind1(tridiagonalSolveP, promoteStrict("tridiagonalSolve", dl, d, du, b), none);
}
