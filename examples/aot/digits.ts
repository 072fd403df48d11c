/**
 * @file The network of examples/digits, compiled ahead of time: making it, a step of its training with Adam, and reading an image.
 */
import { aot } from "../../src/aot/index.ts";
import { type Array, nn, numpy as np, optim, random, valueAndGrad } from "../../src/index.ts";
import { type Params, batchLoss, initParams, logits } from "../digits/model.ts";
import type { Examples } from "../digits/data.ts";

const sizes = [64, 128, 10] as const;
export const batchSize = 64;
const adam = optim.adam(0.01);

function begin(key: random.Key) {
  const params = initParams(sizes, key);
  return { params, state: adam.init(params) };
}

type State = ReturnType<typeof begin>;

function descend({ params, state }: State, batch: Examples) {
  const [loss, gradient] = valueAndGrad(batchLoss)(params, batch);
  const [updates, next] = adam.update(gradient, state, params);
  return { loss, params: optim.applyUpdates(params, updates) as Params, state: next };
}

const image = np.zeros([64], "float32");
const batch: Examples = {
  images: np.zeros([batchSize, 64], "float32"),
  labels: np.zeros([batchSize], "int32"),
};
const start = begin(random.key(0));

/** The parameters and the optimiser's state, from a random key. */
export const initialise = aot(begin, random.key(0));
/** A step of the training: the loss of a batch, and the next parameters and state. */
export const step = aot(descend, start, batch);
/** The probabilities of the ten digits. */
export const read = aot(
  (params: Params, pixels: Array) => nn.softmax(logits(params, pixels)),
  start.params,
  image,
);
