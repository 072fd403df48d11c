/**
 * @file What the golden programs share: their type, and a few derivatives in the form in which their definitions
 * speak of them. Programs are written as a user of the library would write them, from the definitions in the vectors.
 */
import { jvp, np } from "../library.ts";
import type { Arr } from "../library.ts";

/** A program takes the decoded arguments of its vector. */
export type Program = (...args: never[]) => unknown;
export type Programs = Readonly<Record<string, Program>>;

export type Fun = (x: Arr) => Arr;

/** The derivative of a function of one scalar, in forward mode. */
export const derivative =
  (f: Fun): Fun =>
  (x) =>
    jvp<[Arr, Arr]>(f, [x], [np.onesLike(x)])[1];

/** The elements of a vector, as scalars. */
export const elements = (x: Arr): Arr[] => Array.from({ length: x.shape[0] }, (_, i) => x.slice(i));

export const vector = (values: readonly number[]): Arr => np.array(values, { dtype: "float64" });
export const integers = (values: number | readonly unknown[]): Arr => np.array(values, { dtype: "int32" });

/** An n-th power by repeated products, for whole n. */
export const power = (x: Arr, n: number): Arr => np.power(x, n);
