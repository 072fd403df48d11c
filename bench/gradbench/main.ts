/**
 * @file adjoint as a tool of GradBench: answers the messages on its standard input (`npm run --silent gradbench`).
 *
 * `-- --mode eager` or `-- --mode interpreter` run without compiling to code.
 */
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { type Mode, modes } from "./lib/evaluation.ts";
import { respond } from "./lib/protocol.ts";

function chosenMode(): Mode {
  const { values } = parseArgs({ options: { mode: { type: "string", default: "js" } } });
  const found = modes.find((m) => m === values.mode);
  if (found === undefined) throw new Error(`expected --mode ${modes.join(" | ")}, got ${values.mode}`);
  return found;
}

const mode = chosenMode();
const config = { mode, node: process.version, threads: 1 };

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim() !== "") process.stdout.write(`${respond(line, { mode, config })}\n`);
}
