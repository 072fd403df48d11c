/**
 * @file Eigenvalues and eigenvectors of Hermitian matrices: unitary reflectors bring them to a real tridiagonal form, which
 * is diagonalised as in ../tridiagonalise.ts. All matrices are rows of real parts beside imaginary ones.
 */
import { shaped } from "../../../core/aval.ts";
import { type Block, apply } from "../../../loops/ir/build.ts";
import { iadd, isub } from "../../../loops/ir/affine.ts";
import type { Buffer, Expr } from "../../../loops/ir/ir.ts";
import type { Pull } from "../../../loops/pull.ts";
import { type Vector, batchOf, mirrored, newVector, outputVector, real, safeScale } from "../matrix.ts";
import { ascending, iterate } from "../tridiagonalise.ts";
import { reflectVector, reflector } from "./householder.ts";
import * as z from "./matrix.ts";
import { partsRoutine } from "./parts.ts";

interface State {
  /** The matrix, of which the lower triangle is used; then v of each reflector, in its row. */
  readonly a: z.ZMatrix;
  readonly diagonal: Vector;
  /** offDiagonal[i] couples i − 1 and i. */
  readonly offDiagonal: Vector;
  readonly taus: z.ZVector;
  readonly work: z.ZVector;
}

/** out += S·v for the Hermitian S whose lower triangle is the leading i × i block of `a`; v is row i. */
function multiplyLower(b: Block, a: z.ZMatrix, i: Expr, out: z.ZVector): void {
  b.for(
    0,
    i,
    (row, j) => {
      const f = z.named(row, a.at(i, j), "f");
      const sum = z.variable(row, z.scale(f, a.re.at(j, j)), "sum");
      row.for(
        0,
        j,
        (x, k) => {
          const s = z.named(x, a.at(j, k), "s");
          z.accumulate(x, sum, z.mul(s, z.named(x, a.at(i, k))));
          out.put(x, k, z.add(out.at(k), z.dotTerm(s, f)));
        },
        "k",
      );
      out.put(row, j, z.add(out.at(j), sum));
    },
    "j",
  );
}

/** Row i, the last one first: S ← S − v·wᴴ − w·vᴴ with p = τ·S·v and w = p − ½ τ̄ (vᴴ·p) v. */
function reduce(b: Block, { a, diagonal, offDiagonal, taus, work }: State): void {
  const n = a.rows;
  b.for(
    0,
    n - 1,
    (y, step) => {
      const i = mirrored(n, step);
      const last = isub(i, 1);
      // The column above the diagonal, which is the conjugate of the row.
      y.for(0, i, (x, k) => a.put(x, i, k, z.conj(a.at(i, k))), "k");
      const tau = reflector(y, a.row(i), last, [0, last]);
      taus.put(y, i, tau);
      offDiagonal.put(y, i, a.re.at(i, last));
      y.if(apply("ne", z.size1(tau), 0), (t) => {
        a.put(t, i, last, z.one);
        t.for(0, i, (x, k) => work.put(x, k, z.zero), "k");
        multiplyLower(t, a, i, work);
        t.for(0, i, (x, k) => work.put(x, k, z.mul(tau, z.named(x, work.at(k)))), "k");
        const dot = z.sumOver(t, 0, i, (x, k) => z.dotTerm(z.named(x, a.at(i, k)), z.named(x, work.at(k))));
        const half = z.kept(t, z.scale(z.dotTerm(tau, dot), real(0.5)), "half");
        t.for(0, i, (x, k) => work.put(x, k, z.sub(work.at(k), z.mul(half, z.named(x, a.at(i, k))))), "k");
        t.for(
          0,
          i,
          (row, j) => {
            const [f, g] = [z.named(row, a.at(i, j), "f"), z.named(row, work.at(j), "g")];
            row.for(
              0,
              iadd(j, 1),
              (x, k) => {
                const [v, w] = [z.named(x, a.at(i, k), "v"), z.named(x, work.at(k), "w")];
                a.put(x, j, k, z.sub(a.at(j, k), z.add(z.dotTerm(w, f), z.dotTerm(v, g))));
              },
              "k",
            );
          },
          "j",
        );
      });
    },
    "step",
  );
  b.for(0, n, (y, i) => diagonal.put(y, i, a.re.at(i, i)));
  offDiagonal.put(b, 0, real(0));
}

