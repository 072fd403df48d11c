/** @file Inputs of the benchmarks: random numbers that are the same in every run. */

/** Uniform in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function uniform32(n: number, seed = 1): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length: n }, next);
}

/** Normally distributed, by Box and Muller's method. */
export function normal64(n: number, seed = 1, scale = 1): Float64Array {
  const next = generator(seed);
  return Float64Array.from(
    { length: n },
    () => scale * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}

export const normal32 = (n: number, seed = 1, scale = 1): Float32Array =>
  Float32Array.from(normal64(n, seed, scale));
