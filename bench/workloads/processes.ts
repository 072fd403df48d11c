/** @file What is measured in processes of its own: first calls, memory, threads. */
import { runChild } from "../lib/child.ts";
import { type Settings, type Unit, summary } from "../lib/measure.ts";
import type { Result, Task } from "../lib/task.ts";

type Printed = Readonly<Record<string, number>>;

interface Process {
  readonly name: string;
  readonly group: string;
  readonly text: string;
  readonly contenders: readonly string[];
  readonly unit: Unit;
  readonly rounds: (settings: Settings) => number;
  /** File in bench/children/ and its arguments. */
  readonly child: (contender: string, settings: Settings) => readonly [file: string, ...args: string[]];
  /** The figure wanted, and the number that must agree. */
  readonly value: (output: Printed) => number;
  readonly check: (output: Printed) => number;
  /** Whether that number must be the same, not just close. */
  readonly exact?: boolean;
  readonly absent?: Readonly<Record<string, string>>;
}

/** What processes have printed: several figures come from one. */
const printed = new Map<string, Printed>();

function outputOf([file, ...args]: readonly [string, ...string[]], round: number): Printed {
  const key = [file, ...args, round].join(" ");
  const known = printed.get(key) ?? runChild(file, args);
  printed.set(key, known);
  return known;
}

/** One process of each contender in each round. */
function run(p: Process, settings: Settings): Result {
  const { name, text, unit, contenders, absent } = p;
  const values = contenders.map((): number[] => []);
  let expected: number | null = null;
  for (let round = 0; round < p.rounds(settings); round++)
    contenders.forEach((contender, i) => {
      const output = outputOf(p.child(contender, settings), round);
      const check = p.check(output);
      expected ??= check;
      if (!(Math.abs(check - expected) <= (p.exact === true ? 0 : 1e-4) * Math.abs(expected)))
        throw new Error(`${name}: ${contender} gives ${check}, ${contenders[0]} gives ${expected}`);
      values[i].push(p.value(output));
    });
  const calls = values.map((v) => v.length);
  return { name, text, unit, absent, measured: summary(contenders, values, calls) };
}

const task = (p: Process): Task => ({
  name: p.name,
  group: p.group,
  run: (settings) => Promise.resolve(run(p, settings)),
});

const peers = ["adjoint", "@jax-js/jax", "tfjs"];
const isShort = (settings: Settings): boolean => settings.fewest === 1;

const firstCalls = (
  [
    ["load", "Time to load the library and to make it ready."],
    ["first", "The first call of a training step 784-256-128-10: trace, compile, run, read the loss."],
    ["second", "The same for a second program, 784-240-120-10, in the same process."],
  ] as const
).map(([figure, text]) =>
  task({
    name: `first call: ${figure}`,
    group: "compile",
    text,
    contenders: figure === "load" ? peers : [...peers, "by hand"],
    unit: "ns",
    rounds: (settings) => (isShort(settings) ? 1 : 9),
    child: (contender) => ["first-call.ts", contender],
    value: (output) => output[figure] * 1e6,
    check: (output) => output.loss,
    absent: { XLA: "a process of Python" },
  }),
);

const loops = {
  eager: "operations are called, and the event loop never turns",
  jit: "a compiled training step, and the event loop never turns",
  async: "a compiled training step, and the event loop turns after every tenth",
} as const;

const memory = (["eager", "jit", "async"] as const).flatMap((loop) =>
  (loop === "async" ? (["peak", "end"] as const) : (["peak"] as const)).map((figure) =>
    task({
      name: `memory: ${loop}, ${figure}`,
      group: "memory",
      text: `${figure === "peak" ? "Largest resident size" : "Resident size at the end"} of a process that makes arrays of 4 MB for 5 000 steps: ${loops[loop]}.`,
      contenders: peers,
      unit: "bytes",
      rounds: (settings) => (isShort(settings) ? 1 : 3),
      child: (contender, settings) => ["memory.ts", contender, loop, isShort(settings) ? "100" : "5000"],
      value: (output) => output[figure],
      check: (output) => output.check,
      absent: { XLA: "a process of Python" },
    }),
  ),
);

const threads = ["product 512", "product 1024", "chain gradient", "softmax"].map((work) =>
  task({
    name: `threads: ${work}`,
    group: "threads",
    text: `With one thread and with two: ${work}; the results are equal bit for bit.`,
    contenders: ["1 thread", "2 threads"],
    unit: "ns",
    rounds: (settings) => (isShort(settings) ? 1 : 7),
    child: (contender, settings) => ["threads.ts", contender[0], isShort(settings) ? "3" : "25"],
    value: (output) => output[work],
    check: (output) => output[`${work}: hash`],
    exact: true,
    absent: { "@jax-js/jax": "one thread", tfjs: "one thread here", XLA: "one thread here" },
  }),
);

export const processTasks: Task[] = [...firstCalls, ...memory, ...threads];
