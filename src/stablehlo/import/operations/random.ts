/**
 * @file Random bits as XLA computes them on CPUs: Philox 4x32 with ten rounds, which is its default there, and Threefry 2x32. A
 * generator's state is a key and a counter, of 64-bit words: one for Threefry, one or two for Philox, whose counter begins with the
 * key in its upper half where the state does not tell it.
 *
 * Sources: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011); xla/hlo/builder/lib/prng.cc.
 */
import type { NDArray } from "../../../core/array.ts";
import { type DType, bitWidth, toDType } from "../../../dtypes/dtype.ts";
import { threefry2x32 } from "../../../lax/random-bits/threefry.ts";
import * as lax from "../../../control-flow/lax.ts";
import { prod, range } from "../../../base/util.ts";
import type { Handler, Handlers } from "./call.ts";

type Words = readonly [NDArray, NDArray];

const scalar = (x: NDArray): NDArray => lax.reshape(x, []);
const like = (x: NDArray, value: number): NDArray => lax.fullLike(x, value);
const number = (value: number): NDArray => lax.full([], value, "uint64");

/** The lower and the upper half of 64-bit words. */
const halves = (x: NDArray): Words => [
  lax.convertElementType(x, "uint32"),
  lax.convertElementType(lax.shiftRightLogical(x, like(x, 32)), "uint32"),
];
const join = ([low, high]: Words): NDArray => {
  const wide = lax.convertElementType(high, "uint64");
  return lax.bitwiseOr(lax.shiftLeft(wide, like(wide, 32)), lax.convertElementType(low, "uint64"));
};

const spread = (x: NDArray, n: number): NDArray => lax.broadcast(x, [n]);
/** `start`, `start + 1` …, modulo 2⁶⁴. */
const counting = (start: NDArray, n: number): NDArray => lax.add(lax.iota("uint64", n), spread(start, n));

const multipliers = [0xd2511f53, 0xcd9e8d57] as const;
const steps = [0x9e3779b9, 0xbb67ae85] as const;

/** Four words out of each counter of four words. */
function philox(counter: readonly NDArray[], key: Words): NDArray[] {
  let [a, b, c, d] = counter;
  const n = a.shape[0];
  for (let round = 0; round < 10; round++) {
    const [k0, k1] = key.map((k, i) => {
      const moved = lax.add(k, like(k, Math.imul(round, steps[i]) >>> 0));
      return spread(moved, n);
    });
    const [ma, mc] = [like(a, multipliers[0]), like(c, multipliers[1])];
    const [lowA, highA] = [lax.mul(a, ma), lax.mulhi(a, ma)];
    const [lowC, highC] = [lax.mul(c, mc), lax.mulhi(c, mc)];
    [a, b, c, d] = [
      lax.bitwiseXor(lax.bitwiseXor(highC, b), k0),
      lowC,
      lax.bitwiseXor(lax.bitwiseXor(highA, d), k1),
      lowA,
    ];
  }
  return [a, b, c, d];
}

/** `count` words of 32 bits and the counter after them; each hash gives four. */
function philoxWords(key: NDArray, counter: readonly NDArray[], count: number): [NDArray, NDArray[]] {
  const n = Math.ceil(count / 4);
  const low = scalar(counter[0]);
  const high = counter.length > 1 ? scalar(counter[1]) : scalar(key);
  const lows = counting(low, n);
  const carry = (x: NDArray): NDArray =>
    lax.convertElementType(lax.lt(x, lax.broadcast(low, x.shape)), "uint64");
  const highs = lax.add(spread(high, n), carry(lows));
  const words = philox([...halves(lows), ...halves(highs)], halves(scalar(key)));
  const end = lax.add(low, number(n));
  const after = [end, lax.add(high, carry(end))].slice(0, counter.length);
  const all = lax.reshape(
    lax.concatenate(
      words.map((w) => lax.reshape(w, [n, 1])),
      1,
    ),
    [4 * n],
  );
  return [lax.slice(all, [0], [count]), after];
}

