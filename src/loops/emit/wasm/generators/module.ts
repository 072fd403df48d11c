/**
 * @file What the emitters need of a generator of WebAssembly: a module under construction.
 *
 * Instructions have the names of the specification, `m.type.instruction(operands…)`, immediates in front. They make
 * expressions (`Ref`), which are trees: each may stand in one place of one module only. The methods may be called without
 * the object that they belong to.
 */
import type * as opcodes from "./opcodes.ts";

/** Value types. */
export type MachineType = keyof typeof opcodes.typeCodes;

declare const made: unique symbol;
/** An expression or a statement, as the emitters know it. What it is, its generator knows (`R`). */
export interface Ref {
  readonly [made]: true;
}

type Words<S> = S extends `${infer First} ${infer Rest}` ? First | Words<Rest> : S;

/** The instructions of a table that belong to a type, each a function of one kind. */
type Of<Table, T, F> = T extends keyof Table
  ? { readonly [I in Words<Table[T][keyof Table[T]]> & string]: F }
  : unknown;

type Shape = keyof typeof opcodes.unary | keyof typeof opcodes.shuffle;

/** The instructions on values, by type. */
export type Instructions<R> = {
  readonly [T in Shape]: Of<typeof opcodes.unary, T, (a: R) => R> &
    Of<typeof opcodes.binary, T, (a: R, b: R) => R> &
    Of<typeof opcodes.ternary, T, (a: R, b: R, c: R) => R> &
    Of<typeof opcodes.load, T, (offset: number, align: number, address: R) => R> &
    Of<typeof opcodes.store, T, (offset: number, align: number, address: R, value: R) => R> &
    Of<typeof opcodes.storeLane, T, StoreLane<R>> &
    Of<typeof opcodes.extract, T, (vector: R, lane: number) => R> &
    Of<typeof opcodes.replace, T, (vector: R, lane: number, value: R) => R> &
    Of<typeof opcodes.shuffle, T, (a: R, b: R, bytes: readonly number[]) => R> &
    Of<typeof opcodes.constant, T, (value: ConstantOf<T>) => R>;
};

/** The types of globals. */
export type GlobalType = Exclude<MachineType, "v128">;

/** What a constant of a type is made of. */
export type ConstantOf<T> = T extends "v128" ? Uint8Array : T extends "i64" ? number | bigint : number;

type StoreLane<R> = (offset: number, align: number, lane: number, address: R, vector: R) => R;

/** Control, variables and calls. Labels, globals and functions have names; locals have numbers, parameters first. */
export interface Structure<R> {
  /** Statements one after another; a branch to the label leaves them. With a result it is a function's body. */
  block(label: string | null, body: readonly R[], result?: MachineType | null): R;
  /** A branch to the label begins again. */
  loop(label: string, body: R): R;
  if(test: R, then: R, otherwise?: R): R;
  br(label: string, test?: R): R;
  call(name: string, args: readonly R[], result: MachineType | null): R;
  /** `a` if the test is not 0. Both are computed. */
  select(test: R, a: R, b: R): R;
  drop(value: R): R;
  readonly local: {
    get(index: number, type: MachineType): R;
    set(index: number, value: R): R;
  };
  readonly global: {
    get(name: string, type: MachineType): R;
    set(name: string, value: R): R;
  };
}

/** A module under construction. It imports its memory, `env.memory`, or has one of its own. */
export interface WasmModule<R = Ref> extends Instructions<R>, Structure<R> {
  /** @param locals the types of the locals behind the parameters. */
  addFunction(
    name: string,
    params: readonly MachineType[],
    result: MachineType | null,
    locals: readonly MachineType[],
    body: R,
  ): void;
  /** Imports a function from `env` under its own name. */
  addFunctionImport(name: string, params: readonly MachineType[], result: MachineType): void;
  /** Exports a function under its own name. */
  addFunctionExport(name: string): void;
  /** A global that can be written, 0 at first. */
  addGlobal(name: string, type: GlobalType): void;
  /** The module's bytes; with names for the profilers and debuggers of hosts, if given what functions are called there. */
  emitBinary(nameOf?: (name: string) => string): Uint8Array;
  /** The module in the text format. */
  emitText(): string;
  /** Frees what the host's garbage collector does not see. */
  dispose(): void;
}

/** What makes modules. */
export interface Generator {
  /**
   * @param shared whether the memory is shared by threads
   * @param ownPages the memory is the module's own instead, of so many pages, and exported as `memory`
   */
  newModule(shared: boolean, ownPages?: number): WasmModule;
}
