/**
 * @file Modules in the hosts that they are for: Node without code from strings, a bare realm, Chromium under a strict policy and
 * in a service worker, workerd. Each gives, bit for bit, what `jit` gives here. A host that is not installed is named.
 */
import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { type ExportedModule, exportModule } from "../../src/aot/index.ts";
import { config } from "../../src/index.ts";
import { browserCommand } from "../../scripts/hosts/installed.ts";
import { chosen, driverText, expectedResults } from "./driver.ts";
import { folderOf } from "./util.ts";

config.update({ backend: "auto", jitless: false });

const run = promisify(execFile);
const require = createRequire(import.meta.url);

type Results = Readonly<Record<string, string>>;
const formats = ["js", "wasm"] as const;
const expected: { js: Results; wasm: Results } = { js: {}, wasm: {} };
const modules = {} as Record<"js" | "beside" | "inline" | "manual", ExportedModule>;

beforeAll(async () => {
  for (const format of formats) expected[format] = await expectedResults(format);
  modules.js = exportModule(chosen, {});
  for (const load of ["beside", "inline", "manual"] as const)
    modules[load] = exportModule(chosen, { format: "wasm", load });
}, 120_000);

/** The files of all modules, and the driver. */
const files = (): Record<string, string | Uint8Array> => ({
  "js.js": modules.js.js,
  "beside.js": modules.beside.js,
  "inline.js": modules.inline.js,
  "manual.js": modules.manual.js,
  "m.wasm": modules.beside.wasm!,
  "driver.js": driverText(),
});

const formatOf = (kind: string): "js" | "wasm" => (kind === "js" ? "js" : "wasm");

describe("Node", () => {
  it.each(["js", "beside", "inline"])("without code from strings: %s", async (kind) => {
    const folder = folderOf({
      ...files(),
      "main.js": `import * as m from "./${kind}.js"; import { results } from "./driver.js"; console.log(JSON.stringify(results(m)));`,
    });
    const { stdout } = await run(process.execPath, [
      "--disallow-code-generation-from-strings",
      join(folder, "main.js"),
    ]);
    expect(JSON.parse(stdout)).toEqual(expected[formatOf(kind)]);
  });

  it("given the WebAssembly: manual", async () => {
    const folder = folderOf({
      ...files(),
      "main.js": `import * as m from "./manual.js"; import { results } from "./driver.js"; import { readFileSync } from "node:fs";
let early = "";
try { m.scalar(1); } catch (e) { early = e.message; }
m.instantiate(new WebAssembly.Module(readFileSync(new URL("./m.wasm", import.meta.url))));
console.log(JSON.stringify({ ...results(m), early }));`,
    });
    const { stdout } = await run(process.execPath, [join(folder, "main.js")]);
    const { early, ...results } = JSON.parse(stdout) as Record<string, string>;
    expect(results).toEqual(expected.wasm);
    expect(early).toContain("call instantiate(module) first");
  });

  it("a realm with nothing but the language, and arrays of another", async () => {
    const folder = folderOf({
      ...files(),
      "main.js": `import vm from "node:vm"; import { readFileSync } from "node:fs"; import { results } from "./driver.js";
const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: true } });
const out = {};
for (const kind of ["js", "inline"]) {
  const module = new vm.SourceTextModule(readFileSync(new URL("./" + kind + ".js", import.meta.url), "utf8"), { context });
  await module.link(() => { throw new Error("imports something"); });
  await module.evaluate();
  out[kind] = results(module.namespace);
}
console.log(JSON.stringify(out));`,
    });
    const { stdout } = await run(process.execPath, [
      "--experimental-vm-modules",
      "--no-warnings",
      join(folder, "main.js"),
    ]);
    expect(JSON.parse(stdout)).toEqual({ js: expected.js, inline: expected.wasm });
  });
});

const chromium = browserCommand("Chromium");
if (chromium === null)
  console.warn("NOT TESTED: Chromium is not installed; modules were not run in a browser.");

const types: Readonly<Record<string, string>> = {
  js: "text/javascript",
  wasm: "application/wasm",
  html: "text/html",
};

