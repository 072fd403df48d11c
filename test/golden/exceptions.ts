/**
 * @file Vectors that the library does not follow on purpose, each with its reason. Only two kinds belong here: places
 * where JAX itself is wrong or leaves the result open, and decisions of the design (JavaScript numbers, no tuples,
 * 64-bit integers). A bug of the library never does.
 *
 * An exception excuses a difference; it does not demand one. A vector that agrees anyway counts as passed.
 */
import type { Vector } from "./vectors.ts";

export interface Exception {
  /** Which vectors, by the name of the function. */
  readonly fn: RegExp;
  /** Which of them, if not all. */
  readonly when?: (v: Vector) => boolean;
  /** Which checks of the vector (`value`, `vjp` …; rows in promotion), if not all. */
  readonly part?: RegExp;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [
  {
    fn: /^index\.get$/,
    when: (v) => v.note?.includes("treat the vjp of this case as optional") === true,
    part: /^vjp$/,
    reason: "JAX clamps an index out of range but drops its cotangent; the vectors call this check optional",
  },
  {
    fn: /^random\.multivariate_normal$/,
    when: (v) => v.note?.includes("compare only if yours agrees") === true,
    reason: "the signs of eigenvectors are a convention of LAPACK",
  },
  {
    fn: /^promotion\.dot$/,
    part: /int16/,
    reason:
      "JAX's dot refuses a Python int beside int16, though not beside int8 or int32; here all three work",
  },
  {
    fn: /^promotion\.create$/,
    when: (v) => v.args[0] === "array([1,2])",
    reason:
      "a list of JavaScript numbers is a float array unless a dtype is given: its elements cannot be told from floats",
  },
  {
    fn: /^tree\.structure_equal$/,
    when: (v) => JSON.stringify(v.args).includes('"tuple"'),
    reason: "JavaScript has one kind of list: a tuple and a list have the same structure",
  },
];

/** The reason for which a difference in this part of the vector is accepted, if there is one. */
export function excuse(v: Vector, part: string): string | undefined {
  const fits = (e: Exception): boolean =>
    e.fn.test(v.fn) && (e.when?.(v) ?? true) && (e.part === undefined || e.part.test(part));
  return exceptions.find(fits)?.reason;
}
