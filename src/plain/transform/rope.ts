/**
 * @file Text made of pieces of another text: what the transformation writes, with where each piece is from. Flattened, it gives
 * the text and its source map.
 */

/** A piece of the source, by offsets. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type Rope = string | Span | readonly Rope[];

/** A source map, by version 3 of its format. */
export interface SourceMap {
  readonly version: 3;
  readonly sources: string[];
  readonly sourcesContent: string[];
  readonly names: string[];
  readonly mappings: string;
}

/** Line and column, both from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A template of ropes. */
export const rope = (texts: TemplateStringsArray, ...parts: readonly Rope[]): Rope =>
  texts.flatMap((text, i) => (i < parts.length ? [text, parts[i]] : [text]));

export function joinRopes(parts: readonly Rope[], separator: string): Rope {
  return parts.flatMap((part, i) => (i === 0 ? [part] : [separator, part]));
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A number in base 64, variable length: its sign in the lowest bit. */
function encode(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += digits[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}

/** The lines of a source map, each a list of [column, line of the source, column there]. */
export function decodeMappings(mappings: string): (readonly [number, number, number])[][] {
  let line = 0;
  let column = 0;
  return mappings.split(";").map((text) => {
    let at = 0;
    return text
      .split(",")
      .filter((segment) => segment !== "")
      .map((segment) => {
        const [own, , dLine, dColumn] = decode(segment);
        at += own;
        line += dLine ?? 0;
        column += dColumn ?? 0;
        return [at, line, column] as const;
      });
  });
}

function decode(segment: string): number[] {
  const values: number[] = [];
  let shift = 0;
  let value = 0;
  for (const c of segment) {
    const digit = digits.indexOf(c);
    value += (digit & 31) << shift;
    if ((digit & 32) !== 0) shift += 5;
    else {
      values.push((value & 1) === 1 ? -(value >>> 1) : value >>> 1);
      value = 0;
      shift = 0;
    }
  }
  return values;
}

/** Offsets at which lines begin. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
}

/** The line and column of an offset. */
export function positionIn(starts: readonly number[], offset: number): Position {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle] <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low, column: offset - starts[low] };
}

/** Writes mappings while text grows. */
class Mapper {
  #text = "";
  readonly #lines: string[] = [];
  #segments: string[] = [];
  #column = 0;
  #last = { column: 0, line: 0, original: 0 };
  readonly #source: string;
  readonly #original: (offset: number) => Position;

  constructor(source: string, original: (offset: number) => Position) {
    this.#source = source;
    this.#original = original;
  }

  #mark(offset: number): void {
    const { line, column } = this.#original(offset);
    const last = this.#last;
    this.#segments.push(
      encode(this.#column - last.column) + "A" + encode(line - last.line) + encode(column - last.original),
    );
    this.#last = { column: this.#column, line, original: column };
  }

  #write(text: string): void {
    const lines = text.split("\n");
    this.#text += text;
    for (let i = 1; i < lines.length; i++) {
      this.#lines.push(this.#segments.join(","));
      this.#segments = [];
      this.#last = { ...this.#last, column: 0 };
      this.#column = 0;
    }
    this.#column += lines[lines.length - 1].length;
  }

  add(part: Rope): void {
    if (typeof part === "string") this.#write(part);
    else if ("from" in part) {
      let { from } = part;
      while (from < part.to) {
        const next = this.#source.indexOf("\n", from);
        const end = next < 0 || next >= part.to ? part.to : next + 1;
        this.#mark(from);
        this.#write(this.#source.slice(from, end));
        from = end;
      }
    } else for (const p of part) this.add(p);
  }

  get result(): { readonly text: string; readonly mappings: string } {
    return { text: this.#text, mappings: [...this.#lines, this.#segments.join(",")].join(";") };
  }
}

/** The text of a rope, and where its pieces are from. */
export function flatten(
  source: string,
  whole: Rope,
  original: (offset: number) => Position,
): { readonly text: string; readonly mappings: string } {
  const mapper = new Mapper(source, original);
  mapper.add(whole);
  return mapper.result;
}
