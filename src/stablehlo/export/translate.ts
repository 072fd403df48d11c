/**
 * @file Programs in StableHLO. An equation is written by its primitive's own rule where it has one; calls are functions of the
 * module; what has neither follows from what the primitive is defined by: complex numbers from its rule on their parts,
 * everything else from the loops that it is lowered to.
 */
import { ConcreteArray, ComplexArray, type NDArray, scalarOf } from "../../core/array.ts";
import { type ShapedArray, shaped } from "../../core/aval.ts";
import type { HloValue } from "../../core/hlo.ts";
import { type Atom, type ClosedJaxpr, type Eqn, Literal, type Var, subJaxprs } from "../../core/jaxpr/ir.ts";
import { paramsKey } from "../../core/jaxpr/keys.ts";
import type { Params, Primitive } from "../../core/primitive.ts";
import { isComplex, realPart } from "../../dtypes/dtype.ts";
import { ExportError } from "./errors.ts";
import { equationJaxpr, realParts } from "../../interpreters/complex.ts";
import { traceToJaxpr } from "../../interpreters/staging.ts";
import { equationProgram } from "../../jit/program.ts";
import { type Expr, newLocal } from "../../loops/ir/ir.ts";
import { operands as operandsOf, visitExpr } from "../../loops/ir/traverse.ts";
import { scalarPull } from "../../loops/pull.ts";
import { Scope, type Lane } from "./loops/lanes.ts";
import { runProgram, runStatements } from "./loops/statements.ts";
import type { Body, Translation } from "./module.ts";
import { ruleOf } from "./rules/index.ts";
import { originAttributes } from "../origin.ts";
import { tensorType } from "./types.ts";

const typesText = (values: readonly { readonly type: Parameters<typeof tensorType>[0] }[]): string =>
  values.map((v) => tensorType(v.type)).join();

/** A constant, in all places of a shape if it is a 0-d one. */
function literal(b: Body, value: NDArray, shape: readonly number[] = value.shape): HloValue {
  if (!(value instanceof ConcreteArray)) {
    throw new ExportError(
      `a constant of the program is traced by another transformation (${String(value.aval)}); ` +
        `export the function from outside of it, or make the value an argument.`,
    );
  }
  if (value.ndim === 0 && !(value instanceof ComplexArray))
    return b.constant(scalarOf(value), shaped(shape, value.dtype));
  const dims = value.shape.map((_, i) => i);
  return b.broadcast(b.array(value), shape, dims);
}

/** Writes the equations of a program, and returns its results. */
export function writeJaxpr(b: Body, closed: ClosedJaxpr, args: readonly HloValue[]): HloValue[] {
  const { jaxpr, consts } = closed;
  const env = new Map<Var, HloValue>();
  jaxpr.constvars.forEach((v, i) => env.set(v, literal(b, consts[i])));
  jaxpr.invars.forEach((v, i) => env.set(v, args[i]));
  const read = (a: Atom): HloValue => (a instanceof Literal ? literal(b, a.value) : env.get(a)!);
  for (const eqn of jaxpr.eqns) {
    const shape = commonShape(eqn);
    const operands = eqn.inputs.map((a) => {
      if (shape === null || a.aval.ndim > 0) return read(a);
      return a instanceof Literal ? literal(b, a.value, shape) : b.broadcast(read(a), shape, []);
    });
    const outs = writeEquation(b, eqn, operands);
    eqn.outputs.forEach((v, i) => env.set(v, outs[i]));
  }
  return jaxpr.outs.map(read);
}

/** Element-wise primitives take 0-d operands beside others, StableHLO's do not: the shape that all get. */
const commonShape = ({ primitive, inputs, outputs }: Eqn): readonly number[] | null =>
  primitive.kind === "elementwise" && inputs.length > 1 ? outputs[0].aval.shape : null;

function writeEquation(b: Body, eqn: Eqn, args: readonly HloValue[]): readonly HloValue[] {
  const { primitive, params } = eqn;
  const outs = eqn.outputs.map((v) => v.aval);
  const written = ruleOf(primitive)?.(b, args, params, outs) ?? null;
  if (written !== null) return written;
  const [body] = primitive.kind === "call" ? subJaxprs(params) : [];
  if (body !== undefined) return callBody(b, body, args, nameOf(params), "rule" in params);
  if (eqn.inputs.some((a) => isComplex(a.aval.dtype)) || outs.some((a) => isComplex(a.dtype)))
    return byParts(b, eqn, args);
  if (primitive.kind === "elementwise") return byElement(b, primitive, params, args, outs);
  return byLoops(b, eqn, args, outs);
}

/** What a call is called: a jitted function's name, or that of a function with a rule of its own. */
function nameOf({ name, rule }: Params): string {
  const named = typeof rule === "object" && rule !== null && "name" in rule ? rule.name : name;
  if (typeof named !== "string") return "body";
  // Rules are called `customJvp(f)`.
  const inner = /^\w+\((.*)\)$/.exec(named)?.[1] ?? named;
  return /^[\w.$]+$/.test(inner) ? inner : "body";
}

