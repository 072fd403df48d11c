/**
 * @file adjoint as a tool of GradBench: answers the messages on its standard input (`npm run --silent gradbench`).
 *
 * Programs are compiled to JavaScript or WebAssembly as the library chooses; `-- --mode js`, `wasm`, `eager` or
 * `interpreter` runs all of them one way.
 */
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { init } from "../../src/index.ts";
import { type Mode, modes } from "./lib/evaluation.ts";
import { respond } from "./lib/protocol.ts";

function chosenMode(): Mode {
  const { values } = parseArgs({ options: { mode: { type: "string", default: "auto" } } });
  const found = modes.find((m) => m === values.mode);
  if (found === undefined) throw new Error(`expected --mode ${modes.join(" | ")}, got ${values.mode}`);
  return found;
}

const mode = chosenMode();
if (mode === "auto" || mode === "wasm") await init({ threads: 1 });
const config = { mode, node: process.version, threads: 1 };

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim() !== "") process.stdout.write(`${respond(line, { mode, config })}\n`);
}
