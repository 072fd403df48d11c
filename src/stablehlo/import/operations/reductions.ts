/**
 * @file Reductions, of axes and of sliding windows. Regions that mean one operation become its reduction, the choice of an
 * extremum with its position an argmax; others are run on elements, in order.
 */
import { ConcreteArray, type NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { integerLimits } from "../../../loops/ir/values.ts";
import { type DType, isComplex, isFloat } from "../../../dtypes/dtype.ts";
import { range } from "../../../base/util.ts";
import type { Call, Handler, Handlers } from "./call.ts";
import { meaningOf, positionMeaning } from "./bodies.ts";
import { eachElement } from "./indexing.ts";

interface Monoid {
  readonly over: (x: NDArray, axes: readonly number[]) => NDArray;
  readonly combine: (x: NDArray, y: NDArray) => NDArray;
  readonly along: ((x: NDArray, axis: number, reverse: boolean) => NDArray) | null;
}

const monoids: Readonly<Record<string, Monoid>> = {
  add: { over: lax.reduceSum, combine: lax.add, along: lax.cumsum },
  multiply: { over: lax.reduceProd, combine: lax.mul, along: lax.cumprod },
  maximum: { over: lax.reduceMax, combine: lax.max, along: lax.cummax },
  minimum: { over: lax.reduceMin, combine: lax.min, along: lax.cummin },
  and: { over: lax.reduceAnd, combine: lax.bitwiseAnd, along: null },
  or: { over: lax.reduceOr, combine: lax.bitwiseOr, along: null },
  xor: { over: lax.reduceXor, combine: lax.bitwiseXor, along: null },
};

/** Of booleans, sums are or, products and. */
const ofBool: Readonly<Record<string, string>> = {
  add: "or",
  maximum: "or",
  multiply: "and",
  minimum: "and",
};

function monoidOf(c: Call, region: number, dtype: DType): (Monoid & { readonly name: string }) | null {
  const meaning = meaningOf(c.block(region, 2));
  const name = dtype === "bool" ? (ofBool[meaning] ?? meaning) : meaning;
  if (isComplex(dtype) && name !== "add" && name !== "multiply") return null;
  return Object.hasOwn(monoids, name) ? { ...monoids[name], name } : null;
}

/** The values that change nothing. */
function identities(name: string, dtype: DType): readonly number[] {
  if (name === "add" || name === "or" || name === "xor") return [0];
  if (name === "multiply" || (name === "and" && dtype === "bool")) return [1];
  if (isFloat(dtype)) return name === "maximum" ? [-Infinity] : name === "minimum" ? [Infinity] : [];
  if (dtype === "bool" || isComplex(dtype)) return [];
  const [low, high] = integerLimits(dtype).map(Number);
  return name === "maximum" ? [low] : name === "minimum" ? [high] : [];
}

/** Whether starting from a value is the same as starting from nothing. */
function isIdentity(init: NDArray, name: string): boolean {
  if (!(init instanceof ConcreteArray)) return false;
  const values = Array.from(init.dataSync(), Number);
  const known = identities(name, init.dtype);
  return (
    values.length > 0 && values.every((v, i) => (i === 0 ? known.some((k) => Object.is(k, v)) : v === 0))
  );
}

/** The operands and the initial values: as many of both. */
function halves(c: Call): [NDArray[], NDArray[]] {
  const arrays = c.arrays();
  const n = arrays.length / 2;
  if (!Number.isInteger(n) || n === 0)
    throw c.error(`expected as many initial values as operands; got ${arrays.length} operands.`);
  return [arrays.slice(0, n), arrays.slice(n)];
}

/** Argmax and argmin, with the extremum itself. */
function positions(
  c: Call,
  [x, index]: readonly NDArray[],
  inits: readonly NDArray[],
  axes: readonly number[],
): NDArray[] | null {
  const meaning = positionMeaning(c.block(0, 4));
  const from = c.op.operands[1].from?.op;
  if (meaning === null || axes.length !== 1 || from?.name !== "stablehlo.iota") return null;
  if (from.attributes.get("iota_dimension") !== axes[0] || isComplex(x.dtype) || x.shape[axes[0]] === 0)
    return null;
  const extremum = meaning === "max" ? "maximum" : "minimum";
  const isStart =
    x.dtype === "bool" ? c.constant(2)?.[0] === (meaning === "max" ? 0 : 1) : isIdentity(inits[0], extremum);
  if (!isStart || c.constant(3)?.[0] !== 0) return null;
  const [arg, value] = meaning === "max" ? [lax.argmax, monoids.maximum] : [lax.argmin, monoids.minimum];
  const over = x.dtype === "bool" ? (meaning === "max" ? lax.reduceOr : lax.reduceAnd) : value.over;
  return [over(x, axes), arg(x, axes[0], index.dtype)];
}

const reduce: Handler = (c) => {
  const [xs, inits] = halves(c);
  const axes = c.ints("dimensions");
  if (xs.length === 1) {
    const monoid = monoidOf(c, 0, xs[0].dtype);
    if (monoid !== null) {
      const reduced = monoid.over(xs[0], axes);
      return isIdentity(inits[0], monoid.name)
        ? reduced
        : monoid.combine(lax.broadcast(inits[0], reduced.shape), reduced);
    }
  } else if (xs.length === 2) {
    const found = positions(c, xs, inits, axes);
    if (found !== null) return found;
  }
  const combine = c.region(0, 2 * xs.length);
  return lax.reduce(xs, inits, (acc: NDArray[], x: NDArray[]) => combine([...acc, ...x]), axes);
};

interface Windows {
  readonly size: number[];
  readonly strides: number[];
  readonly padding: [number, number][];
  readonly base: number[];
  readonly dilation: number[];
}

function windowsOf(c: Call, ndim: number): Windows {
  const ones = range(ndim).map(() => 1);
  const read = (name: string, fallback?: number[]): number[] => {
    const list = c.ints(name, fallback);
    if (list.length !== ndim) throw c.error(`expected ${ndim} numbers for '${name}'; got ${list.length}.`);
    return list;
  };
  const pads = c.ints(
    "padding",
    [...ones, ...ones].map(() => 0),
  );
  if (pads.length !== 2 * ndim) throw c.error(`expected ${ndim} pairs for 'padding'.`);
  return {
    size: read("window_dimensions"),
    strides: read("window_strides", ones),
    padding: ones.map((_, i): [number, number] => [pads[2 * i], pads[2 * i + 1]]),
    base: read("base_dilations", ones),
    dilation: read("window_dilations", ones),
  };
}

/** The axis along which windows grow from one end, and whether from the last; null if they are others. */
function runningAxis(w: Windows, shape: readonly number[]): { axis: number; reverse: boolean } | null {
  const axis = w.size.findIndex((s) => s !== 1);
  if (axis < 0 || w.size[axis] !== shape[axis]) return null;
  const others = range(shape.length).filter((k) => k !== axis);
  const plain = [...w.strides, ...w.base, ...w.dilation].every((v) => v === 1);
  if (!plain || others.some((k) => w.size[k] !== 1 || w.padding[k].some((p) => p !== 0))) return null;
  const [low, high] = w.padding[axis];
  const reach = shape[axis] - 1;
  if (low === reach && high === 0) return { axis, reverse: false };
  return low === 0 && high === reach ? { axis, reverse: true } : null;
}

/** Axes of windows behind those of their places: of an array that is padded with a value. */
function patches(x: NDArray, fill: NDArray, w: Windows): NDArray {
  const wide = lax.pad(
    x,
    fill,
    w.padding.map(([low, high], i): [number, number, number] => [low, high, w.base[i] - 1]),
  );
  let out = wide;
  range(x.ndim).forEach((k) => {
    const reach = (w.size[k] - 1) * w.dilation[k] + 1;
    const count = Math.max(0, Math.floor((wide.shape[k] - reach) / w.strides[k]) + 1);
    const grid = [count, w.size[k]];
    const steps = (axis: number, by: number): NDArray => {
      const i = lax.broadcastedIota("int32", grid, axis);
      return lax.mul(i, lax.fullLike(i, by));
    };
    const places = lax.add(steps(0, w.strides[k]), steps(1, w.dilation[k]));
    out = lax.gather(
      out,
      lax.reshape(places, [...grid, 1]),
      {
        offsetDims: range(out.ndim + 1).filter((d) => d !== k && d !== out.ndim),
        collapsedSliceDims: [k],
        startIndexMap: [k],
      },
      out.shape.map((d, i) => (i === k ? 1 : d)),
      { mode: "clip" },
    );
  });
  return out;
}

const reduceWindow: Handler = (c) => {
  const [xs, inits] = halves(c);
  const [x] = xs;
  const w = windowsOf(c, x.ndim);
  const monoid = xs.length === 1 ? monoidOf(c, 0, x.dtype) : null;
  if (monoid !== null) {
    const running = runningAxis(w, x.shape);
    if (running !== null && monoid.along !== null && isIdentity(inits[0], monoid.name))
      return monoid.along(x, running.axis, running.reverse);
    return lax.reduceWindow(x, inits[0], monoid.combine, w.size, w.strides, w.padding, w.base, w.dilation);
  }
  const combine = c.region(0, 2 * xs.length);
  return lax.reduce(
    xs.map((y, i) => patches(y, inits[i], w)),
    inits,
    (acc: NDArray[], y: NDArray[]) => combine([...acc, ...y]),
    range(x.ndim).map((k) => x.ndim + k),
  );
};

/** In each window the place that the first region selects; there the sources are combined by the second one. */
const selectAndScatter: Handler = (c) => {
  const [x, source, init] = c.arrays(3);
  const w = { ...windowsOf(c, x.ndim) };
  const flat = lax.reshape(lax.iota("int32", x.size), x.shape);
  const select = c.region(0, 2);
  const pick = ([v, i]: NDArray[], [u, j]: NDArray[]): NDArray[] => {
    const none = lax.lt(i, lax.fullLike(i, 0));
    const [better] = select([v, u]);
    const stays = lax.bitwiseOr(lax.lt(j, lax.fullLike(j, 0)), lax.bitwiseAnd(lax.bitwiseNot(none), better));
    return [lax.select(stays, v, u), lax.select(stays, i, j)];
  };
  const outside = lax.full([], -1, "int32");
  const [, places] = lax.reduce(
    [patches(lax.stopGradient(x), init, w), patches(flat, outside, w)],
    [lax.full([], 0, x.dtype), outside],
    pick,
    range(x.ndim).map((k) => x.ndim + k),
  );
  const numbers = { updateWindowDims: [], insertedWindowDims: [0], scatterDimsToOperandDims: [0] };
  const start = lax.full([x.size], init);
  const [indices, updates] = [lax.reshape(places, [source.size, 1]), lax.reshape(source, [source.size])];
  if (meaningOf(c.block(1, 2)) === "add" && x.dtype !== "bool")
    return lax.reshape(lax.scatterAdd(start, indices, updates, numbers, { mode: "drop" }), x.shape);
  const combine = c.region(1, 2);
  const steps = (i: NDArray, out: NDArray): NDArray => {
    const at = lax.reshape(lax.dynamicIndexInDim(indices, i, 0, false), []);
    const old = lax.dynamicIndexInDim(out, lax.max(at, lax.fullLike(at, 0)), 0, false);
    const [made] = combine([old, lax.dynamicIndexInDim(updates, i, 0, false)]);
    const kept = lax.select(lax.lt(at, lax.fullLike(at, 0)), old, made);
    return lax.dynamicUpdateIndexInDim(out, kept, lax.max(at, lax.fullLike(at, 0)), 0);
  };
  return lax.reshape(lax.foriLoop(0, source.size, steps, start), x.shape);
};

const map: Handler = (c) => {
  const xs = c.arrays();
  return eachElement(c.region(0, xs.length), xs);
};

export const reductions: Handlers = {
  "stablehlo.map": map,
  "stablehlo.reduce": reduce,
  "stablehlo.reduce_window": reduceWindow,
  "stablehlo.select_and_scatter": selectAndScatter,
};
