/** @file Which inputs the results of loops and branches may depend on: their bodies are followed, step by step. */
import { ConcreteArray, encodeData } from "../../core/array.ts";
import type { ShapedArray } from "../../core/aval.ts";
import { type Dependent, type InputSet, dependent, noInputs, union, unknown } from "../../core/dependent.ts";
import { isComplex } from "../../dtypes/dtype.ts";
import type { DependenceRule } from "../../core/primitive.ts";
import { dependences, onAll } from "../../interpreters/dependence.ts";
import { range } from "../../base/util.ts";
import { unstacked } from "../bodies.ts";
import type { CondParams } from "../branches/cond.ts";
import { type ScanParams, type WhileParams, scanGroups, whileGroups } from "./params.ts";

function concrete(aval: ShapedArray, numbers: ArrayLike<number>): ConcreteArray {
  return new ConcreteArray(aval, aval.ndim === 0 ? numbers[0] : encodeData(aval.dtype, numbers));
}

/** The elements of a stack. */
function elementsOf(x: Dependent): (i: number) => Dependent {
  const aval = unstacked(x.aval);
  const data = x.value === null || isComplex(aval.dtype) ? null : x.value.dataSync();
  return (i) => {
    const [from, to] = [i * aval.size, (i + 1) * aval.size];
    return {
      aval,
      sets: x.sets?.slice(from, to) ?? null,
      value: data === null ? null : concrete(aval, data.slice(from, to)),
    };
  };
}

/** The stack of what the steps gave. */
function stackOf(aval: ShapedArray, elements: readonly Dependent[]): Dependent {
  const size = aval.size / Math.max(1, elements.length);
  if (elements.some((p) => p.sets !== null)) {
    return dependent(
      aval,
      elements.flatMap((p) => p.sets ?? new Array<InputSet>(size).fill(noInputs)),
    );
  }
  const values = elements.flatMap((p) => (p.value === null || isComplex(aval.dtype) ? [] : [p.value]));
  if (values.length < elements.length) return unknown(aval);
  return {
    aval,
    sets: null,
    value: concrete(
      aval,
      values.flatMap((v) => Array.from(v.dataSync() as ArrayLike<number>)),
    ),
  };
}

export const scanDependence: DependenceRule<ScanParams> = (args, p, outAvals) => {
  const { jaxpr, numCarry, length, reverse } = p;
  const { consts, carry: init, xs: stacks } = scanGroups(p).split(args);
  const xs = stacks.map(elementsOf);
  let carry = init;
  const ys = outAvals.slice(numCarry).map((): Dependent[] => []);
  for (const step of range(length)) {
    const i = reverse ? length - 1 - step : step;
    const outs = dependences(jaxpr, [...consts, ...carry, ...xs.map((x) => x(i))]);
    carry = outs.slice(0, numCarry);
    ys.forEach((list, k) => (list[i] = outs[numCarry + k]));
  }
  return [...carry, ...ys.map((list, k) => stackOf(outAvals[numCarry + k], list))];
};

/** What holds whichever of two values is taken. */
function either(a: Dependent, b: Dependent): Dependent {
  if (a.sets === null && b.sets === null) return unknown(a.aval);
  const at = (x: Dependent, e: number): InputSet => x.sets?.[e] ?? noInputs;
  return dependent(
    a.aval,
    range(a.aval.size).map((e) => union(at(a, e), at(b, e))),
  );
}

const count = (list: readonly Dependent[]): number =>
  list.reduce((n, d) => n + (d.sets?.reduce((m, s) => m + s.length, 0) ?? 0), 0);

/** Steps after which a loop that still reaches further inputs is given up: everything may then depend on everything. */
const MAX_STEPS = 1000;

/** The number of steps is not known: they are followed until no further step reaches further inputs. */
export const whileDependence: DependenceRule<WhileParams> = (args, p, outAvals) => {
  const { bodyConsts, carry: init } = whileGroups(p).split(args);
  let carry = init.map((d): Dependent => ({ ...d, value: null }));
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = dependences(p.body, [...bodyConsts, ...carry]).map((d, i) => either(carry[i], d));
    if (count(next) === count(carry)) return next;
    carry = next;
  }
  return onAll(args.slice(p.numCondConsts), outAvals);
};

export const condDependence: DependenceRule<CondParams> = ([index, ...args], { branches }) => {
  const { value } = index;
  if (value !== null) {
    const k = Math.min(Math.max(Number(value.item()), 0), branches.length - 1);
    return dependences(branches[k], args);
  }
  return branches.map((b) => dependences(b, args)).reduce((a, b) => a.map((d, i) => either(d, b[i])));
};
