/** @file The Python of these tests: that of ADJOINT_PYTHON, or python3. Says loudly if it has no JAX. */
import { spawnSync } from "node:child_process";
import { it } from "vitest";

export const python = process.env.ADJOINT_PYTHON ?? "python3";

export const hasJax = spawnSync(python, ["-c", "import jax"]).status === 0;
if (!hasJax) console.warn(`NOT RUN: ${python} has no JAX (${python} -m pip install jax)`);

/** A test that needs JAX. */
export const itWithJax = it.runIf(hasJax);

/** Starting a process of JAX takes seconds, and compiling there too. */
export const limit = 180_000;
