/**
 * @file The file format of MLIR: sections of strings, names of operations, where each attribute and type begins, resources,
 * properties, and the operations themselves. Versions 0 to 6, which are all that there are.
 *
 *   file := 'MLïR' version producer section*
 *
 * Source: mlir/docs/BytecodeFormat.md and mlir/lib/Bytecode of LLVM.
 */
import { Cursor, decode } from "./cursor.ts";

/** From which version of the format on something is as it is today. */
export const since = {
  dialectVersions: 1,
  isolatedRegionsInSections: 2,
  orderOfUses: 3,
  locationsLeftOut: 4,
  properties: 5,
} as const;
const newest = 6;

/** What sections are by their number. */
const sections = {
  strings: 0,
  dialects: 1,
  attributes: 2,
  attributeSizes: 3,
  operations: 4,
  resources: 5,
  resourceSizes: 6,
  dialectVersion: 7,
  properties: 8,
} as const;
export const operationsSection = sections.operations;

/** An attribute or a type that is not read yet. */
export interface Entry {
  readonly dialect: string;
  /** Whether it is in the encoding of its dialect; else it is text. */
  readonly encoded: boolean;
  readonly bytes: Cursor;
}

/** The name of an operation, with its dialect. */
export interface OperationName {
  readonly name: string;
  /** Whether who wrote the file knew the operation, and so wrote its properties in the order of its definition. */
  readonly defined: boolean;
}

export interface BytecodeFile {
  readonly version: number;
  readonly strings: readonly string[];
  readonly names: readonly OperationName[];
  readonly attributes: readonly Entry[];
  readonly types: readonly Entry[];
  /** The data of constants that stand apart; null of what is only declared. */
  readonly resources: readonly (Cursor | null)[];
  readonly properties: readonly Cursor[];
  readonly operations: Cursor;
}

/** Whether bytes are MLIR's. */
export const isBytecode = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x4d && bytes[1] === 0x4c && bytes[2] === 0xef && bytes[3] === 0x52;

/** Sizes of strings, the last one first; then the strings, each with a byte 0. */
function readStrings(c: Cursor): string[] {
  const sizes = c.list("strings", () => c.number("the size of a string"));
  const out: string[] = [];
  for (const size of sizes.reverse()) {
    const bytes = c.take(size, "a string");
    if (size === 0) throw c.error("expected a string and a byte 0.");
    out.push(decode(bytes.subarray(0, -1)));
  }
  return out;
}

function readDialects(c: Cursor, strings: readonly string[], version: number): string[] {
  return c.list("dialects", () => {
    if (version < since.dialectVersions) return c.entry(strings, "a string");
    const { at } = c;
    const name = c.number("a dialect");
    // What version the dialect has: its operations say it themselves.
    if ((name & 1) === 1) c.section();
    return c.pick(strings, Math.floor(name / 2), "a string", at);
  });
}

/** Runs `element` for each element of groups: a dialect, a number of elements, elements. */
function groups(c: Cursor, dialects: readonly string[], element: (dialect: string) => void): void {
  const dialect = c.entry(dialects, "a dialect");
  for (let n = c.count("a number of elements"); n > 0; n--) element(dialect);
}

function readNames(
  c: Cursor,
  dialects: readonly string[],
  strings: readonly string[],
  version: number,
): OperationName[] {
  const out: OperationName[] = [];
  if (version >= since.locationsLeftOut) c.number("a number of operations");
  while (c.left > 0)
    groups(c, dialects, (dialect) => {
      const { at } = c;
      const written = c.number("the name of an operation");
      const flagged = version >= since.properties;
      const name = c.pick(strings, flagged ? Math.floor(written / 2) : written, "a string", at);
      out.push({ name: `${dialect}.${name}`, defined: flagged && (written & 1) === 1 });
    });
  return out;
}

/** Where attributes and types lie, one after another, by their sizes. */
function readEntries(c: Cursor, dialects: readonly string[], data: Cursor): [Entry[], Entry[]] {
  const counts = [c.count("a number of attributes"), c.count("a number of types")];
  const tables = counts.map((count) => {
    const out: Entry[] = [];
    while (out.length < count)
      groups(c, dialects, (dialect) => {
        const written = c.number("a size");
        const { at } = data;
        data.take(Math.floor(written / 2), "an attribute or a type");
        out.push({ dialect, encoded: (written & 1) === 1, bytes: data.part(at, data.at) });
      });
    if (out.length > count) throw c.error(`expected ${count} attributes or types; got ${out.length}.`);
    return out;
  });
  return [tables[0], tables[1]];
}

/** What a resource may be: kind 0 is a blob, and only those are the data of constants. */
function readResource(c: Cursor, data: Cursor, strings: readonly string[]): Cursor | null {
  c.entry(strings, "a string");
  const size = c.number("the size of a resource");
  const kind = c.byte("the kind of a resource");
  data.take(size, "a resource");
  if (size === 0 || kind !== 0) return null;
  const inside = data.part(data.at - size, data.at);
  const alignment = inside.number("an alignment");
  const length = inside.number("the size of a blob");
  inside.align(alignment);
  inside.take(length, "a blob");
  return inside.part(inside.at - length, inside.at);
}

function readResources(
  c: Cursor,
  data: Cursor,
  dialects: readonly string[],
  strings: readonly string[],
): (Cursor | null)[] {
  // Those of others than dialects, which nothing refers to, come first.
  c.list("groups of resources", () => {
    c.entry(strings, "a string");
    return c.list("resources", () => readResource(c, data, strings));
  });
  const out: (Cursor | null)[] = [];
  while (c.left > 0) groups(c, dialects, () => out.push(readResource(c, data, strings)));
  return out;
}

/** Sections by their number. */
function readSections(c: Cursor): Map<number, Cursor> {
  const found = new Map<number, Cursor>();
  while (c.left > 0) {
    const { id, inside, at } = c.section();
    if (id > sections.properties) throw c.error(`expected a section 0 to 8; got ${id}.`, at);
    if (found.has(id)) throw c.error(`there are two sections ${id}.`, at);
    found.set(id, inside);
  }
  return found;
}

/**
 * The parts of a file.
 * @throws StablehloError where it is not as the format says, or of a version that is not known
 */
export function readFile(bytes: Uint8Array, base: number): BytecodeFile {
  const c = new Cursor(bytes, 4, bytes.length, base);
  const version = c.number("the version of the format");
  if (version > newest) throw c.error(`expected bytecode of version 0 to ${newest}; got ${version}.`, 4);
  c.text("the producer's name");
  const found = readSections(c);
  const section = (name: keyof typeof sections): Cursor => {
    const inside = found.get(sections[name]);
    if (inside === undefined)
      throw c.error(`expected a section of ${name}, ${sections[name]}; there is none.`);
    return inside;
  };
  const empty = c.part(c.end, c.end);
  const strings = readStrings(section("strings"));
  const names = section("dialects");
  const dialects = readDialects(names, strings, version);
  const [attributes, types] = readEntries(section("attributeSizes"), dialects, section("attributes"));
  const sizes = found.get(sections.resourceSizes);
  const properties = found.get(sections.properties) ?? empty;
  return {
    version,
    strings,
    names: readNames(names, dialects, strings, version),
    attributes,
    types,
    resources:
      sizes === undefined
        ? []
        : readResources(sizes, found.get(sections.resources) ?? empty, dialects, strings),
    properties:
      properties.left === 0
        ? []
        : properties.list("properties", () => {
            const size = properties.blob("properties").length;
            return properties.part(properties.at - size, properties.at);
          }),
    operations: section("operations"),
  };
}
