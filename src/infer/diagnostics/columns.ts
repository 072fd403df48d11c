/** @file Draws of trees as columns: each number of each parameter with its name, for tables and pictures. */
import { flattenArrays } from "../../api/flatten.ts";
import { ArgumentError } from "../../base/errors.ts";
import type { NDArray } from "../../core/array.ts";
import { isConcrete } from "../../core/eval.ts";
import { type KeyPath, keystr } from "../../core/tree.ts";
import { isPlainObject } from "../../base/util.ts";
import * as np from "../../numpy/index.ts";
import type { DrawStatistics } from "../samplers/run.ts";
import { checkedDraws } from "./draws.ts";

/** The draws of one number. */
export interface Column {
  readonly name: string;
  /** Of each chain. */
  readonly chains: readonly Float64Array[];
}

/** What a user may give where draws are wanted: what a sampler returned, or a tree of draws. */
export interface Given {
  readonly draws: unknown;
  readonly statistics: DrawStatistics | null;
}

const statisticNames: readonly (keyof DrawStatistics)[] = ["logDensity", "acceptance", "diverging", "energy"];

/** The draws of what a sampler returned, with its statistics; or a tree of draws as it is. */
export function givenDraws(samples: unknown): Given {
  if (isPlainObject(samples) && "draws" in samples && isPlainObject(samples.statistics)) {
    const { draws, statistics } = samples;
    if (statisticNames.every((name) => name in (statistics as object)))
      return { draws, statistics: statistics as unknown as DrawStatistics };
  }
  return { draws: samples, statistics: null };
}

const indexText = (flat: number, shape: readonly number[]): string => {
  const index: number[] = [];
  let rest = flat;
  for (let i = shape.length - 1; i >= 0; i--) {
    index.unshift(rest % shape[i]);
    rest = Math.floor(rest / shape[i]);
  }
  return index.length === 0 ? "" : `[${index.join(",")}]`;
};

/** The names of the numbers of a parameter: `theta[0]`, `theta[1]` …; `x` where draws are one array. */
export function namesOf(path: KeyPath, shape: readonly number[]): string[] {
  const name = path.length === 0 ? "x" : keystr(path).replace(/^\./, "");
  const count = shape.reduce((n, s) => n * s, 1);
  return Array.from({ length: count }, (_, i) => `${name}${indexText(i, shape)}`);
}

/** A parameter's draws [chains, draws, k], with k names. */
export interface Block {
  readonly names: readonly string[];
  readonly x: NDArray;
}

/** The parameters of a tree of draws. @throws ArgumentError where they are traced: tables and pictures need values. */
export function blocksOf(what: string, draws: unknown, least: number): Block[] {
  const [leaves, , paths] = flattenArrays(draws, `${what}: draws`);
  if (leaves.length === 0) throw new ArgumentError(`${what}: there are no draws.`);
  return leaves.map((leaf, i) => {
    if (!isConcrete(leaf))
      throw new ArgumentError(
        `${what}: draws must be values, but these are traced. Return them from the transformed function first.`,
      );
    const x = checkedDraws(what, leaf, least);
    const [chains, count, ...rest] = x.shape;
    return { names: namesOf(paths[i], rest), x: np.reshape(x, [chains, count, -1]) };
  });
}

/** The columns of a tree of draws. */
export function columnsOf(what: string, draws: unknown): Column[] {
  return blocksOf(what, draws, 1).flatMap(({ names, x }) => {
    const [chains, count, k] = x.shape;
    const values = x.astype("float64").dataSync();
    return names.map((name, j) => ({
      name,
      chains: Array.from({ length: chains }, (_, c) =>
        Float64Array.from({ length: count }, (_, i) => values[(c * count + i) * k + j]),
      ),
    }));
  });
}
