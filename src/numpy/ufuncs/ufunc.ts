/**
 * @file NumPy's universal functions: the binary element-wise functions with their methods `reduce`, `accumulate`, `outer`,
 * `at` and `reduceat`. Where a reduction of the library does the same (sum for add, maximum …) it is used; otherwise the
 * function is applied along the axis one element at a time.
 */
import { refuseMore } from "../../base/checks.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import { type DType, toDType } from "../../dtypes/dtype.ts";
import { OptionalPart } from "../../core/late.ts";
import type { IndexEntry, IndexUpdater } from "../../core/methods.ts";
import { canonicalAxis, removeAt, shapeString } from "../../dtypes/shape.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as lax from "../../lax/plain.ts";
import { range } from "../../base/util.ts";
import { type RestOf, define, settle, signature } from "../../arguments/declare.ts";
import { type OptionsOf, type Values, param } from "../../arguments/parameters.ts";
import { leftOut } from "../operands/left-out.ts";
import * as p from "../operands/parameters.ts";
import { toBool } from "../operands/promote.ts";
import { keepDims } from "../reductions/common.ts";
import { cumprod, cumsum } from "../reductions/cumulative.ts";
import { all, any, max, min, prod, sum } from "../reductions/reductions.ts";
import * as plain from "./plain.ts";
import { vectorize } from "./vectorize.ts";

const reduceParams = [
  param<[axis: number | null]>()("axis", 0),
  p.dtype,
  p.out,
  p.keepdims,
  p.initial,
  p.where,
] as const;
/** Options of a ufunc's `reduce`. */
export type UfuncReduceOptions = OptionsOf<typeof reduceParams>;
type ReduceValues = Values<typeof reduceParams>;

const axisParams = [param<[axis: number]>()("axis", 0), p.dtype, p.out] as const;
/** Options of a ufunc's `accumulate` and `reduceat`. */
export type UfuncAxisOptions = OptionsOf<typeof axisParams>;

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
  reduce(a: ArrayLike, ...rest: RestOf<typeof reduceParams>): NDArray;
  /** All intermediate results of `reduce` along an axis. */
  accumulate(a: ArrayLike, ...rest: RestOf<typeof axisParams>): NDArray;
  /** The function of all pairs of elements. */
  outer(a: ArrayLike, b: ArrayLike): NDArray;
  /** `a` with the function applied at an index: `at(a, i, b)` is a new array. */
  at(a: ArrayLike, indices: IndexArgument, b: ArrayLike): NDArray;
  /** Reduces the parts of an axis that begin at the given (static) indices. */
  reduceat(a: ArrayLike, indices: readonly number[], ...rest: RestOf<typeof axisParams>): NDArray;
}

type Binary = (x: ArrayLike, y: ArrayLike) => NDArray;

/** What is special about one ufunc. */
interface UfuncSpec {
  readonly identity?: number | boolean | null;
  readonly reduce?: (a: ArrayLike, values: ReduceValues) => NDArray;
  readonly accumulate?: (a: ArrayLike, options: { axis: number }) => NDArray;
  readonly at?: "add" | "multiply" | "min" | "max" | "subtract" | "divide" | "power";
}

const elementsAlong = (x: NDArray, axis: number): NDArray[] =>
  range(x.shape[axis]).map((i) => lax.indexInDim(x, i, axis, false));

const inDtype = (name: string, x: NDArray, dtype: DType | null): NDArray =>
  dtype === null ? x : lax.convertElementType(x, toDType(dtype, name));

function fold(
  name: string,
  f: Binary,
  identity: number | boolean | null,
  a: ArrayLike,
  { axis, dtype, keepdims, initial, where }: ReduceValues,
): NDArray {
  if (where !== null) throw new ArgumentError(`${name}.reduce: 'where' is not supported for this function.`);
  let x = inDtype(name, asArray(a, name), dtype);
  const { shape } = x;
  if (axis === null) x = lax.reshape(x, [x.size]);
  const k = canonicalAxis(axis ?? 0, x.ndim, `${name}.reduce`);
  x = asResult(f, x);
  const parts: ArrayLike[] = elementsAlong(x, k);
  if (initial !== null) parts.unshift(initial);
  else if (parts.length === 0 && identity !== null)
    parts.push(lax.full(removeAt(x.shape, k), identity, x.dtype));
  const [first, ...others] = parts;
  if (first === undefined)
    throw new ShapeError(
      `${name}.reduce: axis ${k} of shape ${shapeString(shape)} is empty, and there is no identity.`,
    );
  const out = others.reduce((x, y) => f(x, y), first);
  const result = asArray(out, name);
  return keepdims ? keepDims(result, shape, axis === null ? range(shape.length) : [k]) : result;
}

/** The elements in the dtype of results, which a single one would keep: f of none tells it, or refuses the operand. */
function asResult(f: Binary, x: NDArray): NDArray {
  const none = lax.full([0], 0, x.dtype);
  const { dtype } = f(none, none);
  if (dtype === x.dtype) return x;
  return dtype === "bool" ? toBool(x) : lax.convertElementType(x, dtype);
}

