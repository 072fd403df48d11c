/**
 * @file GradBench's protocol: one JSON object a line. The eval sends messages, the tool answers each with the same `id`.
 *
 * `start` names the eval, `define` a module (an eval's name), `evaluate` a function of it with an input; any other kind
 * (`analysis`, `end`) wants no more than the `id`. Whatever goes wrong is an answer with `success: false`.
 */
import { evals } from "./evals.ts";
import type { Eval, Json, Mode } from "./evaluation.ts";

type JsonObject = { readonly [key: string]: Json };

interface Timing extends JsonObject {
  readonly name: string;
  readonly nanoseconds: number;
}

export interface ToolOptions {
  readonly mode: Mode;
  /** What the answer to `start` tells of the configuration. */
  readonly config?: JsonObject;
}

const isObject = (x: unknown): x is JsonObject => typeof x === "object" && x !== null && !Array.isArray(x);

/** @throws Error if the message lacks a text of this name. */
function textOf(message: JsonObject, name: string): string {
  const value = message[name];
  if (typeof value !== "string") throw new Error(`the message has no text "${name}"`);
  return value;
}

function moduleOf(message: JsonObject): Eval {
  const name = textOf(message, "module");
  const found = evals.get(name);
  if (found === undefined) throw new Error(`no module "${name}"; there are ${[...evals.keys()].join(", ")}`);
  return found;
}

/** A number of the input that says how often to run; numbers that are missing or make no sense count as none. */
function count(input: Json, name: string): number {
  const value = isObject(input) ? input[name] : undefined;
  return typeof value === "number" && value > 0 ? value : 0;
}

/**
 * Runs a function at least once, `min_runs` times and until `min_seconds` have passed in runs. A run computes and reads
 * the results; what comes before (JSON to arrays) and after (arrays to JSON) is not timed.
 */
function evaluate(message: JsonObject, mode: Mode): JsonObject {
  const functions = moduleOf(message);
  const name = textOf(message, "function");
  if (!Object.hasOwn(functions, name)) {
    const known = Object.keys(functions).join(", ");
    throw new Error(`no function "${name}" in ${textOf(message, "module")}; there are ${known}`);
  }
  const { input = null } = message;
  const { run, output } = functions[name].prepare(input, mode);
  const [leastRuns, leastSeconds] = [count(input, "min_runs"), count(input, "min_seconds")];
  const timings: Timing[] = [];
  let seconds = 0;
  do {
    const start = process.hrtime.bigint();
    run();
    const nanoseconds = Number(process.hrtime.bigint() - start);
    timings.push({ name: "evaluate", nanoseconds });
    seconds += nanoseconds / 1e9;
  } while (timings.length < leastRuns || seconds < leastSeconds);
  return { success: true, output: output(), timings };
}

function answer(message: JsonObject, { mode, config }: ToolOptions): JsonObject {
  switch (message.kind) {
    case "start":
      return { tool: "adjoint", ...(config === undefined ? {} : { config }) };
    case "define":
      moduleOf(message);
      return { success: true };
    case "evaluate":
      return evaluate(message, mode);
    default:
      return {};
  }
}

/** The answer to one line, as a line. Never throws. */
export function respond(line: string, options: ToolOptions): string {
  let id: Json = null;
  try {
    const message: unknown = JSON.parse(line);
    if (!isObject(message)) throw new Error("the message is not a JSON object");
    id = message.id ?? null;
    return JSON.stringify({ id, ...answer(message, options) });
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return JSON.stringify({ id, success: false, error: text });
  }
}
