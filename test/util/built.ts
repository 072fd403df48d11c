/** @file The library as JavaScript in a temporary folder, for tests that need a process of their own with Node's flags. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../..");

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
};

export class BuiltLibrary {
  readonly #folder: string;

  /** Removes the types of all source files. (What the compiler makes of them is tested by scripts/pack-smoke.ts.) */
  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "adjoint-"));
    symlinkSync(join(root, "node_modules"), join(this.#folder, "node_modules"));
    writeFileSync(join(this.#folder, "package.json"), '{ "type": "module" }');
    for (const name of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue;
      const { outputText } = ts.transpileModule(readFileSync(join(root, "src", name), "utf8"), {
        compilerOptions: options,
        fileName: name,
      });
      const target = join(this.#folder, name.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, outputText);
    }
  }

  /** Runs a module in a process of its own and returns what it prints. It imports files of src as "@/….js". */
  run(program: string, ...flags: readonly string[]): string {
    const text = program.replaceAll('"@/', `"file://${this.#folder}/`);
    const args = [...flags, "--input-type=module", "-e", text];
    return execFileSync(process.execPath, args, { encoding: "utf8", cwd: this.#folder });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
