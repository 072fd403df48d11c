/**
 * @file How a convolution is computed: as a contraction, without writing out the patches.
 *
 * The input is padded (and dilated) once. An element of it is then at `base + ofTap[k] + ofPlace[j]`, for the k-th of the
 * kernel's elements and the j-th place of the output, whatever strides and dilations are: two small tables. Where places
 * along the last axis are adjacent in the input and there are enough of them, a matrix has the places of one line only, and
 * needs no table of them.
 */
import { type DType, isFloat } from "../../dtypes/dtype.ts";
import { flatten, iadd, intConst, iscale, unflatten } from "../../loops/ir/affine.ts";
import type { Block } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { contractVariable, valueOf } from "../../loops/ir/contract.ts";
import type { Buffer, Expr } from "../../loops/ir/ir.ts";
import { type Pull, inBuffer } from "../../loops/pull.ts";
import { bindShared } from "../../loops/ir/share.ts";
import { prod } from "../../base/util.ts";
import type { ConvParams } from "./conv.ts";
import { dilate } from "../shapes/padding.ts";

/** The input with its padding, in a buffer. */
interface Padded {
  readonly buffer: Buffer;
  readonly spatial: readonly number[];
}

function padInput(b: Block, x: Pull, p: ConvParams): Padded {
  const [n, c, ...sizes] = x.aval.shape as [number, number, ...number[]];
  const plain = sizes.every(
    (_, i) => p.lhsDilation[i] === 1 && p.padding[i][0] === 0 && p.padding[i][1] === 0,
  );
  if (plain) return { buffer: inBuffer(b, x, "input"), spatial: sizes };
  const spatial = sizes.map((d, i) =>
    Math.max(0, dilate(d, p.lhsDilation[i]) + p.padding[i][0] + p.padding[i][1]),
  );
  const shape = [n, c, ...spatial];
  const buffer = b.alloc(x.aval.dtype, Math.max(1, prod(shape)), "padded");
  b.for(0, prod(shape), (inner, i) => inner.store(buffer, i, e.constant(0, x.aval.dtype)));
  const go = (block: Block, axis: number, from: readonly Expr[], to: readonly Expr[]): void => {
    if (axis === sizes.length) {
      const [value] = bindShared(block, [x.at(from)]);
      block.store(buffer, flatten(to, shape), value);
      return;
    }
    const [lo] = p.padding[axis];
    const step = p.lhsDilation[axis];
    const first = Math.max(0, Math.ceil(-lo / step));
    const last = Math.min(sizes[axis] - 1, Math.floor((spatial[axis] - 1 - lo) / step));
    if (first > last) return;
    block.for(
      0,
      last - first + 1,
      (inner, i) => {
        const source = iadd(i, first);
        go(inner, axis + 1, [...from, source], [...to, iadd(iscale(source, step), lo)]);
      },
      `p${axis}`,
    );
  };
  b.nest([n, c], (inner, index) => go(inner, 0, index, index), "n");
  return { buffer, spatial };
}

/** A table of offsets: one for each value of a flat index, from its parts. */
function table(b: Block, shape: readonly number[], strides: readonly number[], name: string): Buffer {
  const buffer = b.alloc("int32", Math.max(1, prod(shape)), name);
  b.nest(shape, (inner, index) => {
    const offset = index.reduce<Expr>((sum, i, axis) => iadd(sum, iscale(i, strides[axis])), intConst(0));
    inner.store(buffer, flatten(index, shape), offset);
  });
  return buffer;
}

/** What it takes to gather one element by tables, and columns that are computed together, both in products. */
const gather = 20;
const panel = 16;

/** Products of a matrix below which many of them cost more than a large one. */
const fewProducts = 30_000;

/** Is a matrix for each line of places, of which the last is filled up, less work than gathering all places? */
function inLines(rows: number, inner: number, width: number, stride: number): boolean {
  const filled = Math.ceil(width / panel) * panel;
  return stride === 1 && rows * inner * width >= fewProducts && rows * (filled - width) < gather * width;
}

/** Places below which the output's batch axis joins them, so that matrices are not too narrow. */
const fewPlaces = 32;

export function emitConv(
  b: Block,
  [x, w]: readonly Pull[],
  out: Buffer,
  outShape: readonly number[],
  p: ConvParams,
): void {
  const [n, o, ...places] = outShape as [number, number, ...number[]];
  const [, perInput, ...taps] = w.aval.shape as [number, number, ...number[]];
  const inner = prod([perInput, ...taps]);
  if (prod(outShape) === 0) return;
  if (inner === 0) {
    b.for(0, out.size, (body, i) => body.store(out, i, e.constant(0, out.dtype)));
    return;
  }
  const sum: DType = isFloat(out.dtype) ? "float64" : out.dtype;
  const padded = padInput(b, x, p);
  const [, channels] = x.aval.shape;
  const area = prod(padded.spatial);
  const axisStride = padded.spatial.map((_, i) => prod(padded.spatial.slice(i + 1)));
  const ofTap = table(
    b,
    [perInput, ...taps],
    [area, ...taps.map((_, i) => axisStride[i] * p.rhsDilation[i])],
    "ofTap",
  );
  const joined = prod(places) < fewPlaces && n > 1;
  const placeStrides = places.map((_, i) => axisStride[i] * p.windowStrides[i]);
  const groups = p.featureGroupCount * p.batchGroupCount;
  const rows = o / groups;
  const last = places.length - 1;
  const byLine = !joined && last >= 0 && inLines(rows, inner, places[last], p.windowStrides[last]);
  const lines = byLine ? places.slice(0, last) : [];
  const ofPlace = byLine
    ? null
    : joined
      ? table(b, [n, ...places], [channels * area, ...placeStrides], "ofPlace")
      : table(b, places, placeStrides, "ofPlace");
  const columns = byLine ? places[last] : prod(places) * (joined ? n : 1);
  const batchShape = [joined ? 1 : n, groups, ...lines];
  const batch = contractVariable("b", prod(batchShape));
  const row = contractVariable("i", rows);
  const column = contractVariable("j", columns);
  const k = contractVariable("k", inner);
  const [image, group, ...line] = unflatten(valueOf(batch), batchShape);
  // With batch groups, a group's images lie behind those of the groups before it.
  const groupStride = p.batchGroupCount > 1 ? n * channels * area : perInput * area;
  const base = iadd(iscale(image, channels * area), iscale(group, groupStride));
  const channel = iadd(iscale(group, rows), valueOf(row));
  const kernel = inBuffer(b, w, "kernel");
  const lineStart = line.reduce((sum, at, axis) => iadd(sum, iscale(at, placeStrides[axis])), base);
  const place = ofPlace === null ? valueOf(column) : e.load(ofPlace, valueOf(column));
  const position = iadd(iadd(lineStart, e.load(ofTap, valueOf(k))), place);
  const target = joined ? b.alloc(out.dtype, out.size, "joined") : out;
  const index = joined
    ? iadd(iscale(channel, columns), valueOf(column))
    : flatten([image, channel, ...line, valueOf(column)], [n, o, ...lines, columns]);
  b.contract({
    batch,
    row,
    column,
    inner: k,
    x: e.cast(e.load(kernel, iadd(iscale(channel, inner), valueOf(k))), sum),
    y: e.cast(e.load(padded.buffer, position), sum),
    sum,
    buffer: target,
    index,
  });
  if (!joined) return;
  const size = prod(places);
  b.nest([n, o, size], (body, [i, c, s]) => {
    const from = iadd(iscale(c, columns), iadd(iscale(i, size), s));
    body.store(out, flatten([i, c, s], [n, o, size]), e.load(target, from));
  });
}
