/**
 * @file Arguments of numpy functions: JAX's keyword parameters, given by position in JAX's order, or by name in a
 * trailing plain object, or some of each: `np.sum(x, 1, { keepdims: true })`.
 *
 * Unknown names, names given twice and superfluous arguments are errors. NumPy's `out` is accepted as a name, so that
 * positions agree, but nothing can be written in place: giving it a value is an error.
 */
import { ArgumentError, checkOptions } from "../base/errors.ts";

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

/** True for `{…}` literals: no arrays, lists, typed arrays or instances of classes. */
export function isPlainObject(x: unknown): x is Readonly<Record<string, unknown>> {
  if (typeof x !== "object" || x === null) return false;
  const proto: unknown = Object.getPrototypeOf(x);
  return proto === Object.prototype || proto === null;
}

const nothing = Object.freeze({});

/**
 * Merges positional arguments and a trailing options object.
 * @param name of the function, for messages
 * @param rest what the caller gave after the leading arguments
 * @param positional names of the parameters that may be positional, in order
 * @param keywordOnly names of the parameters that may only be given by name
 * @throws ArgumentError for an unknown name, a name given twice, or too many arguments
 * @example
 * type Options = { axis?: number; dtype?: string; keepdims?: boolean };
 * resolveArgs<Options>("sum", [1, { keepdims: true }], ["axis", "dtype"], ["keepdims"]); // { axis: 1, keepdims: true }
 */
export function resolveArgs<O extends object>(
  name: string,
  rest: readonly unknown[],
  positional: readonly (keyof O & string)[],
  keywordOnly: readonly (keyof O & string)[] = [],
): O {
  let n = rest.length;
  while (n > 0 && rest[n - 1] === undefined) n--;
  if (n === 0) return nothing as O;
  const last = rest[n - 1];
  const options = isPlainObject(last) ? last : undefined;
  const count = options === undefined ? n : n - 1;
  if (count > positional.length) {
    throw new ArgumentError(
      `${name}: ${count - positional.length} arguments too many; after the leading ones at most ` +
        `${positional.length === 0 ? "an options object" : `${positional.join(", ")} and an options object`} may follow.`,
    );
  }
  const out: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) out[positional[i]] = rest[i];
  if (options !== undefined) {
    checkOptions(name, options, [...positional, ...keywordOnly]);
    for (const [key, value] of Object.entries(options)) {
      if (value === undefined) continue;
      if (out[key] !== undefined)
        throw new ArgumentError(`${name}: '${key}' is given by position and in the options; give it once.`);
      out[key] = value;
    }
  }
  if (out.out !== undefined && out.out !== null) {
    throw new ArgumentError(`${name}: 'out' is not supported; arrays never change. Use the returned array.`);
  }
  return out as O;
}
