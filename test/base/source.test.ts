/** @file The user's line in the stacks of all hosts. */
import { expect, it } from "vitest";
import { userFrame } from "../../src/base/source.ts";

it.each([
  ["    at f (file:///srv/app/a.mjs:1:2)", "/srv/app/a.mjs:1:2"],
  ["    at async Object.fetch (worker.mjs:125:254)", "worker.mjs:125:254"],
  ["    at handle (src/edge/worker.js:3:4)", "src/edge/worker.js:3:4"],
  ["f@https://a.org/b.js:3:4", "https://a.org/b.js:3:4"],
  ["    at compiled (adjoint/f.js:1:2)", null],
  ["    at g (node:internal/modules/run_main:3:4)", null],
  ["    at new Promise (<anonymous>)", null],
])("%s", (line, where) => {
  expect(userFrame(`Error: no\n${line}`)).toBe(where);
});
