/**
 * @file Types of optimisers: the parameters' tree type survives updates, states know what they hold, wrong calls do not
 * compile. The compiler is the test: nothing here runs.
 */
import { type Array as NDArray, grad, jit, lax, optim } from "../../src/index.ts";
import { expectType } from "./expect-type.ts";

interface Params {
  w: NDArray;
  layers: { b: NDArray }[];
}
declare const params: Params;
declare const x: NDArray;
const loss = (p: Params): NDArray => p.w.sum();

export function updates(): void {
  const tx = optim.adam(0.1, { b1: 0.8 });
  const state = tx.init(params);
  const grads = grad(loss)(params);
  const [changed, next] = tx.update(grads, state, params);
  expectType<NDArray>()(changed.w);
  expectType<NDArray>()(changed.layers[0].b);
  expectType<typeof state>()(next);
  const moved = optim.applyUpdates(params, changed);
  expectType<NDArray>()(moved.layers[0].b);
  // The result is again what the objective takes.
  loss(moved);
  const [scalar] = optim.sgd(0.1).update(x, optim.sgd(0.1).init(x));
  expectType<NDArray>()(scalar);
}

export function loops(): void {
  const tx = optim.chain(optim.clip(1), optim.adam(0.1));
  const step = jit((p: Params, s: ReturnType<typeof tx.init>) => {
    const [u, next] = tx.update(grad(loss)(p), s, p);
    return [optim.applyUpdates(p, u), next] as const;
  });
  const [p] = step(params, tx.init(params));
  expectType<NDArray>()(p.w);
  const [[last]] = lax.scan(
    ([q, s]: [Params, ReturnType<typeof tx.init>]) => {
      const [u, next] = tx.update(grad(loss)(q), s, q);
      return [[optim.applyUpdates(q, u), next], null];
    },
    [params, tx.init(params)],
    null,
    3,
  );
  expectType<NDArray>()(last.layers[0].b);
}

export function states(): void {
  const [, second] = optim.chain(optim.scale(1), optim.trace(0.9)).init(params);
  expectType<unknown>()(second.trace);
  const named = optim.namedChain(["a", optim.scaleByAdam()], ["b", optim.scale(1)]).init(params);
  expectType<NDArray>()(named.a.count);
  const injected = optim.injectHyperparams(optim.adam)(0.1).init(params);
  expectType<NDArray>()(injected.hyperparams.learningRate);
  expectType<NDArray>()(new optim.MultiSteps(optim.sgd(0.1), 2).init(params).miniStep);
}

export function arguments_(): void {
  optim.adam((count) => count);
  optim.adamw(0.1, { mask: { w: true, layers: false } });
  optim.lbfgs({ memorySize: 5, linesearch: optim.scaleByBacktrackingLinesearch(10) });
  // @ts-expect-error an option that does not exist
  optim.adam(0.1, { beta1: 0.9 });
  // @ts-expect-error a learning rate that is no number
  optim.sgd("fast");
  // @ts-expect-error a flag that is no boolean
  optim.sgd(0.1, { nesterov: 1 });
  // @ts-expect-error a mode that does not exist
  optim.scaleByLion({ mode: "soft" });
  // @ts-expect-error not an array
  optim.l2Loss("x");
}
