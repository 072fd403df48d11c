/**
 * @file Loops and branches; calls; tuples and tokens.
 *
 * Carries of a loop that no step changes are not carried. A loop that counts, from a constant to a constant, is a scan: its
 * number of steps is known, and so is what reverse mode must keep.
 */
import { NDArray } from "../../../core/array.ts";
import * as lax from "../../../control-flow/lax.ts";
import { range } from "../../../base/util.ts";
import { conjugateGradients } from "./conjugate-gradients.ts";
import type { Attribute } from "../text/attributes.ts";
import type { Block, Value } from "../text/ir.ts";
import { firstRows, rowsOf, shapeOf } from "./scanned.ts";
import { type Call, type Datum, type Handler, type Handlers } from "./call.ts";

/** The constant scalar that a value is, inside a block of a loop or around it; null if it is none. */
function constantOf(c: Call, block: Block, v: Value, invariant: readonly boolean[]): number | null {
  const k = block.args.indexOf(v);
  if (k >= 0) return invariant[k] ? (c.constant(k)?.[0] ?? null) : null;
  return c.constantScalar(v);
}

/** For each direction the one that holds if the operands change places. */
const mirrored: Readonly<Record<string, string>> = { LT: "GT", LE: "GE", GT: "LT", GE: "LE", NE: "NE" };

/** How many steps a loop takes, and the carry that counts them from 0, −1 if none does; null if not known before it runs. */
function steps(
  c: Call,
  cond: Block,
  body: Block,
  invariant: readonly boolean[],
): { readonly length: number; readonly counter: number } | null {
  const test = cond.end.operands[0]?.from?.op;
  if (test?.name !== "stablehlo.compare" || !cond.ops.includes(test)) return null;
  const direction = test.attributes.get("comparison_direction");
  if (typeof direction !== "object" || !("kind" in direction) || direction.kind !== "word") return null;
  const [a, b] = test.operands;
  const isCounter = (v: Value): boolean => cond.args.includes(v) && !invariant[cond.args.indexOf(v)];
  const [counter, bound, word] = isCounter(a) ? [a, b, direction.word] : [b, a, mirrored[direction.word]];
  const k = cond.args.indexOf(counter);
  const limit = constantOf(c, cond, bound, invariant);
  const start = c.constant(k)?.[0];
  const step = k < 0 ? null : increment(c, body, k, invariant);
  if (limit === null || start === undefined || step === null || step === 0) return null;
  const ahead = step > 0 ? limit - start : start - limit;
  const size = Math.abs(step);
  const found = (length: number) => ({ length, counter: start === 0 && step === 1 ? k : -1 });
  if (word === (step > 0 ? "LT" : "GT")) return found(Math.max(0, Math.ceil(ahead / size)));
  if (word === (step > 0 ? "LE" : "GE")) return found(Math.max(0, Math.floor(ahead / size) + 1));
  return word === "NE" && ahead >= 0 && ahead % size === 0 ? found(ahead / size) : null;
}

/** By what a step of the loop moves a carry, if by a constant. */
function increment(c: Call, body: Block, k: number, invariant: readonly boolean[]): number | null {
  const op = body.end.operands[k].from?.op;
  if (
    op === undefined ||
    !body.ops.includes(op) ||
    (op.name !== "stablehlo.add" && op.name !== "stablehlo.subtract")
  )
    return null;
  const [x, y] = op.operands;
  const by = x === body.args[k] ? y : y === body.args[k] && op.name === "stablehlo.add" ? x : null;
  const found = by === null ? null : constantOf(c, body, by, invariant);
  return found === null ? null : op.name === "stablehlo.add" ? found : -found;
}

/** A loop of known length: carries that are set row by row are what it stacks, arrays that are read so are what it goes over. */
function scanned(
  c: Call,
  body: Block,
  invariant: readonly boolean[],
  start: readonly NDArray[],
  { length, counter }: { readonly length: number; readonly counter: number },
): NDArray[] {
  const { reads, writes } =
    counter < 0 ? { reads: [], writes: [] } : rowsOf(c, body, counter, invariant, length);
  const isWritten = (i: number): boolean => writes.some((w) => w.carry === i);
  const carried = range(start.length).filter((i) => !invariant[i] && !isWritten(i));
  const step = (carry: NDArray[], rows: NDArray[]): [NDArray[], NDArray[]] => {
    const args = [...start];
    carried.forEach((i, k) => (args[i] = carry[k]));
    const known = new Map<Value, Datum>(
      reads.map(({ result }, k) => [result, lax.reshape(rows[k], shapeOf(result))]),
    );
    const made = c.run(body, args, known);
    const put = writes.map(({ carry: i, put: v }) =>
      lax.reshape(c.valueOf(v) as NDArray, start[i].shape.slice(1)),
    );
    return [carried.map((i) => made[i]), put];
  };
  const xs = reads.map(({ carry }) => firstRows(start[carry], length));
  const [last, stacked] = lax.scan(
    step,
    carried.map((i) => start[i]),
    xs,
    { length },
  );
  const out = [...start];
  carried.forEach((i, k) => (out[i] = last[k]));
  writes.forEach(({ carry }, k) => (out[carry] = stacked[k]));
  return out;
}

