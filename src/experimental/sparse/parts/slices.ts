/** @file Parts of sparse arrays, and sums over axes. */
import type { NDArray } from "../../../core/array.ts";
import { prod, range } from "../../../base/util.ts";
import { vmap } from "../../../api/vmap.ts";
import * as lax from "../../../lax/plain.ts";
import * as np from "../../../numpy/index.ts";
import { maskOutside, selectEntries } from "./layout.ts";
import { sumDuplicates } from "./order.ts";
import { type Coordinates, coordinates, layoutOf, splitShape } from "./parts.ts";
import { chooseColumns, columns, joinColumns, selectRows, sizesLike } from "./places.ts";
import { squeeze } from "./shapes.ts";

/** What is left of the entries of a part of an array: `to` gives the new position from each column, and which are kept. */
function restrict(
  where: string,
  x: { readonly data: NDArray; readonly indices: NDArray },
  shape: readonly number[],
  nBatch: number,
  to: (column: NDArray, k: number) => readonly [at: NDArray, kept: NDArray],
): Coordinates {
  const nSparse = x.indices.shape[nBatch + 1];
  if (nSparse === 0) return coordinates(x.data, x.indices, shape);
  const sizes = shape.slice(nBatch, nBatch + nSparse);
  const moved = columns(x.indices).map(to);
  const kept = moved.map(([, keep]) => keep).reduce((a, b) => lax.bitwiseAnd(a, b));
  const rows = joinColumns(
    moved.map(([at]) => at),
    x.indices,
  );
  const indices = selectRows(kept, rows, sizesLike(sizes, x.indices));
  const flags = lax.expandDims(kept, range(x.data.ndim - kept.ndim, kept.ndim));
  const out = coordinates(selectEntries(flags, x.data), indices, shape);
  const nse = x.indices.shape[nBatch];
  return nse > prod(sizes) ? { ...sumDuplicates(where, out, prod(sizes)), ...promises } : out;
}

const promises = { indicesSorted: false, uniqueIndices: false } as const;

/** The part of an array between bounds, by steps: [start, end, step] for each axis. */
export function slice(
  where: string,
  x: Coordinates,
  bounds: readonly (readonly [start: number, end: number, step: number])[],
): Coordinates {
  const { nBatch, nSparse } = layoutOf(x);
  const [batch, sparse, dense] = [
    bounds.slice(0, nBatch),
    bounds.slice(nBatch, nBatch + nSparse),
    bounds.slice(nBatch + nSparse),
  ];
  const cut = (a: NDArray, behind: typeof bounds): NDArray => {
    const lanes = batch.map(([from, to, step], i) =>
      a.shape[i] === x.shape[i] ? ([from, to, step] as const) : ([0, a.shape[i], 1] as const),
    );
    const all = [...lanes, ...behind];
    return lax.slice(
      a,
      all.map(([from]) => from),
      all.map(([, to]) => to),
      all.map(([, , step]) => step),
    );
  };
  const whole = (n: number): readonly [number, number, number] => [0, n, 1];
  const nse = x.indices.shape[nBatch];
  const data = cut(x.data, [whole(nse), ...dense]);
  const indices = cut(x.indices, [whole(nse), whole(nSparse)]);
  const shape = bounds.map(([from, to, step]) => Math.ceil((to - from) / step));
  return restrict(where, { data, indices }, shape, nBatch, (c, k) => {
    const [from, to, step] = sparse[k];
    const like = (n: number): NDArray => lax.fullLike(c, n);
    const offset = lax.sub(c, like(from));
    const within = lax.bitwiseAnd(lax.ge(c, like(from)), lax.lt(c, like(to)));
    if (step === 1) return [offset, within];
    const onStep = lax.eq(lax.rem(offset, like(step)), like(0));
    return [lax.div(offset, like(step)), lax.bitwiseAnd(within, onStep)];
  });
}

