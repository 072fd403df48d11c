/**
 * @file Runs a compiled module on arrays. Large arrays live in the heap; small ones and numbers are copied into the
 * module's frame and out of it again, which costs less than owning a block.
 */
import { Pace } from "./pace.ts";
import { knownToWorkers } from "./worker.ts";
import { finalizers } from "../../base/finalizers.ts";
import { type ArrayData, ConcreteArray } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import {
  type DType,
  type Scalar,
  type TypedArray,
  copyElements,
  dtypeInfo,
  isWide,
  typedView,
  wrapWide,
} from "../../dtypes/dtype.ts";
import type { Border, Buffer, Host, Local } from "../../loops/ir/ir.ts";
import type { WasmCode } from "../../loops/emit/wasm/codegen.ts";
import { type HeapViews, heap, heapMemory, views } from "./heap.ts";
import { instantiate } from "../../loops/emit/wasm/host.ts";
import { isUndisturbed } from "../../loops/ir/traverse.ts";
import { type ParallelProgram, runParallel } from "./threads.ts";
import { HeapStorage, addressOf, beginCall, reserve, suspendCall } from "./storage.ts";

/** Arrays of more bytes than this live in the heap. */
const largeBytes = 4096;

/** Temporaries of all modules, one at a time. */
let arena = { address: 0, bytes: 0 };

/** While a module waits for the host, what it uses stays where it is: other programs have temporaries of their own. */
function whileWaiting<R>(f: () => R): R {
  const held = arena;
  arena = { address: 0, bytes: 0 };
  const resume = suspendCall();
  try {
    return f();
  } finally {
    resume();
    if (arena.bytes > 0) heap.free(arena.address);
    arena = held;
  }
}

/** A call of the host as a module makes it. */
const hostImport =
  ({ call, inputs, outputs }: Host) =>
  (...addresses: readonly number[]): number => {
    if (call.light === true) {
      call.run([]);
      return 0;
    }
    const at = (b: Buffer, i: number): TypedArray => typedView(b.dtype, views().buffer, addresses[i], b.size);
    const copies = inputs.map((b, i) => at(b, i).slice());
    const results = whileWaiting(() => call.run(copies));
    outputs.forEach((b, i) => copyElements(at(b, inputs.length + i), results[i]));
    return 0;
  };

function arenaOf(bytes: number): number {
  if (bytes > arena.bytes) {
    if (arena.bytes > 0) heap.free(arena.address);
    arena.bytes = 0;
    arena.address = reserve(bytes);
    arena.bytes = bytes;
  }
  return arena.address;
}

/** `(block, lo, hi, thread)`. */
type KernelFunction = (block: number, lo: number, hi: number, thread: number) => void;

let nextProgram = 1;

const frames = finalizers<number>((address) => heap.free(address));

interface Slot {
  readonly kind: "number" | "small" | "large";
  readonly dtype: DType;
  /** Of the data, within the frame. */
  readonly offset: number;
  readonly length: number;
  readonly bytes: number;
}

/** A module with its frame, ready to be called. */
export class WasmProgram {
  readonly code: WasmCode;
  readonly #main: (frame: number) => void;
  readonly #frame: number;
  readonly #params: readonly Slot[];
  readonly #outs: readonly Slot[];
  readonly #outAvals: readonly ShapedArray[];
  readonly #order: readonly number[];
  readonly #arenaSlot: number;
  /** The dtypes of the 0-d results. */
  readonly #results: readonly DType[];

  /** The kernels by number, and the module for other threads. */
  readonly #kernels: readonly KernelFunction[];
  readonly #forThreads: ParallelProgram | null;

  #isRunning = false;
  #spare: WasmProgram | null = null;
  readonly #copy: () => WasmProgram;

