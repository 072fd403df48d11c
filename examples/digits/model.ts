/**
 * @file A small network, 64 → 128 → 10, written for ONE image. `vmap` makes it a function of many.
 */
import { type Array, nn, numpy as np, random, vmap } from "../../src/index.ts";
import type { Examples } from "./data.ts";

export type Layer = { weights: Array; bias: Array };
export type Params = Layer[];

/** Layers of the given sizes, He-initialised. */
export function initParams(sizes: readonly number[], key: random.Key): Params {
  const keys = random.split(key, sizes.length - 1);
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i];
    const weights = random.normal(keys.slice(i), [inputs, outputs], "float32").mul(Math.sqrt(2 / inputs));
    return { weights, bias: np.zeros([outputs], "float32") };
  });
}

/** Scores of the ten digits for one image of 64 pixels. */
export function logits(params: Params, image: Array): Array {
  let x = image;
  params.forEach((layer, i) => {
    x = np.dot(x, layer.weights).add(layer.bias);
    if (i < params.length - 1) x = nn.relu(x);
  });
  return x;
}

/** Cross entropy of one image with its label. */
export function exampleLoss(params: Params, image: Array, label: Array): Array {
  return nn.logSoftmax(logits(params, image)).slice(label).neg();
}

/** The same function over a batch: the parameters are shared (null), images and labels are mapped over (0). */
const losses = vmap(exampleLoss, [null, 0, 0]);

export function batchLoss(params: Params, batch: Examples): Array {
  return losses(params, batch.images, batch.labels).mean();
}

const manyLogits = vmap(logits, [null, 0]);

/** The digit of the highest score for each image. */
export function predict(params: Params, images: Array): Array {
  return manyLogits(params, images).argmax(1);
}

/** Part of the images that are read right. */
export function accuracy(params: Params, { images, labels }: Examples): Array {
  return predict(params, images).equal(labels).mean();
}
