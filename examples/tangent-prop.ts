/**
 * @file Tangent Prop (Simard et al. 1992): a network is told not only values but derivatives. What it learns does not
 * change when the plane is turned; so its derivative along the turn, one `jvp`, is part of the loss. That derivative is
 * then differentiated with respect to the weights: reverse mode over forward mode.
 */
import { type Array, grad, jit, jvp, lax, numpy as np, random, tree, vmap } from "../src/index.ts";
import { table } from "./lib/table.ts";

interface Net {
  readonly w1: Array; // [hidden, 2]
  readonly b1: Array;
  readonly w2: Array; // [hidden]
  readonly b2: Array;
}

const hidden = 24;

const net = ({ w1, b1, w2, b2 }: Net, x: Array): Array =>
  np.dot(w2, np.tanh(np.matmul(w1, x).add(b1))).add(b2);

/** What is to be learned: a ripple around the origin. */
const target = (x: Array): Array => np.cos(np.sum(np.square(x)).mul(1.5));

/** How a point moves when the plane turns. */
const turn = (x: Array): Array => np.stack([x.slice(1).neg(), x.slice(0)]);

function randomNet(seed: number): Net {
  const [k1, k2, k3] = random.split(random.key(seed), 3);
  return {
    w1: random.normal(k1, [hidden, 2]).mul(1.5),
    b1: random.normal(k2, [hidden]),
    w2: random.normal(k3, [hidden]).div(Math.sqrt(hidden)),
    b2: np.array(0),
  };
}

/** The squared derivative of the network's value along the turn. */
const tangent = (p: Net, x: Array): Array => np.square(jvp((y: Array) => net(p, y), [x], [turn(x)])[1]);

/** Gradient descent with momentum: the whole training is one compiled loop. */
function train(points: Array, weight: number, steps: number): Net {
  const values = vmap(target)(points);
  const loss = (p: Net): Array => {
    const error = vmap((x: Array) => net(p, x))(points).sub(values);
    const turning = vmap((x: Array) => tangent(p, x))(points);
    return np.mean(np.square(error)).add(np.mean(turning).mul(weight));
  };
  const step = (_: Array, [p, v]: [Net, Net]): [Net, Net] => {
    const speed = tree.map((a: Array, g: Array) => a.mul(0.95).sub(g.mul(0.01)), v, grad(loss)(p));
    return [tree.map((a: Array, b: Array) => a.add(b), p, speed), speed];
  };
  const start = randomNet(5);
  const rest = tree.map((x: Array) => np.zerosLike(x), start);
  return jit((p: Net) => lax.foriLoop(0, steps, step, [p, rest])[0])(start);
}

export interface TangentPropRow {
  readonly weight: number;
  /** Root mean square errors where it was trained, and elsewhere. */
  readonly trained: number;
  readonly tested: number;
  /** Mean square derivative along the turn, elsewhere. */
  readonly turning: number;
}

export function run(steps = 4000): TangentPropRow[] {
  const draw = (seed: number, n: number): Array =>
    random.uniform(random.key(seed), [n, 2], { minval: -1.2, maxval: 1.2 });
  const [points, others] = [draw(7, 24), draw(2, 400)];
  const rows = [0, 0.1, 1].map((weight): TangentPropRow => {
    const p = train(points, weight, steps);
    const error = (xs: Array): number => {
      const e = vmap((x: Array) => net(p, x))(xs).sub(vmap(target)(xs));
      return Number(np.sqrt(np.mean(np.square(e))));
    };
    const turning = Number(np.mean(vmap((x: Array) => tangent(p, x))(others)));
    return { weight, trained: error(points), tested: error(others), turning };
  });
  const heading = [
    "weight of the tangents",
    "error on 24 points",
    "error elsewhere",
    "derivative along the turn",
  ];
  console.log(
    table(
      heading,
      rows.map((r) => [r.weight, r.trained.toFixed(4), r.tested.toFixed(4), r.turning.toExponential(1)]),
    ),
  );
  return rows;
}
