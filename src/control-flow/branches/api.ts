/** @file `cond` and `switch` as users call them. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { jaxprAsFun } from "../../core/jaxpr/eval.ts";
import { isFloat, promoteTypes } from "../../dtypes/dtype.ts";
import { bind } from "../../core/trace.ts";
import { treeUnflatten } from "../../core/tree.ts";
import type { ArrayArgs, ArrayTree, Returned } from "../../core/tree-types.ts";
import { checkFunction, checkListOf } from "../../base/checks.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { config } from "../../base/config.ts";
import { isConcrete } from "../../core/eval.ts";
import { type AnyFunction, callWith, flattenArgs, flattenArrays, rebuildArgs } from "../../api/flatten.ts";
import { asPositions } from "../../lax/operands/positions.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { ne } from "../../lax/elementwise/compare.ts";
import { traceFlat } from "../bodies.ts";
import { type Body, checkSameTypes, shareConsts, traceStatefulBody } from "../common.ts";
import { statefulBranches } from "../stateful.ts";
import { condP } from "./cond.ts";

/** Results that are weak in one branch adopt the dtype that they have in the others. */
function joinWeak(bodies: readonly Body[]): readonly Body[] {
  const outs = bodies.map((b) => b.jaxpr.outAvals);
  if (outs.some((list) => list.length !== outs[0].length)) return bodies;
  const common = outs[0].map((_, i) => promoteTypes(outs.map((list) => list[i])));
  const adopts = (out: ShapedArray, i: number): boolean => out.weakType && out.dtype !== common[i].dtype;
  return bodies.map((b, k) => {
    if (!outs[k].some(adopts)) return b;
    const convert = (xs: readonly NDArray[]): NDArray[] =>
      jaxprAsFun(b.jaxpr)(xs).map((x, i) => (adopts(x.aval, i) ? convertElementType(x, common[i].dtype) : x));
    return { ...b, jaxpr: traceFlat(convert, b.jaxpr.inAvals, "cond") };
  });
}

function branchOf(
  what: string,
  index: NDArray,
  branches: readonly AnyFunction[],
  operands: readonly unknown[],
): unknown {
  if (index.ndim !== 0)
    throw new ShapeError(
      `${what}: the predicate must be a scalar; got shape [${index.shape.join(",")}]. Under vmap it may differ between lanes.`,
    );
  const { arrays, defs } = flattenArgs(operands, what);
  if (config.values.disableJit && isConcrete(index)) {
    const k = Math.min(Math.max(index.item(), 0), branches.length - 1);
    const [leaves, def] = flattenArrays(callWith(branches[k], rebuildArgs(defs)(arrays)), what);
    return treeUnflatten(def, leaves);
  }
  const avals = arrays.map((a) => a.aval);
  const traced = branches.map((f) => traceStatefulBody(f, defs, avals, what));
  const cells = [...new Set(traced.flatMap((b) => b.cells))];
  if (cells.length > 0) {
    return statefulBranches(cells, branches as never, (more, held) =>
      branchOf(what, index, more, [held, ...operands]),
    );
  }
  const bodies = joinWeak(traced);
  const [first] = bodies;
  bodies.slice(1).forEach((b, k) => {
    checkSameTypes(
      what,
      { def: first.outDef, avals: first.jaxpr.outAvals, name: "the result of branch 0" },
      { def: b.outDef, avals: b.jaxpr.outAvals, name: `the result of branch ${k + 1}` },
    );
  });
  const { jaxprs, consts } = shareConsts(bodies, what);
  return treeUnflatten(first.outDef, bind(condP, [index, ...consts, ...arrays], { branches: jaxprs }));
}

/**
 * `trueFun(...operands)` if `pred` holds, else `falseFun(...operands)`; only the branch taken is computed.
 *
 * @throws TreeError, DTypeError where the branches' results differ in type (naming the leaf)
 * @see jax.lax.cond
 * @example
 * lax.cond(np.array(3).greater(0), (x: Array) => x.mul(2), (x: Array) => x, 5).item(); // 10
 */
export function cond<const A extends readonly unknown[], const R>(
  pred: ArrayLike,
  trueFun: (...operands: NoInfer<ArrayArgs<A>>) => R,
  falseFun: (...operands: NoInfer<ArrayArgs<A>>) => NoInfer<Returned<R>>,
  ...operands: A
): ArrayTree<R> {
  checkFunction("cond", "the second argument, what to do if it holds,", trueFun);
  checkFunction("cond", "the third argument, what to do if not,", falseFun);
  const p = asArray(pred, "cond");
  const truth = p.dtype === "bool" ? p : ne(p, 0);
  return branchOf("cond", convertElementType(truth, "int32"), [falseFun, trueFun], operands) as ArrayTree<R>;
}

/**
 * `branches[index](...operands)`; the index is limited to the branches there are.
 * @see jax.lax.switch
 * @example
 * lax.switch(1, [(x: Array) => x, (x: Array) => x.neg()], 3).item(); // -3
 */
export function switch_<const A extends readonly unknown[], const R>(
  index: ArrayLike,
  branches: readonly ((...operands: NoInfer<ArrayArgs<A>>) => R)[],
  ...operands: A
): ArrayTree<R> {
  checkListOf("switch", "the branches", branches);
  branches.forEach((f, k) => checkFunction("switch", `branch ${k}`, f));
  if (branches.length === 0) throw new ArgumentError("switch: expected at least one branch; got none.");
  const i = typeof index === "number" ? asDType(index, "int32", false, "switch") : asArray(index, "switch");
  if (isFloat(i.dtype)) throw new DTypeError(`switch: the index must be an integer; got dtype ${i.dtype}.`);
  return branchOf(
    "switch",
    i.dtype === "bool" ? convertElementType(i, "int32") : asPositions(i),
    branches,
    operands,
  ) as ArrayTree<R>;
}
