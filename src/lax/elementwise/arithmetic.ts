/** @file Element-wise functions of two operands: arithmetic, extrema, powers, angles. */
import type { NDArray } from "../../core/array.ts";
import { type Primitive, type TaylorSeries, zeroTangent, type NoParams } from "../../core/primitive.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { mayBeNonzero, sameElement } from "../../interpreters/dependence.ts";
import { bilinearJet, productTerm } from "../../interpreters/jet-rules.ts";
import { addTangents } from "../../interpreters/tangents.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { eq } from "./compare.ts";
import * as onParts from "./complex/arithmetic.ts";
import * as functions from "./complex/functions.ts";
import { abs, floor, log, neg, sign, square } from "./functions.ts";
import { type Accepts, type ElementwiseSpec, type OperandJvp, elementwise } from "../families/elementwise.ts";
import { type Binary, binaryFunction } from "../families/functions.ts";
import { select } from "./select.ts";

type BinaryP = Primitive<NoParams>;
type Pair<R> = readonly [R, R];

/** A primitive of two operands by its name, that of its scalar operation, and derivative with respect to each. */
const binary = (
  name: OpName,
  kind: Accepts,
  jvp: Pair<OperandJvp<NoParams>> | typeof zeroTangent,
  more: Pick<ElementwiseSpec<NoParams>, "transpose" | "additive" | "jet" | "dependence" | "complex"> = {},
): BinaryP => elementwise({ name, accepts: kind, scalar: ([x, y]) => e.apply(name, x, y), jvp, ...more });

export const addP: BinaryP = binary("add", "number", [(g) => g, (g) => g], {
  transpose: [(ct) => ct, (ct) => ct],
  additive: true,
  complex: ([x, y]) => onParts.add(x, y),
});
/** x + y. Operands agree in dtype and shape, or are scalars. */
export const add = binaryFunction(addP);

export const subP: BinaryP = binary("sub", "number", [(g) => g, (g) => neg(g)], {
  transpose: [(ct) => ct, (ct) => neg(ct)],
  additive: true,
  complex: ([x, y]) => onParts.sub(x, y),
});
/** x − y. */
export const sub = binaryFunction(subP);

export const mulP: BinaryP = binary("mul", "number", [(g, _, [, y]) => mul(g, y), (g, _, [x]) => mul(x, g)], {
  transpose: [(ct, [, y]) => mul(ct, y), (ct, [x]) => mul(x, ct)],
  jet: bilinearJet((x, y) => mul(x, y)),
  complex: ([x, y]) => onParts.mul(x, y),
  dependence: (args, _, [aval]) => {
    const nonzero = args.map(mayBeNonzero);
    return [sameElement(args, aval, (i, element) => nonzero[1 - i](element))];
  },
});
/** x · y. */
export const mul = binaryFunction(mulP);

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
  [(g, _, [, y]) => div(g, y), (g, ans, [, y]) => mul(neg(g), div(ans, y))],
  { transpose: [(ct, [, y]) => div(ct, y), null], jet: divJet, complex: ([x, y]) => onParts.div(x, y) },
);
/** x / y; integers truncate towards zero, and x / 0 has all bits set. */
export const div = binaryFunction(divP);

/** Remainder of the division truncated towards zero: it has the sign of x. */
export const rem: Binary = binaryFunction(
  binary("rem", "real", [
    (g) => g,
    (g, _, [x, y]) => {
      const q = div(x, y);
      return mul(neg(g), mul(sign(q), floor(abs(q))));
    },
  ]),
);

/** The share of `g` that an operand of an extremum gets: all where it alone is the extremum, half at a tie. */
const shareOfTie = (g: NDArray, ans: NDArray, x: NDArray, y: NDArray): NDArray =>
  mul(g, select(eq(x, ans), select(eq(y, ans), 0.5, 1), 0));

const extremum = (name: "max" | "min"): Binary =>
  binaryFunction(
    binary(
      name,
      "any",
      [(g, ans, [x, y]) => shareOfTie(g, ans, x, y), (g, ans, [x, y]) => shareOfTie(g, ans, y, x)],
      { complex: ([x, y]) => onParts[name](x, y) },
    ),
  );

/** The larger operand (complex: by real parts, then by imaginary ones); NaN if either is. At ties the derivative is shared equally. */
export const max = extremum("max");
/** The smaller operand; NaN if either is. At ties the derivative is shared equally. */
export const min = extremum("min");

/** x to the power y. The derivative with respect to y is 0 where x is 0. */
export const pow: Binary = binaryFunction(
  binary(
    "pow",
    "number",
    [
      (g, _, [x, y]) => mul(g, mul(y, pow(x, sub(y, 1)))),
      (g, ans, [x]) => mul(g, mul(log(select(eq(x, 0), 1, x)), ans)),
    ],
    { complex: ([x, y]) => functions.pow(x, y) },
  ),
);

/** Angle of the point (y, x), in (−π, π]. */
export const atan2: Binary = binaryFunction(
  binary("atan2", "float", [
    (g, _, [x, y]) => mul(g, div(y, add(square(x), square(y)))),
    (g, _, [x, y]) => mul(g, div(neg(x), add(square(x), square(y)))),
  ]),
);

/** The next representable number after x in the direction of y. Derivative 0. */
export const nextafter: Binary = binaryFunction(binary("nextafter", "float", zeroTangent));

/** Upper half of the product of two integers: its bits above the width of the dtype. */
export const mulhi: Binary = binaryFunction(binary("mulhi", "integer", zeroTangent));
