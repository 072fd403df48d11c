/** @file What the workers compute: π by throwing darts, and the gradient of a loss on one part of the data. */
import { type Array, jit, numpy as np, random, valueAndGrad } from "../../src/index.ts";

const inCircle = jit((key: random.Key) => {
  const darts = random.uniform(key, [200_000, 2]);
  return np.mean(np.sum(np.square(darts), 1).less(1).astype("float64")).mul(4);
});

export interface Part {
  readonly w: Array;
  readonly x: Array;
  readonly y: Array;
}

const loss = jit(valueAndGrad(({ w, x, y }: Part) => np.sum(np.square(np.dot(x, w).sub(y)))));

export const tasks = {
  pi: (key: random.Key): Array => inCircle(key),
  /** The value, and the gradient with respect to `w`. */
  loss: (part: Part): { value: Array; slope: Array } => {
    const [value, slopes] = loss(part);
    return { value, slope: slopes.w };
  },
};
