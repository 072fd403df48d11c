/**
 * @file Fair timing of alternatives: in interleaved rounds, with results that are used and compared. They run in one process,
 * but for those that cannot, which time their batches themselves.
 *
 * A round times a batch of calls of each contender, in an order that rotates from round to round, so that drift of the
 * machine (heat, other processes, the garbage of the one before) falls on all alike. Ratios are taken within rounds.
 * Between batches the event loop turns, as it does in most programs: libraries that free memory by finalisers can.
 */
import { setImmediate } from "node:timers/promises";

/** What a contender computed: one typed array (or list) for each result. */
export type Values = readonly ArrayLike<number>[];

/** What the first contender computes: a function of the library, and its arguments. */
export interface Program {
  readonly f: (...args: unknown[]) => unknown;
  readonly args: readonly unknown[];
  /** The results that a call reads, in the order of leaves; null for all. */
  readonly read: readonly number[] | null;
}

interface Common {
  readonly name: string;
  /** That of the first contender, where it is known: from it comes what limits the time. */
  readonly program?: Program | undefined;
  /** Largest difference that is accepted, in units of the largest element; that of the workload if not given. */
  readonly tolerance?: number | undefined;
  /** Whose results these must equal: the first contender's if not given; its own name if nobody's. */
  readonly like?: string | undefined;
}

/** A contender that runs in this process. */
export interface Here extends Common {
  /** One call. The number depends on the result, so that no compiler can skip the work; it must be the same each time. */
  readonly call: () => number;
  /** Everything that one call computes, compared element by element with the others' before timing. */
  readonly values?: (() => Values) | undefined;
}

/** Milliseconds for the calls of a batch, and the sum of what they gave. */
export type Timed = readonly [ms: number, sum: number];

/** A contender that runs in another process, and is timed there. */
export interface Elsewhere extends Common {
  /** Times so many calls, one after the other. */
  readonly time: (calls: number) => Promise<Timed>;
  readonly values: () => Promise<Values>;
}

export type Contender = Here | Elsewhere;

/** Who cannot take part on this machine, and why. */
export interface Absent {
  readonly name: string;
  readonly absent: string;
  readonly program?: Program | undefined;
}

/** What a workload makes. */
export type Entry = Contender | Absent;

export interface Workload {
  readonly name: string;
  /** The results file it belongs to. */
  readonly group: string;
  /** What is computed, in a sentence. */
  readonly text: string;
  /** Builds the contenders; the first is the one that the others are compared with. */
  readonly make: () => readonly Entry[] | Promise<readonly Entry[]>;
  /** Contenders that cannot take part on any machine, and why. */
  readonly absent?: Readonly<Record<string, string>> | undefined;
  /** Single precision if not given. */
  readonly tolerance?: number | undefined;
  /** Floating-point operations of a call, where a rate says more than a time. */
  readonly flops?: number | undefined;
}

export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export type Unit = "ns" | "ns per equation" | "bytes";

export interface Measured {
  readonly name: string;
  /** In the unit of the result; nanoseconds per call if a contender was timed. */
  readonly value: Quartiles;
  /** In units of the first contender's, round by round. */
  readonly ratio: Quartiles;
  readonly calls: number;
}

export interface Settings {
  readonly rounds: number;
  /** Least duration of a batch. */
  readonly batchMs: number;
  readonly warmUpMs: number;
  /** About as long as all rounds of a workload may last; there are at least `fewest` of them all the same. */
  readonly budgetMs: number;
  readonly fewest: number;
}

export const thorough: Settings = { rounds: 31, batchMs: 40, warmUpMs: 600, budgetMs: 15_000, fewest: 7 };
export const quick: Settings = { rounds: 3, batchMs: 2, warmUpMs: 20, budgetMs: 300, fewest: 1 };

