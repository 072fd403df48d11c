/** @file The errors and warnings of sparse arrays that JAX names. */
import { AdjointError } from "../../base/errors.ts";

/** What was asked for would store many zeros. */
export class SparseEfficiencyError extends AdjointError {
  constructor(detail: string) {
    super("sparse-efficiency", detail);
  }
}

/** What was asked for stores many zeros, and is done: the text is written to the console. */
export class SparseEfficiencyWarning extends AdjointError {
  constructor(detail: string, code = "sparse-efficiency-warning") {
    super(code, detail);
    this.name = "SparseEfficiencyWarning";
  }
}

/** In JAX, that a product on a GPU goes without cuSPARSE. Programs that look for it find none here: there is no cuSPARSE. */
export class CuSparseEfficiencyWarning extends SparseEfficiencyWarning {
  constructor(detail: string) {
    super(detail, "cu-sparse-efficiency-warning");
    this.name = "CuSparseEfficiencyWarning";
  }
}
