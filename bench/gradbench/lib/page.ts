/**
 * @file The page docs/gradbench.md: the evals' code from their files, and the figures measured last. Never edited by
 * hand: `npm run bench:gradbench` measures and writes it, `npm run bench:gradbench -- --page` writes it only.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { format, resolveConfig } from "prettier";

/** Milliseconds of one function: the first call, which traces and compiles, and later ones. */
export interface Measurement {
  readonly eval: string;
  readonly size: string;
  readonly function: string;
  readonly first: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
  /** Of hand-written C++. */
  readonly reference: number;
}

export interface Figures {
  readonly date: string;
  readonly node: string;
  readonly processor: string;
  readonly load: number;
  readonly mode: string;
  readonly measurements: readonly Measurement[];
}

/** Files of the repository, whose root is where npm runs scripts and tests. */
export const fileAt = (path: string): string => resolve(path);

export const figuresFile = fileAt("bench/results/gradbench.json");
export const chartFile = fileAt("bench/results/gradbench.svg");
export const pageFile = fileAt("docs/gradbench.md");

/** The evals in the order of the page, with what each shows of the library. */
const sections: readonly (readonly [string, string])[] = [
  ["hello", "The smallest program: `grad` of a function of a number."],
  ["llsq", "A loop of Horner's scheme over a vector of points (`lax.scan`), in reverse mode."],
  ["lse", "Reverse mode over one long vector; `stopGradient` says what has no derivative."],
  ["gmm", "Reverse mode with respect to a tree of parameters; contractions by `einsum`."],
  ["kmeans", "A diagonal Hessian by one `jvp` of `grad`."],
  ["det", "Recursion at trace time over sizes of minors: ℓ levels in the program, ℓ! products when it runs."],
  ["ode", "Reverse mode through a counted loop (`lax.foriLoop`)."],
  ["lstm", "Reverse mode through `lax.scan` with a tree as carry."],
  ["ba", "A sparse Jacobian from its blocks: `vmap` of `jacrev` over the residuals."],
  [
    "ht",
    "A model of few bones for each vertex; dense columns by forward mode (`jacfwd`), columns with a known pattern by one tangent for many of them.",
  ],
  [
    "particle",
    "Derivatives in an unbounded `lax.whileLoop` within a derivative through that loop, in both modes.",
  ],
  ["saddle", "Gradient descent within gradient descent, with derivatives in both modes."],
];

/** Files that belong to evals, shown with the first that uses them. */
const shared: Readonly<Record<string, string>> = {
  ht: "lib/rotations.ts",
  particle: "lib/descent.ts",
};

const code = (path: string): string =>
  `\`\`\`typescript\n${readFileSync(fileAt(`bench/gradbench/${path}`), "utf8").trimEnd()}\n\`\`\``;

const number = (x: number): string => (x >= 100 ? x.toFixed(0) : x.toPrecision(3));

function figuresOf(name: string, figures: Figures | null): string {
  const rows = figures?.measurements.filter((m) => m.eval === name) ?? [];
  if (rows.length === 0) return "";
  const isLimit = name === "particle" || name === "saddle";
  const heading = `| size | function | median, ms | first call, ms | ${isLimit ? "limit" : "C++"}, ms | ratio |`;
  const lines = rows.map(
    (m) =>
      `| ${m.size} | \`${m.function}\` | ${number(m.median)} | ${number(m.first)} | ${number(m.reference)} | ${(m.median / m.reference).toFixed(2)} |`,
  );
  return [heading, "| --- | --- | --: | --: | --: | --: |", ...lines].join("\n");
}

const introduction = `# GradBench

[GradBench](https://github.com/gradbench/gradbench) compares tools for automatic differentiation of all languages by twelve evals. Each eval is a small program below: the function in \`np\` and \`lax\`, its derivatives by the library's transformations, compiled by \`jit\` (\`evaluation\` does that: it turns inputs into arrays, compiles \`fn\` and times it). No derivative is written by hand.

\`npm run --silent gradbench\` starts the tool process: it answers the messages of GradBench's protocol, one JSON object a line. The results are checked against the evals' samples in every mode of execution, and at other sizes against plain code without the library (\`test/gradbench\`).

This page is written by \`npm run bench:gradbench\`; the code is that of the files in \`bench/gradbench\`.
`;

function conditions(figures: Figures | null): string {
  if (figures === null) return "";
  const { processor, node, date, load } = figures;
  return `## Figures

Medians of calls after a second of warming up, each eval in a process of its own; a call computes and reads all results. C++: GradBench's hand-written reference, gcc -O3 with AVX-512, one thread. Its \`ode\` derivative is a formula, not a derivative of the program. ${processor}, Node ${node}, ${date.slice(0, 10)}, load ${load.toFixed(1)}.

![Times beside hand-written C++](../bench/results/gradbench.svg)
`;
}

/** The text of the page. */
export async function page(): Promise<string> {
  const figures = existsSync(figuresFile) ? (JSON.parse(readFileSync(figuresFile, "utf8")) as Figures) : null;
  const parts = sections.map(([name, shows]) => {
    const extra = shared[name] === undefined ? [] : [code(shared[name])];
    return [`## ${name}`, shows, figuresOf(name, figures), ...extra, code(`evals/${name}.ts`)].join("\n\n");
  });
  const text = [introduction, conditions(figures), ...parts].join("\n\n");
  return format(text, { ...(await resolveConfig(pageFile)), parser: "markdown" });
}

export async function writePage(): Promise<void> {
  writeFileSync(pageFile, await page());
}
