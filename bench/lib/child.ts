/** @file Measurements that need a process of their own: how the first call goes, how much memory a process takes. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Runs a file of bench/children/ as `npm run bench` runs its own, and gives the object that it printed. */
export function runChild(file: string, args: readonly string[]): Readonly<Record<string, number>> {
  const path = fileURLToPath(new URL(`../children/${file}`, import.meta.url));
  const loader = new URL("../loader.js", import.meta.url).href;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", loader, path, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 24,
  });
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (status !== 0 || !line.startsWith("{"))
    throw new Error(`${file} ${args.join(" ")}: exit code ${String(status)}\n${stderr.slice(-2000)}`);
  return JSON.parse(line) as Record<string, number>;
}
