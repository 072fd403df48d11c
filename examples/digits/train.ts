/**
 * @file The training loop: minibatches, gradients, Adam steps.
 */
import { random } from "../../src/index.ts";
import { adamInit, adamStep } from "./adam.ts";
import type { Digits } from "./data.ts";
import { type Params, accuracy, batchLoss, initParams, lossAndGradient } from "./model.ts";

export interface TrainOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly rate: number;
  readonly seed: number;
}

/** What is known after each batch. The held-back data are measured once per epoch. */
export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  /** Part of the training that is done. */
  readonly done: number;
  readonly trainLoss: number;
  readonly testLoss: number;
  readonly testAccuracy: number;
  readonly endOfEpoch: boolean;
}

export interface Trained {
  readonly params: Params;
  readonly accuracy: number;
  /** Per epoch. */
  readonly trainLosses: readonly number[];
  readonly testLosses: readonly number[];
}

export function train(
  { train: data, test }: Digits,
  { epochs, batchSize, rate, seed }: TrainOptions,
  report: (progress: Progress) => void,
): Trained {
  const n = data.labels.length;
  const batches = Math.floor(n / batchSize);
  let params = initParams([64, 64, 10], seed);
  let state = adamInit(params);
  const trainLosses: number[] = [];
  const testLosses: number[] = [];
  let testLoss = NaN;
  let testAccuracy = accuracy(params, test);

  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = random.permutation(random.foldIn(random.key(seed), epoch), n);
    const cooled = rate * 0.5 * (1 + Math.cos((Math.PI * (epoch - 1)) / epochs));
    let sum = 0;
    for (let b = 0; b < batches; b++) {
      const rows = order.slice([b * batchSize, (b + 1) * batchSize]);
      const batch = { images: data.images.slice(rows), labels: data.labels.slice(rows) };
      const [loss, gradient] = lossAndGradient(params, batch);
      [params, state] = adamStep(params, gradient, state, { rate: cooled });
      sum += Number(loss);
      const endOfEpoch = b === batches - 1;
      if (endOfEpoch) {
        testLoss = Number(batchLoss(params, test));
        testAccuracy = accuracy(params, test);
      }
      const done = (epoch - 1 + (b + 1) / batches) / epochs;
      report({ epoch, epochs, done, trainLoss: sum / (b + 1), testLoss, testAccuracy, endOfEpoch });
    }
    trainLosses.push(sum / batches);
    testLosses.push(testLoss);
  }
  return { params, accuracy: testAccuracy, trainLosses, testLosses };
}
