/**
 * @file Elements of buffers, for all lanes at once. Where the index is a sum of the lanes' variables whose steps nest, as those of
 * rows and columns do, the elements are a slice that is given the shape of the lanes; else they are gathered or scattered.
 */
import { shaped } from "../../../core/aval.ts";
import type { HloValue } from "../../../core/hlo.ts";
import { range } from "../../../base/util.ts";
import { iadd, intConst, iscale, rangeOf, termsOf } from "../../../loops/ir/affine.ts";
import { type Expr, type Load, type Store, numberOf } from "../../../loops/ir/ir.ts";
import { visitExpr } from "../../../loops/ir/traverse.ts";
import type { Lane, Scope, Stored } from "./lanes.ts";
import { combining, convert } from "./scalars.ts";
import { numbersText } from "../types.ts";

/** Where lanes read or write: element `base + Σ stride·i` for lane index i. */
interface Pattern {
  /** Does not depend on lanes. */
  readonly base: Expr;
  /** By lane axis; 0 where the index does not depend on it. */
  readonly strides: readonly number[];
}

/** True if a value is the same in all lanes: nothing in it varies along one. */
function isUniform(e: Expr, scope: Scope): boolean {
  let uniform = true;
  visitExpr(e, (x) => {
    if (x.kind === "local" && (scope.locals.get(x.id)?.type.shape.length ?? 1) > 0) uniform = false;
    if (x.kind === "load") uniform = false;
  });
  return uniform;
}

function patternOf(index: Expr, scope: Scope): Pattern | null {
  const strides = scope.lanes.map(() => 0);
  const { terms, offset } = termsOf(index);
  let base: Expr = intConst(offset);
  for (const { atom, factor } of terms) {
    const k = scope.lanes.findIndex((l) => l.local !== null && l.local === atom);
    if (k !== -1) {
      const { start, step } = scope.lanes[k];
      if (start === null) return null;
      strides[k] += factor * step;
      base = iadd(base, factor * start);
    } else if (isUniform(atom, scope)) base = iadd(base, iscale(atom, factor));
    else return null;
  }
  return { base, strides };
}

/** The lane axes that a pattern moves along, the one with the largest steps first; null unless the steps nest. */
function nesting({ strides }: Pattern, lanes: readonly Lane[]): number[] | null {
  const axes = range(lanes.length).filter((k) => strides[k] !== 0 && lanes[k].count > 1);
  axes.sort((a, b) => strides[b] - strides[a]);
  const nested = axes.every((k, i) => {
    const inner = axes[i + 1] as number | undefined;
    const within = inner === undefined ? 1 : strides[inner] * lanes[inner].count;
    return (
      strides[k] > 0 && strides[k] >= within && (inner === undefined || strides[k] % strides[inner] === 0)
    );
  });
  return nested ? axes : null;
}

/** A slice of elements from a base on. The slice lies within the buffer. */
function sliceFrom(scope: Scope, x: HloValue, base: HloValue | number, length: number): HloValue {
  const { b } = scope;
  const out = shaped([length], x.type.dtype);
  if (length === x.type.size) return x;
  if (typeof base === "number")
    return b.op("slice", [x], out, {
      attributes: { start_indices: [base], limit_indices: [base + length], strides: [1] },
    });
  return b.op("dynamic_slice", [x, base], out, { attributes: { slice_sizes: [length] } });
}

/** What a pattern reads, along all lane axes; null if it must be gathered. */
function readPattern(
  scope: Scope,
  x: HloValue,
  pattern: Pattern,
  of: (e: Expr) => HloValue,
): HloValue | null {
  const { b, lanes } = scope;
  const axes = nesting(pattern, lanes);
  if (axes === null) return null;
  const { strides, base } = pattern;
  const last = axes.reduce((sum, k) => sum + strides[k] * (lanes[k].count - 1), 0);
  const [lo, hi] = rangeOf(base);
  if (!(lo >= 0 && hi + last < x.type.size)) return null;
  const from = base.kind === "const" ? numberOf(base) : of(base);
  if (axes.length === 0) return b.reshape(sliceFrom(scope, x, from, 1), []);
  // The whole rows of the outermost step; at the buffer's end its last row may be cut short.
  const whole = strides[axes[0]] * lanes[axes[0]].count;
  const fits = hi + whole <= x.type.size;
  const cut = sliceFrom(scope, x, from, fits ? whole : last + 1);
  const rows = fits ? cut : padTo(scope, cut, whole);
  const sizes = [lanes[axes[0]].count];
  axes.forEach((k, i) => sizes.push(i + 1 < axes.length ? strides[k] / strides[axes[i + 1]] : strides[k]));
  const grid = b.reshape(rows, sizes);
  const wanted = [...axes.map((k) => lanes[k].count), 1];
  const exact = wanted.every((n, i) => n === sizes[i]);
  const part = exact
    ? grid
    : b.op("slice", [grid], shaped(wanted, x.type.dtype), {
        attributes: {
          start_indices: wanted.map(() => 0),
          limit_indices: wanted,
          strides: wanted.map(() => 1),
        },
      });
  return placed(scope, b.reshape(part, wanted.slice(0, -1)), axes);
}

