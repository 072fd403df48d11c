/**
 * @file Demo (`npm run demo`): a small network learns to read 8×8 images of handwritten digits.
 */
import { init } from "../../src/index.ts";
import { loadDigits } from "./data.ts";
import { confusionMatrix, confusionText, showProgress, writePictures } from "./report.ts";
import { train } from "./train.ts";

await init(); // compile to WebAssembly

const heldBack = 360;
const digits = loadDigits(heldBack, 0);
console.log(`${digits.train.labels.length} images to learn from, ${heldBack} held back`);

const start = performance.now();
const trained = train(digits, { hidden: 128, epochs: 30, batchSize: 64, rate: 0.01, seed: 1 }, (p) =>
  showProgress(p),
);
const seconds = ((performance.now() - start) / 1000).toFixed(2);

const matrix = confusionMatrix(trained.params, digits.test);
console.log(`\n${confusionText(matrix)}\n`);
const right = matrix.reduce((n, row, digit) => n + row[digit], 0);
console.log(
  `${right} of ${heldBack} held-back images read right (${((100 * right) / heldBack).toFixed(1)} %) after ${seconds} s`,
);
for (const file of writePictures(trained, digits.test)) console.log(`wrote ${file}`);
