/** @file The summary of draws: a table of moments, quantiles, errors and diagnostics, and what should make one doubt. */
import { checkWhole, refuseMore, show } from "../../base/checks.ts";
import { ArgumentError, checkOptions } from "../../base/errors.ts";
import type { NDArray } from "../../core/array.ts";
import * as np from "../../numpy/index.ts";
import type { DrawStatistics } from "../samplers/run.ts";
import { blocksOf, givenDraws } from "./columns.ts";
import { bfmi, errorsOf, rhatOf, sizeFor } from "./convergence.ts";
import { pooled } from "./draws.ts";
import { markdownTable, plainTable, significant } from "./table.ts";

/** A number of a parameter. */
export interface SummaryRow {
  readonly name: string;
  readonly mean: number;
  readonly sd: number;
  /** The quantiles asked for, in order. */
  readonly quantiles: readonly number[];
  /** Monte Carlo standard errors of mean and standard deviation. */
  readonly errorOfMean: number;
  readonly errorOfSd: number;
  readonly essBulk: number;
  readonly essTail: number;
  /** NaN where there is one chain that did not move. */
  readonly rhat: number;
}

/** Options of `summary`. */
export interface SummaryOptions {
  /** Probabilities of the quantiles; 0.05, 0.5 and 0.95 by default. */
  readonly quantiles?: readonly number[] | undefined;
  /** Significant digits of the table; 3 by default. */
  readonly digits?: number | undefined;
}

/** A summary of draws: rows as data, and a table as text. */
export class Summary {
  readonly rows: readonly SummaryRow[];
  /** Probabilities of the quantiles. */
  readonly quantiles: readonly number[];
  /** What should make one doubt the draws: none if nothing does. */
  readonly warnings: readonly string[];
  readonly #digits: number;

  constructor(
    rows: readonly SummaryRow[],
    quantiles: readonly number[],
    warnings: readonly string[],
    digits: number,
  ) {
    this.rows = rows;
    this.quantiles = quantiles;
    this.warnings = warnings;
    this.#digits = digits;
  }

  /** The row of a number: `row("tau")`, `row("theta[0]")`. @throws ArgumentError if there is none. */
  row(name: string, ...more: []): SummaryRow {
    refuseMore("row", 1, more);
    const found = this.rows.find((r) => r.name === name);
    if (found !== undefined) return found;
    const names = this.rows.map((r) => r.name);
    throw new ArgumentError(
      `row: there is no parameter ${show(name)}; there are ${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""}.`,
    );
  }

  #table(): { heads: string[]; rows: string[][] } {
    const percent = (p: number): string => `${Number((100 * p).toFixed(4))}%`;
    const heads = ["", "mean", "sd", ...this.quantiles.map(percent), "mcse", "ess bulk", "ess tail", "R̂"];
    const number = (x: number): string => significant(x, this.#digits);
    const whole = (x: number): string => (Number.isNaN(x) ? "–" : x.toFixed(0));
    const rows = this.rows.map((r) => [
      r.name,
      number(r.mean),
      number(r.sd),
      ...r.quantiles.map(number),
      significant(r.errorOfMean, 2),
      whole(r.essBulk),
      whole(r.essTail),
      Number.isNaN(r.rhat) ? "–" : r.rhat.toFixed(3),
    ]);
    return { heads, rows };
  }