/** A body as a function, written once however often it is called. */
function callBody(
  b: Body,
  body: ClosedJaxpr,
  args: readonly HloValue[],
  name: string,
  always = false,
): HloValue[] {
  // A body of few equations is no longer than its call; but the name of a function with a rule of its own tells of the rule.
  if (!always && body.jaxpr.eqns.length <= 2) return writeJaxpr(b, body, args);
  const types = args.map((a) => a.type);
  const made = b.module.function(body, "", name, types, (inner, xs) => writeJaxpr(inner, body, xs));
  return b.invoke(made, args);
}

/** What an equation computes, as a function that says which primitive it is. */
function asFunction(
  b: Body,
  { primitive, params }: Pick<Eqn, "primitive" | "params">,
  args: readonly HloValue[],
  write: (inner: Body, xs: readonly HloValue[]) => readonly HloValue[],
): HloValue[] {
  const types = args.map((a) => a.type);
  const key = `${typesText(args)} ${paramsKey(params)}`;
  const origin = originAttributes(primitive, params);
  return b.invoke(b.module.function(primitive, key, primitive.name, types, write, origin), args);
}

/** By the rule for real and imaginary parts. */
function byParts(
  b: Body,
  { primitive, inputs, params, outputs }: Eqn,
  args: readonly HloValue[],
): HloValue[] {
  const avals = inputs.map((a, i) => shaped(args[i].type.shape, a.aval.dtype));
  const outAvals = outputs.map((v) => v.aval);
  return asFunction(b, { primitive, params }, args, (inner, xs) => {
    const body = realParts(equationJaxpr(primitive, avals, params, outAvals));
    const parts = xs.flatMap((x) => {
      if (!isComplex(x.type.dtype)) return [x];
      const real = shaped(x.type.shape, realPart(x.type.dtype));
      return [inner.op("real", [x], real), inner.op("imag", [x], real)];
    });
    const results = writeJaxpr(inner, body, parts);
    let at = 0;
    return outAvals.map((aval) =>
      isComplex(aval.dtype) ? inner.op("complex", [results[at++], results[at++]], aval) : results[at++],
    );
  });
}

/** By the program of one element, for all elements at once. */
function byElement(
  b: Body,
  primitive: Primitive,
  params: Params,
  args: readonly HloValue[],
  outs: readonly ShapedArray[],
): HloValue[] {
  const { shape } = outs[0];
  const locals = args.map((a, i) => newLocal(`x${i}`, a.type.dtype));
  const operands = locals.map((l, i) => scalarPull(args[i].type, l));
  const lowered = primitive.lower(noConstants(primitive, outs), operands, params);
  if (lowered.kind !== "map")
    throw new ExportError(`internal: ${primitive.name} is not lowered element by element`);
  const index = shape.map((d, i) => newLocal(`i${i}`, "int32", 0, d - 1));
  const exprs = lowered.outs.map((x) => x.at(index));
  const write = (to: Body, xs: readonly HloValue[]): HloValue[] => {
    const lanes = shape.map((count): Lane => ({ count, local: null, start: null, step: 1 }));
    const scope = new Scope(to, runStatements, lanes, null, new Map(), new Map());
    locals.forEach((l, i) => scope.locals.set(l.id, xs[i]));
    index.forEach((l, k) => {
      if (!exprs.some((e) => mentions(e, l))) return;
      const type = shaped(shape, "int32");
      scope.locals.set(l.id, to.op("iota", [], type, { attributes: { iota_dimension: k } }));
    });
    return exprs.map((e) => scope.spread(scope.evaluate(e)));
  };
  if (exprs.every(isSingle)) return write(b, args);
  return asFunction(b, { primitive, params }, args, write);
}

function mentions(root: Expr, x: Expr): boolean {
  let found = false;
  visitExpr(root, (e) => {
    found ||= e === x;
  });
  return found;
}

/** One operation on operands stands where it is used; more are a function. */
const isSingle = (root: Expr): boolean =>
  root.kind !== "call" && root.kind !== "local" && operandsOf(root).every((x) => x.kind === "local");

const noConstants = (
  primitive: Primitive,
  outAvals: readonly ShapedArray[],
): Parameters<Primitive["lower"]>[0] => {
  const never = (): never => {
    throw new ExportError(`internal: ${primitive.name} is element-wise and has a body or a constant array`);
  };
  return { outAvals, emit: never, constant: never };
};

/** By the loops of the primitive's definition. */
function byLoops(
  b: Body,
  { primitive, inputs, params }: Eqn,
  args: readonly HloValue[],
  outs: readonly ShapedArray[],
): HloValue[] {
  return asFunction(b, { primitive, params }, args, (inner, xs) => {
    const program = equationProgram(
      primitive,
      inputs.map((a) => a.aval),
      params,
      outs,
    );
    const constants = (program.constants ?? []).map((data, i) => {
      const p = program.params[args.length + i];
      return inner.array(new ConcreteArray(shaped([data.length], p.dtype), data));
    });
    const results = runProgram(inner, program, [...xs, ...constants]);
    let array = 0;
    let scalar = program.outs.length;
    return outs.map((aval) =>
      aval.ndim === 0 ? results[scalar++] : inner.reshape(results[array++], aval.shape),
    );
  });
}

export const translation: Translation = {
  call: (b, body, args) => callBody(b, body, args, "body"),
  compute: (b, f, args) => {
    const avals = args.map((a) => shaped(a.type.shape, a.type.dtype));
    return writeJaxpr(b, traceToJaxpr(f, avals, "toStablehlo"), args);
  },
};
