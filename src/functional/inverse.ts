/**
 * @file Products of the inverse of a Jacobian and a vector, without the Jacobian where the function can be undone.
 *
 * The inverse of a Jacobian is the Jacobian of the inverse, at the result: so reversible functions need forward (or reverse) mode
 * of their inverses alone, whatever they are composed of. Another function is taken apart where all that depends on its argument
 * is in one array: the inverse of the product of the parts' Jacobians is the product of their inverses. A part that acts element
 * by element, or moves elements, divides by its slopes; any other is a system of equations.
 */
import { checkFunction } from "../base/checks.ts";
import { ShapeError } from "../base/errors.ts";
import { vjp } from "../api/grad.ts";
import { jacrev } from "../api/jacobian.ts";
import { jvp } from "../api/jvp.ts";
import { callWith } from "../api/flatten.ts";
import type { NDArray } from "../core/array.ts";
import { evalEqn, evalJaxpr } from "../core/jaxpr/eval.ts";
import { type ClosedJaxpr, type Eqn, type Jaxpr, Var } from "../core/jaxpr/ir.ts";
import type { ArrayTree, LikeArgs, LikeTree } from "../core/tree-types.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { take } from "../numpy/indexing/take.ts";
import { solve } from "../numpy/linalg/solve.ts";
import { divide } from "../numpy/ufuncs/arithmetic.ts";
import { ones } from "../numpy/creation/creation.ts";
import { reshape } from "../numpy/shapes/manipulation.ts";
import { jacobianSparsity } from "../sparse/index.ts";
import { ravelPytree } from "../tree/index.ts";
import { inverseOf } from "./reversible.ts";

type VectorFunction = (x: NDArray) => NDArray;

/** A part of a function, all of which goes through one array before it and one behind it, and that array. */
interface Part {
  readonly of: VectorFunction;
  readonly at: NDArray;
}

/**
 * A program cut where one array is all that later equations, and the result, depend on: in parts from one such array to the next, of
 * which all else are constants.
 */
function partsOf({ jaxpr }: ClosedJaxpr): readonly Jaxpr[] {
  const [input] = jaxpr.invars;
  const [out] = jaxpr.outs;
  if (!(out instanceof Var)) return [];
  const lastUse = new Map<Var, number>();
  jaxpr.eqns.forEach((e, i) => e.inputs.forEach((a) => a instanceof Var && lastUse.set(a, i)));
  lastUse.set(out, Infinity);
  const depends = new Set([input]);
  const parts: Jaxpr[] = [];
  let from = input;
  let eqns: Eqn[] = [];
  jaxpr.eqns.forEach((e, i) => {
    if (!e.inputs.some((a) => a instanceof Var && depends.has(a))) return;
    eqns.push(e);
    e.outputs.forEach((v) => depends.add(v));
    const live = [...depends].filter((v) => (lastUse.get(v) ?? -1) > i);
    if (live.length !== 1 || live[0].aval.size !== input.aval.size || live[0] === from) return;
    const used = eqns.flatMap((x) => x.inputs).filter((a): a is Var => a instanceof Var && !depends.has(a));
    parts.push({ constvars: [...new Set(used)], invars: [from], eqns, outs: live });
    [from, eqns] = [live[0], []];
  });
  return from === out ? parts : [];
}

/** The function taken apart at a point. */
function partsAt(f: VectorFunction, x: NDArray): readonly Part[] {
  const closed = traceToJaxpr(([v]) => [f(v)], [x.aval.strong], "inverseJvp");
  const parts = partsOf(closed);
  if (parts.length === 0) return [{ of: f, at: x }];
  const { jaxpr, consts } = closed;
  const values = new Map<Var, NDArray>([[jaxpr.invars[0], x]]);
  jaxpr.constvars.forEach((v, i) => values.set(v, consts[i]));
  evalJaxpr(jaxpr, consts, [x], (eqn, xs) => {
    const outs = evalEqn(eqn, xs);
    eqn.outputs.forEach((v, i) => values.set(v, outs[i]));
    return outs;
  });
  return parts.map((part) => {
    const constants = part.constvars.map((v) => values.get(v)!);
    return { at: values.get(part.invars[0])!, of: (v) => evalJaxpr(part, constants, [v])[0] };
  });
}

