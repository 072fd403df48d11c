/**
 * @file Every execution mode computes the same numbers, bit for bit: generated JavaScript and the interpreter of loop
 * programs (WebAssembly: test/primitives/wasm.test.ts). Both programs pass the loop checker, and print.
 */
import { afterEach, describe, expect, it } from "vitest";
import { config } from "../../src/base/config.ts";
import { primitives } from "../../src/core/primitive.ts";
import type { NDArray } from "../../src/core/array.ts";
import { clearEagerCache, eagerProgram } from "../../src/jit/eager.ts";
import { partAvals } from "../../src/interpreters/complex.ts";
import { checkProgram } from "../../src/loops/ir/check.ts";
import { printProgram } from "../../src/loops/ir/print.ts";
import { makeJaxpr } from "../../src/api/index.ts";
import { array, expectSame, sizeOf } from "../util/arrays.ts";
import { Random } from "../util/random.ts";
import { caseName, drawAll, outputs } from "./row.ts";
import { acceptedDtypes } from "./scalar-row.ts";
import { opRows, scalarRows } from "./table.ts";

afterEach(() => clearEagerCache());

const generated = (f: () => NDArray | readonly NDArray[]): readonly NDArray[] =>
  config.with({ backend: "js" }, () => outputs(f()));
const interpreted = (f: () => NDArray | readonly NDArray[]): readonly NDArray[] =>
  config.with({ jitless: true }, () => outputs(f()));

describe("the interpreter and generated code agree", () => {
  for (const r of opRows) {
    for (const c of r.cases) {
      it(caseName(r, c), () => {
        const args = drawAll(c, new Random(caseName(r, c)));
        const code = generated(() => c.call(...args));
        interpreted(() => c.call(...args)).forEach((x, i) => expectSame(x, code[i]));
      });
    }
  }
});

/** For functions whose loops the interpreter takes long over. */
const few = [0, -0, 0.5, 3, NaN];
const special = [0, -0, 1, -1, 0.5, -2.5, 3, 7, 100, -100, 1e-30, 1e30, Infinity, -Infinity, NaN];

describe("the interpreter and generated code agree on every dtype, special values included", () => {
  for (const r of scalarRows) {
    for (const dtype of acceptedDtypes(r)) {
      it(`${r.primitive}${r.variant === undefined ? "" : ` (${r.variant})`} of ${dtype}`, () => {
        const values = r.tol === undefined ? special : few;
        const n = r.domains.length;
        const pairs = values.length ** n;
        const args = r.domains.map((_, k) =>
          array(
            [pairs],
            Array.from(
              { length: pairs },
              (_x, i) => values[Math.floor(i / values.length ** k) % values.length],
            ),
            dtype,
          ),
        );
        const [code] = generated(() => r.call(...args));
        interpreted(() => r.call(...args)).forEach((x) => expectSame(x, code));
      });
    }
  }
});

describe("loop programs pass the checker and print", () => {
  for (const r of opRows) {
    it(r.primitive, () => {
      for (const c of r.cases) {
        const args = drawAll(c, new Random(caseName(r, c)));
        for (const eqn of makeJaxpr((...xs: NDArray[]) => c.call(...xs))(...args).jaxpr.eqns) {
          const avals = eqn.inputs.map((a) => a.aval);
          const program = eagerProgram(primitives.get(eqn.primitive.name)!, avals, eqn.params);
          checkProgram(program);
          const text = printProgram(program);
          expect(text).toContain(`${eqn.primitive.name}(`);
          expect(text).not.toMatch(/undefined|NaN:i|\[object/);
          expect(program.outs.map((b) => b.size)).toEqual(
            partAvals(eqn.outputs.map((v) => v.aval))
              .filter((a) => a.ndim > 0)
              .map((a) => sizeOf(a.shape)),
          );
        }
      }
    });
  }
});
