/**
 * @file Loops over arrays: Mandelbrot's set, a trajectory of Hamiltonian Monte Carlo, the sieve of Eratosthenes (one element
 * written in each step).
 */
import type { Array } from "../../src/index.ts";
import { generator, normal64 } from "../lib/data.ts";
import { type JaxJsArray, jaxJs, readJax } from "../lib/jax-js.ts";
import { adjoint, jit } from "../lib/library.ts";
import { type Entry, type Workload, arrays } from "../lib/measure.ts";
import { numpyOf } from "../lib/numpy.ts";
import { type Tensor, readTf, tfJs } from "../lib/tfjs.ts";
import { xlaOf } from "../lib/xla.ts";
import { mandelbrotByHand, sieveByHand, trajectoryByHand } from "./loops-by-hand.ts";

const { lax, nn, numpy: np } = adjoint;

const [side, iterations] = [256, 50];

/** Real and imaginary parts of the points of a square around the set. */
function plane(): [Float32Array, Float32Array] {
  const part = (at: (i: number) => number): Float32Array =>
    Float32Array.from({ length: side * side }, (_, i) => at(i) / side);
  return [part((i) => 3 * (i % side) - 2.25 * side), part((i) => 3 * Math.floor(i / side) - 1.5 * side)];
}

/** How many steps each point stays within a circle of radius 2. */
function mandelbrot(a: Array, b: Array): Array {
  const step = (_: Array, [x, y, count]: [Array, Array, Array]): [Array, Array, Array] => {
    const [xx, yy] = [x.mul(x), y.mul(y)];
    return [xx.sub(yy).add(a), x.mul(y).mul(2).add(b), count.add(xx.add(yy).less(4).astype("float32"))];
  };
  const zero = np.zerosLike(a);
  return lax.foriLoop(0, iterations, step, [zero, zero, zero])[2];
}

async function mandelbrotContenders(): Promise<Entry[]> {
  const [jax, tf] = [await jaxJs(), await tfJs()];
  const [as, bs] = plane();
  const [a, b] = [as, bs].map((data) => np.array(data).reshape([side, side]));
  const [ja, jb] = [as, bs].map((data) => jax.numpy.array(data, { dtype: "float32", shape: [side, side] }));
  const [ta, tb] = [as, bs].map((data) => tf.tensor2d(data, [side, side]));
  const f = jit(mandelbrot);
  const jstep = jax.jit((x: JaxJsArray, y: JaxJsArray, n: JaxJsArray, p: JaxJsArray, q: JaxJsArray) => {
    const [xx, yy] = [x.ref.mul(x.ref), y.ref.mul(y.ref)];
    const within = xx.ref.add(yy.ref).less(4).astype("float32");
    return [xx.sub(yy).add(p), x.mul(y).mul(2).add(q), n.add(within)];
  });
  const jzero = jax.numpy.zeros([side, side], { dtype: "float32" });
  return [
    arrays("adjoint", () => [f(a, b).dataSync()]),
    await xlaOf(mandelbrot, [a, b]),
    await numpyOf("mandelbrot", [a, b]),
    arrays("@jax-js/jax", () => {
      let [x, y, n] = [jzero.ref, jzero.ref, jzero.ref];
      for (let i = 0; i < iterations; i++) [x, y, n] = jstep(x, y, n, ja.ref, jb.ref);
      x.dispose();
      y.dispose();
      return readJax(n);
    }),
    arrays("tfjs", () =>
      readTf(tf, () => {
        let [x, y, n]: Tensor[] = [tf.zerosLike(ta), tf.zerosLike(ta), tf.zerosLike(ta)];
        for (let i = 0; i < iterations; i++) {
          const [xx, yy] = [tf.mul(x, x), tf.mul(y, y)];
          const within = tf.cast(tf.less(tf.add(xx, yy), 4), "float32");
          [x, y, n] = [tf.add(tf.sub(xx, yy), ta), tf.add(tf.mul(tf.mul(x, y), 2), tb), tf.add(n, within)];
        }
        return n;
      }),
    ),
    arrays("by hand", () => [mandelbrotByHand(as, bs, iterations)]),
  ];
}

const [examples, features, leapfrogs, h] = [200, 10, 100, 0.02];

/** Examples with labels of 0 and 1, and where the trajectory begins. */
function regression(): Record<"x" | "y" | "q" | "p", Float64Array> {
  const x = normal64(examples * features, 1);
  const next = generator(2);
  const y = Float64Array.from({ length: examples }, (_, i) =>
    next() < 1 / (1 + Math.exp(-x[i * features] + x[i * features + 1])) ? 1 : 0,
  );
  return { x, y, q: normal64(features, 3, 0.5), p: normal64(features, 4) };
}

