/** @file NumPy and SciPy as a contender: programs of bench/children/numpy_programs.py, in the process of Python. */
import type { Absent, Elsewhere } from "./measure.ts";
import { newProgram, pythonWith } from "./python-process.ts";
import { sentLeaves, timedIn } from "./python.ts";

interface Options extends Pick<Elsewhere, "tolerance" | "like"> {
  /** "NumPy, SciPy" if not given. */
  readonly name?: string;
  /** The results that the timed call's sum is made from, as those of the others; all if not given. */
  readonly read?: readonly number[];
  /** Whether the program needs SciPy. */
  readonly scipy?: boolean;
}

export const numpyName = "NumPy, SciPy";

/** A program of bench/children/numpy_programs.py with these arguments' leaves: a contender, or why there is none. */
export async function numpyOf(
  program: string,
  args: readonly unknown[],
  { name = numpyName, read, scipy = false, ...more }: Options = {},
): Promise<Elsewhere | Absent> {
  const python = await pythonWith(scipy ? "scipy" : "numpy");
  if (typeof python === "string") return { name, absent: python };
  const number = newProgram();
  await python.request("numpy", {
    program: number,
    name: program,
    args: sentLeaves(args),
    read: read ?? null,
  });
  return { name, ...timedIn(python, number), ...more };
}
