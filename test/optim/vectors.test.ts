/** @file Optimisers, schedules, losses and projections against optax's own results, eager and compiled. */
import { describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  grad,
  jit,
  numpy as np,
  optim as o,
  random,
  tree,
  valueAndGrad,
} from "../../src/index.ts";
import {
  type Case,
  type Params,
  type Transformation,
  difference,
  loss,
  optimizers,
  searches,
  start,
  target,
  vectors,
} from "./vectors.ts";

type Any = o.GradientTransformation<unknown>;
type Step = (params: Params, state: unknown) => [Params, unknown];
type Fn = (...args: unknown[]) => unknown;

/** The parameters after 1, 2, 3 and 7 steps. */
function trajectory(tx: Any, compiled: boolean, extra: boolean): unknown[] {
  const both = valueAndGrad(loss);
  const step: Step = (params, state) => {
    const [value, g] = both(params);
    const more = extra ? { value, grad: g, valueFn: loss } : {};
    const [updates, next] = tx.update(g, state, params, more);
    return [o.applyUpdates(params, updates), next];
  };
  const run = compiled ? (jit(step) as unknown as Step) : step;
  let [params, state]: [Params, unknown] = [start, tx.init(start)];
  const visited: Params[] = [];
  for (let i = 1; i <= 7; i++) {
    [params, state] = run(params, state);
    if ([1, 2, 3, 7].includes(i)) visited.push(params);
  }
  return visited;
}

const asAny = (tx: Transformation): Any => tx;
const modes = [
  ["eager", false],
  ["jit", true],
] as const;

describe.each(modes)("%s", (_, compiled) => {
  it("every trajectory in the file is tested", () => {
    expect(Object.keys(optimizers).sort()).toEqual(Object.keys(vectors.optimizers).sort());
    expect(Object.keys(searches).sort()).toEqual(Object.keys(vectors.searches).sort());
  });

  it.each(Object.keys(optimizers))("trajectory of %s", (name) => {
    const got = trajectory(asAny(optimizers[name]()), compiled, false);
    // Adafactor's decay is float32, whose power differs in the last bit.
    expect(difference(got, vectors.optimizers[name])).toBeLessThan(
      name.startsWith("adafactor") ? 1e-7 : 1e-12,
    );
  });

  it.each(Object.keys(searches))("trajectory of %s", (name) => {
    const got = trajectory(asAny(searches[name]()), compiled, true);
    expect(difference(got, vectors.searches[name])).toBeLessThan(1e-9);
  });
});

const camel = (name: string): string => name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
const options = (kwargs: Readonly<Record<string, unknown>>): unknown[] =>
  Object.keys(kwargs).length === 0
    ? []
    : [Object.fromEntries(Object.entries(kwargs).map(([k, v]) => [camel(k), v]))];

/** Those in which optax divides integers, to float32. */
const single = /piecewiseInterpolate|Onecycle/;

describe("schedules", () => {
  it.each(Object.keys(vectors.schedules))("%s", (name) => {
    const { args, kwargs, out } = vectors.schedules[name];
    const make = (o.schedules as unknown as Record<string, Fn>)[name.replace("#", "")];
    const schedule = make(...args, ...options(kwargs)) as o.Schedule;
    const steps = Array.from({ length: 14 }, (_, i) => i);
    const bound = single.test(name) ? 1e-7 : 1e-13;
    expect(difference(np.stack(steps.map((s) => np.asarray(schedule(s)))), out)).toBeLessThan(bound);
    const counts = np.arange(14, { dtype: "int32" });
    const traced = steps.map((_, i) => jit((c: NDArray) => np.asarray(schedule(c)))(counts.slice(i)));
    expect(difference(np.stack(traced), out)).toBeLessThan(bound);
  });
});

