/**
 * @file Counts the instructions that modules of WebAssembly execute: a copy of the module adds 1 to a counter at the beginning
 * of each straight piece of code, and what a piece consists of is known.
 *
 * Also what loops wait for: in an innermost loop without branches, how much longer the longest chain of dependent instructions
 * becomes with each turn. A loop counts if its turns are too many to overlap with what stands around it.
 */
import { Bytes } from "../../../src/loops/emit/wasm/generators/bytes.ts";
import { type FunctionBody, type Instruction, Reader, bodiesOf, sectionsOf } from "./decode.ts";

/** How often each instruction is executed. */
export type Counts = ReadonlyMap<string, number>;

export interface Counted {
  readonly counts: Counts;
  /** Nanoseconds that loops wait for chains of instructions; 0 if there are none. */
  readonly waiting: number;
  /** Turns of the loop that waits the longest. */
  readonly turns: number;
}

/** A piece of code that is executed from its beginning to its end, if at all. */
interface Piece {
  /** Where it begins: the counter's code goes there. */
  readonly at: number;
  readonly instructions: Instruction[];
  /** If it is the body of a loop without branches, the piece before the loop. */
  entered: Piece | null;
}

const endsPiece = new Set(["loop", "if", "else", "end", "br_if", "br", "return", "block"]);

function piecesOf({ code, last, instructions }: FunctionBody): Piece[] {
  const list: Piece[] = [{ at: code, instructions: [], entered: null }];
  instructions.forEach((x, i) => {
    const piece = list[list.length - 1];
    if (x.start === last) return;
    piece.instructions.push(x);
    if (!endsPiece.has(x.name)) return;
    const next: Piece = { at: x.end, instructions: [], entered: null };
    if (x.name === "loop") {
      const stop = instructions.findIndex((y, j) => j > i && endsPiece.has(y.name));
      const isBare = instructions[stop].name === "br_if" && instructions[stop].immediate === 0;
      if (isBare && instructions[stop + 1].name === "end") next.entered = piece;
    }
    list.push(next);
  });
  return list;
}

/** Nanoseconds until the result of an instruction can be used. */
export type Latency = (name: string) => number;

/** How much longer the longest chain through variables becomes with each turn of a loop. */
function growth(body: readonly Instruction[], latency: Latency): number {
  const variables = new Map<string, number>();
  const variable = ({ name, immediate }: Instruction): string => `${name.split(".")[0]} ${immediate}`;
  const turn = (): void => {
    const stack: number[] = [];
    for (const x of body) {
      const operands = stack.splice(stack.length - x.takes, x.takes);
      const ready = Math.max(0, ...operands) + latency(x.name);
      if (/^(local|global)\.(set|tee)$/.test(x.name)) variables.set(variable(x), ready);
      if (x.gives)
        stack.push(/^(local|global)\.get$/.test(x.name) ? (variables.get(variable(x)) ?? 0) : ready);
    }
  };
  const longest = (turns: number): number => {
    for (let i = 0; i < turns; i++) turn();
    return Math.max(0, ...variables.values());
  };
  const before = longest(4);
  return (longest(4) - before) / 4;
}

/** What the counting copy of a module is, and where its counters begin among the exports. */
interface Copy {
  readonly bytes: Uint8Array;
  readonly pieces: readonly Piece[];
}

const ids = { globals: 6, exports: 7, code: 10 };
const i64 = 0x7e;

const counterName = (i: number): string => `counter ${i}`;

/** The number of items at the beginning of a section, and where they begin. */
function itemsOf(bytes: Uint8Array, content: number): [count: number, at: number] {
  const reader = new Reader(bytes, content);
  return [reader.u32(), reader.at];
}

