/** @file Matrices with what makes methods of linear algebra fail, and their measures in double precision. */
import type { NDArray } from "../../src/core/array.ts";
import { lax, numpy as np } from "../../src/index.ts";
import { Random } from "../util/random.ts";

type A = NDArray;

export const dtypes = ["float32", "float64", "complex64", "complex128"] as const;
export type Kind = (typeof dtypes)[number];

export const isComplex = (d: string): boolean => d.startsWith("complex");
export const unit = (d: Kind): number => (d === "float32" || d === "complex64" ? 2 ** -23 : 2 ** -52);

/** In double precision, so that what is measured with is exact beside what is measured. */
export const exact = (x: A): A => x.astype(isComplex(x.dtype) ? "complex128" : "float64");
export const h = (x: A): A => np.conj(np.matrixTranspose(x));
export const norm = (x: A): number => Math.sqrt(Number(np.sum(np.abs(exact(x)).pow(2)).item()));
export const product = (a: A, b: A): A => np.matmul(exact(a), exact(b));
export const eye = (n: number): A => np.eye(n);

export function draw(dtype: Kind, m: number, n: number, salt: string): A {
  const random = new Random(`${salt} ${m} ${n}`);
  const part = (): A =>
    np
      .array(Float64Array.from({ length: m * n }, () => random.uniform(-1, 1)))
      .astype("float64")
      .reshape([m, n]);
  return (isComplex(dtype) ? lax.complex(part(), part()) : part()).astype(dtype);
}

/** Matrices with what makes methods fail. */
export const kinds: Readonly<Record<string, (dtype: Kind, m: number, n: number) => A>> = {
  random: (d, m, n) => draw(d, m, n, "random"),
  graded: (d, m, n) => {
    const rows = np
      .exp(
        np
          .arange(m)
          .astype("float64")
          .mul(-12 / m),
      )
      .reshape([m, 1]);
    const columns = np.exp(
      np
        .arange(n)
        .astype("float64")
        .mul(-12 / n),
    );
    return draw(d, m, n, "graded").mul(rows).mul(columns).astype(d);
  },
  clustered: (d, m, n) =>
    np
      .eye(m, n)
      .add(draw(d, m, n, "clustered").mul(1e-5))
      .astype(d),
  "rank-deficient": (d, m, n) => {
    const k = Math.max(1, Math.floor(Math.min(m, n) / 3));
    return np.matmul(draw(d, m, k, "left"), draw(d, k, n, "right")).astype(d);
  },
  defective: (d, m, n) =>
    np
      .eye(m, n)
      .mul(0.5)
      .add(np.eye(m, n, 1))
      .astype(d),
  zero: (d, m, n) => np.zeros([m, n], d),
};

const isOne = (x: A): A => x.astype("float64");

/** Matrices that are hard for eigenvalues of matrices that are not symmetric. */
export const generalKinds: Readonly<Record<string, (dtype: Kind, n: number) => A>> = {
  grcar: (d, n) =>
    np
      .triu(np.tril(np.ones([n, n]), 3))
      .sub(np.eye(n, n, -1))
      .astype(d),
  companion: (d, n) =>
    np
      .eye(n, n, -1)
      .add(np.outer(isOne(np.arange(n).equal(0)), draw("float64", 1, n, "companion").reshape([n])))
      .astype(d),
  triangular: (d, n) => np.triu(draw(d, n, n, "triangular")),
  cyclic: (d, n) => np.roll(np.eye(n), 1, 0).astype(d),
  "in blocks": (d, n) => {
    const block = np.arange(n).floorDivide(7);
    return draw(d, n, n, "blocks")
      .mul(isOne(block.reshape([n, 1]).equal(block)))
      .astype(d);
  },
};
