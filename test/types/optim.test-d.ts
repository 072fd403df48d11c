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
  const step = jit((p: Params, s: optim.StateOf<typeof tx, Params>) => {
    const [u, next] = tx.update(grad(loss)(p), s, p);
    return [optim.applyUpdates(p, u), next] as const;
  });
  const [p] = step(params, tx.init(params));
  expectType<NDArray>()(p.w);
  const [[last]] = lax.scan(
    ([q, s]: [Params, optim.StateOf<typeof tx, Params>]) => {
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
  expectType<NDArray>()(second.trace.layers[0].b);
  const [[adam]] = [optim.adam(0.1).init(params)];
  expectType<optim.AdamState<Params>>()(adam);
  expectType<NDArray>()(optim.adam(0.1).init(1)[0].mu);
  const named = optim.namedChain(["a", optim.scaleByAdam()], ["b", optim.scale(1)]).init(params);
  expectType<NDArray>()(named.a.count);
  expectType<NDArray>()(named.a.nu.w);
  const injected = optim.injectHyperparams(optim.adam)(0.1).init(params);
  expectType<NDArray>()(injected.hyperparams.learningRate);
  expectType<NDArray>()(injected.innerState[0].mu.w);
  const steps = new optim.MultiSteps(optim.adam(0.1), 2).init(params);
  expectType<NDArray>()(steps.miniStep);
  expectType<NDArray>()(steps.accGrads.w);
  expectType<NDArray>()(steps.innerOptState[0].mu.w);
  expectType<NDArray>()(optim.adafactor(0.1).init(params)[0].vRow.w);
  expectType<NDArray>()(optim.flatten(optim.adam(0.1)).init(params)[0].mu);
  expectType<NDArray>()(
    optim.lookahead(optim.adam(0.1), 2, 0.5).init(optim.lookaheadParams(params)).fastState[0].mu.w,
  );
  expectType<NDArray>()(optim.applyIfFinite(optim.adam(0.1), 3).init(params).innerState[0].mu.w);
}

/** What a mask leaves out is null. */
export function parts(): void {
  const state = optim.masked(optim.trace(0.9), { w: true, layers: false }).init(params);
  const { trace } = state.innerState;
  expectType<NDArray | null | undefined>()(trace?.w);
  const labels = { w: "a", layers: "b" };
  const divided = optim.partition({ a: optim.adam(0.1), b: optim.scale(1) }, labels).init(params);
  expectType<NDArray | null | undefined>()(divided.innerStates.a.innerState[0].mu?.w);
  // @ts-expect-error a label that is none
  expectType<unknown>()(divided.innerStates.c);
}

/** The next state has the type of the last, for parameters of any type too. */
export function next<P>(start: P, given: P): unknown {
  const tx = optim.chain(optim.clip(1), optim.adam(0.1));
  let state = tx.init(start);
  [, state] = tx.update(given, state);
  // @ts-expect-error the state of another transformation
  optim.sgd(0.1, { momentum: 0.9 }).update(x, optim.adam(0.1).init(x));
  return state;
}

type Mean = { readonly count: NDArray; readonly mean: optim.OfParams };

/** Transformations as arguments, and of the user. */
export function own<S>(
  tx: optim.GradientTransformation<S>,
  anything: optim.GradientTransformation<unknown>,
): unknown {
  let state = tx.init(params);
  [, state] = tx.update(params, state, params);
  anything = optim.adam(0.1);
  own(optim.adam(0.1), anything);
  const mine = x as unknown as optim.GradientTransformation<Mean>;
  expectType<NDArray>()(mine.init(params).mean.w);
  const [, [, last]] = optim
    .chain(optim.clip(1), mine)
    .update(params, optim.chain(optim.clip(1), mine).init(params));
  expectType<NDArray>()(last.mean.layers[0].b);
  return state;
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
