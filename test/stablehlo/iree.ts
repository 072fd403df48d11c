/**
 * @file `npm run iree [-- PATTERN]`: a program of every primitive, exported, compiled by IREE for this machine and run there; its
 * results beside ours. IREE's commands are those of the PATH, or of the folder IREE (`pip install iree-base-compiler
 * iree-base-runtime`).
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import "../../src/everything.ts";
import type { NDArray } from "../../src/core/array.ts";
import { loadNpy, saveNpy } from "../../src/io/index.ts";
import { toStablehlo } from "../../src/stablehlo/index.ts";
import { difference } from "../fuzz/xla/compare.ts";
import { type OpRow, caseName, drawOperand, outputs } from "../primitives/row.ts";
import { opRows } from "../primitives/table.ts";
import { Random } from "../util/random.ts";

const run = promisify(execFile);
const command = (name: string): string =>
  process.env.IREE === undefined ? name : join(process.env.IREE, name);

/** For this machine, with 64-bit numbers as they are. */
const flags = [
  "--iree-input-type=auto",
  "--iree-hal-target-device=local",
  "--iree-hal-local-target-device-backends=llvm-cpu",
  // With the libm of the system, which has functions of float64.
  "--iree-llvmcpu-link-embedded=false",
  "--iree-input-demote-f64-to-f32=false",
  "--iree-input-demote-i64-to-i32=false",
];

/** The first error in what a command wrote. */
const firstError = (e: unknown): string =>
  /error: (.*)|(?:^|\n)(\S*INVALID\S*.*|iree.*:.*)/
    .exec((e as { stderr?: string }).stderr ?? "")?.[0]
    .trim() ?? String(e);

/** What is wrong with the first case of a primitive; null if its results are ours. */
async function disagreement(row: OpRow, folder: string): Promise<string | null> {
  const [c] = row.cases;
  const args = c.operands.map((o) => drawOperand(o, new Random(caseName(row, c))));
  const f = (...xs: NDArray[]): NDArray[] => [...outputs(c.call(...xs))];
  const want = f(...args);
  const [source, compiled] = [join(folder, "f.mlir"), join(folder, "f.vmfb")];
  writeFileSync(source, toStablehlo(f, args));
  try {
    await run(command("iree-compile"), [...flags, source, "-o", compiled], { timeout: 120_000 });
  } catch (e) {
    return `not compiled: ${firstError(e)}`;
  }
  const [inputs, results] = [args, want].map((xs, k) => xs.map((_, i) => join(folder, `${k}${i}.npy`)));
  await Promise.all(args.map((x, i) => saveNpy(x, inputs[i])));
  try {
    const files = [...inputs.map((n) => `--input=@${n}`), ...results.map((n) => `--output=@${n}`)];
    await run(
      command("iree-run-module"),
      ["--device=local-sync", `--module=${compiled}`, "--function=main", ...files],
      {
        timeout: 60_000,
      },
    );
  } catch (e) {
    return `not run: ${firstError(e)}`;
  }
  for (const [i, w] of want.entries()) {
    const found = difference(await loadNpy(results[i]), w, 1e-9, c.size);
    if (found !== null) return `result ${i}: ${found}`;
  }
  return null;
}

const pattern = new RegExp(process.argv[2] ?? "");
const folder = mkdtempSync(join(tmpdir(), "adjoint-iree-"));
let agree = 0;
let others = 0;
try {
  for (const row of opRows.filter((r) => pattern.test(r.primitive))) {
    const found = await disagreement(row, folder);
    if (found === null) agree++;
    else {
      others++;
      console.log(`${row.primitive}: ${found}`.slice(0, 300));
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
console.log(`${agree} agree, ${others} do not`);
process.exitCode = others === 0 ? 0 : 1;
