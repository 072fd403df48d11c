/**
 * @file `customLinearSolve`: the solution of a linear system A x = b by a solver of the user's, with derivatives from the
 * system and not from the solver: A dx = db − dA x, and for cotangents the transposed system Aᵀ b̄ = x̄.
 *
 * All programs take the same inputs: what any of them closed over, then b. Linear in b alone; the transpose of a solve
 * is the solve with both pairs of programs swapped.
 */
import type { NDArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import type { ClosedJaxpr } from "../../core/jaxpr/ir.ts";
import type { UndefPrimal } from "../../core/primitive.ts";
import { type BatchAxis, type BatchDim, type Primitive, definePrimitive } from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { type TreeDef, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, LikeTree } from "../../core/tree-types.ts";
import { type Tangent, Zero } from "../../core/zero.ts";
import { DifferentiationError, TreeError, checkOptions } from "../../base/errors.ts";
import { callWith, flattenArrays } from "../../api/flatten.ts";
import { linearTranspose } from "../../api/linear-transpose.ts";
import { materialise } from "../../interpreters/batching.ts";
import { jvpFlat } from "../../interpreters/jvp.ts";
import { addTangents, instantiate } from "../../interpreters/tangents.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { neg } from "../../lax/elementwise/functions.ts";
import {
  type Body,
  batchBody,
  callOf,
  checkSameTypes,
  nonzeroOf,
  shareConsts,
  traceBody,
} from "../common.ts";

export type LinearSolveParams = {
  /** Inputs → solution, auxiliary data. First, since calls are compiled as their first body. */
  solve: ClosedJaxpr;
  matvec: ClosedJaxpr;
  transposeSolve: ClosedJaxpr | null;
  vecmat: ClosedJaxpr | null;
  numConsts: number;
};

const sizeOf = (p: LinearSolveParams): number => p.matvec.outAvals.length;

function jvp(
  primals: readonly NDArray[],
  tangents: readonly Tangent[],
  p: LinearSolveParams,
): [NDArray[], Tangent[]] {
  const outs = bind(linearSolveP, primals, p);
  const [n, k] = [sizeOf(p), p.numConsts];
  const consts = primals.slice(0, k);
  let rhs: Tangent[] = tangents.slice(k);
  if (nonzeroOf(tangents.slice(0, k)).includes(true)) {
    const x = outs.slice(0, n);
    const zeros = x.map((v) => new Zero(v.aval));
    const [, moved] = jvpFlat(
      jaxprAsFun(p.matvec),
      [...consts, ...x],
      [...tangents.slice(0, k), ...zeros],
      "customLinearSolve",
    );
    rhs = rhs.map((t, i) => addTangents(t, moved[i] instanceof Zero ? moved[i] : neg(moved[i])));
  }
  const aux = outs.slice(n).map((v) => new Zero(v.aval));
  if (!nonzeroOf(rhs).includes(true)) return [outs, [...rhs, ...aux]];
  const found = bind(linearSolveP, [...consts, ...rhs.map((t) => instantiate(t))], p);
  return [outs, [...found.slice(0, n), ...aux]];
}

function transpose(
  cotangents: readonly Tangent[],
  args: readonly (NDArray | UndefPrimal)[],
  p: LinearSolveParams,
): (NDArray | Zero | null)[] {
  if (p.transposeSolve === null || p.vecmat === null) {
    throw new DifferentiationError(
      "customLinearSolve: reverse mode needs the option transposeSolve (or symmetric: true); none was given.",
    );
  }
  const n = sizeOf(p);
  const consts = args.slice(0, p.numConsts) as NDArray[];
  const found = bind(linearSolveP, [...consts, ...cotangents.slice(0, n).map((ct) => instantiate(ct))], {
    solve: p.transposeSolve,
    matvec: p.vecmat,
    transposeSolve: p.solve,
    vecmat: p.matvec,
    numConsts: p.numConsts,
  });
  return [...consts.map(() => null), ...found.slice(0, n)];
}

function batch(
  axis: BatchAxis,
  args: readonly NDArray[],
  dims: readonly BatchDim[],
  p: LinearSolveParams,
): [NDArray[], BatchDim[]] {
  // Right hand sides and solutions are batched; matrices only where they are.
  const inDims = dims.map((d, i): BatchDim => (d === null && i < p.numConsts ? null : 0));
  const operands = args.map((a, i) => (inDims[i] === null ? a : materialise(axis, a, dims[i])));
  const all = (jaxpr: ClosedJaxpr): ClosedJaxpr =>
    batchBody(
      jaxpr,
      axis,
      inDims,
      jaxpr.outAvals.map(() => true),
    );
  const outs = bind(linearSolveP, operands, {
    solve: all(p.solve),
    matvec: all(p.matvec),
    transposeSolve: p.transposeSolve && all(p.transposeSolve),
    vecmat: p.vecmat && all(p.vecmat),
    numConsts: p.numConsts,
  });
  return [outs, outs.map(() => 0)];
}

export const linearSolveP: Primitive<LinearSolveParams> = definePrimitive<LinearSolveParams>({
  name: "custom_linear_solve",
  ...callOf(({ solve }) => solve),
  jvp,
  transpose,
  batch,
  print: ({ numConsts, solve }) =>
    `[num_consts=${numConsts} solve=${String(solve).replaceAll("\n", "\n    ")}]`,
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
): unknown {
  const what = "customLinearSolve";
  checkOptions(what, options, ["transposeSolve", "symmetric", "hasAux"]);
  const hasAux = options?.hasAux === true;
  const [given, def] = flattenArrays(b, `${what}: b`);
  const rhs = given.map((x) => convertElementType(x, x.dtype));
  const avals = rhs.map((x) => x.aval);
  const trace = (f: (x: unknown) => unknown, name: string): Body => {
    const body = traceBody(f, [def], avals, what);
    checkLike(name, body, def, avals.length, rhs, hasAux && name !== "matvec");
    return body;
  };
  const map = trace((x) => callWith(matvec, [x]), "matvec");
  const bodies = [trace((x) => callWith(solve, [matvec, x]), "solve"), map];
  const solveTransposed = options?.transposeSolve;
  if (options?.symmetric !== true && solveTransposed !== undefined) {
    const vecmat = (ct: unknown): unknown =>
      (linearTranspose(matvec as (x: unknown) => unknown, [treeUnflatten(def, rhs)])(ct) as unknown[])[0];
    bodies.push(
      trace((x) => callWith(solveTransposed, [vecmat, x]), "transposeSolve"),
      trace(vecmat, "matvec"),
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

/** What a map or a solver returned must have the structure and the types of the right hand side. */
function checkLike(
  name: string,
  body: Body,
  def: TreeDef,
  size: number,
  rhs: readonly NDArray[],
  hasAux: boolean,
): void {
  if (hasAux && body.outDef.children.length !== 2)
    throw new TreeError(`customLinearSolve: with hasAux, ${name} must return [x, aux].`);
  checkSameTypes(
    "customLinearSolve",
    { def, avals: rhs.map((x) => x.aval), name: "b" },
    {
      def: hasAux ? body.outDef.children[0] : body.outDef,
      avals: body.jaxpr.outAvals.slice(0, size),
      name: `the result of ${name}`,
    },
  );
}
