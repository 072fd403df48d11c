/**
 * @file Every optimiser goes down, inside `lax.scan` under `jit` and `vmap` over learning rates; derivatives through unrolled
 * optimisation; states that are trees of arrays.
 */
import { describe, expect, it } from "vitest";
import {
  type Array as NDArray,
  grad,
  jit,
  lax,
  numpy as np,
  optim as o,
  tree,
  valueAndGrad,
  vmap,
} from "../../src/index.ts";

interface Params {
  readonly x: NDArray;
  readonly y: NDArray;
}

const quadratic = ({ x, y }: Params): NDArray => x.sub(1).pow(2).mul(3).sum().add(y.pow(2).mul(0.5).sum());
const rosenbrock = ({ x, y }: Params): NDArray => {
  const valley = y.slice(0, 0).sub(x.slice(0).pow(2)).pow(2).mul(10);
  const slope = x.slice(0).sub(1).pow(2);
  return valley
    .add(slope)
    .add(x.slice(1).pow(2))
    .add(y.slice([], [1]).pow(2).sum());
};
const objectives = { quadratic, rosenbrock };
const start: Params = {
  x: np.array([-1.2, 0.8]),
  y: np
    .array([
      [1, -0.5, 0.3],
      [0.4, -0.6, 0.9],
    ])
    .slice([0, 1]),
};

type Make = (rate: NDArray) => o.GradientTransformation<unknown>;

/** The optimisers with a learning rate for the problems above. */
const optimizers: Readonly<Record<string, readonly [rate: number, make: Make]>> = {
  sgd: [0.01, (r) => o.sgd(r)],
  momentum: [0.005, (r) => o.sgd(r, 0.8)],
  nesterov: [0.005, (r) => o.sgd(r, { momentum: 0.8, nesterov: true })],
  signSgd: [0.01, (r) => o.signSgd(r)],
  signum: [0.01, (r) => o.signum(r)],
  noisySgd: [0.005, (r) => o.noisySgd(r, { eta: 1e-4, key: 1 })],
  optimisticGradientDescent: [0.005, (r) => o.optimisticGradientDescent(r)],
  adam: [0.05, (r) => o.adam(r)],
  nadam: [0.05, (r) => o.nadam(r)],
  adamw: [0.05, (r) => o.adamw(r)],
  nadamw: [0.05, (r) => o.nadamw(r)],
  adamax: [0.05, (r) => o.adamax(r)],
  adamaxw: [0.05, (r) => o.adamaxw(r)],
  amsgrad: [0.05, (r) => o.amsgrad(r)],
  adabelief: [0.05, (r) => o.adabelief(r)],
  adan: [0.05, (r) => o.adan(r)],
  adagrad: [0.2, (r) => o.adagrad(r)],
  adadelta: [1, (r) => o.adadelta(r, { eps: 1e-3 })],
  adafactor: [0.05, (r) => o.adafactor(r, { minDimSizeToFactor: 1 })],
  rmsprop: [0.02, (r) => o.rmsprop(r)],
  "rmsprop centered": [0.01, (r) => o.rmsprop(r, { centered: true, momentum: 0.5 })],
  rprop: [0.01, (r) => o.rprop(r)],
  radam: [0.05, (r) => o.radam(r)],
  yogi: [0.05, (r) => o.yogi(r)],
  lion: [0.01, (r) => o.lion(r)],
  lamb: [0.01, (r) => o.lamb(r)],
  lars: [0.5, (r) => o.lars(r, { trustCoefficient: 0.01 })],
  novograd: [0.01, (r) => o.novograd(r)],
  fromage: [0.01, (r) => o.fromage(r)],
  sm3: [0.1, (r) => o.sm3(r)],
  optimisticAdam: [0.05, (r) => o.optimisticAdamV2(r)],
  polyakSgd: [1, (r) => o.polyakSgd(r, { scaling: 0.5 })],
  lbfgs: [0.2, (r) => o.lbfgs(r, { linesearch: null, memorySize: 4 })],
};

const steps = 60;

/** The objective after some steps of a compiled loop. */
function descend(f: (p: Params) => NDArray, make: Make, rate: NDArray): NDArray {
  const tx = make(rate);
  const both = valueAndGrad(f);
  const step = (carry: readonly [Params, unknown]): readonly [readonly [Params, unknown], null] => {
    const [params, state] = carry;
    const [value, g] = both(params);
    const [updates, next] = tx.update(g, state, params, { value, grad: g, valueFn: f });
    return [[o.applyUpdates(params, updates), next], null];
  };
  const init = [start, tx.init(start)] as const;
  const [[params]] = lax.scan(step, init, null, steps);
  return f(params);
}

