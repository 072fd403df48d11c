/**
 * @file Complex numbers from their parts and back: `complex`, `real`, `imag`, `conj`.
 *
 * Transposes are those of JAX (jax/_src/lax/lax.py): linear maps over the complex numbers, so that `grad` of a real function
 * of a complex argument is ∂f/∂x − i ∂f/∂y, and steepest descent goes along its conjugate.
 */
import { refuseMore } from "../../../base/checks.ts";
import {
  type ArrayLike,
  ComplexArray,
  type ConcreteArray,
  type NDArray,
  partAval,
} from "../../../core/array.ts";
import { shaped } from "../../../core/aval.ts";
import { type DType, isComplex } from "../../../dtypes/dtype.ts";
import { type NoParams, Parts, type Primitive } from "../../../core/primitive.ts";
import { bind1 } from "../../../core/trace.ts";
import { DTypeError } from "../../../base/errors.ts";
import { batchElementwise } from "../../../interpreters/rules.ts";
import { invariant } from "../../../base/util.ts";
import { asArray, asDType } from "../../operands/convert.ts";
import { checkDtypes, joinedAval, none } from "../../families/elementwise.ts";
import { linear } from "../../families/linear.ts";
import { neg } from "../functions.ts";
import { promoteStrict } from "../../operands/strict.ts";
import * as c from "./arithmetic.ts";
import { type Unary, unaryFunction } from "../../families/functions.ts";

const neverLowered = (): never => {
  invariant(false, "complex numbers are rewritten before lowering");
};

const complexOf = (d: DType): DType => (d === "float32" ? "complex64" : "complex128");
const zeroOf = (x: NDArray): NDArray => asDType(0, x.dtype, false, "complex");

const complexP: Primitive<NoParams> = linear<NoParams>({
  name: "complex",
  kind: "elementwise",
  stablehlo: "complex",
  abstractEval: (avals) => {
    const dtype = checkDtypes("complex", avals, "float");
    if (dtype !== "float32" && dtype !== "float64")
      throw new DTypeError(`complex: the parts must be float32 or float64; got ${dtype}.`);
    return [joinedAval("complex", avals, complexOf(dtype))];
  },
  lower: neverLowered,
  complex: ([x, y]) => [new Parts(x as NDArray, y as NDArray)],
  transpose: (ct) => [() => real(ct), () => imag(neg(ct))],
  batch: batchElementwise(() => complexP),
});

/**
 * Complex numbers of two real arrays; of two numbers, a weak scalar, as Python's complex numbers are.
 * @throws DTypeError unless the parts are float32 or float64
 * @see jax.lax.complex
 * @example
 * lax.complex(1, 2).item(); // { re: 1, im: 2 }
 */
export function complex(x: ArrayLike, y: ArrayLike, ...more: []): NDArray {
  refuseMore("complex", 2, more);
  if (typeof x === "number" && typeof y === "number") {
    const [re, im] = [x, y].map((v) => asArray(v, "complex") as ConcreteArray) as [
      ConcreteArray,
      ConcreteArray,
    ];
    return new ComplexArray(shaped([], complexOf(re.dtype), true), re, im);
  }
  return bind1(complexP, promoteStrict("complex", x, y), none);
}

/** A part, linear over the real numbers. */
function part(name: string, pick: (z: Parts) => NDArray, back: (ct: NDArray) => NDArray): Unary {
  const self: Primitive<NoParams> = linear<NoParams>({
    name,
    kind: "elementwise",
    stablehlo: name,
    abstractEval: ([x]) => {
      if (!isComplex(x.dtype))
        throw new DTypeError(`${name}: expected a complex array; got dtype ${x.dtype}.`);
      return [partAval(x)];
    },
    lower: neverLowered,
    complex: ([x]) => [pick(x as Parts)],
    transpose: (ct) => back(ct),
    batch: batchElementwise(() => self),
  });
  return unaryFunction(self);
}

/**
 * Real parts of complex numbers, in the float dtype of the parts. `grad` of it is 1.
 * @throws DTypeError for real arrays
 * @see jax.lax.real
 * @example
 * lax.real(lax.complex(np.array([1, 2]), np.array([3, 4]))).js(); // [1, 2]
 */
export const real: Unary = part(
  "real",
  (z) => z.re,
  (ct) => complex(ct, zeroOf(ct)),
);

/**
 * Imaginary parts of complex numbers, in the float dtype of the parts. `grad` of it is −i, by the convention
 * ∂f/∂x − i ∂f/∂y.
 * @throws DTypeError for real arrays
 * @see jax.lax.imag
 * @example
 * lax.imag(lax.complex(np.array([1, 2]), np.array([3, 4]))).js(); // [3, 4]
 * grad((z: Array) => lax.imag(z))(lax.complex(1, 3)).item(); // { re: 0, im: -1 }
 */
export const imag: Unary = part(
  "imag",
  (z) => z.im,
  (ct) => complex(zeroOf(ct), neg(ct)),
);

type ConjParams = { inputDtype: DType };

const conjP: Primitive<ConjParams> = linear<ConjParams>({
  name: "conj",
  kind: "elementwise",
  abstractEval: ([x]) => {
    if (isComplex(x.dtype)) return [x];
    if (x.dtype === "float32" || x.dtype === "float64")
      return [shaped(x.shape, complexOf(x.dtype), x.weakType)];
    throw new DTypeError(`conj: expected a complex, float32 or float64 array; got dtype ${x.dtype}.`);
  },
  lower: neverLowered,
  complex: ([x]) => [x instanceof Parts ? c.conjugate(x) : new Parts(x, neg(zeroOf(x)))],
  transpose: (ct, _avals, { inputDtype }) => (isComplex(inputDtype) ? conj(ct) : real(ct)),
  batch: batchElementwise(() => conjP),
});
/**
 * Complex conjugates; real arrays become complex, with imaginary parts −0.
 * @throws DTypeError unless x is complex, float32 or float64
 * @see jax.lax.conj
 * @example
 * lax.conj(lax.complex(1, 2)).item(); // { re: 1, im: -2 }
 */
export function conj(x: ArrayLike, ...more: []): NDArray {
  refuseMore("conj", 1, more);
  const a = asArray(x, "conj");
  return bind1(conjP, [a], { inputDtype: a.dtype });
}
