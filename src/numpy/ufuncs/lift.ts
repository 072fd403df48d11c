/**
 * @file Element-wise functions made public: functions of arrays of one dtype and shape become functions of whatever
 * promotes to such, under their names.
 */
import { refuseMore } from "../../base/checks.ts";
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { isInexact } from "../../dtypes/dtype.ts";
import { isSmall, together } from "../../core/deferral.ts";
import { asArray } from "../../lax/operands/convert.ts";
import {
  inexact,
  promoteArgs,
  promoteInexact,
  promoteNumeric,
  isWeak,
  refuseComplex,
  requireInteger,
  strong,
} from "../operands/promote.ts";

type Convert = (where: string, x: ArrayLike) => NDArray;
type Promote = (where: string, x: ArrayLike, y: ArrayLike) => readonly NDArray[];

/** The operand as an array of its own dtype. */
export const own: Convert = (where, x) => asArray(x, where);

/** The operand as an array of a numeric dtype: bool becomes int32. */
export const numeric: Convert = (where, x) => promoteNumeric(where, x)[0];

const notComplex =
  (convert: Convert): Convert =>
  (where, x) => {
    const a = convert(where, x);
    refuseComplex(where, a);
    return a;
  };

/** As `own`; complex arrays are an error. */
export const real = notComplex(own);

/** As `inexact`; complex arrays are an error. */
export const realInexact = notComplex(inexact);

/** Promotion to one dtype, by `promote`, that may not be complex. */
export const bothReal =
  (promote: Promote): Promote =>
  (where, x, y) => {
    const both = promote(where, x, y);
    refuseComplex(where, both[0]);
    return both;
  };

/** Promotion to one dtype, by `promote`, that must be an integer one. */
export const bothInteger =
  (promote: Promote): Promote =>
  (where, x, y) => {
    const both = promote(where, x, y);
    requireInteger(where, both);
    return both;
  };

const isLarge = (x: unknown): boolean => x instanceof NDArray && !isSmall(x);

const called = <F extends object>(name: string, f: F): F => Object.defineProperty(f, "name", { value: name });

/** The function `f` of one array as one of what `convert` makes an array. */
export const unary = <R>(name: string, convert: Convert, f: (x: NDArray) => R): ((x: ArrayLike) => R) =>
  called(name, (x: ArrayLike, ...more: readonly unknown[]) => {
    if (more.length > 0) refuseMore(name, 1, more);
    if (!(x instanceof NDArray) || isSmall(x)) return f(convert(name, x));
    return together(() => f(convert(name, x)));
  });

/** The function `f` of two arrays of one dtype and shape as one of what `promote` makes such. */
export function binary<R>(
  name: string,
  promote: Promote,
  f: (x: NDArray, y: NDArray) => R,
): (x1: ArrayLike, x2: ArrayLike) => R {
  // Two arrays of one aval stay as they are: a short way to the primitive.
  const keepsAll = promote === promoteArgs;
  const keepsInexact = promote === promoteInexact;
  return called(name, (x1: ArrayLike, x2: ArrayLike, ...more: readonly unknown[]): R => {
    if (more.length > 0) refuseMore(name, 2, more);
    if (x1 instanceof NDArray && x2 instanceof NDArray && x1.aval === x2.aval) {
      if (keepsAll || (keepsInexact && isInexact(x1.dtype))) return f(x1, x2);
    }
    const run = (): R => {
      const [x, y] = promote(name, x1, x2);
      return f(x, y);
    };
    return isLarge(x1) || isLarge(x2) ? together(run) : run();
  });
}

/** A function of two operands whose result is weak only if both operands are; otherwise a weak one may make it so. */
export const strongBeside = (f: (x1: ArrayLike, x2: ArrayLike) => NDArray): typeof f =>
  called(f.name, (x1: ArrayLike, x2: ArrayLike, ...more: readonly unknown[]): NDArray => {
    if (more.length > 0) refuseMore(f.name, 2, more);
    const out = f(x1, x2);
    return out.weakType && !(isWeak(x1) && isWeak(x2)) ? strong(out) : out;
  });