describe.each(Object.entries(objectives))("%s", (_, f) => {
  it.each(Object.entries(optimizers))("%s goes down", (_, [rate, make]) => {
    const run = jit((r: NDArray) => descend(f, make, r));
    const rates = np.array([rate, rate / 2]);
    const each = [run(rates.slice(0)), run(rates.slice(1))];
    const before = f(start).item();
    for (const value of each) expect(value.item()).toBeLessThan(0.9 * before);
    const together = jit(vmap((r: NDArray) => descend(f, make, r)))(rates);
    expect(np.allclose(together, np.stack(each), { rtol: 1e-9 }).item()).toBe(true);
  });
});

describe("line searches", () => {
  it.each([
    ["lbfgs", o.lbfgs(), 25, 1e-8],
    ["zoom", o.chain(o.sgd(1), o.scaleByZoomLinesearch(15)), 60, 0.3],
    ["backtracking", o.chain(o.sgd(1), o.scaleByBacktrackingLinesearch(20)), 60, 0.3],
  ] as const)("%s finds the minimum in a compiled loop", (_, tx, count, bound) => {
    const both = valueAndGrad(rosenbrock);
    const step = (_: NDArray, [p, state]: [Params, unknown]): [Params, unknown] => {
      const [value, g] = both(p);
      const [updates, next] = (tx as o.GradientTransformation<unknown>).update(g, state, p, {
        value,
        grad: g,
        valueFn: rosenbrock,
      });
      return [o.applyUpdates(p, updates), next];
    };
    const run = jit((p: Params) =>
      rosenbrock(lax.foriLoop<[Params, unknown]>(0, count, step, [p, tx.init(p)])[0]),
    );
    expect(run(start).item()).toBeLessThan(bound);
  });

  it("leave the value and gradient in the state, where valueAndGradFromState finds them", () => {
    const f = (x: NDArray): NDArray => x.pow(2).sum();
    const tx = o.chain(o.sgd(0.4), o.scaleByBacktrackingLinesearch(15, { storeGrad: true }));
    const both = o.valueAndGradFromState(f);
    let x = np.array([1, 2]);
    let state = tx.init(x);
    for (let i = 0; i < 3; i++) {
      const [value, g] = both(x, { state });
      expect(value.item()).toBeCloseTo(f(x).item(), 12);
      const [updates, next] = tx.update(g as NDArray, state, x, { value, grad: g, valueFn: f });
      x = o.applyUpdates(x, updates);
      state = next;
    }
    expect(f(x).item()).toBeLessThan(1e-2);
  });
});

describe("hypergradients", () => {
  /** The loss after five unrolled steps, as a function of the optimiser's hyperparameters. */
  const after =
    (make: (h: NDArray) => o.GradientTransformation<unknown>) =>
    (h: NDArray): NDArray => {
      const tx = make(h);
      let params = start;
      let state = tx.init(params);
      for (let i = 0; i < 5; i++) {
        const [updates, next] = tx.update(grad(rosenbrock)(params), state, params);
        params = o.applyUpdates(params, updates);
        state = next;
      }
      return rosenbrock(params);
    };

  it.each([
    ["sgd learningRate", 0.01, (h: NDArray) => o.sgd(h, { momentum: 0.9 })],
    ["sgd momentum", 0.7, (h: NDArray) => o.sgd(0.01, { momentum: h })],
    ["adam learningRate", 0.05, (h: NDArray) => o.adam(h, { epsRoot: 1e-6 })],
    ["adam b2", 0.9, (h: NDArray) => o.adam(0.05, { b2: h, epsRoot: 1e-6 })],
    ["radam learningRate", 0.05, (h: NDArray) => o.radam(h, { b2: 0.8, epsRoot: 1e-6 })],
    ["adamw weightDecay", 0.1, (h: NDArray) => o.adamw(0.05, { weightDecay: h, epsRoot: 1e-6 })],
    ["lamb learningRate", 0.05, (h: NDArray) => o.lamb(h, { epsRoot: 1e-6 })],
    ["schedule", 0.8, (h: NDArray) => o.sgd((s) => np.multiply(0.01, np.power(h, s)))],
    ["injectHyperparams", 0.01, (h: NDArray) => o.injectHyperparams(o.sgd)(h, { momentum: 0.5 })],
  ] as const)("of %s agree with differences", (_, at, make) => {
    const f = after(make);
    const slope = jit(grad(f))(at).item();
    const eps = 1e-5;
    const value = (h: number): number => f(np.array(h)).item();
    const numeric = (value(at + eps) - value(at - eps)) / (2 * eps);
    expect(Math.abs(slope - numeric)).toBeLessThan(1e-5 * (1 + Math.abs(numeric)));
  });
});

