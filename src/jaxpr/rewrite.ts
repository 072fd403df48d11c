/** @file Rewriting: equations that match are replaced by what a function of their operands computes. */
import { checkFlag, checkFunction, refuseMore, show } from "../base/checks.ts";
import { ArgumentError, OutputError, checkOptions } from "../base/errors.ts";
import { withSource } from "../base/source.ts";
import { isPlainObject } from "../base/util.ts";
import { type ArrayLike, type NDArray, isArrayLike } from "../core/array.ts";
import { sameType } from "../core/aval.ts";
import { dce, evalEqn } from "../core/jaxpr/eval.ts";
import type { Var } from "../core/jaxpr/ir.ts";
import { type Atom, ClosedJaxpr, type Eqn, type Jaxpr, Literal } from "../core/jaxpr/ir.ts";
import type { Params } from "../core/primitive.ts";
import { inlineCalls } from "../interpreters/inline.ts";
import { traceToJaxpr } from "../interpreters/staging.ts";
import { asDType } from "../lax/operands/convert.ts";
import { constantP } from "../lax/shapes/constant.ts";
import { checkJaxpr, checkProgram } from "./checks.ts";

/** What a rule may ask about the program around an equation. */
export interface Surroundings {
  /** The equation that computes an operand; undefined for inputs, constants and literals. */
  readonly definition: (operand: Atom) => Eqn | undefined;
  /** How many equations and results read a variable. */
  readonly uses: (variable: Var) => number;
  /** The array that stands for an operand of this equation or of an earlier one. */
  readonly value: (operand: Atom) => NDArray;
}

/** A rule: which equations it is for, and what is computed in their place. */
export interface RewriteRule {
  /** The name of a primitive, or a condition. */
  readonly match: string | ((eqn: Eqn, around: Surroundings) => boolean);
  /**
   * The results of the equation, computed otherwise from its operands; null leaves it as it is. It is written with the library's
   * functions.
   */
  replace(
    inputs: readonly NDArray[],
    eqn: Eqn,
    around: Surroundings,
  ): ArrayLike | readonly ArrayLike[] | null;
}

/** Options of `rewriteJaxpr`. */
export interface RewriteOptions {
  /** Whether programs within the program (bodies of loops, branches, calls) are rewritten, too: by default they are. */
  readonly bodies?: boolean | undefined;
}

const matches = ({ match }: RewriteRule, eqn: Eqn, around: Surroundings): boolean =>
  typeof match === "string" ? eqn.primitive.name === match : match(eqn, around);

/** What a rule gave, as the results of the equation. */
function resultsOf(eqn: Eqn, given: ArrayLike | readonly ArrayLike[]): NDArray[] {
  const where = `rewriteJaxpr: the replacement of ${eqn.primitive.name}`;
  const list: readonly unknown[] = isArrayLike(given) ? [given] : given;
  const n = eqn.outputs.length;
  if (!Array.isArray(list) || list.length !== n)
    throw new OutputError(
      `${where}: expected ${n} results; got ${Array.isArray(list) ? list.length : show(given)}.`,
    );
  return list.map((x, i) => {
    if (!isArrayLike(x)) throw new OutputError(`${where}: expected an array as result ${i}; got ${show(x)}.`);
    const { aval } = eqn.outputs[i];
    const array = typeof x === "object" ? x : asDType(x, aval.dtype, aval.weakType, where);
    const out = "aval" in array ? array : asDType(array, aval.dtype, false, where);
    if (!sameType(out.aval, aval))
      throw new OutputError(`${where}: expected ${aval.short()} as result ${i}; got ${out.aval.short()}.`);
    return out;
  });
}

/** Numbers of readers, and definitions. */
function readingOf(jaxpr: Jaxpr): Pick<Surroundings, "definition" | "uses"> {
  const definitions = new Map<Atom, Eqn>();
  const uses = new Map<Atom, number>();
  for (const eqn of jaxpr.eqns) for (const v of eqn.outputs) definitions.set(v, eqn);
  for (const a of [...jaxpr.eqns.flatMap((e) => e.inputs), ...jaxpr.outs])
    uses.set(a, (uses.get(a) ?? 0) + 1);
  return { definition: (a) => definitions.get(a), uses: (v) => uses.get(v) ?? 0 };
}

/** Parameters with other programs in them. */
function mapPrograms(x: unknown, f: (body: ClosedJaxpr) => ClosedJaxpr): unknown {
  if (x instanceof ClosedJaxpr) return f(x);
  if (Array.isArray(x)) return x.map((y) => mapPrograms(y, f));
  if (typeof x !== "object" || x === null || Object.getPrototypeOf(x) !== Object.prototype) return x;
  return Object.fromEntries(Object.entries(x).map(([k, y]) => [k, mapPrograms(y, f)]));
}

/** Bodies have no constants of their own: an equation each gives them. */
function constantsInside({ jaxpr, consts }: ClosedJaxpr): ClosedJaxpr {
  if (consts.length === 0) return new ClosedJaxpr(jaxpr, consts);
  const eqns = consts.map((x, i): Eqn => ({
    primitive: constantP,
    inputs: [],
    params: { value: x },
    outputs: [jaxpr.constvars[i]],
  }));
  return new ClosedJaxpr({ ...jaxpr, constvars: [], eqns: [...eqns, ...jaxpr.eqns] }, []);
}

