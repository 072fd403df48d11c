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

/** True for `{…}` literals: no arrays, lists, typed arrays or instances of classes. */
export function isPlainObject(x: unknown): x is Readonly<Record<string, unknown>> {
  if (typeof x !== "object" || x === null) return false;
  const proto: unknown = Object.getPrototypeOf(x);
  return proto === Object.prototype || proto === null;
}