const padTo = (scope: Scope, x: HloValue, length: number): HloValue =>
  scope.b.op("pad", [x, scope.constant(0, x.type.dtype)], shaped([length], x.type.dtype), {
    attributes: {
      edge_padding_low: [0],
      edge_padding_high: [length - x.type.size],
      interior_padding: [0],
    },
  });

/** Axes in the order of the lanes, and all others. */
function placed(scope: Scope, x: HloValue, axes: readonly number[]): HloValue {
  const { b } = scope;
  const sorted = [...axes].sort((p, q) => p - q);
  const permutation = sorted.map((k) => axes.indexOf(k));
  const inOrder = permutation.every((p, i) => p === i)
    ? x
    : b.op(
        "transpose",
        [x],
        shaped(
          permutation.map((p) => x.type.shape[p]),
          x.type.dtype,
        ),
        { attributes: { permutation } },
      );
  return b.broadcast(inOrder, scope.shape, sorted);
}

/** The number of the lane among those of a buffer's copies, times its size: where its copy begins. */
function copyOffset(scope: Scope, { value, depth }: Stored): HloValue | null {
  if (depth === 0) return null;
  const shape = scope.shape.slice(0, depth);
  const copies = shape.reduce((n, d) => n * d, 1);
  const size = value.type.size / copies;
  const line = scope.b.op("iota", [], shaped([copies], "int32"), { attributes: { iota_dimension: 0 } });
  const scaled = scope.b.op("multiply", [line, scope.b.constant(size, line.type)], line.type);
  return scope.b.reshape(scaled, shape);
}

/** Indices into the tensor of a buffer, along all lane axes of the deeper of the two. */
function positions(scope: Scope, stored: Stored, index: HloValue): HloValue {
  const offset = copyOffset(scope, stored);
  if (offset === null) return index;
  const depth = Math.max(stored.depth, index.type.shape.length);
  const [x, y] = [scope.along(index, depth), scope.along(offset, depth)];
  return scope.b.op("add", [x, y], x.type);
}

/** Indices with a last axis of size 1, as gathers and scatters want them. */
const asColumn = (scope: Scope, at: HloValue): HloValue => scope.b.reshape(at, [...at.type.shape, 1]);

/** The element that each lane reads. */
export function loadElements(scope: Scope, e: Load, of: (e: Expr) => HloValue): HloValue {
  const stored = scope.buffer(e.buffer);
  const { b } = scope;
  if (stored.depth === 0) {
    const pattern = patternOf(e.index, scope);
    const read = pattern === null ? null : readPattern(scope, stored.value, pattern, of);
    if (read !== null) return read;
  }
  const at = positions(scope, stored, of(e.index));
  if (at.type.shape.length === 0) return b.reshape(sliceFrom(scope, stored.value, at, 1), []);
  return b.op("gather", [stored.value, asColumn(scope, at)], shaped(at.type.shape, e.dtype), {
    attributes: {
      dimension_numbers: numbersText("gather", {
        collapsed_slice_dims: [0],
        start_index_map: [0],
        index_vector_dim: at.type.ndim,
      }),
      slice_sizes: [1],
      indices_are_sorted: false,
    },
  });
}

/** True if a pattern writes every element of a buffer, in its order along the lanes. */
function covers({ base, strides }: Pattern, lanes: readonly Lane[], size: number): boolean {
  let step = 1;
  for (let k = lanes.length - 1; k >= 0; k--) {
    if (lanes[k].count > 1 && strides[k] !== step) return false;
    step *= lanes[k].count;
  }
  return step === size && base.kind === "const" && base.value === 0;
}

/** Writes the element of each lane that is on. */
export function storeElements(scope: Scope, s: Pick<Store, "buffer" | "index" | "value">): void {
  const { b, mask } = scope;
  const stored = scope.buffer(s.buffer);
  const { value: old, depth } = stored;
  const value = convert(b, scope.evaluate(s.value), s.buffer.dtype);
  const put = (fresh: HloValue): void => {
    scope.buffers.set(s.buffer.id, { value: fresh, depth });
  };
  const pattern = depth === 0 ? patternOf(s.index, scope) : null;
  if (mask === null && pattern !== null && covers(pattern, scope.lanes, old.type.size)) {
    put(b.reshape(scope.spread(value), [old.type.size]));
    return;
  }
  const at = positions(scope, stored, scope.evaluate(s.index));
  if (scope.lanes.length === 0) {
    const update = b.reshape(value, [1]);
    put(b.op("dynamic_update_slice", [old, update, at], old.type));
    return;
  }
  put(scatter(scope, old, at, value));
}

/** Lanes that are off write behind the end, where nothing is. */
function scatter(scope: Scope, old: HloValue, at: HloValue, value: HloValue): HloValue {
  const { b, mask } = scope;
  const index = scope.spread(at);
  const valid =
    mask === null ? index : b.op("select", [mask, index, b.constant(old.type.size, index.type)], index.type);
  const updates = scope.spread(value);
  return b.op("scatter", [old, asColumn(scope, valid), updates], old.type, {
    attributes: {
      scatter_dimension_numbers: numbersText("scatter", {
        inserted_window_dims: [0],
        scatter_dims_to_operand_dims: [0],
        index_vector_dim: scope.lanes.length,
      }),
      indices_are_sorted: false,
      unique_indices: mask === null,
    },
    regions: [combining("set", old.type.dtype)],
  });
}
