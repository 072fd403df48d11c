/** @file The options of the integrators, and what is checked of arguments and results. */
import { show } from "../base/checks.ts";
import type { NDArray } from "../core/array.ts";
import { isConcrete } from "../core/eval.ts";
import { isPlainObject } from "../arguments/rest.ts";
import { ArgumentError, DTypeError, IntegrationError, ShapeError, checkOptions } from "../base/errors.ts";
import { isComplex } from "../dtypes/dtype.ts";
import { adjoints } from "./adjoint.ts";
import { dormandPrince } from "./dormand-prince.ts";
import type { Course, Limits } from "./integrate.ts";
import { rodas } from "./rodas.ts";

/** Options of `odeint`. */
export interface OdeOptions {
  /** The error of a step is at most atol + rtol · |y|; both 1.4e-8 by default. */
  readonly rtol?: number | undefined;
  readonly atol?: number | undefined;
  /** The largest number of steps between two times, rejected trials included; 100 000 by default. */
  readonly mxstep?: number | undefined;
  /** The longest step. No limit by default. */
  readonly hmax?: number | undefined;
  /**
   * `"dopri5"` (default): Dormand and Prince's explicit pair of orders 5 and 4. `"rodas4"`: Hairer and Wanner's linearly
   * implicit pair of orders 4 and 3, L-stable, for stiff problems; it makes the Jacobian and solves with it in each step.
   */
  readonly method?: "dopri5" | "rodas4" | undefined;
  /** Reverse mode: the gradient of the steps (`"discrete"`, default), or the adjoint equation backwards in time. */
  readonly adjoint?: "discrete" | "continuous" | undefined;
}

export const methods = { dopri5: dormandPrince, rodas4: rodas } as const;
const words: Readonly<Record<string, readonly string[]>> = {
  method: Object.keys(methods),
  adjoint: Object.keys(adjoints),
};
const numbers = ["rtol", "atol", "mxstep", "hmax"];
const names = [...numbers, ...Object.keys(words)];

/** The last argument is the options if its keys are names of options; a mixture of such and others is an error. */
export function splitOptions(what: string, rest: readonly unknown[]): [readonly unknown[], OdeOptions] {
  const last = rest[rest.length - 1];
  if (!isPlainObject(last)) return [rest, {}];
  const isOption = (key: string): boolean =>
    names.includes(key) && ["number", "string", "undefined"].includes(typeof last[key]);
  const keys = Object.keys(last);
  if (!keys.some(isOption)) return [rest, {}];
  checkOptions(what, last, names);
  for (const key of keys) checkOption(what, key, last[key]);
  return [rest.slice(0, -1), last];
}

function checkOption(what: string, key: string, value: unknown): void {
  if (value === undefined) return;
  const allowed = words[key];
  if (allowed !== undefined) {
    if (typeof value === "string" && allowed.includes(value)) return;
    const list = allowed.map((w) => `"${w}"`).join(" or ");
    throw new ArgumentError(`${what}: ${key} must be ${list}; got ${show(value)}.`);
  }
  if (typeof value === "number" && value > 0) return;
  throw new ArgumentError(`${what}: ${key} must be a positive number; got ${show(value)}.`);
}

export function checkTimes(what: string, t: NDArray): void {
  if (t.ndim !== 1 || t.size === 0)
    throw new ShapeError(
      `${what}: the times must be a vector of at least one; got shape [${t.shape.join(",")}].`,
    );
  if (isComplex(t.dtype)) throw new DTypeError(`${what}: the times must be real; got ${t.dtype}.`);
  if (!isConcrete(t)) return;
  const values = t.dataSync();
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]))
      throw new ArgumentError(`${what}: the times must be finite; got ${values[i]} at index ${i}.`);
    if (i === 0 || values[i] >= values[i - 1]) continue;
    throw new ArgumentError(
      `${what}: the times must increase; got ${values[i]} after ${values[i - 1]}. ` +
        `To go back in time, integrate (y, s) => −f(y, −s) over −t.`,
    );
  }
}

/** States that steps can be added to: half precision would swallow them. */
export function checkState(what: string, y: NDArray): void {
  const half = y.dtype === "float16" || y.dtype === "bfloat16";
  if (!half) return;
  throw new DTypeError(
    `${what}: states must be float32, float64 or complex; got ${y.dtype}, to which short steps add nothing. ` +
      `Integrate y0.astype("float32"), and convert the result.`,
  );
}

/** How far steps got. */
type Progressed = Pick<Course, "reached" | "used">;

/** @throws IntegrationError where the steps were used up; where they are traced, the values are NaN instead. */
export function checkCourse(
  what: string,
  { reached, used }: Progressed,
  ts: NDArray,
  { mxstep, hmax }: Limits,
): void {
  if (!isConcrete(used) || !isConcrete(reached)) return;
  const [made, at] = [used.dataSync(), reached.dataSync()];
  const i = made.findIndex((n) => n >= mxstep);
  if (i < 0) return;
  const times = isConcrete(ts) ? ts.dataSync() : null;
  const way = times === null ? `to time ${i + 1}` : `from ${times[i]} to ${times[i + 1]}`;
  throw new IntegrationError(
    `${what}: stopped at t = ${at[i]} on the way ${way}, after ${made[i]} steps (mxstep), rejected trials included. ` +
      (Number.isFinite(hmax)
        ? `Steps are at most ${hmax} long: raise hmax or mxstep, or loosen rtol and atol.`
        : `If the problem is stiff, use method: "rodas4"; otherwise loosen rtol and atol, or raise mxstep.`),
  );
}
