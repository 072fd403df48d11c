/** @file Modules in the text format, one instruction a line. */
import type { Definitions, FunctionBody, Signature } from "./encoder.ts";
import { maxPages } from "../host.ts";
import type { Opcode, Sink } from "./instructions.ts";
import type { MachineType } from "./module.ts";

class TextSink implements Sink {
  readonly lines: string[] = [];
  #depth = 2;

  line(text: string): void {
    this.lines.push("  ".repeat(this.#depth) + text);
  }

  /** Text behind the last instruction. */
  #add(...words: readonly (string | number | bigint)[]): void {
    this.lines[this.lines.length - 1] += words.map((w) => ` ${w}`).join("");
  }

  opcode(op: Opcode): void {
    this.line(op.name === "v128.const" ? "v128.const i8x16" : op.name);
  }

  memory(offset: number, align: number): void {
    if (offset !== 0) this.#add(`offset=${offset >>> 0}`);
    this.#add(`align=${align}`);
  }

  byte(x: number): void {
    this.#add(x);
  }

  s32(x: number): void {
    this.#add(x | 0);
  }

  s64(x: bigint): void {
    this.#add(x);
  }

  f32(x: number): void {
    this.f64(Math.fround(x));
  }

  f64(x: number): void {
    const size = Number.isNaN(x) ? "nan" : Math.abs(x) === Infinity ? "inf" : String(Math.abs(x));
    this.#add(x < 0 || Object.is(x, -0) ? `-${size}` : size);
  }

  bytes(xs: ArrayLike<number>): void {
    this.#add(...Array.from(xs));
  }

  local(index: number): void {
    this.#add(index);
  }

  global(name: string): void {
    this.#add(`$${name}`);
  }

  function(name: string): void {
    this.#add(`$${name}`);
  }

  label(name: string): void {
    this.#add(`$${name}`);
  }

  open(op: Opcode, label: string | null): void {
    this.opcode(op);
    if (label !== null) this.label(label);
    this.#depth++;
  }

  otherwise(): void {
    this.#depth--;
    this.line("else");
    this.#depth++;
  }

  close(): void {
    this.#depth--;
    this.line("end");
  }
}

const clause = (word: string, types: readonly MachineType[]): string =>
  types.length === 0 ? "" : ` (${word} ${types.join(" ")})`;

const signature = ({ name, params, result }: Signature): string =>
  `func $${name}${clause("param", params)}${result === null ? "" : clause("result", [result])}`;

function printFunction(f: FunctionBody): string {
  const sink = new TextSink();
  f.body(sink);
  return [`  (${signature(f)}${clause("local", f.locals)}`, ...sink.lines, "  )"].join("\n");
}

/** The module in the text format. */
export function printModule(d: Definitions): string {
  return [
    "(module",
    ...(d.ownPages === null
      ? [`  (import "env" "memory" (memory 1 ${maxPages}${d.shared ? " shared" : ""}))`]
      : []),
    ...d.imports.map((f) => `  (import "env" "${f.name}" (${signature(f)}))`),
    ...(d.ownPages === null ? [] : [`  (memory (export "memory") ${d.ownPages} ${d.ownPages})`]),
    ...d.globals.map(({ name, type }) => `  (global $${name} (mut ${type}) (${type}.const 0))`),
    ...d.exports.map((name) => `  (export "${name}" (func $${name}))`),
    ...d.functions.map(printFunction),
    ")\n",
  ].join("\n");
}
