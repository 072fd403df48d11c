/**
 * @file The encoder: modules in the binary format, made at once and without anything to load. It does not validate: that
 * an emitter's module is valid is what the host says of it, and the tests by Binaryen.
 *
 * What was defined (`Definitions`) is written section by section. Locals are grouped by type, so that the few types of a
 * function take a few bytes to declare.
 */
import { invariant } from "../../../../base/util.ts";
import { maxPages } from "../host.ts";
import { Bytes } from "./bytes.ts";
import { type Opcode, type Sink, type Write, structure, valueInstructions } from "./instructions.ts";
import type { Generator, GlobalType, MachineType, WasmModule } from "./module.ts";
import { typeCodes } from "./opcodes.ts";
import { printModule } from "./text.ts";

export interface Signature {
  readonly name: string;
  readonly params: readonly MachineType[];
  readonly result: MachineType | null;
}

export interface FunctionBody extends Signature {
  readonly locals: readonly MachineType[];
  readonly body: Write;
}

/** What a module consists of. */
export interface Definitions {
  readonly shared: boolean;
  /** The pages of the module's own memory; null if it imports the heap. */
  readonly ownPages: number | null;
  readonly imports: readonly Signature[];
  readonly globals: readonly { readonly name: string; readonly type: GlobalType }[];
  readonly functions: readonly FunctionBody[];
  readonly exports: readonly string[];
}

/** The numbers of sections, in their order. */
const section = {
  custom: 0,
  types: 1,
  imports: 2,
  functions: 3,
  memory: 5,
  globals: 6,
  exports: 7,
  code: 10,
};

const functionType = 0x60;
const noResult = 0x40;
const otherwise = 0x05;
const end = 0x0b;

const indices = (items: readonly { readonly name: string }[]): ReadonlyMap<string, number> =>
  new Map(items.map(({ name }, i) => [name, i]));

/** The bytes of a module, with the numbers that names have in it. */
class BinarySink extends Bytes implements Sink {
  readonly #functions: ReadonlyMap<string, number>;
  readonly #globals: ReadonlyMap<string, number>;
  /** The places of a function's locals. */
  #locals: readonly number[] = [];
  /** The labels of the blocks around what is being written, outermost first. */
  readonly #labels: (string | null)[] = [];

  constructor({ imports, functions, globals }: Definitions) {
    super();
    this.#functions = indices([...imports, ...functions]);
    this.#globals = indices(globals);
  }

  opcode({ code }: Opcode): void {
    if (code < 0x100) this.byte(code);
    else {
      this.byte(code >>> 12);
      this.u32(code & 0xfff);
    }
  }

  memory(offset: number, align: number): void {
    this.u32(31 - Math.clz32(align));
    this.u32(offset);
  }

  local(index: number): void {
    this.u32(this.#locals[index]);
  }

  #index(map: ReadonlyMap<string, number>, name: string): void {
    const index = map.get(name);
    invariant(index !== undefined, `the module has no ${name}`);
    this.u32(index);
  }

  global(name: string): void {
    this.#index(this.#globals, name);
  }

  function(name: string): void {
    this.#index(this.#functions, name);
  }