describe.skipIf(chromium === null)("Chromium", () => {
  /** What a page prints, under a policy. */
  async function inPage(
    policy: string,
    pages: Readonly<Record<string, string>>,
  ): Promise<Record<string, Results>> {
    const all: Record<string, string | Uint8Array> = { ...files(), ...pages };
    const server = createServer((request, response) => {
      const name = (request.url ?? "/").slice(1) || "index.html";
      if (!(name in all)) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, {
        "content-type": types[name.split(".").at(-1)!],
        "content-security-policy": policy,
      });
      response.end(all[name]);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { chromium: browserType } = await import("playwright-core");
    const browser = await browserType.launch({ executablePath: chromium!, args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (e) => errors.push(e.message));
      page.on("console", (m) => {
        if (m.type() === "error" && !m.text().includes("favicon") && !m.text().includes("404"))
          errors.push(m.text());
      });
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      // Not waitForFunction, which evaluates text.
      for (let i = 0; i < 200 && errors.length === 0 && (await page.title()) === ""; i++)
        await page.waitForTimeout(100);
      expect(errors).toEqual([]);
      return JSON.parse(await page.title()) as Record<string, Results>;
    } finally {
      await browser.close();
      server.close();
    }
  }
  const index = { "index.html": `<!doctype html><script type="module" src="main.js"></script>` };

  it("under a policy that allows no evaluation", async () => {
    const results = await inPage("default-src 'none'; script-src 'self'", {
      ...index,
      "main.js": `import * as m from "./js.js"; import { results } from "./driver.js"; document.title = JSON.stringify({ js: results(m) });`,
    });
    expect(results).toEqual({ js: expected.js });
  });

  it("under one that allows WebAssembly", async () => {
    const results = await inPage(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
      {
        ...index,
        "main.js": `import * as beside from "./beside.js"; import * as inline from "./inline.js"; import { results } from "./driver.js";
document.title = JSON.stringify({ beside: results(beside), inline: results(inline) });`,
      },
    );
    expect(results).toEqual({ beside: expected.wasm, inline: expected.wasm });
  });

  it("in a service worker", async () => {
    const results = await inPage(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'",
      {
        ...index,
        "main.js": `await navigator.serviceWorker.register("/sw.js", { type: "module" });
const { active } = await navigator.serviceWorker.ready;
navigator.serviceWorker.onmessage = (e) => { document.title = e.data; };
navigator.serviceWorker.startMessages();
active.postMessage("go");`,
        "sw.js": `import * as js from "./js.js"; import * as inline from "./inline.js"; import * as manual from "./manual.js"; import { results } from "./driver.js";
self.addEventListener("message", (e) => e.waitUntil((async () => {
  manual.instantiate(await WebAssembly.compileStreaming(fetch("./m.wasm")));
  e.source.postMessage(JSON.stringify({ js: results(js), inline: results(inline), manual: results(manual) }));
})()));`,
      },
    );
    expect(results).toEqual({ js: expected.js, inline: expected.wasm, manual: expected.wasm });
  });
});

/** The program of workerd, if the package is installed. */
function workerd(): string | null {
  try {
    return join(require.resolve("workerd/package.json"), "../bin/workerd");
  } catch {
    return null;
  }
}
const program = workerd();
if (program === null) console.warn("NOT TESTED: workerd is not installed; modules were not run in it.");

describe.skipIf(program === null)("workerd", () => {
  it("runs modules of JavaScript, and of WebAssembly that it is given", async () => {
    const free = createServer();
    await new Promise<void>((done) => free.listen(0, "127.0.0.1", done));
    const { port } = free.address() as AddressInfo;
    await new Promise((done) => free.close(done));
    const folder = folderOf({
      ...files(),
      "worker.js": `import * as js from "./js.js"; import * as manual from "./manual.js"; import wasm from "./m.wasm"; import { results } from "./driver.js";
manual.instantiate(wasm);
export default { fetch: () => new Response(JSON.stringify({ js: results(js), manual: results(manual) })) };`,
      "config.capnp": `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [
      (name = "worker.js", esModule = embed "worker.js"),
      (name = "js.js", esModule = embed "js.js"),
      (name = "manual.js", esModule = embed "manual.js"),
      (name = "driver.js", esModule = embed "driver.js"),
      (name = "m.wasm", wasm = embed "m.wasm"),
    ],
    compatibilityDate = "2025-01-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);`,
    });
    const child = spawn(program!, ["serve", join(folder, "config.capnp")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let errors = "";
    child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
    try {
      let response: Response | null = null;
      for (let i = 0; i < 100 && response === null; i++) {
        response = await fetch(`http://127.0.0.1:${port}/`).catch(() => null);
        if (response === null) await new Promise((done) => setTimeout(done, 100));
      }
      expect(errors).toBe("");
      expect(await response?.json()).toEqual({ js: expected.js, manual: expected.wasm });
    } finally {
      child.kill();
    }
  });
});

it("no module names what a policy forbids", () => {
  for (const { js } of Object.values(modules)) expect(js).not.toMatch(/\beval\b|\bFunction\b|\bnew Function/);
  expect(modules.manual.js).not.toContain("await");
  expect(modules.inline.js).not.toContain("await");
});
