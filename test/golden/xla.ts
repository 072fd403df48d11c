/**
 * @file The values of golden vectors, computed by XLA from the exported programs: many are on the way at once.
 */
import { connect } from "../../src/xla/index.ts";
import { decode } from "./codec.ts";
import { holdsArray, restrict } from "./derivatives.ts";
import { resolve } from "./resolve.ts";
import { type Mode, type Outcome, inMode, notCompiled, runVector } from "./run.ts";
import { type Exported, exportedFor } from "./stablehlo.ts";
import type { Group, Vector } from "./vectors.ts";

/** A vector's function, exported for its arguments. */
function exportedVector(v: Vector): Exported {
  const args = v.args.map(decode);
  const dynamic = args.flatMap((a, i) => (holdsArray(a) ? [i] : []));
  const f = restrict({ f: resolve(v), args }, dynamic);
  return exportedFor(
    f,
    dynamic.map((n) => args[n]),
  );
}

/** Runs vectors by XLA. Needs Python with JAX, that of ADJOINT_PYTHON or python3. */
export async function runByXla(groups: readonly Group[], only: (v: Vector) => boolean): Promise<Outcome[]> {
  const xla = await connect({ platform: "cpu", devices: 1 });
  /** What the function gives there, in place of what it gives here. */
  const answer = async (v: Vector): Promise<() => unknown> => {
    try {
      const { text, leaves, rebuild } = inMode(v, () => exportedVector(v));
      const out = rebuild(await xla.run(text, leaves));
      return () => out;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  };
  const jobs = groups.flatMap(({ group, cases }) =>
    cases.filter((v) => only(v) && !notCompiled(v)).map((v) => ({ group, v })),
  );
  const outcomes: Outcome[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
      const given = await answer(job.v);
      const mode: Mode = { name: "xla", wrap: () => given, valuesOnly: true };
      outcomes.push(runVector(job.group, job.v, mode));
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  await xla.close();
  return outcomes;
}
