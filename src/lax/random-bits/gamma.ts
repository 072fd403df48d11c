/**
 * @file Gamma random numbers by rejection (Marsaglia and Tsang), one element at a time: each has a key of its own, split
 * from the key of the draw, and its own loop. Draws agree with JAX's, which runs the same loop for a whole array.
 * Sources: "A simple method for generating gamma variables" (2000); jax/_src/random/core.py, `_gamma_one`, `_gamma_grad`.
 */
import type { NDArray } from "../../core/array.ts";
import { shaped } from "../../core/aval.ts";
import { type DType, isFloat } from "../../dtypes/dtype.ts";
import { type Primitive, definePrimitive, notLinear } from "../../core/primitive.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { bind1 } from "../../core/trace.ts";
import { ShapeError } from "../../base/errors.ts";
import { batchInFront, tangentBy } from "../../interpreters/rules.ts";
import { type Block, scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { flatten } from "../../loops/ir/affine.ts";
import type { Call, Expr } from "../../loops/ir/ir.ts";
import { map, pull } from "../../loops/pull.ts";
import { arraysEqual } from "../../base/util.ts";
import { div as divide, mul as times } from "../elementwise/arithmetic.ts";
import { eq as equal } from "../elementwise/compare.ts";
import { exp } from "../elementwise/functions.ts";
import { hashIn, running, splitRunning, uniformAt } from "./running-keys.ts";
import { type Words, hashAt, keyAt, keysShape } from "./threefry.ts";
import { select } from "../elementwise/select.ts";
import { perKey } from "../special/scalar.ts";
import { erfInvExpr } from "../special/error-function.ts";
import { randomGammaGrad } from "../special/incomplete-gamma.ts";

/** −1 rounded towards 0: the lower bound of the uniform numbers that become normal ones. */
const belowOne: { readonly [D in DType]?: number } = {
  float16: -1 + 2 ** -11,
  bfloat16: -1 + 2 ** -8,
  float32: -1 + 2 ** -24,
  float64: -1 + 2 ** -53,
};

/** A uniform number of [0, 1), the only one drawn from a key. */
const uniformOf = (b: Block, key: Words, dtype: DType): Expr => uniformAt(b, key, 0, dtype);

function normalOf(b: Block, key: Words, dtype: DType): Expr {
  const u = e.add(e.mul(uniformOf(b, key, dtype), 2), belowOne[dtype]!);
  return b.let(e.mul(erfInvExpr(u), Math.SQRT2));
}

/** The accepted V of the algorithm, which d·V makes gamma-distributed with parameter d + 1/3. */
function acceptedCube(b: Block, key: Words, d: Expr, dtype: DType): Expr {
  const c = b.let(e.div(1 / 3, e.sqrt(d)));
  const outerKey = running(b, key);
  const cube = b.variable(e.constant(1, dtype), "cube");
  const again = b.variable(e.constant(1, "bool"), "again");
  b.while(again, (outer) => {
    const [forX, forU] = splitRunning(outer, outerKey, 0, [1, 2]);
    const innerKey = running(outer, forX, "x");
    const x = outer.variable(e.constant(0, dtype), "x");
    const v = outer.variable(e.constant(-1, dtype), "v");
    outer.while(e.le(v, 0), (inner) => {
      const [here] = splitRunning(inner, innerKey, 0, [1]);
      inner.set(x, normalOf(inner, here, dtype));
      inner.set(v, e.add(e.mul(x, c), 1));
    });
    const square = outer.let(e.mul(x, x));
    outer.set(cube, e.mul(e.mul(v, v), v));
    const u = uniformOf(outer, forU, dtype);
    outer.set(again, e.ge(u, e.sub(1, e.mul(e.mul(square, square), 0.0331))));
    outer.if(again, (then) => {
      const bound = e.mul(d, e.add(e.sub(1, cube), e.log(cube)));
      then.set(again, e.ge(e.log(u), e.add(e.mul(square, 0.5), bound)));
    });
  });
  return cube;
}

/** One gamma number (or its logarithm) from a key and the parameter. */
function build(dtype: DType, logSpace: boolean): (...args: readonly Expr[]) => Call {
  const body = (b: Block, [k1, k2, alpha]: readonly Expr[]): Expr => {
    const key: Words = [k1, k2];
    const loopKey = hashIn(b, key, 0);
    const boostKey = hashIn(b, key, 1);
    // Below 1 the parameter is raised by 1, and the number multiplied by u^(1/alpha).
    const large = b.let(e.ge(alpha, 1));
    const d = b.let(e.sub(e.select(large, alpha, e.add(alpha, 1)), 1 / 3));
    const cube = acceptedCube(b, loopKey, d, dtype);
    const boost = b.variable(e.constant(logSpace ? 0 : 1, dtype), "boost");
    b.if(e.not(large), (small) => {
      const u = uniformOf(small, boostKey, dtype);
      const inverse = e.div(1, alpha);
      if (!logSpace) {
        small.set(boost, e.pow(e.sub(1, u), inverse));
        return;
      }
      const logU = small.let(e.log1p(e.neg(u)));
      small.set(boost, e.select(e.or(large, e.eq(logU, 0)), e.constant(0, dtype), e.mul(logU, inverse)));
    });
    return logSpace ? e.add(e.add(e.log(d), e.log(cube)), boost) : e.mul(e.mul(d, cube), boost);
  };
  return scalarFunction(logSpace ? "random_loggamma" : "random_gamma", 3, body, ["uint32", "uint32", dtype]);
}

const functions = [false, true].map((logSpace) => perKey((dtype: DType) => build(dtype, logSpace)));

type GammaParams = { logSpace: boolean };

const randomGammaP: Primitive<GammaParams> = definePrimitive<GammaParams>({
  name: "random_gamma",
  kind: "opaque",
  abstractEval: ([keys, a]) => {
    const lead = keysShape(keys, "random_gamma");
    if (!isFloat(a.dtype) || !arraysEqual(a.shape.slice(0, lead.length), lead)) {
      throw new ShapeError(
        `random.gamma: expected a float parameter for keys of shape ${shapeString(lead)}; got ${String(a)}.`,
      );
    }
    return [shaped(a.shape, a.dtype)];
  },
  lower: ({ outAvals }, [keys, a], { logSpace }) => {
    const lead = keys.aval.ndim - 1;
    const { shape, dtype } = a.aval;
    return map(
      pull(outAvals[0], (at) => {
        const key = hashAt(keyAt(keys, at.slice(0, lead)), flatten(at.slice(lead), shape.slice(lead)));
        return functions[Number(logSpace)](dtype)(...key, a.at(at));
      }),
    );
  },
  jvp: tangentBy(
    () => randomGammaP,
    (t, [, a], out, { logSpace }) => times(t, gammaRate(out, a, logSpace)),
    1,
  ),
  transpose: notLinear,
  batch: batchInFront(() => randomGammaP),
});

const tiny: { readonly [D in DType]?: number } = { float16: 2 ** -14, float64: 2 ** -1022 };

/** Derivative of a number drawn with respect to the parameter: that of the quantile at a fixed probability. */
export function gammaRate(out: NDArray, a: NDArray, logSpace: boolean): NDArray {
  if (!logSpace) return randomGammaGrad(a, out);
  const sample = exp(out);
  const positive = select(equal(sample, 0), tiny[out.dtype] ?? 2 ** -126, sample);
  return divide(randomGammaGrad(a, positive), positive);
}

/**
 * Gamma-distributed numbers with parameter `a` and scale 1, or their logarithms.
 * @param keys uint32[...lead, 2]
 * @param a float[...lead, ...]
 */
export function randomGamma(keys: NDArray, a: NDArray, logSpace: boolean): NDArray {
  return bind1(randomGammaP, [keys, a], { logSpace });
}
