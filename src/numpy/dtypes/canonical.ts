/** @file Words for dtypes that arrays do not have themselves. */
import { refuseMore } from "../../base/checks.ts";
import { type DType, defaultComplex, defaultFloat, defaultInt, toDType } from "../../dtypes/dtype.ts";

/** The family of the dtypes of keys: `issubdtype(random.key(0).dtype, dtypes.prngKey)` holds. */
export const prngKey = "prng_key";

const words: { readonly [word: string]: (() => DType) | undefined } = {
  bool: () => "bool",
  int: () => defaultInt,
  float: defaultFloat,
  complex: defaultComplex,
};

/**
 * The dtype of a name: "float", "int" and "complex" are the default ones, all others stand for themselves.
 * @throws DTypeError for an unknown name
 * @see jax.dtypes.canonicalize_dtype
 * @example
 * dtypes.canonicalizeDtype("float"); // "float64"
 */
export const canonicalizeDtype = (dtype: DType | "int" | "float" | "complex", ...more: []): DType => {
  refuseMore("canonicalizeDtype", 1, more);
  const word = typeof dtype === "string" && Object.hasOwn(words, dtype) ? words[dtype] : undefined;
  return word?.() ?? toDType(dtype, "canonicalizeDtype");
};
