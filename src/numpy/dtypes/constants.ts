/** @file numpy's constants, and its dtypes as values: a dtype is its name, an abstract one names a family of dtypes. */

export const pi = Math.PI;
export const e = Math.E;
export const eulerGamma = 0.5772156649015329;
export const inf = Infinity;
export const nan = NaN;
/** Adds an axis of size 1 in an index: `x.slice(np.newaxis)`. */
export const newaxis = null;

export const bool_ = "bool";
export const int8 = "int8";
export const int16 = "int16";
export const int32 = "int32";
export const uint8 = "uint8";
export const uint16 = "uint16";
export const uint32 = "uint32";
export const float16 = "float16";
export const bfloat16 = "bfloat16";
export const float32 = "float32";
export const float64 = "float64";
export const complex64 = "complex64";
export const complex128 = "complex128";

export const int_ = int32;
export const uint = uint32;
export const float_ = float64;
export const single = float32;
export const double = float64;
export const csingle = complex64;
export const cdouble = complex128;
export const complex_ = complex128;

/** Families of dtypes, for `issubdtype`. */
export const generic = "generic";
export const number = "number";
export const integer = "integer";
export const signedinteger = "signedinteger";
export const unsignedinteger = "unsignedinteger";
export const inexact = "inexact";
export const floating = "floating";
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
