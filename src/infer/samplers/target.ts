/**
 * @file A log density of a tree of named parameters as a function of one vector, which is what the kernels move: parameters
 * are made flat, and constraints become a change of variables with its log determinant.
 */
import { callWith, flattenArrays } from "../../api/flatten.ts";
import { valueAndGrad } from "../../api/grad.ts";
import { checkFunction } from "../../base/checks.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { treeUnflatten } from "../../core/tree.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { cast, inexact } from "../../numpy/operands/promote.ts";
import { ravelPytree } from "../../tree/index.ts";
import { type ConstraintSpec, spaceOf } from "../constraints/constrained.ts";

/** A function of parameters that gives the logarithm of a density, up to a constant. */
export type LogDensityFunction = (...args: never[]) => unknown;

/** A target as the kernels see it. */
export interface Target {
  /** The number of unconstrained numbers. */
  readonly size: number;
  /** The start in unconstrained numbers: [size], or [chains, size] where each chain has its own. */
  readonly start: NDArray;
  /** The log density at a vector [size]; −∞ where it is NaN. */
  readonly value: (x: NDArray) => NDArray;
  readonly valueAndSlope: (x: NDArray) => [value: NDArray, slope: NDArray];
  /** The parameters, as the user knows them, of a vector [size]. */
  readonly parameters: (x: NDArray) => unknown;
}

/** The leaves of a start as floating-point arrays, in a tree of the same structure. */
export function floatingTree(what: string, initial: unknown): unknown {
  const [given, def, paths] = flattenArrays(initial, `${what}: the starting point`);
  const total = given.reduce((n, x) => n + x.size, 0);
  if (total === 0) throw new ArgumentError(`${what}: the starting point has no numbers to draw.`);
  const leaves = given.map((x, i) => {
    if (x.dtype.startsWith("complex"))
      throw new DTypeError(
        `${what}: parameters are real; got ${x.dtype} at leaf ${paths[i].length === 0 ? "0" : String(i)}. ` +
          `Take real and imaginary parts as two parameters.`,
      );
    const float = inexact(what, x);
    return cast(float, float.dtype);
  });
  return treeUnflatten(def, leaves);
}

/** The one number that a log density returned. */
export function scalarOf(what: string, out: unknown): NDArray {
  const value = asArray(out as ArrayLike, `${what}: the log density`);
  if (value.ndim !== 0)
    throw new ShapeError(
      `${what}: the log density must be one number; got shape [${value.shape.join(",")}]. Sum the terms.`,
    );
  if (value.dtype.startsWith("complex"))
    throw new DTypeError(`${what}: the log density must be real; got ${value.dtype}.`);
  return value;
}

/** A target from what a user gave: one start, or with `perChain` one for each chain along the leading axis. */
export function targetOf(
  what: string,
  logDensity: LogDensityFunction,
  initial: unknown,
  constraints: ConstraintSpec | undefined,
  perChain: boolean,
): Target {
  checkFunction(what, "the log density", logDensity);
  const given = floatingTree(what, initial);
  const space = spaceOf(what, constraints, given);
  const { start, size, unravel } = flatStart(what, space.start, perChain);
  const value = (x: NDArray): NDArray => {
    const [parameters, logDet] = space.constrain(unravel(x));
    const own = scalarOf(what, callWith(logDensity, [parameters]));
    const all = (logDet === null ? own : np.add(own, logDet)).astype(x.dtype);
    return np.where(np.isnan(all), -Infinity, all);
  };
  return {
    size,
    start,
    value,
    valueAndSlope: (x) => valueAndGrad(value)(x),
    parameters: (x) => space.constrain(unravel(x))[0],
  };
}

interface FlatStart {
  readonly start: NDArray;
  readonly size: number;
  readonly unravel: (x: NDArray) => unknown;
}

/** The unconstrained start as vectors. */
function flatStart(what: string, start: unknown, perChain: boolean): FlatStart {
  if (!perChain) {
    const [vector, unravel] = ravelPytree(start);
    return { start: vector, size: vector.size, unravel };
  }
  const [leaves, def] = flattenArrays(start, what);
  const chains = leaves[0].shape[0];
  const firsts = leaves.map((x) => np.take(x, 0, 0));
  const [, unravel] = ravelPytree(treeUnflatten(def, firsts));
  const rows = leaves.map((x) => np.reshape(x, [chains, -1]));
  const all = np.concatenate(rows, 1);
  return { start: all, size: all.shape[1], unravel };
}
