/**
 * @file Chromium's debugger stops at the user's lines in generated code. The user's file is the one that the page loads: there is
 * no text to read for names, but those of parameters.
 */
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { browserCommand } from "../../../scripts/hosts/installed.ts";
import { FrontEnd } from "./front-end.ts";

const executablePath = browserCommand("Chromium");
if (executablePath === null)
  console.warn("Stepping in Chromium was NOT tested: none is installed, and CHROMIUM names none.");

/** The user's module; the second of its lines holds the first operation. */
const model = `import { config, grad, jit, numpy as np } from "./node_modules/adjoint/dist/index.js";
const model = (x, scale) => {
  const h = np.tanh(x);
  return np.sin(h.mul(scale));
};
const compiled = config.with({ sourceLines: true }, () => jit(grad(model)));
globalThis.compile = () => config.with({ sourceLines: true }, () => compiled.lower(0.5, 2).compile().stats.backend);
globalThis.run = () => config.with({ sourceLines: true }, () => compiled(0.5, 2).item());
`;

interface Location {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber?: number;
}

let browser: Browser | null = null;
let server: Server;
let address = "";

beforeAll(async () => {
  if (executablePath === null) return;
  const index = fileURLToPath(new URL("../../../src/index.ts", import.meta.url));
  const bundle = await build({
    stdin: {
      contents: `export * from ${JSON.stringify(index)}; import { installEverything } from "./everything.ts"; installEverything();`,
      resolveDir: fileURLToPath(new URL("../../../src", import.meta.url)),
      loader: "ts",
    },
    bundle: true,
    format: "esm",
    write: false,
    external: ["binaryen"],
    // The package says which files of dist act when they are loaded, and nothing of those of src.
    ignoreAnnotations: true,
    logLevel: "silent",
  });
  const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
    "/": ["text/html", `<!doctype html><script type="module" src="model.js"></script>`],
    "/model.js": ["text/javascript", model],
    "/node_modules/adjoint/dist/index.js": ["text/javascript", bundle.outputFiles[0].text],
  };
  server = createServer((request, response) => {
    const file = files[request.url ?? ""];
    response.writeHead(file === undefined ? 404 : 200, { "content-type": file?.[0] ?? "text/plain" });
    response.end(file?.[1] ?? "");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

describe.runIf(executablePath !== null)("Chromium's debugger", () => {
  it("stops at a line of the user's on the way forward and back", async () => {
    const page = await browser!.newPage();
    await page.goto(address);
    await page.waitForFunction("globalThis.run !== undefined");
    const session = await page.context().newCDPSession(page);
    const scripts: { id: string; map: FrontEnd }[] = [];
    session.on("Debugger.scriptParsed", ({ scriptId, url, sourceMapURL }) => {
      if (url.startsWith("adjoint/") && sourceMapURL !== undefined && sourceMapURL !== "")
        scripts.push({ id: scriptId, map: new FrontEnd(sourceMapURL) });
    });
    await session.send("Debugger.enable");
    expect(await page.evaluate("globalThis.compile()")).toBe("js");
    // Events come on a connection of their own.
    const { id: scriptId, map } = await vi.waitUntil(() => scripts[0] as (typeof scripts)[0] | undefined);
    expect(map.map.sources).toEqual([`${address}/model.js`]);
    for (const { line: lineNumber, column: columnNumber } of map.stops(`${address}/model.js`, 3))
      await session.send("Debugger.setBreakpoint", { location: { scriptId, lineNumber, columnNumber } });

    const stops: { line: number; names: (string | undefined)[]; x: unknown }[] = [];
    const stopped = (
      location: Location,
      variables: readonly { name: string; value?: { value?: unknown } }[],
    ): void => {
      const at = map.original(location.lineNumber, location.columnNumber ?? 0);
      const defined = variables.filter((v) => typeof v.value?.value === "number");
      stops.push({
        line: (at?.sourceLine ?? -1) + 1,
        names: defined.map((v) => v.name),
        x: defined.find((v) => v.name === "x")?.value?.value,
      });
    };
    session.on("Debugger.paused", ({ callFrames: [frame] }) => {
      const objectId = frame.scopeChain[0].object.objectId!;
      void session
        .send("Runtime.getProperties", { objectId })
        .then(({ result }) => stopped(frame.location, result))
        .finally(() => session.send("Debugger.resume"));
    });
    const value = await page.evaluate("globalThis.run()");
    const [x, w] = [0.5, 2];
    expect(value).toBeCloseTo(Math.cos(w * Math.tanh(x)) * w * (1 - Math.tanh(x) ** 2), 13);
    expect(stops.map((s) => [s.line, s.x])).toEqual([
      [3, 0.5],
      [3, 0.5],
    ]);
    expect(stops[0].names).toEqual(expect.arrayContaining(["x", "scale"]));
    expect(stops[1].names.length).toBeGreaterThan(stops[0].names.length);
    await page.close();
  }, 120_000);
});