function rewrite(closed: ClosedJaxpr, rules: readonly RewriteRule[], bodies: boolean): ClosedJaxpr {
  const { jaxpr, consts } = closed;
  const reading = readingOf(jaxpr);
  const inner = (body: ClosedJaxpr): ClosedJaxpr => constantsInside(rewrite(body, rules, bodies));
  const run = (args: readonly NDArray[]): NDArray[] => {
    const env = new Map<Atom, NDArray>();
    const value = (a: Atom): NDArray => {
      const found = a instanceof Literal ? a.value : env.get(a);
      if (found === undefined)
        throw new ArgumentError("rewriteJaxpr: the operand is computed later, or in another program.");
      return found;
    };
    const around: Surroundings = { ...reading, value };
    jaxpr.constvars.forEach((v, i) => env.set(v, consts[i]));
    jaxpr.invars.forEach((v, i) => env.set(v, args[i]));
    for (const eqn of jaxpr.eqns) {
      const inputs = eqn.inputs.map(value);
      const outs =
        replaced(eqn, inputs, rules, around) ?? evalEqn(bodies ? withBodies(eqn, inner) : eqn, inputs);
      eqn.outputs.forEach((v, i) => env.set(v, outs[i]));
    }
    return jaxpr.outs.map(value);
  };
  return traceToJaxpr(run, closed.inAvals, "rewriteJaxpr");
}

const withBodies = (eqn: Eqn, f: (body: ClosedJaxpr) => ClosedJaxpr): Eqn => ({
  ...eqn,
  params: mapPrograms(eqn.params, f) as Params,
});

/** The first rule that matches and does not decline has its way. */
function replaced(
  eqn: Eqn,
  inputs: readonly NDArray[],
  rules: readonly RewriteRule[],
  around: Surroundings,
): NDArray[] | null {
  for (const rule of rules) {
    if (!matches(rule, eqn, around)) continue;
    const given = withSource(eqn.source, () => rule.replace(inputs, eqn, around));
    if (given !== null) return resultsOf(eqn, given);
  }
  return null;
}

function checkRules(rules: unknown): readonly RewriteRule[] {
  const list: readonly unknown[] = Array.isArray(rules) ? rules : [rules];
  return list.map((rule) => {
    if (!isPlainObject(rule))
      throw new ArgumentError(`rewriteJaxpr: a rule is { match, replace }; got ${show(rule)}.`);
    checkOptions("rewriteJaxpr", rule, ["match", "replace"]);
    const { match, replace } = rule;
    if (typeof match !== "string") checkFunction("rewriteJaxpr", "match", match);
    checkFunction("rewriteJaxpr", "replace", replace);
    return rule as unknown as RewriteRule;
  });
}

/**
 * The program with equations replaced: each that a rule matches, by what the rule computes from its operands; the first rule that
 * matches and gives something. Equations that nothing reads any more are removed, and the result is checked. Rules of derivatives
 * that belong to functions (`customJvp`, `customVjp`) stay as they are: rewrite the program of the gradient to rewrite those.
 * @param rules `{ match, replace }`, or a list of such
 * @throws OutputError if a replacement has other types than what it replaces
 * @throws ArgumentError for anything but programs and rules
 * @see jax.extend.core
 * @example
 * const program = makeJaxpr((x: Array) => np.exp(np.log(x)).add(1))(2);
 * const shorter = rewriteJaxpr(program, {
 *   match: (eqn, { definition }) =>
 *     eqn.primitive.name === "exp" && definition(eqn.inputs[0]!)?.primitive.name === "log",
 *   replace: (_, eqn, { definition, value }) => value(definition(eqn.inputs[0]!)!.inputs[0]!),
 * });
 * String(shorter); // { lambda ; a:f64[]. let b:f64[] = add a 1.0:f64[] in (b,) }
 */
export function rewriteJaxpr(
  jaxpr: ClosedJaxpr,
  rules: RewriteRule | readonly RewriteRule[],
  options: RewriteOptions = {},
  ...more: readonly unknown[]
): ClosedJaxpr {
  refuseMore("rewriteJaxpr", 3, more);
  const program = checkProgram("rewriteJaxpr", jaxpr);
  checkOptions("rewriteJaxpr", options, ["bodies"]);
  const { bodies = true } = options;
  checkFlag("rewriteJaxpr", "bodies", bodies);
  return checkJaxpr(rewrite(program, checkRules(rules), bodies));
}

/**
 * The program with calls (of compiled functions, of functions with rules of their own, of checkpoints) replaced by what they
 * call, at every depth, and without equations that nothing reads: what is left for an interpreter of programs are operations,
 * loops and branches.
 * @throws ArgumentError for anything but a program
 * @see jax.core.jaxpr_as_fun
 * @example
 * const program = makeJaxpr((x: Array) => jit((y: Array) => np.sin(y))(x))(1);
 * String(inlineJaxpr(program)); // { lambda ; a:f64[]. let b:f64[] = sin a in (b,) }
 */
export function inlineJaxpr(jaxpr: ClosedJaxpr, ...more: readonly unknown[]): ClosedJaxpr {
  refuseMore("inlineJaxpr", 1, more);
  const program = checkProgram("inlineJaxpr", jaxpr);
  return checkJaxpr(dce(new ClosedJaxpr(inlineCalls(program.jaxpr), program.consts)));
}
