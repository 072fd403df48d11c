/**
 * @file The golden vectors as tests, one per group, each listing the vectors that fail.
 */
import { afterAll, describe, expect, it } from "vitest";
import { list, runGroup, summary } from "./run.ts";
import type { Outcome } from "./run.ts";
import { loadGroups } from "./vectors.ts";

const outcomes: Outcome[] = [];

describe("golden vectors of JAX", () => {
  for (const group of loadGroups()) {
    it(group.group, { timeout: 600_000 }, () => {
      const done = runGroup(group);
      outcomes.push(...done);
      const failed = done.filter((o) => o.status === "failed").map((o) => `${o.id} (${o.mode})`);
      if (failed.length > 0) console.log(list(done, "failed"));
      expect(failed).toEqual([]);
    });
  }

  afterAll(() => {
    console.log(summary(outcomes));
  });
});
