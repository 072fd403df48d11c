/**
 * @file The suite in Chromium: `npm run test:browser`.
 *
 * All test files but those that need what a page has not; each is listed with its reason.
 */
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { browserCommand } from "./scripts/hosts/installed.ts";

/** Files that read the repository, compile it, or start processes. */
const needNode = [
  // The compiler, bundlers and commands, on the repository's files.
  "test/{aot,bench,docs,examples,gradbench,scripts}/**",
  "test/{architecture,features}.test.ts",
  // Runs the examples of all docstrings, which it finds in the sources, in contexts of node:vm.
  "test/hostile/sweep.test.ts",
  // Loads every file of the library by the listing of its folders.
  "test/primitives/coverage.test.ts",
  // What Node's assert, util.inspect and worker_threads make of arrays.
  "test/equality.test.ts",
  "test/core/inspect.test.ts",
  // The source as it is written: the server of the tests compiles what is asked of it.
  "test/loops/grammar.test.ts",
  // Processes of their own, with flags.
  "test/fuzz/threads.test.ts",
  "test/io/python.test.ts",
  "test/numpy/linalg-beside-numpy.test.ts",
  "test/jit/{bare,caches,kept}.test.ts",
  "test/jit/memory/{start-threads,thread-count}.test.ts",
  "test/loops/wasm/{process,robust}.test.ts",
  "test/loops/javascript/{inspector,chromium}.test.ts",
  // Binaryen, by the name of its package, with modules of several MB that no page should load.
  "test/loops/wasm/generators/**",
  // Comparison by node:util.
  "test/jit/deferred.test.ts",
  // Programs of JAX, read as files.
  "test/stablehlo/{derivative-rules,import,import-text,random-bits}.test.ts",
  "test/stablehlo/bytecode/**",
  // Files and a server.
  "test/io/files.test.ts",
];

export default defineConfig({
  // Isolated, so that there are threads.
  server: {
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
  define: { "process.env": "{}" },
  optimizeDeps: { include: ["fast-check", "expect"] },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: needNode,
    setupFiles: ["test/util/backend-setup.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
    maxWorkers: 2,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { executablePath: browserCommand("Chromium") ?? "chromium", args: ["--no-sandbox"] },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
