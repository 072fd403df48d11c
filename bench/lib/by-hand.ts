/**
 * @file Products of matrices as one writes them in JavaScript: plain loops, ordered so that memory is read in sequence.
 * Matrices are flat, row by row; sums are kept in the precision of the result.
 */
type Data = Float32Array | Float64Array;

/** out[m, n] = x[m, k] · y[k, n] */
export function matmul<T extends Data>(out: T, x: T, y: T, m: number, k: number, n: number): T {
  out.fill(0);
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++) {
      const a = x[i * k + l];
      const [to, from] = [i * n, l * n];
      for (let j = 0; j < n; j++) out[to + j] += a * y[from + j];
    }
  return out;
}

/** out[k, n] = x[m, k]ᵀ · y[m, n] */
export function matmulLeftTransposed<T extends Data>(out: T, x: T, y: T, m: number, k: number, n: number): T {
  out.fill(0);
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++) {
      const a = x[i * k + l];
      const [to, from] = [l * n, i * n];
      for (let j = 0; j < n; j++) out[to + j] += a * y[from + j];
    }
  return out;
}

/** out[m, k] = x[m, n] · y[k, n]ᵀ */
export function matmulRightTransposed<T extends Data>(
  out: T,
  x: T,
  y: T,
  m: number,
  k: number,
  n: number,
): T {
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += x[i * n + j] * y[l * n + j];
      out[i * k + l] = sum;
    }
  return out;
}