/** An operand of which a scan makes as many elements: a scalar counts as a vector. */
const scanned = (name: string, a: ArrayLike): NDArray => {
  const x = asArray(a, name);
  return x.ndim === 0 ? lax.reshape(x, [1]) : x;
};

function scan(name: string, f: Binary, a: ArrayLike, axis: number): NDArray {
  const x = asResult(f, scanned(name, a));
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

/** What `at` needs, which comes with the methods of arrays that index: each ufunc would bring it into every bundle. */
export const ufuncIndexing = new OptionalPart<{
  index(x: NDArray, entries: readonly IndexEntry[]): NDArray;
  updater(x: NDArray, entries: readonly IndexEntry[]): IndexUpdater;
}>();

/** Gives a binary element-wise function the methods of a ufunc. */
function makeUfunc(name: string, f: Binary, spec: UfuncSpec = {}): Ufunc {
  const identity = spec.identity ?? null;
  const reduce = define(`${name}.reduce`, reduceParams, [], (values, a: ArrayLike) =>
    spec.reduce === undefined ? fold(name, f, identity, a, values) : spec.reduce(a, values),
  );
  const accumulate = define(`${name}.accumulate`, axisParams, [], ({ axis, dtype }, a: ArrayLike) => {
    const x = dtype === null ? a : inDtype(name, asArray(a, name), dtype);
    return spec.accumulate === undefined ? scan(name, f, x, axis) : spec.accumulate(x, { axis });
  });
  const outer = (a: ArrayLike, b: ArrayLike, ...more: readonly unknown[]): NDArray => {
    refuseMore(`${name}.outer`, 2, more);
    const [x, y] = [asArray(a, name), asArray(b, name)];
    return f(lax.reshape(x, [...x.shape, ...y.shape.map(() => 1)]), y);
  };
  const at = (a: ArrayLike, indices: IndexArgument, b: ArrayLike, ...more: readonly unknown[]): NDArray => {
    refuseMore(`${name}.at`, 3, more);
    const x = asArray(a, name);
    const entries = entriesOf(indices);
    const indexing = ufuncIndexing.value;
    if (indexing === null) throw leftOut(`${name}.at`);
    const target = indexing.updater(x, entries);
    return spec.at === undefined ? target.set(f(indexing.index(x, entries), b)) : target[spec.at](b);
  };
  const reduceat = define(
    `${name}.reduceat`,
    axisParams,
    [],
    ({ axis, dtype }, a: ArrayLike, indices: readonly number[]): NDArray => {
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
    },
  );
  const call = (x: ArrayLike, y: ArrayLike, ...more: readonly unknown[]): NDArray => {
    if (more.length > 0) refuseMore(name, 2, more);
    return f(x, y);
  };
  Object.defineProperty(call, "name", { value: name });
  const constants = { nin: 2, nout: 1, nargs: 3, identity } as const;
  return Object.assign(call, { ...constants, reduce, accumulate, outer, at, reduceat });
}

const logicalReduce =
  (name: string, f: typeof all) =>
  (a: ArrayLike, { axis, dtype, keepdims, initial, where }: ReduceValues): NDArray => {
    if (initial !== null)
      throw new ArgumentError(`${name}.reduce: 'initial' is not supported for this function.`);
    return inDtype(name, f(a, { axis, keepdims, where }), dtype);
  };

/** What is special about `maximum` and `minimum`. */
const extremum = (name: string, f: typeof max, scan: typeof lax.cummax, at: "max" | "min"): UfuncSpec => ({
  reduce: (a, { dtype, ...values }) => inDtype("reduce", f(a, values), dtype),
  accumulate: (a, { axis }) => {
    const x = scanned(name, a);
    return scan(x, canonicalAxis(axis, x.ndim, `${name}.accumulate`));
  },
  at,
});

/**
 * The sum x + y; for bool: or. With NumPy's methods: `np.add.reduce(x)`, `np.add.outer(x, y)`.
 * @see jax.numpy.add
 * @example
 * np.add.outer(np.array([1, 2]), np.array([10, 20])).js(); // [[11, 21], [12, 22]]
 */
export const add = makeUfunc("add", plain.add, {
  identity: 0,
  reduce: sum,
  accumulate: cumsum,
  at: "add",
});
/**
 * The product x · y; for bool: and. With NumPy's methods.
 * @see jax.numpy.multiply
 * @example
 * np.multiply.reduce(np.array([2, 3, 4])).item(); // 24
 */
export const multiply = makeUfunc("multiply", plain.multiply, {
  identity: 1,
  reduce: prod,
  accumulate: cumprod,
  at: "multiply",
});
/**
 * The difference x − y. With NumPy's methods.
 * @see jax.numpy.subtract
 * @example
 * np.subtract(np.array([5, 7]), 2).js(); // [3, 5]
 */
export const subtract = makeUfunc("subtract", plain.subtract, { at: "subtract" });
/**
 * The larger operand; NaN if either is. At ties the derivative is shared. With NumPy's methods.
 * @see jax.numpy.maximum
 * @example
 * np.maximum(np.array([1, 5]), 3).js(); // [3, 5]
 */
export const maximum = makeUfunc("maximum", plain.maximum, extremum("maximum", max, lax.cummax, "max"));
/**
 * The smaller operand; NaN if either is. At ties the derivative is shared. With NumPy's methods.
 * @see jax.numpy.minimum
 * @example
 * np.minimum.accumulate(np.array([3, 1, 2])).js(); // [3, 1, 1]
 */
export const minimum = makeUfunc("minimum", plain.minimum, extremum("minimum", min, lax.cummin, "min"));
/**
 * And of the bits of integers; of booleans the logical one. With NumPy's methods.
 * @see jax.numpy.bitwise_and
 * @example
 * np.bitwiseAnd(np.array([6, 5], "int32"), 4).js(); // [4, 4]
 */
export const bitwiseAnd = makeUfunc("bitwiseAnd", plain.bitwiseAnd, { identity: -1 });
/**
 * Or of the bits of integers; of booleans the logical one. With NumPy's methods.
 * @see jax.numpy.bitwise_or
 * @example
 * np.bitwiseOr(np.array([6, 5], "int32"), 8).js(); // [14, 13]
 */
export const bitwiseOr = makeUfunc("bitwiseOr", plain.bitwiseOr, { identity: 0 });
/**
 * Exclusive or of the bits of integers; of booleans the logical one. With NumPy's methods.
 * @see jax.numpy.bitwise_xor
 * @example
 * np.bitwiseXor(np.array([6, 5], "int32"), 4).js(); // [2, 1]
 */
export const bitwiseXor = makeUfunc("bitwiseXor", plain.bitwiseXor, { identity: 0 });
/**
 * Whether both operands differ from 0. With NumPy's methods.
 * @see jax.numpy.logical_and
 * @example
 * np.logicalAnd(np.array([1, 0]), 2).js(); // [true, false]
 */
export const logicalAnd = makeUfunc("logicalAnd", plain.logicalAnd, {
  identity: true,
  reduce: logicalReduce("logicalAnd", all),
});
/**
 * Whether one or both operands differ from 0. With NumPy's methods.
 * @see jax.numpy.logical_or
 * @example
 * np.logicalOr(np.array([1, 0]), 0).js(); // [true, false]
 */
export const logicalOr = makeUfunc("logicalOr", plain.logicalOr, {
  identity: false,
  reduce: logicalReduce("logicalOr", any),
});
/**
 * Whether exactly one operand differs from 0. With NumPy's methods.
 * @see jax.numpy.logical_xor
 * @example
 * np.logicalXor(np.array([1, 0]), 2).js(); // [false, true]
 */
export const logicalXor = makeUfunc("logicalXor", plain.logicalXor, { identity: false });
/**
 * The logarithm of eˣ + eʸ without overflow; of complex numbers with an imaginary part in [−π, π]. With NumPy's methods.
 * @see jax.numpy.logaddexp
 * @example
 * np.logaddexp(-Infinity, 1).item(); // 1
 */
export const logaddexp = makeUfunc("logaddexp", plain.logaddexp, { identity: -Infinity });
/**
 * The logarithm to base 2 of 2ˣ + 2ʸ without overflow, of complex numbers too. With NumPy's methods.
 * @see jax.numpy.logaddexp2
 * @example
 * np.logaddexp2(1, 1).item(); // 2
 */
export const logaddexp2 = makeUfunc("logaddexp2", plain.logaddexp2, { identity: -Infinity });

const ufuncSignature = signature(
  "ufunc",
  3,
  [],
  [
    param<[name: string]>()("name", "ufunc"),
    param<[nargs: number | undefined]>()("nargs", undefined),
    /** The value that changes nothing, for reducing nothing. */
    param<[identity: number | boolean | null]>()("identity", null),
  ],
);
/** Options of `ufunc` and `frompyfunc`. */
export type UfuncOptions = OptionsOf<typeof ufuncSignature.params>;

/**
 * A function of scalars made to work element by element on arrays that broadcast; of two operands and one result, with
 * the methods of a ufunc.
 * @throws ArgumentError when it is called with another number of operands than `nin`, or gives not `nout` results
 * @see jax.numpy.frompyfunc
 * @example
 * const f = np.ufunc((x, y) => x.mul(10).add(y), 2, 1);
 * f(np.array([1, 2]), 3).js(); // [13, 23]
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
  ...more: readonly unknown[]
): unknown {
  refuseMore("ufunc", 4, more);
  const { name, identity } = settle(ufuncSignature, [options]);
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
  return nin === 2 && nout === 1 ? makeUfunc(name, checked as Binary, { identity }) : checked;
}

/** Alias of `ufunc`, under NumPy's name. */
export const frompyfunc = ufunc;
