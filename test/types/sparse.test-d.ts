/** @file Types of sparse arrays: derivatives, products and sparse programs. The compiler is the test: nothing here runs. */
import { experimental, numpy as np, vmap, type Array as A } from "../../src/index.ts";
import { expectType } from "./expect-type.ts";

const { BCOO, bcooDotGeneral, eye, grad, jacrev, sparsify, valueAndGrad } = experimental.sparse;
type Sparse = experimental.sparse.BCOO;
type Rows = experimental.sparse.BCSR;

export function sparseTypes(): void {
  const m = BCOO.fromdense(np.eye(2));
  const v = np.ones([2]);

  const g = grad((x) => x.matmul(v).sum())(m);
  expectType<Sparse>()(g);
  const ofBoth = grad((x: Sparse, y: A) => x.matmul(y).sum())(m, v);
  expectType<Sparse>()(ofBoth);
  const ofVector = grad((x: Sparse, y: A) => x.matmul(y).sum(), 1)(m, v);
  expectType<A>()(ofVector);
  const [value, slope] = valueAndGrad((x) => x.mul(x).sum())(m);
  expectType<A>()(value);
  expectType<Sparse>()(slope);
  const j = jacrev((x) => x.matmul(v))(m);
  expectType<Sparse>()(j);

  const product = m.matmul(v);
  expectType<A>()(product);
  const square = m.matmul(m);
  expectType<Sparse>()(square);
  const contracted = bcooDotGeneral(m, v, {
    dimensionNumbers: [
      [[1], [0]],
      [[], []],
    ],
  });
  expectType<A>()(contracted);
  const rows = eye(2, { sparseFormat: "bcsr" });
  expectType<Rows>()(rows);

  const f = sparsify((x: A, y: A) => np.sin(x).matmul(y));
  const result = f(m, v);
  expectType<A | Sparse | Rows>()(result);
  // @ts-expect-error — a string is no array
  f("m", v);

  const sums = vmap((row: Sparse) => row.sum())(m);
  expectType<A>()(sums);
}
