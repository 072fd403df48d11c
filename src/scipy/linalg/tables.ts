/**
 * @file Of `scipy.linalg`: matrices given by their size alone, computed exactly and rounded once.
 * The definitions are SciPy's.
 */
import { show, refuseMore, checkWhole } from "../../base/checks.ts";
import { define } from "../../arguments/declare.ts";
import { param } from "../../arguments/parameters.ts";
import type { NDArray } from "../../core/array.ts";
import { type DType, allocate, defaultFloat, defaultInt, toDType } from "../../dtypes/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";

/** A constant matrix from its elements. */
function tabulated(
  rows: number,
  columns: number,
  element: (i: number, j: number) => number,
  dtype: DType = defaultFloat(),
): NDArray {
  const data = allocate("float64", rows * columns);
  for (let at = 0; at < data.length; at++) data[at] = element(Math.floor(at / columns), at % columns);
  return lax.convertElementType(lax.reshape(asArray(data, "matrix"), [rows, columns]), dtype);
}

function requireSize(where: string, n: number, least = 0): void {
  checkWhole(where, "the size", n, least);
}

/**
 * Hadamard's matrix of size n, a power of 2: elements ±1, and orthogonal rows.
 *
 * Parameters: dtype = "int32".
 * @throws ArgumentError if n is not a power of 2
 * @see scipy.linalg.hadamard
 * @example
 * scipy.linalg.hadamard(2).js(); // [[1, 1], [1, -1]]
 */
export const hadamard = define(
  "hadamard",
  [param<[dtype: DType]>()("dtype", defaultInt)],
  [],
  ({ dtype }, n: number) => {
    requireSize("hadamard", n, 1);
    if (!Number.isInteger(Math.log2(n)))
      throw new ArgumentError(`hadamard: the size must be a power of 2; got ${n}.`);
    const odd = (bits: number): boolean => {
      let parity = 0;
      for (let b = bits; b > 0; b >>= 1) parity ^= b & 1;
      return parity === 1;
    };
    return tabulated(n, n, (i, j) => (odd(i & j) ? -1 : 1), toDType(dtype, "hadamard"));
  },
);

/**
 * Helmert's matrix of size n without its first row of equal elements, or (full) with it: the rows are orthonormal.
 *
 * Parameters: full = false.
 * @see scipy.linalg.helmert
 * @example
 * scipy.linalg.helmert(3).shape; // [2, 3]
 */
export const helmert = define(
  "helmert",
  [param<[full: boolean]>()("full", false)],
  [],
  ({ full }, n: number) => {
    requireSize("helmert", n, 1);
    const skipped = full ? 0 : 1;
    return tabulated(n - skipped, n, (row, j) => {
      const i = row + skipped;
      if (i === 0) return 1 / Math.sqrt(n);
      return j < i ? 1 / Math.sqrt(i * (i + 1)) : j === i ? -Math.sqrt(i / (i + 1)) : 0;
    });
  },
);

/**
 * Hilbert's matrix of size n: 1 / (i + j + 1).
 * @see jax.scipy.linalg.hilbert
 * @example
 * scipy.linalg.hilbert(2).js(); // [[1, 0.5], [0.5, 0.333…]]
 */
export function hilbert(n: number, ...more: []): NDArray {
  refuseMore("hilbert", 1, more);
  requireSize("hilbert", n);
  return tabulated(n, n, (i, j) => 1 / (i + j + 1));
}

/** The binomial coefficients C(i, j) for i, j < n, exactly. */
function binomials(n: number): bigint[][] {
  const rows: bigint[][] = [];
  for (let i = 0; i < n; i++) {
    const above = rows[i - 1] as bigint[] | undefined;
    rows.push(range(n).map((j) => (j === 0 ? 1n : j > i ? 0n : above![j - 1] + above![j])));
  }
  return rows;
}

/**
 * The inverse of Hilbert's matrix of size n; its elements are whole numbers, computed exactly and rounded.
 * @see scipy.linalg.invhilbert
 * @example
 * scipy.linalg.invhilbert(2).js(); // [[4, -6], [-6, 12]]
 */
export function invhilbert(n: number, ...more: []): NDArray {
  refuseMore("invhilbert", 1, more);
  requireSize("invhilbert", n);
  const choose = binomials(2 * n);
  return tabulated(n, n, (i, j) => {
    const size =
      BigInt(i + j + 1) * choose[n + i][n - j - 1] * choose[n + j][n - i - 1] * choose[i + j][i] ** 2n;
    return Number((i + j) % 2 === 0 ? size : -size);
  });
}

/** Which matrix of binomial coefficients: C(i + j, i), or the triangle of C(i, j), or that transposed. */
export type PascalKind = "symmetric" | "lower" | "upper" | null;
const pascalParams = [param<[kind: PascalKind]>()("kind", "symmetric")] as const;

function pascalKind(where: string, n: number, given: PascalKind): "symmetric" | "lower" | "upper" {
  requireSize(where, n);
  const kind = given ?? "symmetric";
  if (!["symmetric", "lower", "upper"].includes(kind)) {
    throw new ArgumentError(
      `${where}: unknown kind ${show(kind)}; expected "symmetric", "lower" or "upper".`,
    );
  }
  return kind;
}

/**
 * Pascal's matrix of size n: binomial coefficients.
 *
 * Parameters: kind = "symmetric" ("lower", "upper").
 * @throws ArgumentError for another kind
 * @see scipy.linalg.pascal
 * @example
 * scipy.linalg.pascal(3).js(); // [[1, 1, 1], [1, 2, 3], [1, 3, 6]]
 */
export const pascal = define("pascal", pascalParams, [], (o, n: number) => {
  const kind = pascalKind("pascal", n, o.kind);
  const choose = binomials(2 * n);
  return tabulated(n, n, (i, j) =>
    Number(kind === "symmetric" ? choose[i + j][i] : kind === "lower" ? choose[i][j] : choose[j][i]),
  );
});

/**
 * The inverse of `pascal(n, kind)`; its elements are whole numbers, computed exactly and rounded.
 * @see scipy.linalg.invpascal
 * @example
 * scipy.linalg.invpascal(2).js(); // [[2, -1], [-1, 1]]
 */
export const invpascal = define("invpascal", pascalParams, [], (o, n: number) => {
  const kind = pascalKind("invpascal", n, o.kind);
  const choose = binomials(n);
  const size = (i: number, j: number): bigint => {
    if (kind === "lower") return choose[i][j];
    if (kind === "upper") return choose[j][i];
    return range(n - Math.max(i, j), Math.max(i, j)).reduce(
      (sum, k) => sum + choose[k][i] * choose[k][j],
      0n,
    );
  };
  return tabulated(n, n, (i, j) => Number((i + j) % 2 === 0 ? size(i, j) : -size(i, j)));
});
