/**
 * @file `npm run fuzz:xla -- --programs N --seed S`: random programs, run by this library in every mode and by XLA, to which they
 * are exported; and their round trip, exported and imported again. A disagreement is shrunk, and printed as a small program.
 *
 * Python with JAX is that of ADJOINT_PYTHON, or python3.
 */
import { parseArgs } from "node:util";
import fc from "fast-check";
import "../../../src/everything.ts";
import { makeJaxpr } from "../../../src/api/index.ts";
import { init } from "../../../src/api/compile/init.ts";
import { config } from "../../../src/base/config.ts";
import type { NDArray } from "../../../src/core/array.ts";
import { fromStablehlo, toStablehlo } from "../../../src/stablehlo/index.ts";
import { outputs } from "../../primitives/row.ts";
import { executionModes } from "../execution-modes.ts";
import { type Case, type Kind, kinds } from "./cases.ts";
import { difference } from "./compare.ts";
import { type Judge, openJudge } from "./judge.ts";

interface Options {
  readonly programs: number;
  readonly seed: number;
  readonly only: RegExp;
  readonly roundTrips: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      programs: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
      only: { type: "string", default: "" },
      "no-round-trips": { type: "boolean", default: false },
    },
  });
  return {
    programs: Number(values.programs),
    seed: Number(values.seed),
    only: new RegExp(values.only),
    roundTrips: !values["no-round-trips"],
  };
}

const firstDifference = (
  got: readonly NDArray[],
  want: readonly NDArray[],
  { tolerance, size }: Case,
): string | null => {
  for (const [i, w] of want.entries()) {
    const found = difference(got[i], w, tolerance, size);
    if (found !== null) return `result ${i}: ${found}`;
  }
  return null;
};

/** Programs over which XLA's own process ended: nothing is said of them but that. */
const crashed: string[] = [];

/** What is wrong with a case; null if everything agrees. */
async function disagreement(c: Case, judge: Judge, options: Options, modes: boolean): Promise<string | null> {
  let text: string;
  let want: readonly NDArray[];
  try {
    want = config.with({ backend: "js" }, () => c.f(...c.args));
    text = toStablehlo((...xs: NDArray[]) => [...c.f(...xs)], [...c.args]);
  } catch (error) {
    return `here: ${String(error)}`;
  }
  const verdict = judge.run(text, c.args);
  const own = (modes ? executionModes : []).map(({ name, run }) => {
    const found = firstDifference(run(c.f, c.args), want, c);
    return found === null ? null : `${name}: ${found}`;
  });
  if (options.roundTrips) {
    try {
      const back = fromStablehlo(text);
      const found = firstDifference(outputs(back(...c.args)), want, c);
      own.push(found === null ? null : `exported and imported: ${found}`);
    } catch (error) {
      own.push(`import: ${String(error)}`);
    }
  }
  const theirs = await verdict;
  if ("crash" in theirs) crashed.push(text);
  const found =
    "outs" in theirs ? firstDifference(theirs.outs, want, c) : "error" in theirs ? theirs.error : null;
  return [...own, found === null ? null : `XLA: ${found}`].find((x) => x !== null) ?? null;
}

/** The smallest like it that disagrees, as text. */
async function shrunk(
  kind: Kind,
  seed: number,
  index: number,
  judge: Judge,
  options: Options,
): Promise<string> {
  const property = fc.asyncProperty(kind.draw, async (data) => {
    const c = kind.make(data);
    const found = c === null ? null : await disagreement(c, judge, options, true);
    if (found !== null) throw new Error(found);
  });
  const details = await fc.check(property, { seed, path: String(index), numRuns: 1, endOnFailure: false });
  const [data] = details.counterexample ?? [null];
  const c = data === null ? null : kind.make(data);
  if (c === null) return "(not seen again)";
  const jaxpr = makeJaxpr((...xs: NDArray[]) => [...c.f(...xs)])(...c.args);
  const operands = c.args.map((x) => `${x.aval.short()} ${String(x)}`).join("\n  ");
  const why = (await disagreement(c, judge, options, true)) ?? "";
  return `${c.name} ${why}\n  ${operands}\n${String(jaxpr)}\n${JSON.stringify(data)}`;
}

async function main(): Promise<number> {
  const options = readOptions();
  await init();
  const judge = await openJudge();
  const chosen = kinds.filter((k) => options.only.test(k.name));
  const each = Math.ceil(options.programs / chosen.length);
  let programs = 0;
  let wrong = 0;
  for (const kind of chosen) {
    const begun = Date.now();
    const before = wrong;
    const drawn = fc.sample(kind.draw, { seed: options.seed, numRuns: each });
    // So many are under way: while XLA compiles, the next are run here.
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let i = lane; i < drawn.length; i += 8) {
        const c = kind.make(drawn[i]);
        if (c === null) continue;
        programs++;
        const found = await disagreement(c, judge, options, i % 4 === 0);
        if (found === null) continue;
        wrong++;
        console.log(`✗ ${kind.name}, seed ${options.seed}, number ${i}: ${c.name} ${found.slice(0, 600)}`);
        if (wrong <= 5) console.log(await shrunk(kind, options.seed, i, judge, options));
      }
    });
    await Promise.all(lanes);
    console.log(
      `${kind.name}: ${each} drawn, ${wrong - before} wrong, ${Math.round((Date.now() - begun) / 1000)} s`,
    );
  }
  await judge.close();
  if (crashed.length > 0)
    console.log(`${crashed.length} programs ended XLA's process; the first:\n${crashed[0]}`);
  console.log(`${programs - wrong} passed, ${wrong} failed`);
  return wrong === 0 ? 0 : 1;
}

process.exitCode = await main();
