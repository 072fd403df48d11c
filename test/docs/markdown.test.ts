/**
 * @file Every ```ts block of the README and of docs/ runs and gives what its comments state; the README's table of
 * derivative conventions holds; links lead somewhere.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { config, errors, numpy } from "../../src/index.ts";
import { root } from "../util/source-graph.ts";
import { ambientNames, byScope, markdownSnippets, runSnippets } from "./snippets.ts";

// Documents describe the default settings.
config.update({ backend: "auto", jitless: false });

const documents = [
  "README.md",
  "bench/README.md",
  "examples/README.md",
  "CONTRIBUTING.md",
  "site/index.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const textOf = (file: string): string => readFileSync(join(root, file), "utf8");

describe.each(documents)("%s", (file) => {
  const text = textOf(file);
  const scopes = [...byScope(markdownSnippets(file, text))];

  it.runIf(scopes.length > 0).each(scopes)("%s", async (_, snippets) => {
    await runSnippets(snippets);
  });

  it("links to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map((m) => m[1]);
    const missing = links.filter((link) => !existsSync(join(root, dirname(file), link)));
    expect(missing).toEqual([]);
  });
});

it("docs/errors.md has a section for each class of error", () => {
  const text = textOf("docs/errors.md");
  const classes = Object.values(errors).filter(
    (c) => typeof c === "function" && c.prototype instanceof errors.AdjointError,
  );
  const missing = classes.filter((c) => {
    const { code } = new (c as new (detail: string) => errors.AdjointError)("");
    return !text.includes(`\n## ${code}\n\n\`${c.name}\`: `);
  });
  expect(missing.map((c) => c.name)).toEqual([]);
});

describe("derivative conventions in the README", () => {
  const section = textOf("README.md").split("## Derivative conventions")[1].split("\n## ")[0];
  const rows = [...section.matchAll(/^\| `(grad.*?)`\s+\| `(.*?)`/gm)].map(
    ([, code, value]) => [code, value] as const,
  );

  it("are a dozen or more", () => {
    expect(rows.length).toBeGreaterThanOrEqual(12);
  });

  it.each(rows)("%s is %s", async (expression, value) => {
    const snippet = { file: "README.md", line: 1, code: `${expression}; // ${value}`, scope: expression };
    expect(await runSnippets([snippet], ambientNames({}))).toBe(1);
  });
});

describe("tables of correspondences", () => {
  const rows = [...textOf("docs/coming-from.md").matchAll(/^\| .* \| (`.*)\|$/gm)].map((m) => m[1]);
  const codes = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map((m) => m[1]));
  const names = ambientNames({});
  const sample = numpy.array([1]);

  /** Paths such as `np.sum` and methods such as `.mul(` in a piece of code, and whether they are there. */
  const missing = (code: string): string[] => {
    const paths = [...code.matchAll(/(?<![.\w])([a-z]\w*(?:\.\w+)*)\(/g)]
      .map((m) => m[1].split("."))
      .filter(([first]) => first in names || !/^(?:[a-z]|rng|key)$/.test(first));
    const methods = [...code.matchAll(/(?<=(?:\b[abcvx]|\))\.)\w+/g)].map((m) => m[0]);
    return [
      ...paths
        .filter(
          (path) =>
            path.reduce<unknown>((space, n) => (space as Record<string, unknown>)?.[n], names) === undefined,
        )
        .map((path) => path.join(".")),
      ...methods.filter((name) => !(name in sample || name in sample.at(0))),
    ];
  };

  it("are read", () => {
    expect(codes.length).toBeGreaterThan(50);
    expect(missing("np.nothing(x.mul(y)).nowhere(a.T)")).toEqual(["np.nothing", "nowhere"]);
  });

  it("name what there is", () => {
    expect(codes.flatMap(missing)).toEqual([]);
  });
});
