/** @file Browsers: Chromium and Firefox, as they are installed, without a driver (server.ts). */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserName, browserCommand, browserNames } from "./installed.ts";
import { stagePages, stagePrebuilt } from "./pages.ts";
import { type Row, absentRow, failedRow, reportRow } from "./rows.ts";
import { type Page, type PageReport, PageServer } from "./server.ts";
import type { Bundle, Stage } from "./stage.ts";

/** Milliseconds that a page may take. */
const limit = 60_000;

interface Browser {
  readonly name: BrowserName;
  args(profile: string, url: string): readonly string[];
}

const browsers: readonly Browser[] = [
  {
    name: "Chromium",
    args: (profile, url) => [
      "--headless=new",
      "--disable-gpu",
      "--no-first-run",
      // Processes of root, as in containers, have no sandbox.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      `--user-data-dir=${profile}`,
      url,
    ],
  },
  {
    name: "Firefox",
    args: (profile, url) => ["--headless", "--no-remote", "--profile", profile, url],
  },
];

function start(browser: Browser, command: string, profile: string, url: string): ChildProcess {
  mkdirSync(profile, { recursive: true });
  return spawn(command, browser.args(profile, url), { stdio: "ignore", detached: true });
}

/** Ends a browser with its processes: its group is its own. */
function end(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function rowOf(where: string, { report, error, violations }: PageReport): Row {
  const count = new Map<string, number>();
  for (const v of violations) count.set(v, (count.get(v) ?? 0) + 1);
  const often = [...count].filter(([, n]) => n > 1).map(([v, n]) => `${v}: ${n} times`);
  if (report === undefined) return failedRow(where, error ?? "no report");
  const row = reportRow(where, report);
  if (row.state === "ok" && often.length > 0)
    return failedRow(where, `violations of the policy: ${often.join(", ")}`);
  return violations.length === 0
    ? row
    : { ...row, result: `${row.result}; violations: ${[...count.keys()].join(", ")}` };
}

async function rowsOf(
  browser: Browser,
  command: string,
  server: PageServer,
  pages: readonly string[],
): Promise<Row[]> {
  const rows: Row[] = [];
  const folder = mkdtempSync(join(tmpdir(), "adjoint-browser-"));
  let child: ChildProcess | null = null;
  try {
    for (let i = 0; i < pages.length; i++) {
      const where = `${browser.name}, ${pages[i]}`;
      const next = server.report(limit);
      child ??= start(browser, command, join(folder, `profile${i}`), server.url(i));
      const got = await next;
      rows.push(
        got === null
          ? failedRow(where, `no report within ${limit / 1000} s: frozen, or not loaded`)
          : rowOf(where, got.report),
      );
      console.error(`${where}: ${rows[rows.length - 1].state}`);
      if (got?.page === i) continue;
      end(child);
      child = null;
    }
  } finally {
    if (child !== null) end(child);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  return rows;
}

/** The reports of a page, each in a browser started anew; null if there is no Chromium. Frozen ones report nothing. */
export async function measureInChromium(
  stage: Stage,
  page: Page,
  times: number,
): Promise<(PageReport | undefined)[] | null> {
  const [browser] = browsers;
  const command = browserCommand(browser.name);
  if (command === null) return null;
  stagePrebuilt(stage);
  const server = await PageServer.start(stage.folder, [page]);
  const folder = mkdtempSync(join(tmpdir(), "adjoint-browser-"));
  const reports: (PageReport | undefined)[] = [];
  try {
    for (let i = 0; i < times; i++) {
      const next = server.report(limit);
      const child = start(browser, command, join(folder, `profile${i}`), server.url(0));
      reports.push((await next)?.report);
      end(child);
    }
  } finally {
    server.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  return reports;
}

export async function browserRows(
  stage: Stage,
  bundles: readonly Bundle[],
  wanted: (where: string) => boolean,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const browser of browsers) {
    if (!wanted(browser.name)) continue;
    const command = browserCommand(browser.name);
    if (command === null) {
      rows.push(absentRow(browser.name, `none of ${browserNames[browser.name].join(", ")} is installed`));
      continue;
    }
    const pages = stagePages(stage, bundles, browser.name === "Chromium");
    const server = await PageServer.start(stage.folder, pages);
    try {
      rows.push(
        ...(await rowsOf(
          browser,
          command,
          server,
          pages.map((p) => p.where),
        )),
      );
    } finally {
      server.stop();
    }
  }
  return rows;
}
