/**
 * @file The benchmarks: `npm run bench`, or some of them by group or by the beginning of their names, with `--quick` for a
 * short check, `--list` for the names, `--page` to fill in docs/benchmarks.md only, `--backend=js` for a backend that is not the
 * default. Prints tables, writes bench/results/<group>.json and .svg. See bench/README.md for how to read them.
 */
import { loadavg } from "node:os";
import { type Group, groups, tasks } from "./groups.ts";
import { chosenBackend } from "./lib/library.ts";
import { besideXla, meanSentence, ratiosToXla } from "./lib/beside-xla.ts";
import { peaksDescription } from "./lib/limit/program.ts";
import { quick, thorough } from "./lib/measure.ts";
import { updatePage } from "./lib/page.ts";
import { machine, text, write } from "./lib/report.ts";
import type { Result, Task } from "./lib/task.ts";
import { closePython, pythonDescription } from "./lib/python-process.ts";

const args = process.argv.slice(2);
const flags = args.filter((a) => a.startsWith("--"));
const wanted = args.filter((a) => !a.startsWith("--"));
const isQuick = flags.includes("--quick");
const settings = isQuick ? quick : thorough;
/** Numbers of short runs, and of a backend that is not the default, are not those that are cited. */
const isScratch = isQuick || chosenBackend !== undefined;

const isGroup = (name: string): name is Group => name in groups;

function chosen(): readonly Task[] {
  const known = ["--quick", "--list", "--page"];
  const strange = flags.filter((f) => !known.includes(f) && !f.startsWith("--backend="));
  if (strange.length > 0) throw new Error(`no option ${strange.join(", ")}; there are ${known.join(", ")}`);
  const matches = (t: Task, name: string): boolean =>
    isGroup(name) ? t.group === name : t.name === name || t.name.startsWith(`${name} `);
  const lost = besideXla.filter((name) => !tasks.some((t) => t.name === name));
  if (lost.length > 0)
    throw new Error(`no benchmark ${lost.join(", ")}, which bench/lib/beside-xla.ts lists`);
  const unknown = wanted.filter((name) => !tasks.some((t) => matches(t, name)));
  if (unknown.length > 0) throw new Error(`no benchmark ${unknown.join(", ")}; see --list`);
  return wanted.length === 0 ? tasks : tasks.filter((t) => wanted.some((name) => matches(t, name)));
}

/** What else than the machine the numbers depend on. */
async function conditions(): Promise<Readonly<Record<string, string>>> {
  const peaks = peaksDescription();
  return { ...(await pythonDescription()), ...(peaks === null ? {} : { peaks }) };
}

/** Runs tasks of a group, and writes what they gave. Gives that, and the messages of those that failed. */
async function runGroup(
  group: Group,
  list: readonly Task[],
): Promise<{ readonly results: readonly Result[]; readonly failures: readonly string[] }> {
  const results: Result[] = [];
  const failures: string[] = [];
  console.log(`\n━━ ${groups[group]}`);
  for (const task of list) {
    try {
      const result = await task.run(settings);
      results.push(result);
      console.log(`\n${task.name}: ${result.text}\n\n${text(result)}`);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      failures.push(`${task.name}: ${message}`);
      console.log(`\n${task.name}: FAILED: ${message}`);
    }
  }
  const order = tasks.filter((t) => t.group === group).map((t) => t.name);
  if (results.length > 0) write(group, groups[group], results, order, await conditions(), isScratch);
  return { results, failures };
}

async function main(): Promise<void> {
  const list = chosen();
  if (flags.includes("--list")) {
    for (const t of list) console.log(`${t.group.padEnd(12)}${t.name}`);
    return;
  }
  if (flags.includes("--page")) {
    await updatePage(Object.keys(groups));
    return;
  }
  const load = loadavg()[0];
  console.log(`Node ${machine.node}, ${machine.processor}, ${machine.cores} cores, load ${load.toFixed(2)}`);
  if (load > 0.5 && !isQuick)
    console.log("The machine is busy: ratios may still mean something, times do not.");
  const failures: string[] = [];
  const results: Result[] = [];
  for (const group of Object.keys(groups).filter(isGroup)) {
    const own = list.filter((t) => t.group === group);
    if (own.length === 0) continue;
    const found = await runGroup(group, own);
    results.push(...found.results);
    failures.push(...found.failures);
  }
  const ratios = ratiosToXla(results);
  if (ratios !== null) console.log(`\n${meanSentence(ratios)}`);
  if (!isScratch) await updatePage(Object.keys(groups));
  console.log(`\nwrote bench/results/${isScratch ? "scratch/" : ""}`);
  if (failures.length === 0) return;
  console.log(`\n${failures.length} failed:\n${failures.join("\n")}`);
  process.exitCode = 1;
}

try {
  await main();
} finally {
  await closePython();
}
