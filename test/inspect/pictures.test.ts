/** @file The plans of memory, loops and colourings that pictures show, and the pictures: well-formed, nothing out of place. */
import { describe, expect, it } from "vitest";
import {
  type Array as A,
  SparsityPattern,
  colouringOf,
  costOf,
  errors,
  jacobianSparsity,
  jit,
  loopsOf,
  memoryOf,
  numpy as np,
} from "../../src/index.ts";
import type { LoopItem } from "../../src/inspect/index.ts";
import { ones, programs } from "./programs.ts";
import { type Element, parseXml, within } from "./xml.ts";

type Any = (...args: unknown[]) => unknown;
const cases = Object.entries(programs());

const number = (e: Element, name: string): number => Number(e.attributes.get(name));

/** Rectangles of a picture are in its frame. */
function checkFrame(svg: string): Element {
  const root = parseXml(svg);
  const [width, height] = [number(root, "width"), number(root, "height")];
  expect(root.attributes.get("viewBox")).toBe(`0 0 ${width} ${height}`);
  expect([root.attributes.get("role"), root.children[0].name, root.children[1].name]).toEqual([
    "img",
    "title",
    "desc",
  ]);
  for (const e of within(root).filter((x) => x.name === "rect")) {
    const x = e.attributes.has("x") ? number(e, "x") : 0;
    const y = e.attributes.has("y") ? number(e, "y") : 0;
    expect(x >= 0 && y >= 0 && number(e, "width") >= 0 && number(e, "height") >= 0).toBe(true);
    expect(x + number(e, "width")).toBeLessThanOrEqual(width + 0.11);
    expect(y + number(e, "height")).toBeLessThanOrEqual(height + 0.11);
  }
  // Texts begin in the frame and end there, by the estimate that everything is fitted by.
  for (const e of within(root).filter((x) => x.name === "text")) {
    const size = Number(/adj-(1\d)/.exec(e.attributes.get("class") ?? "")?.[1] ?? 9);
    const length = Array.from(e.text.replace(/&\w+;|&#\d+;/g, "x")).length * 0.62 * size;
    const anchor = e.attributes.get("text-anchor") ?? "start";
    const left = number(e, "x") - (anchor === "middle" ? length / 2 : anchor === "end" ? length : 0);
    expect(left).toBeGreaterThanOrEqual(-0.5);
    expect(left + length).toBeLessThanOrEqual(width + 0.5);
  }
  return root;
}

describe("memory", () => {
  it.each(cases)(
    "of %s: what lives at one time lies apart, and the arena is the compiled program's",
    (_, { f, args }) => {
      const plan = memoryOf(f as Any, ...args);
      const { blocks } = plan;
      blocks.forEach((b, i) => {
        expect(b.offset + b.bytes).toBeLessThanOrEqual(plan.bytes);
        if (plan.statements.length > 0)
          expect(b.first <= b.last && b.last < plan.statements.length).toBe(true);
        for (const c of blocks.slice(0, i)) {
          const together = b.first <= c.last && c.first <= b.last;
          const overlap = b.offset < c.offset + c.bytes && c.offset < b.offset + b.bytes;
          expect(together && overlap).toBe(false);
        }
      });
      const cost = costOf(f as Any, ...args);
      expect(plan.temporaryBytes).toBe(cost.memory.temporaries);
      expect(plan.peak.bytes).toBeLessThanOrEqual(plan.bytes);
      expect(plan.peak.bytes).toBe(Math.max(0, ...plan.live));
      const root = checkFrame(plan.svg());
      const shown = within(root).filter(
        (e) => e.attributes.get("class")?.startsWith("adj-block") === true && e.children[0].name === "title",
      );
      expect(shown.length).toBe(blocks.length);
    },
  );

  it("names what is held, and when", () => {
    const plan = memoryOf(
      (x: A, y: A) => np.matmul(np.sort(np.matmul(x, y), 0), y).sum(0),
      ones(30, 30),
      ones(30, 30),
    );
    const named = plan.blocks.map((b) => `${b.kind} ${b.name} ${b.type}`);
    expect(named.slice(0, 3)).toEqual([
      "argument x0 f64[900]",
      "argument x1 f64[900]",
      "result result f64[30]",
    ]);
    expect(named).toContain("temporary sort f64[900]");
    expect(plan.blocks.find((b) => b.name === "sort")?.line).toMatch(/pictures\.test\.ts:\d+:\d+$/);
  });
});

describe("loops", () => {
  const texts = (items: readonly LoopItem[]): string[] =>
    items.flatMap((i) => [i.text, ...(i.inside === null ? [] : texts(i.inside))]);

  it.each(cases)("of %s: each line of the program is a line or a box", (_, { f, args }) => {
    const loops = loopsOf(f as Any, ...args);
    const lines = loops.text.split("\n").map((l) => l.trim());
    const own = lines
      .filter((l) => l !== "}" && l !== "} else {")
      .map((l) => l.replace(/ ?\{$/, "").replace(/^\} (?=→)/, ""));
    expect(texts(loops.items).filter((t) => t !== "else")).toEqual(own);
    const root = checkFrame(loops.svg());
    const boxes = within(root).filter((e) => e.attributes.get("class")?.startsWith("adj-loop") === true);
    expect(boxes.length).toBe(lines.filter((l) => l.endsWith("{")).length);
    // A box holds another one whole, or is apart from it.
    boxes.forEach((a, i) => {
      for (const b of boxes.slice(0, i)) {
        const [ay, by] = [number(a, "y"), number(b, "y")];
        const [aEnd, bEnd] = [ay + number(a, "height"), by + number(b, "height")];
        expect(aEnd <= by || bEnd <= ay || (by < ay && aEnd < bEnd) || (ay < by && bEnd < aEnd)).toBe(true);
      }
    });
  });

  it("are those of the compiled program", () => {
    const f = function total(x: A): A {
      return np.exp(x).sum(1);
    };
    expect(loopsOf(f, ones(4, 5)).text).toBe(jit(f).lower(ones(4, 5)).compile().loops);
  });
});

describe("colourings", () => {
  const banded = jacobianSparsity((x: A) => x.slice([1]).mul(x.slice([0, -1])))(ones(12));
  const along = np.arange(9).js<number[]>();
  const zeros = along.map(() => 0);
  const arrow = SparsityPattern.fromEntries(
    [9, 9],
    [...along, ...along, ...zeros],
    [...along, ...zeros, ...along],
  );
  const wide = SparsityPattern.fromEntries([3, 500], [0, 1, 2, 2], [0, 499, 250, 251]);

  it("of columns share no row, of rows no column", () => {
    for (const pattern of [banded, arrow, wide])
      for (const mode of ["forward", "reverse"] as const) {
        const c = colouringOf(pattern, { mode });
        const seen = new Set<string>();
        pattern.cols.forEach((col, e) => {
          const row = pattern.rows[e];
          const key = mode === "forward" ? `${row} ${c.colours[col]}` : `${col} ${c.colours[row]}`;
          expect(seen.has(key)).toBe(false);
          seen.add(key);
          expect(c.reads[e]).toEqual(
            mode === "forward"
              ? { direction: c.colours[col], place: row }
              : { direction: c.colours[row], place: col },
          );
        });
      }
  });

  it("of an arrow need two directions if it is symmetric", () => {
    expect(colouringOf(arrow, { mode: "symmetric" }).count).toBe(2);
    expect(colouringOf(arrow).count).toBe(9);
  });

  it.each([
    ["banded", banded, undefined],
    ["an arrow", arrow, "symmetric"],
    ["wide", wide, undefined],
    ["wide, in rows", wide, "reverse"],
    ["empty", SparsityPattern.fromEntries([2, 3], [], []), undefined],
    [
      "large",
      SparsityPattern.fromEntries(
        [1000, 1000],
        np.arange(1000).js<number[]>(),
        np.arange(1000).js<number[]>(),
      ),
      undefined,
    ],
  ] as const)("%s: every entry is in the pattern, and where it is read", (_, pattern, mode) => {
    const colouring = colouringOf(pattern, { mode });
    // Of a symmetric matrix two entries are read in one place.
    const reads = new Set(colouring.reads.map((r) => `${r.direction} ${r.place}`));
    const root = checkFrame(colouring.svg());
    const marks = within(root).filter((e) => e.name === "rect" && e.attributes.has("fill"));
    if (Math.max(...pattern.shape) <= 220) expect(marks.length).toBe(pattern.nnz + reads.size);
    else expect(marks.length).toBeGreaterThan(0);
  });

  it("refuse what is no pattern", () => {
    expect(() => colouringOf([[1]] as never)).toThrow(errors.ArgumentError);
    expect(() => colouringOf(banded, { mode: "symmetric" })).toThrow("got one of 11 rows and 12 columns");
    expect(() => colouringOf(banded, { mode: "both" as never })).toThrow(errors.ArgumentError);
  });
});
