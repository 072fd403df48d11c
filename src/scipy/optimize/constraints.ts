/**
 * @file Bounds and constraints as users give them, as boxes and as functions that must be zero or not negative.
 *
 * Which rows there are is known before anything runs: finite ends of constraints are concrete. Ends of bounds may be traced.
 */
import { show } from "../../base/checks.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { isConcrete } from "../../core/eval.ts";
import { treeFlatten, treeUnflatten } from "../../core/tree.ts";
import { type AnyFunction, callWith, flattenOutput } from "../../api/flatten.ts";
import * as lax from "../../control-flow/lax.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { take } from "../../numpy/indexing/take.ts";
import { matmul } from "../../numpy/products/linear.ts";
import { cast } from "../../numpy/operands/promote.ts";
import { ravelPytree } from "../../tree/index.ts";
import type { Box } from "./problem.ts";

/** A vector function of the unknowns that must be zero, or not negative. */
export interface Constraint {
  readonly equality: boolean;
  readonly of: (x: NDArray) => NDArray;
}

/** As SciPy's dictionaries: `fun(x)` is zero, or not negative. */
export interface ConstraintFunction {
  readonly type: "eq" | "ineq";
  readonly fun: (x: never, ...args: never[]) => ArrayLike;
  /** Further arguments of `fun`. */
  readonly args?: readonly unknown[] | undefined;
}

/** As SciPy's `NonlinearConstraint`: `fun(x)` lies between `lb` and `ub`; where they are equal it has their value. */
export interface ConstraintBetween {
  readonly fun: (x: never) => ArrayLike;
  readonly lb?: ArrayLike | undefined;
  readonly ub?: ArrayLike | undefined;
}

/** As SciPy's `LinearConstraint`: the product of a matrix with x, a vector, lies between `lb` and `ub`. */
export interface LinearBetween {
  readonly A: ArrayLike;
  readonly lb?: ArrayLike | undefined;
  readonly ub?: ArrayLike | undefined;
}

/** A constraint, in one of SciPy's forms. */
export type ConstraintLike = ConstraintFunction | ConstraintBetween | LinearBetween;

/** Lower and upper bounds: trees like x, or numbers for all of it; infinite or left out where there are none. */
export interface Bounds {
  readonly lb?: unknown;
  readonly ub?: unknown;
}

/** A tree like x, or an array for each of its leaves alike, as a vector. */
export function boundVector(
  where: string,
  bound: unknown,
  x0: unknown,
  fill: number,
  flat: NDArray,
): NDArray {
  if (bound === undefined || bound === null) return lax.fullLike(flat, fill);
  const [leaves, def] = treeFlatten(x0);
  if (leaves.length === 1 && Array.isArray(bound) && bound.every((b) => typeof b === "number"))
    return boundVector(where, Float64Array.from(bound), x0, fill, flat);
  const [given, givenDef] = treeFlatten(bound);
  const single = given.length === 1 && leaves.length !== 1;
  if (!single && (given.length !== leaves.length || String(def) !== String(givenDef)))
    throw new ArgumentError(
      `${where}: expected a tree like x0, of ${leaves.length} arrays, or a number; got ${show(bound)}.`,
    );
  const rows = leaves.map((leaf, i) => {
    const shape = asArray(leaf as ArrayLike, where).shape;
    const b = asArray(given[single ? 0 : i] as ArrayLike, where);
    if (b.ndim > shape.length || b.shape.some((d, k) => d !== 1 && d !== shape[k + shape.length - b.ndim]))
      throw new ShapeError(`${where}: expected shape [${shape.join(",")}]; got [${b.shape.join(",")}].`);
    return broadcastToShape(cast(b, flat.dtype), shape);
  });
  return cast(ravelPytree(treeUnflatten(def, rows))[0], flat.dtype);
}

const isPair = (x: unknown): x is readonly [unknown, unknown] => Array.isArray(x) && x.length === 2;

/** Where both are known, no lower bound may be above its upper one, and none is NaN. */
function checkBox(where: string, box: Box): Box {
  const { lower, upper } = box;
  if (!isConcrete(lower) || !isConcrete(upper)) return box;
  const [low, high] = [lower.dataSync(), upper.dataSync()];
  const i = low.findIndex((l, k) => !(l <= high[k]));
  if (i !== -1)
    throw new ArgumentError(
      `${where}: lower bounds must not be above upper ones; element ${i} has ${low[i]} and ${high[i]}.`,
    );
  return box;
}

/** Bounds as a box around the vector of all unknowns; null if there are none. */
export function boxOf(where: string, bounds: unknown, x0: unknown, flat: NDArray): Box | null {
  if (bounds === undefined || bounds === null) return null;
  if (Array.isArray(bounds) && bounds.every((b) => isPair(b))) {
    const ends = bounds.map(([lo, hi]) => [lo ?? -Infinity, hi ?? Infinity]);
    const wrong = ends.flat().find((e) => typeof e !== "number");
    if (ends.length !== flat.size || wrong !== undefined)
      throw new ArgumentError(
        `${where}: expected ${flat.size} pairs of numbers (or null); got ${wrong === undefined ? `${ends.length} pairs` : show(wrong)}.`,
      );
    const side = (k: number): NDArray =>
      cast(
        asArray(
          Float64Array.from(ends, (e) => Number(e[k])),
          where,
        ),
        flat.dtype,
      );
    return checkBox(where, { lower: side(0), upper: side(1) });
  }
  if (typeof bounds !== "object" || Array.isArray(bounds) || bounds instanceof NDArray)
    throw new ArgumentError(`${where}: expected { lb, ub } or a list of pairs; got ${show(bounds)}.`);
  checkOptions(where, bounds, ["lb", "ub"]);
  const { lb, ub } = bounds as Bounds;
  return checkBox(where, {
    lower: boundVector(`${where}: lb`, lb, x0, -Infinity, flat),
    upper: boundVector(`${where}: ub`, ub, x0, Infinity, flat),
  });
}

