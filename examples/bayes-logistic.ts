/**
 * @file Bayesian logistic regression on the breast-cancer data: 30 measurements of cell nuclei, benign or malignant. Not
 * one best set of coefficients but draws from all that are plausible, by Hamiltonian Monte Carlo.
 */
import { type Array, grad, init, jit, nn, numpy as np, random, vmap } from "../src/index.ts";
import { readTable } from "./lib/csv.ts";
import { effectiveSize, splitRhat } from "./lib/diagnostics.ts";
import { writePicture } from "./lib/files.ts";
import { type HmcOptions, hmc } from "./lib/hmc.ts";
import { tracePlot } from "./lib/svg.ts";
import { table } from "./lib/table.ts";

interface Examples {
  readonly x: Array; // [n, 31], a column of ones first
  readonly y: Array; // [n], ±1: benign, malignant
}

/** The patients in random order, `heldBack` of them kept for the test; columns scaled as those of the others are. */
function loadPatients(heldBack: number): { train: Examples; test: Examples; names: string[] } {
  const { rows, names } = readTable("breast_cancer");
  const shuffled = random.permutation(random.key(1), rows);
  const [values, benign] = [shuffled.slice("...", [0, -1]), shuffled.slice("...", -1)];
  const known = values.slice([heldBack]);
  const scaled = values.sub(known.mean(0)).div(known.std(0));
  const x = np.concatenate([np.ones([rows.length, 1]), scaled], 1);
  const y = benign.mul(2).sub(1);
  return {
    train: { x: x.slice([heldBack]), y: y.slice([heldBack]) },
    test: { x: x.slice([0, heldBack]), y: y.slice([0, heldBack]) },
    names: ["intercept", ...names.slice(0, -1)],
  };
}

/** The log posterior but for a constant: coefficients are normal a priori, each patient is a coin with its own odds. */
const logPosterior =
  ({ x, y }: Examples) =>
  (coefficients: Array): Array =>
    nn.logSigmoid(np.matmul(x, coefficients).mul(y)).sum().sub(np.square(coefficients).sum().div(2));

/** The probability that each patient's nuclei are benign: the mean over the draws, [draws, 31]. */
const predict = (draws: Array, x: Array): Array =>
  vmap((coefficients: Array) => nn.sigmoid(np.matmul(x, coefficients)))(draws).mean(0);

export interface CoefficientRow {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
  readonly size: number;
  readonly rhat: number;
}

export interface BayesResult {
  readonly rows: readonly CoefficientRow[];
  /** Part of the held-back patients whose more probable class is theirs. */
  readonly accuracy: number;
  /** Mean log probability of the held-back patients' classes. */
  readonly logScore: number;
  /** Means of x·∇log p over the draws: −1 for each coefficient, whatever the density. */
  readonly virial: readonly number[];
  /** The trace plot, as SVG. */
  readonly trace: string;
}

const traced = ["intercept", "worst_radius", "worst_texture", "radius_error"];

function report({ rows, accuracy, logScore }: BayesResult, seconds: number, heldBack: number): void {
  const cells = rows.map((r) => [
    r.name,
    r.mean.toFixed(2),
    r.deviation.toFixed(2),
    r.size.toFixed(0),
    r.rhat.toFixed(3),
  ]);
  console.log(table(["coefficient", "mean", "deviation", "effective draws", "split R̂"], cells));
  const least = Math.min(...rows.map((r) => r.size));
  console.log(`\n${seconds.toFixed(1)} s, ${(least / seconds).toFixed(0)} effective draws a second at least`);
  console.log(
    `${(100 * accuracy).toFixed(1)} % of ${heldBack} held-back patients right, mean log probability ${logScore.toFixed(3)}`,
  );
}

const plan: HmcOptions = { chains: 4, warmUp: 300, draws: 1000, leapfrogs: 12 };

export async function run(options: Partial<HmcOptions> = {}, heldBack = 114): Promise<BayesResult> {
  await init();
  const { train, test, names } = loadPatients(heldBack);
  const settings = { ...plan, ...options };
  const sample = hmc(logPosterior(train), settings);
  const [forStarts, forChains] = random.split(random.key(2));
  const before = performance.now();
  const { xs } = sample(forChains, random.normal(forStarts, [settings.chains, names.length]));
  const all = xs.reshape([-1, names.length]);
  const seconds = (performance.now() - before) / 1000;

  const [means, deviations, sizes, rhats] = [all.mean(0), all.std(0), effectiveSize(xs), splitRhat(xs)];
  const rows = names.map((name, i): CoefficientRow => {
    const [mean, deviation, size, rhat] = [means, deviations, sizes, rhats].map((a) => a.slice(i).item());
    return { name, mean, deviation, size, rhat };
  });
  const right = predict(all, test.x.mul(np.expandDims(test.y, 1))); // of each patient's own class
  const trace = tracePlot(
    "Draws of four coefficients, one colour for each chain",
    traced.map((name) => ({ name, chains: xs.slice("...", names.indexOf(name)).js<number[][]>() })),
  );
  const result: BayesResult = {
    rows,
    accuracy: right.greater(0.5).mean().item(),
    logScore: np.log(right).mean().item(),
    virial: jit(vmap(grad(logPosterior(train))))(all)
      .mul(all)
      .mean(0)
      .js<number[]>(),
    trace,
  };
  report(result, seconds, heldBack);
  console.log(`wrote ${writePicture("coefficients.svg", trace)}`);
  return result;
}
