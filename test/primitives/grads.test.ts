/** @file Derivatives: each case against numerical derivatives, in both modes and each over each. */
import { describe, it } from "vitest";
import { checkGrads } from "../../src/testing.ts";
import type { NDArray } from "../../src/core/array.ts";
import { Random } from "../util/random.ts";
import { caseName, drawAll, outputs } from "./row.ts";
import { opRows } from "./table.ts";

describe("derivatives agree with differences", () => {
  for (const r of opRows) {
    for (const c of r.cases.filter((x) => x.diff.length > 0 && x.order > 0)) {
      it(`${caseName(r, c)}, to order ${c.order}`, () => {
        const args = drawAll(c, new Random(caseName(r, c)));
        const f = (...diff: NDArray[]): readonly NDArray[] =>
          outputs(c.call(...args.map((x, i) => (c.diff.includes(i) ? diff[c.diff.indexOf(i)] : x))));
        const options = { order: c.order, rtol: c.gradTol, atol: c.gradTol };
        checkGrads(
          f,
          c.diff.map((i) => args[i]),
          options,
        );
        // Each operand alone: the others' tangents are symbolic zeros.
        if (c.diff.length < 2) return;
        for (const i of c.diff) {
          const alone = (x: NDArray): readonly NDArray[] =>
            outputs(c.call(...args.map((a, k) => (k === i ? x : a))));
          checkGrads(alone, [args[i]], { ...options, order: 1 });
        }
      });
    }
  }
});
