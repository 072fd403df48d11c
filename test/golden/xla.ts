/**
 * @file The values of golden vectors, computed by XLA from the exported programs: many are on the way at once.
 */
import * as adjoint from "../../src/index.ts";
import type { Array as NDArray } from "../../src/index.ts";
import { toStablehlo } from "../../src/stablehlo/index.ts";
import { connect } from "../../src/xla/index.ts";
import { MissingFunction, config } from "./library.ts";
import { decode } from "./codec.ts";
import { compare } from "./compare.ts";
import { holdsArray, restrict } from "./derivatives.ts";
import { corrected, exceptionFor } from "./exceptions.ts";
import { resolve } from "./resolve.ts";
import { type Outcome, type Status, notCompiled } from "./run.ts";
import type { Group, Vector } from "./vectors.ts";

/** A vector's function and arguments, exported; and how its results become what the function returns. */
function exported(v: Vector): {
  text: string;
  args: NDArray[];
  rebuild: (outs: readonly NDArray[]) => unknown;
} {
  const args = v.args.map(decode);
  const dynamic = args.flatMap((a, i) => (holdsArray(a) ? [i] : []));
  const f = restrict({ f: resolve(v), args }, dynamic);
  let result: adjoint.tree.TreeDef | null = null;
  const noted = (...xs: unknown[]): unknown => {
    const out = f(...xs);
    result = adjoint.tree.structure(out);
    return out;
  };
  const xs = dynamic.map((n) => args[n]);
  const text = toStablehlo(noted, xs);
  return {
    text,
    args: adjoint.tree.leaves(xs) as NDArray[],
    rebuild: (outs) => adjoint.tree.unflatten(result!, outs),
  };
}

const textOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);

/** Runs vectors by XLA. Needs Python with JAX, that of ADJOINT_PYTHON or python3. */
export async function runByXla(groups: readonly Group[], only: (v: Vector) => boolean): Promise<Outcome[]> {
  const xla = await connect({ platform: "cpu", devices: 1 });
  const judge = async (group: string, v: Vector): Promise<Outcome> => {
    const of = (status: Status, detail = ""): Outcome => ({
      group,
      id: v.id,
      fn: v.fn,
      mode: "xla",
      status,
      details: detail === "" ? [] : [detail],
    });
    try {
      const inMode = <R>(run: () => R): R =>
        v.x64 === false ? config.with<R>({ defaultFloat: "float32" }, run) : run();
      const { text, args, rebuild } = inMode(() => exported(v));
      const out = rebuild(await xla.run(text, args));
      const exception = exceptionFor(v, "value");
      const want = exception?.truth === undefined ? v : corrected(v, exception.truth, "value");
      const tolerance = { rtol: v.rtol ?? 0, atol: v.atols?.value ?? v.atol ?? 0 };
      inMode(() => {
        compare(out, want.out ?? null, tolerance);
      });
      return of("passed");
    } catch (error) {
      if (error instanceof MissingFunction) return of("missing", error.message);
      if (exceptionFor(v, "value") !== undefined) return of("excepted", exceptionFor(v, "value")!.reason);
      return of("failed", textOf(error));
    }
  };
  const jobs = groups.flatMap(({ group, cases }) =>
    cases.filter((v) => only(v) && !notCompiled(v)).map((v) => ({ group, v })),
  );
  const outcomes: Outcome[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let job = jobs[next++]; job !== undefined; job = jobs[next++])
      outcomes.push(await judge(job.group, job.v));
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  await xla.close();
  return outcomes;
}
