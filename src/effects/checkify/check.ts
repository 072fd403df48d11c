/** @file `checkify.check`: a condition that a program asserts, as a primitive. */
import { ArgumentError, JaxRuntimeError, StateError } from "../../base/errors.ts";
import { ArraysAside } from "../../api/flatten.ts";
import { CallSite } from "../../base/source.ts";
import { isPlainObject } from "../../base/util.ts";
import type { NDArray } from "../../core/array.ts";
import { type ArrayLike, type ConcreteArray } from "../../core/array.ts";
import { ClosedJaxpr, Var } from "../../core/jaxpr/ir.ts";
import {
  type Primitive,
  type PrimitiveDef,
  definePrimitive,
  inlined,
  notLinear,
  zeroTangent,
} from "../../core/primitive.ts";
import { bind } from "../../core/trace.ts";
import { materialise } from "../../interpreters/batching.ts";
import { eq } from "../../lax/elementwise/compare.ts";
import { asArray } from "../../lax/operands/convert.ts";
import { all, argmax } from "../../numpy/reductions/reductions.ts";
import { take } from "../../numpy/indexing/take.ts";
import { type Format, applyFormat, parseFormat } from "../format.ts";

/** What a check that failed says, given the values in its message. */
export type CheckParams = {
  readonly message: (values: readonly NDArray[]) => string;
  readonly site: CallSite;
  /** Of a check that is left out where nobody asks for it: what remains of it, nothing. */
  readonly jaxpr?: ClosedJaxpr;
};

type Rules = Pick<PrimitiveDef<CheckParams>, "name" | "kind" | "lower" | "evaluate">;

/** Inputs: the condition, and the values in the message. */
const defineCheck = (rules: Rules): Primitive<CheckParams> => {
  const primitive: Primitive<CheckParams> = definePrimitive<CheckParams>({
    ...rules,
    effects: () => ["check"],
    abstractEval: () => [],
    jvp: zeroTangent,
    transpose: notLinear,
    // Of the lanes, the first that fails.
    batch: (axis, [pred, ...values], [dim, ...dims], p) => {
      const lanes = materialise(axis, pred, dim);
      const first = argmax(eq(lanes, false), 0);
      const at = values.map((x, i) => (dims[i] === null ? x : take(materialise(axis, x, dims[i]), first, 0)));
      return [bind(primitive, [all(lanes), ...at], p), []];
    },
  });
  return primitive;
};

export const checkP: Primitive<CheckParams> = defineCheck({
  name: "check",
  kind: "opaque",
  lower: (_context, _args, { site }) => {
    throw new StateError(
      `checkify.check (${String(site)}) is in a program that is compiled, and nobody asks for its answer: transform the function ` +
        `with checkify.checkify before jit, or use checkify.debugCheck, which is left out then.`,
    );
  },
  evaluate: ([pred, ...values], { message }) => {
    if (!(pred as ConcreteArray).raw) throw new JaxRuntimeError(message(values));
    return [];
  },
});

export const debugCheckP: Primitive<CheckParams> = defineCheck({
  name: "debug_check",
  kind: "call",
  lower: inlined,
  evaluate: () => [],
});

/** A program that computes nothing of such inputs. */
const nothing = (inputs: readonly NDArray[]): ClosedJaxpr =>
  new ClosedJaxpr({ constvars: [], invars: inputs.map((x) => new Var(x.aval)), eqns: [], outs: [] }, []);

function checkCall(
  name: string,
  pred: ArrayLike,
  format: string,
  args: readonly unknown[],
  debug: boolean,
): void {
  const test = asArray(pred, name);
  if (test.dtype !== "bool" || test.ndim !== 0) {
    throw new ArgumentError(
      `${name}: the condition must be one bool; got ${String(test.aval)}. Of several, take np.all(…).`,
    );
  }
  const parsed = parseFormat(format, name);
  const last = args.at(-1);
  const named = isPlainObject(last) && parsed.names.size > 0 ? last : {};
  const positional = named === last ? args.slice(0, -1) : args;
  checkPlaces(name, parsed, positional, named);
  const given = new ArraysAside([positional, named]);
  const message = (values: readonly NDArray[]): string => {
    const [list, keywords] = given.rebuild(values) as [unknown[], Record<string, unknown>];
    return `${applyFormat(parsed, list, keywords, name)} (\`check\` failed)`;
  };
  const inputs = [test, ...given.arrays];
  const params = { message, site: new CallSite() };
  if (debug) bind(debugCheckP, inputs, { ...params, jaxpr: nothing(inputs) });
  else bind(checkP, inputs, params);
}

function checkPlaces(
  name: string,
  format: Format,
  positional: readonly unknown[],
  named: Readonly<Record<string, unknown>>,
): void {
  if (positional.length !== format.positions)
    throw new ArgumentError(
      `${name}: the format has places for ${format.positions} values; got ${positional.length}.`,
    );
  const keys = Object.keys(named);
  const differ = [
    ...keys.filter((k) => !format.names.has(k)),
    ...[...format.names].filter((k) => !keys.includes(k)),
  ];
  if (differ.length > 0)
    throw new ArgumentError(`${name}: the names in the format and those given differ: ${differ.join(", ")}.`);
}

/**
 * Asserts a condition in a program. In a function transformed by `checkify`, a condition that does not hold is an error value;
 * elsewhere, where it has a value, an error is thrown.
 * @param pred one bool
 * @param msg a format as that of `debug.print`: values by position, and by name in an object behind them
 * @throws JaxRuntimeError if it does not hold, in a function that is not transformed
 * @throws StateError where a program that contains it is compiled without being transformed
 * @throws ArgumentError for a condition that is no bool, and for values that do not match the format
 * @see jax.experimental.checkify.check
 * @example
 * const f = (x: Array): Array => {
 *   checkify.check(x.greater(0), "x must be positive: {x}", { x });
 *   return np.log(x);
 * };
 * const [err] = jit(checkify.checkify(f))(-1);
 * err.get()?.split("\n")[0]; // "x must be positive: -1.0 (`check` failed)"
 */
export function check(pred: ArrayLike, msg: string, ...args: readonly unknown[]): void {
  checkCall("checkify.check", pred, msg, args, false);
}

/**
 * As `check`, but left out of programs that are not transformed by `checkify`.
 * @see jax.experimental.checkify.debug_check
 * @example
 * jit((x: Array) => {
 *   checkify.debugCheck(x.greater(0), "x is {}", x);
 *   return x;
 * })(-1).item(); // -1
 */
export function debugCheck(pred: ArrayLike, msg: string, ...args: readonly unknown[]): void {
  checkCall("checkify.debugCheck", pred, msg, args, true);
}
