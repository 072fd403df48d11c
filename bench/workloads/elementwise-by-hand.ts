/** @file The workloads of elementwise.ts as one writes them in JavaScript, with derivatives worked out by hand. */

const side = 1024;

export function chain(x: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.tanh(x[i]) * x[i] + Math.exp(-x[i] * x[i]);
  return sum;
}

export function chainGradient(xs: Float32Array): Float32Array {
  const out = new Float32Array(xs.length);
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i];
    const t = Math.tanh(x);
    out[i] = t + x * (1 - t * t) - 2 * x * Math.exp(-x * x);
  }
  return out;
}

function softmaxRow(x: Float32Array, from: number, out: Float32Array): void {
  let largest = -Infinity;
  for (let i = from; i < from + side; i++) largest = Math.max(largest, x[i]);
  let sum = 0;
  for (let i = from; i < from + side; i++) {
    const e = Math.exp(x[i] - largest);
    out[i] = e;
    sum += e;
  }
  for (let i = from; i < from + side; i++) out[i] /= sum;
}

export function softmax(x: Float32Array): Float32Array {
  const out = new Float32Array(x.length);
  for (let from = 0; from < x.length; from += side) softmaxRow(x, from, out);
  return out;
}

export function softmaxGradient(x: Float32Array, weights: Float32Array): Float32Array {
  const out = new Float32Array(x.length);
  for (let from = 0; from < x.length; from += side) {
    softmaxRow(x, from, out);
    let mean = 0;
    for (let i = from; i < from + side; i++) mean += out[i] * weights[i];
    for (let i = from; i < from + side; i++) out[i] *= weights[i] - mean;
  }
  return out;
}

/** Mean, and the reciprocal of the standard deviation. */
function moments(x: Float32Array, from: number, epsilon: number): [number, number] {
  let mean = 0;
  for (let i = from; i < from + side; i++) mean += x[i];
  mean /= side;
  let variance = 0;
  for (let i = from; i < from + side; i++) variance += (x[i] - mean) * (x[i] - mean);
  return [mean, 1 / Math.sqrt(variance / side + epsilon)];
}

export function layerNorm(x: Float32Array, epsilon: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let from = 0; from < x.length; from += side) {
    const [mean, scale] = moments(x, from, epsilon);
    for (let i = from; i < from + side; i++) out[i] = (x[i] - mean) * scale;
  }
  return out;
}

export function layerNormGradient(x: Float32Array, weights: Float32Array, epsilon: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let from = 0; from < x.length; from += side) {
    const [mean, scale] = moments(x, from, epsilon);
    let [sum, along] = [0, 0];
    for (let i = from; i < from + side; i++) {
      sum += weights[i];
      along += weights[i] * (x[i] - mean) * scale;
    }
    for (let i = from; i < from + side; i++) {
      const y = (x[i] - mean) * scale;
      out[i] = scale * (weights[i] - sum / side - (y * along) / side);
    }
  }
  return out;
}
