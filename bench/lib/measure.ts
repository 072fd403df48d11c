/**
 * @file Fair timing of alternatives: in one process, in interleaved rounds, with results that are used and compared.
 *
 * A round times a batch of calls of each contender, in an order that rotates from round to round, so that drift of the
 * machine (heat, other processes, the garbage of the one before) falls on all alike. Ratios are taken within rounds.
 */

export interface Contender {
  readonly name: string;
  /** One call. The number depends on the result: it is summed and compared, so no compiler can skip the work. */
  readonly call: () => number;
  /** Relative difference from the first contender's result that is accepted, if it is not the usual one. */
  readonly tolerance?: number;
}

export interface Question {
  readonly name: string;
  /** What is asked, in a sentence. */
  readonly text: string;
  /** The first is the one that the others are compared with. */
  readonly contenders: readonly Contender[];
}

export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface Measured {
  readonly name: string;
  /** Nanoseconds per call. */
  readonly time: Quartiles;
  /** Time in units of the first contender's, round by round. */
  readonly ratio: Quartiles;
  readonly calls: number;
}

export interface Settings {
  readonly rounds: number;
  /** Least duration of a batch. */
  readonly batchMs: number;
  readonly warmUpMs: number;
}

export const thorough: Settings = { rounds: 31, batchMs: 40, warmUpMs: 600 };
export const quick: Settings = { rounds: 5, batchMs: 4, warmUpMs: 60 };

export function quartiles(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (p: number): number => {
    const i = p * (sorted.length - 1);
    const lo = Math.floor(i);
    return sorted[lo] + (i - lo) * (sorted[Math.ceil(i)] - sorted[lo]);
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

/** Milliseconds for `calls` calls, and the sum of what they gave. */
function batch(call: () => number, calls: number): [number, number] {
  let sum = 0;
  const start = performance.now();
  for (let i = 0; i < calls; i++) sum += call();
  return [performance.now() - start, sum];
}

/** Runs until the compilers have settled; returns how many calls make a batch. */
function warmUp(call: () => number, { batchMs, warmUpMs }: Settings): number {
  let calls = 1;
  let spent = 0;
  let last = 0;
  while (spent < warmUpMs || last < batchMs) {
    [last] = batch(call, calls);
    spent += last;
    if (last < batchMs)
      calls = Math.max(calls + 1, Math.min(calls * 4, Math.ceil((calls * batchMs * 1.2) / (last + 1e-3))));
  }
  return calls;
}

/** @throws Error if the contenders do not agree on the result of a call. */
function checkAgreement(question: Question, tolerance: number): void {
  const [first, ...others] = question.contenders.map((c) => ({ ...c, value: c.call() }));
  for (const { name, value, tolerance: own = tolerance } of others) {
    if (Math.abs(value - first.value) <= own * Math.max(1, Math.abs(first.value))) continue;
    throw new Error(`${question.name}: ${first.name} gives ${first.value}, ${name} gives ${value}`);
  }
}

/**
 * Times the contenders of a question.
 * @param tolerance relative difference of results that is accepted (single precision by default)
 */
export function measure(question: Question, settings: Settings, tolerance = 1e-6): Measured[] {
  checkAgreement(question, tolerance);
  const { contenders } = question;
  const calls = contenders.map((c) => warmUp(c.call, settings));
  const times = contenders.map((): number[] => []);
  const sums = contenders.map((): number[] => []);
  for (let round = 0; round < settings.rounds; round++) {
    contenders.forEach((_, k) => {
      const i = (round + k) % contenders.length;
      const [ms, sum] = batch(contenders[i].call, calls[i]);
      times[i].push((ms * 1e6) / calls[i]);
      sums[i].push(sum / calls[i]);
    });
  }
  sums.forEach((list, i) => {
    const drift = Math.max(...list.map((s) => Math.abs(s - sums[0][0])));
    const own = contenders[i].tolerance ?? tolerance;
    if (drift > own * Math.max(1, Math.abs(sums[0][0])))
      throw new Error(`${question.name}: the results of ${contenders[i].name} change between rounds`);
  });
  return contenders.map(({ name }, i) => ({
    name,
    time: quartiles(times[i]),
    ratio: quartiles(times[i].map((t, r) => t / times[0][r])),
    calls: calls[i] * settings.rounds,
  }));
}

/** `1.23 µs`. */
export function duration(ns: number): string {
  const [unit, size] = ns < 1e3 ? ["ns", 1] : ns < 1e6 ? ["µs", 1e3] : ns < 1e9 ? ["ms", 1e6] : ["s", 1e9];
  return `${(ns / size).toPrecision(3)} ${unit}`;
}
