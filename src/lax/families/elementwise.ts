/**
 * @file Element-wise primitives from small specifications.
 *
 * A specification says what the scalar function is, which dtypes it takes, and the derivative with respect to each
 * operand; shapes, batching, broadcasting of 0-d operands and their transposition are the family's.
 */
import type { NDArray } from "../../core/array.ts";
import { arraysEqual, camelCase } from "../../base/util.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import { type DType, isComplex, isFloat, isInexact, isInteger } from "../../dtypes/dtype.ts";
import {
  type DependenceRule,
  NonlinearError,
  type JetRule,
  checkOneLinear,
  type Params,
  type Parts,
  type Primitive,
  type TransposeRule,
  definePrimitive,
  isUndef,
  notLinear,
  zeroTangent,
  type NoParams,
} from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { type Tangent, isZero } from "../../core/zero.ts";
import { DTypeError, ShapeError } from "../../base/errors.ts";
import { batchElementwise, broadcastTangent, unbroadcast } from "../../interpreters/rules.ts";
import { addTangents, zeroOf } from "../../interpreters/tangents.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { elementAt, map, pull } from "../../loops/pull.ts";
import { bind, bind1 } from "../../core/trace.ts";

/** Dtypes a family member accepts. */
export const accepts = {
  float: isFloat,
  inexact: isInexact,
  number: (d: DType): boolean => d !== "bool",
  real: (d: DType): boolean => d !== "bool" && !isComplex(d),
  ordered: (d: DType): boolean => !isComplex(d),
  integer: isInteger,
  bits: (d: DType): boolean => isInteger(d) || d === "bool",
  any: (): boolean => true,
} as const;

export type Accepts = keyof typeof accepts;

const acceptsText: { readonly [A in Accepts]: string } = {
  float: "floating-point arrays",
  inexact: "floating-point or complex arrays",
  number: "numeric arrays (not bool)",
  real: "real numeric arrays (not bool)",
  ordered: "real arrays",
  integer: "integer arrays",
  bits: "integer or bool arrays",
  any: "arrays",
};

/** Tangent of the output due to the tangent `g` of one operand. */
export type OperandJvp<P extends Params> = (
  g: NDArray,
  out: NDArray,
  args: readonly NDArray[],
  params: P,
) => NDArray;
/** Cotangent of one operand, the others being known. */
type OperandTranspose<P extends Params> = (ct: NDArray, args: readonly NDArray[], params: P) => NDArray;

export interface ElementwiseSpec<P extends Params> {
  readonly name: string;
  /** What callers know it as, for messages; the name in camel case unless given. */
  readonly title?: string;
  readonly accepts: Accepts;
  /** Result dtype; that of the operands by default. */
  readonly result?: DType | ((operands: DType) => DType);
  /** The scalar function. */
  scalar(args: readonly Expr[], params: P): Expr;
  /** Per operand, or `zeroTangent`. A null entry has no derivative. */
  readonly jvp: readonly (OperandJvp<P> | null)[] | typeof zeroTangent;
  /** Per operand in which it is linear while the others are known. */
  readonly transpose?: readonly (OperandTranspose<P> | null)[];
  /** True for sums: linear in all operands together, not only in each. */
  readonly additive?: boolean;
  /** Taylor mode, where it should not be derived; sums and linear functions have it. */
  readonly jet?: JetRule<P>;
  /** The function of complex operands, in terms of their parts. */
  complex?(args: readonly Parts[], params: P): Parts | NDArray;
  /** Where an output element does not depend on all operands' elements at its place. */
  readonly dependence?: DependenceRule<P>;
  /** Where StableHLO has an operation that computes it better, or of complex numbers. */
  readonly stablehlo?: string;
}

/** The common shape of operands that may include 0-d ones. */
export function elementwiseShape(name: string, avals: readonly ShapedArray[]): readonly number[] {
  let shape: readonly number[] = [];
  for (const a of avals) {
    if (a.ndim === 0) continue;
    if (shape.length > 0 && !arraysEqual(a.shape, shape)) {
      throw new ShapeError(
        `${name}: operands have shapes ${avals.map((x) => shapeString(x.shape)).join(", ")}; lax functions need equal shapes ` +
          `or scalars (np functions broadcast).`,
      );
    }
    shape = a.shape;
  }
  return shape;
}

