/** @file Gives the interpreters the few operations they need; see interpreters/ops.ts. */
import { range } from "../util.ts";
import { insertAt } from "../core/shape.ts";
import { provideOps } from "../interpreters/ops.ts";
import { add, mul } from "./arithmetic.ts";
import { zerosOf } from "./creation.ts";
import { broadcastInDim, moveAxis } from "./movement.ts";
import { barrierAfter } from "./optimization-barrier.ts";
import { reduceSum } from "./reduce.ts";

provideOps({
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
  barrierAfter,
});