function copyOf(bytes: Uint8Array): Copy {
  const sections = sectionsOf(bytes);
  const code = sections.find((s) => s.id === ids.code);
  if (code === undefined) return { bytes, pieces: [] };
  const bodies = bodiesOf(bytes, code);
  const byBody = bodies.map((b) => piecesOf(b).filter((p) => p.instructions.length > 0));
  const pieces = byBody.flat();
  const out = new Bytes();
  const globals = sections.find((s) => s.id === ids.globals);
  const [oldGlobals, globalsAt] = globals === undefined ? [0, 0] : itemsOf(bytes, globals.content);
  /** A section with more items at its end. */
  const longer = (id: number, content: number, end: number, write: (i: number) => void): void => {
    const [count, at] = content === 0 ? [0, 0] : itemsOf(bytes, content);
    out.byte(id);
    out.sized(() => {
      out.u32(count + pieces.length);
      out.bytes(bytes.subarray(at, end));
      pieces.forEach((_, i) => write(i));
    });
  };
  const writeGlobals = (): void =>
    longer(ids.globals, globals?.content ?? 0, globals?.end ?? globalsAt, () =>
      out.bytes([i64, 1, 0x42, 0, 0x0b]),
    );
  const writeExports = (content: number, end: number): void =>
    longer(ids.exports, content, end, (i) => {
      out.name(counterName(i));
      out.byte(3);
      out.u32(oldGlobals + i);
    });
  let counter = oldGlobals;
  const writeBody = (body: FunctionBody, own: readonly Piece[]): void => {
    let at = body.start;
    for (const piece of own) {
      out.bytes(bytes.subarray(at, piece.at));
      out.byte(0x23);
      out.u32(counter);
      out.bytes([0x42, 1, 0x7c, 0x24]);
      out.u32(counter++);
      at = piece.at;
    }
    out.bytes(bytes.subarray(at, body.last + 1));
  };
  out.bytes(bytes.subarray(0, 8));
  for (const s of sections) {
    if (s.id === ids.exports && globals === undefined) writeGlobals();
    if (s.id === ids.globals) writeGlobals();
    else if (s.id === ids.exports) writeExports(s.content, s.end);
    else if (s.id === ids.code) {
      out.byte(ids.code);
      out.sized(() => {
        out.u32(bodies.length);
        bodies.forEach((b, i) => out.sized(() => writeBody(b, byBody[i])));
      });
    } else out.bytes(bytes.subarray(s.start, s.end));
  }
  return { bytes: out.take(), pieces };
}

interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}
interface WebAssemblyHost {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports?: object) => Instance;
}
const host = (globalThis as unknown as { readonly WebAssembly: WebAssemblyHost }).WebAssembly;

const isComparison = /^i(32|64)\.(eqz|eq|ne|[lg][te]_[su])$/;
const isChoice = /^(br_if|if|select|i32\.eqz)$/;

/** Whether processors' instructions do what two instructions say: compare and branch, shift and add. */
const isFused = (name: string, next: string): boolean =>
  (isComparison.test(name) && isChoice.test(next)) || (name === "i32.shl" && next === "i32.add");

/** Fewer instructions than this overlap with what stands before and behind them. */
const window = 2000;

/** Counts that have begun: from here, modules that the library makes are counted, until `stop`. */
export class Counting {
  readonly #usual = { Module: host.Module, Instance: host.Instance };
  readonly #copies = new WeakMap<object, Copy>();
  readonly #running: { readonly copy: Copy; readonly instance: Instance; start: number[] }[] = [];

  constructor() {
    const { Module, Instance } = this.#usual;
    const [copies, running] = [this.#copies, this.#running];
    host.Module = function (bytes: Uint8Array): object {
      const copy = copyOf(bytes);
      const module = new Module(copy.bytes);
      copies.set(module, copy);
      return module;
    } as unknown as WebAssemblyHost["Module"];
    host.Instance = function (module: object, imports?: object): Instance {
      const instance = new Instance(module, imports);
      const copy = copies.get(module);
      if (copy !== undefined) running.push({ copy, instance, start: [] });
      return instance;
    } as unknown as WebAssemblyHost["Instance"];
  }

  /** Modules that are made from now on are not counted. */
  stop(): void {
    host.Module = this.#usual.Module;
    host.Instance = this.#usual.Instance;
  }

  static #values({ copy, instance }: { readonly copy: Copy; readonly instance: Instance }): number[] {
    return copy.pieces.map((_, i) => Number((instance.exports[counterName(i)] as { value: bigint }).value));
  }

  /** What happens is counted from here. */
  begin(): void {
    for (const r of this.#running) r.start = Counting.#values(r);
  }

  /** What has been executed since. */
  counted(latency: Latency): Counted {
    const counts = new Map<string, number>();
    let [waiting, turns, most] = [0, 0, 0];
    for (const r of this.#running) {
      const times = new Map(
        Counting.#values(r).map((n, i) => [r.copy.pieces[i], n - (r.start[i] ?? 0)] as const),
      );
      for (const [piece, n] of times) {
        if (n === 0) continue;
        piece.instructions.forEach(({ name }, i) => {
          if (!isFused(name, piece.instructions[i + 1]?.name ?? ""))
            counts.set(name, (counts.get(name) ?? 0) + n);
        });
        const entries = piece.entered === null ? 0 : Math.max(1, times.get(piece.entered) ?? 1);
        if (entries === 0 || (n / entries) * piece.instructions.length < window) continue;
        const wait = n * growth(piece.instructions, latency);
        waiting += wait;
        if (wait > most) [most, turns] = [wait, n];
      }
    }
    return { counts, waiting, turns };
  }
}
