/** @file A Jacobian by eliminating vertices in a given order: one product after another, on the numbers of a program that runs. */
import type { NDArray } from "../core/array.ts";
import { evalEqn, evalJaxpr } from "../core/jaxpr/eval.ts";
import type { Eqn } from "../core/jaxpr/ir.ts";
import * as lax from "../lax/plain.ts";
import { stack } from "../numpy/shapes/joining.ts";
import type { ProgramGraph, Weight } from "./graph.ts";
import { Remaining } from "./orders.ts";

/** A weight while numbers are computed: a constant, or a number of the program. */
type Value = number | NDArray;

const times = (a: Value, b: Value): Value => {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (a === 1) return b;
  if (b === 1) return a;
  if (a === -1) return lax.neg(b);
  return b === -1 ? lax.neg(a) : lax.mul(a, b);
};
const plus = (a: Value, b: Value): Value =>
  typeof a === "number" && typeof b === "number" ? a + b : lax.add(a, b);

/** The weights of the edges where the program is run with these arguments. */
function weightsAt(
  { closed, partials, edges }: ProgramGraph,
  args: readonly NDArray[],
): Map<number, Value>[] {
  const operands = new Map<Eqn, readonly NDArray[]>();
  evalJaxpr(closed.jaxpr, closed.consts, args, (eqn, xs) => {
    operands.set(eqn, xs);
    return evalEqn(eqn, xs);
  });
  const lists = new Map<number, readonly NDArray[]>();
  const entries = (list: number): readonly NDArray[] => {
    let found = lists.get(list);
    if (found === undefined) {
      const { eqn, program } = partials[list];
      const [x] = evalJaxpr(program.jaxpr, program.consts, operands.get(eqn)!);
      found = lax.reshape(x, [x.size]).unpack(x.size);
      lists.set(list, found);
    }
    return found;
  };
  const valueOf = ({ constant, list, entry }: Weight): Value => constant ?? entries(list)[entry];
  return edges.map(
    (into) => new Map([...into].map(([from, weights]) => [from, weights.map(valueOf).reduce(plus)] as const)),
  );
}

/** The Jacobian, with a row for each number of the results and a column for each of the inputs. */
export function accumulate(graph: ProgramGraph, order: readonly number[], args: readonly NDArray[]): NDArray {
  const values = weightsAt(graph, args);
  const e = new Remaining(graph);
  for (const v of order) {
    e.eliminate(v, ({ from, by, to }) => {
      const product = times(values[to].get(by)!, values[by].get(from)!);
      const known = values[to].get(from);
      values[to].set(from, known === undefined ? product : plus(known, product));
    });
  }
  const { numInputs, numOutputs, size } = graph;
  const { dtype } = args[0];
  const entries = Array.from({ length: numOutputs * numInputs }, (_, k) => {
    const row = size - numOutputs + Math.floor(k / numInputs);
    const x = values[row].get(k % numInputs) ?? 0;
    return typeof x === "number" ? lax.full([], x, dtype) : lax.convertElementType(x, dtype);
  });
  return lax.reshape(stack(entries), [numOutputs, numInputs]);
}
