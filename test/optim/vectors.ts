/**
 * @file The results of optax in vectors.json, decoded, and the optimisers they are of.
 *
 * make-vectors.py wrote them: trajectories on one problem, schedules at the first steps, losses and projections with the
 * gradient of the sum of sines of their results.
 */
import { readJson } from "../util/files.ts";
import { type Array as NDArray, numpy as np, optim as o, tree } from "../../src/index.ts";

interface Encoded {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly (number | string | boolean)[];
}

/** A call of a function with arrays, its result, and the gradient. */
export interface Case {
  readonly fn: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly out: unknown;
  readonly grad?: unknown;
}

type Named<T> = Readonly<Record<string, T>>;

/** The file. Trees of arrays are decoded. */
export interface Vectors {
  readonly inputs: Named<unknown>;
  readonly optimizers: Named<readonly unknown[]>;
  readonly searches: Named<readonly unknown[]>;
  readonly schedules: Named<{
    readonly args: readonly unknown[];
    readonly kwargs: Named<unknown>;
    readonly out: NDArray;
  }>;
  readonly losses: readonly Case[];
  readonly projections: readonly Case[];
  readonly others: Named<unknown>;
}

const isEncoded = (x: object): x is Encoded => "shape" in x && "dtype" in x && "data" in x;

function decode(x: unknown): unknown {
  if (typeof x !== "object" || x === null) return x;
  if (Array.isArray(x)) return x.map(decode);
  if (!isEncoded(x)) return Object.fromEntries(Object.entries(x).map(([k, v]) => [k, decode(v)]));
  const dtype = { int64: "int32", uint64: "uint32" }[x.dtype] ?? x.dtype;
  const flat = np.array(x.data.map(Number)).reshape(x.shape);
  return flat.astype(dtype as NDArray["dtype"]);
}

export const vectors = decode(await readJson("vectors.json", import.meta.url)) as Vectors;

/** The parameters of the problem. */
export type Params = { readonly b: NDArray; readonly m: NDArray; readonly w: NDArray };
export const { start, target, scale } = vectors.inputs as Named<Params>;

/** The objective of the trajectories. */
export function loss(p: Params): NDArray {
  const part = (x: NDArray, t: NDArray, c: NDArray): NDArray => c.mul(x.sub(t).pow(2)).sum();
  const parts = part(p.b, target.b, scale.b)
    .add(part(p.m, target.m, scale.m))
    .add(part(p.w, target.w, scale.w));
  return parts.add(p.w.sum().mul(0.1).mul(p.b));
}

/** The largest difference of two trees, relative to 1 + the size; infinite where structure, shape or dtype differ. */
export function difference(got: unknown, want: unknown): number {
  const a = tree.leaves(got).map((x) => np.asarray(x as NDArray));
  const b = tree.leaves(want).map((x) => np.asarray(x as NDArray));
  if (a.length !== b.length) return Infinity;
  return a.reduce((most, x, i) => {
    if (x.shape.join() !== b[i].shape.join() || x.dtype !== b[i].dtype) return Infinity;
    const [u, v] = [x, b[i]].map((y) => Array.from(y.astype("float64").dataSync()));
    const apart = u.map((y, j) => (Object.is(y, v[j]) ? 0 : Math.abs(y - v[j]) / (1 + Math.abs(v[j]))));
    return Math.max(most, ...apart.map((d) => (Number.isNaN(d) ? Infinity : d)));
  }, 0);
}

export type Transformation = o.GradientTransformation<unknown>;

const mask = { b: false, m: true, w: true };
const half = (step: unknown): NDArray => np.multiply(0.1, np.power(0.5, step as NDArray));
const decay = (step: unknown): NDArray => np.multiply(0.01, np.add(1, step as NDArray));

