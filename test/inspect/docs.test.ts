/** @file The pictures of docs/pictures.md are those that `npm run pictures` makes. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pictures } from "../../scripts/pictures.ts";
import { root } from "../util/source-graph.ts";
import { parseXml } from "./xml.ts";

const folder = join(root, "docs/pictures");
const made = pictures();
/** Pages tell lines by another reader of stacks than tests do: places in the text may differ by that. */
const withoutPlaces = (svg: string): string => svg.replace(/[\w./-]+\.ts:\d+:\d+/g, "a line");

describe("pictures in the documentation", () => {
  it("are all there", () => {
    expect(readdirSync(folder).sort()).toEqual(
      Object.keys(made)
        .map((name) => `${name}.svg`)
        .sort(),
    );
    const page = readFileSync(join(root, "docs/pictures.md"), "utf8");
    for (const name of Object.keys(made)) expect(page).toContain(`](pictures/${name}.svg)`);
  });
  it.each(Object.keys(made))("%s is up to date", (name) => {
    const svg = readFileSync(join(folder, `${name}.svg`), "utf8");
    parseXml(svg);
    expect(withoutPlaces(svg)).toBe(withoutPlaces(made[name]));
  });
});
