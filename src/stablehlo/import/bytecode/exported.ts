/**
 * @file What `jax.export.export(jax.jit(f))(…).serialize()` gives: a module, and which of the arguments of `f` it takes.
 *
 * Source: jax/_src/export/serialization.fbs; the places of fields are those of its table `Exported`.
 */
import { type ShapedArray, shaped } from "../../../core/aval.ts";
import type { DType } from "../../../dtypes/dtype.ts";
import { isBytecode } from "./file.ts";
import { Table } from "./flatbuffer.ts";

/** Fields of `Exported`. */
const fields = {
  inAvals: 3,
  platforms: 9,
  module: 13,
  keptArguments: 15,
  vjp: 17,
  uniqueAvals: 19,
  inAvalIndices: 22,
} as const;

/** Fields of `AbstractValue`. */
const avalFields = { shape: 1, dtype: 2 } as const;

/** The dtypes that JAX numbers, in order; those without a counterpart are null. */
const dtypes: readonly (DType | null)[] = [
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "float16",
  "float32",
  "float64",
  "complex64",
  "complex128",
  "bfloat16",
];

export interface Exported {
  readonly module: Uint8Array;
  /** Where it begins in the bytes. */
  readonly at: number;
  /** The arguments of the function, as leaves; null where the library has no such array. */
  readonly args: readonly (ShapedArray | null)[];
  /** Which of them the module takes. */
  readonly kept: readonly number[];
  /** What the module runs on: where there are several platforms, it takes the index of one before its arguments. */
  readonly platforms: readonly string[];
}

/** An array's type; null if its sizes are not numbers, or its dtype is none of the library's. */
function avalOf(table: Table): ShapedArray | null {
  const sizes = table.texts(avalFields.shape);
  const dtype = dtypes[table.byte(avalFields.dtype)] ?? null;
  return dtype !== null && sizes.every((n) => /^\d{1,15}$/.test(n)) ? shaped(sizes.map(Number), dtype) : null;
}

/** The types of the arguments: each of its own, or as indices of those that there are. */
function argumentsOf(table: Table): (ShapedArray | null)[] {
  const indices = table.numbers(fields.inAvalIndices, 4);
  if (indices.length === 0) return table.tables(fields.inAvals).map(avalOf);
  const avals = table.tables(fields.uniqueAvals).map(avalOf);
  return indices.map((i) => {
    if (i >= avals.length) throw table.error(`expected an index of ${avals.length} types; got ${i}.`);
    return avals[i];
  });
}

/**
 * The program in bytes of `jax.export`, or the `vjp`-th function that gives its cotangents; null if there is none.
 * @throws StablehloError for other bytes
 */
export function readExported(bytes: Uint8Array, vjp: number): Exported | null {
  let table = Table.root(bytes);
  for (let i = 0; i < vjp; i++) {
    const next = table.table(fields.vjp);
    if (next === null) return null;
    table = next;
  }
  const module = table.blob(fields.module);
  if (module === null || !isBytecode(module.bytes))
    throw table.error("expected the text of a module, MLIR bytecode, or what jax.export serialises.");
  const args = argumentsOf(table);
  const kept = table.numbers(fields.keptArguments, 2);
  const wrong = kept.find((i) => i >= args.length);
  if (wrong !== undefined) throw table.error(`expected an index of ${args.length} arguments; got ${wrong}.`);
  return { module: module.bytes, at: module.at, args, kept, platforms: table.texts(fields.platforms) };
}
