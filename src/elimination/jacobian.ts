/** @file `jacobian`: in whichever way takes the fewest multiplications. */
import { checkFunction, checkOneOf, checkWhole, refuseMore } from "../base/checks.ts";
import { ArgumentError, checkOptions } from "../base/errors.ts";
import { Recent } from "../base/recent.ts";
import { type AnyFunction, callWith, describeCall, flattenCall, traceCall } from "../api/flatten.ts";
import { jacfwd, jacrev } from "../api/jacobian.ts";
import type { NDArray } from "../core/array.ts";
import type { ClosedJaxpr } from "../core/jaxpr/ir.ts";
import type { ArrayTree, JacobianTree, LikeArgs } from "../core/tree-types.ts";
import { type TreeDef, treeUnflatten } from "../core/tree.ts";
import { isFloat } from "../dtypes/dtype.ts";
import * as lax from "../lax/plain.ts";
import { jacobianPlan } from "../sparse/plan.ts";
import { type SparsityPattern, jacobianSparsity, sparseJacobian } from "../sparse/index.ts";
import { accumulate } from "./accumulate.ts";
import { Elimination, graphOrError } from "./eliminations.ts";
import { graphOfProgram, isUnit } from "./graph.ts";
import { inner, plainOrders, searched } from "./orders.ts";

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

/** A function of one argument, which is differentiated. */
type Unary = (x: unknown) => unknown;

/** A call of it, traced. */
interface Traced {
  readonly f: Unary;
  readonly x: unknown;
  readonly arrays: readonly NDArray[];
  readonly def: TreeDef;
  readonly closed: ClosedJaxpr;
  readonly outDef: TreeDef;
}

function traced(f: Unary, x: unknown): Traced {
  const { arrays, defs, fun } = flattenCall(f, [x], "jacobian");
  const closed = traceCall(fun, arrays);
  return { f, x, arrays, def: defs[0], closed, outDef: fun.outDef };
}

/** The tree of blocks that the matrix of a Jacobian is. */
function blocks(matrix: NDArray, { arrays, def, closed, outDef }: Traced): unknown {
  let row = 0;
  const rows = closed.outAvals.map((out) => {
    let col = 0;
    const found = arrays.map((a) => {
      const part = lax.slice(matrix, [row, col], [row + out.size, col + a.size]);
      col += a.size;
      return lax.reshape(part, [...out.shape, ...a.shape]);
    });
    row += out.size;
    return treeUnflatten(def, found);
  });
  return treeUnflatten(outDef, rows);
}

const total = (sizes: readonly { readonly size: number }[]): number =>
  sizes.reduce((n, { size }) => n + size, 0);

/** Larger Jacobians are not looked into for zeros to choose a mode. */
const mostEntries = 1e6;

/** The modes for arrays. */
type Passes = "forward" | "reverse" | "coloured";

/** The mode for arrays with the fewest passes, and how many these are; of equal ones the first. */
function passes({ f, x, arrays, closed }: Traced): readonly [Passes, number] {
  const [n, m] = [total(arrays), total(closed.outAvals)];
  const plain = n <= m ? (["forward", n] as const) : (["reverse", m] as const);
  if (m * n > mostEntries || plain[1] === 1) return plain;
  const { count } = jacobianPlan(patternOf(f)(x), null);
  return count < plain[1] ? ["coloured", count] : plain;
}

const patternOf = jacobianSparsity as (f: Unary) => (x: unknown) => SparsityPattern;

/** A way to compute a Jacobian: a mode for arrays, or an order of elimination. */
type Way = Passes | readonly number[];

/** The way with the fewest multiplications. */
function choose(call: Traced): Way {
  const [plain, count] = passes(call);
  const graph = call.arrays.every((a) => isFloat(a.dtype)) ? graphOfProgram(call.closed, mostForChoice) : 0;
  if (typeof graph === "number") return plain;
  const products = graph.edges.flatMap((into) => [...into.values()]).filter((w) => !isUnit(w)).length;
  const { best } = new Elimination(graph);
  return best.multiplications >= count * products ? plain : best.order;
}

/** The way of a mode. */
function wayOf(what: string, mode: JacobianMode | "auto", call: Traced): Way {
  if (mode === "auto") return choose(call);
  if (mode !== "markowitz" && mode !== "searched") return mode;
  const graph = graphOrError(what, call.closed);
  const orders = plainOrders(graph);
  return mode === "markowitz" ? orders.markowitz : searched(graph, Object.values(orders));
}

function compute(what: string, way: Way, call: Traced): unknown {
  const { f, x, arrays, closed } = call;
  if (way === "forward") return jacfwd<[unknown], unknown>(f)(x);
  if (way === "reverse") return jacrev<[unknown], unknown>(f)(x);
  if (way === "coloured") {
    const sparse = callWith(sparseJacobian(f as never), [x]) as { toDense(): NDArray };
    return blocks(sparse.toDense(), call);
  }
  const graph = graphOrError(what, closed);
  // An order found for another program of these types costs more, but is never wrong.
  const order = way.length === inner(graph).length ? way : plainOrders(graph).markowitz;
  return blocks(accumulate(graph, order, arrays), call);
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
  const ways = new Recent<string, Way>(64);
  return (...args) => {
    if (argnums >= args.length)
      throw new ArgumentError(`${what}: argnums names argument ${argnums}, but the call has ${args.length}.`);
    const call = traced(
      (x) =>
        callWith(
          f,
          args.map((a, i) => (i === argnums ? x : a)),
        ),
      args[argnums],
    );
    const key = flattenCall(f, args, what)
      .arrays.map((a) => String(a.aval))
      .join();
    let way = ways.get(key);
    if (way === undefined) ways.set(key, (way = wayOf(what, mode, call)));
    return compute(what, way, call);
  };
}
