/** @file Where threads cannot be started, `init` says so and why, in limited time, and one thread goes on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuiltLibrary } from "../../util/built.ts";

let library: BuiltLibrary;
beforeAll(() => {
  library = new BuiltLibrary();
});
afterAll(() => library.remove());

/** As a host of the web: what it has for workers is up to `before`. */
const web = `globalThis.process = undefined; globalThis.self ??= globalThis;`;

/** Asks for two threads on a host made by the text `before`, and prints what came of it. */
const program = (before: string): string => `
  const { log } = console;
  ${before}
  const { errors, init, jit, numpy: np } = await import("@/index.js");
  const { setPatience, threadCount } = await import("@/jit/memory/threads.js");
  setPatience({ start: 300, part: 1000 });
  const outcomes = await Promise.allSettled([init({ threads: 2 }), init({ threads: 2 })]);
  const one = await init();
  const x = np.ones([300, 300], { dtype: "float32" });
  const sum = jit((x) => np.matmul(x, x).sum(), { backend: "wasm" })(x).item();
  const told = outcomes.map((o) => o.status === "rejected" && o.reason instanceof errors.ThreadsError && o.reason.detail);
  log(JSON.stringify({ told, one, sum, threads: threadCount() }));
`;

const hosts: readonly (readonly [string, string, RegExp, ...string[]])[] = [
  [
    "Node forbids workers",
    "",
    /refused a worker \(.*\)\. Under Node's permission model it takes `--allow-worker`/,
    process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission",
    "--allow-fs-read=*",
  ],
  ["has no shared memory", "globalThis.SharedArrayBuffer = undefined;", /Cross-Origin-Opener-Policy/],
  ["has no workers", `${web} globalThis.Worker = undefined;`, /has no workers/],
  [
    "throws when one is made",
    `${web} globalThis.Worker = class { constructor() { throw new Error("SecurityError"); } };`,
    /refused a worker \(SecurityError\)\..*`worker-src blob:`/,
  ],
  [
    "reports an error later",
    `${web} globalThis.Worker = class {
      postMessage() { setTimeout(() => this.onerror({ message: "blocked" }), 20); }
      terminate() {}
    };`,
    /refused a worker \(blocked\)\..*`worker-src blob:`/,
  ],
  [
    "reports nothing, and starts none",
    `${web} globalThis.Worker = class { postMessage() {} terminate() {} };`,
    /0 of 1 workers ran within 0\.3 s\..*`worker-src blob:`/,
  ],
  [
    "has run WebAssembly before",
    `const m = await import("@/index.js");
     m.jit((x) => x.add(1), { backend: "wasm" })(m.numpy.ones([3]));`,
    /before WebAssembly first runs/,
  ],
];

describe("a host that", () => {
  for (const [name, before, message, ...flags] of hosts) {
    it(name, () => {
      const printed = JSON.parse(library.run(program(before), ...flags)) as Record<string, unknown>;
      const told = printed.told as readonly unknown[];
      for (const text of told) expect(text).toMatch(message);
      expect(printed).toMatchObject({ one: true, sum: 300 ** 3, threads: 1 });
    });
  }
});