  label(name: string): void {
    const at = this.#labels.lastIndexOf(name);
    invariant(at >= 0, `no block has the label ${name}`);
    this.u32(this.#labels.length - 1 - at);
  }

  open(op: Opcode, label: string | null): void {
    this.opcode(op);
    this.byte(noResult);
    this.#labels.push(label);
  }

  otherwise(): void {
    this.byte(otherwise);
  }

  close(): void {
    this.byte(end);
    this.#labels.pop();
  }

  type(t: MachineType): void {
    this.byte(typeCodes[t]);
  }

  /** A function's locals and instructions. */
  body({ params, locals, body }: FunctionBody): void {
    const groups = new Map<MachineType, number[]>();
    locals.forEach((t, i) => {
      const group = groups.get(t);
      if (group === undefined) groups.set(t, [params.length + i]);
      else group.push(params.length + i);
    });
    const places = params.map((_, i) => i);
    let next = params.length;
    this.list([...groups], ([t, members]) => {
      this.u32(members.length);
      this.type(t);
      for (const local of members) places[local] = next++;
    });
    this.#locals = places;
    body(this);
    this.byte(end);
  }
}

const signatureKey = ({ params, result }: Signature): string => `${params.join()}:${result ?? ""}`;

/** The part of the section of names that names functions. */
const functionNames = 1;

/** The module in the binary format. */
function encode(d: Definitions, nameOf?: (name: string) => string): Uint8Array {
  const out = new BinarySink(d);
  const all = [...d.imports, ...d.functions];
  const types = [...new Map(all.map((f) => [signatureKey(f), f])).values()];
  const typeOf = new Map(types.map((f, i) => [signatureKey(f), i]));
  const sectionOf = <T>(id: number, items: readonly T[], write: (item: T) => void): void => {
    if (items.length === 0) return;
    out.byte(id);
    out.sized(() => out.list(items, write));
  };
  const typeIndex = (f: Signature): void => out.u32(typeOf.get(signatureKey(f))!);
  out.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  sectionOf(section.types, types, ({ params, result }) => {
    out.byte(functionType);
    out.list(params, (t) => out.type(t));
    out.list(result === null ? [] : [result], (t) => out.type(t));
  });
  sectionOf(section.imports, d.ownPages === null ? [...d.imports, null] : d.imports, (f) => {
    out.name("env");
    out.name(f?.name ?? "memory");
    if (f === null) {
      // A memory, with limits, shared or not.
      out.bytes([2, d.shared ? 3 : 1, 1]);
      out.u32(maxPages);
    } else {
      out.byte(0);
      typeIndex(f);
    }
  });
  sectionOf(section.functions, d.functions, typeIndex);
  // A memory of a fixed size.
  sectionOf(section.memory, d.ownPages === null ? [] : [d.ownPages], (pages) => {
    out.byte(1);
    out.u32(pages);
    out.u32(pages);
  });
  sectionOf(section.globals, d.globals, ({ type }) => {
    out.type(type);
    out.byte(1);
    valueInstructions()[type].const(0)(out);
    out.byte(end);
  });
  sectionOf(section.exports, d.ownPages === null ? d.exports : [...d.exports, null], (name) => {
    out.name(name ?? "memory");
    out.byte(name === null ? 2 : 0);
    if (name === null) out.u32(0);
    else out.function(name);
  });
  sectionOf(section.code, d.functions, (f) => out.sized(() => out.body(f)));
  if (nameOf !== undefined) {
    out.byte(section.custom);
    out.sized(() => {
      out.name("name");
      out.byte(functionNames);
      out.sized(() =>
        out.list([...d.functions.keys()], (i) => {
          out.u32(d.imports.length + i);
          out.name(nameOf(d.functions[i].name));
        }),
      );
    });
  }
  return out.take();
}

function newModule(shared: boolean, ownPages: number | null = null): WasmModule<Write> {
  const imports: Signature[] = [];
  const globals: { name: string; type: GlobalType }[] = [];
  const functions: FunctionBody[] = [];
  const exports: string[] = [];
  const definitions = { shared, ownPages, imports, globals, functions, exports };
  return {
    ...valueInstructions(),
    ...structure,
    addFunction: (name, params, result, locals, body) =>
      void functions.push({ name, params, result, locals, body }),
    addFunctionImport: (name, params, result) => void imports.push({ name, params, result }),
    addFunctionExport: (name) => void exports.push(name),
    addGlobal: (name, type) => void globals.push({ name, type }),
    emitBinary: (nameOf) => encode(definitions, nameOf),
    emitText: () => printModule(definitions),
    dispose: () => undefined,
  };
}

export const encoder: Generator = {
  newModule: (shared, ownPages) => newModule(shared, ownPages) as unknown as WasmModule,
};
