#!/usr/bin/env node
/**
 * @file The command `adjoint`: `compile` makes a module of the functions that a file exports and declares with `aot`;
 * `plain` makes the functions of a file traceable; `xla-worker` joins a session of adjoint/xla.
 */
import { checkOneOf, show } from "../../base/checks.ts";
import { AdjointError } from "../../base/errors.ts";
import type { ExportOptions } from "../module.ts";
import { compileExports, evaluateFile } from "./evaluate.ts";

const usage = `Usage: adjoint compile FILE [-o OUTPUT.js] [--format js|wasm] [--load beside|inline|manual] [--relaxed-simd]
       adjoint plain FILE [-o OUTPUT.js]
       ADJOINT_XLA_TOKEN=… adjoint xla-worker HOST:PORT [--python COMMAND]

compile: Compiles the exported functions of FILE that are declared with aot(f, ...examples) to a module that does not need the
library: OUTPUT.js, its types OUTPUT.d.ts, and OUTPUT.wasm. Without -o, OUTPUT is FILE.compiled.js.

plain: Writes FILE with all of its functions traceable as they stand, and its source map. Without -o, OUTPUT is FILE.plain.js.

xla-worker: Runs programs of XLA, with Python and JAX, for the leader of adjoint/xla that listens there, until it ends.
`;

function say(text: string, to: NodeJS.WritableStream = process.stdout): void {
  to.write(`${text}\n`);
}

/** A mistake in the arguments. */
class UsageError extends Error {}

/** What is to be done. */
interface Command {
  /** Absolute paths. */
  readonly file: string;
  readonly output: string;
  readonly options: ExportOptions;
}

async function outputOf(file: string, given: string | undefined, kind = "compiled"): Promise<string> {
  const paths = await import("node:path");
  const output = paths.resolve(given ?? file.replace(/(\.[cm]?[jt]sx?)?$/, `.${kind}.js`));
  if (!/\.m?js$/.test(output))
    throw new UsageError(`the output must end in .js or .mjs; got ${show(output)}.`);
  if (output === paths.resolve(file)) throw new UsageError(`the output ${show(output)} is the input.`);
  return output;
}

/** Reads the arguments; null if help is asked for. */
async function parse(args: readonly string[]): Promise<Command | null> {
  const { parseArgs } = await import("node:util");
  const paths = await import("node:path");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      output: { type: "string", short: "o" },
      format: { type: "string", default: "js" },
      load: { type: "string", default: "beside" },
      "relaxed-simd": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true || positionals.length === 0) return null;
  const [command, file, ...more] = positionals;
  if (command !== "compile")
    throw new UsageError(`unknown command ${show(command)}; there are "compile", "plain" and "xla-worker".`);
  if (file === undefined || more.length > 0)
    throw new UsageError(`compile takes one file; got ${positionals.length - 1}.`);
  const { format, load } = values;
  checkOneOf("compile", "--format", format, ["js", "wasm"]);
  checkOneOf("compile", "--load", load, ["beside", "inline", "manual"]);
  const output = await outputOf(file, values.output);
  const fileName = paths.basename(output).replace(/\.m?js$/, ".wasm");
  return {
    file: paths.resolve(file),
    output,
    options: { format, load, fileName, relaxedSimd: values["relaxed-simd"] },
  };
}

async function compile({ file, output, options }: Command): Promise<void> {
  const { existsSync } = await import("node:fs");
  const { writeFile } = await import("node:fs/promises");
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}.`);
  const { module, others } = compileExports(await evaluateFile(file), options);
  if (module === null)
    throw new UsageError(
      `${file} exports no function that is declared with aot: export const name = aot(f, ...examples).`,
    );
  const files: (readonly [path: string, content: string | Uint8Array])[] = [
    [output, module.js],
    [output.replace(/(m?)js$/, "d.$1ts"), module.dts],
  ];
  if (module.wasm !== undefined && options.load !== "inline")
    files.push([output.replace(/m?js$/, "wasm"), module.wasm]);
  for (const [path, content] of files) await writeFile(path, content);
  if (others.length > 0) say(`not compiled, for aot did not make them: ${others.join(", ")}`, process.stderr);
  say(files.map(([path]) => `wrote ${path}`).join("\n"));
}

/** `adjoint plain`. */
async function transformPlainFile(args: readonly string[]): Promise<void> {
  const { parseArgs } = await import("node:util");
  const { existsSync } = await import("node:fs");
  const paths = await import("node:path");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { output: { type: "string", short: "o" } },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0)
    throw new UsageError(`plain takes one file; got ${positionals.length}.`);
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}.`);
  const { writePlain } = await import("./plain.ts");
  const written = await writePlain(paths.resolve(file), await outputOf(file, values.output, "plain"));
  say(written.map((path) => `wrote ${path}`).join("\n"));
}

/** The text of a failure: the message of a mistake, the stack of anything else. */
function failureText(e: unknown): string {
  if (!(e instanceof Error)) return show(e);
  const { code } = e as { readonly code?: unknown };
  const mistyped = typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
  if (mistyped || e instanceof UsageError || e instanceof AdjointError) return `adjoint: ${e.message}`;
  return e.stack ?? e.message;
}

/** Runs the command; gives the exit code. */
async function main(args: readonly string[]): Promise<number> {
  try {
    if (args[0] === "xla-worker") {
      const { runWorker } = await import("../../xla/worker-command.ts");
      await runWorker(args.slice(1));
      return 0;
    }
    if (args[0] === "plain") {
      await transformPlainFile(args.slice(1));
      return 0;
    }
    const command = await parse(args);
    if (command === null) {
      say(usage);
      return args.length === 0 ? 2 : 0;
    }
    await compile(command);
    return 0;
  } catch (e) {
    say(failureText(e), process.stderr);
    return 1;
  }
}

// Not awaited: modules that wait would come before those that supply late bindings in a bundle.
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
