/**
 * @file What browsers load, from a server on loopback: a page for each case, with its headers, and the files of the stage.
 *
 * A page runs the programs, posts its report, and goes on to the page that the answer names; so one browser, started with
 * the first page's address and driven by nothing else, works through all of them.
 */
import { readFileSync } from "node:fs";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Report, SuiteOptions } from "./suite.ts";

/** A page: how the library is loaded there, what is asked of it, and under which policy. */
export interface Page {
  readonly where: string;
  /** The body of an async function that returns a report of `options`; it may import and start workers. */
  readonly script: string;
  /** Tags before the script. */
  readonly head?: string;
  readonly options: SuiteOptions;
  readonly isolated?: boolean;
  readonly policy?: string;
}

/** A report, with what the page saw of its policy's violations. */
export interface PageReport {
  readonly report?: Report;
  readonly error?: string;
  readonly violations: readonly string[];
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".cjs": "text/javascript",
  ".map": "application/json",
};

const html = ({ head = "" }: Page, i: number): string =>
  `<!doctype html><meta charset="utf-8"><title>hosts</title><link rel="icon" href="data:,">${head}` +
  `<script type="module" src="/driver/${i}.js"></script>`;

const driver = ({ script, options }: Page, i: number): string => `
const violations = [];
addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));
const options = ${JSON.stringify(options)};
const out = { violations };
try {
  out.report = await (async () => { ${script} })();
} catch (e) {
  out.error = String(e?.stack ?? e);
}
await new Promise((resolve) => setTimeout(resolve, 20));
const next = await (await fetch("/report/${i}", { method: "POST", body: JSON.stringify(out) })).text();
if (next !== "") location.href = next;
`;

function headersOf({ isolated = false, policy }: Page): Record<string, string> {
  return {
    ...(isolated
      ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
      : {}),
    ...(policy === undefined ? {} : { "Content-Security-Policy": policy }),
  };
}

function readAll(request: IncomingMessage): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => void parts.push(part));
    request.on("end", () => resolve(Buffer.concat(parts).toString()));
  });
}

export class PageServer {
  readonly #pages: readonly Page[];
  readonly #folder: string;
  readonly #server: Server;
  #onReport: (i: number, report: PageReport) => void = () => undefined;

  private constructor(folder: string, pages: readonly Page[]) {
    this.#folder = folder;
    this.#pages = pages;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(folder: string, pages: readonly Page[]): Promise<PageServer> {
    const out = new PageServer(folder, pages);
    await new Promise<void>((resolve) => out.#server.listen(0, "127.0.0.1", resolve));
    return out;
  }

  /** Of a page. */
  url(i: number): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/page/${i}`;
  }

  /** The next report that arrives; null after so many milliseconds. */
  report(milliseconds: number): Promise<{ readonly page: number; readonly report: PageReport } | null> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), milliseconds);
      this.#onReport = (page, report) => {
        clearTimeout(timer);
        resolve({ page, report });
      };
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const [, kind, rest = ""] = path.split("/");
    const i = Number.parseInt(rest, 10);
    const send = (
      status: number,
      type: string,
      text: string | Buffer,
      more: Record<string, string> = {},
    ): void => {
      response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...more });
      response.end(text);
    };
    if (kind === "page") send(200, types[".html"], html(this.#pages[i], i), headersOf(this.#pages[i]));
    else if (kind === "driver") send(200, types[".js"], driver(this.#pages[i], i));
    else if (kind === "report") {
      const report = JSON.parse(await readAll(request)) as PageReport;
      send(200, "text/plain", i + 1 < this.#pages.length ? `/page/${i + 1}` : "");
      this.#onReport(i, report);
    } else {
      try {
        const file = readFileSync(join(this.#folder, normalize(path)));
        send(200, types[extname(path)] ?? "application/octet-stream", file, {
          "Cross-Origin-Embedder-Policy": "require-corp",
          "Service-Worker-Allowed": "/",
        });
      } catch {
        send(404, "text/plain", "not here");
      }
    }
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
