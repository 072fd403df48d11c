/**
 * @file From text to a module. Operations are read in MLIR's generic form, `"name"(%a) <{…}> ({…}) {…} : (…) -> …`, or as
 * they are printed otherwise (syntax.ts).
 *
 *   module  := 'module' @name? ('attributes' dictionary)? '{' item* '}' | item*
 *   item    := function | module | alias | generic operation | what annotates (sdy.mesh)
 *   block   := '{' ('^bb0' '(' arguments ')' ':')? operation* '}'
 *   operation := (results '=')? (generic | printed) ('loc' '(' … ')')?
 */
import {
  type Attribute,
  type Attributes,
  type Names,
  type Struct,
  parseAttribute,
  parseDictionary,
} from "./attributes.ts";
import { hexBytes } from "./dense.ts";
import type { Block, Func, Module, Op, Value } from "./ir.ts";
import { Reader } from "./reader.ts";
import { type Draft, checkOperands } from "./draft.ts";
import { parsePrinted } from "./syntax.ts";
import { type Type, parseType, typeList } from "./types.ts";

const returns: readonly string[] = ["stablehlo.return", "func.return", "sdy.return"];

/** The names that operations have where their dialect may be left out. */
const unprefixed: Readonly<Record<string, string>> = {
  return: "func.return",
  call: "func.call",
  constant: "stablehlo.constant",
};

export class Parser {
  readonly r: Reader;
  readonly names: Names;
  readonly #functions = new Map<string, Func>();
  readonly #calls: { readonly name: string; readonly at: number }[] = [];
  readonly #isKnown: (name: string) => boolean;
  #scopes: Map<string, Value[]>[] = [];
  #slots = 0;
  #name = "";

  /** `isKnown` tells which operations there are. */
  constructor(text: string, isKnown: (name: string) => boolean) {
    this.r = new Reader(text);
    this.#isKnown = isKnown;
    this.names = { types: new Map(), attributes: new Map(), resources: this.#readResources() };
  }

  module(): Module {
    while (!this.r.atEnd && !this.r.sees("{-#")) this.#item();
    for (const { name, at } of this.#calls)
      if (!this.#functions.has(name)) throw this.r.error(`there is no function @${name}.`, at);
    return {
      source: "text",
      error: (at, detail) => this.r.error(detail, at),
      name: this.#name,
      functions: this.#functions,
    };
  }

  /** `{-# dialect_resources: { builtin: { name: "0x…" } } #-}`, which follows the module that refers to it. */
  #readResources(): Map<string, { bytes: Uint8Array }> {
    const out = new Map<string, { bytes: Uint8Array }>();
    const start = this.r.text.lastIndexOf("\n{-#");
    if (start < 0) return out;
    const r = new Reader(this.r.text);
    r.at = start;
    r.expect("{-#");
    const section = (depth: number): void => {
      do {
        const key = r.sees('"') ? r.string() : r.requiredWord("a name");
        r.expect(":");
        if (depth < 2) {
          r.expect("{");
          if (!r.takes("}")) {
            section(depth + 1);
            r.expect("}");
          }
          continue;
        }
        if (r.sees('"0x')) {
          const { at } = r;
          const blob = hexBytes(r);
          // The first four bytes say how it was aligned.
          if (blob.length < 4) throw r.error("expected at least four bytes.", at);
          out.set(key, { bytes: blob.subarray(4) });
        } else parseAttribute(r, { types: new Map(), attributes: new Map(), resources: new Map() });
      } while (r.takes(","));
    };
    section(0);
    r.expect("#-}");
    return out;
  }

  #item(): void {
    const { r } = this;
    if (r.sees("#")) {
      const name = r.alias().slice(1);
      r.expect("=");
      if (r.peekWord() === "loc") r.location();
      else this.names.attributes.set(name, parseAttribute(r, this.names));
      return;
    }
    if (r.sees("!")) {
      const name = r.alias();
      r.expect("=");
      this.names.types.set(name, parseType(r, this.names.types));
      return;
    }
    r.skip();
    const { at } = r;
    if (r.sees('"')) this.#genericItem(r.string(), at);
    else {
      const word = r.requiredWord("a module or a function");
      if (word === "module" || word === "builtin.module") this.#module();
      else if (word === "func.func" || word === "func") this.#function(at);
      else if (word === "sdy.mesh") this.#annotation();
      else throw r.error(`expected a module or a function; got '${word}'.`, at);
    }
    r.location();
  }

  #module(): void {
    const { r } = this;
    if (r.sees("@")) this.#name = r.symbol();
    if (r.takes("attributes")) parseDictionary(r, this.names);
    r.expect("{");
    r.nested(() => {
      while (!r.sees("}")) this.#item();
    });
    r.expect("}");
  }