export function quartiles(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p: number): number => {
    const i = p * (sorted.length - 1);
    const lo = Math.floor(i);
    return sorted[lo] + (i - lo) * (sorted[Math.ceil(i)] - sorted[lo]);
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

/** A row for each contender, from its values in each round; ratios are to the first contender's of the same round. */
export function summary(
  names: readonly string[],
  values: readonly (readonly number[])[],
  calls: readonly number[],
): Measured[] {
  return names.map((name, i) => ({
    name,
    value: quartiles(values[i]),
    ratio: quartiles(values[i].map((v, round) => v / values[0][round])),
    calls: calls[i],
  }));
}

function batchHere(call: () => number, calls: number): Timed {
  let sum = 0;
  const start = performance.now();
  for (let i = 0; i < calls; i++) sum += call();
  return [performance.now() - start, sum];
}

const batch = (c: Contender, calls: number): Timed | Promise<Timed> =>
  "time" in c ? c.time(calls) : batchHere(c.call, calls);

/** Runs until the compilers have settled; returns how many calls make a batch, and how long that lasts. */
async function warmUp(
  contender: Contender,
  { batchMs, warmUpMs }: Settings,
): Promise<[calls: number, ms: number]> {
  let calls = 1;
  let spent = 0;
  let last = 0;
  while (spent < warmUpMs || last < batchMs) {
    [last] = await batch(contender, calls);
    await setImmediate();
    spent += last;
    if (last < batchMs)
      calls = Math.max(calls + 1, Math.min(calls * 4, Math.ceil((calls * batchMs * 1.2) / (last + 1e-3))));
  }
  return [calls, last];
}

/** Largest difference of two results, in units of the first's largest element (or of 1, if that is less). */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let [worst, largest] = [0, 1e-30];
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    if (!(d <= worst)) worst = d;
    largest = Math.max(largest, Math.abs(a[i]));
  }
  return worst / largest;
}

const valuesOf = (c: Contender): Values | Promise<Values> =>
  "time" in c ? c.values() : (c.values?.() ?? [[c.call()]]);

const some = (values: Values): string =>
  values
    .map((v) => `[${Array.from({ length: Math.min(4, v.length) }, (_, i) => v[i]).join(", ")} …]`)
    .join(" ");

/** @throws Error if the contenders do not agree on the results of a call. */
async function checkAgreement(
  name: string,
  contenders: readonly Contender[],
  tolerance: number,
): Promise<void> {
  const found = new Map<string, Values>();
  for (const c of contenders) found.set(c.name, await valuesOf(c));
  for (const c of contenders) {
    const other = c.like ?? contenders[0].name;
    if (other === c.name) continue;
    const [expected, got] = [found.get(other), found.get(c.name)];
    if (expected === undefined || got === undefined) throw new Error(`${name}: there is no ${other}`);
    const differences = expected.map((e, k) => difference(e, got[k] ?? []));
    if (expected.length === got.length && differences.every((d) => d <= (c.tolerance ?? tolerance))) continue;
    throw new Error(
      `${name}: ${c.name} differs from ${other} by ${differences.map((d) => d.toExponential(1)).join(", ")} ` +
        `(accepted: ${c.tolerance ?? tolerance}): ${some(got)} instead of ${some(expected)}`,
    );
  }
}

/** Checks that the contenders agree, and times them. */
export async function measure(
  { name, tolerance = 1e-6 }: Pick<Workload, "name" | "tolerance">,
  contenders: readonly Contender[],
  settings: Settings,
): Promise<Measured[]> {
  await checkAgreement(name, contenders, tolerance);
  const first: number[] = [];
  for (const c of contenders) first.push((await batch(c, 1))[1]);
  const ready: [calls: number, ms: number][] = [];
  for (const c of contenders) ready.push(await warmUp(c, settings));
  const round = ready.reduce((sum, [, ms]) => sum + ms, 0);
  const affordable = Math.max(settings.fewest, Math.floor(settings.budgetMs / round));
  const rounds = Math.min(settings.rounds, affordable);
  const times = contenders.map((): number[] => []);
  for (let r = 0; r < rounds; r++) {
    for (let k = 0; k < contenders.length; k++) {
      const i = (r + k) % contenders.length;
      const calls = ready[i][0];
      const [ms, sum] = await batch(contenders[i], calls);
      await setImmediate();
      times[i].push((ms * 1e6) / calls);
      if (Math.abs(sum / calls - first[i]) > 1e-6 * Math.max(1e-30, Math.abs(first[i])))
        throw new Error(`${name}: the results of ${contenders[i].name} change from call to call`);
    }
  }
  return summary(
    contenders.map((c) => c.name),
    times,
    ready.map(([calls]) => calls * rounds),
  );
}

/** Some elements with signs: enough to notice that a call did something else, and little to compute. */
export function checksum(xs: ArrayLike<number>): number {
  const n = xs.length;
  return xs[0] - 2 * xs[n >> 1] + 3 * xs[n - 1];
}

/** A contender whose call computes arrays: the timed call takes a sum over some of their elements. */
export function arrays(
  name: string,
  run: () => Values,
  more: Pick<Contender, "tolerance" | "like"> = {},
): Here {
  const call = (): number => {
    const results = run();
    let sum = 0;
    for (let k = 0; k < results.length; k++) sum += checksum(results[k]);
    return sum;
  };
  return { name, call, values: run, ...more };
}
