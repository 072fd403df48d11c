/**
 * @file Random bits: the Threefry-2x32 hash, and the primitives that apply it to keys and counters.
 *
 * A key is two uint32 words, the last axis of an array. An element's bits are the hash of its key and of its flat position
 * in the array drawn (JAX's `jax_threefry_partitionable`), so a draw does not depend on how the array is split.
 * Sources: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011); jax/_src/random/threefry2x32.py.
 */
import { show } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import type { DType } from "../../dtypes/dtype.ts";
import {
  type PrimitiveDef,
  type Params,
  type Primitive,
  definePrimitive,
  notLinear,
  zeroTangent,
  type NoParams,
} from "../../core/primitive.ts";
import { type ArrayType, checkShape, shapeString } from "../../dtypes/shape.ts";
import { bind, bind1 } from "../../core/trace.ts";
import { ArgumentError, DTypeError, ShapeError } from "../../base/errors.ts";
import { batchElementwise, batchInFront } from "../../interpreters/rules.ts";
import * as e from "../../loops/ir/expressions.ts";
import { flatten, keyOf } from "../../loops/ir/affine.ts";
import type { Expr } from "../../loops/ir/ir.ts";
import { type Pull, elementAt, map, pull } from "../../loops/pull.ts";
import { prod } from "../../base/util.ts";
import { asArray } from "../operands/convert.ts";
import { elementwiseShape, none } from "../families/elementwise.ts";

/** Two 32-bit words: a key, or the hash of a counter. */
export type Words = readonly [Expr, Expr];

const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const same = (e: Expr): Expr => e;

/**
 * The hash of the counter (x1, x2) under a key.
 * @param name names an intermediate value; needed where statements are built, since only the lowerings of arrays share
 * the values of an expression by themselves.
 */
export function threefry([k1, k2]: Words, x1: Expr, x2: Expr, name: (e: Expr) => Expr = same): Words {
  const ks = [k1, k2, name(e.xor(e.xor(k1, k2), 0x1bd11bda))] as const;
  let a = name(e.add(x1, k1));
  let b = name(e.add(x2, k2));
  for (let i = 0; i < 5; i++) {
    for (const r of rotations[i % 2]) {
      a = name(e.add(a, b));
      b = name(e.xor(a, e.or(e.shl(b, r), e.shrl(b, 32 - r))));
    }
    a = name(e.add(a, ks[(i + 1) % 3]));
    b = name(e.add(e.add(b, ks[(i + 2) % 3]), i + 1));
  }
  return [a, b];
}

const zeroWord = e.constant(0, "uint32");

/** The hash of a 32-bit counter: key number `n` of a split, or the bits of element `n` of a draw. */
export function hashAt(key: Words, n: Expr | number, name?: (e: Expr) => Expr): Words {
  const counter = typeof n === "number" ? e.constant(n, "uint32") : e.cast(n, "uint32");
  return threefry(key, zeroWord, counter, name);
}

/** The float of [0, 1) whose mantissa is the hash, as XLA makes it: exact, and equal to bit manipulation of 1.m − 1. */
export function unitFloat([b1, b2]: Words, dtype: DType): Expr {
  if (dtype === "float64") {
    const high = e.mul(e.cast(b1, "float64"), 2 ** -32);
    return e.add(high, e.mul(e.cast(e.shrl(b2, 12), "float64"), 2 ** -52));
  }
  const mixed = e.xor(b1, b2);
  switch (dtype) {
    case "float32":
      return e.mul(e.cast(e.shrl(mixed, 9), "float32"), 2 ** -23);
    case "float16":
      return e.mul(e.cast(e.shrl(e.and(mixed, 0xffff), 6), "float16"), 2 ** -10);
    case "bfloat16":
      return e.mul(e.cast(e.shrl(e.and(mixed, 0xff), 1), "bfloat16"), 2 ** -7);
    default:
      throw new DTypeError(`random floats: expected a floating-point dtype; got ${dtype}.`);
  }
}

