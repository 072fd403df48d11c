/**
 * @file The script of the sandbox (site/runner) in one file: the library, the sources that the documentation imports, and
 * what removes types. It is a worker's whole text, since the sandbox has no network.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";
import { entryNames } from "../../scripts/build/entries.ts";
import { mark } from "../../scripts/build/mark.ts";
import { adjoint, root } from "./library.ts";

/** Entry points beside `adjoint` that programs can import: all but those of Node and of builds. */
const entries = entryNames
  .map((name) => name.slice("adjoint/".length))
  .filter((name) => name !== "" && !["plugin", "register", "xla"].includes(name));

/** The modules of `src` that code blocks of the documentation import, as they write them. */
function documented(): string[] {
  const texts = readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => readFileSync(join(root, "docs", name), "utf8"));
  const blocks = texts.flatMap((text) => [...text.matchAll(/^```ts$([\s\S]*?)^```$/gm)].map((m) => m[1]));
  const names = blocks.flatMap((block) => [...block.matchAll(/from "(\.\.\/src\/[^"]+)"/g)].map((m) => m[1]));
  return [...new Set(names)].sort();
}

/** A module whose `modules` maps names to namespaces. */
function modules(): string {
  const named = [
    ...entries.map((e) => [`adjoint/${e}`, `adjoint/${e}`]),
    ...documented().map((path) => [path, join(root, "docs", path)]),
  ];
  const imports = named.map(([, file], i) => `import * as m${i} from ${JSON.stringify(file)};\n`).join("");
  return `${imports}export const modules = {${named.map(([name], i) => `${JSON.stringify(name)}: m${i}`).join(", ")}};\n`;
}

export async function makeRunner(file: string): Promise<void> {
  const virtual = {
    name: "modules",
    resolveId: (id: string) => (id === "virtual:modules" ? "\0modules" : null),
    load: (id: string) => (id === "\0modules" ? modules() : null),
  };
  await build({
    input: join(root, "site/runner/worker.ts"),
    plugins: [adjoint(), virtual],
    external: /^node:/,
    treeshake: { moduleSideEffects: true },
    output: {
      file,
      format: "iife",
      minify: true,
      keepNames: true,
      intro: mark,
      outro: mark,
      codeSplitting: false,
    },
    logLevel: "warn",
  });
}
