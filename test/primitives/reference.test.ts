/** @file Values: each case against its naive reference. */
import { describe, expect, it } from "vitest";
import { expectClose, expectSame } from "../util/arrays.ts";
import { Random } from "../util/random.ts";
import { refOf } from "../util/reference.ts";
import { caseName, drawAll, outputs, refs } from "./row.ts";
import { publicSpecial } from "./table-special.ts";
import { opRows } from "./table.ts";

describe("values agree with the reference", () => {
  for (const r of opRows) {
    for (const c of r.cases) {
      const { reference } = c;
      if (reference === undefined) continue;
      it(caseName(r, c), () => {
        const random = new Random(caseName(r, c));
        for (let round = 0; round < 3; round++) {
          const args = drawAll(c, random);
          const got = outputs(c.call(...args));
          const want = refs(reference(...args.map(refOf)));
          expect(got.map((x) => x.shape)).toEqual(want.map((x) => x.shape));
          got.forEach((x, i) => expectClose(x, want[i].data, c.tol, `output ${i}`));
        }
      });
    }
  }
});

describe("public names", () => {
  for (const [name, f] of Object.entries(publicSpecial)) {
    it(`${name} is the primitive of that name`, () => {
      const [c] = opRows.find((r) => r.primitive === name)!.cases;
      const args = drawAll(c, new Random(name));
      expectSame(f(...args), outputs(c.call(...args))[0]);
    });
  }
});
