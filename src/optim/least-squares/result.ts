/** @file What least squares give back: arrays, which go through transformations, and words for why the search ended. */
import type { NDArray } from "../../core/array.ts";
import { type PytreeNode, asNode } from "../../core/tree.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import type { Matrix } from "./matrices.ts";

interface Fields<X, R> {
  readonly x: ArrayTree<X>;
  readonly cost: NDArray;
  readonly fun: ArrayTree<R>;
  readonly jac: Matrix;
  readonly grad: ArrayTree<X>;
  readonly optimality: NDArray;
  readonly activeMask: ArrayTree<X>;
  readonly nfev: NDArray;
  readonly njev: NDArray;
  readonly nit: NDArray;
  readonly status: NDArray;
}

const messages: Readonly<Record<number, string>> = {
  [-2]: "The callback ended the search.",
  [-1]: "Residuals are not finite at the initial point.",
  0: "The maximum number of function evaluations is exceeded.",
  1: "`gtol` termination condition is satisfied.",
  2: "`ftol` termination condition is satisfied.",
  3: "`xtol` termination condition is satisfied.",
  4: "Both `ftol` and `xtol` termination conditions are satisfied.",
};

/** What `leastSquares` found: a node of pytrees, whose leaves are its arrays. */
export class LeastSquaresResult<X, R = unknown> {
  /** The minimum. */
  readonly x: ArrayTree<X>;
  /** The value of the cost there. */
  readonly cost: NDArray;
  /** The residuals there. */
  readonly fun: ArrayTree<R>;
  /**
   * The Jacobian there, of all residuals in a row with respect to all unknowns in a row: [m, n], or a `SparseMatrix`. With a
   * robust loss its rows are scaled such that JᵀJ approximates the Hessian of the cost.
   */
  readonly jac: Matrix;
  /** The gradient of the cost there. */
  readonly grad: ArrayTree<X>;
  /** The largest element of the gradient, scaled for bounds, at the end of the search. */
  readonly optimality: NDArray;
  /** For each unknown (int32) 0, or −1 or 1 where its lower or upper bound holds. */
  readonly activeMask: ArrayTree<X>;
  readonly nfev: NDArray;
  readonly njev: NDArray;
  readonly nit: NDArray;
  /** −2: ended by the callback; −1: residuals not finite at x0; 0: maxNfev reached; 1: gtol; 2: ftol; 3: xtol; 4: both. */
  readonly status: NDArray;

  constructor(fields: Fields<X, R>) {
    this.x = fields.x;
    this.cost = fields.cost;
    this.fun = fields.fun;
    this.jac = fields.jac;
    this.grad = fields.grad;
    this.optimality = fields.optimality;
    this.activeMask = fields.activeMask;
    this.nfev = fields.nfev;
    this.njev = fields.njev;
    this.nit = fields.nit;
    this.status = fields.status;
  }

  /** Whether a tolerance was met: status 1 … 4. */
  get success(): NDArray {
    return this.status.greater(0);
  }

  /** The status in words; for many searches at once those that there were. */
  get message(): string {
    const found = [...new Set(Array.from(this.status.dataSync(), Number))];
    return found.map((status) => messages[status]).join(" ");
  }

  get [asNode](): PytreeNode<LeastSquaresResult<X, R>, null> {
    return resultNode as PytreeNode<LeastSquaresResult<X, R>, null>;
  }
}

const keys = [
  "x",
  "cost",
  "fun",
  "jac",
  "grad",
  "optimality",
  "activeMask",
  "nfev",
  "njev",
  "nit",
  "status",
] as const satisfies readonly (keyof Fields<unknown, unknown>)[];

const resultNode: PytreeNode<LeastSquaresResult<unknown>, null> = {
  flatten: (result) => ({ children: keys.map((key) => result[key]), aux: null, keys }),
  unflatten: (_, children) =>
    new LeastSquaresResult(
      Object.fromEntries(keys.map((key, i) => [key, children[i]])) as unknown as Fields<unknown, unknown>,
    ),
};