/** A function of an index that computes each value once, so that the elements made from one hash share it. */
function memo(f: (index: readonly Expr[]) => Words): (index: readonly Expr[]) => Words {
  const known = new Map<string, Words>();
  return (index) => {
    const key = index.map(keyOf).join(";");
    let words = known.get(key);
    if (words === undefined) known.set(key, (words = f(index)));
    return words;
  };
}

/** Operands of the hash: uint32 of one shape, or 0-d. */
function checkWords(avals: readonly ShapedArray[]): ShapedArray {
  const wrong = avals.find((a) => a.dtype !== "uint32");
  if (wrong !== undefined)
    throw new DTypeError(`threefry2x32: expected uint32 operands; got ${wrong.dtype}.`);
  return shaped(elementwiseShape("threefry2x32", avals), "uint32");
}

export const threefry2x32P: Primitive<NoParams> = definePrimitive({
  name: "threefry2x32",
  kind: "elementwise",
  abstractEval: (avals) => {
    const out = checkWords(avals);
    return [out, out];
  },
  lower: ({ outAvals }, args) => {
    const hash = memo((index) => {
      const [k1, k2, x1, x2] = args.map((x) => elementAt(x, index));
      return threefry([k1, k2], x1, x2);
    });
    return map(
      pull(outAvals[0], (i) => hash(i)[0]),
      pull(outAvals[1], (i) => hash(i)[1]),
    );
  },
  jvp: zeroTangent,
  transpose: notLinear,
  batch: batchElementwise(() => threefry2x32P),
});

/**
 * The Threefry-2x32 hash, 20 rounds, of the counters (x1, x2) under the key (k1, k2): all uint32, of one shape or 0-d.
 * Source: jax.extend.random.threefry2x32_p.
 */
export function threefry2x32(k1: NDArray, k2: NDArray, x1: NDArray, x2: NDArray): [NDArray, NDArray] {
  return bind(threefry2x32P, [k1, k2, x1, x2], none) as [NDArray, NDArray];
}

/** Checks an array of keys and returns the shape without the words. */
export function keysShape(keys: ArrayType, what: string): readonly number[] {
  if (keys.dtype !== "uint32" || keys.ndim === 0 || keys.shape[keys.ndim - 1] !== 2) {
    throw new ShapeError(
      `${what}: expected keys, uint32 with a last axis of size 2; got ${keys.dtype}${shapeString(keys.shape)}. ` +
        `Make a key with random.key(seed).`,
    );
  }
  return keys.shape.slice(0, -1);
}

/** The key at an index of an array of keys. */
export function keyAt(keys: Pull, index: readonly Expr[]): Words {
  const word = (k: number): Expr => keys.at([...index, e.constant(k, "int32")]);
  return [word(0), word(1)];
}

/** One of two words, by an index expression that is 0 or 1. */
function pick(words: Words, which: Expr): Expr {
  if (which.kind === "const") return words[which.value === 0 ? 0 : 1];
  return e.select(e.eq(which, 0), words[0], words[1]);
}

/** A primitive that draws an array per key: the key axes come first, then those of `shape`, then those it adds itself. */
function drawing<P extends Params & { readonly shape: readonly number[] }>(spec: {
  readonly name: string;
  dtype(params: P): DType;
  /** Axes behind those of `shape`. */
  extra(params: P): readonly number[];
  /** The element of a draw, from the hash of its position. */
  element(hash: Words, extra: readonly Expr[], params: P): Expr;
}): Primitive<P> {
  const { name } = spec;
  const def: PrimitiveDef<P> = {
    name,
    kind: "opaque",
    abstractEval: ([keys], params) => {
      checkShape(params.shape, name);
      return [shaped([...keysShape(keys, name), ...params.shape, ...spec.extra(params)], spec.dtype(params))];
    },
    lower: ({ outAvals }, [keys], params) => {
      const { shape } = params;
      const lead = keysShape(keys.aval, name).length;
      const end = lead + shape.length;
      const hash = memo((at) => hashAt(keyAt(keys, at.slice(0, lead)), flatten(at.slice(lead), shape)));
      return map(pull(outAvals[0], (at) => spec.element(hash(at.slice(0, end)), at.slice(end), params)));
    },
    jvp: zeroTangent,
    transpose: notLinear,
    batch: batchInFront(() => self),
  };
  const self = definePrimitive(def);
  return self;
}

