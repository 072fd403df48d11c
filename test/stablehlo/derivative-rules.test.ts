/**
 * @file Functions that have derivative rules of their own in JAX, which the text of a program does not tell: values and
 * gradients of imported programs are those that JAX gave.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { casesOf, differences } from "./cases.ts";
import { root } from "../util/source-graph.ts";

describe("functions with derivative rules of their own", () => {
  it.each(casesOf("derivative-rules", join(root, "test/stablehlo")).map((c) => [c.id, c] as const))(
    "%s",
    (_, c) => {
      expect(differences(c)).toEqual([]);
    },
  );
});