  /** @param code made of a program with this border, for the present target */
  constructor(program: Border, code: WasmCode, outAvals: readonly ShapedArray[], order: readonly number[]) {
    this.code = code;
    this.#copy = () => new WasmProgram(program, code, outAvals, order);
    const exports = instantiate(this.code.binary, {
      memory: heapMemory(),
      ...Object.fromEntries(this.code.imports),
      ...Object.fromEntries([...this.code.hosts].map(([name, s]) => [name, hostImport(s)])),
      parallel: (kernel: number, block: number, lo: number, hi: number) =>
        this.#parallel(kernel, block, lo, hi),
    });
    this.#kernels = this.code.kernels.map((_, i) => exports[`p${i}`] as KernelFunction);
    this.#main = exports.main as (frame: number) => void;
    this.#outAvals = outAvals;
    this.#order = order;
    const entries = program.params.length + program.outs.length + program.results.length;
    this.#arenaSlot = entries;
    this.#results = program.results.map(({ dtype }) => dtype);
    let bytes = (entries + 1) * 8;
    const place = (x: Buffer | Local): Slot => {
      const { dtype } = x;
      if (x.kind === "local") return { kind: "number", dtype, offset: 0, length: 1, bytes: 8 };
      const length = x.size;
      const size = length * dtypeInfo(dtype).bytes;
      if (size > largeBytes) return { kind: "large", dtype, offset: 0, length, bytes: size };
      const offset = Math.ceil(bytes / 16) * 16;
      bytes = offset + size;
      return { kind: "small", dtype, offset, length, bytes: size };
    };
    this.#params = program.params.map(place);
    this.#outs = program.outs.map(place);
    this.#frame = reserve(bytes + 16);
    frames.register(this, this.#frame);
    this.#forThreads = this.#kernels.length === 0 ? null : this.#shareModule();
    const { i32 } = views();
    [...this.#params, ...this.#outs].forEach((slot, i) => {
      if (slot.kind === "small") i32[this.#frame / 4 + 2 * i] = this.#frame + slot.offset;
    });
  }

  /** The module's bytes in the heap, for the other threads; null if it needs of JavaScript what they have not. */
  #shareModule(): ParallelProgram | null {
    const { binary, imports, hosts } = this.code;
    const undisturbed = isUndisturbed([...hosts.values()].map((s) => s.call));
    if (!undisturbed || ![...imports.keys()].every(knownToWorkers)) return null;
    const bytes = reserve(binary.length);
    frames.register(this, bytes);
    views().u8.set(binary, bytes);
    const kernels = this.#kernels;
    const run = (kernel: number, block: number, lo: number, hi: number): void =>
      kernels[kernel](block, lo, hi, 0);
    const paces = kernels.map(() => new Pace());
    return { id: nextProgram++, bytes, length: binary.length, frame: this.#frame, paces, run };
  }

  #parallel(kernel: number, block: number, lo: number, hi: number): number {
    const program = this.#forThreads;
    if (program === null) this.#kernels[kernel](block, lo, hi, 0);
    else runParallel(program, kernel, block, { lo, hi, ...this.code.kernels[kernel] });
    return 0;
  }

  /** A small array in the frame. */
  #view(slot: Slot): TypedArray {
    return typedView(slot.dtype, views().buffer, this.#frame + slot.offset, slot.length);
  }