type BitsParams = { bitWidth: 8 | 16 | 32 | 64; shape: readonly number[] };

const randomBitsP: Primitive<BitsParams> = drawing<BitsParams>({
  name: "random_bits",
  dtype: ({ bitWidth }) => `uint${bitWidth}` as const,
  extra: () => [],
  element: ([high, low], _, { bitWidth }) => {
    if (bitWidth === 64) return e.or(e.shl(e.cast(high, "uint64"), 32), e.cast(low, "uint64"));
    const mixed = e.xor(high, low);
    return bitWidth === 32 ? mixed : e.cast(mixed, bitWidth === 16 ? "uint16" : "uint8");
  },
});

/**
 * Uniform random bits: unsigned integers of 8, 16, 32 or 64 bits.
 * @param keys uint32[..., 2]; an array of `shape` is drawn from each
 */
export function randomBits(keys: NDArray, shape: readonly number[], bitWidth = 32): NDArray {
  if (bitWidth !== 8 && bitWidth !== 16 && bitWidth !== 32 && bitWidth !== 64)
    throw new ArgumentError(`randomBits: the bit width must be 8, 16, 32 or 64; got ${show(bitWidth)}.`);
  return bind1(randomBitsP, [keys], { bitWidth, shape: checkSize(shape, "randomBits") });
}

type UnitParams = { dtype: DType; shape: readonly number[] };

const randomUnitP: Primitive<UnitParams> = drawing<UnitParams>({
  name: "random_unit",
  dtype: ({ dtype }) => dtype,
  extra: () => [],
  element: (hash, _, { dtype }) => unitFloat(hash, dtype),
});

/** Uniform random floats of [0, 1): as many random bits as the dtype's mantissa has. */
export function randomUnit(keys: NDArray, shape: readonly number[], dtype: DType): NDArray {
  return bind1(randomUnitP, [keys], { dtype, shape: checkSize(shape, "randomUnit") });
}

type SplitParams = { shape: readonly number[] };

const randomSplitP: Primitive<SplitParams> = drawing<SplitParams>({
  name: "random_split",
  dtype: () => "uint32",
  extra: () => [2],
  element: (hash, [word]) => pick(hash, word),
});

/** New keys, `shape` of them from each of `keys`: uint32[..., ...shape, 2]. */
export function randomSplit(keys: NDArray, shape: readonly number[]): NDArray {
  return bind1(randomSplitP, [keys], { shape: checkSize(shape, "randomSplit") });
}

const randomFoldInP: Primitive<NoParams> = definePrimitive({
  name: "random_fold_in",
  kind: "opaque",
  abstractEval: ([keys, data]) => {
    const shape = keysShape(keys, "random_fold_in");
    if (data.dtype !== "uint32" || shapeString(data.shape) !== shapeString(shape)) {
      throw new ShapeError(
        `random.foldIn: expected one uint32 for each of the keys ${shapeString(shape)}; got ${data.dtype}${shapeString(data.shape)}.`,
      );
    }
    return [keys];
  },
  lower: ({ outAvals }, [keys, data]) => {
    const hash = memo((at) => hashAt(keyAt(keys, at), data.at(at)));
    return map(pull(outAvals[0], (at) => pick(hash(at.slice(0, -1)), at[at.length - 1])));
  },
  jvp: zeroTangent,
  transpose: notLinear,
  batch: batchInFront(() => randomFoldInP),
});

/** The keys that belong to some data: a key for each pair of a key and a uint32. */
export function randomFoldIn(keys: NDArray, data: ArrayLike): NDArray {
  return bind1(randomFoldInP, [keys, asArray(data, "randomFoldIn")], none);
}

/** The counter of an element has 32 bits. */
function checkSize(shape: readonly number[], where: string): readonly number[] {
  checkShape(shape, where);
  if (prod(shape) >= 2 ** 31)
    throw new ShapeError(
      `${where}: an array of shape ${shapeString(shape)} is too large; draw fewer than 2^31 elements.`,
    );
  return shape;
}
