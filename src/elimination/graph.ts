/**
 * @file The graph of a program's numbers: a vertex for each that operations compute, an edge from each operand, weighted with the
 * partial derivative.
 *
 * What only moves numbers makes no vertices. The graph is that of the program, not of a point: which weights are there, and
 * which of them are 1 or another constant whatever the arguments are; their values are computed later (accumulate.ts).
 */
import type { NDArray } from "../core/array.ts";
import { evalTrace, isConcrete } from "../core/eval.ts";
import { evalEqn, evalJaxpr } from "../core/jaxpr/eval.ts";
import { type Atom, ClosedJaxpr, type Eqn, Var } from "../core/jaxpr/ir.ts";
import { jvp } from "../api/jvp.ts";
import { withTrace } from "../core/trace.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { inlineCalls } from "../interpreters/inline.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import * as lax from "../lax/plain.ts";
import { zerosOf } from "../lax/shapes/creation.ts";
import { array } from "../numpy/creation/array.ts";
import { type SparsityPattern, jacobianSparsity, sparseJacobian } from "../sparse/index.ts";

/** The weight of an edge: a constant, or an entry of the partial derivatives of an equation. */
export interface Weight {
  /** Null unless it is known without arguments. */
  readonly constant: number | null;
  /** Which list of partial derivatives, and which of them. */
  readonly list: number;
  readonly entry: number;
}

const unit: Weight = { constant: 1, list: -1, entry: -1 };

/** Whether a product with an edge of these weights multiplies nothing. */
export const isUnit = (weights: readonly Weight[]): boolean =>
  weights.length === 1 && Math.abs(weights[0].constant ?? 0) === 1;

/** Partial derivatives of one equation with respect to one of its operands, as a program of all its operands. */
export interface Partials {
  readonly eqn: Eqn;
  readonly program: ClosedJaxpr;
}

export interface ProgramGraph {
  readonly closed: ClosedJaxpr;
  /** Vertices are numbers: first the inputs, then what is computed, in order, then the results. */
  readonly numInputs: number;
  readonly numOutputs: number;
  readonly size: number;
  /** For each vertex its operands, with weights: several of an operand that is there several times, as in x·x. */
  readonly edges: readonly ReadonlyMap<number, readonly Weight[]>[];
  readonly partials: readonly Partials[];
}

/** The vertices of the elements of an array; −1 for what does not depend on the inputs. */
type Ids = Int32Array;

/** Whether results of a program are the same for all inputs: which, with their values. */
function constantsOf({ jaxpr, consts }: ClosedJaxpr): (Float64Array | null)[] {
  // Constants may be values of a transformation around this one.
  const unknown = jaxpr.constvars.filter((_, i) => !isConcrete(consts[i]));
  const depends = new Set<Atom>([...jaxpr.invars, ...unknown]);
  for (const e of jaxpr.eqns)
    if (e.inputs.some((a) => depends.has(a))) e.outputs.forEach((v) => depends.add(v));
  const isConstant = jaxpr.outs.map((a) => !depends.has(a));
  if (!isConstant.includes(true)) return isConstant.map(() => null);
  const known = consts.map((x) => (isConcrete(x) ? x : zerosOf(x.aval)));
  const values = evalJaxpr(
    jaxpr,
    known,
    jaxpr.invars.map((v) => zerosOf(v.aval)),
  );
  return values.map((x, i) => (isConstant[i] ? Float64Array.from(x.dataSync() as Float64Array) : null));
}

class Builder {
  readonly #ids = new Map<Var, Ids>();
  readonly edges: Map<number, Weight[]>[] = [];
  readonly partials: Partials[] = [];

  vertex(): number {
    return this.edges.push(new Map()) - 1;
  }

  define(v: Var, ids: Ids): void {
    this.#ids.set(v, ids);
  }

  fresh(size: number): Ids {
    return Int32Array.from({ length: size }, () => this.vertex());
  }

  idsOf(a: Atom): Ids {
    const known = a instanceof Var ? this.#ids.get(a) : undefined;
    return known ?? new Int32Array(a.aval.size).fill(-1);
  }

