/** @file Operations that make, move and join elements. Where a shape is an operand, the type of the result tells it as well. */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { range } from "../../../base/util.ts";
import { denseArray } from "../text/dense.ts";
import type { Call, Handler, Handlers } from "./call.ts";

const constant: Handler = (c) => {
  const value = c.attribute("value");
  if (typeof value !== "object" || !("kind" in value) || value.kind !== "dense")
    throw c.error("expected the attribute value, dense<…>.");
  const aval = c.out();
  const array = denseArray(value, aval);
  return value.splat && aval.ndim > 0 ? lax.broadcast(array, aval.shape) : array;
};

/** Axes of size 1 may be widened as well. */
function broadcastInDim(c: Call): NDArray {
  const { x } = c;
  const { shape } = c.out();
  const dims = c.ints("broadcast_dimensions", []);
  if (
    dims.length !== x.ndim ||
    new Set(dims).size !== dims.length ||
    dims.some((d) => d < 0 || d >= shape.length)
  )
    throw c.error(
      `expected one axis of the result for each of the operand's ${x.ndim}; got [${dims.join(", ")}].`,
    );
  const order = range(dims.length).sort((a, b) => dims[a] - dims[b]);
  const isSorted = order.every((k, i) => k === i);
  return lax.broadcastInDim(
    isSorted ? x : lax.transpose(x, order),
    shape,
    isSorted ? dims : order.map((k) => dims[k]),
  );
}

/** A list as long as the operand has axes. */
function perAxis(c: Call, name: string, ndim: number, fallback?: readonly number[]): number[] {
  const list = c.ints(name, fallback);
  if (list.length !== ndim) throw c.error(`expected ${ndim} numbers for '${name}'; got ${list.length}.`);
  return list;
}

function padded(
  c: Call,
  x: NDArray,
  value: NDArray,
  [low, high, interior]: readonly (readonly number[])[],
): NDArray {
  if ([low, high, interior].some((l) => l.length !== x.ndim))
    throw c.error(`expected padding of ${x.ndim} axes.`);
  return lax.pad(
    x,
    value,
    low.map((l, i): [number, number, number] => [l, high[i], interior[i]]),
  );
}

const pad: Handler = (c) => {
  const [x, value] = c.arrays(2);
  return padded(
    c,
    x,
    value,
    ["edge_padding_low", "edge_padding_high", "interior_padding"].map((n) => c.ints(n)),
  );
};

/** The numbers of an operand that must be a constant. */
function known(c: Call, i: number, what: string): number[] {
  const found = c.constant(i);
  if (found === null)
    throw c.error(`${what} must be constants: only arrays of known shapes can be imported.`);
  return found;
}

const dynamicPad: Handler = (c) => {
  const [x, value] = c.arrays(5);
  return padded(
    c,
    x,
    value,
    [2, 3, 4].map((i) => known(c, i, "the widths")),
  );
};

const slice: Handler = (c) => {
  const { x } = c;
  const [starts, limits, strides] = ["start_indices", "limit_indices", "strides"].map((n) =>
    perAxis(c, n, x.ndim),
  );
  return lax.slice(x, starts, limits, strides);
};

const realDynamicSlice: Handler = (c) => {
  const { x } = c;
  const [starts, limits, strides] = [1, 2, 3].map((i) => known(c, i, "the positions"));
  return lax.slice(x, starts, limits, strides);
};

const getDimensionSize: Handler = (c) => {
  const size = c.x.shape[c.int("dimension")];
  if (size === undefined) throw c.error(`there is no axis ${c.int("dimension")}.`);
  return lax.full([], size, c.dtype);
};

/** A size that is set must be the one that there is. */
const setDimensionSize: Handler = (c) => {
  const [size] = known(c, 1, "the size");
  if (size !== c.x.shape[c.int("dimension")])
    throw c.error("sizes cannot change: only arrays of known shapes can be imported.");
  return c.x;
};

const concatenate: Handler = (c) => {
  const arrays = c.arrays();
  return arrays.length === 1 ? arrays[0] : lax.concatenate(arrays, c.int("dimension"));
};

const reshape: Handler = (c) => lax.reshape(c.x, c.out().shape);
const iota: Handler = (c) => lax.broadcastedIota(c.dtype, c.out().shape, c.int("iota_dimension"));

export const shapes: Handlers = {
  "stablehlo.broadcast": (c) => lax.broadcast(c.x, c.ints("broadcast_sizes")),
  "stablehlo.broadcast_in_dim": broadcastInDim,
  "stablehlo.concatenate": concatenate,
  "stablehlo.constant": constant,
  "stablehlo.dynamic_broadcast_in_dim": broadcastInDim,
  "stablehlo.dynamic_iota": iota,
  "stablehlo.dynamic_pad": dynamicPad,
  "stablehlo.dynamic_reshape": reshape,
  "stablehlo.get_dimension_size": getDimensionSize,
  "stablehlo.iota": iota,
  "stablehlo.pad": pad,
  "stablehlo.real_dynamic_slice": realDynamicSlice,
  "stablehlo.reshape": reshape,
  "stablehlo.reverse": (c) => lax.rev(c.x, c.ints("dimensions")),
  "stablehlo.set_dimension_size": setDimensionSize,
  "stablehlo.slice": slice,
  "stablehlo.transpose": (c) => lax.transpose(c.x, perAxis(c, "permutation", c.x.ndim)),
};
