/**
 * @file What a debugger's front-end does with a source map: engines know generated text alone. Reads maps by their
 * specification (https://tc39.es/ecma426/), not by the library's writer.
 */

/** A segment of a map; lines and columns count from 0. */
export interface Mapped {
  readonly line: number;
  readonly column: number;
  readonly source: string;
  readonly sourceLine: number;
  readonly sourceColumn: number;
  readonly name: string | null;
}

interface RawMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The numbers of a segment. */
export function fieldsOf(segment: string): number[] {
  const out: number[] = [];
  let [value, shift] = [0, 0];
  for (const c of segment) {
    const digit = alphabet.indexOf(c);
    if (digit < 0) throw new Error(`no digit: ${c}`);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    out.push(value % 2 === 1 ? -(value - 1) / 2 : value / 2);
    [value, shift] = [0, 0];
  }
  return out;
}

/** The map that a script carries. */
export class FrontEnd {
  readonly map: RawMap;
  readonly segments: readonly Mapped[];

  constructor(url: string) {
    const [head, data] = url.split("base64,");
    if (!head.startsWith("data:application/json")) throw new Error(`no map: ${head}`);
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    this.map = JSON.parse(new TextDecoder().decode(bytes)) as RawMap;
    this.segments = this.#decode();
  }

  #decode(): Mapped[] {
    let [source, sourceLine, sourceColumn, name] = [0, 0, 0, 0];
    return this.map.mappings.split(";").flatMap((text, line) => {
      let column = 0;
      return (text === "" ? [] : text.split(",")).map((segment) => {
        const fields = fieldsOf(segment);
        column += fields[0];
        source += fields[1];
        sourceLine += fields[2];
        sourceColumn += fields[3];
        if (fields.length > 4) name += fields[4];
        return {
          line,
          column,
          source: this.map.sources[source],
          sourceLine,
          sourceColumn,
          name: fields.length > 4 ? this.map.names[name] : null,
        };
      });
    });
  }

  /** Where a place of the text comes from: what the last segment before it on its line says. */
  original(line: number, column: number): Mapped | null {
    return this.segments.filter((s) => s.line === line && s.column <= column).at(-1) ?? null;
  }

  /**
   * Where to stop for a line of a file, counted from 1: at the first statement of each of the places that come from it, which
   * differ in their columns there if they are the way forward and the way back.
   */
  stops(file: string, line: number): { line: number; column: number; sourceColumn: number }[] {
    const found = this.segments.filter((s) => s.source === file && s.sourceLine === line - 1);
    return [...new Set(found.map((s) => s.sourceColumn))]
      .sort((a, b) => a - b)
      .map((sourceColumn) => found.find((s) => s.sourceColumn === sourceColumn)!);
  }
}
