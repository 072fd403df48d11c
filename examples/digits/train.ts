/**
 * @file The training. An epoch is one compiled program: a `scan` over its batches of gradients and Adam's steps, and the
 * held-back images at its end.
 */
import { type Array as NDArray, jit, lax, optim, random, valueAndGrad } from "../../src/index.ts";
import type { Digits } from "./data.ts";
import { type Params, accuracy, batchLoss, initParams } from "./model.ts";

export interface TrainOptions {
  /** Units between the pixels and the scores. */
  readonly hidden: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly rate: number;
  readonly seed: number;
}

/** What is known after each epoch. */
export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly trainLoss: number;
  readonly testLoss: number;
  readonly testAccuracy: number;
}

export interface Trained {
  readonly params: Params;
  readonly accuracy: number;
  /** Per epoch. */
  readonly trainLosses: readonly number[];
  readonly testLosses: readonly number[];
}

export function train(
  digits: Digits,
  { hidden, epochs, batchSize, rate, seed }: TrainOptions,
  report: (progress: Progress) => void,
): Trained {
  const n = digits.train.labels.length;
  const batches = Math.floor(n / batchSize);
  const tx = optim.adam(optim.cosineDecaySchedule(rate, epochs * batches));
  const key = random.key(seed);
  let params = initParams([64, hidden, 10], key);
  let state = tx.init(params);

  const epoch = jit((p: Params, s: typeof state, k: random.Key, { train: data, test }: Digits) => {
    const step = ([p, s]: readonly [Params, typeof state], [rows, k]: [NDArray, random.Key]) => {
      // an image never looks quite the same twice: there is less to learn by heart
      const noise = random.normal(k, [batchSize, 64], "float32").mul(0.2);
      const batch = { images: data.images.slice(rows).add(noise), labels: data.labels.slice(rows) };
      const [loss, gradient] = valueAndGrad(batchLoss)(p, batch);
      const [updates, next] = tx.update(gradient, s, p);
      return [[optim.applyUpdates(p, updates), next], loss] as const;
    };
    const [forOrder, forNoise] = random.split(k);
    const order = random.permutation(forOrder, n).slice([0, batches * batchSize]);
    const [[end, next], losses] = lax.scan(step, [p, s] as const, [
      order.reshape([batches, batchSize]),
      random.split(forNoise, batches),
    ]);
    return {
      end,
      next,
      trainLoss: losses.mean(),
      testLoss: batchLoss(end, test),
      right: accuracy(end, test),
    };
  });

  const reports: Progress[] = [];
  for (let i = 1; i <= epochs; i++) {
    const { end, next, trainLoss, testLoss, right } = epoch(params, state, random.foldIn(key, i), digits);
    [params, state] = [end, next];
    const [a, b, c] = [trainLoss, testLoss, right].map((x) => x.item());
    reports.push({ epoch: i, epochs, trainLoss: a, testLoss: b, testAccuracy: c });
    report(reports.at(-1)!);
  }
  return {
    params,
    accuracy: reports.at(-1)!.testAccuracy,
    trainLosses: reports.map((r) => r.trainLoss),
    testLosses: reports.map((r) => r.testLoss),
  };
}
