/**
 * @file Complex numbers, which neither loop programs nor backends know: before a jaxpr is lowered it is rewritten so that
 * every complex variable is a pair of real ones.
 *
 * A complex operand or result of a program is two, its real parts and its imaginary parts, each an array of its own: loops
 * over them are as those over real arrays, and complex scalars are two numbers. Equations with complex operands or results
 * are replaced by what the primitive's `complex` rule computes; bodies of loops and branches are rewritten by the rules of
 * their primitives, with `realBody`.
 */
import { ComplexArray, type NDArray, partAval } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isComplex } from "../dtypes/dtype.ts";
import { derived } from "../core/jaxpr/derived.ts";
import { type Atom, ClosedJaxpr, type Eqn, type Jaxpr, Literal, Var } from "../core/jaxpr/ir.ts";
import { type Params, Parts, type Primitive } from "../core/primitive.ts";
import { bind } from "../core/trace.ts";
import { DTypeError } from "../base/errors.ts";
import { broadcastTangent, partwise } from "./rules.ts";
import { traceToJaxpr } from "./staging.ts";
import { withSource } from "../base/source.ts";
import { invariant } from "../base/util.ts";
import { inlineCalls } from "./inline.ts";

const complex = (x: { readonly aval: ShapedArray }): boolean => isComplex(x.aval.dtype);

/** The avals of a program's operands or results when complex ones count as two. */
export const partAvals = (avals: readonly ShapedArray[]): ShapedArray[] =>
  avals.flatMap((a) => (isComplex(a.dtype) ? [partAval(a), partAval(a)] : [a]));

/** How many of the values are real arrays after all: complex ones count twice. */
export const countParts = (args: readonly (NDArray | Parts)[]): number =>
  args.reduce((n, a) => n + (a instanceof Parts ? 2 : 1), 0);

/** The real arrays of values, in order. */
export const partsOf = (args: readonly (NDArray | Parts)[]): NDArray[] =>
  args.flatMap((a) => (a instanceof Parts ? [a.re, a.im] : [a]));

/** Real arrays as values of the given avals. */
export function fromParts(avals: readonly ShapedArray[], arrays: readonly NDArray[]): (NDArray | Parts)[] {
  let at = 0;
  return avals.map((a) => (isComplex(a.dtype) ? new Parts(arrays[at++], arrays[at++]) : arrays[at++]));
}

/** True if a program has complex variables of its own; its bodies are asked when they are lowered. */
export function usesComplex(jaxpr: Jaxpr): boolean {
  return (
    jaxpr.invars.some(complex) ||
    jaxpr.outs.some(complex) ||
    jaxpr.eqns.some((e) => e.outputs.some(complex) || e.inputs.some(complex))
  );
}

/** The real values that one equation computes. */
function runEquation(eqn: Eqn, args: readonly (NDArray | Parts)[]): (NDArray | Parts)[] {
  const { primitive, params, outputs } = eqn;
  if (!eqn.inputs.some(complex) && !outputs.some(complex)) return bind(primitive, args as NDArray[], params);
  const rule = ruleOf(primitive);
  const outs = rule(
    args,
    params,
    outputs.map((v) => v.aval),
  );
  return outs.map((out, i) => checked(out, outputs[i].aval, primitive.name));
}

function ruleOf(primitive: Primitive): NonNullable<Primitive["complex"]> {
  if (primitive.complex !== undefined)
    return (args, params, avals) => primitive.complex!(args, params, avals);
  if (primitive.kind === "movement") return partwise(() => primitive);
  throw new DTypeError(`${primitive.name}: not defined for complex arrays.`);
}

/** Rules may leave parts that are the same everywhere 0-d. */
function checked(out: NDArray | Parts, aval: ShapedArray, name: string): NDArray | Parts {
  if (!(out instanceof Parts)) {
    invariant(!isComplex(aval.dtype), `${name} is real`);
    return broadcastTangent(out, aval.shape);
  }
  invariant(
    out.re.dtype === out.im.dtype && out.re.dtype === partAval(aval).dtype,
    `${name}: parts of dtype ${out.re.dtype}`,
  );
  return new Parts(broadcastTangent(out.re, aval.shape), broadcastTangent(out.im, aval.shape));
}

function literal({ value }: Literal): NDArray | Parts {
  return value instanceof ComplexArray ? new Parts(value.re, value.im) : value;
}

/** The program on real numbers. Constants must be inputs, calls inlined. */
export function realParts(closed: ClosedJaxpr): ClosedJaxpr {
  const { jaxpr } = closed;
  invariant(closed.consts.length === 0, "constants are made inputs before compilation");
  const out = traceToJaxpr(
    (arrays) => {
      const env = new Map<Var, NDArray | Parts>();
      const inputs = fromParts(closed.inAvals, arrays);
      jaxpr.invars.forEach((v, i) => env.set(v, inputs[i]));
      const read = (a: Atom): NDArray | Parts => (a instanceof Literal ? literal(a) : env.get(a)!);
      for (const eqn of jaxpr.eqns) {
        const outs = withSource(eqn.source, () => runEquation(eqn, eqn.inputs.map(read)));
        eqn.outputs.forEach((v, i) => env.set(v, outs[i]));
      }
      return partsOf(jaxpr.outs.map(read));
    },
    partAvals(closed.inAvals),
    "complex numbers",
  );
  invariant(out.consts.length === 0, "constants of a rule");
  return out;
}

/** The body of a loop or a branch on real numbers. */
export const realBody = derived((body) => realParts(new ClosedJaxpr(inlineCalls(body.jaxpr), body.consts)));

/** The program of one equation. */
export function equationJaxpr(
  primitive: Primitive,
  avals: readonly ShapedArray[],
  params: Params,
  outAvals: readonly ShapedArray[],
): ClosedJaxpr {
  const invars = avals.map((a) => new Var(a));
  const outputs = outAvals.map((a) => new Var(a));
  const eqn = { primitive, inputs: invars, params, outputs };
  return new ClosedJaxpr({ constvars: [], invars, eqns: [eqn], outs: outputs }, []);
}
