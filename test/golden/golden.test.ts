/**
 * @file The golden vectors as tests: one per group, each listing the vectors that fail, one for the counts, and one
 * that keeps the list of exceptions short.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { exceptions } from "./exceptions.ts";
import { list, runGroup, summary } from "./run.ts";
import type { Outcome } from "./run.ts";
import { library } from "./library.ts";
import { loadGroups } from "./vectors.ts";

const outcomes: Outcome[] = [];
const groups = await loadGroups();

beforeAll(() => library.init<Promise<boolean>>());

describe("golden vectors of JAX", () => {
  for (const group of groups) {
    it(group.group, { timeout: 600_000 }, () => {
      const done = runGroup(group);
      outcomes.push(...done);
      const failed = done.filter((o) => o.status === "failed").map((o) => `${o.id} (${o.mode})`);
      if (failed.length > 0) console.log(list(done, "failed"));
      expect(failed).toEqual([]);
    });
  }

  it("counts", () => {
    console.log(summary(outcomes));
    expect(outcomes.filter((o) => o.status === "passed").length).toBeGreaterThan(0);
  });

  it("need every exception that they make use of", () => {
    const unused = exceptions.filter((e) => {
      const done = outcomes.filter((o) => o.status !== "missing" && e.fn.test(o.fn));
      return done.length > 0 && !done.some((o) => o.details.includes(e.reason));
    });
    expect(process.env.GOLDEN_DIR === undefined ? unused.map((e) => e.fn.source) : []).toEqual([]);
  });
});
