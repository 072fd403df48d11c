/** @file The values of vectors.json as arrays and sparse arrays, and how results are compared with them. */
import { expect } from "vitest";
import type { DType } from "../../../src/dtypes/dtype.ts";
import { experimental, numpy as np, type Array as A } from "../../../src/index.ts";

const { BCOO, BCSR, COO, CSC, CSR, JAXSparse } = experimental.sparse;

interface EncodedArray {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly (number | boolean)[];
}

interface EncodedSparse {
  readonly kind: "BCOO" | "BCSR" | "COO" | "CSR" | "CSC";
  readonly parts: readonly EncodedArray[];
  readonly shape: readonly number[];
  readonly indicesSorted?: boolean;
  readonly uniqueIndices?: boolean;
}

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === "object" && x !== null;
const isArray = (x: unknown): x is EncodedArray => isObject(x) && "dtype" in x && "data" in x;
const isSparse = (x: unknown): x is EncodedSparse => isObject(x) && "kind" in x && "parts" in x;

export function arrayOf({ shape, dtype, data }: EncodedArray): A {
  if (dtype.startsWith("complex")) {
    const pair = (k: 0 | 1): A =>
      np.array(data.filter((_, i) => i % 2 === k).map(Number), { dtype: "float64" });
    const imaginary = pair(1);
    return np
      .add(pair(0), np.sqrt(np.array(-1).astype("complex128")).mul(imaginary))
      .astype(dtype)
      .reshape(shape);
  }
  const flat = np.array(dtype === "bool" ? data.map(Boolean) : data.map(Number), { dtype });
  return flat.reshape(shape);
}

function sparseOf({
  kind,
  parts,
  shape,
  indicesSorted,
  uniqueIndices,
}: EncodedSparse): experimental.sparse.JAXSparse {
  const [a, b, c] = parts.map(arrayOf);
  switch (kind) {
    case "BCOO":
      return new BCOO([a, b], { shape, indicesSorted, uniqueIndices });
    case "BCSR":
      return new BCSR([a, b, c], { shape });
    case "COO":
      return new COO([a, b, c], { shape });
    case "CSR":
      return new CSR([a, b, c], { shape });
    case "CSC":
      return new CSC([a, b, c], { shape });
  }
}

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());

/** A value as functions take it. */
export function decode(x: unknown): unknown {
  if (isArray(x)) return arrayOf(x);
  if (isSparse(x)) return sparseOf(x);
  if (Array.isArray(x)) return x.map(decode);
  if (isObject(x)) return Object.fromEntries(Object.entries(x).map(([k, v]) => [camelCase(k), decode(v)]));
  return x;
}

const flat = (x: A): number[] => Array.from(x.dataSync() as ArrayLike<number | bigint>, Number);

function expectArray(got: A, want: EncodedArray, tolerance: number): void {
  expect(got.shape).toEqual(want.shape);
  expect(got.dtype).toBe(want.dtype);
  const values = flat(got);
  want.data.forEach((w, i) => {
    const v = Number(w);
    const within = Math.abs(values[i] - v) <= tolerance * (1 + Math.abs(v));
    if (!within && !Object.is(values[i], v)) expect({ at: i, value: values[i] }).toEqual({ at: i, value: v });
  });
}

/**
 * Entries must stand in the same order at the same positions. Positions outside need only be outside, and where JAX's padding has come
 * inside (it has zeros there), it may be outside here.
 */
