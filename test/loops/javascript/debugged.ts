/**
 * @file A program that is debugged: it compiles the functions of model.ts, and a session of Node's inspector stops in them as
 * a front-end would. What the debugger sees is printed as JSON.
 */
import { type Debugger, type Runtime, Session } from "node:inspector";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Array, config, grad, jit, numpy as np } from "../../../src/index.ts";
import { installEverything } from "../../../src/everything.ts";
import { FrontEnd } from "./front-end.ts";
import { long, loop, model } from "./model.ts";

installEverything();
config.update({ sourceLines: true });

const file = new URL("./model.ts", import.meta.url).href;
const text = readFileSync(fileURLToPath(file), "utf8").split("\n");
/** The number of the line that holds a text. */
const lineOf = (part: string): number => text.findIndex((line) => line.includes(part)) + 1;

/** Where the debugger stopped, and the numbers that it shows there. */
interface Stop {
  readonly line: number;
  readonly sourceColumn: number;
  readonly variables: Record<string, unknown>;
}

const session = new Session();
session.connect();
session.post("Debugger.enable");
let scripts: { readonly id: string; readonly map: FrontEnd }[] = [];
session.on("Debugger.scriptParsed", ({ params }) => {
  if (params.url.startsWith("adjoint/") && params.sourceMapURL !== undefined && params.sourceMapURL !== "")
    scripts.push({ id: params.scriptId, map: new FrontEnd(params.sourceMapURL) });
});

function variablesOf(frame: Debugger.CallFrame): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const scope of frame.scopeChain) {
    if (scope.type !== "local" && scope.type !== "block" && scope.type !== "closure") continue;
    session.post(
      "Runtime.getProperties",
      { objectId: scope.object.objectId! },
      (_, found: Runtime.GetPropertiesReturnType) => {
        for (const p of found.result) if (typeof p.value?.value === "number") out[p.name] ??= p.value.value;
      },
    );
  }
  return out;
}

/**
 * Stops at a line, on the way forward and back, while `run` runs.
 * @param steps how often to step over from the first stop
 */
function watch(line: number, run: () => unknown, steps: number): { stops: Stop[]; places: number } {
  const stops: Stop[] = [];
  const breakpoints: string[] = [];
  for (const { id, map } of scripts)
    for (const { line: lineNumber, column: columnNumber } of map.stops(file, line)) {
      const location = { scriptId: id, lineNumber, columnNumber };
      session.post("Debugger.setBreakpoint", { location }, (error, found) => {
        if (error !== null) throw new Error(error.message);
        breakpoints.push(found.breakpointId);
      });
    }
  const paused = ({ params }: { params: Debugger.PausedEventDataType }): void => {
    const [frame] = params.callFrames;
    const { scriptId, lineNumber, columnNumber } = frame.location;
    const map = scripts.find((s) => s.id === scriptId)?.map;
    const at = map?.original(lineNumber, columnNumber ?? 0);
    if (at !== undefined && at !== null)
      stops.push({
        line: at.sourceLine + 1,
        sourceColumn: at.sourceColumn,
        variables: variablesOf(frame),
      });
    // Behind the last statement it would step into what called the program.
    const inside = map !== undefined && at !== null;
    session.post(inside && stops.length <= steps ? "Debugger.stepOver" : "Debugger.resume");
  };
  session.on("Debugger.paused", paused);
  run();
  session.removeListener("Debugger.paused", paused);
  for (const breakpointId of breakpoints) session.post("Debugger.removeBreakpoint", { breakpointId });
  return { stops, places: breakpoints.length };
}

/** Compiles, then runs a function of x under the debugger. */
function scenario(f: (x: Array) => Array, at: string, steps = 0): object {
  scripts = [];
  const compiled = jit(f);
  const plain = config.with({ sourceLines: false }, () => jit(f)(0.5).item());
  const { source, stats } = compiled.lower(0.5).compile();
  let value = NaN;
  const seen = watch(lineOf(at), () => (value = compiled(0.5).item()), steps);
  const [{ map }] = scripts;
  return {
    ...seen,
    value,
    plain,
    source,
    backend: stats.backend,
    names: map.map.names,
    sources: map.map.sources,
  };
}

const gradient = grad((x: Array, w: Array) => model(x, { w }));
process.stdout.write(
  JSON.stringify({
    lines: Object.fromEntries(
      ["const h", "const y", "const z", "return np.sin(z)", "const wave", "const part"].map((part) => [
        part,
        lineOf(part),
      ]),
    ),
    stopping: scenario((x) => gradient(x, np.array(2)), "const h"),
    stepping: scenario((x) => gradient(x, np.array(2)), "const h", 100),
    loop: scenario(grad(loop), "const wave"),
    long: scenario(long, "const part"),
  }),
);
