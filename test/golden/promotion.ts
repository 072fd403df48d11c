/**
 * @file The group `promotion`: dtypes and weak types of results, in 64-bit and in 32-bit mode.
 *
 * Operands are arrays of shape [2], or scalars standing for Python's: a Python float is a JavaScript number, a Python
 * int is a weak int32 scalar (a bare JavaScript number is a weak float, by design). Where 64-bit JAX makes int64 of integers
 * without a dtype the library makes int32.
 */
import { MissingFunction, config, evalShape, exists, lax, library, make, nn, np, random } from "./library.ts";
import type { Arr } from "./library.ts";
import { Mismatch } from "./compare.ts";
import { defaultDtype, isObject } from "./codec.ts";
import type { Json } from "./codec.ts";
import { camelCase } from "./resolve.ts";
import type { Vector } from "./vectors.ts";

type Mode = "x64" | "x32";
type Binary = (a: unknown, b: unknown) => unknown;
type Unary = (x: unknown) => unknown;

interface Expected {
  readonly dtype?: string;
  readonly weak?: boolean;
  readonly error?: string;
}

const weakInt = (value: number): Arr => np.array(value, { dtype: "int32", weakType: true });

const in32 = new Map([
  ["float64", "float32"],
  ["complex128", "complex64"],
  ["int64", "int32"],
  ["uint64", "uint32"],
]);

/** Stands for an array of a dtype that has no arrays yet: results are worked out by `evalShape`. */
class Abstract {
  readonly dtype: string;
  constructor(dtype: string) {
    this.dtype = dtype;
  }
}

function operand(kind: string, mode: Mode): unknown {
  if (kind === "weak_float") return 1.5;
  if (kind === "weak_bool") return true;
  if (kind === "weak_int") return weakInt(1);
  if (kind === "weak_complex") {
    return np.array(lax.complex(0, 1), {
      dtype: mode === "x64" ? "complex128" : "complex64",
      weakType: true,
    });
  }
  const dtype = mode === "x32" ? (in32.get(kind) ?? kind) : kind;
  if (dtype.startsWith("complex")) {
    if (!exists(lax.complex)) return new Abstract(dtype);
    const part = np.ones([2], { dtype: dtype === "complex64" ? "float32" : "float64" });
    return lax.complex(part, part);
  }
  return np.ones([2], { dtype });
}

const line = (x: unknown): Arr => np.atleast1d(x);
/** numpy's array of two equal scalars, which is not weak. */
const pair = (x: unknown): unknown =>
  typeof x === "number" || (x as Arr).ndim === 0 ? np.array([1, 1], { dtype: np.asarray(x).dtype }) : x;

const binary: Readonly<Record<string, Binary>> = {
  where: (a, b) => np.where(np.array([true, false]), a, b),
  concatenate: (a, b) => np.concatenate([line(a), line(b)]),
  polyval: (a, b) => np.polyval(line(a), b),
  linspace_like: (a, b) => np.linspace(a, b, 3),
  matmul: (a, b) => np.matmul(pair(a), pair(b)),
  at_add: (a, b) => line(a).at(0).add(np.ravel(b).slice(0)),
};

const unary: Readonly<Record<string, Unary>> = {
  softmax: (x) => nn.softmax(line(x)),
  gelu: (x) => nn.gelu(x),
  one_hot: (x) => nn.oneHot(x, 3),
  logsumexp: (x) => nn.logsumexp(x),
  fft: (x) => np.fft.fft(line(x)),
  diff: (x) => np.diff(line(x)),
  quantile: (x) => np.quantile(x, 0.5),
  full_like: (x) => np.fullLike(x, 1),
  square_root_weak: (x) => np.power(x, 0.5),
  mod_2: (x) => np.mod(x, weakInt(2)),
  lax_exp: (x) => lax.exp(x),
};

const ones = (n: number): Arr => np.ones([n]);

/** Functions that make arrays, by the text that the vectors have for them. */
const creation: Readonly<Record<string, () => unknown>> = {
  "arange(3)": () => np.arange(3),
  "full(2,1.5)": () => np.full(2, 1.5),
  "full(2,True)": () => np.full(2, true),
  "array(1)": () => np.array(weakInt(1)),
  "array(1.0)": () => np.array(1.0),
  "asarray(1.0)": () => np.asarray(1.0),
  "array([1,2])": () => np.array([1, 2]),
  "array([1,2.0])": () => np.array([1, 2.0]),
  "array([True])": () => np.array([true]),
  "array(1j)": () => np.array(lax.complex(0, 1)),
  "zeros(2)": () => np.zeros(2),
  "ones(2)": () => np.ones(2),
  "full(2,1)": () => np.full(2, weakInt(1)),
  "eye(2)": () => np.eye(2),
  "identity(2)": () => np.identity(2),
  "tri(2)": () => np.tri(2),
  "linspace(0,1,3)": () => np.linspace(0, 1, 3),
  "logspace(0,1,3)": () => np.logspace(0, 1, 3),
  "empty(2)": () => np.empty(2),
  "indices((2,2))": () => np.indices([2, 2]),
  "where(True,1,2.0)": () => np.where(true, weakInt(1), 2.5),
  "argmax(zeros 3)": () => np.argmax(np.zeros(3)),
  "argsort(zeros 3)": () => np.argsort(np.zeros(3)),
  "nonzero size": () => np.nonzero<Arr[]>(ones(3), { size: 3 })[0],
  "hanning(4)": () => np.hanning(4),
  "lax.iota(int32,3)": () => lax.iota("int32", 3),
  "zeros_like(1)": () => np.zerosLike(weakInt(1)),
  "float32(1)+1": () => np.add(np.array(1, { dtype: "float32" }), weakInt(1)),
  "float16(1)*2.0": () => np.multiply(np.array(1, { dtype: "float16" }), 2.0),
  "sum(bool)": () => np.sum(np.array([true, false])),
  "random.uniform": () => random.uniform(random.key(0)),
  "random.normal": () => random.normal(random.key(0)),
  "random.bits": () => random.bits(random.key(0)),
  "fft.fftfreq(4)": () => np.fft.fftfreq(4),
  digitize: () => np.digitize(ones(3), np.array([0.0, 1.0])),
  searchsorted: () => np.searchsorted(np.array([0.0, 1.0]), ones(3)),
  bincount: () => np.bincount(np.array([0, 1], { dtype: "int32" }), { length: 3 }),
  vander: () => np.vander(np.array([1, 2], { dtype: "int32" })),
  histogram: () => np.histogram<Arr[]>(ones(3))[0],
  polyfit: () => np.polyfit(np.arange(4.0), ones(4), 1),
};

