/**
 * @file From bytes to a module: the operations of a file, with their operands, attributes and regions.
 *
 *   region    := number of blocks, number of values, block*
 *   block     := number of operations, arguments?, operation*
 *   operation := name, what there is of it, location, attributes?, properties?, results?, operands?, successors?, regions?
 *
 * What is known of the order of a value's uses is passed over.
 */
import type { Attribute } from "../text/attributes.ts";
import type { StablehloError } from "../text/errors.ts";
import type { Block, Func, Module, Op, Value } from "../text/ir.ts";
import type { FunctionType, Type } from "../text/types.ts";
import { builtin } from "./builtin.ts";
import type { Cursor } from "./cursor.ts";
import { type BytecodeFile, operationsSection, readFile, since } from "./file.ts";
import { readProperties } from "./properties.ts";
import { Scope } from "./scope.ts";
import { chlo, sdy, stablehlo } from "./stablehlo.ts";
import { Tables } from "./tables.ts";
import { attributesFrom, nameOf, vhlo } from "./vhlo.ts";

/** What there is of an operation, by the bits of a byte. */
const has = {
  attributes: 1,
  results: 2,
  operands: 4,
  successors: 8,
  regions: 16,
  orderOfUses: 32,
  properties: 64,
} as const;

const returns: readonly string[] = ["stablehlo.return", "func.return", "sdy.return"];

/** Stands between Shardy's operations and those of VHLO. */
const cast = "builtin.unrealized_conversion_cast";

/** Regions in regions beyond this are refused: each is a frame of the stack. */
const maxDepth = 200;

/** An operation before its regions. */
interface Head {
  readonly name: string;
  readonly at: number;
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly operands: readonly Value[];
  readonly types: readonly Type[];
  readonly regions: number;
  readonly isolated: boolean;
}

class ModuleReader {
  readonly #file: BytecodeFile;
  readonly #tables: Tables;
  readonly #isKnown: (name: string) => boolean;
  readonly #functions = new Map<string, Func>();
  readonly #calls: { readonly name: string; readonly at: number }[] = [];
  #name = "";
  #slots = 0;
  #depth = 0;

  constructor(file: BytecodeFile, isKnown: (name: string) => boolean) {
    this.#file = file;
    this.#tables = new Tables(file, { builtin, stablehlo, chlo, sdy, vhlo });
    this.#isKnown = isKnown;
  }

  module(): Module {
    const { operations } = this.#file;
    const scope = new Scope();
    const { count } = this.#blockHead(operations, scope);
    for (let i = 0; i < count; i++) this.#item(operations, scope);
    const error = (at: number, detail: string): StablehloError => operations.error(detail, at);
    for (const { name, at } of this.#calls)
      if (!this.#functions.has(name)) throw error(at, `there is no function @${name}.`);
    return { source: "module", error, name: this.#name, functions: this.#functions };
  }

  /** A module, a function, or what says nothing on one device. */
  #item(c: Cursor, scope: Scope): void {
    const head = this.#head(c, scope, (name) => ["builtin.module", "func.func", "sdy.mesh"].includes(name));
    const name = head.attributes.get("sym_name");
    if (head.name === "func.func") this.#function(c, scope, head);
    else if (head.name === "builtin.module") {
      if (typeof name === "string") this.#name = name;
      this.#regions(c, scope, head, (inside, own, count) => {
        for (let i = 0; i < count; i++) this.#item(inside, own);
      });
    }
  }

