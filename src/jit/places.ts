/**
 * @file Slices and paddings evaluated eagerly at many places: one program that takes the place as an operand.
 *
 * A program that has the place compiled in is faster, so the first few places of each shape have their own; a loop of the
 * user's over an array, and its gradient, would compile one for each of its steps.
 */
import { type ConcreteArray, scalarArray } from "../core/array.ts";
import type { Params, Primitive } from "../core/primitive.ts";
import { dynamicSliceP, dynamicUpdateSliceP } from "../lax/indexing/dynamic.ts";
import { broadcastInDimP } from "../lax/shapes/movement.ts";
import { type PadParams, type SliceParams, padP, sliceP } from "../lax/shapes/slicing.ts";
import type { Evaluate } from "./whole-programs.ts";

/** Places of one shape that have programs of their own. */
const ownPrograms = 8;

/** What an equation computes, with its places as operands. Null if it does more than move. */
type Rule = (args: readonly ConcreteArray[], params: Params, evaluate: Evaluate) => ConcreteArray[] | null;

const starts = (places: readonly number[]): ConcreteArray[] => places.map((i) => scalarArray(i, "int32"));

const sliceAnywhere: Rule = ([x], params, evaluate) => {
  const { startIndices, limitIndices, strides } = params as SliceParams;
  if (strides.some((s) => s !== 1)) return null;
  const sliceSizes = limitIndices.map((hi, axis) => hi - startIndices[axis]);
  return evaluate(dynamicSliceP, [x, ...starts(startIndices)], { sliceSizes });
};

const padAnywhere: Rule = ([x, value], params, evaluate) => {
  const { paddingConfig } = params as PadParams;
  if (paddingConfig.some(([lo, hi, interior]) => lo < 0 || hi < 0 || interior > 0)) return null;
  const shape = x.shape.map((d, axis) => paddingConfig[axis][0] + d + paddingConfig[axis][1]);
  const [around] = evaluate(broadcastInDimP, [value], { shape, broadcastDimensions: [] });
  return evaluate(dynamicUpdateSliceP, [around, x, ...starts(paddingConfig.map(([lo]) => lo))], {});
};

const rules: readonly (readonly [Primitive, Rule])[] = [
  [sliceP, sliceAnywhere],
  [padP, padAnywhere],
];

/** Programs that were compiled for operands and results of some shapes. Forgotten now and then: it is a matter of speed. */
const counts = new Map<string, number>();
const maxCounts = 4096;

/** The result of an equation without a program yet, if it is one of many that differ in places alone; else null. */
export function evaluateAnywhere(
  primitive: Primitive,
  args: readonly ConcreteArray[],
  params: Params,
  evaluate: Evaluate,
): ConcreteArray[] | null {
  const rule = rules.find(([p]) => p === primitive)?.[1];
  if (rule === undefined) return null;
  const [out] = primitive.abstractEval(
    args.map((a) => a.aval),
    params,
  );
  const key = [primitive.id, ...args.map((a) => a.aval.id), out.id].join();
  const count = counts.get(key) ?? 0;
  if (count >= ownPrograms) return rule(args, params, evaluate);
  if (counts.size >= maxCounts) counts.clear();
  counts.set(key, count + 1);
  return null;
}