  /** The table, aligned for a terminal, with the warnings below it. */
  toString(): string {
    return [plainTable(this.#table()), ...this.warnings.map((w) => `! ${w}`)].join("\n");
  }

  /** The table as Markdown. */
  toMarkdown(...more: []): string {
    refuseMore("toMarkdown", 0, more);
    return markdownTable(this.#table());
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

const numbers = (x: NDArray): number[] => Array.from(x.dataSync(), Number);

function rowsOf(names: readonly string[], x: NDArray, quantiles: readonly number[]): SummaryRow[] {
  const all = pooled(x);
  const columns = {
    mean: numbers(np.mean(all, 0)),
    sd: numbers(np.std(all, 0, { ddof: 1 })),
    errorOfMean: numbers(errorsOf.mean(x)),
    errorOfSd: numbers(errorsOf.sd(x)),
    essBulk: numbers(sizeFor(x, "bulk")),
    essTail: numbers(sizeFor(x, "tail")),
    rhat: numbers(rhatOf(x)),
  };
  const bounds = quantiles.map((p) => numbers(np.quantile(all, p, { axis: 0 })));
  return names.map((name, i) => ({
    name,
    mean: columns.mean[i],
    sd: columns.sd[i],
    quantiles: bounds.map((b) => b[i]),
    errorOfMean: columns.errorOfMean[i],
    errorOfSd: columns.errorOfSd[i],
    essBulk: columns.essBulk[i],
    essTail: columns.essTail[i],
    rhat: columns.rhat[i],
  }));
}

const listed = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;

/** Doubts about the draws of parameters. */
function doubtsOfRows(rows: readonly SummaryRow[], chains: number): string[] {
  const high = rows.filter((r) => r.rhat > 1.01).map((r) => r.name);
  const wanted = 100 * chains;
  const few = rows.filter((r) => Math.min(r.essBulk, r.essTail) < wanted).map((r) => r.name);
  return [
    ...(high.length === 0
      ? []
      : [`R̂ is above 1.01 for ${listed(high)}: the chains do not agree; draw for longer.`]),
    ...(few.length === 0
      ? []
      : [
          `the effective sample size is below ${wanted} (100 for each chain) for ${listed(few)}: draw for longer.`,
        ]),
  ];
}

/** Doubts about trajectories. */
function doubtsOfTrajectories({ diverging, energy }: DrawStatistics): string[] {
  const count = np.sum(diverging).item();
  const low = energy.shape[1] < 2 ? [] : numbers(bfmi(energy)).filter((b) => b < 0.3);
  return [
    ...(count === 0
      ? []
      : [
          `${count} of ${diverging.size} trajectories diverged: the step size is too long for a part of the posterior, which is ` +
            `missing in the draws; raise targetAcceptance or choose other parameters.`,
        ]),
    ...(low.length === 0
      ? []
      : [
          `the energy of ${low.length === 1 ? "a chain" : `${low.length} chains`} changes slowly (E-BFMI below 0.3).`,
        ]),
  ];
}

/**
 * A summary of draws: for each number of each parameter mean, standard deviation, quantiles, Monte Carlo standard errors,
 * bulk and tail effective sample sizes and R̂ (Vehtari et al. 2021); and warnings: chains that disagree, few effective draws,
 * trajectories that diverged, energies that change slowly. It prints as a table.
 * @param samples what a sampler returned, or an array [chains, draws, …] or a tree of such
 * @throws ShapeError for less than 4 draws; ArgumentError for traced draws and probabilities that are not between 0 and 1
 * @example
 * const table = infer.summary({ mu: random.normal(random.key(0), [4, 1000]) });
 * table.row("mu").sd; // 1.0…
 * table.warnings; // []
 */
export function summary(samples: unknown, options?: SummaryOptions, ...more: []): Summary {
  refuseMore("summary", 2, more);
  checkOptions("summary", options, ["quantiles", "digits"]);
  const quantiles: unknown = options?.quantiles ?? [0.05, 0.5, 0.95];
  if (!Array.isArray(quantiles) || !quantiles.every((p) => typeof p === "number" && p > 0 && p < 1))
    throw new ArgumentError(
      `summary: quantiles must be a list of probabilities between 0 and 1; got ${show(quantiles)}.`,
    );
  const digits = options?.digits ?? 3;
  checkWhole("summary", "digits", digits, 1, 15);
  const { draws, statistics } = givenDraws(samples);
  const blocks = blocksOf("summary", draws, 4);
  const rows = blocks.flatMap(({ names, x }) => rowsOf(names, x, quantiles as number[]));
  const warnings = [
    ...doubtsOfRows(rows, blocks[0].x.shape[0]),
    ...(statistics === null ? [] : doubtsOfTrajectories(statistics)),
  ];
  return new Summary(rows, quantiles as number[], warnings, digits);
}