const whileLoop: Handler = (c) => {
  const inits = c.arrays();
  const [cond, body] = [c.block(0, inits.length), c.block(1, inits.length)];
  if (body.end.operands.length !== inits.length)
    throw c.error(`expected a body with ${inits.length} results.`);
  const invariant = body.end.operands.map((v, i) => v === body.args[i]);
  const carried = range(inits.length).filter((i) => !invariant[i]);
  const run = (start: readonly NDArray[]): NDArray[] => {
    const all = (xs: readonly NDArray[]): NDArray[] => {
      const out = [...start];
      carried.forEach((i, k) => (out[i] = xs[k]));
      return out;
    };
    const step = (xs: NDArray[]): NDArray[] => {
      const made = c.run(body, all(xs));
      return carried.map((i) => made[i]);
    };
    const first = carried.map((i) => start[i]);
    const counted = steps(c, cond, body, invariant);
    if (counted === null || !Number.isSafeInteger(counted.length))
      return all(lax.whileLoop((xs: NDArray[]) => c.run(cond, all(xs))[0], step, first));
    if (counted.length === 0) return [...start];
    return scanned(c, body, invariant, start, counted);
  };
  return conjugateGradients(c, body, inits, run) ?? run(inits);
};

/** An index outside means the last branch. A bool that was made an index is a bool again. */
const branch: Handler = (c) => {
  const [index] = c.arrays(1);
  const branches = c.op.regions.map((_, i) => c.region(i, 0));
  if (branches.length === 0) throw c.error("expected at least one region.");
  if (branches.length === 1) return branches[0]([]);
  const from = c.op.operands[0].from?.op;
  const [flag] = from?.name === "stablehlo.convert" ? from.operands : [];
  const known = flag === undefined ? null : c.valueOf(flag);
  if (branches.length === 2 && known instanceof NDArray && known.dtype === "bool")
    return lax.cond(
      known,
      () => branches[1]([]),
      () => branches[0]([]),
    );
  const last = lax.fullLike(index, branches.length - 1);
  const inside = lax.select(lax.lt(index, lax.fullLike(index, 0)), last, index);
  return lax.switch(
    inside,
    branches.map((f) => () => f([])),
  );
};

const ifElse: Handler = (c) => {
  const [yes, no] = [c.region(0, 0), c.region(1, 0)];
  return lax.cond(
    c.x,
    () => yes([]),
    () => no([]),
  );
};

const call: Handler = (c) => c.call(c.text("callee"));

/**
 * `stablehlo.composite`: an operation by its name, for whoever knows it; anyone can run what it is made of. Portable artifacts
 * hold many operations of CHLO so.
 */
export const composite =
  (operationOf: (name: string) => Handler | undefined): Handler =>
  (c) => {
    const name = c.text("name");
    const handler = name.startsWith("chlo.") ? operationOf(name) : undefined;
    if (handler === undefined) return c.call(c.text("decomposition"));
    const own = c.attribute("composite_attributes");
    const isStruct = typeof own === "object" && "kind" in own && own.kind === "struct";
    return handler(c.as(name, isStruct ? own.fields : new Map<string, Attribute>()));
  };

const tuple: Handler = (c) => [[...c.data]];

const getTupleElement: Handler = (c) => {
  const [whole] = c.data;
  const index = c.int("index");
  if (!Array.isArray(whole)) throw c.error("expected a tuple.");
  const found = (whole as readonly Datum[])[index];
  if (found === undefined) throw c.error(`there is no element ${index}.`);
  return [found];
};

const barrier: Handler = (c) => {
  const arrays = c.data.filter((x): x is NDArray => x instanceof NDArray);
  const made = arrays.length === 0 ? [] : lax.optimizationBarrier(arrays);
  let next = 0;
  return c.data.map((x) => (x instanceof NDArray ? made[next++] : x));
};

const token: Handler = () => [null];

export const control: Handlers = {
  "func.call": call,
  "stablehlo.after_all": token,
  "stablehlo.case": branch,
  "stablehlo.create_token": token,
  "stablehlo.get_tuple_element": getTupleElement,
  "stablehlo.if": ifElse,
  "stablehlo.optimization_barrier": barrier,
  "stablehlo.tuple": tuple,
  "stablehlo.while": whileLoop,
};