/** The result, and the gradient of the sum of sines of the result, with respect to the first argument. */
function check(space: object, { fn, args, kwargs, out, grad: slope }: Case): void {
  const f = (space as Record<string, Fn>)[fn];
  const call = (x: unknown): unknown => f(x, ...args.slice(1), ...options(kwargs));
  const total = (x: unknown): NDArray =>
    tree.leaves(call(x)).reduce<NDArray>((sum, y) => sum.add(np.sin(y as NDArray).sum()), np.array(0));
  for (const wrap of [(g: Fn): Fn => g, (g: Fn): Fn => jit(g) as Fn]) {
    expect(difference(wrap(call)(args[0]), out), "value").toBeLessThan(1e-12);
    // The unit in the last place of CTC's logarithms of nothing, −10⁵, is 1.5e-11.
    const bound = fn.startsWith("ctc") ? 1.5e-11 : 1e-12;
    if (slope !== undefined)
      expect(difference(wrap(grad(total) as Fn)(args[0]), slope), "gradient").toBeLessThan(bound);
  }
}

describe("losses", () => {
  it.each(vectors.losses.map((c, i) => [`${c.fn} ${i}`, c] as const))("%s", (_, c) => {
    check(o.losses, c);
  });
});

describe("projections", () => {
  it.each(vectors.projections.map((c, i) => [`${c.fn} ${i}`, c] as const))("%s", (_, c) => {
    check(o.projections, c);
  });
});

const input = vectors.inputs as Record<string, NDArray>;
const trees = vectors.inputs as Record<string, { a: NDArray; c: NDArray }>;
const key = random.key(5);

/** The updates that a transformation makes of a list of updates. */
function onUpdates(tx: Transformation, updates: readonly unknown[]): unknown[] {
  const any = asAny(tx);
  let state = any.init(start);
  return updates.map((u) => {
    const [changed, next] = any.update(u, state, start);
    state = next;
    return changed;
  });
}

function lookahead(tx: o.LookaheadTransformation<unknown>): unknown[] {
  let params: o.LookaheadParams<Params> = o.lookaheadParams(start);
  let state = tx.init(params);
  const visited: unknown[] = [];
  for (let i = 1; i <= 7; i++) {
    const [updates, next] = tx.update(grad(loss)(params.fast), state, params);
    params = o.applyUpdates(params, updates);
    state = next;
    if ([1, 2, 3, 7].includes(i)) visited.push(params);
  }
  return visited;
}

function sm3(): unknown[] {
  const f = (p: Omit<Params, "b">): NDArray => loss({ ...p, b: np.array(0.5) });
  const tx = o.sm3(0.2);
  let params: Omit<Params, "b"> = { m: start.m, w: start.w };
  let state = tx.init(params);
  return Array.from({ length: 5 }, () => {
    const [updates, next] = tx.update(grad(f)(params), state, params);
    state = next;
    return (params = o.applyUpdates(params, updates));
  });
}

const nan = tree.map((x) => x.mul(NaN), start);
const relu = (x: NDArray): NDArray => np.where(x.greater(0), 1, 0).mul(x);
const perturbed = (options = {}): ((k: random.KeyLike, x: NDArray) => NDArray) =>
  o.perturbations.makePerturbedFun(relu, { numSamples: 20, sigma: 0.3, ...options });

