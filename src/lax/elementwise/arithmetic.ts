/** @file Element-wise functions of two operands: arithmetic, extrema, powers, angles. */
import { type ArrayLike, NDArray } from "../../core/array.ts";
import { type Primitive, type TaylorSeries, zeroTangent, type NoParams } from "../../core/primitive.ts";
import { bind1 } from "../../core/trace.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { mayBeNonzero, sameElement } from "../../interpreters/dependence.ts";
import { bilinearJet, productTerm } from "../../interpreters/jet-rules.ts";
import { addTangents } from "../../interpreters/tangents.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { eq } from "./compare.ts";
import * as onParts from "./complex/arithmetic.ts";
import * as functions from "./complex/functions.ts";
import { promoteStrict } from "../operands/strict.ts";
import { abs, floor, log, neg, sign, square } from "./functions.ts";
import {
  type Accepts,
  type ElementwiseSpec,
  type OperandJvp,
  type OperandTranspose,
  elementwise,
  none,
} from "../families/elementwise.ts";
import { select } from "./select.ts";

type BinaryP = Primitive<NoParams>;

function binary(
  name: string,
  kind: Accepts,
  op: OpName,
  jvp: readonly (OperandJvp<NoParams> | null)[] | typeof zeroTangent,
  transpose?: readonly (OperandTranspose<NoParams> | null)[],
  more: Pick<ElementwiseSpec<NoParams>, "additive" | "jet" | "dependence" | "complex"> = {},
): BinaryP {
  return elementwise({
    name,
    accepts: kind,
    scalar: ([x, y]) => e.apply(op, x, y),
    jvp,
    ...more,
    ...(transpose === undefined ? {} : { transpose }),
  });
}

const wrap =
  (p: BinaryP, name: string) =>
  (x: ArrayLike, y: ArrayLike): NDArray =>
    bind1(
      p,
      x instanceof NDArray && y instanceof NDArray && x.dtype === y.dtype
        ? [x, y]
        : promoteStrict(name, x, y),
      none,
    );

export const addP: BinaryP = binary("add", "number", "add", [(g) => g, (g) => g], [(ct) => ct, (ct) => ct], {
  additive: true,
  complex: ([x, y]) => onParts.add(x, y),
});
/** x + y. Operands agree in dtype and shape, or are scalars. */
export const add = wrap(addP, "add");

export const subP: BinaryP = binary(
  "sub",
  "number",
  "sub",
  [(g) => g, (g) => neg(g)],
  [(ct) => ct, (ct) => neg(ct)],
  { additive: true, complex: ([x, y]) => onParts.sub(x, y) },
);
/** x − y. */
export const sub = wrap(subP, "sub");

export const mulP: BinaryP = binary(
  "mul",
  "number",
  "mul",
  [(g, _, [, y]) => mul(g, y), (g, _, [x]) => mul(x, g)],
  [(ct, [, y]) => mul(ct, y), (ct, [x]) => mul(x, ct)],
  {
    jet: bilinearJet((x, y) => mul(x, y)),
    complex: ([x, y]) => onParts.mul(x, y),
    dependence: (args, _, [aval]) => {
      const nonzero = args.map(mayBeNonzero);
      return [sameElement(args, aval, (i, e) => nonzero[1 - i](e))];
    },
  },
);
/** x · y. */
export const mul = wrap(mulP, "mul");

/** From x = q·y: qₖ = (xₖ − Σ qₖ₋ⱼ yⱼ) / y₀, the sum over j from 1 to k. */
function divJet(
  [x, y]: readonly TaylorSeries[],
  outs: (k: number) => readonly Tangent[],
): (k: number) => Tangent[] {
  return (k) => {
    const term = x.coefficient(k);
    const below = productTerm(
      (j) => outs(j)[0],
      (j) => y.coefficient(j),
      1,
      k,
      mul,
    );
    if (below === null && isZero(term)) return [new Zero(outs(0)[0].aval)];
    const rest = below === null ? term : addTangents(term, neg(below as NDArray));
    return [div(rest as NDArray, y.coefficient(0) as NDArray)];
  };
}

export const divP: BinaryP = binary(
  "div",
  "number",
  "div",
  [(g, _, [, y]) => div(g, y), (g, ans, [, y]) => mul(neg(g), div(ans, y))],
  [(ct, [, y]) => div(ct, y), null],
  { jet: divJet, complex: ([x, y]) => onParts.div(x, y) },
);
/** x / y; integers truncate towards zero, and x / 0 has all bits set. */
export const div = wrap(divP, "div");

export const remP: BinaryP = binary("rem", "real", "rem", [
  (g) => g,
  (g, _, [x, y]) => {
    const q = div(x, y);
    return mul(neg(g), mul(sign(q), floor(abs(q))));
  },
]);
/** Remainder of the division truncated towards zero: it has the sign of x. */
export const rem = wrap(remP, "rem");

/** The share of `g` that an operand of an extremum gets: all where it alone is the extremum, half at a tie. */
const shareOfTie = (g: NDArray, ans: NDArray, x: NDArray, y: NDArray): NDArray =>
  mul(g, select(eq(x, ans), select(eq(y, ans), 0.5, 1), 0));

export const maxP: BinaryP = binary(
  "max",
  "any",
  "max",
  [(g, ans, [x, y]) => shareOfTie(g, ans, x, y), (g, ans, [x, y]) => shareOfTie(g, ans, y, x)],
  undefined,
  { complex: ([x, y]) => onParts.max(x, y) },
);
/** The larger operand (complex: by real parts, then by imaginary ones); NaN if either is. At ties the derivative is shared equally. */
export const max = wrap(maxP, "max");

export const minP: BinaryP = binary(
  "min",
  "any",
  "min",
  [(g, ans, [x, y]) => shareOfTie(g, ans, x, y), (g, ans, [x, y]) => shareOfTie(g, ans, y, x)],
  undefined,
  { complex: ([x, y]) => onParts.min(x, y) },
);
/** The smaller operand; NaN if either is. At ties the derivative is shared equally. */
export const min = wrap(minP, "min");

export const powP: BinaryP = binary(
  "pow",
  "number",
  "pow",
  [
    (g, _, [x, y]) => mul(g, mul(y, pow(x, sub(y, 1)))),
    (g, ans, [x]) => mul(g, mul(log(select(eq(x, 0), 1, x)), ans)),
  ],
  undefined,
  { complex: ([x, y]) => functions.pow(x, y) },
);
/** x to the power y. The derivative with respect to y is 0 where x is 0. */
export const pow = wrap(powP, "pow");

export const atan2P: BinaryP = binary("atan2", "float", "atan2", [
  (g, _, [x, y]) => mul(g, div(y, add(square(x), square(y)))),
  (g, _, [x, y]) => mul(g, div(neg(x), add(square(x), square(y)))),
]);
/** Angle of the point (y, x), in (−π, π]. */
export const atan2 = wrap(atan2P, "atan2");

export const nextafterP: BinaryP = binary("nextafter", "float", "nextafter", zeroTangent);
/** The next representable number after x in the direction of y. Derivative 0. */
export const nextafter = wrap(nextafterP, "nextafter");

export const mulhiP: BinaryP = binary("mulhi", "integer", "mulhi", zeroTangent);
/** Upper half of the product of two integers: its bits above the width of the dtype. */
export const mulhi = wrap(mulhiP, "mulhi");
