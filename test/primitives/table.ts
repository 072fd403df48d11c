/** @file The table of primitives: one row each. A registered primitive without a row fails test/primitives/coverage.test.ts. */
import "../../src/control-flow/lax.ts";
import "../../src/api/index.ts";
import "../../src/primitives/index.ts";
import { linearCall } from "../../src/control-flow/linear/linear-call.ts";
import type { NDArray } from "../../src/core/array.ts";
import { mul } from "../../src/lax/index.ts";
import { mapScalars } from "../util/reference.ts";
import { type CallRow, type OpRow, type Row, callRow, real, row } from "./row.ts";
import { type ScalarRow, scalarOpRow } from "./scalar-row.ts";
import { binaryRows, ternaryRows, unaryRows, variantRows } from "./table-elementwise.ts";
import { attentionRows } from "./table-attention.ts";
import { complexLinalgRows } from "./table-complex-linalg.ts";
import { complexRows } from "./table-complex.ts";
import { creationRows } from "./table-creation.ts";
import { fftRows } from "./table-fft.ts";
import { indexingRows } from "./table-indexing.ts";
import { linalgRows } from "./table-linalg.ts";
import { randomRows } from "./table-random.ts";
import { slopeRows } from "./table-slopes.ts";
import { specialFunctionRows } from "./table-special-functions.ts";
import { specialPartRows } from "./table-special-parts.ts";
import { specialRows } from "./table-special.ts";
import { selectCases, structuralRows } from "./table-structural.ts";

/** Element-wise primitives by their scalar references. */
export const scalarRows: readonly ScalarRow[] = [
  ...unaryRows,
  ...variantRows,
  ...binaryRows,
  ...ternaryRows,
  ...specialRows,
  ...specialFunctionRows,
  ...slopeRows,
  ...specialPartRows,
];

function elementwiseRows(): OpRow[] {
  const byName = new Map<string, ScalarRow[]>();
  for (const r of scalarRows) byName.set(r.primitive, [...(byName.get(r.primitive) ?? []), r]);
  return [...byName.values()].map(([first, ...rest]) => scalarOpRow(first, ...rest));
}

const withSelect = (r: OpRow): OpRow =>
  r.primitive === "select_n" ? { ...r, cases: [...r.cases, ...selectCases] } : r;

const product = ([c]: readonly NDArray[], [x]: readonly NDArray[]): NDArray[] => [mul(c, x)];
const linearCallRow = row("linear_call", {
  call: (c: NDArray, x: NDArray) => linearCall(product, product, [c], [x])[0],
  operands: [real([2, 3]), real([2, 3])],
  linear: [[1]],
  reference: (c, x) => mapScalars((a, b) => a * b, [c, x]),
});

export const opRows: readonly OpRow[] = [
  ...elementwiseRows().map(withSelect),
  ...creationRows,
  ...structuralRows,
  ...indexingRows,
  ...randomRows,
  ...linalgRows,
  ...complexRows,
  ...complexLinalgRows,
  ...fftRows,
  ...attentionRows,
  linearCallRow,
];

const collectives = ["psum", "pmax", "pmin", "axis_index", "all_gather", "reduce_scatter", "ppermute"];

export const callRows: readonly CallRow[] = [
  callRow("custom_vmap_call", "test/control-flow/custom-vmap.test.ts"),
  callRow("debug_callback", "test/effects/callbacks.test.ts"),
  callRow("pure_callback", "test/effects/callbacks.test.ts"),
  callRow("io_callback", "test/effects/callbacks.test.ts"),
  callRow("check", "test/effects/checkify.test.ts"),
  callRow("debug_check", "test/effects/checkify.test.ts"),
  callRow("recurse", "test/functional/recursive.test.ts"),
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
  callRow("kernel", "test/primitives/own/kernels.test.ts"),
  ...collectives.map((name) => callRow(name, "test/core/collectives.test.ts")),
];

export const rows: readonly Row[] = [...opRows, ...callRows];
