/** @file The example that trains on four devices, and the programs of docs/xla.md that need Python. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { run } from "../../examples/xla/digits.ts";
import { markdownSnippets, runSnippets } from "../docs/snippets.ts";
import { root } from "../util/source-graph.ts";
import { itWithJax, limit, python } from "./session.ts";

itWithJax("four devices train the network that one trains", { timeout: limit }, async () => {
  const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
  const { losses, right, difference } = await run(python);
  print.mockRestore();
  expect(losses[9]).toBeLessThan(0.15);
  expect(right).toBeGreaterThan(0.93);
  expect(difference).toBeLessThan(1e-3);
});

itWithJax("docs/xla.md", { timeout: limit }, async () => {
  const snippets = markdownSnippets("docs/xla.md", readFileSync(join(root, "docs/xla.md"), "utf8"), [
    "ts",
    "mts",
  ]);
  vi.stubEnv("ADJOINT_PYTHON", python);
  expect(await runSnippets(snippets)).toBeGreaterThan(5);
  vi.unstubAllEnvs();
});
