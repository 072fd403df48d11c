/**
 * @file How long does compiling take: programs of 100 to 5 000 equations in each backend, and scans of different lengths;
 * and tracing alone: do `makeJaxpr`, `jvp` and `grad` take time in proportion to the program?
 */
import type { Array } from "../../src/index.ts";
import { type JaxJsArray, jaxJs } from "../lib/jax-js.ts";
import { adjoint, backends } from "../lib/library.ts";
import type { Entry, Workload } from "../lib/measure.ts";
import { type Task, perEquation, timed } from "../lib/task.ts";
import { xlaOf } from "../lib/xla.ts";

const { grad, jvp, lax, makeJaxpr, numpy: np } = adjoint;

/** A little more at each use, so that no program is one that was compiled before. */
let uses = 0;
const fresh = (c: number): number => c + 1e-13 * uses++;

type Program = (equations: number) => (x: Array) => Array;

/** Two equations for each turn of a host loop. */
const numbers: Program = (equations) => {
  const c = fresh(1.5);
  return (x) => {
    let y = x;
    for (let i = 0; i < equations; i += 2) y = np.sin(y.mul(c));
    return y;
  };
};

/** Element-wise work, and a sum in every tenth equation, which later ones depend on. */
const arraysAndSums: Program = (equations) => {
  const c = fresh(0.75);
  return (x) => {
    let y = x;
    for (let i = 0; i < equations; i += 10) {
      const a = np.sin(y.mul(c).add(x));
      const b = a.sub(np.sum(a).mul(1e-3));
      y = np.tanh(b.mul(y)).mul(0.5).add(0.1);
    }
    return np.sum(y);
  };
};

const programs = {
  numbers: { make: numbers, argument: np.array(0.3), text: "on a number" },
  arrays: {
    make: arraysAndSums,
    argument: np.array(Float64Array.from({ length: 1000 }, (_, i) => Math.cos(i))),
    text: "on 1 000 numbers, one of ten equations a sum",
  },
} as const;

/** It recurses over equations, and overflows the stack in longer programs. */
const longestForJaxJs = 500;

async function compileContenders(kind: keyof typeof programs, equations: number): Promise<Entry[]> {
  const { make, argument } = programs[kind];
  const own: Entry[] = backends.map(([backend, compile]) => ({
    name: `adjoint (${backend})`,
    call: () => compile(make(equations))(argument).item(),
  }));
  own.push(await xlaOf(make(equations), [argument], { compiling: true }));
  if (kind !== "numbers" || equations > longestForJaxJs) return own;
  const jax = await jaxJs();
  const peer = (): number => {
    const c = fresh(1.5);
    const f = jax.jit((x: JaxJsArray) => {
      let y = x;
      for (let i = 0; i < equations; i += 2) y = jax.numpy.sin(y.mul(c));
      return y;
    });
    return f(0.3).dataSync()[0];
  };
  return [...own, { name: "@jax-js/jax", call: peer, tolerance: 1e-5 }];
}

const compileTasks: Task[] = (["numbers", "arrays"] as const).flatMap((kind) =>
  [100, 500, 1000, 2000, 5000].map((equations) =>
    perEquation(
      {
        name: `compile ${kind} ${equations}`,
        group: "compile",
        text: `Trace, compile and run a program of about ${equations} equations ${programs[kind].text}.`,
        tolerance: 1e-9,
        make: () => compileContenders(kind, equations),
        absent: {
          ...(kind === "numbers" && equations > longestForJaxJs ? { "@jax-js/jax": "stack overflow" } : {}),
          ...(kind === "arrays" ? { "@jax-js/jax": "measured on numbers only" } : {}),
          tfjs: "it does not compile",
        },
      },
      () => makeJaxpr(programs[kind].make(equations))(programs[kind].argument).jaxpr.eqns.length,
    ),
  ),
);

/** The gradient of a scan that was not compiled before. */
function gradientOfScan(length: number): (x: Array) => Array {
  const c = fresh(1.5);
  const step = (x: Array, _: null): [Array, Array] => {
    const next = np.sin(x.mul(c));
    return [next, next];
  };
  const f = (x: Array): Array => np.sum(lax.scan(step, x, null, { length })[1]);
  return grad(f);
}

/** The number of equations after simplification must not depend on the length. */
const compileScan = (compile: typeof adjoint.jit, length: number): number =>
  compile(gradientOfScan(length)).lower(np.array(0.3)).compile().stats.simplified;

const lengths = [10, 1000, 100_000];

const scanTasks = [
  ...backends.map(([backend, compile]) =>
    timed({
      name: `compile scan (${backend})`,
      group: "compile",
      text: "Trace and compile the gradient of a scan, of different lengths.",
      tolerance: 0,
      make: () =>
        lengths.map((length) => ({
          name: `length ${length}`,
          call: () => compileScan(compile, length),
        })),
    }),
  ),
  timed({
    name: "compile scan (XLA)",
    group: "compile",
    text: "Compile the same gradients on XLA, and run them once.",
    make: async () => {
      const list: Entry[] = [];
      for (const length of lengths) {
        const name = `length ${length}`;
        const f = gradientOfScan(length);
        list.push(await xlaOf(f, [np.array(0.3)], { name, like: name, compiling: true }));
      }
      return list;
    },
  }),
];

/** The derivative of `numbers`, by the chain rule. */
function slopeByHand(equations: number, x: number): number {
  let [y, slope] = [x, 1];
  for (let i = 0; i < equations; i += 2) {
    slope *= 1.5 * Math.cos(1.5 * y);
    y = Math.sin(1.5 * y);
  }
  return slope;
}

const traced = {
  makeJaxpr: (n: number): number => makeJaxpr(numbers(n))(0.3).jaxpr.eqns.length,
  jvp: (n: number): number => Number(jvp(numbers(n), [0.3], [1])[1]),
  grad: (n: number): number => grad(numbers(n))(0.3).item(),
} as const;

const tracingTasks: Task[] = [5000, 10_000, 20_000].map((equations) => {
  const workload: Workload = {
    name: `tracing ${equations}`,
    group: "tracing",
    text: `Trace (makeJaxpr) a host loop of ${equations} equations; its derivative in both modes, not compiled.`,
    tolerance: 1e-6,
    absent: { XLA: "it gets programs that are traced" },
    make: () => {
      const slope = slopeByHand(equations, 0.3);
      return [
        { name: "makeJaxpr", call: () => traced.makeJaxpr(equations), like: "makeJaxpr" },
        ...(["jvp", "grad"] as const).map((what) => ({
          name: what,
          call: () => checked(what, traced[what](equations), slope),
          like: what,
        })),
      ];
    },
  };
  return perEquation(workload, () => equations);
});

/** A derivative that may be as small as the smallest numbers: 1, if it is right. */
function checked(what: string, got: number, expected: number): number {
  if (Math.abs(got - expected) > 1e-6 * Math.abs(expected) + 1e-300)
    throw new Error(`${what}: expected ${expected}, got ${got}`);
  return 1;
}

export const compilingTasks: Task[] = [...compileTasks, ...scanTasks, ...tracingTasks];
