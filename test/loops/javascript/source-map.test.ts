/** @file Source maps are read by their specification as what was written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inlineMap, mappingsOf, vlq } from "../../../src/loops/emit/javascript/source-map.ts";
import { FrontEnd, fieldsOf } from "./front-end.ts";

describe("numbers of variable length", () => {
  it("are those of the specification", () => {
    expect([0, 1, -1, 15, 16, -16, 123456].map(vlq)).toEqual(["A", "C", "D", "e", "gB", "hB", "gkxH"]);
  });

  it("are read as written", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (xs) => {
        expect(fieldsOf(xs.map(vlq).join(""))).toEqual(xs);
      }),
      { seed: 7 },
    );
  });
});

describe("maps", () => {
  it("are read as written, texts beyond ASCII included", () => {
    const lines = [
      [],
      [
        { column: 2, source: 0, sourceLine: 4, sourceColumn: 3 },
        { column: 8, source: 0, sourceLine: 4, sourceColumn: 3, name: 1 },
      ],
      [{ column: 0, source: 1, sourceLine: 2, sourceColumn: 9, name: 0 }],
    ];
    const map = {
      version: 3,
      sources: ["file:///a.ts", "file:///ä.ts"],
      sourcesContent: ["const ω = 1;", null],
      names: ["ω", "h"],
      mappings: mappingsOf(lines),
    } as const;
    const [, url] = inlineMap(map).split("sourceMappingURL=");
    const read = new FrontEnd(url);
    expect(read.map).toEqual(map);
    expect(read.segments).toEqual([
      { line: 1, column: 2, source: "file:///a.ts", sourceLine: 4, sourceColumn: 3, name: null },
      { line: 1, column: 8, source: "file:///a.ts", sourceLine: 4, sourceColumn: 3, name: "h" },
      { line: 2, column: 0, source: "file:///ä.ts", sourceLine: 2, sourceColumn: 9, name: "ω" },
    ]);
  });
});
