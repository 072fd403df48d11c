/**
 * @file How closely two execution modes must agree on a program: bit for bit, unless it contains transcendental functions
 * (whose vector versions round differently than JavaScript's) or floating-point sums (whose order differs).
 */
import { expect } from "vitest";
import { config } from "../../src/base/config.ts";
import type { NDArray } from "../../src/core/array.ts";
import type { DType } from "../../src/dtypes/dtype.ts";
import { isFloat } from "../../src/dtypes/dtype.ts";
import { encodeBF16, encodeF16 } from "../../src/dtypes/float16.ts";
import type { ClosedJaxpr } from "../../src/core/jaxpr/ir.ts";
import type { Expr, Program, Stmt } from "../../src/loops/ir/ir.ts";
import { jaxprProgram } from "../../src/jit/program.ts";
import { simplify } from "../../src/jit/simplify.ts";
import { runsWasm } from "../../src/loops/emit/wasm/host.ts";
import { vectorMath } from "../../src/loops/emit/wasm/math/index.ts";
import { describeArray, expectSame, flat } from "./arrays.ts";
import { calledFunctions, stmtBodies, stmtExprs, visitExpr } from "../../src/loops/ir/traverse.ts";

/**
 * exact: every bit. function: one transcendental function and nothing else, 3 ulp apart at most (float32: 2, less: 1).
 * sum: additions or multiplications of many terms in another order. compound: rounding errors travel.
 */
export type Exactness = "exact" | "function" | "sum" | "compound";

/** What a program contains that modes may compute differently. */
export function exactnessOf(program: Pick<Program, "body" | "results">): Exactness {
  let operations = 0;
  let functions = 0;
  let sums = 0;
  const inExpr = (root: Expr): void =>
    visitExpr(root, (e) => {
      if (e.kind === "cast" && isFloat(e.dtype)) operations++;
      if (e.kind !== "op" || !isFloat(e.args[e.args.length - 1].dtype)) return;
      operations++;
      if (e.op in vectorMath) functions++;
    });
  const inStmts = (stmts: readonly Stmt[]): void => {
    for (const s of stmts) {
      stmtExprs(s).forEach(inExpr);
      if (s.kind === "accumulate" && isFloat(s.local.dtype) && (s.op === "add" || s.op === "mul")) sums++;
      if (s.kind === "contract" && isFloat(s.sum)) sums++;
      stmtBodies(s).forEach(inStmts);
    }
  };
  for (const fn of calledFunctions(program)) {
    inStmts(fn.body);
    inExpr(fn.result);
  }
  inStmts(program.body);
  program.results.forEach(inExpr);
  if (functions === 0 && sums === 0) return "exact";
  if (functions === 1 && operations === 1) return "function";
  return functions === 0 ? "sum" : "compound";
}

/** As `exactnessOf`, of a whole jaxpr. Sums of several equations are compound. */
export function exactnessOfJaxpr(jaxpr: ClosedJaxpr): Exactness {
  const found = exactnessOf(jaxprProgram(simplify(jaxpr), "test"));
  return found === "sum" && jaxpr.jaxpr.eqns.length > 1 ? "compound" : found;
}

/** Rounding unit of a dtype. */
export const epsilon = (d: DType): number =>
  d === "float64" ? 2 ** -52 : d === "float32" ? 2 ** -23 : d === "float16" ? 2 ** -10 : 2 ** -7;

/** How far transcendental functions may be apart. */
const functionUlps = (d: DType): number => (d === "float64" ? 3 : d === "float32" ? 2 : 1);

/**
 * How far an operation may be from JavaScript's in the mode that the tests run in: WebAssembly has transcendental functions
 * of its own, used wherever programs may be compiled to it.
 */
export function ulpsOfMode(op: string, dtype: DType): number {
  const { backend, jitless } = config.values;
  const vectors = !jitless && backend !== "js" && runsWasm();
  return vectors && op in vectorMath ? functionUlps(dtype) : 0;
}

const signed = (raw: number, top: number): number => (raw >= 2 ** top ? 2 ** top - raw : raw);

/** Numbers between two values in the order of the dtype's bits; NaN and equal values are 0 apart. */
export function ulpsApart(x: number, y: number, dtype: DType): number {
  if (Object.is(x, y) || x === y) return 0;
  if (Number.isNaN(x) || Number.isNaN(y)) return Infinity;
  const order = (v: number): number => {
    if (dtype === "float16") return signed(encodeF16(v), 15);
    if (dtype === "bfloat16") return signed(encodeBF16(v), 15);
    if (dtype === "float32") return signed(new Uint32Array(Float32Array.of(v).buffer)[0], 31);
    return signed(Number(new BigUint64Array(Float64Array.of(v).buffer)[0]), 63);
  };
  return Math.abs(order(x) - order(y));
}

/** The bounds of a comparison. */
export interface Bounds {
  readonly exactness: Exactness;
  /** Sums of the absolute values of the terms of each output, and their number: for "sum". */
  readonly magnitudes?: readonly (readonly number[])[];
  readonly terms?: number;
  /** Relative tolerance in float64, for "compound". */
  readonly tol?: number;
}

/** Two modes' results of one output agree as closely as they must. */
export function expectModesAgree(got: NDArray, want: NDArray, b: Bounds, output = 0, what = ""): void {
  const { dtype } = want;
  if (b.exactness === "exact") {
    expectSame(got, want, what);
    return;
  }
  const [xs, ys] = [flat(got), flat(want)];
  const scale = ys.reduce((m, y) => (Number.isFinite(y) ? Math.max(m, Math.abs(y)) : m), 1);
  const eps = epsilon(dtype);
  const agree = (x: number, y: number, i: number): boolean => {
    const apart = ulpsApart(x, y, dtype);
    if (b.exactness === "function") return apart <= functionUlps(dtype) && sameSign(x, y);
    const distance = Math.abs(x - y);
    if (b.exactness === "sum" && b.magnitudes !== undefined)
      return apart === 0 || distance <= (b.terms ?? xs.length) * eps * b.magnitudes[output][i];
    return apart <= 8 || distance <= Math.max(b.tol ?? 1e-13, 8 * eps) * scale;
  };
  if (
    xs.length !== ys.length ||
    got.aval.short() !== want.aval.short() ||
    xs.some((x, i) => !agree(x, ys[i], i))
  )
    expect(`${what} ${describeArray(got)}`).toBe(`${what} ${describeArray(want)} (${b.exactness})`);
}

const sameSign = (x: number, y: number): boolean => x !== 0 || y !== 0 || Object.is(x, y);
