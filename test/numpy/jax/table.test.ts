/**
 * @file Every public function of numpy against JAX 0.10.2, driven by the list of exported names: its values for operands
 * of few elements (0-d, empty, of size 1) with no axis, axis 0 and −1; and the dtypes and weak types of its results for
 * every kind of operands. JAX's results are in table.json, which make-table.py writes from the calls in calls.json.
 *
 * Where JAX throws, a typed error is right too; never anything else than the library's own errors.
 */
import { describe, expect, it } from "vitest";
import { Array as NDArray, type ArrayLike, type DType, errors, numpy as np } from "../../../src/index.ts";
import { type Expected, type Template, calls, others, table } from "./vectors.ts";
import { deliberate } from "./deliberate.ts";

type Operands = Readonly<Record<string, unknown>>;

const vectors = new Set(["take", "compress", "quantile", "delete"]);

function fill(t: Template, operands: Operands, name: string): unknown {
  if (typeof t === "string") return t === "inf" ? Infinity : Object.hasOwn(operands, t) ? operands[t] : t;
  if (Array.isArray(t)) {
    const list = (t as readonly Template[]).map((x) => fill(x, operands, name));
    return vectors.has(name) && name !== "delete" && typeof list[0] !== "object"
      ? np.array(list as number[], name === "take" ? "int32" : null)
      : list;
  }
  if (typeof t === "object" && t !== null)
    return Object.fromEntries(Object.entries(t).map(([k, v]) => [k, fill(v, operands, name)]));
  return t;
}

const publicFunction = (name: string): ((...args: unknown[]) => unknown) =>
  name.split(".").reduce<unknown>((space, part) => (space as Record<string, unknown>)[part], np) as (
    ...args: unknown[]
  ) => unknown;

const isOptions = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype;

/** The result of a call; null for a typed error. */
function run(call: string, operands: Operands, axis: number | null): unknown {
  const name = call.split("#")[0];
  const args = calls[call].map((t) => fill(t, operands, name));
  const options = isOptions(args[args.length - 1]) ? (args.pop() as Record<string, unknown>) : {};
  const all = axis === null ? options : { ...options, axis };
  try {
    return publicFunction(name)(...args, ...(Object.keys(all).length > 0 ? [all] : []));
  } catch (error) {
    if (error instanceof errors.AdjointError) return null;
    throw new Error(`${call}: ${String(error)}`, { cause: error });
  }
}

const partsOf = (x: unknown): unknown[] => (Array.isArray(x) ? x : Object.values(x as object));

const isNumber = (x: unknown): boolean => typeof x === "number" || typeof x === "boolean";

function close(got: number, want: unknown): boolean {
  const w = Number(want);
  return Object.is(got, w) || got === w || Math.abs(got - w) <= 1e-12 * Math.abs(w) + 1e-12;
}

/** What differs between a result and JAX's, "" if nothing. */
function difference(got: unknown, want: Expected): string {
  if (want.list !== undefined) {
    const parts = partsOf(got);
    if (parts.length !== want.list.length) return `${parts.length} results, not ${want.list.length}`;
    return parts.map((x, i) => difference(x, want.list![i])).find((d) => d !== "") ?? "";
  }
  if (want.plain !== undefined)
    return String(got) === String(want.plain) ? "" : `${String(got)}, not ${String(want.plain)}`;
  if (isNumber(got)) return want.shape!.length === 0 && close(Number(got), want.data![0]) ? "" : String(got);
  if (!(got instanceof NDArray)) return `a ${typeof got}`;
  if (String(got.shape) !== String(want.shape))
    return `shape [${String(got.shape)}], not [${String(want.shape)}]`;
  const data = Array.from(got.dataSync());
  const wanted = want.data!.flat();
  return data.every((v, i) => close(v, wanted[i])) ? "" : `[${data.join(" ")}], not [${wanted.join(" ")}]`;
}

function few(shape: readonly number[]): Operands {
  const full = (v: number, dtype: DType = "float64"): NDArray => np.full(shape, v, dtype);
  const c = np.full(shape, true);
  return { x: full(2.5), y: full(1.5), z: full(3.5), c, i: full(0, "int32"), m: full(2.5), n: full(1.5) };
}

const axes = [null, 0, -1] as const;

