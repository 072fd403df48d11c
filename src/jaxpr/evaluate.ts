/** @file Programs run: as they are, in a way of one's own, or on values of a kind of one's own. */
import { checkFunction, checkListOf, refuseMore } from "../base/checks.ts";
import { ArgumentError, OutputError, checkOptions } from "../base/errors.ts";
import type { ArrayLike, NDArray } from "../core/array.ts";
import {
  type Interpretation,
  type RunEqn,
  evalEqn as evalEqnAsIs,
  evalJaxpr as evalCore,
  interpretJaxpr as interpretCore,
} from "../core/jaxpr/eval.ts";
import type { ClosedJaxpr, Eqn } from "../core/jaxpr/ir.ts";
import { asArray } from "../lax/operands/convert.ts";
import { argumentsFor, checkProgram } from "./checks.ts";

/** @throws OutputError unless an equation was given as many results as it has. */
function checkResults(where: string, eqn: Eqn, outs: unknown): asserts outs is readonly unknown[] {
  const n = eqn.outputs.length;
  if (Array.isArray(outs) && outs.length === n) return;
  throw new OutputError(
    `${where}: ${eqn.primitive.name} has ${n} ${n === 1 ? "result" : "results"}; the function given must return a list of ${n}` +
      `; got ${Array.isArray(outs) ? `one of ${outs.length}` : typeof outs}.`,
  );
}

/**
 * The results of a program, given a list of arrays for its inputs, under the transformations in force: it may be differentiated,
 * mapped, compiled and traced again. With `run`, each equation is run in a way of your own; what it leaves alone, it hands to
 * `evalEqn`.
 * @param run `(eqn, inputs) => outputs`, two lists of arrays
 * @throws ArgumentError, ShapeError, DTypeError for arguments that are not those of the program
 * @throws OutputError if `run` does not return as many arrays as an equation has results
 * @see jax.core.eval_jaxpr
 * @example
 * const program = makeJaxpr((x: Array) => np.sin(x).mul(2))(1);
 * evalJaxpr(program, [0.5])[0]!.item(); // 0.95885108
 * const names: string[] = [];
 * evalJaxpr(program, [0.5], (eqn, inputs) => {
 *   names.push(eqn.primitive.name);
 *   return evalEqn(eqn, inputs);
 * });
 * names; // ["sin", "mul"]
 */
export function evalJaxpr(
  jaxpr: ClosedJaxpr,
  args: readonly ArrayLike[],
  run: (eqn: Eqn, inputs: readonly NDArray[]) => readonly ArrayLike[] = evalEqnAsIs,
  ...more: readonly unknown[]
): NDArray[] {
  refuseMore("evalJaxpr", 3, more);
  const program = checkProgram("evalJaxpr", jaxpr);
  checkListOf("evalJaxpr", "the arguments", args);
  checkFunction("evalJaxpr", "run", run);
  const inputs = argumentsFor("evalJaxpr", program, args);
  const checked: RunEqn = (eqn, xs) => {
    const outs: unknown = run(eqn, xs);
    checkResults("evalJaxpr", eqn, outs);
    return outs.map((x) => asArray(x as ArrayLike, `evalJaxpr: the result of run for ${eqn.primitive.name}`));
  };
  return evalCore(program.jaxpr, program.consts, inputs, run === evalEqnAsIs ? evalEqnAsIs : checked);
}

/**
 * Runs one equation as it is, under the transformations in force. Its parameters may be other ones: `evalEqn({ ...eqn, params },
 * inputs)`.
 * @throws ArgumentError unless there are as many operands as the equation has
 * @see jax.core.eval_jaxpr
 * @example
 * const [eqn] = makeJaxpr((x: Array) => np.sin(x))(1).jaxpr.eqns;
 * evalEqn(eqn!, [0])[0]!.item(); // 0
 */
export function evalEqn(eqn: Eqn, inputs: readonly ArrayLike[], ...more: readonly unknown[]): NDArray[] {
  refuseMore("evalEqn", 2, more);
  if (typeof eqn !== "object" || (eqn as unknown) === null || !("primitive" in eqn))
    throw new ArgumentError("evalEqn: expected an equation of a program.");
  checkListOf("evalEqn", "the operands", inputs);
  if (inputs.length !== eqn.inputs.length)
    throw new ArgumentError(
      `evalEqn: ${eqn.primitive.name} has ${eqn.inputs.length} operands here; got ${inputs.length}.`,
    );
  return evalEqnAsIs(
    eqn,
    inputs.map((x) => asArray(x, "evalEqn")),
  );
}

/**
 * A program as a function of arrays, which returns a list of them. It can be transformed like any other.
 * @throws ArgumentError, ShapeError, DTypeError (when called) for arguments that are not those of the program
 * @see jax.core.jaxpr_as_fun
 * @example
 * const f = jaxprAsFunction(makeJaxpr((x: Array) => np.sin(x))(1));
 * grad((x: Array) => f(x)[0]!)(0).item(); // 1
 */
export function jaxprAsFunction(
  jaxpr: ClosedJaxpr,
  ...more: readonly unknown[]
): (...args: ArrayLike[]) => NDArray[] {
  refuseMore("jaxprAsFunction", 1, more);
  const program = checkProgram("jaxprAsFunction", jaxpr);
  return (...args) => evalCore(program.jaxpr, program.consts, argumentsFor("jaxprAsFunction", program, args));
}

/**
 * Runs a program on values of a kind of your own (intervals, texts, counts): `equation` gives the results of each equation from
 * its operands, `constant` the value of a literal or of a constant. Calls and loops are equations like others, with programs
 * among their parameters, which may be interpreted in turn; {@link inlineJaxpr} puts the bodies of calls in their places.
 * @throws ArgumentError unless there are as many values as the program has inputs
 * @throws OutputError if `equation` does not return as many values as an equation has results
 * @see jax.core.eval_jaxpr
 * @example
 * // The depth of each result: how many equations stand one behind another.
 * const program = makeJaxpr((x: Array) => np.sin(x).mul(np.cos(x)))(1);
 * interpretJaxpr(program, [0], {
 *   constant: () => 0,
 *   equation: (eqn, inputs) => eqn.outputs.map(() => Math.max(...inputs) + 1),
 * }); // [2]
 */
export function interpretJaxpr<T>(
  jaxpr: ClosedJaxpr,
  args: readonly T[],
  how: Interpretation<T>,
  ...more: readonly unknown[]
): T[] {
  refuseMore("interpretJaxpr", 3, more);
  const program = checkProgram("interpretJaxpr", jaxpr);
  checkListOf("interpretJaxpr", "the arguments", args);
  checkOptions("interpretJaxpr", how, ["constant", "equation"]);
  const given: { readonly constant?: unknown; readonly equation?: unknown } = how ?? {};
  checkFunction("interpretJaxpr", "constant", given.constant);
  checkFunction("interpretJaxpr", "equation", given.equation);
  const { length } = program.jaxpr.invars;
  if (args.length !== length)
    throw new ArgumentError(`interpretJaxpr: the program has ${length} inputs; got ${args.length} values.`);
  return interpretCore(
    program.jaxpr,
    program.consts.map((x) => how.constant(x)),
    args,
    {
      constant: (x) => how.constant(x),
      equation: (eqn, inputs) => {
        const outs: unknown = how.equation(eqn, inputs);
        checkResults("interpretJaxpr", eqn, outs);
        return outs as readonly T[];
      },
    },
  );
}