function expectBcoo(got: experimental.sparse.BCOO, want: EncodedSparse, tolerance: number): void {
  const [data, indices] = want.parts;
  expect(got.shape).toEqual(want.shape);
  expect(got.data.shape).toEqual(data.shape);
  expect(got.indices.shape).toEqual(indices.shape);
  expect([got.dtype, got.indices.dtype]).toEqual([data.dtype, indices.dtype]);
  const width = indices.shape[indices.shape.length - 1];
  const nBatch = indices.shape.length - 2;
  const sizes = want.shape.slice(nBatch, nBatch + width);
  const rows = (values: readonly number[]): string[] =>
    Array.from({ length: width === 0 ? 0 : values.length / width }, (_, i) => {
      const row = values.slice(i * width, (i + 1) * width);
      return row.every((n, k) => n >= 0 && n < sizes[k]) ? row.join() : "outside";
    });
  const [mine, theirs] = [rows(flat(got.indices)), rows(indices.data.map(Number))];
  const shared = got.data.size === data.data.length && indices.shape[0] === data.shape[0];
  const perEntry = mine.length === 0 ? 0 : data.data.length / mine.length;
  const isZero = (i: number): boolean =>
    !shared || data.data.slice(i * perEntry, (i + 1) * perEntry).every((v) => Number(v) === 0);
  expect(mine).toEqual(theirs.map((t, i) => (mine[i] === "outside" && isZero(i) ? "outside" : t)));
  expectArray(got.todense(), { ...encodedDense(want) }, tolerance);
  expect([got.indicesSorted, got.uniqueIndices]).toEqual([want.indicesSorted, want.uniqueIndices]);
}

/** What entries add up to: written without the library. */
function encodedDense({ parts: [data, indices], shape }: EncodedSparse): EncodedArray {
  const nBatch = indices.shape.length - 2;
  const [nse, width] = indices.shape.slice(-2);
  const complex = data.dtype.startsWith("complex") ? 2 : 1;
  const dense = shape.slice(nBatch + width).reduce((n, d) => n * d, 1);
  const out = new Array<number>(shape.reduce((n, d) => n * d, 1) * complex).fill(0);
  const lanes = shape.slice(0, nBatch).reduce((n, d) => n * d, 1);
  const laneOf = (lane: number, sizes: readonly number[]): number => {
    let [rest, at, step] = [lane, 0, 1];
    for (let k = nBatch - 1; k >= 0; k--) {
      const i = rest % shape[k];
      rest = Math.floor(rest / shape[k]);
      if (sizes[k] !== 1) at += i * step;
      step *= sizes[k];
    }
    return at;
  };
  for (let lane = 0; lane < lanes; lane++)
    for (let e = 0; e < nse; e++) {
      const row = laneOf(lane, indices.shape) * nse + e;
      const at = indices.data.slice(row * width, (row + 1) * width).map(Number);
      if (!at.every((n, k) => n >= 0 && n < shape[nBatch + k])) continue;
      const place = at.reduce((sum, n, k) => sum * shape[nBatch + k] + n, lane);
      const from = laneOf(lane, data.shape) * nse + e;
      for (let i = 0; i < dense * complex; i++)
        out[place * dense * complex + i] += Number(data.data[from * dense * complex + i]);
    }
  return { shape, dtype: data.dtype, data: out };
}

/** Compares a result with one that was recorded. */
export function expectEncoded(got: unknown, want: unknown, tolerance = 1e-12): void {
  if (isSparse(want)) {
    expect(got).toBeInstanceOf(JAXSparse);
    if (got instanceof BCOO) {
      expect(want.kind).toBe("BCOO");
      expectBcoo(got, want, tolerance);
      return;
    }
    const parts = Object.values(got as Record<string, unknown>).filter(
      (x) => isObject(x) && "aval" in x,
    ) as A[];
    expect(String(got).startsWith(`${want.kind}(`)).toBe(true);
    expect((got as experimental.sparse.JAXSparse).shape).toEqual(want.shape);
    expect(parts.length).toBe(want.parts.length);
    want.parts.forEach((p, i) => expectArray(parts[i], p, tolerance));
  } else if (isArray(want)) expectArray(got as A, want, tolerance);
  else if (Array.isArray(want))
    want.forEach((w, i) => expectEncoded((got as readonly unknown[])[i], w, tolerance));
  else expect(got).toEqual(want);
}