/** The part of given sizes that begins at places which may be traced: from the end if negative, moved so that it fits. */
export function dynamicSlice(
  where: string,
  x: Coordinates,
  starts: readonly NDArray[],
  sizes: readonly number[],
): Coordinates {
  const { nBatch, nSparse, nse } = layoutOf(x);
  const zero = lax.full([], 0, "int32");
  const at = starts.map((s) => lax.convertElementType(s, "int32"));
  const cut = (a: NDArray, from: readonly NDArray[], behind: readonly number[]): NDArray => {
    const lanes = range(nBatch).map((i) => a.shape[i] === x.shape[i]);
    return lax.dynamicSlice(
      a,
      [...lanes.map((own, i) => (own ? at[i] : zero)), ...from],
      [...lanes.map((own, i) => (own ? sizes[i] : 1)), ...behind],
    );
  };
  const [, , dense] = splitShape(sizes, { nBatch, nSparse });
  const data = cut(x.data, [zero, ...at.slice(nBatch + nSparse)], [nse, ...dense]);
  const indices = cut(x.indices, [zero, zero], [nse, nSparse]);
  return restrict(where, { data, indices }, sizes, nBatch, (c, k) => {
    const size = sizes[nBatch + k];
    const length = x.shape[nBatch + k];
    const given = at[nBatch + k];
    const counted = lax.select(lax.lt(given, 0), lax.add(given, length), given);
    const start = lax.convertElementType(lax.clamp(0, counted, length - size), c.dtype);
    const from = lax.broadcastInDim(start, c.shape, []);
    const offset = lax.sub(c, from);
    const within = lax.bitwiseAnd(lax.ge(offset, lax.fullLike(c, 0)), lax.lt(offset, lax.fullLike(c, size)));
    return [offset, within];
  });
}

/** Slices of one size at many places, [n, axes of `map`]: an array with a batch axis of length n in front. */
export function slicesAt(
  where: string,
  x: Coordinates,
  starts: NDArray,
  map: readonly number[],
  sizes: readonly number[],
  collapsed: readonly number[],
): Coordinates {
  let shape: readonly number[] = [];
  const one = (at: NDArray): NDArray[] => {
    const full = x.shape.map((_, axis): NDArray => {
      const k = map.indexOf(axis);
      return k < 0 ? lax.full([], 0, "int32") : lax.indexInDim(at, k, 0, false);
    });
    const part = squeeze(dynamicSlice(where, x, full, sizes), collapsed);
    shape = part.shape;
    return [part.data, part.indices];
  };
  const [data, indices] = vmap(one)(starts);
  return coordinates(data, indices, [starts.shape[0], ...shape]);
}

/** Sums over axes: the sum over sparse axes is not carried out but left to positions that have become equal. */
export function reduceSum(x: Coordinates, given: readonly number[]): Coordinates {
  const { nBatch, nSparse, nse } = layoutOf(x);
  const axes = [...new Set(given)].sort((a, b) => a - b);
  const dense = axes.filter((a) => a >= nBatch + nSparse).map((a) => a - nSparse + 1);
  let data = maskOutside({ ...x, data: dense.length === 0 ? x.data : lax.reduceSum(x.data, dense) });
  const kept = range(nSparse).filter((k) => !axes.includes(k + nBatch));
  const indices = chooseColumns(x.indices, kept);
  const summed = axes.filter((a) => a < nBatch);
  for (const axis of summed) {
    const n = x.shape[axis];
    const widen = (a: NDArray): NDArray =>
      lax.broadcastInDim(
        a,
        a.shape.map((d, i) => (i === axis ? n : d)),
        range(a.ndim),
      );
    if (data.shape[axis] === indices.shape[axis]) {
      if (data.shape[axis] === 1) data = np.multiply(data, n).astype(data.dtype);
    } else if (data.shape[axis] === 1) data = widen(data);
    else data = lax.expandDims(lax.reduceSum(data, [axis]), [axis]);
  }
  const lanes = range(nBatch).filter((i) => !summed.includes(i));
  const flat = (a: NDArray): NDArray =>
    lax.reshape(
      a,
      [
        ...lanes.map((i) => a.shape[i]),
        nse * prod(summed.map((i) => a.shape[i])),
        ...a.shape.slice(nBatch + 1),
      ],
      [...lanes, ...summed, ...range(a.ndim - nBatch, nBatch)],
    );
  return coordinates(
    flat(data),
    flat(indices),
    x.shape.filter((_, i) => !axes.includes(i)),
  );
}
