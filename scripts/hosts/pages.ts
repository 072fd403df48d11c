/** @file The cases that browsers run: the ways to load the library, workers, isolation, and policies. */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "./server.ts";
import type { Bundle, Stage } from "./stage.ts";

const map = (imports: Readonly<Record<string, string>>): string =>
  `<script type="importmap">${JSON.stringify({ imports })}</script>`;

const dist = "/node_modules/adjoint/dist";

/** As `program.mjs`, where \`adjoint\` is what an expression gives. */
const parts = `const { suite, tour, expected } = await import("/parts.mjs");`;

const inModule = `return (await import("/program.mjs")).run(options);`;

const ask = (worker: string): string => `
const worker = ${worker};
return new Promise((resolve, reject) => {
  worker.onmessage = (e) => e.data.error ? reject(new Error(e.data.error)) : resolve(e.data);
  worker.onerror = (e) => reject(new Error(e.message ?? "the worker failed"));
  worker.postMessage(options);
});`;

const answer = (run: string): string => `
self.onmessage = async (e) => {
  const reply = (x) => (e.source ?? self).postMessage(x);
  try { reply(await ${run}); } catch (error) { reply({ error: String(error.stack ?? error) }); }
};`;

const classic = `importScripts("/prebuilt/adjoint.iife.js", "/parts.js");
const { suite, tour, expected } = parts;
const run = (options) => suite(adjoint, { tour, expected, ...options });
${answer("run(e.data)")}`;

const serviceWorker = `
await Promise.all((await navigator.serviceWorker.getRegistrations()).map((r) => r.unregister()));
const registration = await navigator.serviceWorker.register("/service.js", { scope: "/service/" });
const worker = registration.installing ?? registration.waiting ?? registration.active;
if (worker.state !== "activated")
  await new Promise((resolve) => worker.addEventListener("statechange", () => worker.state === "activated" && resolve()));
const { port1, port2 } = new MessageChannel();
return new Promise((resolve, reject) => {
  navigator.serviceWorker.onmessage = (e) => e.data.error ? reject(new Error(e.data.error)) : resolve(e.data);
  worker.postMessage(options);
});`;

const policies = {
  strict: "default-src 'self'; img-src data:",
  wasm: "default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'",
};

/** The prebuilt files, elsewhere than in a folder of packages, as on a server of one's own. */
export function stagePrebuilt({ folder }: Stage): void {
  mkdirSync(join(folder, "prebuilt"), { recursive: true });
  for (const name of ["adjoint.js", "adjoint.iife.js"])
    copyFileSync(join(folder, dist, name), join(folder, "prebuilt", name));
}

/** The pages, and the files that their workers need. */
export function stagePages(stage: Stage, bundles: readonly Bundle[], all: boolean): Page[] {
  const { write } = stage;
  stagePrebuilt(stage);
  write("worker.mjs", `import { run } from "./bundle.mjs";\n${answer("run(e.data)")}`);
  write("worker.js", classic);
  write("service.js", classic);
  const wasm = { backend: "wasm" } as const;
  const pages: Page[] = [
    {
      where: "page, import map, chunks",
      head: map({ adjoint: `${dist}/index.js`, "adjoint/methods": `${dist}/methods.js` }),
      script: inModule,
      options: wasm,
    },
    {
      where: "page, import map, adjoint.js",
      head: map({ adjoint: "/prebuilt/adjoint.js" }),
      script: `${parts} return suite(await import("adjoint"), { tour, expected, ...options });`,
      options: wasm,
    },
    {
      where: "page, script tag, adjoint.iife.js",
      head: `<script src="/prebuilt/adjoint.iife.js"></script><script src="/parts.js"></script>`,
      script: `return parts.suite(adjoint, { tour: parts.tour, expected: parts.expected, ...options });`,
      options: wasm,
    },
    { where: "module worker", script: ask(`new Worker("/worker.mjs", { type: "module" })`), options: wasm },
    { where: "classic worker", script: ask(`new Worker("/worker.js")`), options: wasm },
    { where: "service worker", script: serviceWorker, options: { ...wasm, threads: "refused" } },
    {
      where: "isolated page, two threads",
      isolated: true,
      script: `return (await import("/bundle.mjs")).run(options);`,
      options: { threads: "two" },
    },
    {
      where: "worker of an isolated page, two threads",
      isolated: true,
      script: ask(`new Worker("/worker.mjs", { type: "module" })`),
      options: { threads: "two" },
    },
    {
      where: "page without isolation asks for threads",
      script: `return (await import("/bundle.mjs")).run(options);`,
      options: { ...wasm, threads: "refused" },
    },
    {
      where: "isolated page, policy without blob:, asks for threads",
      isolated: true,
      policy: policies.wasm,
      script: `return (await import("/bundle.mjs")).run(options);`,
      options: { ...wasm, threads: "refused" },
    },
    {
      where: "policy: neither eval nor WebAssembly",
      policy: policies.strict,
      script: `return (await import("/bundle.mjs")).run(options);`,
      options: { backend: "interpreter", threads: "refused" },
    },
    {
      where: "policy: WebAssembly, no eval",
      policy: policies.wasm,
      script: `return (await import("/bundle.mjs")).run(options);`,
      options: wasm,
    },
  ];
  if (!all) return pages;
  for (const { bundler, format, file } of bundles) {
    if (file === null || format === "cjs") continue;
    pages.push(
      format === "esm"
        ? {
            where: `bundle by ${bundler}, esm`,
            script: `return (await import("/${file}")).run(options);`,
            options: wasm,
          }
        : {
            where: `bundle by ${bundler}, iife`,
            head: `<script src="/${file}"></script>`,
            script: `return program.run(options);`,
            options: wasm,
          },
    );
  }
  return pages;
}
