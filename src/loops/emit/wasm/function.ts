/**
 * @file One WebAssembly function under construction: its locals, its constants, and the statements of the block that is
 * being written.
 *
 * Expressions are trees: a value that is needed twice is held in a local (`hold`), and read again each time.
 * Locals made while one statement is written (`temporaries`) are used again by later ones.
 */
import type { MachineType, Ref, WasmModule } from "./generators/module.ts";

/** A value that can be read any number of times. */
export type Held = () => Ref;

export class FunctionBuilder {
  readonly m: WasmModule;
  readonly name: string;
  readonly #params: readonly MachineType[];
  readonly #vars: MachineType[] = [];
  readonly #constants = new Map<string, number>();
  /** Runs before everything else. */
  readonly #prologue: Ref[] = [];
  /** The block being written. */
  #out: Ref[] = [];
  #labels = 0;

  constructor(m: WasmModule, name: string, params: readonly MachineType[]) {
    this.m = m;
    this.name = name;
    this.#params = params;
  }

  /** Locals that hold nothing any more. */
  readonly #unused = new Map<MachineType, number[]>();
  /** Those of the statement being written. */
  #temporary: { readonly type: MachineType; readonly index: number }[] | null = null;

  #fresh(type: MachineType): number {
    this.#vars.push(type);
    return this.#params.length + this.#vars.length - 1;
  }

  /** A local until it is released. */
  variable(type: MachineType): number {
    return this.#unused.get(type)?.pop() ?? this.#fresh(type);
  }

  /** The local will not be read again before it is written. */
  release(index: number, type: MachineType): void {
    const unused = this.#unused.get(type);
    if (unused === undefined) this.#unused.set(type, [index]);
    else unused.push(index);
  }

  /** A local until the statement that is being written ends. */
  local(type: MachineType): number {
    const index = this.variable(type);
    this.#temporary?.push({ type, index });
    return index;
  }

  /** Writes a statement; the locals that it made for itself are free afterwards. */
  temporaries(write: () => void): void {
    const before = this.#temporary;
    const own: { type: MachineType; index: number }[] = [];
    this.#temporary = own;
    write();
    this.#temporary = before;
    for (const { index, type } of own) this.release(index, type);
  }

  get(index: number, type: MachineType): Ref {
    return this.m.local.get(index, type);
  }

  push(statement: Ref): void {
    this.#out.push(statement);
  }

  set(index: number, value: Ref): void {
    this.push(this.m.local.set(index, value));
  }

  /** Keeps a value for several uses. */
  hold(value: Ref, type: MachineType): Held {
    const index = this.local(type);
    this.set(index, value);
    return () => this.get(index, type);
  }

  /** A value computed once, at the beginning of the function. */
  constant(key: string, type: MachineType, make: () => Ref): Ref {
    let index = this.#constants.get(key);
    if (index === undefined) {
      // Set in the prologue: no local that was used for something else.
      this.#constants.set(key, (index = this.#fresh(type)));
      this.#prologue.push(this.m.local.set(index, make()));
    }
    return this.get(index, type);
  }

  /** A vector constant, from its bytes. V8 builds one from immediates at each use, so it is kept in a local. */
  vector(bytes: Uint8Array): Ref {
    return this.constant(`v${bytes.join()}`, "v128", () => this.m.v128.const(bytes));
  }

  label(): string {
    return `L${this.#labels++}`;
  }

  /** The statements that `write` makes, as a block. */
  block(write: () => void, label: string | null = null): Ref {
    const before = this.#out;
    this.#out = [];
    write();
    const body = this.#out;
    this.#out = before;
    return label === null && body.length === 1 ? body[0] : this.m.block(label, body);
  }

  if(test: Ref, then: () => void, otherwise?: () => void): void {
    const yes = this.block(then);
    this.push(otherwise === undefined ? this.m.if(test, yes) : this.m.if(test, yes, this.block(otherwise)));
  }

  /** Repeats while `again` (written at the end of the body) is not 0. The body runs at least once. */
  repeat(body: () => void, again: () => Ref): void {
    const top = this.label();
    const inner = this.block(() => {
      body();
      this.push(this.m.br(top, again()));
    });
    this.push(this.m.loop(top, inner));
  }

  /** Repeats as long as `again` is not 0, or until the body branches to `exit`. */
  repeatUnless(body: (exit: string) => void, again: () => Ref): void {
    const exit = this.label();
    const inner = this.block(() => this.repeat(() => body(exit), again));
    this.push(this.m.block(exit, [inner]));
  }

  /** Repeats as long as `test` (written at the beginning) is not 0. */
  while(test: () => Ref, body: () => void): void {
    const top = this.label();
    const exit = this.label();
    const inner = this.block(() => {
      this.push(this.m.br(exit, this.m.i32.eqz(test())));
      body();
      this.push(this.m.br(top));
    });
    this.push(this.m.block(exit, [this.m.loop(top, inner)]));
  }

  /** Adds the function to its module. `result` is its value. */
  finish(result: Ref | null = null, type: MachineType | null = null): void {
    const all = [...this.#prologue, ...this.#out];
    if (result !== null) all.push(result);
    this.m.addFunction(this.name, this.#params, type, this.#vars, this.m.block(null, all, type));
  }
}