export function checkDtypes(name: string, avals: readonly ShapedArray[], kind: Accepts): DType {
  const { dtype } = avals[0];
  for (const a of avals) {
    if (a.dtype !== dtype) {
      throw new DTypeError(
        `${name}: operands have dtypes ${avals.map((x) => x.dtype).join(", ")}; they must be equal. Convert with x.astype(…), ` +
          `or use np functions, which promote.`,
      );
    }
  }
  if (!accepts[kind](dtype))
    throw new DTypeError(`${name}: expected ${acceptsText[kind]}; got dtype ${dtype}.`);
  return dtype;
}

/** The sum of what the operands that have a tangent contribute to that of the output. */
function tangentSum<P extends Params>(
  rules: readonly (OperandJvp<P> | null)[],
  tangents: readonly Tangent[],
  aval: ShapedArray,
  contribution: (rule: OperandJvp<P>, t: NDArray) => NDArray,
): Tangent {
  return tangents.reduce<Tangent>((sum, t, i) => {
    const rule = rules[i];
    if (isZero(t) || rule === null) return sum;
    return addTangents(sum, broadcastTangent(contribution(rule, t), aval.shape));
  }, zeroOf({ aval }));
}

function transposeOf<P extends Params>(spec: ElementwiseSpec<P>): TransposeRule<P> | typeof notLinear {
  const { transpose } = spec;
  if (transpose === undefined) return notLinear;
  return ([ct], args, params) => {
    if (spec.additive !== true) checkOneLinear(spec.name, args);
    return args.map((arg, i) => {
      if (!isUndef(arg)) return null;
      const rule = transpose[i];
      if (rule === null) throw new NonlinearError(spec.name, false);
      // A rule reads only the operands that are known.
      return unbroadcast(rule(ct as NDArray, args as readonly NDArray[], params), arg.aval.ndim);
    });
  };
}

/** Taylor mode of sums and of linear functions of one operand: tangents of any order add up. */
function jetOf<P extends Params>(spec: ElementwiseSpec<P>, self: () => Primitive<P>): JetRule<P> | undefined {
  const { jvp, transpose } = spec;
  const linear = spec.additive === true || (transpose?.length === 1 && transpose[0] !== null);
  if (spec.jet !== undefined || !linear || jvp === zeroTangent) return spec.jet;
  return (args, outs, params) => (k) => {
    const terms = args.map((x) => x.coefficient(k));
    if (k === 0) return bind(self(), terms as NDArray[], params);
    // The rule of a linear operand reads its tangent alone.
    return [tangentSum(jvp, terms, outs(0)[0].aval, (rule, t) => rule(t, t, [], params))];
  };
}

/** The type of the result where operands agree in shape or are 0-d: weak if all of them are. */
export const joinedAval = (
  name: string,
  avals: readonly ShapedArray[],
  dtype: DType,
  values: readonly ShapedArray[] = avals,
): ShapedArray => {
  const shape = elementwiseShape(name, avals);
  const weak = values.every((a) => a.weakType);
  // Mostly it is that of an operand.
  const same = avals.find((a) => a.shape === shape && a.dtype === dtype && a.weakType === weak);
  return same ?? shaped(shape, dtype, weak);
};

/** Defines an element-wise primitive. */
export function elementwise<P extends Params = NoParams>(spec: ElementwiseSpec<P>): Primitive<P> {
  const { name, jvp, dependence, result, stablehlo, title = camelCase(name) } = spec;
  const jet = jetOf(spec, () => self);
  const self: Primitive<P> = definePrimitive<P>({
    name,
    kind: "elementwise",
    abstractEval: (avals) => {
      const dtype = checkDtypes(title, avals, spec.accepts);
      return [joinedAval(title, avals, typeof result === "function" ? result(dtype) : (result ?? dtype))];
    },
    lower: ({ outAvals }, args, params) =>
      map(
        pull(outAvals[0], (index) =>
          spec.scalar(
            args.map((x) => elementAt(x, index)),
            params,
          ),
        ),
      ),
    jvp:
      jvp === zeroTangent
        ? zeroTangent
        : (primals, tangents, params) => {
            const out = bind1(self, primals, params);
            return [[out], [tangentSum(jvp, tangents, out.aval, (rule, t) => rule(t, out, primals, params))]];
          },
    transpose: transposeOf(spec),
    batch: batchElementwise(() => self),
    ...(jet === undefined ? {} : { jet }),
    ...(dependence === undefined ? {} : { dependence }),
    ...(stablehlo === undefined ? {} : { stablehlo }),
    ...(spec.complex === undefined
      ? {}
      : { complex: (args, params) => [spec.complex!(args as readonly Parts[], params)] }),
  });
  return self;
}

/** The parameters of primitives that have none: one object, so that caches see it at once. */
export const none: NoParams = Object.freeze({});
