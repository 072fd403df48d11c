/**
 * @file Rules of primitives that solve systems of equations: linear in their last operand, the right sides, each of which is
 * a column (or, with the matrix on the right, a row).
 */
import type { NDArray } from "../../../core/array.ts";
import {
  type Params,
  type Primitive,
  type PrimitiveDef,
  type TransposeRule,
  checkOneLinear,
  isUndef,
} from "../../../core/primitive.ts";
import { bind1 } from "../../../core/trace.ts";
import { type Tangent, isZero } from "../../../core/zero.ts";
import { addTangents, instantiate } from "../../../interpreters/tangents.ts";
import { neg } from "../../elementwise/functions.ts";
import { moveAxis, reshape } from "../../shapes/movement.ts";
import { batchLeading } from "../algebra.ts";

/** Ẋ = A⁻¹·Ḃ − A⁻¹·(Ȧ·X), of what is not zero; `product` gives Ȧ·X. */
export function solutionTangent(
  solve: (rhs: NDArray) => NDArray,
  tb: Tangent,
  ta: Tangent,
  product: (ta: NDArray) => NDArray,
): Tangent {
  const direct = isZero(tb) ? tb : solve(tb);
  return isZero(ta) ? direct : addTangents(direct, solve(neg(product(ta))));
}

/** The transpose in the right sides: `solve` is given the other operands and the cotangent. */
export const transposeSolution =
  <P extends Params>(
    name: string,
    solve: (known: readonly NDArray[], ct: NDArray, params: P) => NDArray,
  ): TransposeRule<P> =>
  ([ct], args, params) => {
    checkOneLinear(name, args);
    const known = args.slice(0, -1);
    const b = args[known.length];
    return [...known.map(() => null), isUndef(b) ? solve(known as NDArray[], instantiate(ct), params) : null];
  };

/** With one matrix for all lanes, the lanes are further right sides. `asRows` says where the right sides are rows. */
export const batchSolution =
  <P extends Params>(
    primitive: () => Primitive<P>,
    asRows: (params: P) => boolean,
  ): PrimitiveDef<P>["batch"] =>
  (axis, args, dims, params, vmap) => {
    const last = args.length - 1;
    const lane = dims[last];
    if (lane === null || dims.slice(0, last).some((d) => d !== null))
      return batchLeading(primitive)(axis, args, dims, params, vmap);
    // […, m, n, lanes], or […, lanes, n, m] for rows.
    const b = args[last];
    const [at, first] = asRows(params) ? [b.ndim - 3, b.ndim - 3] : [b.ndim - 1, b.ndim - 2];
    const moved = moveAxis(b, lane, at);
    const s = moved.shape;
    const joined = [...s.slice(0, first), s[first] * s[first + 1], ...s.slice(first + 2)];
    const out = bind1(primitive(), [...args.slice(0, last), reshape(moved, joined)], params);
    return [[reshape(out, s)], [at]];
  };
