/**
 * @file The derivatives of every element-wise function that is exported are as exact as the function: to 4 units in the last
 * place, first and second, in float32 and float64 and in both modes, or to what the table (cases.ts) states with a reason.
 * `npm run ulp -- --derivatives [names…]` measures more operands.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../util/random.ts";
import { cases, excluded } from "./cases.ts";
import { measure } from "./measure.ts";
import { elementwiseNames } from "./names.ts";

const found = elementwiseNames();
const short = (name: string): string => name.split(".")[1];
const SAMPLES = 24;

describe("derivatives of element-wise functions", () => {
  it("are measured for every exported name, or it is said why not", () => {
    const known = (name: string): boolean => name in cases !== name in excluded;
    expect(found.map((f) => f.name).filter((name) => !known(short(name)))).toEqual([]);
  });

  it("have no case and no exclusion without a function", () => {
    const names = new Set(found.map((f) => short(f.name)));
    expect([...Object.keys(cases), ...Object.keys(excluded)].filter((name) => !names.has(name))).toEqual([]);
  });

  it("say why where they allow more than 4 units", () => {
    const silent = Object.entries(cases).filter(
      ([, c]) => (c.bounds !== undefined || c.scale !== undefined) && c.why === undefined,
    );
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  // Aliases are one function.
  const distinct = [...new Map(found.map((f) => [f.call, f])).values()];
  for (const f of distinct.filter((x) => short(x.name) in cases)) {
    it(f.name, () => {
      const c = cases[short(f.name)];
      const [most, mostOfSecond] = c.bounds ?? [4, 4];
      for (const width of [32, 64] as const) {
        const random = new Random(`${f.name} ${width}`);
        const { first, second } = measure(f, c, width, SAMPLES, () => random.next());
        expect(first.error, `float${width}, first derivative, ${first.at}`).toBeLessThanOrEqual(most);
        expect(second.error, `float${width}, second derivative, ${second.at}`).toBeLessThanOrEqual(
          mostOfSecond,
        );
      }
    });
  }
});
