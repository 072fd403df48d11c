/**
 * @file Eager evaluation: each equation compiled as a program of its own, and kept by primitive, avals, parameters and the
 * configured backend.
 *
 * What runs it is chosen as for whole programs (backend.ts). Equations that only give data another shape run nothing.
 */
import { config } from "../base/config.ts";
import { Budget, Recent } from "../base/recent.ts";
import { ComplexArray, ConcreteArray, encodeData, partAval } from "../core/array.ts";
import type { ShapedArray } from "../core/aval.ts";
import { isComplex } from "../dtypes/dtype.ts";
import { readElement } from "../dtypes/float16.ts";
import { deferral } from "../core/deferral.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { compileProgram } from "./backend.ts";
import { equationJaxpr } from "../interpreters/complex.ts";
import { paramsKey } from "../core/jaxpr/keys.ts";
import { equationProgram, jaxprProgram } from "./program.ts";
import type { Runner } from "./runner.ts";
import { simplify } from "./simplify.ts";
import { watching } from "./watch.ts";
import { wholePrograms } from "./whole-programs.ts";
import type { Program } from "../loops/ir/ir.ts";

type Key = number | string;

/** Compiled equations that are kept: about 4 kB each, twice so many. */
const budget = new Budget(8192);

const caches: (Recent<Key, Runner> | undefined)[] = [];

function keyOf(args: readonly ConcreteArray[], params: Params): Key {
  let key = paramsKey(params);
  if (key === "") {
    if (args.length === 1) return args[0].aval.id;
    // No number is that of one aval, or of another pair: 2²⁶ avals would fill the memory.
    if (args.length === 2) return (args[0].aval.id + 1) * 2 ** 26 + args[1].aval.id;
  }
  for (const a of args) key += `,${a.aval.id}`;
  return key;
}

/** The loop program of one equation, for the avals of its results. */
function programOf(
  primitive: Primitive,
  avals: readonly ShapedArray[],
  params: Params,
  outAvals: readonly ShapedArray[],
): Program {
  const isWhole = primitive.kind === "call" || [...avals, ...outAvals].some((a) => isComplex(a.dtype));
  if (!isWhole) return equationProgram(primitive, avals, params, outAvals);
  return jaxprProgram(simplify(equationJaxpr(primitive, avals, params, outAvals)), primitive.name);
}

function compile(primitive: Primitive, avals: readonly ShapedArray[], params: Params): Runner {
  const outAvals = primitive.abstractEval(avals, params);
  const program = (): Program => programOf(primitive, avals, params, outAvals);
  return compileProgram(program(), avals, outAvals, config.values.backend, program);
}

/** Runs an equation by its program, which is compiled if there is none yet. */
function run(primitive: Primitive, args: readonly ConcreteArray[], params: Params): ConcreteArray[] {
  let cache = caches[primitive.id];
  if (cache === undefined) {
    cache = new Recent<Key, Runner>(budget);
    caches[primitive.id] = cache;
  }
  const plainKey = keyOf(args, params);
  const { jitless, backend } = config.values;
  const key = jitless ? `jitless ${plainKey}` : backend === "auto" ? plainKey : `${backend} ${plainKey}`;
  let compiled = cache.get(key);
  if (compiled === undefined) {
    const moved = wholePrograms.value?.evaluateAnywhere(primitive, args, params, evaluateNow) ?? null;
    if (moved !== null) return moved;
    compiled = compile(
      primitive,
      args.map((a) => a.aval),
      params,
    );
    cache.set(key, compiled);
  }
  return watching.value?.operation(compiled, primitive, args, params) ?? compiled.call(args);
}

/** The same data under another shape. */
function share(x: ConcreteArray, aval: ShapedArray): ConcreteArray {
  if (x instanceof ComplexArray) {
    const part = partAval(aval);
    return new ComplexArray(aval, share(x.re, part), share(x.im, part));
  }
  if (x.storage !== null && aval.ndim > 0) return new ConcreteArray(aval, null, x.storage);
  const { raw } = x;
  if (typeof raw !== "object")
    return new ConcreteArray(aval, aval.ndim === 0 ? raw : encodeData(aval.dtype, [raw]));
  return new ConcreteArray(aval, aval.ndim === 0 ? readElement(raw, aval.dtype, 0) : raw);
}

/** One equation on concrete arrays. */
export function evaluateEquation(
  primitive: Primitive,
  args: readonly ConcreteArray[],
  params: Params,
): ConcreteArray[] {
  return deferral.value?.put(primitive, args, params) ?? evaluateNow(primitive, args, params);
}

/** As `evaluateEquation`, of operands that have their data. */
export function evaluateNow(
  primitive: Primitive,
  args: readonly ConcreteArray[],
  params: Params,
): ConcreteArray[] {
  if (primitive.aliases === true) {
    const outAvals = primitive.abstractEval(
      args.map((a) => a.aval),
      params,
    );
    return outAvals.map((aval) => share(args[0], aval));
  }
  return run(primitive, args, params);
}

/** The loop program that eager evaluation runs for an equation: for tests and for readers. */
export function eagerProgram(primitive: Primitive, avals: readonly ShapedArray[], params: Params): Program {
  return programOf(primitive, avals, params, primitive.abstractEval(avals, params));
}

/** Forgets all compiled equations. */
export function clearEagerCache(): void {
  for (const cache of caches) cache?.clear();
}
