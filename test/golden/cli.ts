/**
 * @file `npm run golden`: runs the golden vectors and prints what differs and the counts.
 *
 *   npm run golden -- --group nn --fn 'softmax' --id 'f32'    the vectors that match all patterns (regular expressions)
 *   npm run golden -- --mode eager                            in one execution mode: eager, jit, wasm, stablehlo (exported and
 *                                                             imported), source (written as modules), xla (values, by
 *                                                             Python with JAX)
 *   npm run golden -- --show missing                          prints the missing (or excepted, or passed) ones too
 *
 * GOLDEN_DIR names another folder of vectors. The exit code is 0 only if nothing failed.
 */
import { parseArgs } from "node:util";
import { library } from "./library.ts";
import { furtherModes, list, modes, runGroup, summary } from "./run.ts";
import type { Status } from "./run.ts";
import { type Vector, loadGroups } from "./vectors.ts";

const { values } = parseArgs({
  options: {
    group: { type: "string", default: "" },
    fn: { type: "string", default: "" },
    id: { type: "string", default: "" },
    mode: { type: "string", default: "" },
    show: { type: "string", multiple: true, default: [] },
  },
});

const patterns = [values.group, values.fn, values.id, values.mode];
const [group, fn, id, mode] = patterns.map((pattern) => new RegExp(pattern));
const chosenModes = values.mode === "" ? modes : [...modes, ...furtherModes].filter((m) => mode.test(m.name));
if (chosenModes.some((m) => m.name === "wasm")) await library.init<Promise<boolean>>();
const chosen = (await loadGroups()).filter((g) => group.test(g.group));
const wanted = (v: Vector): boolean => fn.test(v.fn) && id.test(v.id);
const outcomes = chosen.flatMap((g) => runGroup(g, wanted, chosenModes));
// Python is asked for by name alone.
if (values.mode === "xla") outcomes.push(...(await (await import("./xla.ts")).runByXla(chosen, wanted)));
for (const status of [...values.show, "failed"]) {
  const text = list(outcomes, status as Status);
  if (text !== "") console.log(`${status}:\n${text}\n`);
}
console.log(summary(outcomes));
process.exitCode = outcomes.some((o) => o.status === "failed") ? 1 : 0;
