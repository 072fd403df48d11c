/** @file How most optimisers are declared: the learning rate, and the parameters of the transformation that it scales. */
import type { ArrayLike } from "../../core/array.ts";
import type { DType } from "../../dtypes/dtype.ts";
import { type Declared, define } from "../../arguments/declare.ts";
import {
  type AnyParam,
  type ScalarOrSchedule,
  type Values,
  rate,
  value,
} from "../../arguments/parameters.ts";
import { type DecayState, type TraceState, addDecayedWeights, trace } from "../gradients/accumulation.ts";
import { type EmptyState, type GradientTransformation, type OfParams, identity } from "../gradients/base.ts";
import { chain } from "../gradients/combining.ts";
import type { MaskOrFn } from "../gradients/masking.ts";
import { type RateState, scaleByLearningRate } from "../gradients/scaling.ts";

export const learning = rate("learningRate");
const weightDecayParam = (initial: number) => rate("weightDecay", initial);
/** Where to decay. */
export const mask = value<MaskOrFn | null>()("mask", null);

/** A learning rate that may be left out: the updates are not scaled then. */
export const mayLearn = value<ScalarOrSchedule | null>()("learningRate", null);
/** A number that may be left out. */
export const maybe = value<ArrayLike | null>();
/** A mask, or none. */
export const maskOr = value<MaskOrFn | null>();

/** Momentum, if asked for. */
export const momentumOr = (
  decay: ArrayLike | null,
  nesterov: boolean,
  accumulatorDtype: DType | null = null,
): GradientTransformation<TraceState<OfParams> | EmptyState> =>
  decay === null ? identity() : trace({ decay, nesterov, accumulatorDtype });

type WeightDecay = ReturnType<typeof weightDecayParam>;

type Params = readonly AnyParam[];
type Inner<Ps extends Params, Ks extends Params, S> = (
  values: Values<[...Ps, ...Ks]>,
) => GradientTransformation<S>;

/** An optimiser: a transformation with parameters `positional` and `byName`, and the learning rate. */
export function rated<const Ps extends Params, const Ks extends Params, S>(
  name: string,
  positional: Ps,
  byName: Ks,
  inner: Inner<Ps, Ks, S>,
): Declared<[], [typeof learning, ...Ps], Ks, GradientTransformation<[S, RateState]>> {
  const all: [typeof learning, ...Ps] = [learning, ...positional];
  return define(name, all, byName, (values) => {
    const { learningRate, ...o } = values as Values<[typeof learning]>;
    return chain(inner(o as unknown as Values<[...Ps, ...Ks]>), scaleByLearningRate(learningRate));
  });
}

/** As `rated`, with weight decay that is not adapted: by a rate (`decay` if not given), where a mask says so. */
export function decayed<const Ps extends Params, const Ks extends Params, S>(
  name: string,
  positional: Ps,
  decay: number,
  byName: Ks,
  inner: Inner<Ps, Ks, S>,
): Declared<
  [],
  [typeof learning, ...Ps, WeightDecay, typeof mask],
  Ks,
  GradientTransformation<[S, DecayState, RateState]>
> {
  const all: [typeof learning, ...Ps, WeightDecay, typeof mask] = [
    learning,
    ...positional,
    weightDecayParam(decay),
    mask,
  ];
  return define(name, all, byName, (values) => {
    const {
      learningRate,
      weightDecay,
      mask: where,
      ...o
    } = values as Values<[typeof learning, WeightDecay, typeof mask]>;
    return chain(
      inner(o as unknown as Values<[...Ps, ...Ks]>),
      addDecayedWeights({ weightDecay, mask: where }),
      scaleByLearningRate(learningRate),
    );
  });
}