function philoxBits(key: NDArray, counter: readonly NDArray[], shape: readonly number[], wide: boolean) {
  const size = prod(shape);
  const [words, after] = philoxWords(key, counter, wide ? 2 * size : size);
  if (!wide) return { bits: lax.reshape(words, shape), after };
  const pairs = lax.reshape(words, [size, 2]);
  const part = (k: number): NDArray => lax.reshape(lax.slice(pairs, [0, k], [size, k + 1]), shape);
  return { bits: join([part(0), part(1)]), after };
}

/** The hashes of as many counters as there are elements. */
const threefryHashes = (key: NDArray, counter: NDArray, n: number): Words => {
  const [k0, k1] = halves(scalar(key));
  const [x0, x1] = halves(counting(scalar(counter), n));
  return threefry2x32(spread(k0, n), spread(k1, n), x0, x1);
};

/** Both words of a hash lie beside one another along the first even axis, or the longest one. */
function threefryBits(key: NDArray, [counter]: readonly NDArray[], shape: readonly number[], wide: boolean) {
  const next = (n: number): NDArray[] => [lax.add(scalar(counter), number(n))];
  const size = prod(shape);
  if (wide) return { bits: lax.reshape(join(threefryHashes(key, counter, size)), shape), after: next(size) };
  const full = shape.length === 0 ? [1] : shape;
  const even = full.findIndex((d) => d % 2 === 0);
  const axis = even >= 0 ? even : full.indexOf(Math.max(...full));
  const half = full.map((d, i) => (i === axis ? Math.ceil(d / 2) : d));
  const n = prod(half);
  const parts = threefryHashes(key, counter, n).map((w) =>
    lax.reshape(w, [...half.slice(0, axis + 1), 1, ...half.slice(axis + 1)]),
  );
  const pairs = lax.reshape(
    lax.concatenate(parts, axis + 1),
    half.map((d, i) => (i === axis ? 2 * d : d)),
  );
  const bits = lax.slice(
    pairs,
    full.map(() => 0),
    full,
  );
  return { bits: lax.reshape(bits, shape), after: next(n) };
}

/** The unsigned integers as wide as a dtype. */
const bitsDType = (dtype: DType): DType => toDType(`uint${bitWidth(dtype)}`, "rng_bit_generator");

const rngBitGenerator: Handler = (c) => {
  const algorithm = c.word("rng_algorithm", ["DEFAULT", "THREE_FRY", "PHILOX"], "DEFAULT");
  const isThreefry = algorithm === "THREE_FRY";
  const { shape, dtype } = c.out(1);
  const { x } = c;
  if (x.dtype !== "uint64" || x.ndim !== 1 || !(x.size === 2 || (x.size === 3 && !isThreefry)))
    throw c.error(`expected a state of ${isThreefry ? "2" : "2 or 3"} words, ui64; got ${x.aval.short()}.`);
  const [key, ...counter] = range(x.size).map((i) => lax.slice(x, [i], [i + 1]));
  const wide = bitWidth(dtype) === 64;
  const { bits, after } = (isThreefry ? threefryBits : philoxBits)(key, counter, shape, wide);
  const narrow = lax.convertElementType(bits, bitsDType(dtype));
  const state = lax.concatenate([key, ...after.map((w) => lax.reshape(w, [1]))], 0);
  return [state, lax.bitcastConvertType(narrow, dtype)];
};

const rng: Handler = (c) => {
  throw c.error(
    "it gives other numbers at each run, of a generator that has no key. Draw them with a key " +
      "(jax.random, jax.lax.rng_bit_generator) before the program is exported.",
  );
};

export const random: Handlers = {
  "stablehlo.rng": rng,
  "stablehlo.rng_bit_generator": rngBitGenerator,
};
