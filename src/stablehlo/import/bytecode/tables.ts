/**
 * @file The attributes and types of a file, each read when it is first asked for: locations never are.
 *
 * They refer to one another by their indices. Rings are refused, and so are trees that are larger than any program's when what
 * they share is counted each time: whoever walks them walks that far.
 */
import { type Attribute, parseAttribute } from "../text/attributes.ts";
import { StablehloError } from "../text/errors.ts";
import { Reader } from "../text/reader.ts";
import { type Type, parseType } from "../text/types.ts";
import type { Cursor } from "./cursor.ts";
import type { BytecodeFile, Entry } from "./file.ts";

type Decoders<T> = Readonly<Record<number, (c: Cursor, tables: Tables) => T>>;

/** How a dialect writes its attributes and types, by the number that each begins with. */
export interface Dialect {
  readonly attributes: Decoders<Attribute>;
  readonly types: Decoders<Type>;
}
export type Dialects = Readonly<Record<string, Dialect>>;

/** Attributes in attributes beyond this are refused: each is a frame of the stack. */
const maxDepth = 100;
/** Attributes in an attribute, and characters of a type, beyond this are refused. */
const maxSize = 1 << 22;

/** What a text is that stands for an attribute or a type. */
function fromText<T>(entry: Entry, parse: (r: Reader) => T): T {
  const { bytes } = entry;
  const { at } = bytes;
  const r = new Reader(bytes.text("text"));
  try {
    return parse(r);
  } catch (e) {
    if (!(e instanceof StablehloError)) throw e;
    throw bytes.error(`'${r.text.slice(0, 80)}': ${e.detail.replace(/^.*?column \d+: /, "")}`, at + e.offset);
  }
}

const names = { types: new Map(), attributes: new Map(), resources: new Map() } as const;

/** A kind of entries: how those are read that are text, and which numbers a dialect has. */
class Table<T> {
  readonly #entries: readonly Entry[];
  readonly #what: string;
  readonly #parse: (r: Reader) => T;
  readonly #decoders: (dialect: string) => Decoders<T> | undefined;
  readonly #read: ({ readonly value: T; readonly size: number } | "begun" | undefined)[] = [];

  constructor(
    entries: readonly Entry[],
    what: string,
    parse: (r: Reader) => T,
    decoders: (dialect: string) => Decoders<T> | undefined,
  ) {
    this.#entries = entries;
    this.#what = what;
    this.#parse = parse;
    this.#decoders = decoders;
  }

  get(c: Cursor, index: number, at: number, tables: Tables): T {
    const entry = c.pick(this.#entries, index, this.#what, at);
    const known = this.#read[index];
    if (known === "begun") throw c.error(`expected ${this.#what} that is not in itself.`, at);
    if (known !== undefined) {
      tables.count(known.size, c);
      return known.value;
    }
    this.#read[index] = "begun";
    const [value, size] = tables.nested(c, () => this.#decode(entry, tables));
    this.#read[index] = { value, size };
    return value;
  }

  #decode(entry: Entry, tables: Tables): T {
    if (!entry.encoded) return fromText(entry, this.#parse);
    const { at, end } = entry.bytes;
    const bytes = entry.bytes.part(at, end);
    const decoders = this.#decoders(entry.dialect);
    const code = bytes.number(`${this.#what} of the dialect ${entry.dialect}`);
    const decode = decoders !== undefined && Object.hasOwn(decoders, code) ? decoders[code] : undefined;
    if (decode === undefined)
      throw bytes.error(
        `${this.#what} of number ${code} of the dialect '${entry.dialect}' is not known.`,
        at,
      );
    const value = decode(bytes, tables);
    if (bytes.left > 0) throw bytes.error(`expected the end of ${this.#what}; ${bytes.left} bytes are left.`);
    return value;
  }
}

export class Tables {
  readonly #file: BytecodeFile;
  readonly #attributes: Table<Attribute>;
  readonly #types: Table<Type>;
  #depth = 0;
  /** How much there is in what is being read, so far. */
  #size = 0;

  constructor(file: BytecodeFile, dialects: Dialects) {
    const of = (name: string): Dialect | undefined =>
      Object.hasOwn(dialects, name) ? dialects[name] : undefined;
    this.#file = file;
    this.#attributes = new Table(
      file.attributes,
      "an attribute",
      (r) => parseAttribute(r, names),
      (dialect) => of(dialect)?.attributes,
    );
    this.#types = new Table(
      file.types,
      "a type",
      (r) => parseType(r, names.types),
      (dialect) => of(dialect)?.types,
    );
  }

  /** Counts what is read a second time. */
  count(size: number, c: Cursor): void {
    if (this.#depth === 0) return;
    this.#size += size;
    if (this.#size > maxSize) throw c.error(`expected at most ${maxSize} attributes in one.`);
  }

  /** Reads what may contain others; gives its size as well. */
  nested<T>(c: Cursor, read: () => T): [T, number] {
    if (this.#depth >= maxDepth) throw c.error(`expected at most ${maxDepth} levels of nesting.`);
    const before = this.#depth === 0 ? 0 : this.#size;
    this.#size = before + 1;
    this.#depth++;
    const value = read();
    this.#depth--;
    const size = this.#size - before;
    if (this.#depth === 0) this.#size = 0;
    return [value, size];
  }

  string(c: Cursor): string {
    return c.entry(this.#file.strings, "a string");
  }

  /** The data of a constant that stands apart. */
  resource(c: Cursor): Uint8Array {
    const { at } = c;
    const found = c.entry(this.#file.resources, "a resource");
    if (found === null) throw c.error("the constant was left out when the bytes were written.", at);
    return found.data.subarray(found.at, found.end);
  }

  attribute(c: Cursor): Attribute {
    const { at } = c;
    return this.attributeAt(c, c.number("the index of an attribute"), at);
  }
  attributeAt(c: Cursor, index: number, at: number): Attribute {
    return this.#attributes.get(c, index, at, this);
  }
  /** An attribute that may be left out. */
  optional(c: Cursor): Attribute | null {
    const { at } = c;
    const written = c.number("the index of an attribute");
    return (written & 1) === 0 ? null : this.attributeAt(c, Math.floor(written / 2), at);
  }

  type(c: Cursor): Type {
    const { at } = c;
    return this.typeAt(c, c.number("the index of a type"), at);
  }
  typeAt(c: Cursor, index: number, at: number): Type {
    const type = this.#types.get(c, index, at, this);
    if (type.text.length > maxSize) throw c.error(`expected a type of at most ${maxSize} characters.`, at);
    return type;
  }
}
