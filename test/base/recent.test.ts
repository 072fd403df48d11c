/** @file Tables that forget: what is used stays, and all of them together stay within their budget. */
import { describe, expect, it } from "vitest";
import { Budget, Recent } from "../../src/base/recent.ts";

describe("a table that forgets", () => {
  it("keeps what is used, and no more than its budget", () => {
    const table = new Recent<number, number>(100);
    table.set(-1, 7);
    for (let i = 0; i < 10_000; i++) {
      table.set(i, i);
      expect(table.get(-1)).toBe(7);
      expect(table.size).toBeLessThanOrEqual(102);
    }
    expect(table.get(9999)).toBe(9999);
    expect(table.get(9000)).toBeUndefined();
  });

  it("shares a budget with others, by weight", () => {
    const budget = new Budget(50);
    const [heavy, light] = [10, 1].map((w) => new Recent<number, number>(budget, () => w));
    for (let i = 0; i < 40; i++) light.set(i, i);
    for (let i = 0; i < 100; i++) heavy.set(i, i);
    expect(light.size).toBe(0);
    expect(heavy.size).toBeLessThanOrEqual(12);
  });

  it("is empty once it was cleared", () => {
    const table = new Recent<string, number>(10);
    table.set("a", 1);
    table.clear();
    expect(table.get("a")).toBeUndefined();
  });
});
