/**
 * @file Eight schools (Rubin 1981): how much coaching helped, drawn by NUTS with progress, and approximated by a Gaussian. The
 * centred parameters diverge where `tau` is small; non-centred ones do not.
 */
import { type Array, init, numpy as np, random, scipy } from "../src/index.ts";
import * as infer from "../src/infer/index.ts";
import { table } from "./lib/table.ts";

const effects = np.array([28, 8, -3, 7, -1, 1, 18, 12]);
const errors = np.array([15, 10, 16, 11, 9, 11, 10, 18]);
const { norm } = scipy.stats;

type Schools = { theta: Array; mu: Array; tau: Array };

/** mu ~ N(0, 5), tau ~ half Cauchy(5). */
const hyper = ({ mu, tau }: Schools): Array => norm.logpdf(mu, 0, 5).sub(np.log1p(np.square(tau.div(5))));

/** Effects theta ~ N(mu, tau). */
const centred = (p: Schools): Array =>
  norm
    .logpdf(effects, p.theta, errors)
    .add(norm.logpdf(p.theta, p.mu, p.tau))
    .sum()
    .add(hyper(p));

/** Effects mu + tau · theta with theta ~ N(0, 1): the same posterior of mu and tau. */
const nonCentred = (p: Schools): Array => {
  const fit = norm.logpdf(effects, p.theta.mul(p.tau).add(p.mu), errors);
  return fit.add(norm.logpdf(p.theta)).sum().add(hyper(p));
};

const initial = { theta: np.zeros([8]), mu: 0, tau: 1 };
const constraints = { tau: infer.positive() };

export interface SchoolsRow {
  readonly name: string;
  readonly mu: number;
  readonly tau: number;
  /** Standard errors of the two, where they are known. */
  readonly errors: readonly [mu: number, tau: number] | null;
  readonly divergences: number;
}

export async function run(draws = 2000): Promise<SchoolsRow[]> {
  await init();
  const rows: SchoolsRow[] = [];
  for (const [name, logDensity] of [
    ["centred", centred],
    ["non-centred", nonCentred],
  ] as const) {
    const samples = await infer.nuts(random.key(0), logDensity, initial, {
      constraints,
      draws,
      targetAcceptance: 0.9,
      piece: 500,
      progress: ({ phase, done, total }) => console.log(`${name}: ${phase} ${done}/${total}`),
    });
    const summary = infer.summary(samples);
    console.log(`\n${String(summary)}\n`);
    const [mu, tau] = [summary.row("mu"), summary.row("tau")];
    const divergences = samples.statistics.diverging.sum().item();
    rows.push({ name, mu: mu.mean, tau: tau.mean, errors: [mu.errorOfMean, tau.errorOfMean], divergences });
  }
  const fit = infer.fitVariational(random.key(1), nonCentred, initial, { constraints, family: "fullRank" });
  const { mu, tau } = fit.sample(random.key(2), 4000);
  rows.push({ name: "Gaussian", mu: mu.mean().item(), tau: tau.mean().item(), errors: null, divergences: 0 });
  console.log(
    table(
      ["", "E mu", "E tau", "divergences"],
      rows.map((r) => [r.name, r.mu.toFixed(2), r.tau.toFixed(2), r.divergences]),
    ),
  );
  return rows;
}
