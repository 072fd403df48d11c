/** @file The pattern of every primitive holds all entries of its Jacobian that are nonzero anywhere. */
import { describe, expect, it } from "vitest";
import { jacfwd } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { jacobianSparsity } from "../../src/sparse/index.ts";
import { flat, sizeOf } from "../util/arrays.ts";
import { Random } from "../util/random.ts";
import { caseName, drawAll, outputs } from "../primitives/row.ts";
import { opRows } from "../primitives/table.ts";

/** The operands, one after another, as one vector. */
const join = (xs: readonly NDArray[]): NDArray =>
  lax.concatenate(
    xs.map((x) => lax.reshape(x, [x.size])),
    0,
  );

describe("patterns hold all nonzero entries", () => {
  for (const r of opRows) {
    for (const c of r.cases.filter((x) => x.diff.length > 0 && x.order > 0)) {
      it(caseName(r, c), () => {
        const random = new Random(caseName(r, c));
        const shapes = c.diff.map((i) => c.operands[i].shape);
        const split = (v: NDArray): NDArray[] => {
          let at = 0;
          return shapes.map((s) => {
            const part = lax.sliceInDim(v, at, (at += sizeOf(s)), 1, 0);
            return lax.reshape(part, s);
          });
        };
        const args = drawAll(c, random);
        // All operands move, and each of them alone.
        for (const moving of [
          c.diff.map(() => true),
          ...c.diff.map((_, k) => c.diff.map((__, i) => i === k)),
        ]) {
          const f = (v: NDArray): NDArray => {
            const parts = split(v);
            const all = args.map((x, i) => (moving[c.diff.indexOf(i)] ? parts[c.diff.indexOf(i)] : x));
            return join(outputs(c.call(...all)).filter((y) => y.dtype.startsWith("float")));
          };
          const x = join(c.diff.map((i) => args[i]));
          const pattern = jacobianSparsity(f)(x);
          const dense = flat(jacfwd(f)(x));
          const [m, n] = pattern.shape;
          const inside = new Set(Array.from(pattern.cols, (j, e) => pattern.rows[e] * n + j));
          expect(dense).toHaveLength(m * n);
          const outside = dense.flatMap((v, k) => (v !== 0 && !inside.has(k) ? [k] : []));
          expect(outside).toEqual([]);
        }
      });
    }
  }
});
