/**
 * @file The types of arguments that may be given by position, in JAX's order, or by name in a trailing plain object, or some
 * of each: `np.sum(x, 1, { keepdims: true })`.
 */

type First<P extends readonly unknown[]> = P extends readonly [unknown, ...infer R]
  ? P extends readonly [...infer H, ...R]
    ? { [K in keyof H]: H[K] | undefined }
    : never
  : never;

/**
 * The rest parameters of a function with positional parameters `P` (in order, each may be left out from the right) and
 * options `O`: `f(x: ArrayLike, ...rest: Rest<[axis: Axis, dtype: DType], FOptions>)`.
 */
export type Rest<P extends readonly unknown[], O> = P extends readonly [unknown, ...infer R]
  ? [] | [options: O | undefined] | [...First<P>, ...Rest<R, O>]
  : [] | [options: O | undefined];

/** As `Rest`, with at least the first of the parameters. */
export type Given<P extends readonly unknown[], O> = Exclude<Rest<P, O>, []>;

export { isPlainObject } from "../base/util.ts";
