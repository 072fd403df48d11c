/**
 * @file The least time in which a program's instructions can run on this machine, and what sets it: arithmetic (the units that
 * multiply, add, divide), instructions (all of them, and those of each kind, through the units that take them), memory (what
 * must be read and written once), or waiting (chains of instructions that need one another). None can be beaten by more than
 * the peaks are measured wrongly, as they overlap at best.
 */
import type { Counted, Counts } from "./count.ts";
import type { Bandwidth, Peaks } from "./peaks.ts";

export type LimitKind = "arithmetic" | "instructions" | "memory" | "waiting";

export interface Limit {
  readonly by: LimitKind;
  /** Nanoseconds of a call, at least. */
  readonly ns: number;
  /** Of each kind. */
  readonly parts: Readonly<Record<LimitKind, number>>;
  /** What limits it, in a sentence. */
  readonly sentence: string;
}

/** What a program must do. */
export interface Needs extends Counted {
  /** Bytes that are read and written once, if all that is between stays in caches. */
  readonly read: number;
  readonly written: number;
  /** Elements of the largest argument or result. */
  readonly elements: number;
}

/** What takes an instruction. Registers, labels and constants take nothing. */
export type Pipe = "add" | "mul" | "slow" | "vector" | "load" | "store" | "scalar" | "free";

const isFree = /^(local\..*|.*\.const|block|loop|else|end|nop|drop|return|unreachable)$/;
const isFloat = /^(f32x4|f64x2|f32|f64)\./;
const isVector = /^(v128|[if]\d+x\d+)\./;

export function pipeOf(name: string): Pipe {
  if (isFree.test(name)) return "free";
  if (name.includes(".load")) return "load";
  if (name.includes(".store")) return "store";
  if (/^f.*\.(div|sqrt)$/.test(name)) return "slow";
  if (/^f.*\.(mul|relaxed_n?madd)$/.test(name)) return "mul";
  if (isFloat.test(name) && /\.(add|sub|min|max|pmin|pmax|eq|ne|lt|le|gt|ge)$/.test(name)) return "add";
  // The lanes of floats, their signs and their conversions are a matter of vectors, in scalars as well.
  return isVector.test(name) || isFloat.test(name) ? "vector" : "scalar";
}

/** The rate of an instruction whose own was not measured: that of the most like it. */
function rateOf({ rates }: Peaks, name: string): number {
  const [type, op] = name.split(".");
  const pipe = pipeOf(name);
  const like = pipe === "add" ? "add" : op.startsWith("relaxed") ? "relaxed_madd" : op;
  return rates[`${type}.${like}`] ?? rates[`${type}.mul`] ?? rates.vector;
}

export const latencyIn =
  ({ latencies }: Peaks) =>
  (name: string): number => {
    const pipe = pipeOf(name);
    if (pipe === "free" || pipe === "load" || pipe === "store" || pipe === "scalar") return 0;
    const [type, op] = name.split(".");
    const like =
      pipe === "add" && !/^(add|sub)$/.test(op) ? null : op.replace("sub", "add").replace("nmadd", "madd");
    return latencies[`${type}.${like ?? ""}`] ?? latencies["v128.xor"];
  };

/** Bytes in a nanosecond where so many are alive: those of the smallest buffer that is as large, or the largest. */
export function bandwidthAt(curve: Bandwidth, alive: number): number {
  const found = curve.find(([size]) => size >= alive) ?? curve[curve.length - 1];
  return found[1];
}

interface Totals {
  readonly pipes: Readonly<Record<Pipe, number>>;
  /** Nanoseconds of additions, of multiplications, of divisions and square roots, if nothing else were done. */
  readonly add: number;
  readonly mul: number;
  readonly slow: number;
}