  /** `sdy.mesh @mesh = <["x"=2]>`: on one device, it says nothing. */
  #annotation(): void {
    const { r } = this;
    r.symbol();
    r.expect("=");
    if (!r.sees("<")) throw r.unexpected("'<'");
    r.balanced();
  }

  #genericItem(name: string, at: number): void {
    const { r } = this;
    r.expect("(");
    r.expect(")");
    const attributes = new Map<string, Attribute>();
    this.#properties(attributes);
    const body = attributes.get("sym_name");
    if (name === "builtin.module") {
      r.expect("(");
      r.expect("{");
      if (r.sees("^")) {
        r.blockName();
        r.expect(":");
      }
      r.nested(() => {
        while (!r.sees("}")) this.#item();
      });
      r.expect("}");
      r.expect(")");
    } else if (name === "func.func") {
      r.expect("(");
      const type = attributes.get("function_type");
      if (
        typeof body !== "string" ||
        typeof type !== "object" ||
        !("kind" in type) ||
        type.kind !== "type" ||
        type.type.kind !== "function"
      )
        throw r.error("expected the attributes sym_name and function_type.", at);
      this.#define(body, at, type.type.outs, attributes, () => this.block(null));
      r.expect(")");
    } else if (name !== "sdy.mesh") throw r.error(`expected a module or a function; got '${name}'.`, at);
    if (r.sees("{")) parseDictionary(r, this.names);
    r.expect(":");
    parseType(r, this.names.types);
  }

  #define(
    name: string,
    at: number,
    results: readonly Type[],
    attributes: Attributes,
    parse: () => Block,
  ): void {
    if (this.#functions.has(name)) throw this.r.error(`there are two functions @${name}.`, at);
    this.#scopes = [new Map<string, Value[]>()];
    this.#slots = 0;
    const body = this.r.nested(parse);
    if (body.end.operands.length !== results.length)
      throw this.r.error(
        `expected ${results.length} results, as @${name} declares; got ${body.end.operands.length}.`,
        body.end.at,
      );
    this.#functions.set(name, { name, at, body, results, attributes, slots: this.#slots });
  }

  #function(at: number): void {
    const { r } = this;
    const visibility = r.peekWord();
    if (visibility !== null) {
      r.word();
      if (!["public", "private", "nested"].includes(visibility))
        throw r.error(`expected @name; got '${visibility}'.`);
    }
    const name = r.symbol();
    const head: { name: string; type: Type }[] = r.list("(", ")", () => {
      const arg = r.valueName("an argument, %name: type");
      r.expect(":");
      const type = parseType(r, this.names.types);
      if (r.sees("{")) parseDictionary(r, this.names);
      r.location();
      return { name: arg, type };
    });
    const results = r.takes("->") ? this.#functionResults() : [];
    const attributes = r.takes("attributes")
      ? parseDictionary(r, this.names).fields
      : new Map<string, Attribute>();
    if (!r.sees("{")) throw r.unexpected(`the body of @${name}, '{'`);
    this.#define(name, at, results, attributes, () => this.block(head));
  }

  #functionResults(): Type[] {
    const { r } = this;
    if (!r.sees("(")) return [parseType(r, this.names.types)];
    return r.list("(", ")", () => {
      const type = parseType(r, this.names.types);
      if (r.sees("{")) parseDictionary(r, this.names);
      return type;
    });
  }

  /** Makes a value, under its name if it has one. */
  declare(name: string | null, types: readonly Type[], from: Op | null, at: number): Value[] {
    const values = types.map((type, index): Value => ({
      type,
      slot: this.#slots++,
      from: from === null ? null : { op: from, index },
    }));
    if (name === null) return values;
    if (this.#scopes.some((s) => s.has(name))) throw this.r.error(`${name} is defined twice.`, at);
    this.#scopes[this.#scopes.length - 1].set(name, values);
    return values;
  }

  /** A value in use: `%name`, or `%name#1` of several results. */
  value(): Value {
    const { r } = this;
    r.skip();
    const { at } = r;
    const name = r.valueName();
    const index = r.text[r.at] === "#" ? (r.at++, r.integer()) : 0;
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const found = this.#scopes[i].get(name)?.[index];
      if (found !== undefined) return found;
    }
    throw r.error(`${name}${index > 0 ? `#${index}` : ""} is not defined.`, at);
  }

  values(): Value[] {
    const out: Value[] = [];
    if (!this.r.sees("%")) return out;
    do out.push(this.value());
    while (this.r.takes(","));
    return out;
  }

  /** Whether there is such an operation. */
  knows(name: string): boolean {
    return this.#isKnown(name);
  }

  /** Notes a call, whose function may follow. */
  calls(name: string, at: number): void {
    this.#calls.push({ name, at });
  }

  /** A region of one block, whose arguments are those given or stand in it. */
  block(head: readonly { readonly name: string; readonly type: Type }[] | null): Block {
    const { r } = this;
    r.expect("{");
    this.#scopes.push(new Map());
    const own = head ?? this.#blockHead();
    const args = own.flatMap(({ name, type }) => this.declare(name, [type], null, r.at));
    const ops: Op[] = [];
    let end: Op | null = null;
    while (end === null) {
      if (r.sees("}") || r.atEnd) throw r.unexpected("an operation that returns");
      const op = this.#operation();
      if (returns.includes(op.name)) end = op;
      else ops.push(op);
    }
    if (r.sees("^")) throw r.error("expected one block; got several.");
    if (!r.takes("}")) throw r.unexpected("'}' after the operation that returns");
    this.#scopes.pop();
    return { args, ops, end };
  }

  #blockHead(): { name: string; type: Type }[] {
    const { r } = this;
    if (!r.sees("^")) return [];
    r.blockName();
    const args = r.sees("(")
      ? r.list("(", ")", () => {
          const name = r.valueName();
          r.expect(":");
          const type = parseType(r, this.names.types);
          r.location();
          return { name, type };
        })
      : [];
    r.expect(":");
    return args;
  }

  #operation(): Op {
    const { r } = this;
    r.skip();
    const names: { name: string; count: number; at: number }[] = [];
    if (r.sees("%")) {
      do {
        r.skip();
        const { at } = r;
        const name = r.valueName();
        const count = r.takes(":") ? r.integer("the number of results") : 1;
        names.push({ name, count, at });
      } while (r.takes(","));
      r.expect("=");
      r.skip();
    }
    const { at } = r;
    const generic = r.sees('"');
    const written = generic ? r.string() : r.requiredWord("an operation");
    const name = (unprefixed[written] ?? written).replace(/^mhlo\./, "stablehlo.");
    if (!this.#isKnown(name) && !returns.includes(name))
      throw r.error(`the operation '${written}' is not known.`, at);
    const draft: Draft = {
      name,
      at,
      resultCount: names.reduce((n, x) => n + x.count, 0),
      operands: [],
      attributes: new Map(),
      regions: [],
      results: [],
    };
    r.nested(() => {
      if (generic) this.#generic(draft);
      else parsePrinted(this, draft);
    });
    return this.#finish(draft, names);
  }

  #finish(draft: Draft, names: readonly { name: string; count: number; at: number }[]): Op {
    const { r } = this;
    r.location();
    if (names.length > 0 && draft.results.length !== draft.resultCount)
      throw r.error(
        `${draft.name} has ${draft.results.length} results; the names before it are for ${draft.resultCount}.`,
        draft.at,
      );
    const { name, at, operands, attributes, regions, results } = draft;
    const op: Op = { name, at, operands, results: [], attributes, regions };
    let taken = 0;
    for (const { name: own, count, at: where } of names) {
      op.results.push(...this.#part(own, results.slice(taken, taken + count), op, taken, where));
      taken += count;
    }
    if (names.length === 0) op.results.push(...this.declare(null, results, op, at));
    return op;
  }

  #part(name: string, types: readonly Type[], op: Op, first: number, at: number): Value[] {
    const values = this.declare(name, types, op, at);
    if (first === 0) return values;
    const moved = values.map((v): Value => ({ ...v, from: { op, index: (v.from?.index ?? 0) + first } }));
    this.#scopes[this.#scopes.length - 1].set(name, moved);
    return moved;
  }

  /** `<{…}>`, the attributes that an operation has of itself. */
  #properties(into: Map<string, Attribute>): void {
    const { r } = this;
    if (!r.takes("<")) return;
    this.merge(parseDictionary(r, this.names), into);
    r.expect(">");
  }

  merge(dictionary: Struct, into: Map<string, Attribute>): void {
    for (const [key, value] of dictionary.fields) into.set(key, value);
  }

  #generic(draft: Draft): void {
    const { r } = this;
    draft.operands.push(...r.list("(", ")", () => this.value()));
    if (r.sees("[")) throw r.error("branches between blocks have no counterpart.");
    this.#properties(draft.attributes);
    if (r.sees("(")) draft.regions.push(...r.list("(", ")", () => this.block(null)));
    if (r.sees("{")) this.merge(parseDictionary(r, this.names), draft.attributes);
    r.expect(":");
    r.skip();
    const { at } = r;
    const ins = r.list("(", ")", () => parseType(r, this.names.types));
    r.expect("->");
    draft.results.push(...typeList(r, this.names.types));
    checkOperands(r, draft, ins, at);
    const callee = draft.attributes.get("callee");
    if (
      draft.name === "func.call" &&
      typeof callee === "object" &&
      "kind" in callee &&
      callee.kind === "symbol"
    )
      this.calls(callee.name, draft.at);
  }
}
