/** @file Tangents and cotangents that are known to be zero, as rules see them, and values of which that is known. */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { asArray } from "../../lax/operands/convert.ts";

/**
 * A tangent or cotangent that is zero, whatever the values are. Rules set with `symbolicZeros: true` get it instead of an array of
 * zeros, so that they can leave out what is not needed; and any rule may return it.
 * @see jax.custom_derivatives.SymbolicZero
 * @example
 * const f = customJvp((x, y) => x.mul(y));
 * type Tangent = Array | customDerivatives.SymbolicZero;
 * const rule = ([x, y]: [Array, Array], [tx, ty]: [Tangent, Tangent]) =>
 *   [x.mul(y), ty instanceof customDerivatives.SymbolicZero ? y.mul(tx as Array) : y.mul(tx as Array).add(x.mul(ty))];
 * f.defJvp(rule, { symbolicZeros: true });
 * grad((x) => f(x, 3))(2).item(); // 3
 */
export class SymbolicZero {
  readonly aval: ShapedArray;

  constructor(aval: ShapedArray) {
    this.aval = aval;
  }

  /** The zero of the type of a value. */
  static fromPrimalValue(value: ArrayLike): SymbolicZero {
    return new SymbolicZero(asArray(value, "SymbolicZero").aval.strong);
  }

  get shape(): readonly number[] {
    return this.aval.shape;
  }
  get dtype(): DType {
    return this.aval.dtype;
  }
  get ndim(): number {
    return this.aval.ndim;
  }
  get size(): number {
    return this.aval.size;
  }
  toString(): string {
    return `SymbolicZero(${this.aval.short()})`;
  }
}

/**
 * An argument of the forward rule of a `customVjp` set with `symbolicZeros: true`: its value, and whether it is differentiated.
 * Where it is not, the backward rule's cotangent for it goes unused, and need not be computed.
 * @see jax.custom_derivatives.CustomVJPPrimal
 * @example
 * const f = customVjp((x, y) => x.mul(y));
 * type Primal = customDerivatives.CustomVJPPrimal;
 * f.defVjp(
 *   (x: Primal, y: Primal) => [x.value.mul(y.value), [x.value, y.value, y.perturbed]],
 *   ([x, y, both]: [Array, Array, boolean], g: Array) => [g.mul(y), both ? g.mul(x) : null],
 *   { symbolicZeros: true },
 * );
 * grad((x) => f(x, 3))(2).item(); // 3
 */
export class CustomVJPPrimal {
  readonly value: NDArray;
  readonly perturbed: boolean;

  constructor(value: NDArray, perturbed: boolean) {
    this.value = value;
    this.perturbed = perturbed;
  }
}