function totalsOf(counts: Counts, peaks: Peaks): Totals {
  const pipes = { add: 0, mul: 0, slow: 0, vector: 0, load: 0, store: 0, scalar: 0, free: 0 };
  const times = { add: 0, mul: 0, slow: 0 };
  for (const [name, n] of counts) {
    const pipe = pipeOf(name);
    pipes[pipe] += n;
    if (pipe === "add" || pipe === "mul" || pipe === "slow") times[pipe] += n / rateOf(peaks, name);
  }
  return { pipes, ...times };
}

const digits = (x: number): string => Number(x.toPrecision(3)).toString();

function amount(n: number): string {
  const found = (
    [
      [1e9, " billion"],
      [1e6, " million"],
    ] as const
  ).find(([size]) => n >= size);
  return found === undefined ? digits(n) : digits(n / found[0]) + found[1];
}

const each = (n: number, elements: number): string =>
  elements > 1 && n >= elements / 16 ? ` (${digits(n / elements)} for each element)` : "";

/** The largest of named times. */
function largest<K extends string>(times: Readonly<Record<K, number>>): [name: K, ns: number] {
  const entries = Object.entries(times) as [K, number][];
  return entries.reduce((a, b) => (b[1] > a[1] ? b : a));
}

function arithmeticOf(t: Totals, peaks: Peaks): [ns: number, sentence: (elements: number) => string] {
  const floats = t.pipes.add + t.pipes.mul;
  const [by, ns] = largest({ add: t.add, mul: t.mul, slow: t.slow, float: floats / peaks.rates.float });
  const words = {
    add: [t.pipes.add, "additions and comparisons"],
    mul: [t.pipes.mul, "multiplications"],
    slow: [t.pipes.slow, "divisions and square roots"],
    float: [floats, "multiplications and additions"],
  } as const;
  const [n, what] = words[by];
  return [ns, (elements) => `${amount(n)} ${what}${each(n, elements)}, ${digits(n / ns)} in a nanosecond`];
}

function instructionsOf(t: Totals, peaks: Peaks): [ns: number, sentence: (elements: number) => string] {
  const { add, mul, slow, vector, load, store, scalar } = t.pipes;
  const vectors = add + mul + slow + vector;
  const all = vectors + load + store + scalar;
  const { rates } = peaks;
  const [by, ns] = largest({
    vectors: vectors / rates.vector,
    load: load / rates.load,
    store: store / rates.store,
    scalar: scalar / rates["i32.add"],
    all: all / rates.all,
  });
  const words = {
    vectors: [vectors, "instructions on vectors and floats"],
    load: [load, "loads"],
    store: [store, "stores"],
    scalar: [scalar, "instructions on integers, and branches"],
    all: [all, "instructions"],
  } as const;
  const [n, what] = words[by];
  return [ns, (elements) => `${amount(n)} ${what}${each(n, elements)}, ${digits(n / ns)} in a nanosecond`];
}

/** The least time, from what a program needs and what the machine can do. */
export function limitOf(needs: Needs, peaks: Peaks): Limit {
  const totals = totalsOf(needs.counts, peaks);
  const [arithmetic, arithmeticText] = arithmeticOf(totals, peaks);
  const [instructions, instructionsText] = instructionsOf(totals, peaks);
  const alive = needs.read + needs.written;
  const reading = needs.read / bandwidthAt(peaks.reading, alive);
  const parts = {
    arithmetic,
    instructions,
    memory: reading + needs.written / bandwidthAt(peaks.writing, alive),
    waiting: needs.waiting,
  };
  const [by, ns] = largest(parts);
  const { elements, turns, waiting } = needs;
  const sentences: Readonly<Record<LimitKind, () => string>> = {
    arithmetic: () => arithmeticText(elements),
    instructions: () => instructionsText(elements),
    memory: () =>
      `${amount(needs.read)} bytes to read and ${amount(needs.written)} to write, ${digits(alive / ns)} in a nanosecond`,
    waiting: () =>
      `${amount(turns)} steps one after the other, ${digits(waiting / turns)} ns until the next can begin`,
  };
  return { by, ns, parts, sentence: ns > 0 ? `${by}: ${sentences[by]()}.` : "nothing to compute." };
}