describe("states", () => {
  it("keep float32 parameters float32", () => {
    const params = tree.map((x) => x.astype("float32"), start);
    for (const [name, [rate, make]] of Object.entries(optimizers)) {
      const tx = make(np.array(rate, { dtype: "float32" }));
      const state = tx.init(params);
      const extra = { value: quadratic(params), grad: params, valueFn: quadratic };
      const [updates, next] = tx.update(params, state, params, extra);
      const dtypes = (t: unknown): string[] => tree.leaves(t).map((x) => (x as NDArray).dtype);
      expect(dtypes(updates), name).toEqual(["float32", "float32"]);
      expect(dtypes(next), name).toEqual(dtypes(state));
      expect(dtypes(next), name).not.toContain("float64");
    }
  });

  it("of masked parts hold nothing", () => {
    const state = o.masked(o.trace(0.9), { x: true, y: false }).init(start);
    expect(tree.leaves(state)).toHaveLength(1);
  });

  it("hold hyperparameters that can be changed", () => {
    const tx = o.injectHyperparams(o.sgd)(0.1);
    const state = tx.init(start);
    const faster = o.treeUtils.treeSet(state, { learningRate: np.array(1) });
    const [updates] = tx.update(start, faster, start);
    expect(updates.x.js()).toEqual([1.2, -0.8]);
  });

  it("are mapped where they have the parameters' structure", () => {
    const tx = o.adam(0.1);
    const state = tx.init(start);
    const doubled = o.treeMapParams(tx, (m: NDArray, p: NDArray) => m.add(p), state, [start], {
      transformNonParams: (x) => (x as NDArray).add(7),
    });
    expect(o.treeUtils.treeGet<NDArray>(doubled, "count").item()).toBe(7);
    expect(o.treeUtils.treeGet<Params>(doubled, "mu").x.js()).toEqual([-1.2, 0.8]);
  });

  it("hold measurements", () => {
    const norm = (u: unknown): NDArray => o.globalNorm(u);
    const tx = o.chain(
      o.snapshot("before", norm),
      o.clip(0.1),
      o.monitor({ after: norm, mean: o.measureWithEma(norm, 0.5) }),
    );
    const run = jit(tx.update.bind(tx)) as unknown as typeof tx.update;
    let state = tx.init(start);
    [, state] = run(start, state);
    [, state] = run(start, state);
    const get = (name: string): unknown => o.treeUtils.treeGet<NDArray>(state, name).item();
    expect(get("before")).toBeCloseTo(o.globalNorm(start).item(), 12);
    expect(get("after")).toBeCloseTo(0.1 * Math.sqrt(5), 12);
    expect(get("mean")).toBeCloseTo(0.1 * Math.sqrt(5), 12);
  });
});

describe("errors say what to do", () => {
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["unknown option", () => o.adam(0.1, { beta1: 0.9 } as never), /adam: unknown option 'beta1'/],
    [
      "missing learning rate",
      () => (o.adam as () => unknown)(),
      /adam: the argument 'learningRate' is missing/,
    ],
    [
      "wrong kind",
      () => o.sgd("fast" as never),
      /sgd: 'learningRate' must be a number, an array, or a schedule/,
    ],
    ["given twice", () => o.adam(0.1, 0.9, { b1: 0.8 }), /'b1' is given by position and in the options/],
    [
      "parameters missing",
      () => o.adamw(0.1).update(start, o.adamw(0.1).init(start)),
      /update\(grads, state, params\)/,
    ],
    ["state of another", () => o.adam(0.1).update(start, [] as never), /expected the states of 2/],
    [
      "value missing",
      () => o.polyakSgd().update(start, o.polyakSgd().init(start), start),
      /the value of the objective/,
    ],
    [
      "objective missing",
      () => o.lbfgs().update(start, o.lbfgs().init(start), start),
      /needs value, grad, valueFn/,
    ],
    [
      "label without transformation",
      () => o.partition({ a: o.sgd(1) }, { x: "a", y: "z" }).init(start),
      /the label "z"/,
    ],
    ["mask of numbers", () => o.masked(o.sgd(1), { x: 1, y: true } as never).init(start), /tree of booleans/],
    ["integer logits", () => o.softmaxCrossEntropy(np.array([1], { dtype: "int32" }), 1), /expected floats/],
    ["negative factor", () => o.piecewiseConstantSchedule(1, { 3: -1 }), /at least 0/],
    [
      "several entries",
      () => o.treeUtils.treeGet([{ a: 1 }, { a: 2 }], "a"),
      /several 'a': \[0\]\.a, \[1\]\.a/,
    ],
    ["chain of boundaries", () => o.joinSchedules([o.constantSchedule(1)], [3]), /need 0 boundaries/],
  ];
  it.each(cases)("%s", (_, run, message) => {
    expect(run).toThrow(message);
  });
});