/** Optimisers by their names in the file. */
export const optimizers: Named<() => Transformation> = {
  "sgd momentum nesterov": () => o.sgd(0.05, 0.9, true),
  "sgd schedule": () => o.sgd(half),
  adam: () => o.adam(0.1, { epsRoot: 1e-3 }),
  "adam nesterov": () => o.adam(0.1, { nesterov: true }),
  "adam schedule": () => o.adam(half, 0.8, 0.99),
  nadamw: () => o.nadamw(0.1, { weightDecay: 0.05 }),
  "adamw mask schedule": () => o.adamw(half, { weightDecay: decay, mask }),
  amsgrad: () => o.amsgrad(0.1),
  "amsgrad plain": () => o.amsgrad(0.1, { biasCorrectionMu: false, biasCorrectionNu: false }),
  adabelief: () => o.adabelief(0.1),
  "adabelief nesterov": () => o.adabelief(0.1, { nesterov: true }),
  adadelta: () => o.adadelta(0.9, { weightDecay: 0.01 }),
  "adadelta no rate": () => o.adadelta(),
  "adafactor factored": () => o.adafactor(0.1, { minDimSizeToFactor: 2 }),
  "adafactor momentum": () =>
    o.adafactor(0.1, {
      momentum: 0.9,
      weightDecayRate: 0.01,
      multiplyByParameterScale: false,
      clippingThreshold: null,
      dtypeMomentum: "float64",
    }),
  adagrad: () => o.adagrad(0.3, 0),
  adamax: () => o.adamax(0.1, 0.8, 0.9),
  adamaxw: () => o.adamaxw(0.1, { mask }),
  adan: () => o.adan(0.1, { weightDecay: 0.01 }),
  fromage: () => o.fromage(0.1),
  "fromage schedule": () => o.fromage(half),
  lamb: () => o.lamb(0.1, { weightDecay: 0.1 }),
  lars: () => o.lars(0.5, { weightDecay: 0.1, trustCoefficient: 0.1, nesterov: true }),
  "lars masks": () => o.lars(0.5, 0.1, mask, { trustRatioMask: mask, momentum: 0.5 }),
  lion: () => o.lion(0.05),
  nadam: () => o.nadam(0.1),
  noisySgd: () => o.noisySgd(0.05, { key: 3 }),
  novograd: () => o.novograd(0.1, { weightDecay: 0.01 }),
  optimisticAdam: () => o.optimisticAdam(0.1),
  "optimisticAdam optimism": () => o.optimisticAdam(0.1, 0.2, { nesterov: false }),
  optimisticAdamV2: () => o.optimisticAdamV2(half, { alpha: 0.9, beta: 0.8 }),
  optimisticGradientDescent: () => o.optimisticGradientDescent(0.05, 0.8, 0.7),
  radam: () => o.radam(0.1),
  "radam threshold": () => o.radam(0.1, { b2: 0.9, threshold: 2, nesterov: true }),
  rmsprop: () => o.rmsprop(0.05, { initialScale: 1, momentum: 0.9, nesterov: true }),
  "rmsprop centered": () => o.rmsprop(0.05, { centered: true, epsInSqrt: false, initialScale: 1 }),
  "rmsprop biasCorrection": () => o.rmsprop(0.05, { biasCorrection: true, epsInSqrt: false }),
  rprop: () => o.rprop(0.05),
  signSgd: () => o.signSgd(0.05),
  signum: () => o.signum(0.05),
  yogi: () => o.yogi(0.1),
  applyEvery: () => o.chain(o.applyEvery(3), o.sgd(0.1)),
  ema: () => o.chain(o.ema(0.7), o.scale(-0.1)),
  "ema biased": () => o.chain(o.ema(0.7, { debias: false }), o.scale(-0.1)),
  centralize: () => o.chain(o.centralize(), o.sgd(0.1)),
  clipByBlockRms: () => o.chain(o.clipByBlockRms(0.3), o.sgd(0.1)),
  clipByGlobalNorm: () => o.chain(o.clipByGlobalNorm(0.5), o.sgd(0.1)),
  adaptiveGradClip: () => o.chain(o.adaptiveGradClip(0.2), o.sgd(0.1)),
  "adaptiveGradClip axis": () => o.chain(o.masked(o.adaptiveGradClip(0.2, { axis: -1 }), mask), o.sgd(0.1)),
  keepParamsNonnegative: () => o.chain(o.sgd(0.4), o.keepParamsNonnegative()),
  scaleByParamBlockNorm: () => o.chain(o.scaleByParamBlockNorm(), o.sgd(0.05)),
  scaleByParamBlockRms: () => o.chain(o.scaleByParamBlockRms(), o.sgd(0.05)),
  "scaleByLion smooth": () => o.chain(o.scaleByLion({ mode: "smooth", smoothBeta: 2 }), o.scale(-0.1)),
  "scaleByLion refined": () => o.chain(o.scaleByLion({ mode: "refined" }), o.scale(-0.1)),
  scaleByTrustRatio: () => o.chain(o.scaleByTrustRatio(0.1, 0.5, 0.01), o.scale(-0.1)),
  scaleByNovograd: () => o.chain(o.scaleByNovograd({ epsRoot: 0.1 }), o.scale(-0.1)),
  scaleByDistanceOverGradients: () =>
    o.chain(
      o.masked(o.scaleByDistanceOverGradients({ repsRel: 1e-2, paramDtype: "float64" }), mask),
      o.scale(-0.1),
    ),
  normalizeByUpdateNorm: () => o.chain(o.normalizeByUpdateNorm(0.5), o.scale(-0.1)),
  masked: () => o.masked(o.sgd(0.1, 0.9), mask),
  partition: () => o.partition({ a: o.adam(0.1), z: o.sgd(0.01) }, { b: "a", m: "z", w: "a" }),
  selectiveTransform: () => o.selectiveTransform(o.sgd(0.1), { freezeMask: mask }),
  flatten: () => o.flatten(o.chain(o.clipByBlockRms(0.5), o.adam(0.1))),
  namedChain: () => o.namedChain(["first", o.trace(0.9)], ["second", o.scale(-0.05)]),
  injectHyperparams: () => o.injectHyperparams(o.adam)(half, { b1: 0.8 }),
  "injectHyperparams momentum": () =>
    o.injectHyperparams((h: { rate: number; momentum: o.ScalarOrSchedule }) =>
      o.sgd({ learningRate: h.rate, momentum: h.momentum as NDArray }),
    )({ rate: 0.05, momentum: (s) => np.divide(0.9, np.add(s, 1)) }),
  conditionallyTransform: () =>
    o.chain(
      o.conditionallyTransform(o.scale(0.1), (s) => np.less(s, 2)),
      o.scale(-0.1),
    ),
  conditionallyMask: () =>
    o.chain(
      o.conditionallyMask(o.scale(1), (s) => np.equal(np.mod(s, 2), 0)),
      o.scale(-0.1),
    ),
  MultiSteps: () => new o.MultiSteps(o.adam(0.1), 3, { accumulatorDtype: "float64" }),
  "MultiSteps sum schedule": () =>
    new o.MultiSteps(o.sgd(0.1), (s) => np.where(np.less(s, 1), 1, 2), {
      useGradMean: false,
      accumulatorDtype: null,
    }),
  "multiplied schedules": () =>
    o.chain(
      o.scaleBySchedule((s) => np.divide(1, np.asarray(s).astype("float64").add(1))),
      o.scaleByLearningRate(0.1),
    ),
};

