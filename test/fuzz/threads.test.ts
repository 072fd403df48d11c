/**
 * @file Random programs on arrays so large that threads share their loops compute the same bits with 1, 2, 3 and 4 of
 * them: processes of so many threads are given the same programs. FUZZ_SEED and FUZZ_RUNS as in transforms.test.ts.
 */
import { createInterface } from "node:readline";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuiltLibrary } from "../util/built.ts";
import { exactPrograms } from "./exact.ts";
import { programs } from "./program.ts";
import type { Answer, Task } from "./thread-worker.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 8);
const seed = Number(process.env.FUZZ_SEED ?? 20252);

/** A process that answers line by line. */
class Worker {
  readonly #process: ReturnType<BuiltLibrary["start"]>;
  readonly #lines: AsyncIterator<string>;

  constructor(library: BuiltLibrary, threads: number) {
    this.#process = library.start("test/fuzz/thread-worker.js", String(threads));
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask(task: Task): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(task)}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error("the process has ended");
    return JSON.parse(line.value) as Answer;
  }

  stop(): void {
    this.#process.kill();
  }
}

let library: BuiltLibrary;
let workers: Worker[];
beforeAll(() => {
  library = new BuiltLibrary(["fuzz", "util"]);
  workers = [1, 2, 3, 4].map((threads) => new Worker(library, threads));
});
afterAll(() => {
  for (const w of workers) w.stop();
  library.remove();
});

function law(name: string, tasks: fc.Arbitrary<Task>): void {
  it(name, { timeout: 3_600_000 }, async () => {
    let shared = 0;
    const check = fc.asyncProperty(tasks, async (task) => {
      const answers = await Promise.all(workers.map((w) => w.ask(task)));
      if (answers.slice(1).every((a) => a.shared > 0)) shared++;
      expect(answers.map((a) => a.hash)).toEqual(answers.map(() => answers[0].hash));
    });
    await fc.assert(check, { numRuns: runs, seed, interruptAfterTimeLimit: 3_000_000 });
    expect(shared).toBeGreaterThan(runs / 3);
  });
}

describe("any number of threads gives the same bits of", () => {
  law(
    "values and gradients",
    programs(true, 150_000).map((program) => ({ kind: "smooth", program })),
  );
  law(
    "values of all dtypes",
    exactPrograms(8, { size: "shared" }).map((program) => ({ kind: "exact", program })),
  );
});