  equation(eqn: Eqn): void {
    const ids = eqn.inputs.map((a) => this.idsOf(a));
    if (ids.every((list) => list.every((id) => id === -1))) return;
    if (eqn.primitive.kind === "movement") {
      const moved = this.#moved(eqn, ids);
      eqn.outputs.forEach((v, i) => this.define(v, moved[i]));
      return;
    }
    const outs = eqn.outputs.map((v) => this.fresh(v.aval.size));
    eqn.outputs.forEach((v, i) => this.define(v, outs[i]));
    ids.forEach((list, k) => {
      if (!list.some((id) => id !== -1) || !isInexact(eqn.inputs[k].aval.dtype)) return;
      outs.forEach((to, i) => {
        if (isInexact(eqn.outputs[i].aval.dtype)) this.#connect(eqn, k, i, list, to);
      });
    });
  }

  /** Moves vertices as the equation moves numbers. */
  #moved(eqn: Eqn, ids: readonly Ids[]): Ids[] {
    const args = eqn.inputs.map((a, i) => lax.reshape(array(ids[i]), a.aval.shape));
    return evalEqn(eqn, args).map((x) => Int32Array.from(x.dataSync() as Int32Array));
  }

  /** Edges from operand `k` to result `i`. */
  #connect(eqn: Eqn, k: number, i: number, from: Ids, to: Ids): void {
    const avals = eqn.inputs.map((a) => a.aval.strong);
    const at = (x: NDArray, others: readonly NDArray[]): NDArray =>
      evalEqn(
        eqn,
        others.map((y, j) => (j === k ? x : y)),
      )[i];
    const isAligned = eqn.primitive.kind === "elementwise" && avals[k].size === to.length;
    const pattern = isAligned ? null : this.#pattern(eqn, k, at);
    const program = traceToJaxpr(
      (xs) => {
        const f = (x: NDArray): NDArray => at(x, xs);
        if (isAligned) return [jvp(f, [xs[k]], [lax.full(avals[k].shape, 1, avals[k].dtype)])[1]];
        return [sparseJacobian(f, { sparsity: pattern! })(xs[k]).data];
      },
      avals,
      "eliminations",
    );
    const [constants] = constantsOf(program);
    const list = this.partials.push({ eqn, program }) - 1;
    const connect = (row: number, col: number, entry: number): void => {
      if (from[col] === -1) return;
      const constant = constants?.[constants.length === 1 ? 0 : entry] ?? null;
      if (constant === 0) return;
      const edges = this.edges[to[row]];
      edges.set(from[col], [...(edges.get(from[col]) ?? []), { constant, list, entry }]);
    };
    if (pattern === null) to.forEach((_, e) => connect(e, e, e));
    else pattern.cols.forEach((col, e) => connect(pattern.rows[e], col, e));
  }

  #pattern(eqn: Eqn, k: number, at: (x: NDArray, others: readonly NDArray[]) => NDArray): SparsityPattern {
    const ones = eqn.inputs.map((a) => lax.full(a.aval.shape, 1, a.aval.dtype));
    return jacobianSparsity((x: NDArray) => at(x, ones))(ones[k]);
  }
}

/** How many numbers a program takes and computes, but for what only moves them. */
const numbersIn = ({ jaxpr }: ClosedJaxpr): number =>
  [
    ...jaxpr.invars,
    ...jaxpr.eqns.filter((e) => e.primitive.kind !== "movement").flatMap((e) => e.outputs),
  ].reduce((n, v) => n + v.aval.size, 0);

/** The graph of a program, each element of its inputs and results a vertex; of one of more than `most` numbers, how many these are. */
export function graphOfProgram(traced: ClosedJaxpr, most: number): ProgramGraph | number {
  const closed = new ClosedJaxpr(inlineCalls(traced.jaxpr), traced.consts);
  const numbers = numbersIn(closed);
  // Vertices are moved, and constants computed, now: whatever is being traced.
  return numbers > most ? numbers : withTrace(evalTrace, () => build(closed));
}

function build(closed: ClosedJaxpr): ProgramGraph {
  const { jaxpr } = closed;
  const b = new Builder();
  for (const v of jaxpr.invars) b.define(v, b.fresh(v.aval.size));
  const numInputs = b.edges.length;
  for (const eqn of jaxpr.eqns) b.equation(eqn);
  const sources = jaxpr.outs.flatMap((a) => [...b.idsOf(a)]);
  for (const source of sources) {
    const sink = b.vertex();
    if (source !== -1) b.edges[sink].set(source, [unit]);
  }
  const { edges, partials } = b;
  return { closed, numInputs, numOutputs: sources.length, size: edges.length, edges, partials };
}
