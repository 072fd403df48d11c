/**
 * @file Robust losses: the cost is ½ Σ C² ρ(rᵢ² / C²). Near a minimum it is treated as least squares by residuals and a
 * Jacobian that are scaled for it. Source: SciPy, optimize/_lsq/least_squares.py; Triggs et al., Bundle adjustment (2000).
 */
import type { NDArray } from "../../core/array.ts";
import { ArgumentError } from "../../base/errors.ts";
import { show } from "../../base/checks.ts";
import { grad } from "../../api/grad.ts";
import { jvp } from "../../api/jvp.ts";
import { callWith } from "../../api/flatten.ts";
import * as lax from "../../control-flow/lax.ts";
import { finfo } from "../../numpy/dtypes/dtypes.ts";
import { where } from "../../numpy/ufuncs/logic.ts";

/** The losses by name. */
export type LossName = "linear" | "soft_l1" | "huber" | "cauchy" | "arctan";

/** A function ρ of squared residuals, element by element: ρ(0) = 0, ρ'(0) = 1, growing less than z. */
export type LossFunction = (z: NDArray) => NDArray;

/** ρ and its first two derivatives. */
type Rho = readonly [value: NDArray, slope: NDArray, curvature: NDArray];

export interface Loss {
  readonly value: (z: NDArray) => NDArray;
  readonly rho: (z: NDArray) => Rho;
  readonly scale: NDArray;
}

const rules: Readonly<Record<Exclude<LossName, "linear">, Omit<Loss, "scale">>> = {
  soft_l1: {
    value: (z) => lax.sqrt(z.add(1)).sub(1).mul(2),
    rho: (z) => {
      const t = lax.rsqrt(z.add(1));
      return [lax.sqrt(z.add(1)).sub(1).mul(2), t, t.mul(t).mul(t).mul(-0.5)];
    },
  },
  huber: {
    value: (z) => where(z.lessEqual(1), z, lax.sqrt(lax.max(z, 1)).mul(2).sub(1)),
    rho: (z) => {
      const inner = z.lessEqual(1);
      const root = lax.sqrt(lax.max(z, 1));
      const zero = lax.fullLike(z, 0);
      return [
        where(inner, z, root.mul(2).sub(1)),
        where(inner, lax.fullLike(z, 1), lax.div(1, root)),
        where(inner, zero, lax.div(-0.5, root.mul(root).mul(root))),
      ];
    },
  },
  cauchy: {
    value: (z) => lax.log1p(z),
    rho: (z) => {
      const t = lax.div(1, z.add(1));
      return [lax.log1p(z), t, t.mul(t).neg()];
    },
  },
  arctan: {
    value: (z) => lax.atan(z),
    rho: (z) => {
      const t = lax.div(1, z.mul(z).add(1));
      return [lax.atan(z), t, z.mul(t).mul(t).mul(-2)];
    },
  },
};

const names = ["linear", ...Object.keys(rules)];

/** A loss of the user's, with its derivatives. */
const ofFunction = (f: LossFunction): Omit<Loss, "scale"> => {
  const value = (z: NDArray): NDArray => callWith(f, [z]) as NDArray;
  const slope = (z: NDArray): NDArray => grad((y: NDArray) => lax.reduceSum(value(y), [0]))(z);
  return {
    value,
    rho: (z) => {
      const [first, second] = jvp(slope, [z], [lax.fullLike(z, 1)]);
      return [value(z), first, second];
    },
  };
};

/** A loss by its name, or the user's; null for plain squares. */
export function lossOf(where_: string, loss: unknown, scale: NDArray): Loss | null {
  if (loss === undefined || loss === "linear") return null;
  if (typeof loss === "function") return { ...ofFunction(loss as LossFunction), scale };
  if (typeof loss === "string" && Object.hasOwn(rules, loss))
    return { ...rules[loss as keyof typeof rules], scale };
  throw new ArgumentError(
    `${where_}: loss must be one of ${names.map((n) => `"${n}"`).join(", ")}, or a function; got ${show(loss)}.`,
  );
}

const axes = (x: NDArray): number[] => x.shape.map((_, i) => i);

/** What is minimised, of the residuals. */
export function costOf(loss: Loss | null, f: NDArray): NDArray {
  if (loss === null) return lax.reduceSum(f.mul(f), axes(f)).div(2);
  const unit = f.div(loss.scale);
  const square = loss.scale.mul(loss.scale);
  return lax
    .reduceSum(loss.value(unit.mul(unit)), axes(f))
    .mul(square)
    .div(2);
}

/** By what to scale the rows of the Jacobian, and the residuals scaled. */
export function robust(loss: Loss, f: NDArray): { readonly rows: NDArray; readonly f: NDArray } {
  const unit = f.div(loss.scale);
  const [, slope, curvature] = loss.rho(unit.mul(unit));
  const bent = slope.add(curvature.mul(unit).mul(unit).mul(2));
  const rows = lax.sqrt(lax.max(bent, finfo(f.dtype).eps));
  return { rows, f: f.mul(slope).div(rows) };
}

/**
 * By how much the cost falls from residuals to others, as a sum of differences: close to a minimum the difference of two
 * sums would be rounding alone.
 */
export function fallOf(loss: Loss | null, from: NDArray, to: NDArray): NDArray {
  if (loss === null) return lax.reduceSum(from.sub(to).mul(from.add(to)), axes(from)).div(2);
  const value = (f: NDArray): NDArray => {
    const unit = f.div(loss.scale);
    return loss.value(unit.mul(unit));
  };
  const square = loss.scale.mul(loss.scale);
  return lax
    .reduceSum(value(from).sub(value(to)), axes(from))
    .mul(square)
    .div(2);
}
