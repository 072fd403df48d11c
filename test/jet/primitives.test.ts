/** @file Taylor mode of every primitive against nested forward mode, along curves that bend. */
import { describe, expect, it } from "vitest";
import { jet, jvp } from "../../src/api/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import * as lax from "../../src/lax/index.ts";
import { array, expectClose, flat, sizeOf } from "../util/arrays.ts";
import { Random } from "../util/random.ts";
import { caseName, drawAll, outputs } from "../primitives/row.ts";
import { opRows } from "../primitives/table.ts";

type Curve = (t: NDArray) => readonly NDArray[];

const factorials = [1, 1, 2, 6];

/** The derivatives of a curve at 0, from the value on, by forward mode over forward mode. */
function nested(curve: Curve, order: number): NDArray[][] {
  const orders: Curve[] = [curve];
  for (let k = 1; k <= order; k++) {
    const below = orders[k - 1];
    orders.push((t) => jvp((s: NDArray) => [...below(s)], [t], [1])[1]);
  }
  return orders.map((f) => [...f(array([], [0]))]);
}

describe("jet agrees with nested jvp", () => {
  for (const r of opRows) {
    for (const c of r.cases.filter((x) => x.diff.length > 0 && x.order > 0)) {
      // A third derivative of what has only two would compare two ways of being wrong.
      const order = c.order < 2 ? c.order : 3;
      it(`${caseName(r, c)}, to order ${order}`, () => {
        const random = new Random(caseName(r, c));
        const args = drawAll(c, random);
        const terms = c.diff.map((i) =>
          Array.from({ length: order }, () =>
            array(
              args[i].shape,
              Array.from({ length: sizeOf(args[i].shape) }, () => random.uniform(-1, 1)),
              args[i].dtype,
            ),
          ),
        );
        const f = (...moving: readonly NDArray[]): readonly NDArray[] =>
          outputs(c.call(...args.map((x, i) => (c.diff.includes(i) ? moving[c.diff.indexOf(i)] : x))));
        const curve: Curve = (t) =>
          f(
            ...c.diff.map((i, j) =>
              terms[j].reduce<NDArray>(
                (x, term, k) =>
                  lax.add(
                    x,
                    lax.mul(
                      lax.convertElementType(lax.div(lax.integerPow(t, k + 1), factorials[k + 1]), x.dtype),
                      term,
                    ),
                  ),
                args[i],
              ),
            ),
          );
        const want = nested(curve, order);
        const [outs, series] = jet(
          (...xs: NDArray[]) => [...f(...xs)],
          c.diff.map((i) => args[i]),
          terms,
        );
        expect(series).toHaveLength(outs.length);
        outs.forEach((out, j) => {
          [out, ...series[j]].forEach((term, k) => {
            expect(term.shape).toEqual(out.shape);
            expectClose(term, flat(want[k][j]), c.gradTol * 1e-2, `term ${k} of output ${j}`);
          });
        });
      });
    }
  }
});
