/**
 * @file Reading and updating by index: what `x.slice(...)` and `x.at(...)` do.
 *
 * Static numbers and slices become slices and reshapes, a traced number a dynamic slice, anything else one gather or
 * scatter. Out of bounds: a static number is an error; positions held in arrays are clamped when read and dropped when
 * written, as in JAX, unless `mode` says otherwise. Source: jax.numpy.ndarray.at, NumPy's "Indexing on ndarrays".
 */
import { show } from "../../base/checks.ts";
import { type ArrayLike, ConcreteArray, NDArray, scalarOf } from "../../core/array.ts";
import { type Scalar, isInexact } from "../../dtypes/dtype.ts";
import { evalTrace } from "../../core/eval.ts";
import type { IndexEntry, IndexOptions, IndexUpdater } from "../../core/methods.ts";
import { shapeString } from "../../dtypes/shape.ts";
import { currentTrace } from "../../core/trace.ts";
import { isDynamic, narrowed, settled, withPart } from "./dynamic-slice.ts";
import { ArgumentError, DTypeError, ShapeError, checkOptions } from "../../base/errors.ts";
import { vmapFlat } from "../../interpreters/batching.ts";
import { asArray, promote } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { broadcastToShape } from "../../lax/shapes/movement.ts";
import { arraysEqual, prod, range } from "../../base/util.ts";
import { promoteInexact } from "../operands/promote.ts";
import { flatten } from "../operands/shapes.ts";
import { type AxisEntry, type Entry, type ParsedIndex, parseIndex } from "./parse.ts";
import { type IndexPlan, planIndex } from "./plan.ts";
import { constantIndex, isHost } from "./positions.ts";

const optionNames = ["mode", "fillValue", "indicesAreSorted", "uniqueIndices"] as const;
const modes = ["clip", "drop", "fill", "promiseInBounds"];

function checkIndexOptions(where: string, options: IndexOptions | undefined): IndexOptions {
  if (options === undefined) return {};
  checkOptions(where, options, optionNames);
  const { mode } = options;
  if (mode !== undefined && mode !== null && !modes.includes(mode)) {
    throw new ArgumentError(`${where}: unknown mode ${show(mode)}; expected one of ${modes.join(", ")}.`);
  }
  return options;
}

/** Known 0-d positions become numbers, clamped into the axis; everything else stays. */
function settle(parsed: ParsedIndex): ParsedIndex {
  let axis = 0;
  const entries = parsed.entries.map((e): Entry => {
    if (e.kind === "new") return e;
    const size = parsed.shape[axis++];
    if (e.kind !== "array" || !isHost(e.positions) || e.positions.shape.length > 0) return e;
    const at = e.positions.data[0];
    return { kind: "int", at: Math.min(Math.max(at < 0 ? at + size : at, 0), size - 1) };
  });
  return { ...parsed, entries };
}

