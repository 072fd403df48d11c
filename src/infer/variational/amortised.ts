/**
 * @file `fitAmortised`: one approximation for each example of a data set, all from one network that reads the example (Kingma,
 * Welling 2014; Gershman, Goodman 2014), and the parameters of the model with them.
 */
import { flattenArrays } from "../../api/flatten.ts";
import { jit } from "../../api/compile/jit.ts";
import { grad } from "../../api/grad.ts";
import { vmap } from "../../api/vmap.ts";
import { checkFunction, checkOneOf, checkWhole, refuseMore, show } from "../../base/checks.ts";
import { ArgumentError, ShapeError, checkOptions } from "../../base/errors.ts";
import type { ArrayLike, NDArray } from "../../core/array.ts";
import type { ArrayTree } from "../../core/tree-types.ts";
import { stopGradient } from "../../lax/identities/stop-gradient.ts";
import { asArray } from "../../lax/operands/convert.ts";
import * as np from "../../numpy/index.ts";
import { Key, type KeyLike, singleKey } from "../../random/key.ts";
import * as random from "../../random/index.ts";
import * as tree from "../../tree/index.ts";
import { floatingTree, scalarOf } from "../samplers/target.ts";
import { othersMean } from "./estimators.ts";
import { families } from "./families.ts";
import { type AnyOptimizer, ascend, checkOptimizer, fallingAdam } from "./ascent.ts";

/** What an encoder gives for an example: a Gaussian with independent coordinates. */
export interface Encoded {
  /** The mean [size]. */
  readonly location: ArrayLike;
  /** The logarithms of the deviations [size]. */
  readonly logScale: ArrayLike;
}

/** Options of `fitAmortised`. */
export interface AmortisedOptions {
  /** Steps of the optimiser; 2000 by default. */
  readonly steps?: number | undefined;
  /** Examples for each step, drawn anew; 32 by default, and no more than there are. */
  readonly batch?: number | undefined;
  /** Draws for each example; 1 by default, for scores 8. */
  readonly samples?: number | undefined;
  /** As of `fitVariational`: through the draws (default), or from their scores, less the mean of the others. */
  readonly gradient?: "reparametrised" | "score" | undefined;
  /** By default Adam, with a rate that falls from 0.01 to 0 along a cosine. */
  readonly optimizer?: AnyOptimizer | undefined;
}

/** What `fitAmortised` gives. */
export interface AmortisedFit<W, M> {
  /** Of the encoder. */
  readonly weights: W;
  /** Of the model. */
  readonly model: M;
  /** The evidence lower bound of an example, as it was estimated in each step [steps]. */
  readonly elbo: NDArray;
}

interface Problem {
  readonly logDensity: (latent: never, example: never, model: never) => ArrayLike;
  readonly encoder: (weights: never, example: never) => Encoded;
  readonly gradient: "reparametrised" | "score";
  readonly samples: number;
}

type Learned = { weights: unknown; model: unknown };

/** The Gaussian of an example. @throws ArgumentError, ShapeError for what an encoder must not give. */
function encode(
  { encoder }: Problem,
  weights: unknown,
  example: unknown,
): { location: NDArray; scale: NDArray } {
  const out: unknown = encoder(weights as never, example as never);
  if (typeof out !== "object" || out === null || !("location" in out) || !("logScale" in out))
    throw new ArgumentError(
      `fitAmortised: the encoder must return { location, logScale }; got ${show(out)}.`,
    );
  const location = asArray(out.location as ArrayLike, "fitAmortised: location");
  const scale = asArray(out.logScale as ArrayLike, "fitAmortised: logScale");
  if (location.ndim === 1 && scale.ndim === 1 && location.size === scale.size) return { location, scale };
  throw new ShapeError(
    `fitAmortised: location and logScale must be vectors of one length; got shapes [${location.shape.join(",")}] and ` +
      `[${scale.shape.join(",")}].`,
  );
}

/** The loss of an example, whose gradient is an estimate of that of its negative bound; and the bound. */
function exampleLoss(o: Problem, learned: Learned, example: unknown, key: Key): [NDArray, NDArray] {
  const p = encode(o, learned.weights, example);
  const noise = random.normal(key, [o.samples, p.location.size], { dtype: p.location.dtype });
  const value = (x: NDArray): NDArray =>
    scalarOf("fitAmortised", o.logDensity(x as never, example as never, learned.model as never));
  if (o.gradient === "reparametrised") {
    const bound = np.add(
      np.mean(vmap(value)(families.meanField.draw(p, noise))),
      families.meanField.entropy(p),
    );
    return [np.negative(bound), bound];
  }
  const xs = stopGradient(families.meanField.draw(stopGradient(p), noise));
  const scores = vmap((x: NDArray) => families.meanField.logDensity(p, x))(xs);
  // The model's own gradient is that of the density at the draws.
  const fits = vmap(value)(xs);
  const gains = np.subtract(stopGradient(fits), stopGradient(scores));
  const weights = np.subtract(gains, othersMean(gains));
  return [np.negative(np.mean(np.add(np.multiply(weights, scores), fits))), np.mean(gains)];
}

