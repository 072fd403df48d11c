/**
 * @file Eigenvalues (ascending) and eigenvectors of symmetric and of Hermitian matrices.
 *
 * Derivatives, for distinct eigenvalues: with M = Vᴴ·Ȧ·V, ẇ = diag M and V̇ = V·(F∘M), Fᵢⱼ = 1/(wⱼ − wᵢ) off the diagonal.
 * Equal eigenvalues have eigenvectors without derivative: NaN or infinity. Source: jax/_src/lax/linalg.py.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { realPart } from "../../dtypes/dtype.ts";
import { type Primitive, definePrimitive, notLinear } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { Zero, isZero } from "../../core/zero.ts";
import { checkOptions } from "../../base/errors.ts";
import { type Block, apply } from "../../loops/ir/build.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import type { Pull } from "../../loops/pull.ts";
import { add, div, mul, sub } from "../elementwise/arithmetic.ts";
import { asArray } from "../operands/convert.ts";
import { convertElementType } from "../elementwise/convert.ts";
import { checkDtypes } from "../elementwise/family.ts";
import {
  asColumns,
  asRows,
  batchLeading,
  conjugated,
  diagonalOf,
  eyeOf,
  matmul,
  realOf,
  requireSquare,
  symmetrize,
} from "./algebra.ts";
import { eighPartsP } from "./complex/eigh.ts";
import { onParts } from "./complex/parts.ts";
import {
  batchOf,
  element,
  newMatrix,
  newVector,
  outputMatrix,
  outputVector,
  real,
  safeScale,
} from "./matrix.ts";
import { type EighState, accumulateVectors, ascending, iterate, reduce } from "./tridiagonalise.ts";

type EighParams = { lower: boolean };

function emitEigh(b: Block, x: Pull, [v, w]: readonly Buffer[], { lower }: EighParams): void {
  const { shape } = x.aval;
  if (shape.includes(0)) return;
  const n = shape[shape.length - 1];
  const state: EighState = {
    a: newMatrix(b, n, n, "a"),
    vectors: newMatrix(b, n, n, "vectors"),
    diagonal: newVector(b, n, "d"),
    offDiagonal: newVector(b, n, "e"),
    taus: newVector(b, n, "taus"),
    work: newVector(b, n, "work"),
  };
  const { a, vectors, diagonal } = state;
  b.nest(batchOf(shape), (y, batch) => {
    const largest = y.variable(real(0), "largest");
    const read = (i: Expr, j: Expr): Expr => element(x, [...batch, ...(lower ? [i, j] : [j, i])]);
    y.for(0, n, (row, i) =>
      row.for(0, n, (z, j) =>
        z.if(apply("le", j, i), (t) => {
          const value = t.let(read(i, j), "value");
          a.put(t, i, j, value);
          t.accumulate(largest, "max", apply("abs", value));
        }),
      ),
    );
    const scale = safeScale(y, largest);
    // What is not finite becomes NaN, and is not iterated over.
    const finite = y.let(apply("gt", apply("mul", largest, 0), -1), "finite");
    y.nest([n, n], (z, [i, j]) => {
      const value = apply("select", finite, apply("mul", a.at(i, j), scale), real(0));
      a.put(z, i, j, apply("select", apply("le", j, i), value, real(0)));
    });
    if (n > 1) reduce(y, state);
    else diagonal.put(y, 0, a.at(0, 0));
    accumulateVectors(y, state);
    const fine = n > 1 ? y.let(apply("and", iterate(y, state, n), finite), "fine") : finite;
    const toVectors = outputMatrix(v, shape, batch);
    const toValues = outputVector(w, shape.slice(0, -1), batch);
    ascending(y, diagonal, n, (z, k, at) => {
      toValues.put(z, k, apply("select", fine, apply("div", diagonal.at(at), scale), real(NaN)));
      z.for(0, n, (t, i) => toVectors.put(t, i, k, apply("select", fine, vectors.at(at, i), real(NaN))), "i");
    });
  });
}

export const eighP: Primitive<EighParams> = definePrimitive<EighParams>({
  name: "eigh",
  kind: "opaque",
  abstractEval: ([x]) => {
    checkDtypes("eigh", [x], "inexact");
    requireSquare("eigh", x);
    return [x.strong, shaped(x.shape.slice(0, -1), realPart(x.dtype))];
  },
  lower: (_context, _args, params) => ({
    kind: "routine",
    emit: (b, [x], outs) => emitEigh(b, x, outs, params),
  }),
  complex: (args, params) => onParts(eighPartsP, args, params, [true, false]),
  jvp: ([x], [t], params) => {
    const outs = bind(eighP, [x], params);
    if (isZero(t)) return [outs, outs.map((o) => new Zero(o.aval))];
    const [v, w] = outs;
    const n = w.shape[w.ndim - 1];
    const one = eyeOf(x.shape, w.dtype);
    // wⱼ − wᵢ, with ones on the diagonal, so that it has an inverse there.
    const gaps = add(sub(asRows(w, n), asColumns(w, n)), one);
    const f = convertElementType(sub(div(1, gaps), one), v.dtype);
    const m = matmul(matmul(conjugated(v), t, true), v);
    return [outs, [matmul(v, mul(f, m)), realOf(diagonalOf(m))]];
  },
  transpose: notLinear,
  batch: batchLeading(() => eighP),
});

/** Options of `eigh`. */
export interface EighOptions {
  /** Which triangle is read, without `symmetrizeInput`: the lower one by default. */
  readonly lower?: boolean | undefined;
  /** True (the default): the matrix is (x + xᴴ)/2. */
  readonly symmetrizeInput?: boolean | undefined;
  /** Eigenvalues are always in ascending order. */
  readonly sortEigenvalues?: boolean | undefined;
}

/**
 * `[v, w]`: eigenvectors of symmetric or Hermitian matrices, in the columns of v, and eigenvalues in ascending order. Eigenvectors of
 * equal eigenvalues have no derivative (NaN); eigenvalues do. @see jax.lax.linalg.eigh
 */
export function eigh(x: ArrayLike, options?: EighOptions): [v: NDArray, w: NDArray] {
  checkOptions("eigh", options, ["lower", "symmetrizeInput", "sortEigenvalues"]);
  const a = asArray(x, "eigh");
  requireSquare("eigh", a.aval);
  const { lower = true, symmetrizeInput = true } = options ?? {};
  return bind(eighP, [symmetrizeInput ? symmetrize(a) : a], { lower }) as [NDArray, NDArray];
}