function shapeDifferences(call: string): string[] {
  const out: string[] = [];
  table.calls[call].shapes.forEach((row, s) => {
    row.forEach((want, a) => {
      const shape = table.shapes[s];
      const got = run(call, few(shape), axes[a]);
      const where = `${call} of shape [${String(shape)}]${axes[a] === null ? "" : `, axis ${axes[a]}`}`;
      if (want === "!") {
        if (got !== null) out.push(`${where}: gives a result, JAX throws`);
      } else if (got === null) out.push(`${where}: throws, JAX does not`);
      else {
        const d = difference(got, want);
        if (d !== "") out.push(`${where}: ${d}`);
      }
    });
  });
  return out;
}

function operand(kind: string, shape: readonly number[]): ArrayLike {
  if (kind === "~bool") return true;
  if (kind === "~int") return np.array(1, { dtype: "int32", weakType: true });
  // A whole number beside integers counts as one of them.
  if (kind === "~float") return 1.5;
  const ones = np.ones(shape, kind as DType);
  return shape.length === 2 ? np.multiply(ones, np.eye(2, { dtype: kind as DType })) : ones;
}

function typed(first: string, second: string): Operands {
  const [x, y] = [operand(first, [2]), operand(second, [2])];
  const [m, n] = [operand(first, [2, 2]), operand(second, [2, 2])];
  return { x, y, z: y, m, n, c: np.ones([2], "bool"), i: np.zeros([2], "int32") };
}

function typeOf(x: unknown): string {
  if (x instanceof NDArray) return (x.weakType ? "~" : "") + x.dtype;
  // Python's numbers, of which JAX's table tells the types that they have as arrays.
  if (typeof x === "number") return "~int32";
  if (typeof x === "boolean") return "bool";
  if (typeof x === "string") return "a dtype";
  return `[${partsOf(x).map(typeOf).join(" ")}]`;
}

const isIntegral = (kind: string): boolean => /bool|int/.test(kind);

/** JAX's types in the library's terms. Integers that become inexact become the default float. */
function ours(types: string, kinds: readonly string[]): string {
  const wide = types.replaceAll("float32", "float64").replaceAll("complex64", "complex128");
  return kinds.length > 0 && kinds.every(isIntegral) ? wide : types;
}

const asksForFloat32 = (t: Template): boolean =>
  t === "float32" || (isOptions(t) && Object.values(t).includes("float32"));

const usesSecond = (t: Template): boolean =>
  typeof t === "object" && t !== null
    ? Object.values(t).some(usesSecond)
    : t === "y" || t === "z" || t === "n";

function dtypeDifferences(call: string): string[] {
  const { kinds } = table;
  const hasSecond = calls[call].some(usesSecond);
  const out: string[] = [];
  const check = (want: string, used: readonly string[]): void => {
    const got = run(call, typed(used[0] ?? "float64", used[1] ?? used[0] ?? "float64"), null);
    const where = `${call} of ${used.join(", ")}`;
    const wanted = calls[call].some(asksForFloat32) ? want : ours(want, used);
    if (got === null) {
      if (want !== "!") out.push(`${where}: throws, JAX gives ${wanted}`);
    } else if (want === "!") out.push(`${where}: gives ${typeOf(got)}, JAX throws`);
    else if (typeOf(got) !== wanted) out.push(`${where}: ${typeOf(got)}, not ${wanted}`);
  };
  const { dtypes } = table.calls[call];
  if (dtypes.length === 1) check(dtypes[0] as string, []);
  else
    dtypes.forEach((row, i) => {
      if (typeof row === "string") check(row, [kinds[i]]);
      else if (hasSecond) row.forEach((want, j) => check(want, [kinds[i], kinds[j]]));
      // A vector beside a matrix, both of one kind.
      else check(row[i], [kinds[i]]);
    });
  return out;
}

describe("numpy beside JAX", () => {
  const names = (space: object, prefix = ""): string[] =>
    Object.entries(space).flatMap(([name, x]: [string, unknown]) => {
      if (typeof x === "function") return [prefix + name];
      return typeof x === "object" && x !== null ? names(x, `${prefix}${name}.`) : [];
    });

  it("knows every public function", () => {
    const known = new Set([...Object.keys(calls).map((c) => c.split("#")[0]), ...Object.keys(others)]);
    expect(names(np).filter((n) => !known.has(n))).toEqual([]);
  });

  const excuse = (kind: "shapes" | "dtypes", found: string[]): string[] =>
    found.filter((d) => !deliberate[kind].some(({ which }) => which.test(d)));

  it.each(Object.keys(table.calls))("%s: operands of few elements", (call) => {
    expect(excuse("shapes", shapeDifferences(call))).toEqual([]);
  });

  it.each(Object.keys(table.calls))("%s: dtypes and weak types", (call) => {
    expect(excuse("dtypes", dtypeDifferences(call))).toEqual([]);
  });
});
