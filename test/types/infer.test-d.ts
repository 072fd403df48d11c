/** @file Types of inference: draws have the structure of the start, with arrays for leaves. The compiler is the test. */
import * as infer from "../../src/infer/index.ts";
import type { AmortisedFit, Samples, VariationalFit } from "../../src/infer/index.ts";
import { type NDArray, numpy as np, optim, random } from "../../src/index.ts";
import { expectType } from "./expect-type.ts";

const key = random.key(0);
type P = { mu: NDArray; parts: NDArray[]; deep: { tau: NDArray } };
const logDensity = (p: P): NDArray => p.mu.add(p.deep.tau);
const initial = { mu: 0, parts: [np.zeros([2])], deep: { tau: 1 } };

const samples = infer.nuts(key, logDensity, initial, { constraints: { deep: { tau: infer.positive() } } });
expectType<NDArray>()(samples.draws.mu);
expectType<NDArray>()(samples.draws.deep.tau);
expectType<NDArray>()(samples.statistics.diverging);

// with progress there is a promise
const later = infer.hmc(key, logDensity, initial, { progress: ({ done }) => done.toFixed() });
expectType<Promise<Samples<(typeof samples)["draws"]>>>()(later);

// parameters of the density are those of the start
infer.mala(key, (p) => p.x.sum(), { x: np.zeros([3]) });
expectType<Samples<NDArray>>()(infer.metropolis(key, (x) => x.neg(), 0));
// @ts-expect-error there is no such parameter
void infer.nuts(key, (p: { y: NDArray }) => p.y, { x: 0 });
// @ts-expect-error an option of nuts
void infer.hmc(key, (p) => p.x, { x: 0 }, { maxDepth: 3 });

const fit = infer.fitVariational(key, (p) => p.x, { x: 0 }, { optimizer: optim.adam(0.1) });
expectType<VariationalFit<{ x: NDArray }>>()(fit);
expectType<NDArray>()(fit.sample(key, 3).x);

const amortised = infer.fitAmortised(
  key,
  (z, x) => z.sum().add(x),
  (w, x) => ({ location: w.a.mul(x), logScale: w.a }),
  { weights: { a: np.zeros([1]) }, model: null },
  np.zeros([4]),
);
expectType<AmortisedFit<{ a: NDArray }, null>>()(amortised);

expectType<{ mu: NDArray; tau: NDArray }>()(infer.rhat({ mu: np.zeros([4, 9]), tau: np.zeros([4, 9]) }));
expectType<string>()(infer.tracePlot(samples));
