/** @file The page docs/hosts.md: what a user meets where, from the rows; and all rows. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { format } from "prettier";
import type { Row } from "./rows.ts";

interface Topic {
  readonly name: string;
  /** The rows that show it. */
  readonly of: RegExp;
  readonly says: string;
}

/** What users meet, by the rows that show it. */
const topics: readonly Topic[] = [
  {
    name: "Node 20, 22, 24, Deno, Bun",
    of: /^(?:Node|Deno|Bun)\b(?!: import)/,
    says: "all programs, `import` and `require`, one thread and two",
  },
  {
    name: "Chromium, Firefox",
    of: /^(?:Chromium|Firefox), /,
    says: "pages, module, classic and service workers, one thread and two",
  },
  {
    name: "esbuild, Rollup, Vite, webpack",
    of: /bundle by/,
    says: "bundles as ES modules, CommonJS and scripts build, load and run",
  },
  {
    name: "CommonJS and IIFE bundles; Cloudflare's workerd",
    of: /bundle by .*(?:cjs|iife)|^workerd/,
    says: "load and run",
  },
  {
    name: "strict Content-Security-Policy",
    of: /policy: neither/,
    says: "programs run, interpreted; `init()` gives `false`",
  },
  {
    name: "the same with `wasm-unsafe-eval`",
    of: /policy: WebAssembly/,
    says: "programs run in WebAssembly",
  },
  {
    name: "isolated, policy without `blob:`, `init({ threads: 2 })`",
    of: /policy without blob/,
    says: "a `ThreadsError` at once; everything works on one thread",
  },
  {
    name: "service worker",
    of: /service worker/,
    says: "programs run in WebAssembly; threads are refused by an error",
  },
  {
    name: "minified",
    of: /bundle by|adjoint\.iife|adjoint\.js/,
    says: "errors keep their `name` and tell the user's line",
  },
];

const cell = (text: string): string => text.split("\n")[0].replaceAll("|", "\\|");

function topicRow(rows: readonly Row[], { name, of, says }: Topic): string {
  const shown = rows.filter((r) => of.test(r.where));
  const failed = shown.filter((r) => r.state === "failed");
  const absent = shown.filter((r) => r.state === "absent");
  const passed = shown.length - failed.length - absent.length;
  const result = failed.length > 0 ? `**fails**: ${failed.map((r) => r.where).join("; ")}` : says;
  return `| ${name} | ${result} (${passed} of ${shown.length} rows below) |`;
}

/** Writes the tables into the page, between its marks. */
export async function writeDocument(
  root: string,
  rows: readonly Row[],
  measures: readonly Row[],
): Promise<void> {
  const state = ({ state, result }: Row): string =>
    state === "ok" ? cell(result) : `**${state === "absent" ? "not tested" : "fails"}**: ${cell(result)}`;
  const short = (r: Row): Row => ({
    ...r,
    result: r.result.replace(/refused: .*$/s, "threads refused by an error)"),
  });
  const failed = [...rows, ...measures].filter((r) => r.state === "failed").length;
  const { model } = cpus()[0];
  const text = [
    `Measured on ${cpus().length} cores of ${model.trim()}, Node ${process.versions.node}: ${rows.length + measures.length} rows, ${failed} of them failing.`,
    "",
    "| where | now |\n| --- | --- |",
    ...topics.map((t) => topicRow(rows, t)),
    ...measures.map((r) => `| ${r.where} | ${state(r)} |`),
    "",
    "## Every row",
    "",
    "| where | result |\n| --- | --- |",
    ...rows.map((r) => `| ${r.where} | ${state(short(r))} |`),
  ].join("\n");
  const file = join(root, "docs/hosts.md");
  const page = readFileSync(file, "utf8").replace(
    /<!-- tables -->[^]*<!-- end -->/,
    () => `<!-- tables -->\n\n${text}\n\n<!-- end -->`,
  );
  writeFileSync(file, await format(page, { parser: "markdown", printWidth: 110 }));
}
