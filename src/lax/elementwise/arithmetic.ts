/** @file Element-wise functions of two operands: arithmetic, extrema, powers, angles. */
import type { NDArray } from "../../core/array.ts";
import {
  type NoParams,
  type Parts,
  type Primitive,
  type TaylorSeries,
  zeroTangent,
} from "../../core/primitive.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import { type Tangent, Zero, isZero } from "../../core/zero.ts";
import { bilinearJet, productTerm } from "../../interpreters/jet-rules.ts";
import { addTangents } from "../../interpreters/tangents.ts";
import * as e from "../../loops/ir/expressions.ts";
import type { OpName } from "../../loops/ir/scalar.ts";
import { eq } from "./compare.ts";
import * as onParts from "./complex/arithmetic.ts";
import * as functions from "./complex/functions.ts";
import { isFinite, log, neg, round } from "./functions.ts";
import { angleJet } from "./jets.ts";
import { type Accepts, type ElementwiseSpec, type OperandJvp, elementwise } from "../families/elementwise.ts";
import { type Binary, binaryFunction } from "../families/functions.ts";
import { select } from "./select.ts";
import { inversion, powerAlongBase, powerAlongExponent } from "./slopes.ts";

type BinaryP = Primitive<NoParams>;
type Pair<R> = readonly [R, R];

/** A primitive of two operands by its name, that of its scalar operation, and derivative with respect to each. */
const binary = (
  name: OpName,
  kind: Accepts,
  jvp: Pair<OperandJvp<NoParams>> | typeof zeroTangent,
  more: Pick<
    ElementwiseSpec<NoParams>,
    "transpose" | "additive" | "jet" | "dependence" | "complex" | "stablehlo"
  > = {},
): BinaryP => elementwise({ name, accepts: kind, scalar: ([x, y]) => e.apply(name, x, y), jvp, ...more });

export const addP: BinaryP = binary("add", "number", [(g) => g, (g) => g], {
  transpose: [(ct) => ct, (ct) => ct],
  additive: true,
  complex: ([x, y]) => onParts.add(x, y),
  stablehlo: "add",
});
/**
 * The sum x + y; integers wrap around. Operands have one dtype and one shape, or are scalars: for broadcasting and
 * promotion there is `np.add`.
 * @throws DTypeError for bool and for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.add
 * @example
 * lax.add(np.array([1, 2]), 3).js(); // [4, 5]
 * lax.add(np.ones([2]), np.ones([3])); // throws ShapeError: lax functions need equal shapes
 */
export const add = binaryFunction(addP);

export const subP: BinaryP = binary("sub", "number", [(g) => g, (g) => neg(g)], {
  transpose: [(ct) => ct, (ct) => neg(ct)],
  additive: true,
  complex: ([x, y]) => onParts.sub(x, y),
  stablehlo: "subtract",
});
/**
 * The difference x − y of operands of one dtype and shape, or scalars; integers wrap around.
 * @throws DTypeError for bool and for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.sub
 * @example
 * lax.sub(np.array([5, 0], "uint8"), 1).js(); // [4, 255]
 */
export const sub = binaryFunction(subP);

export const mulP: BinaryP = binary("mul", "number", [(g, _, [, y]) => mul(g, y), (g, _, [x]) => mul(x, g)], {
  transpose: [(ct, [, y]) => mul(ct, y), (ct, [x]) => mul(x, ct)],
  jet: bilinearJet((x, y) => mul(x, y)),
  complex: ([x, y]) => onParts.mul(x, y),
  stablehlo: "multiply",
  dependence: (args, _, [aval], tools) => {
    const nonzero = args.map((x) => tools.mayBeNonzero(x));
    return [tools.sameElement(args, aval, (i, element) => nonzero[1 - i](element))];
  },
});
/**
 * The product x · y, element by element, of operands of one dtype and shape, or scalars; integers wrap around.
 * @throws DTypeError for bool and for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.mul
 * @example
 * lax.mul(np.array([1, 2]), np.array([3, 4])).js(); // [3, 8]
 */
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
/**
 * The quotient x / y of operands of one dtype and shape, or scalars. Integers truncate towards zero, and an integer
 * divided by 0 has all bits set, as in XLA.
 * @throws DTypeError for bool and for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.div
 * @example
 * lax.div(np.array([-7, 7], "int32"), 2).js(); // [-3, 3]
 * lax.div(np.array([-7, 7]), 2).js(); // [-3.5, 3.5]
 */
export const div = binaryFunction(divP);

/**
 * The remainder of the division truncated towards zero: it has the sign of x. By 0 it is NaN, of integers x itself. The
 * derivative with respect to x is 1, with respect to y −trunc(x / y).
 * @throws DTypeError for bool, complex numbers and dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.rem
 * @example
 * lax.rem(np.array([-7, 7]), 3).js(); // [-1, 1]
 */
