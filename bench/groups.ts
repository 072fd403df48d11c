/** @file All benchmarks, by the results file they belong to. */
import { adjoint, jit } from "./lib/library.ts";
import { numpyOf } from "./lib/numpy.ts";
import { type Task, timed } from "./lib/task.ts";
import { xlaOf } from "./lib/xla.ts";
import { arrayWorkloads } from "./workloads/arrays.ts";
import { attentionWorkload, attentionWorkloads } from "./workloads/attention.ts";
import { codegenWorkloads } from "./workloads/codegen.ts";
import { compilingTasks } from "./workloads/compiling.ts";
import { convolutionWorkloads } from "./workloads/convolution.ts";
import { elementwiseWorkloads } from "./workloads/elementwise.ts";
import { helmholtzWorkloads } from "./workloads/helmholtz.ts";
import { importedWorkloads } from "./workloads/imported.ts";
import { linearAlgebraWorkloads } from "./workloads/linear-algebra.ts";
import { loopWorkloads } from "./workloads/loops.ts";
import { matmulWorkloads } from "./workloads/matmul.ts";
import { mlpWorkload } from "./workloads/mlp.ts";
import { posteriorTasks } from "./workloads/posteriors.ts";
import { processTasks } from "./workloads/processes.ts";
import { rnnWorkloads } from "./workloads/rnn.ts";
import { scalarWorkloads } from "./workloads/scalar.ts";
import { simulationWorkloads } from "./workloads/simulation.ts";
import { sparseWorkloads } from "./workloads/sparse.ts";

/** Results files and their titles, in the order in which they run. */
export const groups = {
  scalar: "Small problems",
  helmholtz: "The cost of a gradient: Helmholtz free energy",
  matmul: "Products of matrices",
  elementwise: "Element-wise work and rows",
  networks: "Networks",
  arrays: "Sorting, sums, random numbers, Fourier transforms",
  linalg: "Linear algebra",
  sparse: "Sparse arrays",
  loops: "Loops",
  inference: "Draws from posteriors",
  imported: "Models from JAX",
  compile: "First calls and compile time",
  codegen: "Generators of WebAssembly",
  tracing: "Tracing long programs",
  memory: "Memory",
  threads: "Threads",
} as const;

export type Group = keyof typeof groups;

const workloads = [
  ...scalarWorkloads,
  ...helmholtzWorkloads,
  ...matmulWorkloads,
  ...elementwiseWorkloads,
  attentionWorkload,
  ...attentionWorkloads,
  mlpWorkload({ ...adjoint, jit }, xlaOf, numpyOf),
  ...convolutionWorkloads,
  ...arrayWorkloads,
  ...linearAlgebraWorkloads,
  ...sparseWorkloads,
  ...simulationWorkloads,
  ...rnnWorkloads,
  ...loopWorkloads,
  ...importedWorkloads,
  ...codegenWorkloads,
];

const all: readonly Task[] = [...workloads.map(timed), ...posteriorTasks, ...processTasks, ...compilingTasks];

/** In the order of the groups. */
export const tasks: readonly Task[] = Object.keys(groups).flatMap((g) => all.filter((t) => t.group === g));
