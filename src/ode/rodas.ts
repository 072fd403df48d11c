/**
 * @file RODAS, a method for stiff problems: linearly implicit (Rosenbrock), of orders 4 and 3, L-stable, with six stages
 * that share one matrix I/γ − h ∂f/∂y, and a polynomial of degree 3 through the step.
 *
 * The state is laid out as one real vector, complex leaves as their real and imaginary parts, since a rate need not be
 * holomorphic. The Jacobian comes from forward mode; derivatives of a step so are derivatives of the Jacobian, too.
 *
 * Source: Hairer, Wanner, Solving Ordinary Differential Equations II, §IV.7, with stages U = Σ γᵢⱼ kⱼ as there; everything
 * is multiplied by h, so that a step of length 0 divides by nothing.
 */
import type { NDArray } from "../core/array.ts";
import { bind1 } from "../core/trace.ts";
import { jacfwd } from "../api/jacobian.ts";
import { isComplex, realPart } from "../dtypes/dtype.ts";
import { jvpFlat } from "../interpreters/jvp.ts";
import { instantiate } from "../interpreters/tangents.ts";
import * as lax from "../control-flow/lax.ts";
import { eyeOf } from "../lax/linalg/algebra.ts";
import { linearSolveP } from "../lax/linalg/lu.ts";
import { cast } from "../numpy/operands/promote.ts";
import { type Method, type Rate, type State, plus, scaled, times, weighted, widestReal } from "./method.ts";

const gamma = 0.25;
const nodes = [0, 0.386, 0.21, 0.63, 1, 1];
/** Of h ∂f/∂t. */
const slopes = [0.25, -0.1043, 0.1035, -0.03620000000000023, 0, 0];
const inner = [
  [],
  [1.544],
  [0.9466785280815826, 0.2557011698983284],
  [3.314825187068521, 2.896124015972201, 0.9986419139977817],
  [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895],
  [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.687886036105895, 1],
];
const outer = [
  [],
  [-5.6688],
  [-2.430093356833875, -0.2063599157091915],
  [-0.1073529058151375, -9.594562251023355, -20.47028614809616],
  [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.7089089320616],
  [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
];
const dense3 = [
  10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662,
];
const dense4 = [
  -0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872,
];

/** A state as one real vector, and back. */
interface Layout {
  readonly pack: (y: State) => NDArray;
  readonly unpack: (v: NDArray) => State;
}

function layoutOf(like: State): Layout {
  const dtype = widestReal(like);
  const row = (x: NDArray): NDArray => cast(lax.reshape(x, [x.size]), dtype);
  return {
    pack: (y) =>
      lax.concatenate(
        y.flatMap((x) => (isComplex(x.dtype) ? [row(lax.real(x)), row(lax.imag(x))] : [row(x)])),
        0,
      ),
    unpack: (v) => {
      let from = 0;
      const next = (x: NDArray): NDArray => {
        const part = lax.sliceInDim(v, from, (from += x.size), 1, 0);
        return lax.reshape(cast(part, realPart(x.dtype)), x.shape);
      };
      return like.map((x) => (isComplex(x.dtype) ? lax.complex(next(x), next(x)) : next(x)));
    },
  };
}

/** x with A·x = b, for many b; A is factorised once. */
function solver(a: NDArray): (b: NDArray) => NDArray {
  const [factors, , permutation] = lax.linalg.lu(lax.stopGradient(a));
  return (b) => {
    const columns = lax.expandDims(b, [1]);
    const x = bind1(linearSolveP, [a, factors, permutation, columns], { transposed: false });
    return lax.reshape(x, b.shape);
  };
}

/** h times the rate of vectors, and what its linear part is at a point. */
function linearPart(f: Rate, y: State, t: NDArray, h: NDArray, { pack, unpack }: Layout): [NDArray, NDArray] {
  const v = pack(y);
  const jacobian = jacfwd((x: NDArray) => pack(f(unpack(x), t)))(v);
  const one = lax.fullLike(t, 1);
  const along = ([s]: readonly NDArray[]): NDArray[] => [pack(f(y, s))];
  const [, [drift]] = jvpFlat(along, [t], [one], "odeint");
  const system = lax.sub(eyeOf([v.size, v.size], v.dtype), scaled(jacobian, lax.mul(h, gamma)));
  return [scaled(system, 1 / gamma), scaled(instantiate(drift), lax.mul(h, h))];
}

export const rodas: Method = {
  order: 4,
  numDense: 4,
  begin: () => [],
  step: (f, { y: start, t }, { h, end }) => {
    const layout = layoutOf(start);
    const { pack, unpack } = layout;
    const [system, drift] = linearPart(f, start, t, h, layout);
    const solve = solver(system);
    const origin = pack(start);
    const u: State[] = [];
    for (let i = 0; i < nodes.length; i++) {
      const [at] = i === 0 ? [origin] : plus([origin], weighted(inner[i], u));
      const time = nodes[i] === 1 ? end : i === 0 ? t : lax.add(t, lax.mul(h, nodes[i]));
      const parts: State[] = [times([pack(f(unpack(at), time))], h)];
      if (i > 0) parts.push(weighted(outer[i], u));
      if (slopes[i] !== 0) parts.push(times([drift], slopes[i]));
      u.push([solve(parts.reduce(plus)[0])]);
    }
    const change = weighted([...inner[5], 1], u);
    const [c3, c4] = [weighted(dense3, u), weighted(dense4, u)];
    // y₀ + θ (Δ + (1 − θ) (c₃ + θ c₄))
    const dense = [times(c4, -1), plus(c4, times(c3, -1)), plus(change, c3)];
    return {
      y: unpack(lax.add(origin, change[0])),
      memo: [],
      error: unpack(u[5][0]),
      dense: [...dense.map(([x]) => unpack(x)), start],
    };
  },
};
