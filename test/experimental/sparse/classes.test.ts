/** @file The classes: what they refuse, how they are shown, their methods on small arrays. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { errors, experimental, grad, jit, numpy as np, vmap, type Array as A } from "../../../src/index.ts";

const { sparse } = experimental;
const { BCOO, BCSR, COO, CSR } = sparse;

const at = (rows: readonly (readonly number[])[]): A =>
  np.array(rows.flat(), { dtype: "int32" }).reshape([rows.length, rows[0].length]);
const m = BCOO.fromdense(
  np.array([
    [0, 2, 0],
    [1, 0, 4],
  ]),
);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("constructors", () => {
  it("say what does not fit", () => {
    const data = np.array([1, 2]);
    expect(() => new BCOO([data, at([[0, 1]])], { shape: [2, 2] })).toThrow(
      /data of shape \[2\] for 1 entries.*expected shape \[1\]/s,
    );
    expect(
      () =>
        new BCOO(
          [
            data,
            np.array([
              [0, 1],
              [1, 1],
            ]),
          ],
          { shape: [2, 2] },
        ),
    ).toThrow(errors.DTypeError);
    expect(
      () =>
        new BCOO(
          [
            data,
            at([
              [0, 1],
              [1, 1],
            ]),
          ],
          { shape: [2] },
        ),
    ).toThrow(/2 sparse axes/);
    expect(() => new BCOO([data] as never, { shape: [2] })).toThrow(/\[data, indices\]/);
    expect(() => new BCOO([data, at([[0], [1]])], {} as never)).toThrow(/'shape' must be a list/);
    expect(
      () =>
        new BCSR([data, np.array([0, 1], { dtype: "int32" }), np.array([0, 2], { dtype: "int32" })], {
          shape: [2, 2],
        }),
    ).toThrow(/one element more than there are rows: 3/);
    expect(() => new COO([data, data, data], { shape: [2, 2] })).toThrow(errors.DTypeError);
    expect(
      () =>
        new CSR([data, np.array([0], { dtype: "int32" }), np.array([0, 2], { dtype: "int32" })], {
          shape: [1, 2],
        }),
    ).toThrow(errors.ShapeError);
    expect(() => BCSR.fromdense(np.ones([3]))).toThrow(/two sparse axes; this array has 1/);
    expect(() => BCOO.fromdense(np.ones([3]), { nBatch: 2 })).toThrow(/exceeds the number of axes/);
  });

  it("must be told the number of entries where it is not known", () => {
    expect(() => jit((x: A) => BCOO.fromdense(x).data)(np.ones([3]))).toThrow(/how many entries are stored/);
    expect(jit((x: A) => BCOO.fromdense(x, { nse: 2 }).data)(np.array([0, 3, 4])).js()).toEqual([3, 4]);
    expect(grad((x: A) => BCOO.fromdense(x).data.sum())(np.array([0, 3, 4])).js()).toEqual([0, 1, 1]);
  });
});

describe("BCOO", () => {
  it("is shown by its type and its layout", () => {
    expect(String(m)).toBe("BCOO(float64[2,3], nse=3)");
    expect([m.dtype, m.ndim, m.size, m.length, m.nse, m.nBatch, m.nSparse, m.nDense]).toEqual([
      "float64",
      2,
      6,
      2,
      3,
      0,
      2,
      0,
    ]);
    expect(String(BCOO.fromdense(np.ones([2, 3, 4]), { nBatch: 1, nDense: 1 }))).toBe(
      "BCOO(float64[2,3,4], nse=3, nBatch=1, nDense=1)",
    );
    let seen = "";
    vmap((x: A) => {
      const y = BCOO.fromdense(x, { nse: 1 });
      seen = String(y);
      return y.data;
    })(np.ones([2, 3]));
    expect(seen).toBe("Tracer of BCOO(float64[3], nse=1)");
  });

  it("has the methods of arrays that keep it sparse", () => {
    expect(m.neg().todense().js()).toEqual(
      [
        [-0, -2, -0],
        [-1, -0, -4],
      ].map((r) => r.map((v) => v + 0)),
    );
    expect(m.sub(m.mul(2)).todense().js()).toEqual([
      [0, -2, 0],
      [-1, 0, -4],
    ]);
    expect(m.neg().abs().todense().js()).toEqual(m.todense().js());
    expect(m.add(np.ones([2, 3])).js()).toEqual([
      [1, 3, 1],
      [2, 1, 5],
    ]);
    expect(m.sub(np.ones([2, 3])).js()).toEqual([
      [-1, 1, -1],
      [0, -1, 3],
    ]);
    expect(
      m
        .div(np.array([1, 2, 4]))
        .todense()
        .js(),
    ).toEqual([
      [0, 1, 0],
      [1, 0, 1],
    ]);
    expect(m.pow(3).data.js()).toEqual([8, 1, 64]);
    expect(m.rmatmul(np.array([1, 10])).js()).toEqual([10, 2, 40]);
    expect(m.astype("int32").dtype).toBe("int32");
    expect(m.reshape([3, 2]).todense().js()).toEqual([
      [0, 2],
      [0, 1],
      [0, 4],
    ]);
    expect([...m].map((row) => row.todense().js())).toEqual([
      [0, 2, 0],
      [1, 0, 4],
    ]);
    expect(m.slice([2]).shape).toEqual([0, 3]);
    expect(m.slice(0, 1).todense().item()).toBe(2);
    expect(m.matmul(m.T).todense().js()).toEqual([
      [4, 0],
      [0, 17],
    ]);
    expect(m.matmul(BCSR.fromdense(np.eye(3)) as never)).toBeInstanceOf(BCOO);
  });

  it("refuses what would be dense, or what it does not know", () => {
    expect(() => m.div(m as never)).toThrow(/division by a sparse array/);
    expect(() => m.add(1)).toThrow(/larger dense array/);
    expect(() => m.pow(-1)).toThrow(errors.ArgumentError);
    expect(() => m.matmul(COO.fromdense(np.eye(3)) as never)).toThrow(/for BCOO, BCSR and dense arrays/);
    expect(() => BCSR.fromBcoo(m).transpose()).toThrow(/toBcoo/);
    expect(() => m.matmul(np.ones([4]))).toThrow(errors.ShapeError);
  });

  it("warns where it is told to", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(m.updateLayout({ nBatch: 1, onInefficient: "warn" }).nBatch).toBe(1);
    expect(warn.mock.calls.map(([text]) => String(text).split(":")[0])).toEqual(["SparseEfficiencyWarning"]);
    expect(() => m.updateLayout({ nBatch: 1 })).toThrow(sparse.SparseEfficiencyError);
    expect(new sparse.CuSparseEfficiencyWarning("x")).toBeInstanceOf(sparse.SparseEfficiencyWarning);
  });

  it("takes promises of order and uniqueness at their word, and keeps them where they hold", () => {
    expect([m.indicesSorted, m.uniqueIndices]).toEqual([true, true]);
    expect([m.T.indicesSorted, m.T.uniqueIndices]).toEqual([false, true]);
    expect(m.mul(2).uniqueIndices).toBe(true);
    expect(m.add(m).uniqueIndices).toBe(false);
  });
});

describe("other entries", () => {
  it("of identities are those of dense ones", () => {
    for (const k of [-2, -1, 0, 1, 3])
      for (const sparseFormat of ["bcoo", "bcsr", "coo", "csr", "csc"] as const)
        expect(sparse.eye(3, { M: 4, k, sparseFormat }).todense().js()).toEqual(np.eye(3, { M: 4, k }).js());
    expect(sparse.eye(3, { M: 4, k: 2, nBatch: 1 }).todense().js()).toEqual(np.eye(3, { M: 4, k: 2 }).js());
  });

  it("of warnings and errors have stable codes", () => {
    expect(new sparse.SparseEfficiencyError("x").code).toBe("sparse-efficiency");
    expect(new sparse.SparseEfficiencyError("x").name).toBe("SparseEfficiencyError");
  });
});