  #function(c: Cursor, scope: Scope, { attributes, at, ...head }: Head): void {
    const name = attributes.get("sym_name");
    const type = attributes.get("function_type");
    if (typeof name !== "string" || typeof type !== "object" || !("kind" in type) || type.kind !== "type")
      throw c.error("expected the attributes sym_name and function_type.", at);
    if (type.type.kind !== "function")
      throw c.error(`expected the type of a function; got ${type.type.text}.`, at);
    if (this.#functions.has(name)) throw c.error(`there are two functions @${name}.`, at);
    this.#slots = 0;
    const [body] = this.#regions(c, scope, { attributes, at, ...head }, (inside, own, count, args) =>
      this.#block(inside, own, count, args),
    );
    if (body === undefined) throw c.error(`expected the body of @${name}.`, at);
    this.#checkFunction(c, name, type.type, body);
    this.#functions.set(name, { name, at, body, results: type.type.outs, attributes, slots: this.#slots });
  }

  #checkFunction(c: Cursor, name: string, { ins, outs }: FunctionType, { args, end }: Block): void {
    if (args.length !== ins.length || args.some(({ type }, i) => type.text !== ins[i].text))
      throw c.error(`expected the arguments of @${name} to be those of its type.`, end.at);
    if (end.operands.length !== outs.length)
      throw c.error(
        `expected ${outs.length} results, as @${name} declares; got ${end.operands.length}.`,
        end.at,
      );
  }

  /** Reads each region of an operation: the one block that it must have. */
  #regions<T>(
    c: Cursor,
    scope: Scope,
    { regions, isolated, at }: Head,
    read: (c: Cursor, scope: Scope, count: number, args: readonly Value[]) => T,
  ): T[] {
    if (this.#depth >= maxDepth) throw c.error(`expected at most ${maxDepth} levels of nesting.`, at);
    this.#depth++;
    let inside = c;
    if (regions > 0 && isolated && this.#file.version >= since.isolatedRegionsInSections) {
      const section = c.section();
      if (section.id !== operationsSection) throw c.error("expected a section of operations.", section.at);
      inside = section.inside;
    }
    const own = isolated ? new Scope() : scope;
    const out: T[] = [];
    for (let i = 0; i < regions; i++) {
      const start = inside.at;
      const blocks = inside.number("a number of blocks");
      if (blocks !== 1) throw inside.error(`expected one block; got ${blocks}.`, start);
      const values = inside.number("a number of values");
      out.push(
        own.inside(values, () => {
          const { count, args } = this.#blockHead(inside, own);
          return read(inside, own, count, args);
        }),
      );
    }
    this.#depth--;
    return out;
  }

  /** The number of operations of a block, and its arguments. */
  #blockHead(c: Cursor, scope: Scope): { count: number; args: Value[] } {
    const { at } = c;
    const written = c.number("a number of operations");
    const count = Math.floor(written / 2);
    if (count > c.left) throw c.error(`expected ${count} operations, but ${c.left} bytes are left.`, at);
    if ((written & 1) === 0) return { count, args: [] };
    const args = c.list("arguments", () => this.#argument(c, scope));
    if (this.#file.version >= since.orderOfUses && c.byte("whether uses are ordered") !== 0)
      this.#skipOrderOfUses(c, args.length);
    return { count, args };
  }

  #argument(c: Cursor, scope: Scope): Value {
    const { at } = c;
    const written = c.number("the index of a type");
    const flagged = this.#file.version >= since.locationsLeftOut;
    const type = this.#tables.typeAt(c, flagged ? Math.floor(written / 2) : written, at);
    if (!flagged || (written & 1) === 1) c.number("a location");
    return this.#declare(type, null, c, scope, at);
  }

  #declare(type: Type, from: Value["from"], c: Cursor, scope: Scope, at: number): Value {
    const value: Value = { type, slot: this.#slots++, from };
    scope.define(value, c, at);
    return value;
  }

  #skipOrderOfUses(c: Cursor, values: number): void {
    const orders = values > 1 ? c.count("a number of values") : 1;
    for (let i = 0; i < orders; i++) {
      if (values > 1) c.number("a value");
      for (let n = Math.floor(c.number("a number of uses") / 2); n > 0; n--) c.number("a use");
    }
  }

  /** The operations of a block, of which the last returns. */
  #block(c: Cursor, scope: Scope, count: number, args: readonly Value[]): Block {
    const ops: Op[] = [];
    for (let i = 0; i < count; i++) {
      const op = this.#operation(c, scope);
      if (op !== null) ops.push(op);
    }
    const end = ops.pop();
    if (end === undefined || !returns.includes(end.name) || ops.some((op) => returns.includes(op.name)))
      throw c.error("expected a block that ends in the operation that returns.");
    return { args, ops, end };
  }

  /** An operation; null of one that only gives its operands as types of another dialect, which here are the same. */
  #operation(c: Cursor, scope: Scope): Op | null {
    const isOperation = (name: string): boolean =>
      this.#isKnown(name) || name === cast || returns.includes(name);
    const head = this.#head(c, scope, isOperation);
    const { name, at, operands, attributes } = head;
    if (name === cast) {
      if (
        head.types.length !== operands.length ||
        head.types.some((t, i) => t.text !== operands[i].type.text)
      )
        throw c.error("expected a conversion between types that are the same here.", at);
      for (const value of operands) scope.define(value, c, at);
      return null;
    }
    const regions: Block[] = [];
    const op: Op = { name, at, operands, results: [], attributes, regions };
    head.types.forEach((type, index) => op.results.push(this.#declare(type, { op, index }, c, scope, at)));
    if (head.regions > 0)
      regions.push(
        ...this.#regions(c, scope, head, (inside, own, n, args) => this.#block(inside, own, n, args)),
      );
    const callee = attributes.get("callee");
    if (name === "func.call" && typeof callee === "object" && "kind" in callee && callee.kind === "symbol")
      this.#calls.push({ name: callee.name, at });
    return op;
  }

  #head(c: Cursor, scope: Scope, isKnown: (name: string) => boolean): Head {
    const { at } = c;
    const written = c.entry(this.#file.names, "the name of an operation");
    const name = nameOf(written.name).replace(/^mhlo\./, "stablehlo.");
    if (!isKnown(name)) throw c.error(this.#unknown(name, written.name), at);
    const mask = c.byte("what an operation has");
    c.number("a location");
    const attributes = this.#attributes(c, written, mask);
    const types = (mask & has.results) === 0 ? [] : c.list("results", () => this.#tables.type(c));
    const operands = (mask & has.operands) === 0 ? [] : c.list("operands", () => this.#operand(c, scope));
    if ((mask & has.successors) !== 0) throw c.error("branches between blocks have no counterpart.", at);
    if ((mask & has.orderOfUses) !== 0) this.#skipOrderOfUses(c, types.length);
    const regions = (mask & has.regions) === 0 ? 0 : c.number("a number of regions");
    if (regions / 2 > c.left) throw c.error(`expected ${regions} regions, but ${c.left} bytes are left.`);
    return {
      name,
      at,
      attributes: written.name.startsWith("vhlo.") ? attributesFrom(name, attributes) : attributes,
      operands,
      types,
      regions: Math.floor(regions / 2),
      isolated: (regions & 1) === 1,
    };
  }

  #unknown(name: string, written: string): string {
    if (this.#depth > 1) return `the operation '${written}' is not known.`;
    return `expected a module or a function; got '${name}'.`;
  }

  /** The attributes of an operation, of itself and others. */
  #attributes(
    c: Cursor,
    { name, defined }: BytecodeFile["names"][number],
    mask: number,
  ): Map<string, Attribute> {
    const out = new Map<string, Attribute>();
    const merge = (): void => {
      const { at } = c;
      const found = this.#tables.attribute(c);
      if (typeof found !== "object" || !("kind" in found) || found.kind !== "struct")
        throw c.error("expected an attribute that is a dictionary.", at);
      found.fields.forEach((value, key) => out.set(key, value));
    };
    if ((mask & has.attributes) !== 0) merge();
    if ((mask & has.properties) === 0) return out;
    if (defined) {
      const { at, end } = c.entry(this.#file.properties, "properties");
      readProperties(name, c.part(at, end), this.#tables, out);
    } else merge();
    return out;
  }

  #operand(c: Cursor, scope: Scope): Value {
    const { at } = c;
    const number = c.number("a value");
    const found = scope.get(number);
    if (found === undefined) throw c.error(`value ${number} is not defined.`, at);
    return found;
  }
}

/**
 * The module that bytes are, which begin at `base` in what the user gave. `isKnown` tells which operations there are.
 * @throws StablehloError where they are not MLIR's, or hold what is not known
 */
export const readModule = (bytes: Uint8Array, base: number, isKnown: (name: string) => boolean): Module =>
  new ModuleReader(readFile(bytes, base), isKnown).module();
