/**
 * @file Which inputs each element of a program's outputs may depend on, from the program alone: no values are tried, so
 * the answer holds for all inputs of the same shapes.
 *
 * Each value is a list of sets of inputs, one set for each element; each equation maps those of its operands to those of
 * its outputs. What depends on no input is evaluated where it is a constant of the program (indices, masks, matrices), since
 * that says which elements are read. Where a rule knows less, its sets are larger, never smaller.
 */
import { ConcreteArray, type NDArray } from "../core/array.ts";
import { shaped, type ShapedArray } from "../core/aval.ts";
import {
  type DependenceTools,
  type Dependent,
  type InputSet,
  dependent,
  known,
  noInputs,
  union,
  unionAll,
  unknown,
} from "../core/dependent.ts";
import { isInexact } from "../dtypes/dtype.ts";
import { evalTrace, isConcrete } from "../core/eval.ts";
import { evalEqn } from "../core/jaxpr/eval.ts";
import { type Atom, ClosedJaxpr, type Eqn, Literal, type Var } from "../core/jaxpr/ir.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { bind, withTrace } from "../core/trace.ts";
import { range } from "../base/util.ts";
import { materialise, vmapFlat } from "./batching.ts";
import { dependenceOfProducts, mayBeNonzero, offsetsAlong } from "./dependence-of-products.ts";

/** The outputs of a jaxpr, given its inputs. Constants that are tracers of other transformations are not known. */
export function dependences(closed: ClosedJaxpr, args: readonly Dependent[]): Dependent[] {
  const { jaxpr, consts } = closed;
  const env = new Map<Var, Dependent>();
  const read = (a: Atom): Dependent => (a instanceof Literal ? known(a.value) : env.get(a)!);
  jaxpr.constvars.forEach((v, i) => env.set(v, constantOf(consts[i])));
  jaxpr.invars.forEach((v, i) => env.set(v, args[i]));
  for (const eqn of jaxpr.eqns) {
    const outs = apply(eqn, eqn.inputs.map(read));
    eqn.outputs.forEach((v, j) => env.set(v, outs[j]));
  }
  return jaxpr.outs.map(read);
}

const constantOf = (x: NDArray): Dependent => (isConcrete(x) ? known(x) : unknown(x.aval));

function apply(eqn: Eqn, args: readonly Dependent[]): Dependent[] {
  const { primitive, params } = eqn;
  const outAvals = eqn.outputs.map((v) => v.aval);
  const named = (primitive.axisNames?.(params).length ?? 0) > 0;
  if (!named && args.every((a) => a.value !== null)) return evaluate(eqn, args);
  if (primitive.kind === "call" && params.jaxpr instanceof ClosedJaxpr)
    return dependences(params.jaxpr, args);
  if (!primitive.hasJvp) return outAvals.map(unknown);
  if (primitive.dependence !== undefined) {
    const tools = toolsFor(primitive, args, params, outAvals);
    return primitive.dependence(args, params, outAvals, tools).map(differentiable);
  }
  if (args.every((a) => a.sets === null)) return outAvals.map(unknown);
  return ruleOfKind(primitive, args, params, outAvals).map(differentiable);
}

/** Integers have no derivative: a value that only chooses them is not asked for. */
const differentiable = (d: Dependent): Dependent =>
  d.sets === null || isInexact(d.aval.dtype) ? d : unknown(d.aval);

function evaluate(eqn: Eqn, args: readonly Dependent[]): Dependent[] {
  const outs = withTrace(evalTrace, () =>
    evalEqn(
      eqn,
      args.map((a) => a.value!),
    ),
  );
  return outs.map(constantOf);
}

function ruleOfKind(
  primitive: Primitive,
  args: readonly Dependent[],
  params: Params,
  outAvals: readonly ShapedArray[],
): Dependent[] {
  if (primitive.kind === "elementwise") return outAvals.map((aval) => sameElement(args, aval));
  if (primitive.kind === "movement") return movedElements(primitive, args, params, outAvals);
  return onAll(args, outAvals);
}

const toolsFor = (
  primitive: Primitive,
  args: readonly Dependent[],
  params: Params,
  outAvals: readonly ShapedArray[],
): DependenceTools => ({
  sameElement,
  overAxes,
  upToSelf,
  mayBeNonzero,
  movedElements: () => movedElements(primitive, args, params, outAvals),
  addedElements: (read) => [addedElements(read, args, outAvals[0])],
  byUnitVectors: () => byUnitVectors(primitive, args, params, outAvals[0]),
  products: (contracting, batch) => [dependenceOfProducts(args, contracting, batch, outAvals[0])],
});

/** Every output element may depend on every operand element. */
export function onAll(args: readonly Dependent[], outAvals: readonly ShapedArray[]): Dependent[] {
  const all = unionAll(args.flatMap((a) => a.sets ?? []));
  return outAvals.map((aval) => dependent(aval, new Array<InputSet>(aval.size).fill(all)));
}

function sameElement(
  args: readonly Dependent[],
  aval: ShapedArray,
  counts?: (operand: number, element: number) => boolean,
): Dependent {
  const operands = args.flatMap((a, i) =>
    a.sets === null ? [] : [{ sets: a.sets, i, single: a.aval.ndim === 0 }],
  );
  let last: readonly [InputSet, InputSet, InputSet] = [noInputs, noInputs, noInputs];
  const sets = range(aval.size).map((e) => {
    let out = noInputs;
    for (const { sets: own, i, single } of operands) {
      if (counts?.(i, e) === false) continue;
      const set = own[single ? 0 : e];
      // Neighbours often join the same two sets: their union is then shared, too.
      if (out !== last[0] || set !== last[1]) last = [out, set, union(out, set)];
      out = last[2];
    }
    return out;
  });
  return dependent(aval, sets);
}

