/**
 * @file Primitives on matrices of real or complex elements: the primitive that users meet, and the one on real and imaginary
 * parts that stands in its place once complex numbers are rewritten. The latter comes after all transformations and has no
 * derivative.
 */
import type { NDArray } from "../../../core/array.ts";
import { type ShapedArray, shaped } from "../../../core/aval.ts";
import { type DType, isComplex, isInteger } from "../../../dtypes/dtype.ts";
import {
  type Params,
  type Parts,
  type Primitive,
  type PrimitiveDef,
  definePrimitive,
  notLinear,
} from "../../../core/primitive.ts";
import { bind } from "../../../core/trace.ts";
import type { ArrayType } from "../../../dtypes/shape.ts";
import { DifferentiationError } from "../../../base/errors.ts";
import { invariant } from "../../../base/util.ts";
import { fromParts, partAvals, partsOf } from "../../../interpreters/complex.ts";
import type { Block } from "../../../loops/ir/build.ts";
import type { Expr } from "../../../loops/ir/ir.ts";
import { checkDtypes } from "../../families/elementwise.ts";
import { batchLeading, requireMatrices, requireSquare } from "../algebra.ts";
import { Input, Output } from "../elements/arrays.ts";
import { type Complex, complexField } from "../elements/complex.ts";
import { realField } from "../elements/field.ts";

/** The loop program of a factorisation over elements `E`. */
export type Routine<E, P extends Params> = (
  b: Block,
  args: readonly Input<E>[],
  outs: readonly Output<E>[],
  params: P,
) => void;

/** Avals of the results, from those of the operands that the routine reads. */
type Results<P extends Params> = (operands: readonly ShapedArray[], params: P) => ShapedArray[];

/** The complex dtype of the precision of a number's, or the single one. */
export const complexOf = (d: DType): DType =>
  d === "float64" || d === "complex128" ? "complex128" : "complex64";

/** Arrays of parts by the operands they belong to: integers are one array each, others two. */
function grouped<T>(xs: readonly T[], dtypeOf: (x: T) => DType): (readonly T[])[] {
  const groups: T[][] = [];
  for (let at = 0; at < xs.length; at += groups[groups.length - 1].length)
    groups.push(xs.slice(at, at + (isInteger(dtypeOf(xs[at])) ? 1 : 2)));
  return groups;
}

interface PartsSpec<P extends Params> {
  readonly name: string;
  readonly results: Results<P>;
  readonly complex: Routine<Complex, P>;
}

/** A primitive on parts. */
export function partsPrimitive<P extends Params>({ name, results, complex }: PartsSpec<P>): Primitive<P> {
  const complexResults = (arrays: readonly ArrayType[], params: P): ShapedArray[] => {
    const operands = grouped(arrays, (x) => x.dtype).map(({ length, 0: { shape, dtype } }) =>
      shaped(shape, length === 1 ? dtype : complexOf(dtype)),
    );
    return results(operands, params);
  };
  const self: Primitive<P> = definePrimitive<P>({
    name: `${name}_parts`,
    kind: "opaque",
    abstractEval: (avals, params) => partAvals(complexResults(avals, params)),
    lower: (_context, _args, params) => ({
      kind: "routine",
      emit: (b, args, buffers) => {
        const avals = complexResults(
          args.map((x) => x.aval),
          params,
        );
        let at = 0;
        const outs = avals.map(({ shape, dtype }) => {
          const parts = buffers.slice(at, (at += isComplex(dtype) ? 2 : 1));
          return new Output(complexField, parts, shape);
        });
        const inputs = grouped(args, (x) => x.aval.dtype).map((parts) => new Input(complexField, parts));
        complex(b, inputs, outs, params);
      },
    }),
    jvp: (): never => {
      invariant(false, `${name}_parts: derivatives are those of complex arrays`);
    },
    transpose: notLinear,
    batch: batchLeading(() => self),
  });
  return self;
}

/** The `lower` rule of a primitive on real numbers. */
export const lowerReal =
  <P extends Params>(routine: Routine<Expr, P>, unread = 0): PrimitiveDef<P>["lower"] =>
  ({ outAvals }, _args, params) => ({
    kind: "routine",
    emit: (b, args, buffers) => {
      const inputs = args.slice(unread).map((x) => new Input(realField, [x]));
      const outs = buffers.map((buffer, i) => new Output(realField, [buffer], outAvals[i].shape));
      routine(b, inputs, outs, params);
    },
  });

/** The results, of the given avals, that a primitive on parts computes. */
export const onParts = <P extends Params>(
  primitive: Primitive<P>,
  args: readonly (NDArray | Parts)[],
  params: P,
  avals: readonly ShapedArray[],
): (NDArray | Parts)[] => fromParts(avals, bind(primitive, partsOf(args), params));

export interface FactorisationSpec<P extends Params>
  extends
    Pick<PrimitiveDef<P>, "name" | "jvp" | "prune">,
    Partial<Pick<PrimitiveDef<P>, "transpose" | "batch">> {
  /** @throws the errors that users meet. */
  readonly check: (operands: readonly ShapedArray[], params: P) => void;
  /** How many of the first operands are there for the derivative alone: the routine does not read them. */
  readonly unread?: number;
  readonly results: Results<P>;
  readonly real: Routine<Expr, P>;
  readonly complex: Routine<Complex, P>;
}

/**
 * A primitive on matrices, with its primitive on parts (of the same name and "_parts"). By default it is not linear, and a
 * batch axis becomes the first of the leading axes.
 */
export function factorisation<P extends Params>(spec: FactorisationSpec<P>): Primitive<P> {
  const { name, check, unread = 0, results, jvp } = spec;
  const parts = partsPrimitive(spec);
  const self: Primitive<P> = definePrimitive<P>({
    name,
    kind: "opaque",
    abstractEval: (avals, params) => {
      check(avals, params);
      return results(avals.slice(unread), params);
    },
    lower: lowerReal(spec.real, unread),
    complex: (args, params, avals) => onParts(parts, args.slice(unread), params, avals),
    jvp,
    ...(spec.prune === undefined ? {} : { prune: spec.prune }),
    transpose: spec.transpose ?? notLinear,
    batch: spec.batch ?? batchLeading(() => self),
  });
  return self;
}

/** Checks the one operand of a factorisation of matrices of any shape. */
export const checkMatrices =
  (name: string) =>
  ([x]: readonly ShapedArray[]): void => {
    checkDtypes(name, [x], "inexact");
    requireMatrices(name, x);
  };

/** Checks the one operand of a factorisation of square matrices. */
export const checkSquares =
  (name: string) =>
  ([x]: readonly ShapedArray[]): void => {
    checkDtypes(name, [x], "inexact");
    requireSquare(name, x);
  };

/** The rule of a primitive without a derivative. */
export const noDerivative = (message: string) => (): never => {
  throw new DifferentiationError(message);
};
