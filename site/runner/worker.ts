/**
 * @file The program that runs the user's programs, in a worker of the sandbox (frame.html): one worker for each.
 *
 * It has the library and the sources that the documentation imports as modules, and besides `plot`, `print` and `inspect`.
 */
import * as adjoint from "adjoint";
import { type AnyFunction, inspected, recordingJit } from "./programs.ts";
import { modules } from "virtual:modules";
import { plotted } from "./plot.ts";
import type { Entry, Outcome, Request } from "./protocol.ts";
import { print, show } from "./show.ts";
import { prepare } from "./transform.ts";

type Names = Readonly<Record<string, unknown>>;

const send = (entry: Entry): void => {
  postMessage({ type: "entry", entry });
};

/** The program's name in stack traces, and so in the library's errors: `program://main:5:9`. */
const scheme = "program://main";

/** Where each piece begins in the text that is evaluated. */
let starts: readonly number[] = [];

/** A line of that text as a line of its piece. */
const lineInPiece = (line: number): number => line - Math.max(0, ...starts.filter((s) => s <= line)) + 1;

/** The line of the piece at which an error arose, or null. */
function lineOf(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  if ("loc" in error) return (error.loc as { readonly line: number }).line;
  const match = /program:\/\/main:(\d+)/.exec(`${error.message}\n${error.stack ?? ""}`);
  return match === null ? null : lineInPiece(Number(match[1]));
}

const readable = (text: string): string =>
  text.replace(/program:\/\/main:(\d+):\d+/g, (_, line: string) => `line ${lineInPiece(Number(line))}`);

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${show(error)}`;
  return readable(`${error.name}: ${error.message}`);
}

let silent = false;
const output = (entry: Entry): void => {
  if (!silent) send(entry);
};

/** What prepared code calls (transform.ts). */
const reports = {
  value(line: number, code: string, value: unknown): void {
    if (value !== undefined) output({ kind: "value", text: show(value), code, line });
  },
  async throws(line: number, f: () => Promise<void>): Promise<void> {
    try {
      await f();
    } catch (error) {
      output({ kind: "error", text: describeError(error), line, expected: true });
    }
  },
};

const recorder = recordingJit((program) => output({ kind: "program", program }));

/** Binaryen is not here: 13 MB that no example needs. The library's own encoder takes its place, and it is said. */
async function init(options?: adjoint.InitOptions): Promise<boolean> {
  if (options?.codegen !== "binaryen") return adjoint.init(options);
  output({
    kind: "warn",
    text: "Binaryen is no part of this page; the library's own encoder makes the WebAssembly.",
  });
  return adjoint.init({ ...options, codegen: undefined });
}

const library: Names = { ...adjoint, jit: recorder.jit, init };

const helpers: Names = {
  plot: (...args: unknown[]) => output(plotted(args)),
  print: (...args: unknown[]) => output({ kind: "log", text: print(args) }),
  inspect: (f: AnyFunction, ...args: unknown[]) => output({ kind: "program", program: inspected(f, args) }),
};

function moduleOf(name: unknown): Names {
  if (name === "adjoint") return library;
  const found = modules[String(name)];
  if (found !== undefined) return found;
  const known = Object.keys(modules).filter((n) => n.startsWith("adjoint"));
  throw new Error(`There is no module "${String(name)}" here, only ${["adjoint", ...known].join(", ")}.`);
}

/** Names that a program may use without importing them: the helpers, and for examples of the reference all that is public. */
function ambient(names: string | null): Names {
  if (names === null) return helpers;
  const inner = names
    .split(".")
    .filter((n) => n !== "")
    .reduce<unknown>((space, name) => (space as Names)[name] ?? modules[`adjoint/${name}`], library);
  const all = { ...(inner as Names), ...library, np: adjoint.numpy, ...helpers };
  return Object.fromEntries(Object.entries(all).filter(([n]) => !/^(?:default|delete|var)$/.test(n)));
}

for (const level of ["log", "info", "debug", "warn", "error"] as const)
  console[level] = (...args: unknown[]) =>
    output({ kind: level === "warn" || level === "error" ? "warn" : "log", text: print(args) });

/** The pieces as one function, so that each sees the names of those before it. */
function compile(request: Request, names: readonly string[]): string {
  const known = new Set<string>();
  const found: number[] = [];
  let text = `(function ($, $module, ${names.join(", ")}) { return async () => {`;
  let line = 1;
  request.pieces.forEach((piece, i) => {
    const body = `$.begin(${i}); ${prepare(piece, known)}\n;`;
    found.push(line);
    line += body.split("\n").length - 1;
    text += body;
  });
  starts = found;
  return `${text}} })\n//# sourceURL=${scheme}`;
}

async function run(request: Request): Promise<Outcome> {
  const names = ambient(request.names);
  const begin = (piece: number): void => {
    silent = piece < request.from;
  };
  try {
    const make = (0, eval)(compile(request, Object.keys(names))) as (
      ...args: unknown[]
    ) => () => Promise<void>;
    await make({ ...reports, begin }, moduleOf, ...Object.values(names))();
    if (request.programs) recorder.report();
    return "done";
  } catch (error) {
    send({ kind: "error", text: describeError(error), line: lineOf(error), expected: false });
    return "failed";
  }
}

addEventListener(
  "message",
  (event: MessageEvent<Request>) => {
    const start = performance.now();
    void run(event.data).then((outcome) =>
      postMessage({ type: "end", outcome, milliseconds: performance.now() - start }),
    );
  },
  { once: true },
);
