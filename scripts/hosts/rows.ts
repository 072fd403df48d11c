/** @file What came of a host: the rows of the table. */
import type { Report } from "./suite.ts";

export interface Row {
  readonly where: string;
  readonly state: "ok" | "failed" | "absent";
  readonly result: string;
}

export const failedRow = (where: string, result: string): Row => ({ where, state: "failed", result });
export const absentRow = (where: string, result: string): Row => ({ where, state: "absent", result });

export function reportRow(where: string, report: Report): Row {
  const { passed, failed, backend, milliseconds, threads } = report;
  const how = [backend, threads === "two" ? "two threads" : threads].filter((t) => t !== "").join("; ");
  if (failed.length === 0)
    return { where, state: "ok", result: `${passed} programs, ${milliseconds} ms (${how})` };
  return failedRow(
    where,
    `${failed.length} of ${passed + failed.length} failed (${how})\n${failed.join("\n")}`,
  );
}

/** The table, with what failed below it. */
export function printRows(rows: readonly Row[]): void {
  const short = (text: string): string => {
    const line = text.split("\n")[0];
    return line.length > 150 ? `${line.slice(0, 149)}…` : line;
  };
  const width = Math.max(...rows.map((r) => r.where.length));
  console.log(`\n| ${"where".padEnd(width)} | result |\n| ${"-".repeat(width)} | ------ |`);
  for (const { where, state, result } of rows)
    console.log(
      `| ${where.padEnd(width)} | ${state === "ok" ? short(result) : `**${state === "absent" ? "NOT THERE" : "FAILED"}**: ${short(result)}`} |`,
    );
  for (const { where, state, result } of rows)
    if (state === "failed") console.log(`\n== ${where}\n${result}`);
  const absent = rows.filter((r) => r.state === "absent");
  if (absent.length > 0) console.log(`\nNOT THERE, not tested: ${absent.map((r) => r.where).join(", ")}`);
}
