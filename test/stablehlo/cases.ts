/** @file Programs with inputs, results and derivatives, as JAX gave them (public/README.md): how they are read and compared. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { arrayOfBytes } from "../../src/stablehlo/import/text/arrays.ts";
import type { NDArray } from "../../src/core/array.ts";
import { encodeBF16, encodeF16 } from "../../src/dtypes/float16.ts";
import { type DType, bitWidth, isComplex, isInexact, realPart } from "../../src/dtypes/dtype.ts";
import { StablehloError, fromStablehlo } from "../../src/stablehlo/index.ts";
import { vjp } from "../../src/index.ts";
import { root } from "../util/source-graph.ts";

type Element = number | boolean | string;

export interface Recorded {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly Element[];
}

export interface Case {
  readonly id: string;
  readonly mlir: string;
  readonly inputs: readonly Recorded[];
  readonly outputs: readonly Recorded[];
  readonly rtol: number;
  readonly atol: number;
  readonly vjp?: {
    readonly inputs: readonly number[];
    readonly cotangents: readonly (Recorded | null)[];
    readonly grads: readonly Recorded[];
  };
}

export const folder = join(root, "test/stablehlo/public");

/** The groups of programs that there are. */
export const groups = (from: string = folder): string[] =>
  readdirSync(from)
    .filter((f) => f.endsWith(".json") && f !== "manifest.json")
    .map((f) => f.replace(".json", ""))
    .sort();

export const casesOf = (group: string, from: string = folder): Case[] =>
  (JSON.parse(readFileSync(join(from, `${group}.json`), "utf8")) as { cases: Case[] }).cases;

function store(view: DataView, at: number, dtype: DType, x: Element): void {
  const n = Number(x);
  if (dtype === "float64") view.setFloat64(at, n, true);
  else if (dtype === "float32") view.setFloat32(at, n, true);
  else if (dtype === "float16") view.setUint16(at, encodeF16(n), true);
  else if (dtype === "bfloat16") view.setUint16(at, encodeBF16(n), true);
  else {
    const bits = BigInt(x);
    for (let i = 0; i < bitWidth(dtype) / 8; i++)
      view.setUint8(at + i, Number((bits >> BigInt(8 * i)) & 255n));
  }
}

/** The array that was recorded. */
export function arrayOf({ shape, dtype, data }: Recorded): NDArray {
  const part = realPart(dtype);
  const width = bitWidth(part) / 8;
  const view = new DataView(new ArrayBuffer(width * data.length));
  data.forEach((x, i) => store(view, width * i, part, x));
  return arrayOfBytes(new Uint8Array(view.buffer), shape, dtype);
}

/** Why an array is not the recorded one; null if it is. */
export function difference(got: NDArray, want: Recorded, { rtol, atol }: Case): string | null {
  if (got.dtype !== want.dtype || got.shape.join() !== want.shape.join())
    return `got ${got.aval.short()}, want ${want.dtype}[${want.shape.join()}]`;
  const values = Array.from(got.dataSync() as ArrayLike<number | bigint>);
  // The text of a float32 number may be that of a neighbour in double precision.
  const rounded = Array.from(arrayOf(want).dataSync() as ArrayLike<number | bigint>);
  const exact = !isInexact(want.dtype);
  for (let i = 0; i < want.data.length; i++) {
    if (exact && BigInt(values[i]) === BigInt(want.data[i])) continue;
    const [a, b] = [Number(values[i]), Number(rounded[i])];
    const isSame = a === b || (Number.isNaN(a) && Number.isNaN(b));
    if (!isSame && !(Math.abs(a - b) <= atol + rtol * Math.abs(b) && Number.isFinite(b)))
      return `element ${i}: got ${String(a)}, want ${String(b)}`;
  }
  return isComplex(want.dtype) && values.length !== want.data.length ? "another size" : null;
}

const listOf = (x: NDArray | NDArray[]): NDArray[] => (Array.isArray(x) ? x : [x]);

/**
 * Imports a program, from its text or from what else it is written in, runs it, and compares with what was recorded: what differs,
 * of values and of gradients.
 */
export function differences(c: Case, module: string | Uint8Array = c.mlir): string[] {
  const f = fromStablehlo<NDArray | NDArray[]>(module);
  const args = c.inputs.map(arrayOf);
  const compare = (what: string, got: readonly NDArray[], want: readonly Recorded[]): string[] =>
    got.length !== want.length
      ? [`${what}: ${got.length} instead of ${want.length}`]
      : want.flatMap((w, i) => {
          const d = difference(got[i], w, c);
          return d === null ? [] : [`${what} ${i}: ${d}`];
        });
  const out = compare("output", listOf(f(...args)), c.outputs);
  if (c.vjp === undefined) return out;
  const { inputs, cotangents, grads } = c.vjp;
  const taken = cotangents.map((ct) => ct !== null);
  const partial = (...xs: NDArray[]): NDArray[] => {
    const all = [...args];
    inputs.forEach((at, i) => (all[at] = xs[i]));
    return listOf(f(...all)).filter((_, i) => taken[i]);
  };
  const [, back] = vjp(
    partial,
    inputs.map((i) => args[i]),
  );
  const got = back(cotangents.flatMap((ct) => (ct === null ? [] : [arrayOf(ct)])));
  return [...out, ...compare("gradient", got, grads)];
}

/** The error of importing. */
export function errorOf(program: string | Uint8Array): StablehloError {
  try {
    fromStablehlo(program);
  } catch (e) {
    if (e instanceof StablehloError) return e;
    throw e;
  }
  throw new Error("expected an error");
}
