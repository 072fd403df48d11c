/**
 * @file The comparison of two builds' public types sees what changed, and nothing where only the writing did.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compareBuilds } from "../../scripts/public-types/compare.ts";
import { printNames } from "../../scripts/public-types/print.ts";

const folder = mkdtempSync(join(tmpdir(), "adjoint-public-types-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let builds = 0;

/** A build of these declaration files; `index` is its entry point. */
function build(files: Readonly<Record<string, string>>): string {
  const dist = join(folder, `build${builds++}`);
  mkdirSync(dist);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dist, `${name}.d.ts`), text);
  return dist;
}

const base = {
  index: `
    import { Box } from "./box.ts";
    export { Box };
    export * as tools from "./tools.ts";
    export type Result<R, H extends boolean> = H extends true ? [R, string] : R;
    export type Tree<T> = T extends Box ? number : { [K in keyof T]: Tree<T[K]> };
    export declare function apply<R, H extends boolean = false>(f: () => R, aux?: H): H extends true ? [R, Box] : R;`,
  box: `
    export declare class Box {
      #private;
      readonly size: number;
      constructor(size: number);
      static of(size: number): Box;
      put(x: number): Box;
    }`,
  tools: `
    import { Box } from "./box.ts";
    import type { Tree } from "./index.ts";
    type Length = number;
    type Inner<P> = P extends [infer T] ? T : never;
    export declare const unwrap: (x: Inner<[Box]>) => void;
    export declare const open: (box: Box) => Length;
    export declare function close(box: Box): number;
    export declare function close(box: Box, force: boolean): number;
    export declare function leaves<T>(tree: T): Tree<T>;
    export interface Options { readonly deep?: boolean | undefined }
    export {};`,
};

/** The base with one text of a file in place of another. */
function changed(file: keyof typeof base, from: string, to: string): string {
  expect(base[file]).toContain(from);
  return build({ ...base, [file]: base[file].replace(from, to) });
}

const old = build(base);
const differences = (recent: string): string[] =>
  compareBuilds(old, recent, []).differences.map((d) => d.split(":")[0]);

describe("comparing builds", () => {
  it("finds none between equal ones, though their files and aliases differ", () => {
    expect(compareBuilds(old, build(base), [])).toEqual({ names: 9, notes: [], differences: [] });
    const moved = build({
      index: base.index
        .replace("./tools.ts", "./other.ts")
        .replace("H extends true ? [R, Box] : R;", "Applied<R, H>;")
        .concat("type Applied<R, H extends boolean> = H extends true ? [R, Box] : R; export {};"),
      box: base.box,
      other: base.tools
        .replace("type Length = number;", "")
        .replace("Length", "number")
        .replace("P extends [infer T]", "P extends { of: infer T }")
        .replace("Inner<[Box]>", "Inner<{ of: Box }>"),
    });
    expect(compareBuilds(old, moved, [])).toEqual({ names: 9, notes: [], differences: [] });
  });

  it.each([
    [
      "a dropped name",
      "tools",
      "export interface Options { readonly deep?: boolean | undefined }",
      "",
      ["tools.Options"],
    ],
    ["a new name", "tools", "type Length", "export type Length", ["tools.Length"]],
    ["a changed parameter", "tools", "force: boolean", "force: number", ["tools.close"]],
    ["a widened result", "tools", "=> Length", "=> Length | undefined", ["tools.open"]],
    ["a narrowed option", "tools", "boolean | undefined", "true | undefined", ["tools.Options"]],
    ["another bound", "index", "<R, H extends boolean = false>", "<R, H extends true = true>", ["apply"]],
    ["another default", "index", "boolean = false", "boolean = true", ["apply"]],
    ["another condition", "index", "[R, string] : R", "[R, string] : R[]", ["Result"]],
    ["another recursion", "index", "? number :", "? string :", ["tools.leaves", "Tree"]],
    ["another member of a class", "box", "readonly size: number", "readonly size: string", ["Box"]],
    ["another constructor", "box", "constructor(size: number)", "constructor(size: string)", ["Box"]],
    ["another static member", "box", "of(size: number): Box", "of(size: number): number", ["Box"]],
    ["an import of nothing", "tools", "./box.ts", "./nowhere.ts", [expect.stringContaining("tools.d.ts")]],
  ] as const)("finds %s", (_, file, from, to, expected) => {
    expect([...new Set(differences(changed(file, from, to)))]).toEqual([...expected]);
  });

  it("notes what assignability does not see", () => {
    const looser = compareBuilds(old, changed("box", "put(x: number)", "put(x: number | string)"), []);
    expect(looser.differences).toEqual([]);
    expect(looser.notes.join()).toContain("put: (x: number | string) => Box");
  });
});

describe("printing a build", () => {
  it("writes a line for each name, aliases expanded", () => {
    expect(printNames(old)).toEqual([
      "(recursive) Tree: type <T> T extends Box ? number : { [K in keyof T]: Tree<T[K]>; }",
      "Box: class { new (size: number) => Box; of: (size: number) => Box; }",
      "Box: type { put: (x: number) => Box; readonly size: number; }",
      "Result: type <R, H extends boolean> H extends true ? [R, string] : R",
      "Tree: type <T> T extends Box ? number : { [K in keyof T]: Tree<T[K]>; }",
      "apply: function <R, H extends boolean = false>(f: () => R, aux?: H | undefined) => H extends true ? [R, Box] : R",
      "tools.Options: type { readonly deep?: boolean | undefined; }",
      "tools.close: function (box: Box) => number and (box: Box, force: boolean) => number",
      "tools.leaves: function <T>(tree: T) => Tree<T>",
      "tools.open: const (box: Box) => number",
      "tools.unwrap: const (x: Box) => void",
    ]);
  });
});