interface Span {
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

/** What an entry covers of its axis, in increasing order; of positions that the program computes, the whole axis. */
function spanOf(e: AxisEntry, size: number): Span {
  if (e.kind === "int") return { start: e.at, size: 1, step: 1 };
  if (e.kind === "array") return { start: 0, size, step: 1 };
  const isForward = e.step > 0 || e.size === 0;
  return {
    start: isForward ? e.start : e.start + (e.size - 1) * e.step,
    size: e.size,
    step: Math.abs(e.step),
  };
}

/** The shape of what an index of numbers, slices and 0-d positions means. */
const basicShape = (entries: readonly Entry[]): number[] =>
  entries.flatMap((e) => (e.kind === "new" ? [1] : e.kind === "slice" ? [e.size] : []));

/** Reads an index of numbers, slices and 0-d positions only: static slices, then one dynamic slice. */
function readBasic(x: NDArray, { entries, shape }: ParsedIndex): NDArray {
  const axes = entries.filter((e) => e.kind !== "new");
  const spans = axes.map((e, i) => spanOf(e, shape[i]));
  const start = spans.map((s) => s.start);
  const size = spans.map((s) => s.size);
  const step = spans.map((s) => s.step);
  const limit = start.map((lo, i) => (size[i] === 0 ? lo : lo + (size[i] - 1) * step[i] + 1));
  let y: NDArray;
  if (isEager(x) && axes.some((e) => e.kind === "int") && step.every((s) => s === 1) && !size.includes(0)) {
    // One compiled program for every position, where a static slice would be compiled for each.
    y = lax.dynamicSlice(x, start.map(position), size);
  } else {
    y = lax.slice(x, start, limit, step);
  }
  const reversed = axes.flatMap((e, i) => (e.kind === "slice" && e.step < 0 && e.size > 1 ? [i] : []));
  if (reversed.length > 0) y = lax.rev(y, reversed);
  if (axes.some((e) => e.kind === "array")) {
    const starts = axes.map((e) => (e.kind === "array" ? (e.positions as NDArray) : position(0)));
    const sizes = size.map((d, i) => (axes[i].kind === "array" ? 1 : d));
    y = lax.dynamicSlice(y, starts, sizes);
  }
  return lax.reshape(y, basicShape(entries));
}

const isEager = (x: NDArray): boolean => x instanceof ConcreteArray && currentTrace() === evalTrace;
const position = (at: number): NDArray => constantIndex(Int32Array.of(at), []);

function readPlan(x: NDArray, plan: IndexPlan, options: IndexOptions): NDArray {
  if (prod(plan.slicedShape) === 0) return lax.full(plan.shape, 0, x.dtype);
  const fills = options.mode === "fill" || options.mode === "drop";
  const mode = fills ? "fill" : (options.mode ?? (options.fillValue === undefined ? "clip" : "fill"));
  const y = lax.gather(
    x,
    plan.indices,
    { offsetDims: plan.windowAxes, collapsedSliceDims: plan.collapsed, startIndexMap: plan.indexMap },
    plan.windowSizes,
    {
      mode,
      fillValue: fillNumber(options.fillValue),
      indicesAreSorted: options.indicesAreSorted,
      uniqueIndices: options.uniqueIndices,
    },
  );
  return lax.reshape(y, plan.shape);
}

function fillNumber(value: ArrayLike | undefined): Scalar | undefined {
  if (value === undefined || typeof value === "number") return value;
  const x = asArray(value, "at(…).get");
  if (x instanceof ConcreteArray && x.ndim === 0) return scalarOf(x);
  throw new ArgumentError("at(…).get: fillValue must be a known number.");
}

/**
 * `x[entries]`, with NumPy's semantics of basic and advanced indexing; see `IndexEntry` for the entries.
 *
 * Positions in arrays that are out of bounds are clamped. Masks must be concrete.
 * @throws IndexError for a static number out of bounds, for too many entries, for a traced mask
 */
export function index(x: ArrayLike, entries: readonly IndexEntry[], options?: IndexOptions): NDArray {
  const a = asArray(x, "slice");
  if (entries.some(isDynamic)) return index(narrowed(a, entries), settled(entries), options);
  const checked = checkIndexOptions("at(…).get", options);
  const raw = parseIndex(entries, a.shape, "slice");
  const safe = checked.mode === undefined || checked.mode === "clip" || checked.mode === "promiseInBounds";
  const clamps = safe && checked.fillValue === undefined;
  const parsed = clamps ? settle(raw) : raw;
  const view = arraysEqual(parsed.shape, a.shape) ? a : lax.reshape(a, parsed.shape);
  const basic = parsed.entries.every((e) => e.kind !== "array" || (clamps && e.positions.shape.length === 0));
  return basic ? readBasic(view, parsed) : readPlan(view, planIndex(parsed), checked);
}

type Scatter = typeof lax.scatter;

function scatter(
  x: NDArray,
  entries: readonly IndexEntry[],
  values: ArrayLike,
  options: IndexOptions,
  op: Scatter,
): NDArray {
  const parsed = parseIndex(entries, x.shape, "at");
  const plan = planIndex(parsed);
  const [operand, updates] = promote("at", x, values);
  const fitted = fit(updates, plan);
  if (prod(plan.slicedShape) === 0) return x;
  const mode = options.mode === "fill" || options.mode === undefined ? "drop" : options.mode;
  const out = op(
    lax.reshape(operand, parsed.shape),
    plan.indices,
    fitted,
    {
      updateWindowDims: plan.windowAxes,
      insertedWindowDims: plan.collapsed,
      scatterDimsToOperandDims: plan.indexMap,
    },
    {
      mode,
      indicesAreSorted: options.indicesAreSorted,
      uniqueIndices: options.uniqueIndices === true || plan.unique,
    },
  );
  return inTypeOf(x, lax.reshape(out, x.shape));
}

/** What an update gives: whatever the dtype of the values, that of the array stays. */
const inTypeOf = (x: NDArray, out: NDArray): NDArray => lax.convertElementType(out, x.dtype, x.weakType);

/** Updates in the shape of the indexed part, without the axes that null entries add. */
function fit(values: NDArray, plan: Pick<IndexPlan, "shape" | "slicedShape">): NDArray {
  const shift = plan.shape.length - values.ndim;
  if (shift < 0 || values.shape.some((d, i) => d !== 1 && d !== plan.shape[shift + i])) {
    throw new ShapeError(
      `at: values of shape ${shapeString(values.shape)} do not broadcast to the indexed part, ${shapeString(plan.shape)}.`,
    );
  }
  return lax.reshape(broadcastToShape(values, plan.shape), plan.slicedShape);
}

/** The one mask that an index consists of, if it is that. */
function soleMask(x: NDArray, entries: readonly IndexEntry[]): NDArray | null {
  const [mask, ...rest] = entries.filter((e) => e !== "...");
  if (!(mask instanceof NDArray) || mask.dtype !== "bool" || mask.ndim === 0 || rest.length > 0) return null;
  if (entries[0] === "..." && mask.ndim !== x.ndim) return null;
  return arraysEqual(mask.shape, x.shape.slice(0, mask.ndim)) ? mask : null;
}

/**
 * An update under a mask, of every element whose mask is true: no positions are needed, so the mask may be traced. Null if
 * there is a value for each true element.
 */
function updateMasked(
  x: NDArray,
  mask: NDArray,
  values: ArrayLike,
  neutral: number,
  op: (x: NDArray, values: NDArray) => NDArray,
): NDArray | null {
  if (asArray(values, "at").ndim > x.ndim - mask.ndim) return null;
  const full = lax.broadcastInDim(mask, x.shape, range(mask.ndim));
  const [a, v] = promote("at", x, values);
  const wide = broadcastToShape(v, x.shape);
  // The second choice keeps the derivatives of elements that stay free of those of `op`.
  const changed = op(lax.select(full, a, neutral), wide);
  return inTypeOf(x, lax.select(full, changed, a));
}

const rules = {
  add: { scatter: lax.scatterAdd, whole: lax.add, neutral: 0 },
  mul: { scatter: lax.scatterMul, whole: lax.mul, neutral: 1 },
  min: { scatter: lax.scatterMin, whole: lax.min, neutral: 0 },
  max: { scatter: lax.scatterMax, whole: lax.max, neutral: 0 },
} as const;

function update(
  x: NDArray,
  entries: readonly IndexEntry[],
  values: ArrayLike,
  options: IndexOptions | undefined,
  name: keyof typeof rules,
): NDArray {
  const checked = checkIndexOptions(`at(…).${name}`, options);
  if (x.dtype === "bool" && asArray(values, "at").dtype === "bool" && (name === "add" || name === "mul")) {
    throw new DTypeError(
      `at(…).${name}: booleans are not added or multiplied; use max for "or", min for "and".`,
    );
  }
  const { scatter: op, whole, neutral } = rules[name];
  const mask = soleMask(x, entries);
  if (mask !== null && !(mask instanceof ConcreteArray)) {
    const out = updateMasked(x, mask, values, neutral, whole);
    if (out !== null) return out;
  }
  return scatter(x, entries, values, checked, op);
}

function set(
  x: NDArray,
  entries: readonly IndexEntry[],
  values: ArrayLike,
  options: IndexOptions | undefined,
): NDArray {
  const checked = checkIndexOptions("at(…).set", options);
  const mask = soleMask(x, entries);
  const masked = mask === null ? null : updateMasked(x, mask, values, 0, (_, v) => v);
  if (masked !== null) return masked;
  const parsed = parseIndex(entries, x.shape, "at");
  const isBlock = parsed.entries.every((e) => e.kind !== "array" && (e.kind !== "slice" || e.step === 1));
  return isBlock ? setBlock(x, parsed, values) : scatter(x, entries, values, checked, lax.scatter);
}

/** Replaces a block at a static place. */
function setBlock(x: NDArray, { entries }: ParsedIndex, values: ArrayLike): NDArray {
  const spans = entries.filter((e) => e.kind !== "new").map((e, i) => spanOf(e, x.shape[i]));
  const sizes = spans.map((s) => s.size);
  const [operand, v] = promote("at", x, values);
  const fitted = fit(v, { shape: basicShape(entries), slicedShape: sizes });
  if (sizes.includes(0)) return x;
  const starts = spans.map((s) => position(s.start));
  const isAll = arraysEqual(sizes, x.shape);
  return inTypeOf(x, isAll ? fitted : lax.dynamicUpdateSlice(operand, fitted, starts));
}

/** Applies `f`, a function of one element, to the indexed elements, as often as each is indexed. */
function apply(
  x: NDArray,
  entries: readonly IndexEntry[],
  f: (x: NDArray) => NDArray,
  options: IndexOptions | undefined,
): NDArray {
  const checked = checkIndexOptions("at(…).apply", options);
  const onEach = (y: NDArray): NDArray => inTypeOf(x, mapElements(f, y));
  const mask = soleMask(x, entries);
  if (mask !== null) return set(x, [mask], onEach(x), undefined);
  if (checked.uniqueIndices === true || isSingle(entries)) {
    return set(x, entries, onEach(index(x, entries, { mode: "clip" })), checked);
  }
  const hits = update(lax.full(x.shape, 0, "int32"), entries, 1, checked, "add");
  const due = index(hits, entries, { mode: "clip" });
  let out = index(x, entries, { mode: "clip" });
  const times = maxRepeats(planIndex(parseIndex(entries, x.shape, "at")), x.shape);
  for (let k = 1; k <= times; k++) out = lax.select(lax.ge(due, k), onEach(out), out);
  return set(x, entries, out, checked);
}

/** Traced positions may all be the same one: up to so many of them, every possible repetition is computed. */
const maxTracedRepeats = 64;

/** How often, at most, an element is meant. */
function maxRepeats({ indices, indexMap }: IndexPlan, shape: readonly number[]): number {
  const columns = indexMap.length;
  const rows = columns === 0 ? 1 : indices.size / columns;
  if (indices instanceof ConcreteArray) {
    // Clamped, since positions outside may be moved inside.
    const data = indices.dataSync().map((v, i) => Math.min(Math.max(v, 0), shape[indexMap[i % columns]] - 1));
    const counts = new Map<string, number>();
    for (let i = 0; i < rows; i++) {
      const row = data.slice(i * columns, (i + 1) * columns).join();
      counts.set(row, (counts.get(row) ?? 0) + 1);
    }
    return Math.max(0, ...counts.values());
  }
  if (rows <= maxTracedRepeats) return rows;
  throw new ArgumentError(
    `at(…).apply: ${rows} traced positions may repeat an element, and how often is not known here; ` +
      "promise that they do not with { uniqueIndices: true }.",
  );
}

function mapElements(f: (x: NDArray) => NDArray, x: NDArray): NDArray {
  if (x.ndim === 0) return f(x);
  const flat = flatten(x);
  const axis = { size: x.size, name: null };
  const [[out], [dim]] = vmapFlat(([e]) => [f(e)], axis, [flat], [0], "at(…).apply");
  if (out.ndim !== (dim === null ? 0 : 1))
    throw new ShapeError("at(…).apply: the function must return a scalar.");
  return dim === null ? lax.full(x.shape, out) : lax.reshape(out, x.shape);
}

/** True if no element can be indexed twice, whatever the values of the entries. */
const isSingle = (entries: readonly IndexEntry[]): boolean =>
  entries.every((e) => !(e instanceof NDArray) || e.dtype === "bool" || e.size <= 1);

/** Updates of the part of an array that dynamic slices leave. */
function partUpdater(x: NDArray, entries: readonly IndexEntry[]): IndexUpdater {
  const part = updater(narrowed(x, entries), settled(entries));
  const back = (updated: NDArray): NDArray =>
    withPart(x, entries, lax.convertElementType(updated, x.dtype), (y, at, values) =>
      set(y, at, values, { mode: "clip" }),
    );
  return {
    get: (options) => part.get(options),
    set: (values, options) => back(part.set(values, options)),
    add: (values, options) => back(part.add(values, options)),
    subtract: (values, options) => back(part.subtract(values, options)),
    mul: (values, options) => back(part.mul(values, options)),
    multiply: (values, options) => back(part.multiply(values, options)),
    divide: (values, options) => back(part.divide(values, options)),
    power: (values, options) => back(part.power(values, options)),
    min: (values, options) => back(part.min(values, options)),
    max: (values, options) => back(part.max(values, options)),
    apply: (f, options) => back(part.apply(f, options)),
  };
}

/** Functional updates of x at an index: the object behind `x.at(...)`. */
export function updater(x: ArrayLike, entries: readonly IndexEntry[]): IndexUpdater {
  const a = asArray(x, "at");
  if (entries.some(isDynamic)) return partUpdater(a, entries);
  const by =
    (name: keyof typeof rules) =>
    (values: ArrayLike, options?: IndexOptions): NDArray =>
      update(a, entries, values, options, name);
  // Dividing and raising by 1 leaves the other elements as they are; repeated indices multiply.
  const scaled = (values: ArrayLike, options?: IndexOptions): NDArray => {
    const [, v] = promote("at", a, values);
    return update(lax.full(a.shape, 1, isInexact(a.dtype) ? a.dtype : v.dtype), entries, v, options, "mul");
  };
  return {
    get: (options) => index(a, entries, options ?? {}),
    set: (values, options) => set(a, entries, values, options),
    add: by("add"),
    subtract: (values, options) => by("add")(lax.neg(promote("at", a, values)[1]), options),
    mul: by("mul"),
    multiply: by("mul"),
    divide: (values, options) => {
      // True division: integers divide as floats.
      const [p, q] = promoteInexact("at(…).divide", a, scaled(values, options));
      return lax.div(p, q);
    },
    power: (values, options) => {
      const [p, q] = promote("at(…).power", a, scaled(values, options));
      return lax.pow(p, q);
    },
    min: by("min"),
    max: by("max"),
    apply: (f, options) => apply(a, entries, f, options),
  };
}
