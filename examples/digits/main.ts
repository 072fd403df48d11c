/**
 * @file Demo (`npm run demo`): a small network learns to read 8×8 images of handwritten digits.
 */
import { tree } from "../../src/index.ts";
import { loadDigits } from "./data.ts";
import { initParams } from "./model.ts";
import { confusionMatrix, confusionText, showProgress, writePictures } from "./report.ts";
import { train } from "./train.ts";

const heldBack = 360;
const digits = loadDigits(heldBack, 0);
const weights = tree
  .leaves(initParams([64, 64, 10], 0))
  .reduce((n: number, p) => n + (p as { size: number }).size, 0);
console.log(`${digits.train.labels.length} images to learn from, ${heldBack} held back, ${weights} weights`);

const start = performance.now();
const trained = train(digits, { epochs: 30, batchSize: 64, rate: 0.004, seed: 1 }, (p) => showProgress(p));
const seconds = ((performance.now() - start) / 1000).toFixed(1);

const matrix = confusionMatrix(trained.params, digits.test);
console.log(`\n${confusionText(matrix)}\n`);
const right = matrix.reduce((n, row, digit) => n + row[digit], 0);
console.log(
  `${right} of ${heldBack} held-back images read right (${((100 * right) / heldBack).toFixed(1)} %) after ${seconds} s`,
);
for (const file of writePictures(trained, digits.test)) console.log(`wrote ${file}`);
