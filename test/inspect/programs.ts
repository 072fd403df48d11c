/** @file Programs of several sizes that are looked at: from one operation to a transformer block and its gradient. */
import {
  type Array as A,
  grad,
  jit,
  lax,
  namedScope,
  nn,
  numpy as np,
  valueAndGrad,
  vmap,
} from "../../src/index.ts";

export const ones = (...shape: number[]): A => np.ones(shape);

export type Weights = Readonly<Record<string, A>>;

export const norm = (x: A): A => {
  const centred = x.sub(x.mean(-1, { keepdims: true }));
  return centred.div(np.sqrt(centred.mul(centred).mean(-1, { keepdims: true }).add(1e-5)));
};

/** A block of a transformer: attention of four heads and a network of two layers, each behind a normalisation. */
export function block(p: Weights, x: A): A {
  const [t, d] = x.shape;
  const heads = (y: A): A => np.transpose(np.reshape(y, [t, 4, d / 4]), [1, 0, 2]);
  const y = namedScope("attention", () => {
    const n = namedScope("norm", () => norm(x));
    const [q, k, v] = [p.q, p.k, p.v].map((w) => heads(np.matmul(n, w)));
    const scores = nn.softmax(np.matmul(q, np.transpose(k, [0, 2, 1])).div(Math.sqrt(d / 4)));
    const out = np.reshape(np.transpose(np.matmul(scores, v), [1, 0, 2]), [t, d]);
    return x.add(np.matmul(out, p.o));
  });
  return namedScope("mlp", () => {
    const n = namedScope("norm", () => norm(y));
    return y.add(np.matmul(nn.gelu(np.matmul(n, p.a)), p.b));
  });
}

export const weights = (d: number): Weights => ({
  q: ones(d, d),
  k: ones(d, d),
  v: ones(d, d),
  o: ones(d, d),
  a: ones(d, 4 * d),
  b: ones(4 * d, d),
});

export const mlp = (p: readonly A[], x: A): A => {
  const h = namedScope("hidden", () => np.tanh(np.matmul(x, p[0]).add(p[1])));
  return namedScope("out", () => np.matmul(h, p[2]).add(p[3]))
    .pow(2)
    .sum();
};

export const mlpWeights = (): A[] => [ones(16, 32), ones(32), ones(32, 8), ones(8)];

/** A function and arguments for it. */
export interface Program {
  readonly f: (...args: never[]) => unknown;
  readonly args: readonly unknown[];
}

const program = <T extends readonly unknown[]>(f: (...args: T) => unknown, ...args: T): Program => ({
  f,
  args,
});

const power = (x: A): A => lax.scan((c: A, y: A) => [np.sin(c).mul(y), c], x, ones(10))[0];

const layer = jit((w: A, x: A) => namedScope("act", () => np.tanh(np.matmul(x, w))), { name: "layer" });

/** By name; made anew, so that nothing of one test is left to another. */
export const programs = (): Readonly<Record<string, Program>> => ({
  identity: program((x: A) => x, ones(3)),
  constant: program(() => np.ones([2])),
  sin: program((x: A) => np.sin(x), ones(3)),
  "derivative of sin": program(grad((x: A) => np.sin(x)) as (x: A) => A, np.array(1)),
  softmax: program(grad((x: A) => nn.softmax(np.exp(x).mul(np.sin(x))).sum()) as (x: A) => A, ones(3, 4)),
  mlp: program(mlp as (p: A[], x: A) => A, mlpWeights(), ones(64, 16)),
  "gradient of mlp": program(
    grad(mlp as (p: A[], x: A) => A) as (p: A[], x: A) => unknown,
    mlpWeights(),
    ones(64, 16),
  ),
  "layers that are compiled": program(
    valueAndGrad((w: A, x: A) => layer(w, layer(w, x)).sum()) as (w: A, x: A) => unknown,
    ones(4, 4),
    ones(2, 4),
  ),
  loop: program(power, ones(5)),
  "gradient of a loop": program(grad((x: A) => power(x).sum()) as (x: A) => A, ones(5)),
  "a loop in a branch": program((x: A) => lax.cond(x.sum().less(3), power, (y: A) => y.mul(2), x), ones(5)),
  "a loop of no known length": program(
    (x: A) =>
      lax.whileLoop(
        (c: A) => c.sum().less(10),
        (c: A) => c.mul(2),
        x,
      ),
    ones(5),
  ),
  "second derivatives": program(
    grad((x: A) => (grad((y: A) => np.sin(y).mul(y).sum()) as (y: A) => A)(x).sum()) as (x: A) => A,
    ones(3),
  ),
  "a batch of complex numbers": program(vmap((x: A) => np.real(np.fft.fft(x))) as (x: A) => A, ones(2, 8)),
  block: program(block, weights(32), ones(16, 32)),
  "gradient of block": program(
    grad((p: Weights, x: A) => block(p, x).sum()) as (p: Weights, x: A) => unknown,
    weights(32),
    ones(16, 32),
  ),
});