/** An end of a constraint for each of its rows, as numbers. */
function endsOf(where: string, x: ArrayLike | undefined, rows: number, fill: number): number[] {
  if (x === undefined) return new Array<number>(rows).fill(fill);
  const a = asArray(x, where);
  if (a.size !== 1 && (a.ndim !== 1 || a.size !== rows))
    throw new ShapeError(`${where}: expected a number or ${rows} of them; got shape [${a.shape.join(",")}].`);
  const data = Array.from(a.dataSync(), Number);
  return data.length === 1 ? new Array<number>(rows).fill(data[0]) : data;
}

/** The rows of a function between ends: equalities, and what is not negative. */
function between(
  where: string,
  of: (x: NDArray) => NDArray,
  rows: number,
  { lb, ub }: { readonly lb?: ArrayLike | undefined; readonly ub?: ArrayLike | undefined },
): Constraint[] {
  const low = endsOf(`${where}: lb`, lb, rows, -Infinity);
  const high = endsOf(`${where}: ub`, ub, rows, Infinity);
  const i = low.findIndex((l, k) => !(l <= high[k]));
  if (i !== -1)
    throw new ArgumentError(`${where}: lb must not be above ub; row ${i} has ${low[i]} and ${high[i]}.`);
  const places = (keep: (k: number) => boolean): number[] => low.map((_, k) => k).filter(keep);
  const part = (
    equality: boolean,
    at: readonly number[],
    ends: readonly number[],
    sign: number,
  ): Constraint => ({
    equality,
    of: (x) => {
      const values = take(of(x), Int32Array.from(at), 0);
      const end = cast(
        asArray(
          Float64Array.from(at, (k) => ends[k]),
          where,
        ),
        values.dtype,
      );
      return values.sub(end).mul(sign);
    },
  });
  return [
    part(
      true,
      places((k) => low[k] === high[k]),
      low,
      1,
    ),
    part(
      false,
      places((k) => low[k] < high[k] && low[k] > -Infinity),
      low,
      1,
    ),
    part(
      false,
      places((k) => low[k] < high[k] && high[k] < Infinity),
      high,
      -1,
    ),
  ];
}

interface Given {
  readonly type?: unknown;
  readonly fun?: unknown;
  readonly args?: unknown;
  readonly A?: ArrayLike;
  readonly lb?: ArrayLike;
  readonly ub?: ArrayLike;
}

function constraintOf(
  where: string,
  given: unknown,
  x0: NDArray,
  back: (x: NDArray) => unknown,
): Constraint[] {
  checkOptions(where, given as object, ["type", "fun", "args", "A", "lb", "ub"]);
  const { type, fun, args, A, lb, ub } = given as Given;
  if (args !== undefined && !Array.isArray(args))
    throw new ArgumentError(`${where}: args must be a list; got ${show(args)}.`);
  if (A !== undefined) {
    const matrix = cast(asArray(A, `${where}: A`), x0.dtype);
    const rows = matrix.ndim < 2 ? lax.reshape(matrix, [1, matrix.size]) : matrix;
    if (rows.ndim !== 2 || rows.shape[1] !== x0.size)
      throw new ShapeError(
        `${where}: A must have ${x0.size} columns, one for each unknown; got shape [${matrix.shape.join(",")}].`,
      );
    return between(where, (x) => matmul(rows, x), rows.shape[0], { lb, ub });
  }
  if (typeof fun !== "function")
    throw new ArgumentError(`${where}: fun must be a function; got ${show(fun)}.`);
  const of = (x: NDArray): NDArray => {
    const out = callWith(fun as AnyFunction, [back(x), ...((args as unknown[] | undefined) ?? [])]);
    const [leaves] = flattenOutput(out, where);
    if (leaves.length !== 1)
      throw new ArgumentError(`${where}: fun must return one array; got ${leaves.length}.`);
    return cast(lax.reshape(leaves[0], [leaves[0].size]), x.dtype);
  };
  if (type === "eq" || type === "ineq") return [{ equality: type === "eq", of }];
  if (type !== undefined || (lb === undefined && ub === undefined))
    throw new ArgumentError(`${where}: expected type "eq" or "ineq", or lb and ub; got ${show(type)}.`);
  return between(where, of, of(x0).size, { lb, ub });
}

/** All constraints, equalities first. */
export function constraintsOf(
  where: string,
  given: unknown,
  x0: NDArray,
  back: (x: NDArray) => unknown,
): Constraint[] {
  if (given === undefined || given === null) return [];
  const list = Array.isArray(given) ? given : [given];
  const all = list.flatMap((c, i) => constraintOf(`${where}[${i}]`, c, x0, back));
  return [...all.filter((c) => c.equality), ...all.filter((c) => !c.equality)];
}

/** The values of all constraints in a row. */
export function valuesOf(constraints: readonly Constraint[], x: NDArray): NDArray {
  const parts = constraints.map((c) => c.of(x)).filter((v) => v.size > 0);
  return parts.length === 0 ? lax.full([0], 0, x.dtype) : lax.concatenate(parts, 0);
}
