/** @file Puts tables made from the results into docs/benchmarks.md, between comments that name them. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { meanSentence, ratiosToXla } from "./beside-xla.ts";
import { type ResultsFile, limitList, markdown, read } from "./report.ts";

const path = fileURLToPath(new URL("../../docs/benchmarks.md", import.meta.url));

/** What the numbers of a file were measured on, and which of them on something else. */
export function conditions({ machine, results }: ResultsFile): string {
  const days = results.map((r) => r.date.slice(0, 10)).sort();
  const load = Math.max(...results.map((r) => r.load));
  const others = [machine.xla, machine.numpy].flatMap((x) => (x === undefined ? [] : [`${x}; `])).join("");
  const elsewhere = results
    .filter((r) => r.processor !== undefined && r.processor !== machine.processor)
    .map((r) => ` ${r.name}: on ${r.processor}.`);
  const peaks = machine.peaks === undefined ? "" : ` Peaks: ${machine.peaks}.`;
  return `Node ${machine.node}, ${machine.processor}, ${machine.platform}; ${others}${days[days.length - 1]}; load up to ${load.toFixed(1)}.${elsewhere.join("")}${peaks}`;
}

function section(group: string): string {
  const file = read(group);
  if (file === null) return "Not measured yet.";
  const limits = limitList(file);
  return `${markdown(file)}\n\n${limits === "" ? "" : `${limits}\n\n`}${conditions(file)} [Chart](../bench/results/${group}.svg), [data](../bench/results/${group}.json).`;
}

/** The ratios to XLA, of all groups. */
function besideXlaSection(groups: readonly string[]): string {
  const found = ratiosToXla(groups.flatMap((group) => read(group)?.results ?? []));
  if (found === null) return "Not measured yet.";
  const rows = found.rows.map(([name, ratio]) => `| ${name} | ${ratio.toPrecision(2)} |`);
  return `${meanSentence(found)}\n\n| | time / XLA |\n| --- | --: |\n${rows.join("\n")}`;
}

/** Replaces what stands between `<!-- results: name -->` and `<!-- end -->`, for each name of a results file; `xla` is the ratios to XLA. */
export async function updatePage(groups: readonly string[]): Promise<void> {
  const old = readFileSync(path, "utf8");
  const marked = /(<!-- results: (\w+) -->)[^]*?(<!-- end -->)/g;
  const filled = old.replace(
    marked,
    (_, start: string, group: string, end: string) =>
      `${start}\n\n${group === "xla" ? besideXlaSection(groups) : section(group)}\n\n${end}`,
  );
  const options = await resolveConfig(path);
  writeFileSync(path, await format(filled, { ...options, filepath: path }));
}
