/** @file The table of primitives: one row each. A registered primitive without a row fails test/primitives/coverage.test.ts. */
import "../../src/control-flow/lax.ts";
import "../../src/api/index.ts";
import { type CallRow, type OpRow, type Row, callRow } from "./row.ts";
import { type ScalarRow, scalarOpRow } from "./scalar-row.ts";
import { binaryRows, ternaryRows, unaryRows, variantRows } from "./table-elementwise.ts";
import { complexLinalgRows } from "./table-complex-linalg.ts";
import { complexRows } from "./table-complex.ts";
import { fftRows } from "./table-fft.ts";
import { indexingRows } from "./table-indexing.ts";
import { linalgRows } from "./table-linalg.ts";
import { randomRows } from "./table-random.ts";
import { specialRows } from "./table-special.ts";
import { selectCases, structuralRows } from "./table-structural.ts";

/** Element-wise primitives by their scalar references. */
export const scalarRows: readonly ScalarRow[] = [
  ...unaryRows,
  ...variantRows,
  ...binaryRows,
  ...ternaryRows,
  ...specialRows,
];

function elementwiseRows(): OpRow[] {
  const byName = new Map<string, ScalarRow[]>();
  for (const r of scalarRows) byName.set(r.primitive, [...(byName.get(r.primitive) ?? []), r]);
  return [...byName.values()].map(([first, ...rest]) => scalarOpRow(first, ...rest));
}

const withSelect = (r: OpRow): OpRow =>
  r.primitive === "select_n" ? { ...r, cases: [...r.cases, ...selectCases] } : r;

export const opRows: readonly OpRow[] = [
  ...elementwiseRows().map(withSelect),
  ...structuralRows,
  ...indexingRows,
  ...randomRows,
  ...linalgRows,
  ...complexRows,
  ...complexLinalgRows,
  ...fftRows,
];

const collectives = ["psum", "pmax", "pmin", "axis_index", "all_gather", "reduce_scatter", "ppermute"];

export const callRows: readonly CallRow[] = [
  callRow("custom_jvp_call", "test/core/custom-rules.test.ts"),
  callRow("custom_vjp_call", "test/core/custom-rules.test.ts"),
  callRow("custom_lin", "test/core/custom-rules.test.ts"),
  callRow("checkpoint", "test/core/checkpoint.test.ts"),
  callRow("custom_linear_solve", "test/control-flow/implicit.test.ts"),
  callRow("scan", "test/control-flow/matrix.test.ts"),
  callRow("cond", "test/control-flow/matrix.test.ts"),
  callRow("while", "test/control-flow/matrix.test.ts"),
  callRow("loop_tangent", "test/control-flow/reverse.test.ts"),
  callRow("loop_adjoint", "test/control-flow/reverse.test.ts"),
  callRow("loop_second", "test/control-flow/reverse.test.ts"),
  callRow("jit", "test/jit/jit.test.ts"),
  ...collectives.map((name) => callRow(name, "test/core/collectives.test.ts")),
];

export const rows: readonly Row[] = [...opRows, ...callRows];
