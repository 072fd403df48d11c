/**
 * @file Whether an expression, run, is an equation: the same operation on the same operands, with the same parameters. Only such
 * are written, so what a module computes is what the program did, whatever transforms or compiles it.
 */
import { config } from "../base/config.ts";
import { sameStatic } from "../base/static.ts";
import { type ConcreteArray, NDArray } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { type ClosedJaxpr, type Eqn, Literal, type Var } from "../core/jaxpr/ir.ts";
import type { Params } from "../core/primitive.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { sameArray } from "./constants.ts";
import { type Written, evaluate } from "./expressions.ts";

/** What an operand of an equation is: a value that is known, or a variable (the same for the same one). */
export type Known =
  { readonly value: ConcreteArray } | { readonly variable: unknown; readonly aval: ShapedArray };

const isValue = (x: Known): x is { readonly value: ConcreteArray } => "value" in x;

interface Traced {
  readonly closed: ClosedJaxpr;
  /** The input variables, by those of the operands. */
  readonly inputs: ReadonlyMap<unknown, Var>;
  /** The expression gave a list. */
  readonly isList: boolean;
}

/** The program of an expression; null if it fails, or gives no arrays. */
function trace(written: Written, operands: readonly Known[], values: readonly unknown[]): Traced | null {
  const variables = [...new Set(operands.flatMap((x) => (isValue(x) ? [] : [x.variable])))];
  const avals = variables.map(
    (v) => (operands.find((x) => !isValue(x) && x.variable === v) as { readonly aval: ShapedArray }).aval,
  );
  let isList = false;
  const run = (xs: readonly NDArray[]): NDArray[] => {
    const all = operands.map((x, i) => (isValue(x) ? values[i] : xs[variables.indexOf(x.variable)]));
    const out = evaluate(written, all);
    isList = Array.isArray(out);
    const outs: readonly unknown[] = Array.isArray(out) ? out : [out];
    if (!outs.every((o): o is NDArray => o instanceof NDArray)) throw new TypeError("no arrays");
    return [...outs];
  };
  try {
    const closed = config.with({ sourceLines: false }, () => traceToJaxpr(run, avals, "toSource"));
    return { closed, inputs: new Map(variables.map((v, i) => [v, closed.jaxpr.invars[i]])), isList };
  } catch {
    return null;
  }
}

/** Parameters without those that are left out. */
const given = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));

/**
 * Whether an expression computes what an equation does, in one equation of its own: the order in which it gives the outputs, a lone
 * one not in a list; null if it does not.
 * @param values what stands for the operands that are known: their values, or plain numbers in their place.
 */
export function isEquation(
  written: Written,
  { primitive, params, outputs }: Pick<Eqn, "primitive" | "params" | "outputs">,
  operands: readonly Known[],
  values: readonly unknown[],
): number[] | null {
  const found = trace(written, operands, values);
  if (found?.isList !== outputs.length > 1) return null;
  const { jaxpr } = found.closed;
  if (jaxpr.eqns.length !== 1 || jaxpr.constvars.length > 0) return null;
  const [eqn] = jaxpr.eqns;
  const order = jaxpr.outs.map((out) => eqn.outputs.findIndex((v) => v === out));
  const same =
    eqn.primitive === primitive &&
    sameStatic(given(eqn.params), given(params)) &&
    eqn.inputs.length === operands.length &&
    eqn.inputs.every((atom, i) => {
      const operand = operands[i];
      if (isValue(operand)) return atom instanceof Literal && sameArray(atom.value, operand.value);
      return atom === found.inputs.get(operand.variable);
    }) &&
    new Set(order).size === outputs.length &&
    order.length === outputs.length &&
    order.every((k) => k !== -1 && eqn.outputs[k].aval === outputs[k].aval);
  return same ? order : null;
}
