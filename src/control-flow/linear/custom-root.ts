/**
 * @file `customRoot`: a root of f found by a solver of the user's, with derivatives from the implicit function theorem:
 * f(x*, m) = 0 gives ∂ₓf dx* = −∂ₘf dm, whatever way x* was found.
 */
import { refuseMore } from "../../base/checks.ts";
import type { NDArray } from "../../core/array.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { type CustomJvpCall, currentTrace } from "../../core/trace.ts";
import { treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, LikeTree, Returned } from "../../core/tree-types.ts";
import { Zero } from "../../core/zero.ts";
import { checkOptions } from "../../base/errors.ts";
import { type AnyFunction, callWith, flattenArrays } from "../../api/flatten.ts";
import { linearize } from "../../api/jvp.ts";
import { jvpFlat } from "../../interpreters/jvp.ts";
import { instantiate, nonzeroOf } from "../../interpreters/tangents.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { neg } from "../../lax/elementwise/functions.ts";
import { type Body, shareConsts, traceLike } from "../common.ts";

/** Options of `customRoot`. */
export interface RootOptions {
  /** The solver returns `[x, aux]`, and so does the call; auxiliary data have no derivatives. */
  readonly hasAux?: boolean | undefined;
}

/** A solver of the user's: given a function of trees like the guess, and a tree like it. */
type RootSolver<T, R> = (f: (x: LikeTree<T>) => ArrayTree<T>, x: ArrayTree<T>) => R;

/**
 * A root of `f`, near the initial guess, found by `solve(f, initialGuess)`. Derivatives are taken with respect to what `f`
 * closed over, at the root alone; the guess and the solver have none. `tangentSolve(g, y)` solves g(x) = y for the linear
 * map g = ∂f at the root; it must be linear in y, and for reverse mode be made of operations that can be transposed: a
 * quotient by g(1) for a number, `customLinearSolve` or `scipy.sparse.linalg.gmres` for more.
 *
 * @throws TreeError, DTypeError where f or a solver returns anything but a tree like the guess
 * @see jax.lax.custom_root
 * @example
 * const cubeRoot = (a: Array) =>
 *   lax.customRoot(
 *     (x: Array) => x.pow(3).sub(a),
 *     1,
 *     (f, x) => lax.foriLoop(0, 60, (_: Array, y: Array) => y.sub(f(y).div(y.mul(y).mul(3))), x),
 *     (g, y) => y.div(g(1)),
 *   );
 * grad(cubeRoot)(8).item(); // 0.0833…
 */
export function customRoot<const T>(
  f: (x: NoInfer<ArrayTree<T>>) => NoInfer<Returned<T>>,
  initialGuess: T,
  solve: RootSolver<NoInfer<T>, readonly [NoInfer<Returned<T>>, unknown]>,
  tangentSolve: RootSolver<NoInfer<T>, NoInfer<Returned<T>>>,
  options: RootOptions & { readonly hasAux: true },
): [ArrayTree<T>, unknown];
export function customRoot<const T>(
  f: (x: NoInfer<ArrayTree<T>>) => NoInfer<Returned<T>>,
  initialGuess: T,
  solve: RootSolver<NoInfer<T>, NoInfer<Returned<T>>>,
  tangentSolve: RootSolver<NoInfer<T>, NoInfer<Returned<T>>>,
  options?: RootOptions,
): ArrayTree<T>;
export function customRoot(
  f: AnyFunction,
  initialGuess: unknown,
  solve: AnyFunction,
  tangentSolve: AnyFunction,
  options?: RootOptions,
  ...more: readonly unknown[]
): unknown {
  refuseMore("customRoot", 5, more);
  const what = "customRoot";
  checkOptions(what, options, ["hasAux"]);
  const hasAux = options?.hasAux === true;
  const [start, def] = flattenArrays(initialGuess, `${what}: initialGuess`);
  const guess = start.map((x) => convertElementType(x, x.dtype));
  const like = { def, avals: guess.map((x) => x.aval), name: "the initial guess" };
  const residual = traceLike(what, like, "f", f);
  const solver = traceLike(what, like, "solve", (x: never) => callWith(solve, [f, x]), { hasAux });
  const solveTangents = (x: unknown, y: unknown): unknown => {
    const [, g] = linearize(f as (x: unknown) => unknown, [x]);
    return callWith(tangentSolve, [g, y]);
  };
  const tangents = traceLike(what, like, "tangentSolve", solveTangents, { numArgs: 2 });
  const outs = callRoot([residual, solver, tangents], guess);
  return treeUnflatten(solver.outDef, outs);
}

/** Hands the call to the trace in force, what any of the programs closed over as its first arguments. */
function callRoot(bodies: readonly Body[], guess: readonly NDArray[]): NDArray[] {
  const n = guess.length;
  const { jaxprs, consts } = shareConsts(bodies, "customRoot");
  const [residual, solve, tangentSolve] = jaxprs.map(jaxprAsFun);
  const numConsts = consts.length;
  const find = (args: readonly NDArray[]): NDArray[] =>
    currentTrace().processCustomJvp({ name: "customRoot", fun: solve, jvp }, args);
  const jvp: CustomJvpCall["jvp"] = (primals, tangents) => {
    const outs = find(primals);
    const zeros = outs.map((x) => new Zero(x.aval));
    const atRoot = [...primals.slice(0, numConsts), ...outs.slice(0, n)];
    const ofConsts = [...tangents.slice(0, numConsts), ...zeros.slice(0, n)];
    const [, moved] = jvpFlat(residual, atRoot, ofConsts, "customRoot");
    if (!nonzeroOf(moved).includes(true)) return [outs, zeros];
    const dx = tangentSolve([...atRoot, ...moved.map((t) => instantiate(t))]).map(neg);
    return [outs, [...dx, ...zeros.slice(n)]];
  };
  return find([...consts, ...guess]);
}
