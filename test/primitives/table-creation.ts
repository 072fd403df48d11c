/** @file Rows of what makes arrays from nothing. */
import { ConcreteArray } from "../../src/core/array.ts";
import { shaped } from "../../src/core/aval.ts";
import { bind1 } from "../../src/core/trace.ts";
import * as lax from "../../src/lax/index.ts";
import { constantP } from "../../src/lax/shapes/constant.ts";
import { tabulate } from "../util/reference.ts";
import { type OpRow, row } from "./row.ts";

export const creationRows: readonly OpRow[] = [
  row("constant", {
    call: () =>
      bind1(constantP, [], {
        value: new ConcreteArray(shaped([2, 3], "float64"), Float64Array.of(3, 1, 4, 1, 5, 9)),
      }),
    operands: [],
    reference: () => ({ shape: [2, 3], data: [3, 1, 4, 1, 5, 9] }),
  }),
  row("iota", {
    call: () => lax.broadcastedIota("float64", [2, 3], 1),
    operands: [],
    reference: () => tabulate([2, 3], ([, j]) => j),
  }),
];