/** Rows of `vectors` ← the transpose of the product of the reflectors, grown from its corner. */
function accumulateVectors(b: Block, vectors: z.ZMatrix, { a, taus }: State): void {
  const n = a.rows;
  z.zfill(b, vectors, (i, j) => z.select(apply("eq", i, j), z.one, z.zero), n);
  b.for(
    1,
    n,
    (y, i) => {
      const tau = z.named(y, taus.at(i), "tau");
      y.if(apply("ne", z.size1(tau), 0), (t) =>
        t.for(
          0,
          i,
          (row, r) => reflectVector(row, vectors, r, (x, k) => z.named(x, a.at(i, k)), tau, [0, i]),
          "r",
        ),
      );
    },
    "i",
  );
}

function emit(
  b: Block,
  [re, im]: readonly Pull[],
  [vRe, vIm, w]: readonly Buffer[],
  { lower }: { lower: boolean },
): void {
  const { shape } = re.aval;
  if (shape.includes(0)) return;
  const n = shape[shape.length - 1];
  const state: State = {
    a: z.newZMatrix(b, n, n, "a"),
    diagonal: newVector(b, n, "d"),
    offDiagonal: newVector(b, n, "e"),
    taus: z.newZVector(b, n, "taus"),
    work: z.newZVector(b, n, "work"),
  };
  const { a, diagonal, offDiagonal } = state;
  const [whole, vectors] = z.sideBySide(b, n, n, "vectors");
  b.nest(batchOf(shape), (y, batch) => {
    const largest = y.variable(real(0), "largest");
    const read = (i: Expr, j: Expr): z.Z =>
      lower ? z.zelement([re, im], [...batch, i, j]) : z.conj(z.zelement([re, im], [...batch, j, i]));
    y.nest([n, n], (t, [i, j]) => {
      const value = z.named(t, z.select(apply("le", j, i), read(i, j), z.zero));
      a.put(t, i, j, z.select(apply("eq", i, j), z.zreal(value.re), value));
      t.accumulate(largest, "max", apply("max", apply("abs", a.re.at(i, j)), apply("abs", a.im.at(i, j))));
    });
    const scale = safeScale(y, largest);
    // What is not finite becomes NaN, and is not iterated over.
    const finite = y.let(apply("gt", apply("mul", largest, 0), -1), "finite");
    z.zfill(y, a, (i, j) => z.select(finite, z.scale(a.at(i, j), scale), z.zero));
    if (n > 1) reduce(y, state);
    else diagonal.put(y, 0, a.re.at(0, 0));
    accumulateVectors(y, vectors, state);
    const unused = { a: a.re, taus: state.taus.re, work: state.work.re };
    const fine =
      n > 1
        ? y.let(
            apply("and", iterate(y, { ...unused, vectors: whole, diagonal, offDiagonal }, n), finite),
            "fine",
          )
        : finite;
    const toVectors = z.zoutputMatrix([vRe, vIm], shape, batch);
    const toValues = outputVector(w, shape.slice(0, -1), batch);
    ascending(y, diagonal, n, (t, k, at) => {
      toValues.put(t, k, apply("select", fine, apply("div", diagonal.at(at), scale), real(NaN)));
      t.for(0, n, (x, i) => toVectors.put(x, i, k, z.select(fine, vectors.at(at, i), z.nan)), "i");
    });
  });
}

export const eighPartsP = partsRoutine<{ lower: boolean }>({
  name: "eigh_parts",
  avals: ([re, im]) => [re, im, shaped(re.shape.slice(0, -1), re.dtype)],
  emit,
});