/** The column of the only entry of each row, if no two have the same; else null. */
function permutation(part: Part): Int32Array | null {
  const { cols, shape, nnz } = jacobianSparsity(part.of)(part.at);
  const isOne = nnz === shape[0] && new Set(cols).size === nnz;
  return isOne ? cols : null;
}

/** J⁻¹ v of one part, or J⁻ᵀ v. */
function undoPart(part: Part, v: NDArray, transposed: boolean): NDArray {
  const columns = permutation(part);
  const flat = reshape(v, [-1]);
  const n = flat.size;
  if (columns === null) {
    const j = reshape(jacrev(part.of)(part.at), [n, n]);
    return solve(transposed ? j.transpose() : j, flat);
  }
  // Cotangents of ones: the slope of each column's only entry.
  const [y, pull] = vjp(part.of, [part.at]);
  const slopes = reshape(pull(ones(y.shape, y.dtype))[0], [-1]);
  const rows = new Int32Array(n);
  columns.forEach((j, i) => (rows[j] = i));
  return transposed ? take(divide(flat, slopes), columns) : divide(take(flat, rows), slopes);
}

function undo(
  where: string,
  f: (...args: never[]) => unknown,
  x: unknown,
  vector: unknown,
  params: readonly unknown[],
  transposed: boolean,
): unknown {
  checkFunction(where, "the first argument", f);
  const fixed = (v: unknown): unknown => callWith(f, [v, ...params]);
  const inverse = inverseOf(f);
  if (inverse !== null) {
    const y = fixed(x);
    const back = (v: unknown): unknown => inverse(v, params);
    return transposed ? vjp(back, [y])[1](vector)[0] : jvp(back, [y], [vector])[1];
  }
  const [at, back] = ravelPytree(x);
  const [y, backOfResult] = ravelPytree(fixed(x));
  if (y.size !== at.size)
    throw new ShapeError(
      `${where}: the function has ${at.size} numbers as its argument and ${y.size} as its result; only where they are as many can the ` +
        `Jacobian have an inverse.`,
    );
  const parts = partsAt((v) => ravelPytree(fixed(back(v)))[0], at);
  const order = transposed ? parts : [...parts].reverse();
  const result = order.reduce((v, part) => undoPart(part, v, transposed), ravelPytree(vector)[0]);
  return (transposed ? backOfResult : back)(reshape(result, [-1]));
}

/**
 * The product of the inverse of the Jacobian of `f` at `x` and a tangent of its result: the `u` with `jvp(f, [x], [u])[1]` equal to
 * `v`, a tree like `x`. Of a function made by `reversible` it is one forward pass of the inverse. Any other is taken apart: where
 * everything goes through one array, what acts element by element costs a division, what mixes elements a system of equations.
 * @throws ShapeError where the argument and the result have different numbers of elements
 * @see Baydin et al., Automatic Differentiation in Machine Learning: a Survey (2018)
 * @example
 * inverseJvp((x: Array) => np.exp(x).mul(3), 0, 6).item(); // 2
 */
export function inverseJvp<X, P extends unknown[], Y>(
  f: (x: X, ...params: P) => Y,
  x: LikeTree<X>,
  v: LikeTree<Y>,
  ...params: LikeArgs<P>
): ArrayTree<X> {
  return undo("inverseJvp", f, x, v, params, false) as ArrayTree<X>;
}

/**
 * The product of the transposed inverse of the Jacobian of `f` at `x` and a cotangent of its argument: the `w` with
 * `vjp(f, [x])[1](w)` equal to it, a tree like the result. As `inverseJvp`, in reverse mode.
 * @throws ShapeError where the argument and the result have different numbers of elements
 * @example
 * inverseVjp((x: Array) => np.exp(x).mul(3), 0, 6).item(); // 2
 */
export function inverseVjp<X, P extends unknown[], Y>(
  f: (x: X, ...params: P) => Y,
  x: LikeTree<X>,
  cotangent: LikeTree<X>,
  ...params: LikeArgs<P>
): ArrayTree<Y> {
  return undo("inverseVjp", f, x, cotangent, params, true) as ArrayTree<Y>;
}
