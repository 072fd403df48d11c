/** @file The library as JavaScript in a temporary folder, for tests that need a process of their own with Node's flags. */
import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { threadId } from "node:worker_threads";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../..");

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2022,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
};

/** Texts are transpiled once, whoever asks: by their hash. */
const cache = join(root, "build", "transpiled");

function transpile(text: string, fileName: string): string {
  const key = createHash("sha1")
    .update(JSON.stringify([ts.version, options, text]))
    .digest("hex");
  const known = join(cache, `${key}.js`);
  if (existsSync(known)) return readFileSync(known, "utf8");
  const { outputText } = ts.transpileModule(text, { compilerOptions: options, fileName });
  mkdirSync(cache, { recursive: true });
  // Whole or not at all: other test files read it meanwhile.
  const own = `${known}.${process.pid}.${threadId}`;
  writeFileSync(own, outputText);
  renameSync(own, known);
  return outputText;
}

export class BuiltLibrary {
  readonly #folder: string;

  /**
   * Removes the types of all source files, and of those in folders of `test`. (What the compiler makes of the sources is
   * tested by scripts/pack-smoke.ts.)
   */
  constructor(testFolders: readonly string[] = []) {
    this.#folder = mkdtempSync(join(tmpdir(), "adjoint-"));
    symlinkSync(join(root, "node_modules"), join(this.#folder, "node_modules"));
    writeFileSync(join(this.#folder, "package.json"), '{ "type": "module" }');
    // Tests import the sources from here.
    symlinkSync(this.#folder, join(this.#folder, "src"));
    this.#transpile(join(root, "src"), this.#folder);
    for (const name of testFolders)
      this.#transpile(join(root, "test", name), join(this.#folder, "test", name));
  }

  #transpile(from: string, to: string): void {
    for (const name of readdirSync(from, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue;
      const target = join(to, name.replace(/\.ts$/, ".js"));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, transpile(readFileSync(join(from, name), "utf8"), name));
    }
  }

  /** Runs a module in a process of its own and returns what it prints. It imports files of src as "@/….js". */
  run(program: string, ...flags: readonly string[]): string {
    return this.runWith({}, program, ...flags);
  }

  /** The same with variables in its environment besides. */
  runWith(env: Readonly<Record<string, string>>, program: string, ...flags: readonly string[]): string {
    const text = program.replaceAll('"@/', `"file://${this.#folder}/`);
    const args = [...flags, "--input-type=module", "-e", text];
    return execFileSync(process.execPath, args, {
      encoding: "utf8",
      cwd: this.#folder,
      env: { ...process.env, ...env },
    });
  }

  /** Starts a module of the folder in a process of its own, whose input and output are pipes. */
  start(file: string, ...args: readonly string[]): ChildProcessByStdio<Writable, Readable, null> {
    const path = join(this.#folder, file);
    return spawn(process.execPath, [path, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
      cwd: this.#folder,
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
