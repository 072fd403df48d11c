/** @file `scan`, `foriLoop`, `map`, `whileLoop` as users call them. */
import { config } from "../../base/config.ts";
import { interpretScan, interpretWhile } from "./interpreted.ts";
import { type ArrayLike, ConcreteArray, type NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { type DType, isComplex, isInteger, promoteTypes } from "../../dtypes/dtype.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind } from "../../core/trace.ts";
import { type TreeDef, treeFlatten, treeStructure, treeUnflatten } from "../../core/tree.ts";
import type { ArrayTree, Returned } from "../../core/tree-types.ts";
import { checkFunction, checkWhole, refuseMore } from "../../base/checks.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../base/errors.ts";
import { type AnyFunction, callWith, flattenArrays } from "../../api/flatten.ts";
import { vmap } from "../../api/vmap.ts";
import { asArray, asDType } from "../../lax/operands/convert.ts";
import { convertElementType } from "../../lax/elementwise/convert.ts";
import { add } from "../../lax/elementwise/arithmetic.ts";
import { lt } from "../../lax/elementwise/compare.ts";
import { reshape } from "../../lax/shapes/movement.ts";
import { concatenate, sliceInDim } from "../../lax/shapes/slicing.ts";
import { type Checkpointing, checkpointedScan, whileSlots } from "./checkpointing.ts";
import { unstacked } from "../bodies.ts";
import { type Body, type StatefulBody, checkSameTypes, traceStatefulBody } from "../common.ts";
import { statefulScan, statefulWhile } from "../stateful.ts";
import { whileP } from "./while.ts";

/** Options of `scan`. */
export interface ScanOptions {
  /** The number of steps, where `xs` does not tell it. */
  readonly length?: number | undefined;
  /** From the last element to the first; outputs keep the elements' places. */
  readonly reverse?: boolean | undefined;
  /** Accepted for compatibility: loops are not unrolled. */
  readonly unroll?: number | boolean | undefined;
  /** What reverse mode keeps of the steps; all it needs by default. */
  readonly checkpoint?: Checkpointing | undefined;
}

/** Options of `foriLoop` and `whileLoop`. */
export interface LoopOptions {
  /** What reverse mode keeps of the steps. */
  readonly checkpoint?: Checkpointing | undefined;
  /** Accepted for compatibility: loops are not unrolled. */
  readonly unroll?: number | boolean | undefined;
}

/** The carry of a loop: arrays, their tree, and which of the body's outputs it becomes. */
interface Carry {
  readonly arrays: readonly NDArray[];
  readonly def: TreeDef;
  readonly outDef: (body: Body) => TreeDef;
}

/**
 * Weak carries meet the body as they are, weak, and adopt the dtype of what it returns for them (numbers are weak:
 * `scan(f, 0, xs)` computes in the dtype of the xs). One that adopts may move others, so it is repeated; each round makes at
 * least one more of them strong. Returns the carry with which the body's types agree.
 * @throws TreeError, DTypeError where there is none
 */
function settleCarry<B extends Body>(
  what: string,
  { arrays, def, outDef }: Carry,
  trace: (carry: readonly ShapedArray[]) => B,
): [NDArray[], B] {
  let carry = [...arrays];
  let body = trace(carry.map((c) => c.aval));
  const outsOf = (b: Body): ShapedArray[] => b.jaxpr.outAvals.slice(0, outDef(b).numLeaves);
  const adopts = (c: NDArray, out: ShapedArray): boolean =>
    c.weakType && c.aval !== out && promoteTypes([c.aval, out]).dtype === out.dtype;
  for (;;) {
    const outs = outsOf(body);
    if (outs.length !== carry.length) break;
    const next = carry.map((c, i) =>
      adopts(c, outs[i]) ? convertElementType(c, outs[i].dtype, outs[i].weakType) : c,
    );
    if (next.every((c, i) => c.aval === carry[i].aval)) break;
    carry = next;
    body = trace(carry.map((c) => c.aval));
  }
  checkSameTypes(
    what,
    { def, avals: carry.map((c) => c.aval), name: "the carry given" },
    { def: outDef(body), avals: outsOf(body), name: "the carry returned" },
  );
  return [carry, body];
}

function scanLength(xs: readonly NDArray[], asked: number | undefined, what: string): number {
  const sizes = xs.map((x) => {
    if (x.ndim === 0)
      throw new ShapeError(`${what}: xs must have a leading axis to scan over; got a scalar.`);
    return x.shape[0];
  });
  const length = asked ?? sizes[0];
  if (length === undefined)
    throw new ArgumentError(`${what}: without xs the option length must tell the number of steps.`);
  checkWhole(what, "length", length);
  if (sizes.some((s) => s !== length)) {
    throw new ShapeError(
      `${what}: the leading axes of xs (${xs.map((x) => shapeString(x.shape)).join(", ")}) must all have size ${length}.`,
    );
  }
  return length;
}

/**
 * A loop with a carry: `f(carry, x) => [carry, y]` is applied to the elements of `xs` along their leading axis, and the ys
 * are stacked. Carry, xs and ys are arrays or trees of them. One compiled loop, however long; differentiable in both modes.
 *
 * @returns `[carry, ys]`
 * @throws TreeError, DTypeError where the carry returned does not have the type of the carry given (naming the leaf)
 * @see jax.lax.scan
 * @example
 * const [total, sums] = lax.scan((c: Array, x: Array) => [c.add(x), c.add(x)], 0, np.array([1, 2, 3]));
 * sums; // Array([1., 3., 6.])
 */
export function scan<const C, const X, const Y>(
  f: (carry: NoInfer<ArrayTree<C>>, x: NoInfer<ArrayTree<X>>) => readonly [carry: NoInfer<Returned<C>>, y: Y],
  init: C,
  xs: X,
  options?: ScanOptions | number,
  ...more: []
): [ArrayTree<C>, ArrayTree<Y>] {
  refuseMore("scan", 4, more);
  const settings = typeof options === "number" ? { length: options } : options;
  checkFunction("scan", "the first argument", f);
  checkOptions("scan", settings, ["length", "reverse", "unroll", "checkpoint"]);
  const [init0, carryDef] = flattenArrays(init, "scan: init");
  const [xArrays, xDef] = flattenArrays(xs, "scan: xs");
  const length = scanLength(xArrays, settings?.length, "scan");
  let yDef: TreeDef | null = null;
  const step = (...[c, x]: [unknown, unknown]): unknown => {
    const result = callWith(f, [c, x]);
    if (!Array.isArray(result) || result.length !== 2) {
      throw new ArgumentError(
        `scan: the function must return [carry, y]; got ${Array.isArray(result) ? `a list of ${result.length}` : typeof result}.`,
      );
    }
    yDef = treeStructure(result[1]);
    return result;
  };
  if (config.values.disableJit && length > 0) {
    const scanned = { carry: treeUnflatten(carryDef, init0), xs: xArrays, xDef, length };
    return interpretScan(step, { ...scanned, reverse: settings?.reverse === true }) as [
      ArrayTree<C>,
      ArrayTree<Y>,
    ];
  }
  const xAvals = xArrays.map((x) => unstacked(x.aval));
  const [carry, body] = settleCarry(
    "scan",
    { arrays: init0, def: carryDef, outDef: (b) => b.outDef.children[0] },
    (avals) => traceStatefulBody(step, [carryDef, xDef], [...avals, ...xAvals], "scan"),
  );
  if (body.cells.length > 0) {
    const again: Parameters<typeof statefulScan>[3] = (f, from) =>
      scan(f as (carry: unknown, x: unknown) => [unknown, unknown], from as unknown, xs, options) as never;
    return statefulScan(body.cells, step, init, again) as [ArrayTree<C>, ArrayTree<Y>];
  }
  const outs = checkpointedScan(settings?.checkpoint, [...body.consts, ...carry, ...xArrays], {
    jaxpr: body.jaxpr,
    numConsts: body.consts.length,
    numCarry: carry.length,
    length,
    reverse: settings?.reverse === true,
  });
  const ys = outs.slice(carry.length);
  return [treeUnflatten(carryDef, outs.slice(0, carry.length)), treeUnflatten(yDef!, ys)] as [
    ArrayTree<C>,
    ArrayTree<Y>,
  ];
}

/**
 * Repeats `body` on a carry as long as `cond` of it holds. Differentiable in both modes: reverse mode runs the loop again,
 * from states that it keeps on the way. With `checkpoint: "all"` it keeps up to 65 536 of them (or 16 MiB, but 16 at
 * least), with `"sqrt"` 1 447, enough to run 10⁶ steps forward at most twice more; or as many as you say. Memory is bounded
 * by that, however long the loop runs; too few slots cost time alone.
 *
 * @throws TreeError, DTypeError where the body changes the carry's type (naming the leaf)
 * @see jax.lax.while_loop (which has no reverse mode)
 * @example
 * lax.whileLoop((x: Array) => x.less(100), (x: Array) => x.mul(2), 1).item(); // 128
 */
export function whileLoop<const C>(
  cond: (carry: NoInfer<ArrayTree<C>>) => NDArray | boolean,
  body: (carry: NoInfer<ArrayTree<C>>) => NoInfer<Returned<C>>,
  init: C,
  options?: LoopOptions,
  ...more: []
): ArrayTree<C> {
  refuseMore("whileLoop", 4, more);
  checkFunction("whileLoop", "the condition", cond);
  checkFunction("whileLoop", "the body", body);
  checkOptions("whileLoop", options, ["checkpoint", "unroll"]);
  const [arrays, def] = flattenArrays(init, "whileLoop: init");
  if (config.values.disableJit) {
    const found = interpretWhile(
      (c) => Boolean(asArray(callWith(cond, [c]) as ArrayLike, "whileLoop: the condition").item()),
      (c) => callWith(body, [c]),
      treeUnflatten(def, arrays),
    );
    if (found !== undefined) return found.carry as ArrayTree<C>;
  }
  const trace = (f: AnyFunction, avals: readonly ShapedArray[]): StatefulBody =>
    traceStatefulBody(f, [def], avals, "whileLoop");
  const [carry, steps] = settleCarry("whileLoop", { arrays, def, outDef: (b) => b.outDef }, (avals) =>
    trace(body, avals),
  );
  const avals = carry.map((c) => c.aval);
  const test = trace(cond, avals);
  const cells = [...new Set([...test.cells, ...steps.cells])];
  if (cells.length > 0) {
    const again: Parameters<typeof statefulWhile>[4] = (holds, next, from) =>
      whileLoop(
        holds as (c: unknown) => boolean,
        next as (c: unknown) => unknown,
        from as unknown,
        options,
      ) as never;
    return statefulWhile(cells, cond as never, body as never, init, again) as ArrayTree<C>;
  }
  const [answer] = test.jaxpr.outAvals;
  if (test.jaxpr.outAvals.length !== 1 || answer.ndim !== 0 || answer.dtype !== "bool") {
    throw new DTypeError(
      `whileLoop: the condition must return one bool scalar; got ${test.jaxpr.outAvals.map((a) => a.short()).join(", ")}.`,
    );
  }
  const outs = bind(whileP, [...test.consts, ...steps.consts, ...carry], {
    cond: test.jaxpr,
    body: steps.jaxpr,
    numCondConsts: test.consts.length,
    numBodyConsts: steps.consts.length,
    slots: whileSlots(options?.checkpoint, avals, "whileLoop"),
  });
  return treeUnflatten(def, outs) as ArrayTree<C>;
}

/** The carry of a loop with a counter. */
type Counted = [step: NDArray, carry: unknown];

/**
 * `for i in lower … upper − 1: carry = body(i, carry)`. With bounds that are numbers it is a `scan`, with traced ones a
 * `whileLoop`; differentiable in both modes, and `checkpoint` is passed on. The index is int32, or of the integer dtype of
 * the bounds.
 * @throws ArgumentError for bounds that are not whole or lead beyond int32; DTypeError for bounds of several dtypes
 * @see jax.lax.fori_loop
 * @example
 * lax.foriLoop(0, 5, (i: Array, x: Array) => x.add(i), 0).item(); // 10
 */
export function foriLoop<const C>(
  lower: ArrayLike,
  upper: ArrayLike,
  body: (i: NDArray, carry: NoInfer<ArrayTree<C>>) => NoInfer<Returned<C>>,
  init: C,
  options?: LoopOptions,
  ...more: []
): ArrayTree<C> {
  refuseMore("foriLoop", 5, more);
  checkFunction("foriLoop", "the body", body);
  checkOptions("foriLoop", options, ["checkpoint", "unroll"]);
  const checkpoint = options?.checkpoint;
  if (typeof lower === "number" && typeof upper === "number") {
    checkBounds(lower, upper);
    const step = (...[[i, c]]: [Counted, null]): [Counted, null] => [
      [add(i, 1), callWith(body, [i, c])],
      null,
    ];
    const start: Counted = [asDType(lower, "int32", false, "foriLoop"), init];
    const [[, out]] = scan(step, start, null, { length: Math.max(0, upper - lower), checkpoint });
    return out as ArrayTree<C>;
  }
  const dtype = indexDType(lower, upper);
  const start = asDType(lower, dtype, false, "foriLoop");
  const stop = asDType(upper, dtype, false, "foriLoop");
  const first: Counted = [start, init];
  const [, out] = whileLoop(
    (...[[i]]) => lt(i, stop),
    (...[[i, c]]) => [add(i, 1), callWith(body, [i, c])],
    first,
    { checkpoint },
  );
  return out as ArrayTree<C>;
}

/** The largest int32. */
const lastIndex = 2 ** 31 - 1;

/** @throws ArgumentError for bounds that are not whole, or indices beyond int32 */
function checkBounds(lower: number, upper: number): void {
  if (!Number.isInteger(lower) || !Number.isInteger(upper))
    throw new ArgumentError(`foriLoop: bounds must be whole numbers; got ${lower} and ${upper}.`);
  if (upper >= lower && (lower < -lastIndex - 1 || upper > lastIndex || upper - lower > lastIndex))
    throw new ArgumentError(
      `foriLoop: indices and their number must fit int32 (to ${lastIndex}); got bounds ${lower} and ${upper}. Nest two loops.`,
    );
}

/**
 * The dtype of the index of a loop whose bounds are arrays: theirs, int32 where they are no integers (a number made an
 * array is a float).
 */
function indexDType(lower: ArrayLike, upper: ArrayLike): DType {
  const known = [lower, upper].filter((x) => typeof x !== "number").map((x) => asArray(x, "foriLoop"));
  const types = new Set(known.filter((x) => !x.weakType).map((x) => x.dtype));
  const [dtype = "int32"] = types;
  if (types.size > 1 || dtype === "bool" || isComplex(dtype))
    throw new DTypeError(
      `foriLoop: bounds must be integers of one dtype; got ${known.map((x) => x.dtype).join(" and ")}. Convert one with x.astype(…).`,
    );
  for (const x of known)
    if (x instanceof ConcreteArray && !isInteger(x.dtype)) checkBounds(x.item(), x.item());
  return isInteger(dtype) ? dtype : "int32";
}

/** Options of `map`. */
export interface MapOptions {
  /** Compute this many elements at once. */
  readonly batchSize?: number | null | undefined;
}

/**
 * Applies a function to the elements of `xs` along their leading axis, one after another (or `batchSize` at once), and
 * stacks the results: `vmap` with bounded memory.
 * @see jax.lax.map
 * @example
 * lax.map((x: Array) => x.mul(x), np.array([1, 2, 3])); // Array([1., 4., 9.])
 */
export function map<const X, const R>(
  f: (x: NoInfer<ArrayTree<X>>) => R,
  xs: X,
  options?: MapOptions,
  ...more: []
): ArrayTree<R> {
  refuseMore("map", 3, more);
  checkFunction("map", "the first argument", f);
  checkOptions("map", options, ["batchSize"]);
  const size = options?.batchSize ?? null;
  const one = (tree: unknown): ArrayTree<R> =>
    scan((...[, x]) => [null, callWith(f, [x]) as R], null, tree)[1];
  if (size === null) return one(xs);
  checkWhole("map", "batchSize", size, 1);
  const [arrays, def] = flattenArrays(xs, "map: xs");
  const n = scanLength(arrays, undefined, "map");
  const whole = n - (n % size);
  const many = vmap(f as AnyFunction) as (x: unknown) => unknown;
  const chunks = arrays.map((a) =>
    reshape(sliceInDim(a, 0, whole, 1, 0), [whole / size, size, ...a.shape.slice(1)]),
  );
  const blocks = scan((_: null, x: unknown) => [null, many(x)], null, treeUnflatten(def, chunks))[1];
  const [chunked, outDef] = treeFlatten(blocks) as [NDArray[], TreeDef];
  const joined = chunked.map((p) => reshape(p, [whole, ...p.shape.slice(2)]));
  if (whole === n) return treeUnflatten(outDef, joined) as ArrayTree<R>;
  const rest = many(
    treeUnflatten(
      def,
      arrays.map((a) => sliceInDim(a, whole, n, 1, 0)),
    ),
  );
  const tails = treeFlatten(rest)[0] as NDArray[];
  return treeUnflatten(
    outDef,
    joined.map((p, i) => concatenate([p, tails[i]], 0)),
  ) as ArrayTree<R>;
}