const serials = (aval: ShapedArray, numbers: readonly number[]): ConcreteArray =>
  new ConcreteArray(shaped(aval.shape, "int32"), aval.ndim === 0 ? numbers[0] : Int32Array.from(numbers));

function movedElements(
  primitive: Primitive,
  args: readonly Dependent[],
  params: Params,
  outAvals: readonly ShapedArray[],
): Dependent[] {
  if (args.every((a) => a.sets === null)) return outAvals.map(unknown);
  if (args.some((a) => a.sets === null && a.value === null && !isInexact(a.aval.dtype)))
    return onAll(args, outAvals);
  const table: InputSet[] = [noInputs];
  const numbered = args.map((a) => {
    if (a.sets === null && !isInexact(a.aval.dtype)) return a.value!;
    const numbers = a.sets?.map((set) => (set.length === 0 ? 0 : table.push(set) - 1));
    return serials(a.aval, numbers ?? new Array<number>(a.aval.size).fill(0));
  });
  const outs = withTrace(evalTrace, () => bind(primitive, numbered, params));
  return outs.map((out, j) =>
    dependent(
      outAvals[j],
      Array.from(out.dataSync(), (n) => table[n] ?? noInputs),
    ),
  );
}

function addedElements(
  read: (x: NDArray, indices: NDArray, updates: ShapedArray) => NDArray,
  [x, indices, updates]: readonly Dependent[],
  aval: ShapedArray,
): Dependent {
  if (x.sets === null && updates.sets === null) return unknown(aval);
  if (updates.sets === null) return dependent(aval, x.sets!);
  const { value } = indices;
  if (value === null) return onAll([x, updates], [aval])[0];
  const from = serials(aval, range(aval.size, 1));
  const places = withTrace(evalTrace, () => read(from, value, updates.aval)).dataSync();
  const found = range(aval.size).map((e): InputSet[] => (x.sets === null ? [] : [x.sets[e]]));
  updates.sets.forEach((set, k) => {
    if (places[k] > 0) found[places[k] - 1].push(set);
  });
  return dependent(aval, found.map(unionAll));
}

function overAxes(x: Dependent, axes: readonly number[], aval: ShapedArray): Dependent {
  const { sets } = x;
  if (sets === null) return unknown(aval);
  const along = offsetsAlong(x.aval.shape, axes);
  const kept = range(x.aval.ndim).filter((axis) => !axes.includes(axis));
  const places = offsetsAlong(x.aval.shape, kept);
  return dependent(
    aval,
    places.map((o) => unionAll(along.map((k) => sets[o + k]))),
  );
}

function upToSelf(x: Dependent, axis: number, reverse: boolean): Dependent {
  if (x.sets === null) return unknown(x.aval);
  const { shape } = x.aval;
  const along = offsetsAlong(shape, [axis]);
  if (reverse) along.reverse();
  const out = [...x.sets];
  for (const o of offsetsAlong(
    shape,
    range(shape.length).filter((a) => a !== axis),
  )) {
    let sum = noInputs;
    for (const k of along) out[o + k] = sum = union(sum, out[o + k]);
  }
  return dependent(x.aval, out);
}

const LIMIT = 1 << 25;
const CHUNK = 1 << 20;

function byUnitVectors(
  primitive: Primitive,
  args: readonly Dependent[],
  params: Params,
  aval: ShapedArray,
): Dependent[] {
  const moving = range(args.length).filter((i) => args[i].sets !== null);
  if (moving.length === 0) return [unknown(aval)];
  const [i] = moving;
  const { aval: from, sets } = args[i];
  if (moving.length > 1 || from.size * aval.size > LIMIT || sets === null) return onAll(args, [aval]);
  const ones = (a: Dependent): ConcreteArray => {
    const nonzero = mayBeNonzero(a);
    const data = Float64Array.from({ length: a.aval.size }, (_, e) => (nonzero(e) ? 1 : 0));
    return new ConcreteArray(shaped(a.aval.shape, "float64"), a.aval.ndim === 0 ? data[0] : data);
  };
  const others = args.map((a, k) => (k === i ? null : ones(a)));
  const found = range(aval.size).map((): InputSet[] => []);
  const step = Math.max(1, Math.floor(CHUNK / Math.max(1, aval.size, from.size)));
  for (let start = 0; start < from.size; start += step) {
    const count = Math.min(step, from.size - start);
    const units = new Float64Array(count * from.size);
    for (let k = 0; k < count; k++) units[k * from.size + start + k] = 1;
    const basis = new ConcreteArray(shaped([count, ...from.shape], "float64"), units);
    const axis = { size: count, name: null };
    const [[out], [dim]] = withTrace(evalTrace, () =>
      vmapFlat(
        (lanes) => bind(primitive, lanes, params),
        axis,
        others.map((o) => o ?? basis),
        others.map((o) => (o === null ? 0 : null)),
        "dependence",
      ),
    );
    const data = withTrace(evalTrace, () => materialise(axis, out, dim)).dataSync();
    for (let k = 0; k < count; k++) {
      const set = sets[start + k];
      if (set.length === 0) continue;
      for (let e = 0; e < aval.size; e++) if (data[k * aval.size + e] !== 0) found[e].push(set);
    }
  }
  return [dependent(aval, found.map(unionAll))];
}
