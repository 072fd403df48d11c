/** @file The loops of loops.ts as one writes them in JavaScript. */

export function mandelbrotByHand(as: Float32Array, bs: Float32Array, iterations: number): Float32Array {
  const { fround } = Math;
  const out = new Float32Array(as.length);
  for (let k = 0; k < as.length; k++) {
    const [a, b] = [as[k], bs[k]];
    let x = fround(0);
    let y = fround(0);
    let count = 0;
    for (let i = 0; i < iterations; i++) {
      const xx = fround(x * x);
      const yy = fround(y * y);
      if (!(fround(xx + yy) < 4)) break;
      count++;
      y = fround(fround(fround(x * y) * 2) + b);
      x = fround(fround(xx - yy) + a);
    }
    out[k] = count;
  }
  return out;
}

interface Regression {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly q: Float64Array;
  readonly p: Float64Array;
}

/** The gradient of the energy. */
function forceByHand(q: Float64Array, { x, y }: Regression, out: Float64Array): void {
  const n = q.length;
  out.set(q);
  for (let i = 0; i < y.length; i++) {
    let z = 0;
    for (let j = 0; j < n; j++) z += x[i * n + j] * q[j];
    const residual = 1 / (1 + Math.exp(-z)) - y[i];
    for (let j = 0; j < n; j++) out[j] += residual * x[i * n + j];
  }
}

/** Position and momentum at the end. The force at the end of a step is that at the beginning of the next. */
export function trajectoryByHand(data: Regression, steps: number, h: number): [Float64Array, Float64Array] {
  const [q, p] = [data.q.slice(), data.p.slice()];
  const force = new Float64Array(q.length);
  forceByHand(q, data, force);
  for (let s = 0; s < steps; s++) {
    for (let j = 0; j < q.length; j++) {
      p[j] -= (h / 2) * force[j];
      q[j] += h * p[j];
    }
    forceByHand(q, data, force);
    for (let j = 0; j < q.length; j++) p[j] -= (h / 2) * force[j];
  }
  return [q, p];
}

/** 1 where the index is a prime (and at 0 and 1). */
export function sieveByHand(n: number): Uint8Array {
  const prime = new Uint8Array(n).fill(1);
  for (let i = 2; i * i < n; i++) if (prime[i] === 1) for (let j = i * i; j < n; j += i) prime[j] = 0;
  return prime;
}
