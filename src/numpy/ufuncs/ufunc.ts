/**
 * @file NumPy's universal functions: the binary element-wise functions with their methods `reduce`, `accumulate`, `outer`,
 * `at` and `reduceat`. Where a reduction of the library does the same (sum for add, maximum …) it is used; otherwise the
 * function is applied along the axis one element at a time.
 */
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, toDType } from "../../dtypes/dtype.ts";
import type { IndexEntry } from "../../core/methods.ts";
import { canonicalAxis, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/index.ts";
import { range } from "../../base/util.ts";
import { type Rest, resolveArgs } from "../operands/args.ts";
import { cumprod, cumsum } from "../reductions/cumulative.ts";
import { index, updater } from "../indexing/indexing.ts";
import { all, any, max, min, prod, sum } from "../reductions/reductions.ts";
import * as arithmetic from "./arithmetic.ts";
import * as logic from "./logic.ts";
import * as math from "./math.ts";
import * as powers from "./power.ts";
import { vectorize } from "./vectorize.ts";

/** Options of a ufunc's `reduce`. */
export interface UfuncReduceOptions {
  readonly axis?: number | null | undefined;
  readonly dtype?: DType | null | undefined;
  readonly out?: null | undefined;
  readonly keepdims?: boolean | undefined;
  readonly initial?: ArrayLike | null | undefined;
  readonly where?: ArrayLike | null | undefined;
}

/** Options of a ufunc's `accumulate` and `reduceat`. */
export interface UfuncAxisOptions {
  readonly axis?: number | undefined;
  readonly dtype?: DType | null | undefined;
  readonly out?: null | undefined;
}

type ReduceRest = Rest<
  [
    axis: number | null,
    dtype: DType | null,
    out: null,
    keepdims: boolean,
    initial: ArrayLike | null,
    where: ArrayLike | null,
  ],
  UfuncReduceOptions
>;
type AxisRest = Rest<[axis: number, dtype: DType | null, out: null], UfuncAxisOptions>;
type IndexArgument = IndexEntry | readonly IndexEntry[];

/** A binary element-wise function with NumPy's methods. */
export interface Ufunc {
  (x: ArrayLike, y: ArrayLike): NDArray;
  /** Number of operands. */
  readonly nin: 2;
  readonly nout: 1;
  readonly nargs: 3;
  /** The value that changes nothing, if there is one. */
  readonly identity: number | boolean | null;
  /** Applies the function along an axis (the first; null: all) until one element is left. */
  reduce(a: ArrayLike, ...rest: ReduceRest): NDArray;
  /** All intermediate results of `reduce` along an axis. */
  accumulate(a: ArrayLike, ...rest: AxisRest): NDArray;
  /** The function of all pairs of elements. */
  outer(a: ArrayLike, b: ArrayLike): NDArray;
  /** `a` with the function applied at an index: `at(a, i, b)` is a new array. */
  at(a: ArrayLike, indices: IndexArgument, b: ArrayLike): NDArray;
  /** Reduces the parts of an axis that begin at the given (static) indices. */
  reduceat(a: ArrayLike, indices: readonly number[], ...rest: AxisRest): NDArray;
}

type Binary = (x: ArrayLike, y: ArrayLike) => NDArray;

/** What is special about one ufunc. */
interface UfuncSpec {
  readonly identity?: number | boolean | null;
  readonly reduce?: (a: ArrayLike, options: UfuncReduceOptions) => NDArray;
  readonly accumulate?: (a: ArrayLike, options: { axis: number; dtype?: DType | undefined }) => NDArray;
  readonly at?: "add" | "multiply" | "min" | "max" | "subtract" | "divide" | "power";
}

const elementsAlong = (x: NDArray, axis: number): NDArray[] =>
  range(x.shape[axis]).map((i) => lax.indexInDim(x, i, axis, false));

function fold(
  name: string,
  f: Binary,
  identity: number | boolean | null,
  a: ArrayLike,
  options: UfuncReduceOptions,
): NDArray {
  const { axis = 0, dtype, keepdims = false, initial, where } = options;
  if (where !== undefined && where !== null)
    throw new ArgumentError(`${name}.reduce: 'where' is not supported for this function.`);
  let x = asArray(a, name);
  if (dtype !== undefined && dtype !== null) x = lax.convertElementType(x, toDType(dtype, name));
  const { shape } = x;
  if (axis === null) x = lax.reshape(x, [x.size]);
  const k = canonicalAxis(axis ?? 0, x.ndim, `${name}.reduce`);
  const parts: ArrayLike[] = elementsAlong(x, k);
  if (initial !== undefined && initial !== null) parts.unshift(initial);
  else if (parts.length === 0 && identity !== null)
    parts.push(
      lax.full(
        x.shape.filter((_, i) => i !== k),
        identity,
        x.dtype,
      ),
    );
  const [first, ...others] = parts;
  if (first === undefined)
    throw new ShapeError(
      `${name}.reduce: axis ${k} of shape ${shapeString(shape)} is empty, and there is no identity.`,
    );
  const out = others.reduce((p, q) => f(p, q), first);
  const result = asArray(out, name);
  if (!keepdims) return result;
  return lax.reshape(
    result,
    shape.map((d, i) => (axis === null || i === k ? 1 : d)),
  );
}

function scan(name: string, f: Binary, a: ArrayLike, axis: number): NDArray {
  const x = asArray(a, name);
  const k = canonicalAxis(axis, x.ndim, `${name}.accumulate`);
  const parts = elementsAlong(x, k);
  if (parts.length === 0) return x;
  const outs: NDArray[] = [];
  for (const part of parts) outs.push(outs.length === 0 ? part : f(outs[outs.length - 1], part));
  return lax.concatenate(
    outs.map((o) => lax.expandDims(lax.convertElementType(o, outs[outs.length - 1].dtype), [k])),
    k,
  );
}

const entriesOf = (indices: IndexArgument): readonly IndexEntry[] =>
  Array.isArray(indices) && indices.some((i) => typeof i !== "number" && i !== null)
    ? (indices as readonly IndexEntry[])
    : [indices as IndexEntry];

/** Gives a binary element-wise function the methods of a ufunc. */
export function makeUfunc(name: string, f: Binary, spec: UfuncSpec = {}): Ufunc {
  const identity = spec.identity ?? null;
  const reduce = (a: ArrayLike, ...rest: ReduceRest): NDArray => {
    const names = ["axis", "dtype", "out", "keepdims", "initial", "where"] as const;
    const options = { axis: 0, ...resolveArgs<UfuncReduceOptions>(`${name}.reduce`, rest, names) };
    return spec.reduce === undefined ? fold(name, f, identity, a, options) : spec.reduce(a, options);
  };
  const accumulate = (a: ArrayLike, ...rest: AxisRest): NDArray => {
    const options = resolveArgs<UfuncAxisOptions>(`${name}.accumulate`, rest, ["axis", "dtype", "out"]);
    const { axis = 0, dtype } = options;
    const x =
      dtype === undefined || dtype === null
        ? a
        : lax.convertElementType(asArray(a, name), toDType(dtype, name));
    return spec.accumulate === undefined ? scan(name, f, x, axis) : spec.accumulate(x, { axis });
  };
  const outer = (a: ArrayLike, b: ArrayLike): NDArray => {
    const [x, y] = [asArray(a, name), asArray(b, name)];
    return f(lax.reshape(x, [...x.shape, ...y.shape.map(() => 1)]), y);
  };
  const at = (a: ArrayLike, indices: IndexArgument, b: ArrayLike): NDArray => {
    const entries = entriesOf(indices);
    const target = updater(a, entries);
    if (spec.at !== undefined) return target[spec.at](b);
    return target.set(f(index(a, entries), b));
  };
  const reduceat = (a: ArrayLike, indices: readonly number[], ...rest: AxisRest): NDArray => {
    const { axis = 0, dtype } = resolveArgs<UfuncAxisOptions>(`${name}.reduceat`, rest, [
      "axis",
      "dtype",
      "out",
    ]);
    const x = asArray(a, name);
    const k = canonicalAxis(axis, x.ndim, `${name}.reduceat`);
    const n = x.shape[k];
    const parts = indices.map((start, i) => {
      if (!Number.isInteger(start) || start < 0 || start >= n)
        throw new ArgumentError(
          `${name}.reduceat: index ${start} is out of bounds for axis ${k} of size ${n}.`,
        );
      const end = indices[i + 1] ?? n;
      const part = lax.sliceInDim(x, start, end > start ? end : start + 1, 1, k);
      return lax.expandDims(reduce(part, { axis: k, dtype }), [k]);
    });
    return lax.concatenate(parts, k);
  };
  const call = (x: ArrayLike, y: ArrayLike): NDArray => f(x, y);
  Object.defineProperty(call, "name", { value: name });
  return Object.assign(call, {
    nin: 2 as const,
    nout: 1 as const,
    nargs: 3 as const,
    identity,
    reduce,
    accumulate,
    outer,
    at,
    reduceat,
  });
}

const logicalReduce =
  (name: string, f: typeof all) =>
  (a: ArrayLike, { axis, dtype, keepdims, initial, where }: UfuncReduceOptions): NDArray => {
    if (initial !== undefined && initial !== null)
      throw new ArgumentError(`${name}.reduce: 'initial' is not supported for this function.`);
    const out = f(a, { axis, keepdims, where });
    return dtype === undefined || dtype === null ? out : lax.convertElementType(out, toDType(dtype, name));
  };

const extremumReduce =
  (f: typeof max) =>
  (a: ArrayLike, { dtype, ...options }: UfuncReduceOptions): NDArray => {
    const out = f(a, options);
    return dtype === undefined || dtype === null
      ? out
      : lax.convertElementType(out, toDType(dtype, "reduce"));
  };

/** x + y; for bool: or. With NumPy's methods: `np.add.reduce(x)`, `np.add.outer(x, y)`. */
export const add = makeUfunc("add", arithmetic.add, {
  identity: 0,
  reduce: sum,
  accumulate: cumsum,
  at: "add",
});
/** x · y; for bool: and. */
export const multiply = makeUfunc("multiply", arithmetic.multiply, {
  identity: 1,
  reduce: prod,
  accumulate: cumprod,
  at: "multiply",
});
/** x − y. */
export const subtract = makeUfunc("subtract", arithmetic.subtract, { at: "subtract" });
/** The larger operand; NaN if either is. At ties the derivative is shared. */
export const maximum = makeUfunc("maximum", powers.maximum, {
  reduce: extremumReduce(max),
  accumulate: (a, { axis }) =>
    lax.cummax(a, canonicalAxis(axis, asArray(a, "maximum").ndim, "maximum.accumulate")),
  at: "max",
});
/** The smaller operand; NaN if either is. At ties the derivative is shared. */
export const minimum = makeUfunc("minimum", powers.minimum, {
  reduce: extremumReduce(min),
  accumulate: (a, { axis }) =>
    lax.cummin(a, canonicalAxis(axis, asArray(a, "minimum").ndim, "minimum.accumulate")),
  at: "min",
});
/** And of the bits of integers; of booleans the logical one. */
export const bitwiseAnd = makeUfunc("bitwiseAnd", logic.bitwiseAnd, { identity: -1 });
/** Or of the bits. */
export const bitwiseOr = makeUfunc("bitwiseOr", logic.bitwiseOr, { identity: 0 });
/** Exclusive or of the bits. */
export const bitwiseXor = makeUfunc("bitwiseXor", logic.bitwiseXor, { identity: 0 });
/** Both are not 0. */
export const logicalAnd = makeUfunc("logicalAnd", logic.logicalAnd, {
  identity: true,
  reduce: logicalReduce("logicalAnd", all),
});
/** One or both are not 0. */
export const logicalOr = makeUfunc("logicalOr", logic.logicalOr, {
  identity: false,
  reduce: logicalReduce("logicalOr", any),
});
/** Exactly one is not 0. */
export const logicalXor = makeUfunc("logicalXor", logic.logicalXor, { identity: false });
/** log(eˣ + eʸ) without overflow. */
export const logaddexp = makeUfunc("logaddexp", math.logaddexp, { identity: -Infinity });
/** log₂(2ˣ + 2ʸ) without overflow. */
export const logaddexp2 = makeUfunc("logaddexp2", math.logaddexp2, { identity: -Infinity });

/** Options of `ufunc` and `frompyfunc`. */
export interface UfuncOptions {
  readonly name?: string | undefined;
  readonly nargs?: number | undefined;
  /** The value that changes nothing, for reducing nothing. */
  readonly identity?: number | boolean | null | undefined;
}

/**
 * A function of scalars made to work element by element on arrays that broadcast; of two operands and one result, with
 * the methods of a ufunc.
 */
export function ufunc(
  func: (x: NDArray, y: NDArray) => ArrayLike,
  nin: 2,
  nout: 1,
  options?: UfuncOptions,
): Ufunc;
export function ufunc(
  func: (...args: NDArray[]) => ArrayLike | readonly ArrayLike[],
  nin: number,
  nout: number,
  options?: UfuncOptions,
): (...args: readonly ArrayLike[]) => NDArray | NDArray[];
export function ufunc(
  func: (...args: NDArray[]) => ArrayLike | readonly ArrayLike[],
  nin: number,
  nout: number,
  options?: UfuncOptions,
): unknown {
  const { name = "ufunc", identity } = resolveArgs<UfuncOptions>(
    "ufunc",
    [options],
    [],
    ["name", "nargs", "identity"],
  );
  const f = vectorize(func as (...args: NDArray[]) => NDArray | NDArray[]);
  const checked = (...args: ArrayLike[]): NDArray | NDArray[] => {
    if (args.length !== nin)
      throw new ArgumentError(`${name}: expected ${nin} arguments; got ${args.length}.`);
    const out = f(...args);
    const count = Array.isArray(out) ? out.length : 1;
    if (count !== nout)
      throw new ArgumentError(`${name}: the function returned ${count} results, not ${nout}.`);
    return out;
  };
  return nin === 2 && nout === 1
    ? makeUfunc(name, checked as Binary, { identity: identity ?? null })
    : checked;
}

/** As `ufunc`, under NumPy's name. */
export const frompyfunc = ufunc;