/** Calls `f`, on avals where an operand has no array. */
function evaluate(f: (...xs: unknown[]) => unknown, operands: readonly unknown[]): unknown {
  if (!operands.some((x) => x instanceof Abstract)) return f(...operands);
  const specs = operands.map((x) =>
    x instanceof Abstract
      ? make(library.ShapeDtypeStruct, [2], x.dtype)
      : typeof x === "object"
        ? x
        : np.asarray(x),
  );
  return evalShape<unknown>(f, ...specs);
}

const text = (e: Expected, dtype = e.dtype!): string =>
  e.error ?? `${dtype}${e.weak === true ? " weak" : ""}`;

function describe(result: unknown): string {
  if (Array.isArray(result)) return result.map(describe).join(", ");
  if (!isObject(result)) return typeof result;
  const { dtype, weakType } = result as { dtype: string; weakType: boolean };
  return `${dtype}${weakType ? " weak" : ""}`;
}

/** int32 and uint32 meet in int64: there it is no default. */
const meetsInInt64 = (kinds: readonly string[]): boolean =>
  kinds.includes("uint32") && kinds.some((k) => /^int(8|16|32)$/.test(k));

function difference(run: () => unknown, want: Json, kinds: readonly string[]): string | null {
  const wanted = (Array.isArray(want) ? want : [want]) as Expected[];
  let got: string;
  try {
    got = describe(run());
  } catch (error) {
    if (error instanceof MissingFunction) throw error;
    return wanted[0].error !== undefined ? null : `${(error as Error).name}: ${(error as Error).message}`;
  }
  const expected = wanted.map((e) => text(e)).join(", ");
  if (got === expected) return null;
  const byDefault = wanted.map((e) => text(e, e.dtype && defaultDtype(e.dtype))).join(", ");
  if (!meetsInInt64(kinds) && got === byDefault) return null;
  return `got ${got}, want ${expected}`;
}

function operation(v: Vector): (...xs: unknown[]) => unknown {
  const name = v.fn.replace(/^promotion\.(unary\.)?/, "");
  const own = v.fn.includes(".unary.") ? unary[name] : binary[name];
  return own ?? ((...xs) => np[camelCase(name)]<unknown>(...xs));
}

/** One row: what is computed, from which kinds of operands, and what JAX gives. */
interface Row {
  readonly kinds: readonly string[];
  readonly want: Json;
}

function rows(v: Vector, mode: Mode): Row[] {
  const out = (v.out as { readonly [mode: string]: Json })[mode]!;
  if (v.table === undefined) return [{ kinds: v.args as string[], want: out }];
  return Object.entries(out as { readonly [pair: string]: Json }).map(([key, want]) => ({
    kinds: key.split(","),
    want,
  }));
}

function runRow(v: Vector, mode: Mode, { kinds, want }: Row): string | null {
  if (v.fn === "promotion.create") {
    const make = creation[kinds[0]];
    if (make === undefined) throw new MissingFunction(`program for promotion.create ${kinds[0]}`);
    return difference(make, want, []);
  }
  const operands = kinds.map((k) => operand(k, mode));
  const found = difference(() => evaluate(operation(v), operands), want, mode === "x64" ? kinds : []);
  const abstract = operands.find((x) => x instanceof Abstract);
  if (found !== null && abstract !== undefined)
    throw new MissingFunction(`arrays of dtype ${abstract.dtype}`);
  return found;
}

function checkRow(v: Vector, mode: Mode, row: Row): void {
  const defaultFloat = mode === "x64" ? "float64" : "float32";
  const found = config.with<string | null>({ defaultFloat }, () => runRow(v, mode, row));
  if (found !== null) throw new Mismatch("dtype", found);
}

/** One check for each row of the vector, named by the mode and the operands. */
export function promotionChecks(v: Vector): Map<string, () => void> {
  const ofMode = (mode: Mode): [string, () => void][] =>
    rows(v, mode).map((row) => [`${mode} ${row.kinds.join(", ")}`, () => checkRow(v, mode, row)]);
  return new Map([...ofMode("x64"), ...ofMode("x32")]);
}
