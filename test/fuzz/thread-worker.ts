/**
 * @file Computes random programs with as many threads as its argument says, in a process of its own: a program a line in,
 * a line out with a hash of all bits of its results and the number of loops that threads shared.
 */
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { grad, init, jit } from "../../src/index.ts";
import type { NDArray } from "../../src/core/array.ts";
import { type ExactProgram, exactFunction, exactInputs } from "./exact.ts";
import { type Program, functionOf, inputsOf, scalarOf } from "./program.ts";

/** What to compute: values of a program of all dtypes; or value and gradients of a smooth one. */
export type Task =
  | { readonly kind: "exact"; readonly program: ExactProgram }
  | { readonly kind: "smooth"; readonly program: Program };

export interface Answer {
  readonly hash: string;
  readonly shared: number;
}

// Threads are woken once for each loop that they share.
let shared = 0;
const { notify } = Atomics;
Object.assign(Atomics, {
  notify: (words: Int32Array, index: number) => {
    shared++;
    return notify(words, index);
  },
});

function results({ kind, program }: Task): readonly NDArray[] {
  if (kind === "exact") return jit(exactFunction(program), { backend: "wasm" })(...exactInputs(program));
  const argnums = program.inputs.map((_, i) => i);
  const both = (...xs: NDArray[]): NDArray[] => [
    functionOf(program)(...xs),
    ...grad(scalarOf(program), argnums)(...xs),
  ];
  return jit(both, { backend: "wasm" })(...inputsOf(program));
}

function answer(task: Task): Answer {
  const hash = createHash("sha1");
  const before = shared;
  for (const x of results(task)) {
    const data = x.dataSync();
    hash.update(`${x.aval.short()} `).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return { hash: hash.digest("hex"), shared: shared - before };
}

await init({ threads: Number(process.argv[2]) });
for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as Task))}\n`);
