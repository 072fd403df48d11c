/** @file Arguments of the functions of sparse arrays. */
import { type ArrayLike, NDArray } from "../../../core/array.ts";
import { checkWhole, show } from "../../../base/checks.ts";
import { ArgumentError } from "../../../base/errors.ts";
import { isPlainObject } from "../../../base/util.ts";
import { canonicalAxis } from "../../../dtypes/shape.ts";
import { asArray } from "../../../lax/operands/convert.ts";
import { BCOO } from "../classes/bcoo.ts";
import { BCSR } from "../classes/bcsr.ts";
import { COO, CSR } from "../classes/views.ts";

/** @throws ArgumentError unless it is an array in coordinates */
export function bcoo(where: string, x: unknown): BCOO {
  if (x instanceof BCOO) return x;
  throw new ArgumentError(`${where}: expected a BCOO; got ${show(x)}. Make one with BCOO.fromdense.`);
}

/** @throws ArgumentError unless it is an array of compressed rows */
export function bcsr(where: string, x: unknown): BCSR {
  if (x instanceof BCSR) return x;
  throw new ArgumentError(`${where}: expected a BCSR; got ${show(x)}. Make one with BCSR.fromdense.`);
}

/** @throws ArgumentError unless it is a matrix in coordinates */
export function coo(where: string, x: unknown): COO {
  if (x instanceof COO) return x;
  throw new ArgumentError(`${where}: expected a COO; got ${show(x)}. Make one with COO.fromdense.`);
}

/** @throws ArgumentError unless it is a matrix of compressed rows */
export function csr(where: string, x: unknown): CSR {
  if (x instanceof CSR) return x;
  throw new ArgumentError(`${where}: expected a CSR; got ${show(x)}. Make one with CSR.fromdense.`);
}

/** @throws ArgumentError unless it is an array, or what can be made one */
export function array(where: string, x: unknown): NDArray {
  return x instanceof NDArray ? x : asArray(x as ArrayLike, where);
}

/** The options, of which some must be given. @throws ArgumentError unless there are such */
export function needed<O>(where: string, options: O | undefined, names: readonly string[]): O {
  for (const name of names)
    if (!isPlainObject(options) || (options as Readonly<Record<string, unknown>>)[name] === undefined)
      throw new ArgumentError(`${where}: the option '${name}' is missing.`);
  return options as O;
}

/** @throws ArgumentError unless it is a list of whole numbers from `least` on, so many if that is said */
export function wholes(
  where: string,
  what: string,
  x: unknown,
  least = 0,
  count?: number,
): readonly number[] {
  if (!Array.isArray(x))
    throw new ArgumentError(`${where}: ${what} must be a list of whole numbers; got ${show(x)}.`);
  for (const n of x) checkWhole(where, `an element of ${what}`, n, least);
  if (count !== undefined && x.length !== count)
    throw new ArgumentError(
      `${where}: ${what} must have ${count} elements, one for each axis; got ${x.length}.`,
    );
  return x as readonly number[];
}

/** Axes, from the end if they are negative, each once. */
export function axesOf(where: string, what: string, x: unknown, ndim: number): readonly number[] {
  const given = wholes(where, what, x, -ndim);
  const axes = given.map((a) => canonicalAxis(a, ndim, where));
  if (new Set(axes).size < axes.length)
    throw new ArgumentError(`${where}: ${what} names an axis twice: [${given.join(", ")}].`);
  return axes;
}
