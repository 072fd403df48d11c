/** @file Programs of JAX, imported: values and gradients are those that JAX recorded. */
import { describe, expect, it } from "vitest";
import { casesOf, differences, groups } from "./cases.ts";

describe.each(groups())("programs of JAX: %s", (group) => {
  it.each(casesOf(group).map((c) => [c.id, c] as const))("%s", (_, c) => {
    expect(differences(c)).toEqual([]);
  });
});
