/**
 * @file Modules of WebAssembly in the binary format, read: sections, and the instructions of functions by name. Reads what the
 * library's generators write, and refuses what it does not know: a wrong length would make nonsense of all that follows.
 */
import * as opcodes from "../../../src/loops/emit/wasm/generators/opcodes.ts";

export interface Instruction {
  /** `f32x4.add`, `local.get`, `br_if`. */
  readonly name: string;
  /** Where it begins, and where the next one does. */
  readonly start: number;
  readonly end: number;
  /** Its first immediate: a local, a label's depth, a function, an offset; 0 if it has none. */
  readonly immediate: number;
  /** Values that it takes from the stack, and whether it puts one there. Unknown for calls. */
  readonly takes: number;
  readonly gives: boolean;
}

export interface Section {
  readonly id: number;
  /** The section with its head, and where its content begins. */
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

export interface FunctionBody {
  /** Where its locals are declared. */
  readonly start: number;
  /** Where its instructions begin, and where its last `end` stands. */
  readonly code: number;
  readonly last: number;
  readonly instructions: readonly Instruction[];
}

/** What follows an instruction: nothing, one number, offset and alignment, the same and a lane, so many bytes. */
type Immediates = "none" | "number" | "memory" | "memory lane" | "signed" | number;

type Known = Omit<Instruction, "start" | "end" | "immediate"> & { readonly immediates: Immediates };

const one = (name: string, immediates: Immediates, takes: number, gives: boolean): Known => ({
  name,
  immediates,
  takes,
  gives,
});

const control: Readonly<Record<number, Known>> = {
  0x00: one("unreachable", "none", 0, false),
  0x01: one("nop", "none", 0, false),
  0x02: one("block", "number", 0, false),
  0x03: one("loop", "number", 0, false),
  0x04: one("if", "number", 1, false),
  0x05: one("else", "none", 0, false),
  0x0b: one("end", "none", 0, false),
  0x0c: one("br", "number", 0, false),
  0x0d: one("br_if", "number", 1, false),
  0x0f: one("return", "none", 0, false),
  0x10: one("call", "number", 0, false),
  0x1a: one("drop", "none", 1, false),
  0x1b: one("select", "none", 3, true),
  0x20: one("local.get", "number", 0, true),
  0x21: one("local.set", "number", 1, false),
  0x22: one("local.tee", "number", 1, true),
  0x23: one("global.get", "number", 0, true),
  0x24: one("global.set", "number", 1, false),
};

/** For each table of opcodes: immediates, operands, whether there is a result. */
const kinds = {
  unary: ["none", 1, true],
  binary: ["none", 2, true],
  ternary: ["none", 3, true],
  load: ["memory", 1, true],
  store: ["memory", 2, false],
  storeLane: ["memory lane", 2, false],
  extract: [1, 1, true],
  replace: [1, 2, true],
  shuffle: [16, 2, true],
  constant: ["none", 0, true],
} as const satisfies Partial<Record<keyof typeof opcodes, readonly [Immediates, number, boolean]>>;

const constants: Readonly<Record<string, Immediates>> = {
  i32: "signed",
  i64: "signed",
  f32: 4,
  f64: 8,
  v128: 16,
};

function collect(): ReadonlyMap<number, Known> {
  const all = new Map(Object.entries(control).map(([code, k]) => [Number(code), k]));
  for (const kind of Object.keys(kinds) as (keyof typeof kinds)[])
    for (const [type, runs] of Object.entries<Readonly<Record<number, string>>>(opcodes[kind]))
      for (const [first, words] of Object.entries(runs))
        words.split(" ").forEach((word, i) => {
          const [immediates, takes, gives] = kinds[kind];
          const follows = kind === "constant" ? constants[type] : immediates;
          all.set(Number(first) + i, one(`${type}.${word}`, follows, takes, gives));
        });
  return all;
}

const known = collect();

/** Reads numbers from a place that moves on. */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    return this.bytes[this.at++];
  }

  /** LEB128 without a sign. */
  u32(): number {
    let [value, factor] = [0, 1];
    let byte: number;
    do {
      byte = this.byte();
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return value;
  }

  #immediates(kind: Immediates): number {
    const from = this.at;
    switch (kind) {
      case "none":
        return 0;
      case "number":
        return this.u32();
      case "signed":
        this.u32();
        return this.bytes[from];
      case "memory":
      case "memory lane": {
        this.u32();
        const offset = this.u32();
        if (kind === "memory lane") this.byte();
        return offset;
      }
      default:
        this.at += kind;
        return this.bytes[from];
    }
  }

  instruction(): Instruction {
    const start = this.at;
    const first = this.byte();
    const code = first >= 0xfc ? first * 0x1000 + this.u32() : first;
    const found = known.get(code);
    if (found === undefined) throw new Error(`an instruction that is not known: ${code.toString(16)}`);
    const { immediates, ...rest } = found;
    const immediate = this.#immediates(immediates);
    return { ...rest, start, end: this.at, immediate };
  }
}

export function sectionsOf(bytes: Uint8Array): Section[] {
  const list: Section[] = [];
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.u32();
    list.push({ id, start, content: reader.at, end: reader.at + size });
    reader.at += size;
  }
  return list;
}

/** The bodies of the code section, in their order. */
export function bodiesOf(bytes: Uint8Array, code: Section): FunctionBody[] {
  const reader = new Reader(bytes, code.content);
  return Array.from({ length: reader.u32() }, () => {
    const size = reader.u32();
    const [start, end] = [reader.at, reader.at + size];
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.u32();
      reader.byte();
    }
    const from = reader.at;
    const instructions: Instruction[] = [];
    while (reader.at < end) instructions.push(reader.instruction());
    return { start, code: from, last: end - 1, instructions };
  });
}
