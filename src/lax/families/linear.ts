/**
 * @file The family of linear primitives: the tangent goes the way of the value, and what remains to be said of derivatives is
 * the transpose.
 *
 * Take it for what is linear in one operand or in several together (sums, joins, updates); other operands (indices,
 * selectors) are fixed. What only moves the elements of one operand is shorter with `movement`; products are `bilinear`.
 */
import { NDArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import {
  NonlinearError,
  type Params,
  type Primitive,
  type PrimitiveDef,
  definePrimitive,
  isUndef,
} from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import type { Tangent } from "../../core/zero.ts";
import { broadcastTangent, partwise, unbroadcast } from "../../interpreters/rules.ts";
import { instantiate } from "../../interpreters/tangents.ts";

export interface LinearSpec<P extends Params> extends Omit<PrimitiveDef<P>, "jvp" | "transpose"> {
  /** Whether the primitive is linear in an operand: by default in each. The others are fixed. */
  readonly linearIn?: (operand: number) => boolean;
  /** Its tangent, given tangents in place of the operands it is linear in: by default the primitive itself of those. */
  readonly tangent?: (args: readonly NDArray[], params: P) => Tangent;
  /**
   * The cotangent of the operand it is linear in; of several, a function for each, called if that operand is not known.
   */
  readonly transpose: (
    ct: NDArray,
    avals: readonly ShapedArray[],
    params: P,
    fixed: readonly NDArray[],
  ) => NDArray | readonly (() => NDArray)[];
}

/** Defines a linear primitive of one output. One that is element-wise takes 0-d operands beside others. */
export function linear<P extends Params>(spec: LinearSpec<P>): Primitive<P> {
  const { linearIn = () => true, tangent, transpose, ...def } = spec;
  const isElementwise = def.kind === "elementwise";
  const self: Primitive<P> = definePrimitive<P>({
    complex: partwise(() => self),
    ...def,
    jvp: (primals, tangents, params) => {
      const out = bind1(self, primals, params);
      const args = primals.map((x, i) => {
        if (!linearIn(i)) return x;
        const t = instantiate(tangents[i]);
        return isElementwise ? broadcastTangent(t, out.shape) : t;
      });
      return [[out], [tangent === undefined ? bind1(self, args, params) : tangent(args, params)]];
    },
    transpose: ([ct], args, params) => {
      const asked = args.map((a, i) => linearIn(i) && isUndef(a));
      // What integers were computed from linear inputs has no part in their cotangents.
      if (!asked.includes(true)) return args.map(() => null);
      const fixed = args.filter((_, i) => !linearIn(i));
      if (fixed.some(isUndef)) throw new NonlinearError(def.name, true);
      const avals = args.map((a) => a.aval);
      const found = transpose(ct as NDArray, avals, params, fixed as NDArray[]);
      let next = 0;
      return args.map((arg, i) => {
        if (!linearIn(i)) return null;
        const k = next++;
        if (!asked[i]) return null;
        const own = found instanceof NDArray ? found : found[k]();
        return isElementwise ? unbroadcast(own, arg.aval.ndim) : own;
      });
    },
  });
  return self;
}
