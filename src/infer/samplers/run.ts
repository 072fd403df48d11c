/**
 * @file Runs of many chains: warm-up and draws as two loops, vectorised over chains by `vmap` and compiled as one program; or,
 * where progress is to be told, as pieces of the same loops, with the same draws.
 */
import { jit } from "../../api/compile/jit.ts";
import { vmap } from "../../api/vmap.ts";
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import * as lax from "../../control-flow/lax.ts";
import type { NDArray } from "../../core/array.ts";
import { isConcrete } from "../../core/eval.ts";
import { treeFlatten } from "../../core/tree.ts";
import * as np from "../../numpy/index.ts";
import { Key, type KeyLike, singleKey } from "../../random/key.ts";
import * as random from "../../random/index.ts";
import * as tree from "../../tree/index.ts";
import {
  type Schedule,
  type WarmStep,
  type Warming,
  beginWarmUp,
  tuned,
  warmStep,
  windows,
  withFirstStep,
} from "./adapt.ts";
import type { Kernel, Place, Statistics, Tuning } from "./kernel.ts";
import type { Settings } from "./options.ts";
import { type LogDensityFunction, type Target, targetOf } from "./target.ts";

/** What is noted of each draw: arrays [chains, draws]. */
export interface DrawStatistics {
  readonly logDensity: NDArray;
  /** The probability of acceptance: of the proposal, or the mean along the trajectory. */
  readonly acceptance: NDArray;
  /** Whether the chain moved. */
  readonly moved: NDArray;
  readonly diverging: NDArray;
  /** The Hamiltonian at the draw. */
  readonly energy: NDArray;
  /** Evaluations of the log density (and, where the sampler uses it, of its gradient). */
  readonly evaluations: NDArray;
  /** Doublings of the tree; 0 for samplers without. */
  readonly depth: NDArray;
}

/** What a sampler gives. */
export interface Samples<P> {
  /** The parameters: a tree like the starting point, with leaves [chains, draws, …]. */
  readonly draws: P;
  readonly statistics: DrawStatistics;
  /** The step size of each chain [chains]. */
  readonly stepSize: NDArray;
  /** The inverse mass matrix of each chain: [chains, size], or [chains, size, size] if it is dense. */
  readonly inverseMass: NDArray;
}

/** A draw, and what is noted of it. */
type Noted = { x: NDArray; value: NDArray; statistics: Statistics };
/** Chains that have been warmed up. */
type Ready = { place: Place; tuning: Tuning };

/** The parts of a run; each is a function of arrays, of one chain. */
interface Parts {
  readonly begin: (key: Key, x: NDArray) => Warming;
  readonly warm: (state: Warming, steps: WarmStep) => Warming;
  readonly ready: (state: Warming) => Ready;
  readonly draw: (state: Ready, keys: Key) => [Place, Noted];
}

function partsOf(kernel: Kernel, s: Settings): Parts {
  return {
    begin: (key, x) => {
      const begun = beginWarmUp(kernel, kernel.place(x), { dense: s.mass === "dense", stepSize: s.stepSize });
      return s.warmUp === 0 && s.stepSize === null ? withFirstStep(kernel, key, begun) : begun;
    },
    warm: (state, steps) =>
      lax.scan((w: Warming, step: WarmStep) => [warmStep(kernel, w, step), null] as const, state, steps)[0],
    ready: (state) => ({ place: state.place, tuning: tuned(state) }),
    draw: ({ place, tuning }, keys) =>
      lax.scan(
        (at: Place, key: Key) => {
          const [to, statistics] = kernel.move(key, at, tuning);
          return [to, { x: to.x, value: to.value, statistics }] as const;
        },
        place,
        keys,
      ),
  };
}

/** The start of each chain. */
function startsOf(target: Target, key: Key, s: Settings): NDArray {
  const { start, size } = target;
  if (s.perChain && start.shape[0] !== s.chains)
    throw new ShapeError(
      `the starting points are for ${start.shape[0]} chains, but chains is ${s.chains}; they must agree.`,
    );
  const all = np.broadcastTo(start, [s.chains, size]);
  if (s.jitter === 0) return all;
  const { dtype } = start;
  const shift = random.uniform(key, [s.chains, size], { dtype, minval: -s.jitter, maxval: s.jitter });
  return np.add(all, shift);
}

/** The keys of all steps: of each chain one for its beginning, one for each step. */
function keysOf(key: Key, s: Settings): { jitter: Key; begin: Key; warm: Key; draw: Key } {
  const [jitter, begin, warm, draw] = random.split(key, 4);
  const each = (k: Key, n: number): Key =>
    vmap((own: Key) => random.split(own, [n]))(random.split(k, [s.chains]));
  return {
    jitter,
    begin: random.split(begin, [s.chains]),
    warm: each(warm, s.warmUp),
    draw: each(draw, s.draws),
  };
}

