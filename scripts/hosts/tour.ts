/**
 * @file The README's blocks as one module: `tour(modules, record, fails)`, which records the value of each statement whose
 * comment states one (as the tests of the documentation do; they compare with the comments).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { markdownSnippets, prepare } from "../../test/docs/snippets.ts";

/** The module's text. `init` is left to the suite: what it gives depends on the host. */
export function tourModule(root: string): string {
  const known = new Set<string>();
  const code = markdownSnippets("README.md", readFileSync(join(root, "README.md"), "utf8"))
    .filter((s) => !/\binit\(/.test(s.code))
    .map((s) => prepare(s, known).code)
    .join("\n;\n");
  const text = `export async function tour($modules, record, fails) {
const $value = (i, x) => record(x), $prints = (i, f) => f(), $throws = (i, f) => fails(f);
${code}
}`;
  return transformSync(text, { loader: "ts", target: "es2022" }).code;
}
