/** @file Gives the interpreters the few operations they need; see interpreters/ops.ts. */
import { range } from "../base/util.ts";
import { insertAt } from "../dtypes/shape.ts";
import type { InterpreterOps } from "../interpreters/ops.ts";
import { add, mul } from "./elementwise/arithmetic.ts";
import { zerosOf } from "./shapes/creation.ts";
import { broadcastInDim, moveAxis } from "./shapes/movement.ts";
import { reduceSum } from "./reductions/reduce.ts";

export const interpreterOps: InterpreterOps = {
  add,
  scale: mul,
  zeros: zerosOf,
  broadcastAxis: (x, dim, size) =>
    broadcastInDim(
      x,
      insertAt(x.shape, dim, size),
      range(x.ndim).map((i) => (i < dim ? i : i + 1)),
    ),
  moveAxis,
  sumAxis: (x, axis) => reduceSum(x, [axis]),
};
