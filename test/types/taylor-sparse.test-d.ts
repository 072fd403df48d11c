/** @file Types of Taylor mode and of sparse derivatives: lists of terms stand where the leaves are. The compiler is the test. */
import {
  type Array as NDArray,
  type SparseMatrix,
  type SparsityPattern,
  hessianSparsity,
  jet,
  numpy as np,
  sparseHessian,
  sparseJacobian,
} from "../../src/index.ts";
import { expectType } from "./expect-type.ts";

type Params = { w: NDArray; layers: NDArray[] };
declare const params: Params;
declare const x: NDArray;

const [y, terms] = jet((a: NDArray) => np.sin(a), [x], [[x, 0]]);
expectType<NDArray>()(y);
expectType<NDArray[]>()(terms);

const [out, series] = jet(
  (p: Params, a: NDArray) => ({ loss: p.w.mul(a), rest: [a] as [NDArray] }),
  [params, 2],
  [{ w: [1, 0], layers: [] }, []],
);
expectType<{ loss: NDArray; rest: [NDArray] }>()(out);
expectType<{ loss: NDArray[]; rest: [NDArray[]] }>()(series);

// @ts-expect-error one list of terms for each primal
jet((a: NDArray, b: NDArray) => a.mul(b), [x, x], [[1]]);

expectType<SparseMatrix>()(sparseJacobian((p: Params) => p.w)(params));
expectType<SparseMatrix>()(sparseHessian((a: NDArray) => a.sum(), { argnums: 0 })(x));
expectType<SparsityPattern>()(hessianSparsity((a: NDArray) => a.sum())(x));
