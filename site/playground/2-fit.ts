// A small network fitted to noisy points, by Adam
import { type Array, jit, numpy as np, optim, random, valueAndGrad } from "adjoint";

const [k1, k2, k3] = random.split(random.key(1), 3);
const x = np.linspace(-2, 2, 60).reshape([60, 1]);
const y = np.sin(x.mul(2.5)).add(random.normal(k1, [60, 1]).mul(0.1));

type Weights = { w1: Array; b1: Array; w2: Array };
let weights: Weights = {
  w1: random.normal(k2, [1, 16]),
  b1: np.zeros([16]),
  w2: random.normal(k3, [16, 1]).mul(0.3),
};
const predict = ({ w1, b1, w2 }: Weights, at: Array) => np.tanh(at.matmul(w1).add(b1)).matmul(w2);
const loss = (w: Weights) => np.square(predict(w, x).sub(y)).mean();

const adam = optim.adam(0.03);
let state = adam.init(weights);
const gradient = jit(valueAndGrad(loss), { name: "gradient" });

const losses: number[] = [];
for (let step = 0; step < 300; step++) {
  const [value, slopes] = gradient(weights);
  const [updates, next] = adam.update(slopes, state, weights);
  weights = optim.applyUpdates(weights, updates);
  state = next;
  losses.push(value.item());
}

plot(losses, { title: "loss" });
plot(x.ravel(), [y.ravel(), predict(weights, x).ravel()], { title: "fit", labels: ["points", "network"] });
losses[losses.length - 1];
