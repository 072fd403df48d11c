/** @file The derivatives of the scalar operations, as expressions. */
import { isFloat } from "../dtypes/dtype.ts";
import type { OpName } from "../loops/ir/scalar.ts";
import { type Node, type Operation, constantNode, operation } from "./nodes.ts";

/** The derivative with respect to each operand, given these and the result. */
type Slopes = (args: readonly Node[], out: Node) => readonly Node[];

const number = (value: number, like: Node): Node => constantNode(value, like.dtype);
const add = (x: Node, y: Node): Node => operation("add", x, y);
const sub = (x: Node, y: Node): Node => operation("sub", x, y);
export const times = (x: Node, y: Node): Node =>
  isNumber(x, 1) ? y : isNumber(y, 1) ? x : operation("mul", x, y);
const over = (x: Node, y: Node): Node => operation("div", x, y);
const of = (op: OpName, x: Node): Node => operation(op, x);
const square = (x: Node): Node => operation("mul", x, x);
const one = (like: Node): Node => number(1, like);

const isNumber = (x: Node, value: number): boolean => x.kind === "constant" && x.value === value;

/** 1, ½ or 0: ties are shared, as in the library's `max` and `min`. */
const wins = (op: "gt" | "lt", x: Node, y: Node): Node =>
  operation(
    "select",
    operation(op, x, y),
    number(1, x),
    operation("select", operation("eq", x, y), number(0.5, x), number(0, x)),
  );

const slopes: { readonly [O in OpName]?: Slopes } = {
  add: ([x]) => [one(x), one(x)],
  sub: ([x]) => [one(x), number(-1, x)],
  mul: ([x, y]) => [y, x],
  div: ([, y], out) => [over(one(y), y), operation("neg", over(out, y))],
  neg: ([x]) => [number(-1, x)],
  // d|x| = sign x
  abs: ([x]) => [of("sign", x)],
  max: ([x, y]) => [wins("gt", x, y), wins("gt", y, x)],
  min: ([x, y]) => [wins("lt", x, y), wins("lt", y, x)],
  // d xʸ = y xʸ⁻¹ dx + xʸ log x dy; where x is 0 the latter is 0.
  pow: ([x, y], out) => [
    times(y, operation("pow", x, sub(y, one(y)))),
    operation("select", operation("eq", x, number(0, x)), number(0, x), times(out, of("log", x))),
  ],
  exp: (_, out) => [out],
  exp2: (_, out) => [times(out, number(Math.LN2, out))],
  expm1: ([x]) => [of("exp", x)],
  log: ([x]) => [over(one(x), x)],
  log1p: ([x]) => [over(one(x), add(one(x), x))],
  sqrt: (_, out) => [over(number(0.5, out), out)],
  cbrt: (_, out) => [over(number(1 / 3, out), square(out))],
  sin: ([x]) => [of("cos", x)],
  cos: ([x]) => [operation("neg", of("sin", x))],
  tan: (_, out) => [add(one(out), square(out))],
  asin: ([x]) => [over(one(x), of("sqrt", sub(one(x), square(x))))],
  acos: ([x]) => [over(number(-1, x), of("sqrt", sub(one(x), square(x))))],
  atan: ([x]) => [over(one(x), add(one(x), square(x)))],
  // d atan2(y, x) = (x dy − y dx) / (x² + y²)
  atan2: ([y, x]) => [
    over(x, add(square(x), square(y))),
    operation("neg", over(y, add(square(x), square(y)))),
  ],
  sinh: ([x]) => [of("cosh", x)],
  cosh: ([x]) => [of("sinh", x)],
  tanh: (_, out) => [sub(one(out), square(out))],
  asinh: ([x]) => [over(one(x), of("sqrt", add(one(x), square(x))))],
  acosh: ([x]) => [over(one(x), of("sqrt", sub(square(x), one(x))))],
  atanh: ([x]) => [over(one(x), sub(one(x), square(x)))],
};

/** The operations that kernels offer and that are constant wherever they are smooth. */
const steps: ReadonlySet<OpName> = new Set<OpName>(["sign", "floor", "ceil", "trunc", "roundEven"]);

/** The derivatives of an operation; null where it has none because it is constant, or no number of the reals. */
export function slopesOf(node: Operation): readonly Node[] | null {
  if (!isFloat(node.dtype) || steps.has(node.op)) return null;
  const found = slopes[node.op];
  if (found === undefined) throw new Error(`internal: ${node.op} has no derivative`);
  return found(node.args, node);
}