  #run(): void {
    this.#isRunning = true;
    try {
      this.#main(this.#frame);
    } finally {
      this.#isRunning = false;
    }
  }

  /** For a call that the host makes while this module waits for it: its globals and its frame are in use. */
  get #another(): WasmProgram {
    return (this.#spare ??= this.#copy());
  }

  /** Runs on concrete arrays. */
  call(args: readonly ConcreteArray[]): ConcreteArray[] {
    if (this.#isRunning) return this.#another.call(args);
    beginCall();
    const large: HeapStorage[] = [];
    try {
      const arenaAddress = arenaOf(this.code.arenaBytes);
      const outs = this.#outs.map((slot) => {
        if (slot.kind !== "large") return slot;
        const storage = new HeapStorage(slot.dtype, slot.length);
        large.push(storage);
        return storage;
      });
      const addresses = args.map((a, i) => (this.#params[i].kind === "large" ? addressOf(a) : 0));
      // From here on nothing is allocated: views stay valid.
      const v = views();
      const slot = this.#frame / 8;
      args.forEach((a, i) => {
        const p = this.#params[i];
        if (p.kind === "large") v.i32[2 * (slot + i)] = addresses[i];
        else if (p.kind === "number") writeScalar(v, slot + i, a.raw as Scalar);
        else copyElements(this.#view(p), a.raw as TypedArray);
      });
      outs.forEach((out, i) => {
        if (out instanceof HeapStorage) v.i32[2 * (slot + args.length + i)] = out.use()!;
      });
      v.i32[2 * (slot + this.#arenaSlot)] = arenaAddress;
      this.#run();
      return this.#arrays(outs, args.length, views());
    } catch (e) {
      for (const s of large) s.free();
      throw e;
    }
  }

  #arrays(outs: readonly (HeapStorage | Slot)[], params: number, v: HeapViews): ConcreteArray[] {
    const firstResult = this.#frame / 8 + params + this.#outs.length;
    return this.#outAvals.map((aval, i) => {
      const at = this.#order[i];
      if (aval.ndim === 0)
        return new ConcreteArray(aval, readScalar(v, firstResult + at - this.#outs.length, aval.dtype));
      const out = outs[at];
      if (out instanceof HeapStorage) return new ConcreteArray(aval, null, out);
      return new ConcreteArray(aval, this.#view(out).slice());
    });
  }

  /** Runs on plain data: numbers and typed arrays in, typed arrays filled, 0-d results returned. */
  runInto(params: readonly ArrayData[], outs: readonly TypedArray[]): Scalar[] {
    if (this.#isRunning) return this.#another.runInto(params, outs);
    beginCall();
    const { buffer } = heapMemory();
    const blocks: number[] = [];
    const inHeap = (x: TypedArray): boolean => x.buffer === buffer;
    const place = (slot: Slot, x: ArrayData): number => {
      if (slot.kind === "small") return this.#frame + slot.offset;
      if (typeof x === "object" && inHeap(x)) return x.byteOffset;
      const address = reserve(slot.bytes);
      blocks.push(address);
      return address;
    };
    try {
      const arenaAddress = arenaOf(this.code.arenaBytes);
      const slots = [...this.#params, ...this.#outs];
      const data = [...params, ...outs];
      const places = slots.map((s, i) => (s.kind === "number" ? 0 : place(s, data[i])));
      const v = views();
      const first = this.#frame / 8;
      data.forEach((x, i) => {
        if (typeof x !== "object") writeScalar(v, first + i, x);
        else {
          v.i32[2 * (first + i)] = places[i];
          if (i < params.length && !(inHeap(x) && x.byteOffset === places[i]))
            v.u8.set(bytesOf(x), places[i]);
        }
      });
      v.i32[2 * (first + this.#arenaSlot)] = arenaAddress;
      this.#run();
      const after = views();
      outs.forEach((x, i) => {
        const at = places[params.length + i];
        if (!(inHeap(x) && x.byteOffset === at)) bytesOf(x).set(after.u8.subarray(at, at + x.byteLength));
      });
      return this.#results.map((dtype, k) => readScalar(after, first + slots.length + k, dtype));
    } finally {
      blocks.forEach((b) => heap.free(b));
    }
  }
}

/** A 0-d value in the frame: 64-bit integers as their bits, others as f64. */
function writeScalar(v: HeapViews, at: number, x: Scalar): void {
  if (typeof x === "bigint") v.i64[at] = x;
  else v.f64[at] = x;
}

const readScalar = (v: HeapViews, at: number, dtype: DType): Scalar =>
  isWide(dtype) ? wrapWide(v.i64[at], dtype) : v.f64[at];

const bytesOf = (x: TypedArray): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