export const rem: Binary = binaryFunction(
  binary("rem", "real", [
    (g) => g,
    // The quotient is whole: rounded, since x − ans and the division are not exact.
    (g, ans, [x, y]) => mul(g, neg(round(div(sub(x, select(isFinite(ans), ans, 0)), y)))),
  ]),
);

/** The share of `g` that an operand of an extremum gets: all where it alone is the extremum, half at a tie. */
const shareOfTie = (g: NDArray, ans: NDArray, x: NDArray, y: NDArray): NDArray =>
  mul(g, select(eq(x, ans), select(eq(y, ans), 0.5, 1), 0));

const extremum = (name: "max" | "min", complex: (x: Parts, y: Parts) => Parts): Binary =>
  binaryFunction(
    binary(
      name,
      "any",
      [(g, ans, [x, y]) => shareOfTie(g, ans, x, y), (g, ans, [x, y]) => shareOfTie(g, ans, y, x)],
      { complex: ([x, y]) => complex(x, y) },
    ),
  );

/**
 * The larger operand (complex: by real parts, then by imaginary ones); NaN if either is. At ties the derivative is
 * shared equally.
 * @throws DTypeError for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.max
 * @example
 * lax.max(np.array([1, -2, NaN]), 0).js(); // [1, 0, NaN]
 * grad((x: Array) => lax.max(x, 3))(3).item(); // 0.5
 */
export const max = extremum("max", (x, y) => onParts.max(x, y));
/**
 * The smaller operand (complex: by real parts, then by imaginary ones); NaN if either is. At ties the derivative is
 * shared equally.
 * @throws DTypeError for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.min
 * @example
 * lax.min(np.array([1, -2, NaN]), 0).js(); // [0, -2, NaN]
 */
export const min = extremum("min", (x, y) => onParts.min(x, y));

/**
 * x to the power y, operands of one dtype and shape, or scalars; 1 for y = 0, NaN for negative x and fractional y. The
 * derivative with respect to y, xʸ·log x, is 0 where x is 0 ≤ y.
 * @throws DTypeError for bool and for dtypes that differ; ShapeError for shapes that differ
 * @see jax.lax.pow
 * @example
 * lax.pow(np.array([2, 9]), np.array([3, 0.5])).js(); // [8, 3]
 * grad((y: Array) => lax.pow(0, y))(2).item(); // 0
 */
export const pow: Binary = binaryFunction(
  binary(
    "pow",
    "number",
    [
      (g, _, [x, y]) => {
        if (!isComplex(x.dtype)) return mul(g, powerAlongBase(x, y));
        const zero = eq(y, 0);
        return mul(g, mul(y, pow(x, sub(select(zero, 1, y), 1))));
      },
      (g, ans, [x, y]) =>
        isComplex(x.dtype) ? mul(g, mul(log(select(eq(x, 0), 1, x)), ans)) : mul(g, powerAlongExponent(x, y)),
    ],
    { complex: ([x, y]) => functions.pow(x, y) },
  ),
);

/**
 * The angle, in [−π, π], of the point whose ordinate is the first operand and whose abscissa is the second. At the origin
 * the value is 0 or ±π by the signs of the zeros, the derivative NaN.
 * @throws DTypeError unless the operands are floats of one dtype; ShapeError for shapes that differ
 * @see jax.lax.atan2
 * @example
 * lax.atan2(np.array([1, 0]), np.array([-1, -1])).js(); // [2.3561944…, 3.1415926…] — 3π/4 and π
 */
export const atan2: Binary = binaryFunction(
  binary(
    "atan2",
    "float",
    [(g, _, [x, y]) => mul(g, inversion(y, x)), (g, _, [x, y]) => neg(mul(g, inversion(x, y)))],
    {
      jet: ([y, x], outs) => {
        const terms = angleJet(y, x, (k) => outs(k)[0]);
        return (k) => [k === 0 ? atan2(y.coefficient(0) as NDArray, x.coefficient(0) as NDArray) : terms(k)];
      },
    },
  ),
);

/**
 * The number next to x in the direction of y, among those that the dtype represents; x itself where they are equal.
 * Derivative 0.
 * @throws DTypeError unless the operands are floats of one dtype; ShapeError for shapes that differ
 * @see jax.lax.nextafter
 * @example
 * lax.nextafter(np.array([1, 1], "float32"), np.array([2, 0], "float32")).js(); // [1.0000001192…, 0.9999999403…]
 */
export const nextafter: Binary = binaryFunction(binary("nextafter", "float", zeroTangent));

/**
 * The upper half of the product of two integers: its bits above the width of the dtype, where `mul` gives those below.
 * @throws DTypeError unless the operands are integers of one dtype; ShapeError for shapes that differ
 * @see jax.lax.mulhi
 * @example
 * lax.mulhi(np.array([2 ** 30, -1], "int32"), 8).js(); // [2, -1]
 */
export const mulhi: Binary = binaryFunction(binary("mulhi", "integer", zeroTangent));
