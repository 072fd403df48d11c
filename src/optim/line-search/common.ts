/** @file What line searches share: their extra arguments, and the objective along a direction. */
import { valueAndGrad } from "../../api/grad.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, realPart } from "../../dtypes/dtype.ts";
import { ArgumentError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { type ExtraArgs, leadDType } from "../gradients/base.ts";
import { cast } from "../parameters/scalars.ts";
import { mapArrays } from "../trees/leaves.ts";
import * as trees from "../trees/short.ts";

/** The objective of a line search. */
export interface Objective {
  /** Its value at the parameters, and its gradient there. */
  readonly value: NDArray;
  readonly grad: unknown;
  readonly at: (params: unknown) => NDArray;
  readonly withGrad: (params: unknown) => [NDArray, unknown];
  /** The dtype of values. */
  readonly dtype: DType;
}

/** The real dtype of the objective at these parameters. */
export const valueDType = (where: string, params: unknown): DType => realPart(leadDType(where, params));

/** `valueAndGrad` of a function of trees of whatever type. */
export function withGradient(
  f: (...args: never[]) => ArrayLike,
): (...args: readonly unknown[]) => [NDArray, unknown] {
  const differentiated: unknown = valueAndGrad(f as (...args: unknown[]) => ArrayLike);
  return differentiated as (...args: readonly unknown[]) => [NDArray, unknown];
}

/** Reads the extra arguments `{ value, grad, valueFn }`; further ones go to `valueFn` as an object. */
export function objective(where: string, params: unknown, extra: ExtraArgs): Objective {
  const { value, grad, valueFn, ...rest } = extra;
  if (value === undefined || grad === undefined || valueFn === undefined) {
    const missing = Object.entries({ value, grad, valueFn }).filter(([, x]) => x === undefined);
    throw new ArgumentError(
      `${where}: the update needs ${missing.map(([name]) => name).join(", ")}; ` +
        "call update(grads, state, params, { value, grad, valueFn }).",
    );
  }
  const others = Object.keys(rest).length > 0 ? [rest] : [];
  const dtype = valueDType(where, params);
  const f = (p: unknown): NDArray => {
    const out = (valueFn as (...args: unknown[]) => ArrayLike)(p, ...others);
    if (out instanceof NDArray && out.ndim > 0)
      throw new ArgumentError(`${where}: valueFn must return a scalar; got shape [${out.shape.join(",")}].`);
    return asArray(out, where);
  };
  const differentiated = withGradient(f);
  return {
    value: cast(value, dtype),
    grad: trees.castLike(grad, params),
    at: (p) => f(p).astype(dtype),
    withGrad: (p) => {
      const [v, g] = differentiated(p);
      return [v.astype(dtype), g];
    },
    dtype,
  };
}

/** The derivative of the objective along a direction. */
export const slopeAlong = (direction: unknown, grad: unknown): NDArray =>
  np.real(trees.vdot(direction, trees.conj(grad)));

/** params + step · direction, in the parameters' dtypes. */
export const along = (params: unknown, step: NDArray, direction: unknown): unknown =>
  mapArrays((p, d) => np.add(p, np.multiply(step.astype(d.dtype), d)).astype(p.dtype), params, direction);

/** Checks a limit of steps that is a number: a search without one may never end. */
export function checkSteps(where: string, name: string, steps: ArrayLike): void {
  if (typeof steps === "number" && !(Number.isInteger(steps) && steps >= 0))
    throw new ArgumentError(`${where}: ${name} must be a whole number from 0; got ${steps}.`);
}

/** NaN becomes infinity: a point outside the domain is no good. */
export const nanToInf = (x: NDArray): NDArray => np.where(np.isnan(x), Infinity, x);
