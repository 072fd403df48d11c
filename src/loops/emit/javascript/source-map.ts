/**
 * @file Source maps, version 3: which place of a generated text comes from which place of the user's.
 *
 * Only written, never read: debuggers read them. Segments of one line stand in the order of their columns.
 * @see https://tc39.es/ecma426/
 */

/** Where a place of the generated text comes from. Lines and columns are counted from 0, as maps count them. */
export interface Segment {
  readonly column: number;
  /** Numbers into the lists of the map. */
  readonly source: number;
  readonly sourceLine: number;
  readonly sourceColumn: number;
  readonly name?: number | undefined;
}

export interface SourceMap {
  readonly version: 3;
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** A number in base 64 of variable length: five bits a digit, the lowest first; the lowest bit of all is the sign. */
export function vlq(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let out = "";
  do {
    const low = rest % 32;
    rest = Math.floor(rest / 32);
    out += digits[low + (rest > 0 ? 32 : 0)];
  } while (rest > 0);
  return out;
}

/** The mappings of a text, from the segments of each line: every field is the difference from the one before. */
export function mappingsOf(lines: readonly (readonly Segment[])[]): string {
  let [source, line, column, name] = [0, 0, 0, 0];
  const segment = (s: Segment, from: number): string => {
    let out = vlq(s.column - from) + vlq(s.source - source) + vlq(s.sourceLine - line);
    out += vlq(s.sourceColumn - column);
    [source, line, column] = [s.source, s.sourceLine, s.sourceColumn];
    if (s.name !== undefined) {
      out += vlq(s.name - name);
      name = s.name;
    }
    return out;
  };
  return lines
    .map((segments) => segments.map((s, i) => segment(s, i === 0 ? 0 : segments[i - 1].column)).join(","))
    .join(";");
}

/** The comment that carries a map within the text that it is for. */
export function inlineMap(map: SourceMap): string {
  let bytes = "";
  for (const byte of new TextEncoder().encode(JSON.stringify(map))) bytes += String.fromCharCode(byte);
  return `//# sourceMappingURL=data:application/json;charset=utf-8;base64,${btoa(bytes)}`;
}
