/**
 * @file Minima as solutions of equations, for the implicit function theorem: where there are no bounds the gradient is zero;
 * with bounds x is where it would be brought back to from one step along the gradient; with constraints, x and their
 * multipliers solve the conditions of Karush, Kuhn and Tucker. Derivatives go through these equations alone.
 */
import type { NDArray } from "../../core/array.ts";
import { vmap } from "../../api/vmap.ts";
import { vjp } from "../../api/grad.ts";
import * as lax from "../../control-flow/lax.ts";
import { solve } from "../../numpy/linalg/solve.ts";
import { clip } from "../../numpy/ufuncs/logic.ts";
import { cg } from "../sparse/krylov.ts";
import { gmres } from "../sparse/linalg.ts";
import { type Constraint, valuesOf } from "./constraints.ts";
import type { Box, Problem } from "./problem.ts";
import { eye } from "./traced.ts";

type Linear = (v: NDArray) => NDArray;

/** Systems up to this size are solved with their whole matrix. */
const mostDense = 512;

/** The solution of a system that need not be symmetric. */
function solveGeneral(g: Linear, y: NDArray): NDArray {
  if (y.size > mostDense) return gmres(g, y, { tol: 1e-13, restart: 64 })[0];
  const columns = vmap(g)(eye(y));
  return solve(lax.transpose(columns, [1, 0]), y);
}

/** The Hessian at a minimum is symmetric, so it is its own transpose; where it is singular the least solution is right. */
const solveSymmetric = (g: Linear, y: NDArray): NDArray =>
  cg(g, y, { tol: 1e-12, maxiter: 20 * y.size + 20 })[0];

const project = (x: NDArray, slope: NDArray, box: Box | null): NDArray =>
  box === null ? slope : x.sub(clip(x.sub(slope), box.lower, box.upper));

/** How systems are solved for derivatives. */
export type Solving = "symmetric" | "general";

/** A minimum that `run` finds, with `aux`; differentiable with respect to what the problem closes over. */
export function solution<A>(
  problem: Pick<Problem, "x0" | "gradient" | "box" | "constraints">,
  run: (x0: NDArray) => { readonly x: NDArray; readonly multipliers: NDArray | null; readonly aux: A },
  solving: Solving = "symmetric",
): [x: NDArray, multipliers: NDArray | null, aux: A] {
  const { x0, gradient, box, constraints } = problem;
  if (constraints.length === 0) {
    const residual = (x: NDArray): NDArray => project(x, gradient(x), box);
    const find = (_: unknown, guess: NDArray): readonly [NDArray, unknown] => {
      const { x, aux } = run(guess);
      return [x, aux];
    };
    const symmetric = solving === "symmetric" || x0.size > mostDense;
    const tangent = box === null && symmetric ? solveSymmetric : solveGeneral;
    const [x, aux] = lax.customRoot<NDArray>(residual, x0, find, tangent as never, { hasAux: true });
    return [x, null, aux as A];
  }
  const n = x0.size;
  const m = valuesOf(constraints, x0).size;
  const equality = constraints.map((c) => [c, c.of(x0).size] as const);
  const split = (z: NDArray): [NDArray, NDArray] => [
    lax.sliceInDim(z, 0, n, 1, 0),
    lax.sliceInDim(z, n, n + m, 1, 0),
  ];
  const residual = (z: NDArray): NDArray => {
    const [x, u] = split(z);
    return lax.concatenate(
      [project(x, lagrangianGradient(gradient, constraints, x, u), box), ...complements(equality, x, u)],
      0,
    );
  };
  const find = (_: unknown, z: NDArray): readonly [NDArray, unknown] => {
    const { x, multipliers, aux } = run(split(z)[0]);
    return [lax.concatenate([x, multipliers ?? lax.full([m], 0, x.dtype)], 0), aux];
  };
  const start = lax.concatenate([x0, lax.full([m], 0, x0.dtype)], 0);
  const [z, aux] = lax.customRoot<NDArray>(residual, start, find, solveGeneral as never, { hasAux: true });
  return [...split(z), aux as A];
}

/** The gradient of f − u · c. */
export function lagrangianGradient(
  gradient: (x: NDArray) => NDArray,
  constraints: readonly Constraint[],
  x: NDArray,
  u: NDArray,
): NDArray {
  const [, pull] = vjp((y: NDArray) => valuesOf(constraints, y), [x]);
  return gradient(x).sub(pull(u)[0]);
}

/** c for equalities; for the others c or u, whichever is zero: u − max(u − c, 0). */
function complements(
  constraints: readonly (readonly [Constraint, number])[],
  x: NDArray,
  u: NDArray,
): NDArray[] {
  let from = 0;
  return constraints.map(([c, size]) => {
    const values = c.of(x);
    const mine = lax.sliceInDim(u, from, from + size, 1, 0);
    from += size;
    return c.equality ? values : mine.sub(lax.max(mine.sub(values), 0));
  });
}
