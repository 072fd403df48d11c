/**
 * @file Instructions<Write> as functions that write themselves: an expression is a function of what it is written to, the bytes of
 * a module (encoder.ts) or its text (text.ts). It writes its operands, then its instruction, then the immediates.
 */
import { type ConstantOf, type Instructions, type MachineType, type Structure } from "./module.ts";
import * as opcodes from "./opcodes.ts";

/** An instruction: its code (as in opcodes.ts), and its name. */
export interface Opcode {
  readonly code: number;
  readonly name: string;
}

/** What instructions are written to. */
export interface Sink {
  opcode(opcode: Opcode): void;
  /** Immediates. */
  memory(offset: number, align: number): void;
  byte(x: number): void;
  s32(x: number): void;
  s64(x: bigint): void;
  f32(x: number): void;
  f64(x: number): void;
  bytes(xs: ArrayLike<number>): void;
  local(index: number): void;
  global(name: string): void;
  function(name: string): void;
  label(name: string): void;
  /** A block, loop or condition begins; a condition's other part begins; it ends. */
  open(opcode: Opcode, label: string | null): void;
  otherwise(): void;
  close(): void;
}

/** An expression. */
export type Write = (to: Sink) => void;

/** What an instruction of one operand, two or three is. */
const unary =
  (op: Opcode) =>
  (a: Write): Write =>
  (to) => {
    a(to);
    to.opcode(op);
  };
const binary =
  (op: Opcode) =>
  (a: Write, b: Write): Write =>
  (to) => {
    a(to);
    b(to);
    to.opcode(op);
  };
const ternary =
  (op: Opcode) =>
  (a: Write, b: Write, c: Write): Write =>
  (to) => {
    a(to);
    b(to);
    c(to);
    to.opcode(op);
  };

/** An instruction, and its immediates. */
const followed =
  (instruction: Write, immediates: Write): Write =>
  (to) => {
    instruction(to);
    immediates(to);
  };

const place =
  (offset: number, align: number): Write =>
  (to) =>
    to.memory(offset, align);

const byte =
  (x: number): Write =>
  (to) =>
    to.byte(x);

/** How the value of a constant is written. */
const values: { readonly [T in MachineType]: (to: Sink, x: ConstantOf<T>) => void } = {
  i32: (to, x) => to.s32(x),
  i64: (to, x) => to.s64(BigInt(x)),
  f32: (to, x) => to.f32(x),
  f64: (to, x) => to.f64(x),
  v128: (to, x) => to.bytes(x),
};

function constant<T extends MachineType>(op: Opcode, type: T) {
  const value = values[type];
  return (x: Parameters<typeof value>[1]): Write =>
    (to) => {
      to.opcode(op);
      value(to, x);
    };
}

/** For each table of opcodes, what an instruction of it is. */
const makers = {
  unary,
  binary,
  ternary,
  load: (op: Opcode) => (offset: number, align: number, address: Write) =>
    followed(unary(op)(address), place(offset, align)),
  store: (op: Opcode) => (offset: number, align: number, address: Write, value: Write) =>
    followed(binary(op)(address, value), place(offset, align)),
  storeLane: (op: Opcode) => (offset: number, align: number, lane: number, address: Write, vector: Write) =>
    followed(followed(binary(op)(address, vector), place(offset, align)), byte(lane)),
  extract: (op: Opcode) => (vector: Write, lane: number) => followed(unary(op)(vector), byte(lane)),
  replace: (op: Opcode) => (vector: Write, lane: number, value: Write) =>
    followed(binary(op)(vector, value), byte(lane)),
  shuffle: (op: Opcode) => (a: Write, b: Write, bytes: readonly number[]) =>
    followed(binary(op)(a, b), (to) => to.bytes(bytes)),
  constant,
};

function collect(): Instructions<Write> {
  const all: Record<string, Record<string, unknown>> = {};
  for (const kind of Object.keys(makers) as (keyof typeof makers)[]) {
    const make = makers[kind] as (op: Opcode, type: MachineType) => unknown;
    for (const [type, runs] of Object.entries<Readonly<Record<number, string>>>(opcodes[kind])) {
      const own = (all[type] ??= {});
      for (const [first, words] of Object.entries(runs)) {
        words.split(" ").forEach((word, i) => {
          own[word] = make({ code: Number(first) + i, name: `${type}.${word}` }, type as MachineType);
        });
      }
    }
  }
  return all as unknown as Instructions<Write>;
}

let instructions: Instructions<Write> | null = null;

/** The instructions on values: the same for all modules. */
export const valueInstructions = (): Instructions<Write> => (instructions ??= collect());

const control = {
  block: { code: 0x02, name: "block" },
  loop: { code: 0x03, name: "loop" },
  if: { code: 0x04, name: "if" },
  br: { code: 0x0c, name: "br" },
  brIf: { code: 0x0d, name: "br_if" },
  call: { code: 0x10, name: "call" },
  drop: { code: 0x1a, name: "drop" },
  select: { code: 0x1b, name: "select" },
  localGet: { code: 0x20, name: "local.get" },
  localSet: { code: 0x21, name: "local.set" },
  globalGet: { code: 0x23, name: "global.get" },
  globalSet: { code: 0x24, name: "global.set" },
};

const nothing: Write = () => undefined;

const sequence =
  (body: readonly Write[], last: Write = nothing): Write =>
  (to) => {
    for (const write of body) write(to);
    last(to);
  };

const nested =
  (op: Opcode, label: string | null, body: Write): Write =>
  (to) => {
    to.open(op, label);
    body(to);
    to.close();
  };

/** An instruction without operands: the sink is told its code, then its immediate. */
const bare =
  (op: Opcode, immediate: Write): Write =>
  (to) => {
    to.opcode(op);
    immediate(to);
  };

/** Control, variables and calls: the same for all modules, too. */
export const structure: Structure<Write> = {
  block: (label, body) => (label === null ? sequence(body) : nested(control.block, label, sequence(body))),
  loop: (label, body) => nested(control.loop, label, body),
  if: (test, yes, no) => {
    const both: Write = (to) => {
      yes(to);
      if (no === undefined) return;
      to.otherwise();
      no(to);
    };
    return followed(test, nested(control.if, null, both));
  },
  br: (label, test) => {
    const to: Write = (sink) => sink.label(label);
    return test === undefined ? bare(control.br, to) : followed(unary(control.brIf)(test), to);
  },
  call: (name, args) =>
    sequence(
      args,
      bare(control.call, (to) => to.function(name)),
    ),
  select: (test, a, b) => ternary(control.select)(a, b, test),
  drop: unary(control.drop),
  local: {
    get: (index) => bare(control.localGet, (to) => to.local(index)),
    set: (index, value) => followed(unary(control.localSet)(value), (to) => to.local(index)),
  },
  global: {
    get: (name) => bare(control.globalGet, (to) => to.global(name)),
    set: (name, value) => followed(unary(control.globalSet)(value), (to) => to.global(name)),
  },
};
