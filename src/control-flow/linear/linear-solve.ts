/**
 * @file `customLinearSolve`: the solution of a linear system A x = b by a solver of the user's, with derivatives from the
 * system and not from the solver: A dx = db − dA x, and for cotangents the transposed system Aᵀ b̄ = x̄.
 *
 * All programs take the same inputs: what any of them closed over, then b. Linear in b alone; the transpose of a solve
 * is the solve with both pairs of programs swapped.
 */
import { refuseMore } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import {
  type BatchRule,
  type JvpRule,
  type Primitive,
  type TransposeRule,
  definePrimitive,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { DifferentiationError, checkOptions } from "../../base/errors.ts";
import { safeMap2 } from "../../base/util.ts";
import { callWith, flattenArrays } from "../../api/flatten.ts";
import { linearTranspose } from "../../api/linear-transpose.ts";
import { jvpFlat } from "../../interpreters/jvp.ts";
import { addTangents, instantiate, nonzeroOf } from "../../interpreters/tangents.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { neg } from "../../lax/elementwise/functions.ts";
import { batchLinear, callOf } from "../bodies.ts";
import { type Body, shareConsts, traceLike } from "../common.ts";

export type LinearSolveParams = {
  /** Inputs → solution, auxiliary data. First, since calls are compiled as their first body. */
  solve: ClosedJaxpr;
  matvec: ClosedJaxpr;
  transposeSolve: ClosedJaxpr | null;
  vecmat: ClosedJaxpr | null;
  numConsts: number;
};

const sizeOf = (p: LinearSolveParams): number => p.matvec.outAvals.length;

const jvp: JvpRule<LinearSolveParams> = (primals, tangents, p) => {
  const outs = bind(linearSolveP, primals, p);
  const [n, k] = [sizeOf(p), p.numConsts];
  const consts = primals.slice(0, k);
  const ofConsts = tangents.slice(0, k);
  let rhs: Tangent[] = tangents.slice(k);
  if (nonzeroOf(ofConsts).includes(true)) {
    const x = outs.slice(0, n);
    const still = x.map((v) => new Zero(v.aval));
    const [, moved] = jvpFlat(
      jaxprAsFun(p.matvec),
      [...consts, ...x],
      [...ofConsts, ...still],
      "customLinearSolve",
    );
    rhs = safeMap2(rhs, moved, (t, m) => addTangents(t, isZero(m) ? m : neg(m)));
  }
  const aux = outs.slice(n).map((v) => new Zero(v.aval));
  if (!nonzeroOf(rhs).includes(true)) return [outs, [...rhs, ...aux]];
  const dx = bind(linearSolveP, [...consts, ...rhs.map((t) => instantiate(t))], p).slice(0, n);
  return [outs, [...dx, ...aux]];
};

const transpose: TransposeRule<LinearSolveParams> = (cotangents, args, p) => {
  const { solve, matvec, transposeSolve, vecmat, numConsts } = p;
  if (transposeSolve === null || vecmat === null) {
    throw new DifferentiationError(
      "customLinearSolve: reverse mode needs the option transposeSolve (or symmetric: true); none was given.",
    );
  }
  const n = sizeOf(p);
  const consts = args.slice(0, numConsts) as NDArray[];
  const operands = [...consts, ...cotangents.slice(0, n).map((ct) => instantiate(ct))];
  const swapped = { solve: transposeSolve, matvec: vecmat, transposeSolve: solve, vecmat: matvec };
  const cts = bind(linearSolveP, operands, { ...swapped, numConsts });
  return [...consts.map(() => null), ...cts.slice(0, n)];
};

/** Right hand sides and solutions are batched; matrices only where they are. */
const batch: BatchRule<LinearSolveParams> = (axis, args, dims, p) => {
  const { operands, batched } = batchLinear(axis, args, dims, p.numConsts);
  const outs = bind(linearSolveP, operands, {
    solve: batched(p.solve),
    matvec: batched(p.matvec),
    transposeSolve: p.transposeSolve && batched(p.transposeSolve),
    vecmat: p.vecmat && batched(p.vecmat),
    numConsts: p.numConsts,
  });
  return [outs, outs.map(() => 0)];
};

export const linearSolveP: Primitive<LinearSolveParams> = definePrimitive<LinearSolveParams>({
  name: "custom_linear_solve",
  ...callOf(({ solve }) => solve),
  jvp,
  transpose,
  batch,
});

/** A linear map on trees of the structure of the right hand side. */
export type LinearMap<T> = (x: ArrayTree<T>) => ArrayTree<T>;

/** A solver: `solve(matvec, b)` returns the x with matvec(x) = b; with `hasAux`, `[x, aux]`. */
export type LinearSolver<T> = (matvec: LinearMap<T>, b: ArrayTree<T>) => unknown;

/** Options of `customLinearSolve`. */
export interface LinearSolveOptions<T> {
  /** Solves the transposed system, given the transposed map. Without it, and not `symmetric`, there is no reverse mode. */
  readonly transposeSolve?: LinearSolver<T> | undefined;
  /** The map is its own transpose: `solve` solves the transposed system, too. */
  readonly symmetric?: boolean | undefined;
  /** The solvers return `[x, aux]`, and so does the call; auxiliary data have no derivatives. */
  readonly hasAux?: boolean | undefined;
}

/**
 * Solves matvec(x) = b with the solver given, for whatever linear map, also one that exists as a function only. The
 * derivatives are those of the solution (with respect to b and to what `matvec` closed over), computed by the same
 * solver: they never look into it, so it may loop until convergence.
 *
 * @throws TreeError, DTypeError where matvec or a solver returns anything but a tree like b
 * @see jax.lax.custom_linear_solve
 * @example
 * const halve = (a: Array) => lax.customLinearSolve((x: Array) => x.mul(a), np.array(6), (_, b: Array) => b.div(a));
 * halve(np.array(2)).item(); // 3
 * jvp(halve, [2], [1])[1].item(); // -1.5
 */
export function customLinearSolve<T>(
  matvec: (x: T) => unknown,
  b: T,
  solve: LinearSolver<T>,
  options: LinearSolveOptions<T> & { readonly hasAux: true },
): [ArrayTree<T>, unknown];
export function customLinearSolve<T>(
  matvec: (x: T) => unknown,
  b: LikeTree<T>,
  solve: LinearSolver<T>,
  options?: LinearSolveOptions<T>,
): ArrayTree<T>;
export function customLinearSolve<T>(
  matvec: (x: T) => unknown,
  b: LikeTree<T>,
  solve: LinearSolver<T>,
  options?: LinearSolveOptions<T>,
  ...more: readonly unknown[]
): unknown {
  refuseMore("customLinearSolve", 4, more);
  const what = "customLinearSolve";
  checkOptions(what, options, ["transposeSolve", "symmetric", "hasAux"]);
  const hasAux = options?.hasAux === true;
  const [arrays, def] = flattenArrays(b, `${what}: b`);
  const rhs = arrays.map((x) => convertElementType(x, x.dtype));
  const like = { def, avals: rhs.map((x) => x.aval), name: "b" };
  const trace = (name: string, f: (x: unknown) => unknown): Body =>
    traceLike(what, like, name, f, { hasAux: hasAux && name !== "matvec" });
  const map = trace("matvec", (x) => callWith(matvec, [x]));
  const bodies = [trace("solve", (x) => callWith(solve, [matvec, x])), map];
  const solveTransposed = options?.transposeSolve;
  if (options?.symmetric !== true && solveTransposed !== undefined) {
    const vecmat = (ct: unknown): unknown =>
      (linearTranspose(matvec as (x: unknown) => unknown, [treeUnflatten(def, rhs)])(ct) as unknown[])[0];
    bodies.push(
      trace("transposeSolve", (x) => callWith(solveTransposed, [vecmat, x])),
      trace("matvec", vecmat),
    );
  }
  const { jaxprs, consts } = shareConsts(bodies, what);
  const transposed = options?.symmetric === true ? jaxprs.slice(0, 2) : jaxprs.slice(2);
  const outs = bind(linearSolveP, [...consts, ...rhs], {
    solve: jaxprs[0],
    matvec: jaxprs[1],
    transposeSolve: transposed[0] ?? null,
    vecmat: transposed[1] ?? null,
    numConsts: consts.length,
  });
  return treeUnflatten(bodies[0].outDef, outs);
}
