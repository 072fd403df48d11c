/** @file Every operation, written and run: values, derivatives, batches; the same to the bit. */
import { describe, expect, it } from "vitest";
import { grad, jvp, numpy as np, vmap } from "../../src/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { isComplex } from "../../src/dtypes/dtype.ts";
import { caseName, drawAll, outputs } from "../primitives/row.ts";
import { opRows } from "../primitives/table.ts";
import { Random } from "../util/random.ts";
import { roundTrip, roundTripOfProgram } from "./module.ts";

/** A real number that depends on all results. */
const total = (out: NDArray | readonly NDArray[]): NDArray =>
  outputs(out)
    .map((x) => (isComplex(x.dtype) ? np.real(x).add(np.imag(x)) : x).astype("float64").sum())
    .reduce((a, b) => a.add(b));

describe("every operation, written, is the same", () => {
  for (const r of opRows) {
    // Further cases are other parameters and values: of the first, derivatives and lanes are written too.
    r.cases.slice(0, 3).forEach((c, k) => {
      it(caseName(r, c), () => {
        const args = drawAll(c, new Random(caseName(r, c)));
        const text = roundTrip((...xs: NDArray[]) => c.call(...xs), ...args);
        expect(text).toContain("export default function");
        if (k > 0) return;
        if (c.diff.length > 0 && c.order > 0) {
          const argnums = [...c.diff];
          roundTrip(
            grad((...xs: NDArray[]) => total(c.call(...xs)), { argnums }),
            ...args,
          );
          const [k] = c.diff;
          roundTripOfProgram(
            (t: NDArray) =>
              jvp((x: NDArray) => c.call(...args.map((a, i) => (i === k ? x : a))), [args[k]], [t])[1],
            np.ones(args[k].shape, args[k].dtype),
          );
        }
        if (args.length === 0) return;
        const others = drawAll(c, new Random(`${caseName(r, c)}, again`));
        const lanes = args.map((x, i) => np.stack([x, others[i]]));
        roundTrip(
          vmap((...xs: NDArray[]) => c.call(...xs)),
          ...lanes,
        );
      });
    });
  }
});
