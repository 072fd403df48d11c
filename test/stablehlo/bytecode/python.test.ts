/**
 * @file All programs of ../public as bytes, and functions of jax.export, freshly written by Python (make.py). Says loudly that it did not run
 * where there is no Python with JAX (the command is ADJOINT_PYTHON, or python3).
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeJaxpr } from "../../../src/index.ts";
import { fromStablehlo } from "../../../src/stablehlo/index.ts";
import { arrayOf, casesOf, differences, groups, folder as programs } from "../cases.ts";
import { asArtifact, bytesOf, fixtures, folder } from "./bytes.ts";

const python = process.env.ADJOINT_PYTHON ?? "python3";
const has = (modules: string): boolean => spawnSync(python, ["-c", `import ${modules}`]).status === 0;
const hasJax = has("jax");
const hasExport = hasJax && has("flatbuffers");
if (!hasExport)
  console.warn(`NOT RUN: ${python} has no JAX, or no flatbuffers (${python} -m pip install jax flatbuffers)`);

/** What make.py prints. */
function made(...args: readonly string[]): unknown {
  const { status, stdout, stderr } = spawnSync(python, [join(folder, "make.py"), ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe.runIf(hasJax)("all programs of JAX, as bytes", () => {
  it.each(groups())("%s", { timeout: 300_000 }, (group) => {
    const forms = made("convert", join(programs, `${group}.json`)) as Record<string, [string, string]>;
    const wrong = casesOf(group).flatMap((c) => {
      const [plain, artifact] = forms[c.id].map(bytesOf);
      const jaxpr = (module: string | Uint8Array): string =>
        String(makeJaxpr(fromStablehlo(module))(...c.inputs.map(arrayOf)));
      const same = jaxpr(plain) === jaxpr(c.mlir) ? [] : ["not the program of the text"];
      const found = [...same, ...differences(asArtifact(`${group}:${c.id}`), artifact)];
      return found.length === 0 ? [] : [`${c.id}: ${found.join(", ")}`];
    });
    expect(wrong).toEqual([]);
  });
});

describe.runIf(hasExport)("functions of jax.export", () => {
  it("are those of the fixtures", { timeout: 300_000 }, () => {
    const { functions } = made("exported") as Pick<typeof fixtures, "functions">;
    expect(Object.keys(functions)).toEqual(Object.keys(fixtures.functions));
    for (const [name, { bytes, inputs }] of Object.entries(functions)) {
      const jaxpr = (text: string): string =>
        String(makeJaxpr(fromStablehlo(bytesOf(text)))(...inputs.map(arrayOf)));
      expect(jaxpr(bytes), name).toBe(jaxpr(fixtures.functions[name].bytes));
    }
  });
});
