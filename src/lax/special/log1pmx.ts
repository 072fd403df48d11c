/** @file log(1 + v) − v, from which differences of large logarithms are made without cancellation. */
import { scalarFunction } from "../../loops/ir/build.ts";
import * as e from "../../loops/ir/expressions.ts";
import { LOG1PMX } from "./coefficients.ts";
import { choose, horner } from "./scalar.ts";

/** log(r) − v for r = 1 + v: exact for small v, where r is not. */
export const log1pmx = scalarFunction("log1pmx", 2, (b, [r, v]) =>
  choose(b, [e.and(e.gt(v, -0.3), e.lt(v, 0.4)), e.mul(e.mul(v, v), horner(v, LOG1PMX))], e.sub(e.log(r), v)),
);
