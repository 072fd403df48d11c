/**
 * @file Calls of what is outside the module, by name. LAPACK's, which JAX prints for CPUs, and XLA's own factorisations, for TPUs,
 * become the library's with the same conventions; marks of compilers mean nothing.
 *
 * LAPACK's codes of success are 0 here: matrices that have no factor give NaN, which is what JAX makes of the code.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import type { Value } from "../text/ir.ts";
import { type Call, type Datum, type Handler, type Handlers } from "./call.ts";
import {
  bidiagonalValues,
  eigenvalues,
  generalEigen,
  hessenberg,
  lower,
  pivotedQr,
  qrFactor,
  realSchur,
  solveTriangle,
  tridiagonal,
  tridiagonalSystem,
} from "./factorisations.ts";

const same: Handler = (c) => [...c.data];
const nothing: Handler = () => [];

/** The results that a call has beside the first ones: codes, workspaces. */
function withRest(c: Call, first: readonly Datum[]): Datum[] {
  const rest = c.op.results.slice(first.length).map((_, i) => {
    const aval = c.out(first.length + i);
    return lax.full(aval.shape, 0, aval.dtype);
  });
  return [...first, ...rest];
}

const lapack =
  (f: (c: Call) => readonly Datum[]): Handler =>
  (c) =>
    withRest(c, f(c));

/** The call whose factors an operand is, seen through what moves elements only. */
function origin(v: Value, names: RegExp): Value | null {
  let at: Value | undefined = v;
  for (let i = 0; i < 8 && at !== undefined; i++) {
    const op: Value["from"] = at.from;
    if (op === null) return null;
    if (op.op.name === "stablehlo.custom_call")
      return names.test(String(op.op.attributes.get("call_target_name")))
        ? (op.op.operands[0] ?? null)
        : null;
    if (!/^stablehlo\.(?:pad|slice|concatenate|reshape|optimization_barrier)$/.test(op.op.name)) return null;
    at = op.op.operands[op.op.name === "stablehlo.optimization_barrier" ? op.index : 0];
  }
  return null;
}

/** Q from its reflectors: where these are those of a factorisation in the text, Q of that, which has a derivative. */
const orthogonal: Handler = (c) => {
  const [packed, taus] = c.arrays(2);
  const [operand] = c.op.operands;
  const matrix = origin(operand, /geqrf|^Qr$/);
  const pivoted = matrix === null ? origin(operand, /geqp3/) : null;
  const from = c.valueOf(matrix ?? pivoted ?? operand);
  const [m, n] = packed.shape.slice(-2);
  if ((matrix ?? pivoted) !== null && from !== null && !Array.isArray(from)) {
    const x = from as NDArray;
    const k = Math.min(...x.shape.slice(-2));
    if (n === k || n === m) {
      const q = lax.linalg.qr(x, { fullMatrices: n !== k, pivoting: pivoted !== null })[0];
      if (q.shape.join() === packed.shape.join() && taus.shape[taus.ndim - 1] === k) return q;
    }
  }
  return lax.linalg.householderProduct(packed, taus);
};

const lu: Handler = lapack((c) => {
  const [factors, pivots] = lax.linalg.lu(c.x);
  return [factors, lax.add(pivots, lax.fullLike(pivots, 1))];
});

const topK: Handler = (c) => {
  const k = c.out().shape[c.out().ndim - 1];
  return lax.topK(c.x, k);
};

/** The largest or smallest along an axis, by the name of the comparison. */
const approxTopK: Handler = (c) => {
  const { x } = c;
  const axis = c.config("reduction_dim", x.ndim - 1);
  const names = c.attribute("called_computations");
  const text = JSON.stringify(names ?? "");
  if (!/_(?:gt|lt)_/.test(text)) throw c.error("expected a comparison named top_k_gt… or top_k_lt….");
  const k = c.out().shape[axis];
  if (k === undefined || c.op.results.length !== 2) throw c.error(`there is no axis ${axis}.`);
  const [, indices] = text.includes("_gt_") ? lax.topK(x, k, axis) : lax.topK(lax.neg(x), k, axis);
  const values = text.includes("_gt_") ? lax.topK(x, k, axis)[0] : lax.neg(lax.topK(lax.neg(x), k, axis)[0]);
  return [values, indices];
};

const refused =
  (why: string): Handler =>
  (c) => {
    throw c.error(why);
  };

const named: Handlers = {
  ApproxTopK: approxTopK,
  Cholesky: (c) => lower(c.x, true),
  Eigh: lapack((c) => {
    const [v, w] = lax.linalg.eigh(c.x, {
      symmetrizeInput: false,
      lower: !String(c.attribute("backend_config") ?? "1").startsWith("0"),
    });
    return [v, w];
  }),
  LayoutConstraint: same,
  LuDecomposition: lapack((c) => lax.linalg.lu(c.x)),
  MoveToDevice: same,
  MoveToHost: same,
  ProductOfElementaryHouseholderReflectors: orthogonal,
  Qr: lapack((c) => qrFactor(c.x)),
  SPMDFullToShardShape: same,
  SPMDShardToFullShape: same,
  Sharding: same,
  TopK: topK,
  annotate_device_placement: same,
  "mhlo.topk": topK,
  shape_assertion: nothing,
};

/** Names of LAPACK without the letter of the dtype. */
const lapackCalls: Handlers = {
  gees: lapack(realSchur),
  geev: lapack(generalEigen),
  gehrd: lapack(hessenberg),
  geqp3: lapack((c) => pivotedQr(c.x)),
  geqrf: lapack((c) => qrFactor(c.x)),
  gesdd: lapack(bidiagonalValues),
  getrf: lu,
  gtsv: lapack(tridiagonalSystem),
  heevd: lapack(eigenvalues),
  hetrd: lapack(tridiagonal),
  orgqr: orthogonal,
  potrf: lapack((c) => [lower(c.x, c.config("uplo", 76) !== 85)]),
  syevd: lapack(eigenvalues),
  sytrd: lapack(tridiagonal),
  trsm: (c) => solveTriangle(c),
  ungqr: orthogonal,
};

/** The operations that XLA knows by a name alone: `mhlo.erf`. */
const byMhloName: Readonly<Record<string, string>> = { "mhlo.erf": "chlo.erf", "mhlo.tan": "stablehlo.tan" };

function targetOf(name: string): Handler | undefined {
  if (Object.hasOwn(named, name)) return named[name];
  const found = /^lapack_[sdcz]([a-z0-9]+?)(?:_ffi)?$/.exec(name);
  if (found !== null && Object.hasOwn(lapackCalls, found[1])) return lapackCalls[found[1]];
  if (name.includes("callback"))
    return refused("the program calls back into Python, which is not here. Export it without callbacks.");
  return undefined;
}

/** `stablehlo.custom_call`. */
export const customCall =
  (operationOf: (name: string) => Handler | undefined): Handler =>
  (c) => {
    const name = c.text("call_target_name");
    const handler = targetOf(name) ?? operationOf(byMhloName[name] ?? name);
    if (handler === undefined) throw c.error(`what it calls, '${name}', is not known.`);
    return handler(c);
  };
