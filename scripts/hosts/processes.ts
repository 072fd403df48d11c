/** @file Hosts that are commands: Node of several versions, Deno, Bun, workerd. They come from npm, into a folder of their own. */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Row, absentRow, failedRow, reportRow } from "./rows.ts";
import { type Bundle, type Stage, mark } from "./stage.ts";
import type { Report, SuiteOptions } from "./suite.ts";

const limit = 90_000;

/** The command that a package of npm carries, installed if need be; null if it cannot be had. */
export function commandOf(cache: string, name: string, command: string): string | null {
  const folder = join(cache, name.replace("@", "-"));
  const path = join(folder, "node_modules", ".bin", command);
  if (existsSync(path)) return path;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", name], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    execFileSync(path, ["--version"], { stdio: "ignore" });
    return path;
  } catch {
    return null;
  }
}

/** Runs a command that prints a report. */
function reportOf(command: string, args: readonly string[], cwd: string): Promise<Report | string> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd, timeout: limit, killSignal: "SIGKILL", maxBuffer: 2 ** 26 },
      (error, out, err) => {
        const at = out.lastIndexOf(mark);
        if (at !== -1 && error === null) resolve(JSON.parse(out.slice(at + mark.length)) as Report);
        else
          resolve(
            `${error?.killed === true ? `ended after ${limit / 1000} s` : (error?.message ?? "no report")}\n${err}`,
          );
      },
    );
  });
}

interface Command {
  readonly where: string;
  readonly command: string | null;
  readonly args: readonly string[];
  readonly options: SuiteOptions;
}

async function commandRow(stage: Stage, { where, command, args, options }: Command): Promise<Row> {
  if (command === null) return absentRow(where, "npm has no binary of it for this machine");
  const start = performance.now();
  const report = await reportOf(command, [...args, JSON.stringify(options)], stage.folder);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.error(`${where}: ${typeof report === "string" ? "no report" : "ended"} after ${seconds} s`);
  return typeof report === "string" ? failedRow(where, report) : reportRow(where, report);
}

/** The report of this Node, with whose results the others' are compared. */
export const firstReport = (stage: Stage): Promise<Report | string> =>
  reportOf(process.execPath, ["main.mjs"], stage.folder);

export async function commandRows(
  stage: Stage,
  cache: string,
  wanted: (where: string) => boolean,
): Promise<Row[]> {
  const nodes = [
    ["Node 20", process.versions.node.startsWith("20.") ? process.execPath : "node@20"],
    ["Node 22", "node@22"],
    ["Node 24", "node@24"],
  ].map(([where, from]) => ({
    where,
    command: (): string | null => (from.startsWith("node@") ? commandOf(cache, from, "node") : from),
    args: [] as readonly string[],
  }));
  const others = [
    { where: "Deno", command: () => commandOf(cache, "deno", "deno"), args: ["run", "-A"] },
    { where: "Bun", command: () => commandOf(cache, "bun", "bun"), args: [] },
  ];
  const rows: Row[] = [];
  for (const { where, command: find, args } of [...nodes, ...others]) {
    if (!wanted(where)) continue;
    const command = find();
    const run = async (what: string, more: readonly string[], options: SuiteOptions): Promise<void> =>
      void rows.push(
        await commandRow(stage, { where: `${where}${what}`, command, args: [...args, ...more], options }),
      );
    await run("", ["main.mjs"], { backend: "wasm" });
    await run(", two threads", ["main.mjs"], { threads: "two" });
    if (where === "Deno") continue;
    await run(", require", ["main.cjs"], { backend: "wasm" });
    if (!where.startsWith("Node")) continue;
    await run(", no code from strings", ["--disallow-code-generation-from-strings", "main.mjs"], {
      backend: "wasm",
    });
    if (where !== "Node 20") continue;
    await run(
      ", neither that nor WebAssembly",
      ["--disallow-code-generation-from-strings", "--jitless", "main.mjs"],
      {
        backend: "interpreter",
        threads: "refused",
      },
    );
  }
  return rows;
}

/** Bundles in CommonJS, in this Node. */
export async function bundleRows(stage: Stage, bundles: readonly Bundle[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { bundler, format, file } of bundles) {
    if (format !== "cjs" || file === null) continue;
    rows.push(
      await commandRow(stage, {
        where: `bundle by ${bundler}, cjs, in Node`,
        command: process.execPath,
        args: [`main-${bundler}.cjs`],
        options: { backend: "wasm" },
      }),
    );
  }
  return rows;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

const config = (port: number): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "workerd.mjs", esModule = embed "workerd.mjs")],
  compatibilityDate = "2025-01-01",
);
`;

async function ask(port: number, child: ChildProcess, options: SuiteOptions): Promise<Report> {
  const until = performance.now() + limit;
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: "POST",
        body: JSON.stringify(options),
        signal: AbortSignal.timeout(limit),
      });
      if (!response.ok) throw new Error(await response.text(), { cause: "answer" });
      return (await response.json()) as Report;
    } catch (e) {
      const answered = e instanceof Error && e.cause === "answer";
      if (answered || child.exitCode !== null || performance.now() > until) throw e;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Cloudflare's runtime: neither code from strings nor from bytes, no workers. */
export async function workerdRow(stage: Stage, cache: string): Promise<Row> {
  const where = "workerd (Cloudflare)";
  const command = commandOf(cache, "workerd", "workerd");
  if (command === null) return absentRow(where, "npm has no binary of it for this machine");
  const port = await freePort();
  stage.write("workerd.capnp", config(port));
  const child = spawn(command, ["serve", "workerd.capnp"], {
    cwd: stage.folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data: Buffer) => void (errors += data.toString()));
  try {
    return reportRow(where, await ask(port, child, { backend: "interpreter", threads: "refused" }));
  } catch (e) {
    return failedRow(where, `${e instanceof Error ? e.message : String(e)}\n${errors}`);
  } finally {
    child.kill("SIGKILL");
  }
}
