/**
 * @file What a counted loop reads and writes step by step: arrays of which it takes row i at step i, and arrays whose row i it
 * sets. They are the inputs and outputs of the scan that JAX's text was made of; as such, their derivatives go row by row.
 */
import type { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { arraysEqual } from "../../../base/util.ts";
import type { Block, Func, Op, Value } from "../text/ir.ts";
import type { Call } from "./call.ts";
import { isConstant, unspread } from "./idioms.ts";

/** An array, the row, and in a write what is put there. */
interface Access {
  readonly array: Value;
  readonly row: Value;
  readonly put: Value | null;
}

export const shapeOf = (v: Value): readonly number[] =>
  v.type.kind === "tensor" ? (v.type.aval?.shape ?? []) : [];

/** Whether an operation reads or writes the whole of one row of an array. */
function accessOf(op: Op): Access | null {
  const isRead = op.name === "stablehlo.dynamic_slice";
  if (!isRead && op.name !== "stablehlo.dynamic_update_slice") return null;
  const array = op.operands[0];
  const put = isRead ? null : op.operands[1];
  const [row, ...rest] = op.operands.slice(isRead ? 1 : 2);
  const whole = [1, ...shapeOf(array).slice(1)];
  if (row === undefined || !arraysEqual(shapeOf(put ?? op.results[0]), whole)) return null;
  return rest.every((v) => isConstant(v, true)) ? { array, row, put } : null;
}

/** The same of a call of a function that does nothing else, in values of the caller. */
function accessOfCall(op: Op, func: Func): Access | null {
  const { body } = func;
  if (body.end.operands.length !== 1) return null;
  const last = unspread(body.end.operands[0]).from?.op;
  const access = last === undefined ? null : accessOf(last);
  if (access === null) return null;
  const outside = (v: Value): Value | null => op.operands[body.args.indexOf(v)] ?? null;
  const put = access.put === null ? null : outside(unspread(access.put));
  const [array, row] = [outside(access.array), outside(access.row)];
  if (array === null || row === null || (access.put !== null && put === null)) return null;
  const size = (v: Value): number => shapeOf(v).reduce((a, b) => a * b, 1);
  return put !== null && size(put) !== size(access.put!) ? null : { array, row, put };
}

/** How often a value is used, in a block and in its regions. */
function uses(block: Block, v: Value): number {
  const inside = (op: Op): number =>
    op.operands.filter((w) => w === v).length + op.regions.reduce((n, b) => n + uses(b, v), 0);
  return [...block.ops, block.end].reduce((n, op) => n + inside(op), 0);
}

/** What is read and written at the row of the counter, of a loop of `length` steps that counts from 0. */
export interface Rows {
  /** Operations that read, and the carries that they read. */
  readonly reads: readonly { readonly result: Value; readonly carry: number }[];
  /** Carries that are written, and with what. */
  readonly writes: readonly { readonly carry: number; readonly put: Value }[];
}

export function rowsOf(
  c: Call,
  body: Block,
  counter: number,
  invariant: readonly boolean[],
  length: number,
): Rows {
  const find = (op: Op): Access | null => {
    const a = op.attributes.get("callee");
    const name = typeof a === "object" && "kind" in a && a.kind === "symbol" ? a.name : "";
    const func = op.name === "func.call" ? c.functionOf(name) : undefined;
    const access = func === undefined ? accessOf(op) : accessOfCall(op, func);
    return access?.row === body.args[counter] ? access : null;
  };
  const reads: { result: Value; carry: number }[] = [];
  const writes: { carry: number; put: Value }[] = [];
  for (const op of body.ops) {
    const access = op.results.length === 1 ? find(op) : null;
    const carry = access === null ? -1 : body.args.indexOf(access.array);
    if (access === null || carry < 0) continue;
    const [rows] = shapeOf(access.array);
    const [result] = op.results;
    if (access.put === null && invariant[carry] && rows >= length) reads.push({ result, carry });
    const isLast = body.end.operands[carry] === result && uses(body, result) === 1;
    if (access.put !== null && isLast && rows === length && uses(body, access.array) === 1)
      writes.push({ carry, put: access.put });
  }
  return { reads, writes };
}

/** The rows of an array that a loop reads. */
export const firstRows = (x: NDArray, length: number): NDArray =>
  x.shape[0] === length ? x : lax.sliceInDim(x, 0, length, 1, 0);
