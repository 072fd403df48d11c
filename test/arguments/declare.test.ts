/** @file Arguments by position and by name. */
import { describe, expect, expectTypeOf, test } from "vitest";
import { ArgumentError } from "../../src/base/errors.ts";
import { bindArguments, signature } from "../../src/arguments/declare.ts";
import { param } from "../../src/arguments/parameters.ts";
import type { Rest } from "../../src/arguments/rest.ts";

interface Options {
  readonly axis?: number | undefined;
  readonly dtype?: string | undefined;
  readonly keepdims?: boolean | undefined;
  readonly out?: null | undefined;
}
const f = signature(
  "f",
  1,
  [
    param<[axis: number]>()("axis", 0),
    param<[dtype: string]>()("dtype", ""),
    param<[out: null]>()("out", null),
  ],
  [param<[keepdims: boolean]>()("keepdims", false)],
);
const resolve = (...rest: unknown[]): Options => bindArguments(f, rest);

describe("bindArguments", () => {
  test("merges positions and names", () => {
    expect(resolve()).toEqual({});
    expect(resolve(1)).toEqual({ axis: 1 });
    expect(resolve(1, "int8")).toEqual({ axis: 1, dtype: "int8" });
    expect(resolve(1, { keepdims: true })).toEqual({ axis: 1, keepdims: true });
    expect(resolve({ axis: 2 })).toEqual({ axis: 2 });
    expect(resolve(1, undefined)).toEqual({ axis: 1 });
    expect(resolve(undefined, { axis: 2 })).toEqual({ axis: 2 });
  });

  test("refuses what it does not know", () => {
    expect(() => resolve({ axes: 1 })).toThrow("did you mean 'axis'");
    expect(() => resolve(1, { axis: 1 })).toThrow("give it once");
    expect(() => resolve(1, "a", null, 3)).toThrow(ArgumentError);
    expect(() => resolve({ out: new Float64Array(1) })).toThrow("'out' is not supported");
  });

  test("types of the rest parameters", () => {
    type R = Rest<[axis: number, dtype: string], { keepdims?: boolean }>;
    expectTypeOf<[number]>().toExtend<R>();
    expectTypeOf<[undefined, string]>().toExtend<R>();
    expectTypeOf<[number, { keepdims: true }]>().toExtend<R>();
    expectTypeOf<[boolean]>().not.toExtend<R>();
  });
});
