/**
 * @file Finds the sparsity of Jacobians and Hessians from the program.
 *
 * The function is linearised for unknown inputs; what is left is a linear program of the tangents. In it, one follows which
 * inputs each element depends on. Since no values are tried, the pattern holds for all inputs of the same shapes.
 */
import type { NDArray } from "../core/array.ts";
import { known, noInputs, unknown } from "../core/dependent.ts";
import type { Dependent, InputSet } from "../core/dependent.ts";
import { isConcrete } from "../core/eval.ts";
import { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import { type Linearized, linearizeFlat } from "../interpreters/linearize.ts";
import { dependences } from "../interpreters/dependence.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { SparsityPattern } from "./pattern.ts";

/** A vector-valued function of one vector and of other arrays. */
export type VectorFunction = (x: NDArray, rest: readonly NDArray[]) => NDArray;

/** The pattern of the derivative of `f` with respect to its vector. */
export function detect(
  f: VectorFunction,
  x: NDArray,
  rest: readonly NDArray[],
  what: string,
): SparsityPattern {
  let linear: Linearized | null = null;
  const outer = traceToJaxpr(
    ([v, ...others]) => {
      linear = linearizeFlat(([u]) => [f(u, others)], [v], what);
      return linear.jaxpr.consts;
    },
    [x, ...rest].map((a) => a.aval),
    what,
  );
  const { jaxpr, outNonzero, outs } = linear!;
  const n = x.size;
  const m = outs[0].size;
  if (!outNonzero[0]) return new SparsityPattern([m, n], new Array<InputSet>(m).fill(noInputs));
  const inputs: Dependent[] = outer.inAvals.map(unknown);
  // Constants that the linear program got from outside stand in the outer one as literals or constants.
  const residuals = dependences(outer, inputs).map((d, i) => {
    const c = jaxpr.consts[i];
    return isConcrete(c) ? known(c) : d;
  });
  const seed: Dependent = {
    aval: jaxpr.inAvals[0],
    sets: Array.from({ length: n }, (_, i) => Int32Array.of(i)),
    value: null,
  };
  const { constvars, invars, eqns, outs: atoms } = jaxpr.jaxpr;
  const open = { constvars: [], invars: [...constvars, ...invars], eqns, outs: atoms };
  const [found] = dependences(new ClosedJaxpr(open, []), [...residuals, seed]);
  return new SparsityPattern([m, n], found.sets ?? new Array<InputSet>(m).fill(noInputs));
}

/** The number of elements of the result. */
export function sizeOfResult(f: VectorFunction, x: NDArray, rest: readonly NDArray[], what: string): number {
  const avals = [x, ...rest].map((a) => a.aval);
  return traceToJaxpr(([v, ...others]) => [f(v, others)], avals, what).outAvals[0].size;
}

/** The union of a square pattern with its transpose: what a rule knew about one of two equal entries holds for both. */
export function symmetric(pattern: SparsityPattern): SparsityPattern {
  const { rows, cols, shape } = pattern;
  if (pattern.equals(pattern.transpose)) return pattern;
  return SparsityPattern.fromEntries(shape, [...rows, ...cols], [...cols, ...rows]);
}