/** The number of examples along the leading axes. */
function countOf(data: unknown): number {
  const [leaves] = flattenArrays(data, "fitAmortised: data");
  const counts = leaves.map((x) => (x.ndim === 0 ? -1 : x.shape[0]));
  if (counts.length > 0 && counts[0] > 0 && counts.every((n) => n === counts[0])) return counts[0];
  throw new ShapeError(
    `fitAmortised: data must have the examples along the leading axis of all its arrays; got shapes ` +
      `${leaves.map((x) => `[${x.shape.join(",")}]`).join(", ")}.`,
  );
}

function settingsOf(options: AmortisedOptions | undefined, count: number): Required<AmortisedOptions> {
  const what = "fitAmortised";
  checkOptions(what, options, ["steps", "batch", "samples", "gradient", "optimizer"]);
  const { steps = 2000, batch = Math.min(32, count), gradient = "reparametrised" } = options ?? {};
  const { samples = gradient === "score" ? 8 : 1 } = options ?? {};
  checkWhole(what, "steps", steps, 1, 100_000_000);
  checkWhole(what, "batch", batch, 1, count);
  checkOneOf(what, "gradient", gradient, ["reparametrised", "score"]);
  checkWhole(what, "samples", samples, gradient === "score" ? 2 : 1, 1_000_000);
  const optimizer: unknown = options?.optimizer ?? fallingAdam(0.01, steps);
  checkOptimizer(what, optimizer);
  return { steps, batch, samples, gradient, optimizer };
}

/**
 * Fits an encoder: a function of weights and an example that gives the mean and the log deviations of a Gaussian, which
 * approximates the posterior of the example's latent numbers. One fit serves all examples, those to come too. Parameters of
 * the model are learned with it, by the same evidence lower bound: a variational autoencoder is the best known case.
 *
 * @param logDensity log p(latent, example) of a latent vector [size], one example and the model's parameters: one number
 * @param encoder from weights and one example to `{ location, logScale }`, vectors [size]
 * @param initial `{ weights, model }`: where the fit begins; `model` is null where there is nothing to learn
 * @param data a tree of arrays with the examples along the leading axes
 * @throws ShapeError for data without such an axis, and vectors of different lengths; ArgumentError for unknown options
 * @see Kingma, Welling (2014)
 * @example
 * // latent ~ N(0, 1), x ~ N(latent, 1): the posterior is N(x/2, 1/2)
 * const logDensity = (z: Array, x: Array) => np.square(z).sum().add(np.square(x.sub(z)).sum()).div(-2);
 * const encoder = (w: { slope: Array; logScale: Array }, x: Array) => ({
 *   location: w.slope.mul(x).reshape([1]),
 *   logScale: w.logScale.reshape([1]),
 * });
 * const xs = random.normal(random.key(0), [200]).mul(Math.SQRT2);
 * const start = { weights: { slope: 0, logScale: 0 }, model: null };
 * const fit = infer.fitAmortised(random.key(1), logDensity, encoder, start, xs, { steps: 1000 });
 * fit.weights.slope.item(); // ≈ 0.5 within 0.05
 */
export function fitAmortised<const W, const D, const M = null>(
  key: KeyLike,
  logDensity: (latent: NDArray, example: NoInfer<ArrayTree<D>>, model: NoInfer<ArrayTree<M>>) => ArrayLike,
  encoder: (weights: NoInfer<ArrayTree<W>>, example: NoInfer<ArrayTree<D>>) => Encoded,
  initial: { readonly weights: W; readonly model: M },
  data: D,
  options?: AmortisedOptions,
  ...more: []
): AmortisedFit<ArrayTree<W>, ArrayTree<M>> {
  refuseMore("fitAmortised", 6, more);
  checkFunction("fitAmortised", "the log density", logDensity);
  checkFunction("fitAmortised", "the encoder", encoder);
  const words = singleKey(key, "fitAmortised");
  const start = startOf(initial);
  const count = countOf(data);
  const { steps, batch, samples, gradient, optimizer } = settingsOf(options, count);
  const problem: Problem = { logDensity, encoder, gradient, samples };
  const loss = (learned: Learned, examples: unknown, keys: Key): readonly [NDArray, NDArray] => {
    const each = vmap((example: unknown, k: Key) => exampleLoss(problem, learned, example, k));
    const [losses, bounds] = each(examples, keys);
    return [np.mean(losses), np.mean(bounds)];
  };
  const run = jit((own: Key, begin: Learned, examples: unknown) =>
    ascend(optimizer, begin, own, steps, (learned, k) => {
      const [forBatch, forDraws] = random.split(k);
      const chosen = random.randint(forBatch, [batch], 0, count);
      const part = tree.map((x: NDArray) => np.take(x, chosen, 0), examples as NDArray);
      const [slope, bound] = grad(loss, { hasAux: true })(learned, part, random.split(forDraws, [batch]));
      return [slope, bound];
    }),
  );
  const [{ weights, model }, elbo] = run(new Key(words), start, data);
  return { weights: weights as ArrayTree<W>, model: model as ArrayTree<M>, elbo };
}

/** Where a fit begins, in floats. */
function startOf(initial: unknown): Learned {
  const isStart =
    typeof initial === "object" && initial !== null && "weights" in initial && "model" in initial;
  if (!isStart)
    throw new ArgumentError(`fitAmortised: the start must be { weights, model }; got ${show(initial)}.`);
  return floatingTree("fitAmortised", { weights: initial.weights, model: initial.model }) as Learned;
}
