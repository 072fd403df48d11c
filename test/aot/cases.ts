/**
 * @file Functions of many kinds, with arguments, that are compiled ahead of time and compared with `jit`.
 */
import {
  checkpoint,
  customVjp,
  grad,
  hessian,
  jit,
  lax,
  nn,
  numpy as np,
  random,
  scipy,
  valueAndGrad,
  vmap,
  type Array as NDArray,
} from "../../src/index.ts";
import type { Exported } from "../../src/aot/index.ts";
import { type DType, dtypes as allDtypes, isComplex } from "../../src/dtypes/dtype.ts";

const wide = [-0, 0, 1, -1.5, 2.5, Infinity, -Infinity, NaN, 1e300, -5e-324, 700, 1e-8];
const dtypes = allDtypes.filter((dtype) => !isComplex(dtype));
const inexact = ["float16", "bfloat16", "float32", "float64"] as const;
const values = (dtype: DType): NDArray =>
  (inexact as readonly string[]).includes(dtype)
    ? np.array(wide).astype(dtype)
    : np.array([0, 1, 2, 7, 100]).astype(dtype);

const rng = (shape: readonly number[], seed: number, dtype: "float32" | "float64" = "float32"): NDArray =>
  random.normal(random.key(seed), shape, dtype);

const doubled = customVjp((x: NDArray) => np.sin(x));
doubled.defVjp(
  (x: NDArray) => [np.sin(x), x] as const,
  (x: NDArray, g: NDArray) => [np.cos(x).mul(g)],
);

const params = {
  layers: [
    { w: rng([5, 7], 1), b: rng([7], 2) },
    { w: rng([7, 3], 3), b: null },
  ],
};
type Params = { layers: { w: NDArray; b: NDArray | null }[] };
const forward = (p: Params, x: NDArray): NDArray => {
  const [first, last] = p.layers;
  return np.dot(np.tanh(np.dot(x, first.w).add(first.b!)), last.w);
};
const loss = (p: Params, x: NDArray, y: NDArray): NDArray => np.square(forward(p, x).sub(y)).mean();
const big = rng([40, 50], 9);
const complex = (n: number): NDArray => lax.complex(rng([n], 4, "float64"), rng([n], 5, "float64"));

