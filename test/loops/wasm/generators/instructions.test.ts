/**
 * @file Every instruction of the tables, as the encoder writes it: Binaryen reads the bytes as the instruction of that name,
 * with those immediates, and makes the same itself; the printed text says the same.
 */
import { describe, expect, it } from "vitest";
import type { MachineType, Ref, WasmModule } from "../../../../src/loops/emit/wasm/generators/module.ts";
import * as opcodes from "../../../../src/loops/emit/wasm/generators/opcodes.ts";
import { generators, judgeBinary, judgeText } from "./binaryen.ts";

const tables = {
  unary: opcodes.unary,
  binary: opcodes.binary,
  ternary: opcodes.ternary,
  load: opcodes.load,
  store: opcodes.store,
  storeLane: opcodes.storeLane,
  extract: opcodes.extract,
  replace: opcodes.replace,
  shuffle: opcodes.shuffle,
  constant: opcodes.constant,
} as const;
type Kind = keyof typeof tables;

interface Instruction {
  readonly kind: Kind;
  readonly type: string;
  readonly name: string;
}

const all: readonly Instruction[] = (Object.keys(tables) as Kind[]).flatMap((kind) =>
  Object.entries<Readonly<Record<number, string>>>(tables[kind]).flatMap(([type, runs]) =>
    Object.values(runs).flatMap((words) => words.split(" ").map((name) => ({ kind, type, name }))),
  ),
);

/** The type of a lane, or a scalar type itself. */
const scalar = (type: string): MachineType => (type === "i64x2" ? "i64" : (type.slice(0, 3) as MachineType));
const valueType = (type: string): MachineType =>
  /^[if](32|64)$/.test(type) ? (type as MachineType) : "v128";

/** The types of the operands, as names say them. */
function operandTypes({ kind, type, name }: Instruction): MachineType[] {
  const own = valueType(type);
  if (kind === "constant") return [];
  if (kind === "load") return ["i32"];
  if (kind === "store" || kind === "storeLane") return ["i32", own];
  if (kind === "replace") return [own, scalar(type)];
  if (kind === "unary") {
    if (name === "splat") return [scalar(type)];
    return [own === "v128" ? own : ((/_([if](?:32|64))/.exec(name)?.[1] ?? own) as MachineType)];
  }
  if (kind === "binary" && own === "v128" && /^sh[lr]/.test(name)) return [own, "i32"];
  return Array<MachineType>({ unary: 1, extract: 1, ternary: 3, binary: 2, shuffle: 2 }[kind]).fill(own);
}

const bytes = Uint8Array.from({ length: 16 }, (_, i) => (i * 37 + 5) % 256);

/** The immediates before the operands, and those behind or among them, in the places where they stand. */
function argumentLists({ kind, type, name }: Instruction, operands: readonly Ref[]): unknown[][] {
  const places = [0, 8, 300, 70_000, 2 ** 31].map((offset) => [
    offset,
    Number(/(\d+)/.exec(name)?.[1] ?? 32) / 8,
  ]);
  switch (kind) {
    case "load":
    case "store":
      return places.map(([offset]) => [offset, 1, ...operands]);
    case "storeLane":
      return places.map(([offset]) => [offset, 1, 1, ...operands]);
    case "extract":
      return [[operands[0], 1]];
    case "replace":
      return [[operands[0], 1, operands[1]]];
    case "shuffle":
      return [[...operands, [...bytes].map((b) => b % 32)]];
    case "constant":
      if (type === "v128") return [[bytes], [new Uint8Array(16)]];
      return [
        0,
        -0,
        1,
        63,
        64,
        -64,
        -65,
        2 ** 31 - 1,
        -(2 ** 31),
        0.1,
        -1e-40,
        1e300,
        NaN,
        Infinity,
        -Infinity,
      ]
        .filter((x) => type.startsWith("f") || (Number.isInteger(x) && Math.abs(x) < 2 ** 32))
        .map((x) => [x]);
    default:
      return [[...operands]];
  }
}

/** A module of one function that computes each form of an instruction and drops the result. */
function moduleOf(i: Instruction, m: WasmModule): WasmModule {
  const types = operandTypes(i);
  const operands = (): Ref[] => types.map((t, at) => m.local.get(at, t));
  const made = (args: unknown[]): Ref => {
    const group = m[i.type as "i32"] as unknown as Record<string, (...args: unknown[]) => Ref>;
    return group[i.name](...args);
  };
  const count = argumentLists(i, operands()).length;
  // An expression stands in one place: operands are made anew for each form.
  const statements = Array.from({ length: count }, (_, k) => made(argumentLists(i, operands())[k]));
  const isStatement = i.kind === "store" || i.kind === "storeLane";
  m.addFunction(
    "f",
    types,
    null,
    [],
    m.block(null, isStatement ? statements : statements.map((s) => m.drop(s))),
  );
  m.addFunctionExport("f");
  return m;
}

describe.each(Object.keys(tables) as Kind[])("%s", (kind) => {
  it.each(all.filter((i) => i.kind === kind).map((i) => [`${i.type}.${i.name}`, i] as const))(
    "%s",
    (name, i) => {
      const ours = moduleOf(i, generators.encoder.newModule(false));
      const theirs = moduleOf(i, generators.binaryen.newModule(false));
      const binary = ours.emitBinary();
      const read = judgeBinary(binary);
      expect(read.valid).toBe(true);
      expect(read.text).toContain(`(${name}`);
      expect(read.text).toBe(judgeBinary(theirs.emitBinary()).text);
      expect([...binary]).toEqual([...theirs.emitBinary()]);
      expect(judgeText(ours.emitText()).text).toBe(read.text);
      theirs.dispose();
    },
  );
});
