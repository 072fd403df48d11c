/** @file `jacobian`: in whichever way takes the fewest multiplications. */
import { checkFunction, checkOneOf, checkWhole, refuseMore } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { Recent } from "../base/recent.ts";
import { type AnyFunction, callWith, describeCall, flattenCall, traceCall } from "../api/flatten.ts";
import { jacfwd, jacrev } from "../api/jacobian.ts";
import type { NDArray } from "../core/array.ts";
import { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import type { ArrayTree, JacobianTree, LikeArgs } from "../core/tree-types.ts";
import { treeUnflatten } from "../core/tree.ts";
import { isFloat } from "../dtypes/dtype.ts";
import { inlineCalls } from "../interpreters/inline.ts";
import * as lax from "../lax/plain.ts";
import { jacobianPlan } from "../sparse/plan.ts";
import { type SparsityPattern, jacobianSparsity, sparseJacobian } from "../sparse/index.ts";
import { accumulate } from "./accumulate.ts";
import { Elimination, graphFor } from "./eliminations.ts";
import { type ProgramGraph, numbersIn } from "./graph.ts";
import { inner, markowitz, searched } from "./orders.ts";

/**
 * How a Jacobian is computed: column by column, row by row, with several of either at a time where they have nothing in common
 * (by colouring), or by eliminating vertices in an order found by a rule or a search.
 */
export type JacobianMode = "forward" | "reverse" | "coloured" | "markowitz" | "searched";

/** Options of `jacobian`. */
export interface JacobianOptions<N extends number = number> {
  /** "auto", the default: what takes the fewest multiplications. */
  readonly mode?: JacobianMode | "auto" | undefined;
  /** The argument to differentiate with respect to; the first by default. */
  readonly argnums?: N | undefined;
}

/** Programs of more numbers are not taken apart to choose a mode: their arrays are worth more than their sparsity. */
const mostForChoice = 1000;

const modes: readonly JacobianMode[] = ["forward", "reverse", "coloured", "markowitz", "searched"];

/** An order for a graph; that of an equal one that was asked for before. */
type OrderOf = (graph: ProgramGraph, mode: "markowitz" | "searched") => readonly number[];

/** A function of one argument, which is differentiated. */
type Unary = (x: unknown) => unknown;

/** The tree of blocks that the matrix of a Jacobian is, for a function of one tree. */
function blocks(matrix: NDArray, f: AnyFunction, x: unknown): unknown {
  const { arrays, defs, fun } = flattenCall(f, [x], "jacobian");
  const outs = fun.call(arrays);
  let row = 0;
  const rows = outs.map((out) => {
    let col = 0;
    const found = arrays.map((a) => {
      const part = lax.slice(matrix, [row, col], [row + out.size, col + a.size]);
      col += a.size;
      return lax.reshape(part, [...out.shape, ...a.shape]);
    });
    row += out.size;
    return treeUnflatten(defs[0], found);
  });
  return treeUnflatten(fun.outDef, rows);
}

function byElimination(f: Unary, x: unknown, graph: ProgramGraph, order: readonly number[]): unknown {
  const { arrays } = flattenCall(f, [x], "jacobian");
  return blocks(accumulate(graph, order, arrays).jacobian, f, x);
}

/** Larger Jacobians are not looked into for zeros to choose a mode. */
const mostEntries = 1e6;

/** Passes that the modes for arrays take, and the mode with the fewest; of equal ones the first. */
function passes(f: Unary, x: unknown): readonly [JacobianMode, number] {
  const { arrays, fun } = flattenCall(f, [x], "jacobian");
  const { outAvals } = traceCall(fun, arrays);
  const n = arrays.reduce((sum, a) => sum + a.size, 0);
  const m = outAvals.reduce((sum, a) => sum + a.size, 0);
  const plain = n <= m ? (["forward", n] as const) : (["reverse", m] as const);
  if (m * n > mostEntries || plain[1] === 1) return plain;
  const { count } = jacobianPlan(patternOf(f)(x), null);
  return count < plain[1] ? ["coloured", count] : plain;
}

const patternOf = jacobianSparsity as (f: Unary) => (x: unknown) => SparsityPattern;

/** The mode with the fewest multiplications. */
function choose(f: Unary, x: unknown): JacobianMode {
  const [plain, count] = passes(f, x);
  const graph = smallGraph(f, x);
  if (graph === null) return plain;
  const weights = graph.edges.flatMap((into) => [...into.values()]);
  const products = weights.filter((w) => w.length > 1 || Math.abs(w[0].constant ?? 0) !== 1).length;
  const { best } = new Elimination(graph);
  if (best.multiplications >= count * products) return plain;
  return best.name === "searched" ? "searched" : "markowitz";
}

/** The graph of a program of few numbers; null for what the modes for arrays are for. */
function smallGraph(f: Unary, x: unknown): ProgramGraph | null {
  const { arrays, fun } = flattenCall(f, [x], "jacobian");
  if (arrays.some((a) => !isFloat(a.dtype))) return null;
  const closed = traceCall(fun, arrays);
  return numbersIn(new ClosedJaxpr(inlineCalls(closed.jaxpr), closed.consts)) > mostForChoice
    ? null
    : graphFor("jacobian", f, [x]);
}

function compute(f: Unary, x: unknown, mode: JacobianMode, orderOf: OrderOf): unknown {
  if (mode === "forward") return jacfwd<[unknown], unknown>(f)(x);
  if (mode === "reverse") return jacrev<[unknown], unknown>(f)(x);
  if (mode === "coloured") {
    const sparse = callWith(sparseJacobian(f as never), [x]) as { toDense(): NDArray };
    return blocks(sparse.toDense(), f, x);
  }
  const graph = graphFor("jacobian", f, [x]);
  return byElimination(f, x, graph, orderOf(graph, mode));
}

/**
 * The Jacobian of a function, as `jacfwd` and `jacrev` give it: a tree like the result, of trees like the argument, each array of
 * the result's shape and then the argument's. By default in whichever way takes the fewest multiplications: forward,
 * reverse, by colouring, or by eliminating the vertices of the program's graph (see `eliminations`), which wins where several
 * inputs and several results meet in few numbers.
 *
 * Choosing takes time, for small programs some milliseconds: at the first call for arguments of given types. Under `jit` it is done
 * while the function is traced.
 * @param options `mode`, `argnums`
 * @throws ArgumentError for modes that there are not, and (of the modes by elimination) for arguments that are no real
 * floating-point numbers and programs of more than 20 000 numbers
 * @example
 * import { jacobian } from "adjoint/elimination";
 * const f = (x: Array): Array => {
 *   const t = np.sin(x.slice(0).mul(x.slice(1)).mul(x.slice(2)));
 *   return np.stack([t, t.mul(t), np.exp(t)]);
 * };
 * jacobian(f, { mode: "searched" })(np.array([1, 2, 3])).shape; // [3, 3]
 */
export function jacobian<A extends NDArray[], const R, const N extends number = 0>(
  f: (...args: A) => R,
  options?: JacobianOptions<N>,
): (...args: LikeArgs<A>) => JacobianTree<ArrayTree<R>, A[N]>;
export function jacobian<A extends unknown[], const R, const N extends number = 0>(
  f: (...args: A) => R,
  options?: JacobianOptions<N>,
): (...args: LikeArgs<A>) => JacobianTree<ArrayTree<R>, A[N]>;
export function jacobian(
  f: AnyFunction,
  options?: JacobianOptions,
  ...more: readonly unknown[]
): (...args: unknown[]) => unknown {
  refuseMore("jacobian", 2, more);
  checkFunction("jacobian", "the first argument", f);
  checkOptions("jacobian", options, ["mode", "argnums"]);
  const { mode = "auto", argnums = 0 } = options ?? {};
  checkOneOf("jacobian", "mode", mode, ["auto", ...modes]);
  checkWhole("jacobian", "argnums", argnums);
  const what = describeCall("jacobian", f);
  const chosen = new Recent<string, JacobianMode>(64);
  const orders = new Recent<string, readonly number[]>(64);
  return (...args) => {
    if (argnums >= args.length)
      throw new ArgumentError(`${what}: argnums names argument ${argnums}, but the call has ${args.length}.`);
    const g: Unary = (x) =>
      callWith(
        f,
        args.map((a, i) => (i === argnums ? x : a)),
      );
    const x = args[argnums];
    const { arrays } = flattenCall(f, args, what);
    const key = arrays.map((a) => String(a.aval)).join();
    const orderOf: OrderOf = (graph, name) => {
      const known = orders.get(`${name} ${key}`);
      // An order for other programs costs more, but is never wrong.
      if (known?.length === inner(graph).length) return known;
      const found = name === "markowitz" ? markowitz(graph) : searched(graph, startsOf(graph));
      orders.set(`${name} ${key}`, found);
      return found;
    };
    let way = mode === "auto" ? chosen.get(key) : mode;
    if (way === undefined) chosen.set(key, (way = choose(g, x)));
    return compute(g, x, way, orderOf);
  };
}

const startsOf = (graph: ProgramGraph): readonly (readonly number[])[] => {
  const vertices = inner(graph);
  return [vertices, [...vertices].reverse(), markowitz(graph)];
};