async function trajectory(): Promise<Entry[]> {
  const jax = await jaxJs();
  const data = regression();
  const x = np.array(data.x).reshape([examples, features]);
  const [y, q0, p0] = [data.y, data.q, data.p].map((d) => np.array(d));
  /** The energy of a position: negative log-likelihood, and a standard normal prior. */
  const energy = (q: Array, xs: Array, ys: Array): Array => {
    const z = np.matmul(xs, q);
    return np.sum(nn.softplus(z).sub(ys.mul(z))).add(np.sum(np.square(q)).mul(0.5));
  };
  const force = adjoint.grad(energy);
  // the force at the end of a step is that at the beginning of the next
  const leapfrog = (q: Array, p: Array, xs: Array, ys: Array): Array[] => {
    const step = (_: Array, [a, b, g]: [Array, Array, Array]): [Array, Array, Array] => {
      const half = b.sub(g.mul(h / 2));
      const next = a.add(half.mul(h));
      const there = force(next, xs, ys);
      return [next, half.sub(there.mul(h / 2)), there];
    };
    return lax.foriLoop(0, leapfrogs, step, [q, p, force(q, xs, ys)]).slice(0, 2);
  };
  const f = jit(leapfrog);
  const float64 = { dtype: "float64" };
  const jx = jax.numpy.array(data.x, { ...float64, shape: [examples, features] });
  const [jy, jq, jp] = [data.y, data.q, data.p].map((d) => jax.numpy.array(d, float64));
  const jforce = jax.grad((q: JaxJsArray, xs: JaxJsArray, ys: JaxJsArray) => {
    const z = jax.numpy.matmul(xs, q.ref);
    const softplus = jax.numpy.log(jax.numpy.exp(z.ref).add(1));
    return jax.numpy.sum(softplus.sub(ys.mul(z))).add(jax.numpy.sum(jax.numpy.square(q)).mul(0.5));
  });
  const jfirst = jax.jit(jforce);
  const jstep = jax.jit((q: JaxJsArray, p: JaxJsArray, g: JaxJsArray, xs: JaxJsArray, ys: JaxJsArray) => {
    const half = p.sub(g.mul(h / 2));
    const next = q.add(half.ref.mul(h));
    const there = jforce(next.ref, xs, ys);
    return [next, half.sub(there.ref.mul(h / 2)), there];
  });
  return [
    arrays("adjoint", () => f(q0, p0, x, y).map((a) => a.dataSync())),
    await xlaOf(leapfrog, [q0, p0, x, y]),
    await numpyOf("hmc", [q0, p0, x, y]),
    arrays(
      "@jax-js/jax",
      () => {
        let [q, p, g] = [jq.ref, jp.ref, jfirst(jq.ref, jx.ref, jy.ref)];
        for (let i = 0; i < leapfrogs; i++) [q, p, g] = jstep(q, p, g, jx.ref, jy.ref);
        g.dispose();
        return readJax(q, p);
      },
      { tolerance: 1e-4 }, // its exp and log have single precision
    ),
    arrays("by hand", () => trajectoryByHand(data, leapfrogs, h)),
  ];
}

/** 1 where the index is a prime, by crossing out one number in each step of the inner loop. */
const sieve =
  (n: number) =>
  (zeros: Array): Array => {
    const crossOut = (i: Array, marks: Array): Array => {
      const isPrime = marks.slice(i).equal(0);
      // multiples of a composite are crossed out already: no step for them
      const count = np.where(
        isPrime,
        np
          .floorDivide(
            i
              .mul(i)
              .neg()
              .add(n - 1),
            i,
          )
          .add(1),
        0,
      );
      return lax.foriLoop(0, count, (k: Array, m: Array) => m.at(i.mul(i).add(k.mul(i))).set(1), marks);
    };
    const marks = lax.foriLoop(2, Math.ceil(Math.sqrt(n)), crossOut, zeros);
    return marks.equal(0).astype("uint8");
  };

/** Where a loop copies its carry in each step, the time grows with the square of the size: such a run is not begun. */
function checkLinear(n: number): void {
  const small = 10_000;
  if (n <= small) return;
  const f = jit(sieve(small));
  const zeros = np.zeros([small], { dtype: "uint8" });
  const call = (): number => {
    const start = performance.now();
    f(zeros).dataSync();
    return performance.now() - start;
  };
  const ms = Math.min(call(), call(), call());
  if (ms < 20) return;
  throw new Error(
    `sieve ${n}: not run, since ${small} take ${ms.toFixed(0)} ms: the loop copies its carry in each step`,
  );
}

async function sieveContenders(n: number): Promise<Entry[]> {
  checkLinear(n);
  const primes = sieve(n);
  const f = jit(primes);
  const zeros = np.zeros([n], { dtype: "uint8" });
  return [
    arrays("adjoint", () => [f(zeros).dataSync()]),
    await xlaOf(primes, [zeros]),
    await numpyOf("sieve", [zeros]),
    arrays("by hand", () => [sieveByHand(n)]),
  ];
}

export const loopWorkloads: Workload[] = [
  {
    name: "mandelbrot",
    group: "loops",
    text: `Mandelbrot's set, ${side} × ${side} points, ${iterations} steps, float32.`,
    tolerance: 0,
    make: mandelbrotContenders,
  },
  {
    name: "hmc",
    group: "loops",
    text: `${leapfrogs} leapfrog steps for a logistic regression of ${examples} examples with ${features} features, float64.`,
    tolerance: 1e-9,
    make: trajectory,
    absent: { tfjs: "it has no float64" },
  },
  ...[10_000, 100_000, 1_000_000].map((n) => ({
    name: `sieve ${n}`,
    group: "loops",
    text: `The primes below ${n} by the sieve of Eratosthenes, one element written in each step of a loop.`,
    tolerance: 0,
    make: () => sieveContenders(n),
    absent: { "@jax-js/jax": "it has no loops", tfjs: "it has no compiled loops" },
  })),
];
