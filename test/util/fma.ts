/**
 * @file a·b + c rounded once, in software.
 *
 * Sums of two floats are computed with their error (Knuth), products likewise (Dekker), and rounded to odd where they are
 * rounded a second time: S. Boldo and G. Melquiond, "Emulation of FMA and correctly rounded sums" (2008).
 */

const view = new DataView(new ArrayBuffer(8));

function bitsOf(x: number): bigint {
  view.setFloat64(0, x);
  return view.getBigInt64(0);
}

function fromBits(bits: bigint): number {
  view.setBigInt64(0, bits);
  return view.getFloat64(0);
}

/** a + b = sum + error. */
function twoSum(a: number, b: number): readonly [sum: number, error: number] {
  const sum = a + b;
  const part = sum - a;
  return [sum, a - (sum - part) + (b - part)];
}

/** a·b = product + error, away from overflow and underflow. */
function twoProduct(a: number, b: number): readonly [product: number, error: number] {
  const split = (x: number): readonly [number, number] => {
    const large = 134217729 * x;
    const high = large - (large - x);
    return [high, x - high];
  };
  const product = a * b;
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  return [product, aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)];
}

/** a + b rounded to odd: an inexact sum whose last bit is even moves towards the exact one. */
function oddSum(a: number, b: number): number {
  const [sum, error] = twoSum(a, b);
  const bits = bitsOf(sum);
  if (error === 0 || bits % 2n !== 0n) return sum;
  return fromBits(bits + (error > 0 === sum > 0 ? 1n : -1n));
}

/** Factors that exact arithmetic is not wanted for: they may leave the range in which errors are floats. */
const extreme = (x: number): boolean => x !== 0 && !(Math.abs(x) > 2 ** -400 && Math.abs(x) < 2 ** 400);

function fma64(a: number, b: number, c: number): number {
  const plain = a * b + c;
  if (a * b === 0 || c === 0 || !Number.isFinite(plain)) return plain;
  if (extreme(a) || extreme(b) || extreme(c)) return scaled(a, b, c);
  const [high, low] = twoProduct(a, b);
  const [sum, error] = twoSum(high, c);
  return sum + oddSum(low, error);
}

/** A float as a whole number times 2^−1074. */
function whole(x: number): bigint {
  const bits = BigInt.asUintN(64, bitsOf(x));
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const size = exponent === 0n ? fraction : (fraction | 0x10000000000000n) << (exponent - 1n);
  return x < 0 ? -size : size;
}

/** By whole numbers of 2^−2148. */
function scaled(a: number, b: number, c: number): number {
  const sum = whole(a) * whole(b) + (whole(c) << 1074n);
  const size = sum < 0n ? -sum : sum;
  const digits = size.toString(2).length;
  // 53 bits are kept, or as many as are above 2^−1074.
  const dropped = BigInt(Math.max(digits - 53, 1074));
  const half = 1n << (dropped - 1n);
  const rest = size & ((1n << dropped) - 1n);
  let kept = size >> dropped;
  if (rest > half || (rest === half && kept % 2n === 1n)) kept += 1n;
  let y = Number(kept);
  for (let e = Number(dropped) - 2148; e !== 0;) {
    const step = Math.max(-1000, Math.min(1000, e));
    y *= 2 ** step;
    e -= step;
  }
  return sum < 0n ? -y : y;
}

/** a·b + c, of floats of 32 or 64 bits. */
export function fma(bits: 32 | 64, a: number, b: number, c: number): number {
  if (bits === 64) return fma64(a, b, c);
  // The product of two float32 is a float64.
  const plain = a * b + c;
  return Number.isFinite(plain) ? Math.fround(oddSum(a * b, c)) : plain;
}
