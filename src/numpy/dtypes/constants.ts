/** @file numpy's constants, and its dtypes as values: a dtype is its name, an abstract one names a family of dtypes. */

/** π. */
export const pi = Math.PI;
/** Euler's number. */
export const e = Math.E;
/** Euler's constant γ, the limit of 1 + 1/2 + … + 1/n − log n. */
export const eulerGamma = 0.5772156649015329;
/** Positive infinity. */
export const inf = Infinity;
/** Not a number. */
export const nan = NaN;
/** Adds an axis of size 1 in an index: `x.slice(np.newaxis)`. */
export const newaxis = null;

/** Booleans. */
export const bool_ = "bool";
/** Integers of 8 bits. */
export const int8 = "int8";
/** Integers of 16 bits. */
export const int16 = "int16";
/** Integers of 32 bits, the default. */
export const int32 = "int32";
/** Integers of 64 bits: BigInts wherever one stands by itself. */
export const int64 = "int64";
/** Integers of 8 bits without a sign. */
export const uint8 = "uint8";
/** Integers of 16 bits without a sign. */
export const uint16 = "uint16";
/** Integers of 32 bits without a sign. */
export const uint32 = "uint32";
/** Integers of 64 bits without a sign: BigInts wherever one stands by itself. */
export const uint64 = "uint64";
/** Floats of 16 bits: 5 for the exponent, 10 for the mantissa. */
export const float16 = "float16";
/** Floats of 16 bits: 8 for the exponent, 7 for the mantissa. */
export const bfloat16 = "bfloat16";
/** Floats of 32 bits. */
export const float32 = "float32";
/** Floats of 64 bits, the default unless configured otherwise. */
export const float64 = "float64";
/** Pairs of float32. */
export const complex64 = "complex64";
/** Pairs of float64. */
export const complex128 = "complex128";

/** The default integer dtype. */
export const int_ = int32;
/** The default integer dtype without a sign. */
export const uint = uint32;
/** The default float dtype. */
export const float_ = float64;
/** `float32`. */
export const single = float32;
/** `float64`. */
export const double = float64;
/** `complex64`. */
export const csingle = complex64;
/** `complex128`. */
export const cdouble = complex128;
/** The default complex dtype. */
export const complex_ = complex128;

/** All dtypes, as a family for `issubdtype`. */
export const generic = "generic";
/** All dtypes but bool. */
export const number = "number";
/** All integers. */
export const integer = "integer";
/** The integers with a sign. */
export const signedinteger = "signedinteger";
/** The integers without a sign. */
export const unsignedinteger = "unsignedinteger";
/** All floats and complex numbers. */
export const inexact = "inexact";
/** All floats. */
export const floating = "floating";
/** All complex numbers. */
export const complexfloating = "complexfloating";

/** The name of a family of dtypes. */
export type AbstractDType =
  | typeof generic
  | typeof number
  | typeof integer
  | typeof signedinteger
  | typeof unsignedinteger
  | typeof inexact
  | typeof floating
  | typeof complexfloating;
