/**
 * @file The derivative of a whole training with respect to its learning rate (Maclaurin et al. 2015): a network is trained
 * in a `scan`, its error on held-back data differentiated through all steps, and the rate and the momentum improved by that.
 */
import { type Array, init, jit, lax, nn, numpy as np, optim, random, valueAndGrad } from "../src/index.ts";
import { readTable } from "./lib/csv.ts";
import { table } from "./lib/table.ts";

interface Net {
  readonly w1: Array; // [10, hidden]
  readonly b1: Array;
  readonly w2: Array; // [hidden]
  readonly b2: Array;
}

/** What is tuned: numbers without bounds. */
interface Settings {
  readonly logRate: Array;
  /** The momentum is the logistic function of this. */
  readonly momentum: Array;
}

interface Examples {
  readonly x: Array; // [n, 10]
  readonly y: Array; // [n]
}

const hidden = 8;

/** The diabetes data, columns of mean 0 and deviation 1: patients to learn from, and others to measure with. */
function loadPatients(): [Examples, Examples] {
  const rows = random.permutation(random.key(0), readTable("diabetes").rows);
  const scaled = rows.sub(rows.mean(0)).div(rows.std(0));
  const part = (some: Array): Examples => ({ x: some.slice("...", [0, -1]), y: some.slice("...", -1) });
  return [part(scaled.slice([0, 300])), part(scaled.slice([300]))];
}

function randomNet(seed: number): Net {
  const [k1, k2] = random.split(random.key(seed));
  return {
    w1: random.normal(k1, [10, hidden]).mul(0.3),
    b1: np.zeros([hidden]),
    w2: random.normal(k2, [hidden]).mul(0.3),
    b2: np.array(0),
  };
}

function error({ w1, b1, w2, b2 }: Net, { x, y }: Examples): Array {
  const predicted = np.matmul(np.tanh(np.matmul(x, w1).add(b1)), w2).add(b2);
  return np.square(predicted.sub(y)).mean();
}

/** The error on `others` after a training of `steps` steps on `data`; and the errors on `data` on the way. */
function trained(settings: Settings, data: Examples, others: Examples, steps: number): [Array, Array] {
  const momentum = nn.sigmoid(settings.momentum);
  const tx = optim.sgd(np.exp(settings.logRate), { momentum });
  const step = ([net, state]: readonly [Net, optim.StateOf<typeof tx, Net>]) => {
    const [value, gradient] = valueAndGrad(error)(net, data);
    const [updates, next] = tx.update(gradient, state, net);
    return [[optim.applyUpdates(net, updates), next], value] as const;
  };
  const net = randomNet(1);
  const [[end], errors] = lax.scan(step, [net, tx.init(net)] as const, null, { length: steps });
  return [error(end, others), errors];
}

/** A step of the improvement. */
export interface HyperGradientStep {
  readonly rate: number;
  readonly momentum: number;
  readonly error: number;
}

export interface HyperGradientResult {
  /** Derivatives by the logarithm of the rate and by the momentum's parameter: reverse mode, and differences. */
  readonly gradient: readonly number[];
  readonly differences: readonly number[];
  readonly path: readonly HyperGradientStep[];
}

export async function run(steps = 100, improvements = 40): Promise<HyperGradientResult> {
  await init();
  const [data, others] = loadPatients();
  const objective = jit((s: Settings) => trained(s, data, others, steps)[0]);
  const objectiveAndGradient = jit(valueAndGrad(objective));
  let settings: Settings = { logRate: np.array(Math.log(0.002)), momentum: np.array(0) };

  const [, { logRate, momentum }] = objectiveAndGradient(settings);
  const h = 1e-5;
  const differences = (["logRate", "momentum"] as const).map((name) => {
    const [up, down] = [h, -h].map((d) => objective({ ...settings, [name]: settings[name].add(d) }));
    return up.sub(down).item() / (2 * h);
  });

  const tx = optim.adam(0.2);
  let state = tx.init(settings);
  const path: HyperGradientStep[] = [];
  for (let i = 0; i < improvements; i++) {
    const [value, slope] = objectiveAndGradient(settings);
    const [rate, momentum] = [np.exp(settings.logRate), nn.sigmoid(settings.momentum)];
    path.push({ rate: rate.item(), momentum: momentum.item(), error: value.item() });
    const [updates, next] = tx.update(slope, state, settings);
    [settings, state] = [optim.applyUpdates(settings, updates), next];
  }

  const gradient = [logRate.item(), momentum.item()];
  console.log(`derivatives of the error after ${steps} steps of training\n`);
  console.log(
    table(
      ["by", "reverse mode", "differences"],
      ["log rate", "momentum"].map((name, i) => [name, gradient[i].toFixed(9), differences[i].toFixed(9)]),
    ),
  );
  const shown = path.filter((_, i) => i % 5 === 0 || i === improvements - 1);
  console.log(
    `\n${table(
      ["step", "rate", "momentum", "error elsewhere"],
      shown.map((r) => [path.indexOf(r), r.rate.toFixed(4), r.momentum.toFixed(3), r.error.toFixed(4)]),
    )}`,
  );
  return { gradient, differences, path };
}