function finish<P>(target: Target, { tuning }: Ready, noted: Noted): Samples<P> {
  const { x, value, statistics } = noted;
  const { stepSize, factor } = tuning;
  const inverseMass = factor.ndim === 2 ? np.square(factor) : np.matmul(factor, np.matrixTranspose(factor));
  return {
    draws: vmap(vmap(target.parameters as (x: NDArray) => NDArray))(x) as P,
    statistics: { logDensity: value, ...statistics },
    stepSize,
    inverseMass,
  };
}

/** The windows of the warm-up; a step size that was given is not searched for. */
function scheduleOf(s: Settings): Schedule {
  const { counts, begins } = windows(s.warmUp, s.mass !== "identity");
  return { counts, begins: begins.map((b, i) => b && (i > 0 || s.stepSize === null)) };
}

const stepAxes = [0, { key: 0, counts: null, begins: null }] as const;

/** The whole run, as a function of arrays. */
function runWhole<P>(target: Target, kernel: Kernel, s: Settings): (key: Key) => Samples<P> {
  const parts = partsOf(kernel, s);
  const { counts, begins } = scheduleOf(s);
  return (key) => {
    const keys = keysOf(key, s);
    const begun = vmap(parts.begin)(keys.begin, startsOf(target, keys.jitter, s));
    const steps = { key: keys.warm, counts: np.array(counts), begins: np.array(begins) };
    const warmed = s.warmUp === 0 ? begun : vmap(parts.warm, stepAxes)(begun, steps);
    const ready = vmap(parts.ready)(warmed);
    const [, noted] = vmap(parts.draw)(ready, keys.draw);
    return finish<P>(target, ready, noted);
  };
}

/** Lets the host do what waits: draw a page, take a click. */
const yieldToHost = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Slices of `piece` steps out of `total`. */
const pieces = (total: number, piece: number): (readonly [from: number, to: number])[] =>
  Array.from({ length: Math.ceil(total / piece) }, (_, i) => [i * piece, Math.min(total, (i + 1) * piece)]);

/** The same in pieces; what is told and the turns of the page come between them. */
async function runPieces<P>(
  target: Target,
  kernel: Kernel,
  s: Settings,
  key: Key,
  tell: NonNullable<Settings["progress"]>,
): Promise<Samples<P>> {
  const parts = partsOf(kernel, s);
  const { counts, begins } = scheduleOf(s);
  const begin = jit((k: Key) => {
    const keys = keysOf(k, s);
    return [vmap(parts.begin)(keys.begin, startsOf(target, keys.jitter, s)), keys] as const;
  });
  const warm = jit(vmap(parts.warm, stepAxes));
  const draw = jit(
    vmap((ready: Ready, keys: Key): [Ready, Noted] => {
      const [place, noted] = parts.draw(ready, keys);
      return [{ place, tuning: ready.tuning }, noted];
    }),
  );
  const total = s.warmUp + s.draws;
  const [begun, keys] = begin(key);
  const part = (k: Key, from: number, to: number): Key => new Key(lax.sliceInDim(k.data, from, to, 1, 1));
  let state: Warming = begun;
  for (const [from, to] of pieces(s.warmUp, s.piece)) {
    const flags = (list: readonly boolean[]): NDArray => np.array(list.slice(from, to));
    state = warm(state, { key: part(keys.warm, from, to), counts: flags(counts), begins: flags(begins) });
    tell({ phase: "warm-up", done: to, total, divergences: 0 });
    await yieldToHost();
  }
  let ready: Ready = jit(vmap(parts.ready))(state);
  const all: Noted[] = [];
  let divergences = 0;
  for (const [from, to] of pieces(s.draws, s.piece)) {
    const [next, noted] = draw(ready, part(keys.draw, from, to));
    ready = next;
    all.push(noted);
    divergences += np.sum(noted.statistics.diverging).item();
    tell({ phase: "draws", done: s.warmUp + to, total, divergences });
    await yieldToHost();
  }
  const joined = tree.map((...parts: NDArray[]) => np.concatenate(parts, 1), ...(all as [Noted, ...Noted[]]));
  return jit((r: Ready, n: Noted) => finish<P>(target, r, n))(ready, joined) as Samples<P>;
}

const allConcrete = (x: unknown): boolean => treeFlatten(x)[0].every((leaf) => isConcrete(leaf as NDArray));

/** Runs a sampler as its user asked. */
export function sample<P>(
  what: string,
  key: KeyLike,
  logDensity: LogDensityFunction,
  initial: unknown,
  s: Settings,
  kernelOf: (target: Target) => Kernel,
): Samples<P> | Promise<Samples<P>> {
  const words = singleKey(key, what);
  const target = targetOf(what, logDensity, initial, s.constraints, s.perChain);
  const kernel = kernelOf(target);
  if (s.progress === null) return jit(runWhole<P>(target, kernel, s))(new Key(words)) as Samples<P>;
  if (!allConcrete([words, target.start]))
    throw new ArgumentError(
      `${what}: with progress the key and the starting point must be values, but one of them is traced. ` +
        `Leave progress out within jit, vmap and the other transformations.`,
    );
  return runPieces<P>(target, kernel, s, new Key(words), s.progress);
}