/** Those whose update needs the objective. */
export const searches: Named<() => Transformation> = {
  polyakSgd: () => o.polyakSgd(0.3),
  "polyakSgd sps+": () => o.polyakSgd({ fMin: 20, variant: "sps+", eps: 0.1, scaling: 0.5 }),
  lbfgs: () => o.lbfgs(),
  "lbfgs no search": () => o.lbfgs(0.1, { memorySize: 3, scaleInitPrecond: false, linesearch: null }),
  "lbfgs backtracking": () => o.lbfgs({ memorySize: 2, linesearch: o.scaleByBacktrackingLinesearch(10) }),
  backtracking: () => o.chain(o.sgd(1), o.scaleByBacktrackingLinesearch(15, { storeGrad: true })),
  "backtracking options": () =>
    o.chain(
      o.sgd(3),
      o.scaleByBacktrackingLinesearch(20, { slopeRtol: 0.3, decreaseFactor: 0.5, increaseFactor: 1.2 }),
    ),
  zoom: () => o.chain(o.sgd(1), o.scaleByZoomLinesearch(15)),
  "zoom steep": () =>
    o.chain(o.sgd(5), o.scaleByZoomLinesearch(20, { curvRtol: 0.05, initialGuessStrategy: "one" })),
  "zoom limit": () =>
    o.chain(o.sgd(0.01), o.scaleByZoomLinesearch(20, { maxLearningRate: 3, approxDecRtol: null })),
};