/** By name: the function and arguments. */
export const cases: Readonly<Record<string, Exported>> = {
  scalar: [(x: NDArray) => np.sin(x).mul(x), 0.7],
  scalars: [
    (x: NDArray, n: NDArray) => ({ sum: x.add(n), both: [x.mul(2), n.mul(3)] }),
    np.array(0.1, "float32"),
    np.array(3, "int32"),
  ],
  nothing: [(x: NDArray) => ({ none: null, list: [], x }), np.ones([3])],
  empty: [(x: NDArray) => [x.mul(2), np.sum(x)], np.zeros([0, 3])],
  same: [(x: NDArray) => [x, x], np.array([1, -0, NaN])],
  forward: [forward, params, rng([4, 5], 6)],
  step: [
    (p: Params, x: NDArray, y: NDArray) => valueAndGrad(loss)(p, x, y),
    params,
    rng([4, 5], 6),
    rng([4, 3], 7),
  ],
  second: [(x: NDArray) => hessian((v: NDArray) => np.sum(np.exp(v).mul(v)))(x), rng([4], 8, "float64")],
  closed: [(x: NDArray) => np.dot(x, big).add(np.arange(50)), rng([3, 40], 10)],
  key: [(key: random.Key) => ({ x: random.normal(key, [7]), next: random.split(key)[1] }), random.key(3)],
  integers: [(key: random.Key) => random.permutation(key, 9), random.key(5)],
  loop: [
    (x: NDArray, n: NDArray) => lax.foriLoop(0, n, (i: NDArray, c: NDArray) => np.sin(c).add(i), x),
    rng([6], 11),
    np.array(4, "int32"),
  ],
  scan: [
    (x: NDArray) =>
      lax.scan((c: NDArray, v: NDArray) => [c.mul(0.5).add(v), c] as const, np.array(0, "float32"), x),
    rng([20], 12),
  ],
  until: [
    (x: NDArray) =>
      lax.whileLoop(
        (v: NDArray) => v.less(100),
        (v: NDArray) => v.mul(1.7),
        x,
      ),
    1,
  ],
  branch: [
    (p: NDArray, x: NDArray) =>
      lax.cond(
        p,
        (v: NDArray) => np.exp(v),
        (v: NDArray) => v.neg(),
        x,
      ),
    true,
    rng([5], 13),
  ],
  inner: [(x: NDArray) => jit((v: NDArray) => np.cos(v).mul(2))(x).add(1), rng([5], 14)],
  custom: [(x: NDArray) => grad((v: NDArray) => np.sum(checkpoint(doubled)(v)))(x), rng([5], 15)],
  mapped: [vmap((a: NDArray, b: NDArray) => np.dot(a, b)), rng([3, 4], 16), rng([3, 4], 17)],
  product: [(a: NDArray, b: NDArray) => np.matmul(a, b), rng([33, 40], 18), rng([40, 29], 19)],
  solve: [
    (a: NDArray, b: NDArray) => np.linalg.solve(a.add(np.eye(5).mul(5)), b),
    rng([5, 5], 20, "float64"),
    rng([5], 21, "float64"),
  ],
  eigen: [(a: NDArray) => np.linalg.eigh(a.add(a.T)), rng([4, 4], 22, "float64")],
  sorted: [(a: NDArray) => [np.sort(a), np.argsort(a)], np.array(wide)],
  special: [(a: NDArray) => [scipy.special.gammaln(a), scipy.special.erf(a)], np.array([0.1, 1.5, 8, -0.5])],
  fourier: [(z: NDArray) => np.fft.fft(z), complex(8)],
  complexes: [
    (z: NDArray, s: NDArray) => [z.mul(s), np.sum(z), np.abs(z), np.exp(s)],
    complex(3),
    lax.complex(1.5, -2),
  ],
  complex64: [(z: NDArray) => z.mul(z).add(1), complex(5).astype("complex64")],
  bits: [
    (a: NDArray, b: NDArray) => [np.bitwiseXor(a, b), np.leftShift(a, 3), lax.populationCount(b)],
    np.array([1, 2, 2 ** 31]).astype("uint32"),
    np.array([7, 9, 2 ** 32 - 1]).astype("uint32"),
  ],
  wide: [
    (a: NDArray, k: NDArray) => [
      np.power(a, 3).add(k),
      a.sum().astype("float16"),
      a.astype("float16"),
      lax.populationCount(a),
      k.mul(k),
      np.power(k, k),
    ],
    np.array([1n, 2n ** 40n + 1n, 2n ** 64n - 1n]),
    np.array(2n ** 63n + 5n, "uint64"),
  ],
  softmax: [(x: NDArray) => nn.softmax(x), rng([3, 9], 23)],
  large: [(x: NDArray) => np.cumsum(np.exp(x)).mul(2), rng([5000], 24)],
  ...Object.fromEntries(
    dtypes.map((dtype): [string, Exported] => [
      `of_${dtype}`,
      [
        (x: NDArray, s: NDArray) => [x.equal(s), np.where(x.astype("bool"), x, s), s],
        values(dtype),
        values(dtype).slice(1),
      ],
    ]),
  ),
  ...Object.fromEntries(
    inexact.map((dtype): [string, Exported] => [
      `functions_${dtype}`,
      [
        (x: NDArray) => [
          np.exp(x),
          np.tanh(x),
          np.log1p(x),
          np.sin(x),
          np.round(x),
          np.nextafter(x, 1),
          np.power(x, 3),
          x.astype("int8"),
        ],
        values(dtype),
      ],
    ]),
  ),
};