const others: Readonly<Record<string, () => unknown>> = {
  applyIfFinite: () => onUpdates(o.applyIfFinite(o.sgd(0.1, 0.9), 2), [start, nan, start, start]),
  zeroNans: () => onUpdates(o.zeroNans(), [start, { ...start, w: nan.w }]),
  skipNotFinite: () =>
    onUpdates(new o.MultiSteps(o.sgd(0.1), 2, { shouldSkipUpdateFn: o.skipNotFinite }), [
      start,
      nan,
      start,
      start,
    ]),
  addNoise: () => onUpdates(o.addNoise(0.1, 0.5, 11), [input.small, input.small]),
  lookahead: () => lookahead(o.lookahead(o.sgd(0.05, 0.9), 2, 0.4)),
  "lookahead reset": () => lookahead(o.lookahead(o.sgd(0.05, 0.9), 3, 0.4, { resetState: true })),
  sm3,
  sgdrSchedule: () => {
    const schedule = o.sgdrSchedule([
      { initValue: 0.1, peakValue: 1, warmupSteps: 2, decaySteps: 5 },
      { initValue: 0.2, peakValue: 0.8, warmupSteps: 1, decaySteps: 6 },
    ]);
    return np.stack(Array.from({ length: 14 }, (_, i) => np.asarray(schedule(i))));
  },
  nnls: () => o.nnls(input.A, input.rhs, 60),
  powerIteration: () => o.powerIteration(np.matmul(input.A.T, input.A), { v0: np.ones([3]) }),
  "powerIteration key": () => o.powerIteration(np.matmul(input.A.T, input.A)),
  inverseRoot: () => o.matrixInversePthRoot(np.matmul(input.A.T, input.A).astype("float32"), 4),
  safeNorm: () => [
    o.safeNorm(input.x4, 10),
    o.safeNorm(input.x4, 0.1, { ord: 1 }),
    grad((x: NDArray) => o.safeNorm(x, 0.1))(input.x4),
  ],
  safeRms: () => [
    o.safeRootMeanSquares(input.x4, 0.1),
    grad((x: NDArray) => o.safeRootMeanSquares(x, 10))(input.x4),
  ],
  incrementalUpdate: () => o.incrementalUpdate(start, target, 0.3),
  periodicUpdate: () => [4, 5].map((n) => o.periodicUpdate(start, target, n, 2)),
  perExampleGlobalNormClip: () => o.perExampleGlobalNormClip(trees.examples, 1.5),
  perExampleLayerNormClip: () => o.perExampleLayerNormClip(trees.examples, 1.5),
  "perExampleLayerNormClip sizes": () => o.perExampleLayerNormClip(trees.examples, 1.5, false),
  microbatch: () => {
    const x = trees.examples.a;
    const sums = (y: NDArray): unknown => ({ s: y.sum(0), p: y.pow(2).sum() });
    return [
      o.microbatch(sums, 0, 2)(x),
      o.microbatch((y: NDArray) => y.mul(2), 0, 2, "concat")(x),
      o.microbatch((y: NDArray) => y.mean(0), 0, 2, "runningMean")(x),
    ];
  },
  multiNormal: () => {
    const normal = o.multiNormal(input.x4, input.y4);
    return [normal.logProb(np.full([4], 0.3)), normal.sample([2], key)];
  },
  perturbed: () => [
    perturbed()(key, input.x4),
    grad((x: NDArray) => perturbed()(key, x).sum())(input.x4),
    perturbed({ noise: new o.perturbations.Normal(), useBaseline: false })(key, input.x4),
  ],
  treeNorm: () => [
    o.treeUtils.treeNorm(trees.tree),
    o.treeUtils.treeNorm(trees.tree, 1),
    o.tree.norm(trees.tree, "inf", true),
  ],
  treeRandomLike: () => o.treeUtils.treeRandomLike(key, trees.tree),
  treeVdot: () => [
    o.treeUtils.treeVdot(trees.tree, trees.normal),
    o.treeUtils.treeSum(trees.tree),
    o.treeUtils.treeMax(trees.tree),
    o.tree.min(trees.tree),
  ],
};

/** Iterations in float32, and those that stop at an error, agree less closely. */
const tolerances: Readonly<Record<string, number>> = {
  inverseRoot: 2e-3,
  powerIteration: 1e-6,
  "powerIteration key": 1e-5,
};

describe("others", () => {
  it.each(Object.keys(vectors.others))("%s", (name) => {
    expect(difference(others[name](), vectors.others[name])).toBeLessThan(tolerances[name] ?? 1e-12);
  });
});
