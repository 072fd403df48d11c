/**
 * @file A neural ODE: the law of motion of a damped swing is learned from positions and speeds seen at a few times. The
 * loss goes through an adaptive integrator, its gradient through the steps that were taken.
 */
import { type Array, jit, numpy as np, odeint, random, tree, valueAndGrad } from "../src/index.ts";

interface Net {
  readonly w1: Array; // [hidden, 2]
  readonly b1: Array;
  readonly w2: Array; // [2, hidden]
}

const hidden = 12;
const tolerance = { rtol: 1e-4, atol: 1e-5 };

/** What is to be learned: q' = p, p' = −sin q − 0.2 p. */
const truth = (y: Array): Array => {
  const [q, p] = y;
  return np.stack([p, np.sin(q).add(p.mul(0.2)).neg()]);
};

const rate = (y: Array, _: Array, { w1, b1, w2 }: Net): Array =>
  np.matmul(w2, np.tanh(np.matmul(w1, y).add(b1)));

function randomNet(seed: number): Net {
  const [k1, k2, k3] = random.split(random.key(seed), 3);
  return {
    w1: random.normal(k1, [hidden, 2]),
    b1: random.normal(k2, [hidden]).mul(0.5),
    w2: random.normal(k3, [2, hidden]).mul(0.1),
  };
}

interface Moments {
  readonly m: Net;
  readonly v: Net;
}

/** One step of Adam. */
function adam(net: Net, g: Net, { m, v }: Moments, step: number, size: number): [Net, Moments] {
  const mean = (a: Array, b: Array): Array => a.mul(0.9).add(b.mul(0.1));
  const square = (a: Array, b: Array): Array => a.mul(0.99).add(np.square(b).mul(0.01));
  const [m1, v1] = [tree.map(mean, m, g), tree.map(square, v, g)];
  const [cm, cv] = [1 - 0.9 ** step, 1 - 0.99 ** step];
  const move = (p: Array, a: Array, b: Array): Array =>
    p.sub(
      a
        .div(cm)
        .div(np.sqrt(b.div(cv)).add(1e-8))
        .mul(size),
    );
  return [tree.map(move, net, m1, v1), { m: m1, v: v1 }];
}

export interface NeuralOdeResult {
  readonly losses: readonly number[];
  /** Mean square error of a motion from a start that was not in the data. */
  readonly unseen: number;
  /** The slope of the loss along a direction: of the gradient, and by differences. */
  readonly slope: readonly [number, number];
}

export function run(steps = 200): NeuralOdeResult {
  const times = np.linspace(0, 4, 6);
  const starts = [
    [1.5, 0],
    [-0.5, 1],
    [0.2, -1.2],
  ].map((s) => np.array(s));
  const seen = starts.map((s) => odeint(truth, s, times));
  const loss = (net: Net): Array =>
    starts
      .map((s, i) => np.mean(np.square(odeint(rate, s, times, net, tolerance).sub(seen[i]))))
      .reduce((a, b) => a.add(b))
      .div(starts.length);
  const step = jit(valueAndGrad(loss));

  let net = randomNet(1);
  const zeros = tree.map((x: Array) => np.zerosLike(x), net);
  let moments: Moments = { m: zeros, v: zeros };
  const direction = random.normal(random.key(3), [2, hidden]);
  const [, g0] = step(net);
  const h = 1e-3;
  const along = (t: number): number => Number(step({ ...net, w2: net.w2.add(direction.mul(t)) })[0]);
  const slope = [Number(np.sum(g0.w2.mul(direction))), (along(h) - along(-h)) / (2 * h)] as const;

  const losses: number[] = [];
  for (let k = 1; k <= steps; k++) {
    const [value, g] = step(net);
    losses.push(Number(value));
    [net, moments] = adam(net, g, moments, k, 0.03);
    if (k === 1 || k % (steps / 5) === 0)
      console.log(`step ${String(k).padStart(4)}  loss ${Number(value).toExponential(2)}`);
  }
  const start = np.array([1, 0.5]);
  const error = odeint(rate, start, times, net, tolerance).sub(odeint(truth, start, times));
  const unseen = Number(np.mean(np.square(error)));
  console.log(`\na motion not in the data: mean square error ${unseen.toExponential(2)}`);
  return { losses, unseen, slope };
}
