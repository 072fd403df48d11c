/**
 * @file XLA as a contender: the very function that this library compiles, exported as StableHLO and compiled by XLA in a
 * process of Python, which times its own calls. What this library has loops for and JAX calls LAPACK for is JAX's own there.
 */
import type * as Stablehlo from "../../src/stablehlo/index.ts";
import type { Absent, Elsewhere, Program } from "./measure.ts";
import { newProgram, pythonWith } from "./python-process.ts";
import { sentLeaves, timedIn } from "./python.ts";

const built = new URL("../../dist/stablehlo/index.js", import.meta.url).href;
const exporter = async (): Promise<typeof Stablehlo> => (await import(built)) as typeof Stablehlo;

interface Options extends Pick<Elsewhere, "tolerance" | "like"> {
  /** "XLA" if not given. */
  readonly name?: string;
  /** The results that a call reads, in the order of leaves; all if not given. */
  readonly read?: readonly number[];
  /** The program of bench/children/jax_programs.py that is to run instead of what is exported. */
  readonly native?: string;
  /** Whether it is compiling that is timed: reading the text, compiling it, and the first call. */
  readonly compiling?: boolean;
}

/** What XLA makes of a function for these arguments: a contender, or why there is none. */
export async function xlaOf<A extends unknown[]>(
  f: (...args: A) => unknown,
  args: A,
  { name = "XLA", read, native, compiling = false, ...more }: Options = {},
): Promise<Elsewhere | Absent> {
  const counted: { program?: Program } = compiling
    ? {}
    : { program: { f: f as Program["f"], args, read: read ?? null } };
  const xla = await pythonWith("jax");
  if (typeof xla === "string") return { name, absent: xla, ...counted };
  const program = newProgram();
  const sent = { program, args: sentLeaves(args), read: read ?? null };
  if (native !== undefined) await xla.request("jax", { ...sent, name: native });
  else {
    const { toStablehlo } = await exporter();
    const text = (toStablehlo as (f: unknown, args: readonly unknown[]) => string)(f, args);
    await xla.request("compile", { ...sent, text });
  }
  return { name, ...timedIn(xla, program, compiling), ...counted, ...more };
}
