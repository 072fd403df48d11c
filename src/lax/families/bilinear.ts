/**
 * @file The family of products that contract axes: linear in each of two operands, though not in both together. Of complex
 * arrays they are four products of real ones.
 */
import type { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { type DType, realPart } from "../../dtypes/dtype.ts";
import {
  type Params,
  type Parts,
  type Primitive,
  type PrimitiveDef,
  checkOneLinear,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { bilinearJet } from "../../interpreters/jet-rules.ts";
import { addTangents } from "../../interpreters/tangents.ts";
import * as onParts from "../elementwise/complex/arithmetic.ts";

/** The cotangent of one operand, of which `aval` is the type, the other being known. */
type SideTranspose<P extends Params> = (ct: NDArray, other: NDArray, aval: ShapedArray, params: P) => NDArray;

export interface BilinearSpec<P extends Params> extends Omit<
  PrimitiveDef<P>,
  "kind" | "jvp" | "transpose" | "complex" | "jet"
> {
  readonly transpose: readonly [left: SideTranspose<P>, right: SideTranspose<P>];
}

/** Defines a product of two operands. */
export function bilinear<P extends Params & { readonly preferredElementType: DType | null }>(
  spec: BilinearSpec<P>,
): Primitive<P> {
  const [left, right] = spec.transpose;
  const product = (x: NDArray, y: NDArray, params: P): NDArray => bind1(self, [x, y], params);
  const self: Primitive<P> = definePrimitive<P>({
    ...spec,
    kind: "contraction",
    jvp: ([x, y], [tx, ty], params) => {
      const out = product(x, y, params);
      const byLeft: Tangent = isZero(tx) ? new Zero(out.aval) : product(tx, y, params);
      const byRight: Tangent = isZero(ty) ? new Zero(out.aval) : product(x, ty, params);
      return [[out], [addTangents(byLeft, byRight)]];
    },
    transpose: ([ct], [x, y], params) => {
      checkOneLinear(spec.name, [x, y]);
      if (isUndef(x)) return [left(ct as NDArray, y as NDArray, x.aval, params), null];
      return [null, right(ct as NDArray, x, y.aval, params)];
    },
    jet: bilinearJet(product),
    complex: ([x, y], params) => {
      const wanted = params.preferredElementType;
      const p = wanted === null ? params : { ...params, preferredElementType: realPart(wanted) };
      return [onParts.product(x as Parts, y as Parts, (a, b) => product(a, b, p))];
    },
  });
  return self;
}
